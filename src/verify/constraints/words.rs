//! Names and subtrees in words.

use super::prefix_length;
use crate::cert::{GeneralName, Name, count, escape, ip_address};

/// A subtree in words; an address with its prefix length.
pub(super) fn subtree(base: &GeneralName) -> String {
    match base {
        GeneralName::Ip(bytes) => {
            let (address, mask) = bytes.split_at(bytes.len() / 2);
            match (ip_address(address), prefix_length(bytes), ip_address(mask)) {
                (Some(ip), Some(length), _) => format!("{ip}/{length}"),
                (Some(ip), None, Some(mask)) => format!("{ip} mask {mask}"),
                _ => format!("of {}", count(bytes.len(), "byte")),
            }
        }
        GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) if text.is_empty() => {
            "every name".to_owned()
        }
        GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) => escape(text),
        GeneralName::Directory(der) => Name::new(der).to_string(),
        GeneralName::Utf8Email(_) | GeneralName::Other(_) => describe(base),
    }
}

/// A name in words, with its form.
pub(super) fn describe(name: &GeneralName) -> String {
    match name {
        GeneralName::Dns(text) => format!("DNS name {}", escape(text)),
        GeneralName::Ip(bytes) => match ip_address(bytes) {
            Some(ip) => format!("IP address {ip}"),
            None => format!("IP address of {}", count(bytes.len(), "byte")),
        },
        GeneralName::Email(text) | GeneralName::Utf8Email(text) => format!("e-mail address {}", escape(text)),
        GeneralName::Uri(text) => format!("URI {}", escape(text)),
        GeneralName::Directory(der) => format!("directory name {}", Name::new(der)),
        GeneralName::Other(0) => "otherName".to_owned(),
        GeneralName::Other(3) => "x400Address".to_owned(),
        GeneralName::Other(5) => "ediPartyName".to_owned(),
        GeneralName::Other(8) => "registeredID".to_owned(),
        GeneralName::Other(_) => "name of unknown form".to_owned(),
    }
}
