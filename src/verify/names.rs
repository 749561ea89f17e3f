//! Hosts: reading one from text, and whether a leaf is valid for it (RFC 9525, RFC 6125).

use std::net::IpAddr;
use std::str::FromStr;

use super::Fault;
use super::own::is_unreadable;
use crate::cert::{Certificate, GeneralName, escape, ip_address};
use crate::rules::Rule;

/// A name that the leaf must be valid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A DNS name, lower-case, A-labels, without a dot at its end.
    Dns(String),
    /// An IP address.
    Ip(IpAddr),
}

/// Why a text is no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a host name or IP address: `{0}`")]
pub struct NotAHost(pub String);

/// A DNS name in U-labels or A-labels, with or without a dot at its end, or an IP address, an
/// IPv6 one with or without brackets. Ports and wildcards are not taken, nor an IPv4 address in fewer
/// than four parts, as URLs have it (`127.1`).
impl FromStr for Host {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        let text = text.trim();
        if let Ok(ip) = text.parse() {
            return Ok(Self::Ip(ip));
        }
        let name = match url::Host::parse(text) {
            Ok(url::Host::Ipv6(ip)) => return Ok(Self::Ip(ip.into())),
            Ok(url::Host::Domain(name)) => name.strip_suffix('.').unwrap_or(&name).to_ascii_lowercase(),
            Ok(url::Host::Ipv4(_)) | Err(_) => String::new(),
        };
        if is_dns_name(&name, Role::Host) { Ok(Self::Dns(name)) } else { Err(NotAHost(escape(text))) }
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(ip) => write!(f, "{ip}"),
        }
    }
}

/// Whether `leaf` is valid for `host`: by the dNSName and iPAddress entries of subjectAltName and
/// nothing else; the common name does not count (RFC 9525 §6.3). A wildcard is the whole left-most
/// label, stands for exactly one label, and at least two follow it (webpki, NSS, OpenSSL).
pub fn host_matches(leaf: &Certificate, host: &Host) -> bool {
    leaf.fields().subject_alt_names.iter().flatten().any(|name| match (name, host) {
        (GeneralName::Dns(presented), Host::Dns(wanted)) => dns_matches(&presented, wanted),
        (GeneralName::Ip(bytes), Host::Ip(wanted)) => ip_address(&bytes).as_ref() == Some(wanted),
        _ => false,
    })
}

/// The common names, where clients take them for DNS names: they look like some, and the certificate
/// has no other. They do so in name constraints only (OpenSSL `NAME_CONSTRAINTS_check_CN`, GnuTLS, NSS).
pub(super) fn common_names_as_hosts(certificate: &Certificate) -> Vec<String> {
    let mut names = certificate.fields().subject_alt_names.iter().flatten();
    if names.any(|name| matches!(name, GeneralName::Dns(_))) {
        return Vec::new();
    }
    let is_host =
        |name: &String| name.contains('.') && name.parse::<IpAddr>().is_err() && is_dns_name(name, Role::Presented);
    certificate.subject().common_names().into_iter().filter(is_host).collect()
}

fn dns_matches(presented: &str, wanted: &str) -> bool {
    if !is_dns_name(presented, Role::Presented) {
        return false;
    }
    match presented.strip_prefix("*.") {
        Some(rest) => wanted.split_once('.').is_some_and(|(_, tail)| tail.eq_ignore_ascii_case(rest)),
        None => presented.eq_ignore_ascii_case(wanted),
    }
}

/// The fault of a leaf that is not valid for the host; names what it is valid for.
pub(super) fn host_fault(leaf: &Certificate, host: &Host) -> Option<Fault> {
    /// How many names a message lists: a line's worth.
    const LISTED: usize = 5;
    if is_unreadable(leaf, "subjectAltName") || host_matches(leaf, host) {
        return None;
    }
    let names: Vec<String> = leaf
        .fields()
        .subject_alt_names
        .iter()
        .flatten()
        .filter_map(|name| match name {
            GeneralName::Dns(dns) => Some(escape(&dns)),
            GeneralName::Ip(bytes) => ip_address(&bytes).map(|ip| ip.to_string()),
            _ => None,
        })
        .collect();
    let more = names.len().saturating_sub(LISTED);
    let mut list = names.into_iter().take(LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    let list = if list.is_empty() { "no host at all".to_owned() } else { list };
    Some(Fault::new(Rule::HostMismatch, format!("is not valid for {host}; it is for {list}")))
}

/// In what place a DNS name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// What is sought: no wildcard.
    Host,
    /// In a subjectAltName: perhaps a wildcard.
    Presented,
    /// In a name constraint: perhaps empty, perhaps with a leading dot.
    Constraint,
}

/// Preferred name syntax (RFC 1034 §3.5, RFC 1123 §2.1), with underscores, as webpki reads it.
pub(super) fn is_dns_name(name: &str, role: Role) -> bool {
    /// RFC 1035 §2.3.4.
    const MAX_NAME: usize = 253;
    const MAX_LABEL: usize = 63;
    if name.len() > MAX_NAME {
        return false;
    }
    let (rest, least_labels) = match role {
        Role::Constraint if name.is_empty() => return true,
        Role::Constraint => (name.strip_prefix('.').unwrap_or(name), 1),
        Role::Presented => name.strip_prefix("*.").map_or((name, 1), |rest| (rest, 2)),
        Role::Host => (name, 1),
    };
    let good = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let labels = rest.split('.').count();
    let numeric = rest.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    labels >= least_labels && !numeric && rest.split('.').all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dns(text: &str) -> Option<Host> {
        Some(Host::Dns(text.to_owned()))
    }

    #[test]
    fn hosts_are_read() {
        assert_eq!("Shop.Example.COM.".parse().ok(), dns("shop.example.com"));
        assert_eq!("bücher.example".parse().ok(), dns("xn--bcher-kva.example"));
        assert_eq!("a_b.example".parse().ok(), dns("a_b.example"));
        assert_eq!("192.0.2.1".parse().ok(), Some(Host::Ip([192, 0, 2, 1].into())));
        assert_eq!("[2001:db8::1]".parse::<Host>(), "2001:db8::1".parse::<Host>());
        for bad in [
            "",
            "*.example.com",
            "a b",
            "host:443",
            "-a.example",
            "a..b",
            "https://a.example",
            "127.1",
            "1",
            "0x7f.0.0.1",
        ] {
            assert_eq!(bad.parse::<Host>(), Err(NotAHost(bad.to_owned())), "{bad}");
        }
    }

    #[test]
    fn wildcards_stand_for_one_label() {
        let matches = [
            ("example.com", "example.com", true),
            ("EXAMPLE.com", "example.com", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "a.b.example.com", false),
            ("*.com", "example.com", false),
            ("*", "example", false),
            ("a*.example.com", "ab.example.com", false),
            ("a.*.com", "a.b.com", false),
            ("example.com.", "example.com", false),
        ];
        for (presented, wanted, expected) in matches {
            assert_eq!(dns_matches(presented, wanted), expected, "{presented} {wanted}");
        }
    }

    #[test]
    fn labels_and_names_are_limited() {
        let label = |length| "a".repeat(length);
        assert!(is_dns_name(&format!("{}.example", label(63)), Role::Host));
        assert!(!is_dns_name(&format!("{}.example", label(64)), Role::Host));
        let name = |last: usize| format!("{0}.{0}.{0}.{1}", label(63), label(last));
        assert_eq!(name(61).len(), 253);
        assert!(is_dns_name(&name(61), Role::Presented));
        assert!(!is_dns_name(&name(62), Role::Presented));
    }
}
