//! Names of drawn certificates.

use std::net::IpAddr;
use std::str::FromStr;

use rcgen::{CidrSubnet, DistinguishedName, DnType, DnValue, GeneralSubtree, SanType};

/// A name of one CN, UTF8String.
pub fn common_name(name: &str) -> DistinguishedName {
    let mut dn = DistinguishedName::new();
    dn.push(DnType::CommonName, name);
    dn
}

/// A name of one CN, PrintableString.
pub fn printable_name(name: &str) -> DistinguishedName {
    let mut dn = DistinguishedName::new();
    dn.push(DnType::CommonName, DnValue::PrintableString(name.try_into().expect("printable")));
    dn
}

/// A subtree for name constraints: `dns:example.com`, `ip:10.0.0.0/8`, `mail:example.com`, `dir:CN`.
pub fn subtree(text: &str) -> GeneralSubtree {
    let (form, value) = text.split_once(':').unwrap_or_else(|| panic!("`{text}` is no subtree"));
    match form {
        "dns" => GeneralSubtree::DnsName(value.to_owned()),
        "mail" => GeneralSubtree::Rfc822Name(value.to_owned()),
        "dir" => GeneralSubtree::DirectoryName(common_name(value)),
        "ip" => GeneralSubtree::IpAddress(CidrSubnet::from_str(value).expect("a network such as 10.0.0.0/8")),
        _ => panic!("`{form}` is no form of name"),
    }
}

/// A DNS name or an address for a subjectAltName.
pub fn alternative_name(name: &str) -> SanType {
    match name.parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(name.try_into().expect("a DNS name is ASCII")),
    }
}
