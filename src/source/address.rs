//! Which addresses may be asked.
//!
//! A certificate names the URL of its issuer, and anybody can make a certificate. So that a bundle
//! cannot make this program ask the cloud's metadata service, a router or a neighbour's database,
//! only addresses of the public internet are asked, unless `--allow-aia` opens others.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::Host;

/// A block of addresses that are not public, and what its addresses are called.
struct Special<A> {
    network: A,
    prefix: u32,
    name: &'static str,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u32, name: &'static str) -> Special<Ipv4Addr> {
    Special { network: Ipv4Addr::new(a, b, c, d), prefix, name }
}

const fn v6(start: [u16; 3], prefix: u32, name: &'static str) -> Special<Ipv6Addr> {
    let [a, b, c] = start;
    Special { network: Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix, name }
}

/// IANA IPv4 Special-Purpose Address Registry (RFC 6890), and multicast (RFC 5771). The first that
/// fits gives the name.
const SPECIAL_V4: &[Special<Ipv4Addr>] = &[
    v4(0, 0, 0, 0, 32, "the unspecified address"),
    v4(0, 0, 0, 0, 8, "an address of \"this network\""),
    v4(10, 0, 0, 0, 8, "a private address"),
    v4(100, 64, 0, 0, 10, "a shared (carrier-grade NAT) address"),
    v4(127, 0, 0, 0, 8, "a loopback address"),
    v4(169, 254, 0, 0, 16, "a link-local address"),
    v4(172, 16, 0, 0, 12, "a private address"),
    v4(192, 0, 0, 0, 24, "a protocol assignment address"),
    v4(192, 0, 2, 0, 24, "a documentation address"),
    v4(192, 31, 196, 0, 24, "an AS112 address"),
    v4(192, 52, 193, 0, 24, "an AMT address"),
    v4(192, 88, 99, 0, 24, "a 6to4 relay address"),
    v4(192, 168, 0, 0, 16, "a private address"),
    v4(192, 175, 48, 0, 24, "an AS112 address"),
    v4(198, 18, 0, 0, 15, "a benchmarking address"),
    v4(198, 51, 100, 0, 24, "a documentation address"),
    v4(203, 0, 113, 0, 24, "a documentation address"),
    v4(224, 0, 0, 0, 4, "a multicast address"),
    v4(255, 255, 255, 255, 32, "the broadcast address"),
    v4(240, 0, 0, 0, 4, "a reserved address"),
];

/// IANA IPv6 Special-Purpose Address Registry (RFC 6890), multicast (RFC 4291 §2.7) and the forms
/// that carry an IPv4 address, which a gateway may turn into one behind it.
const SPECIAL_V6: &[Special<Ipv6Addr>] = &[
    Special { network: Ipv6Addr::UNSPECIFIED, prefix: 128, name: "the unspecified address" },
    Special { network: Ipv6Addr::LOCALHOST, prefix: 128, name: "a loopback address" },
    Special { network: Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), prefix: 96, name: "an IPv4-mapped address" },
    v6([0, 0, 0], 96, "an IPv4-compatible address"),
    v6([0x64, 0xff9b, 0], 96, "a NAT64 address"),
    v6([0x64, 0xff9b, 1], 48, "a NAT64 address"),
    v6([0x100, 0, 0], 64, "a discard address"),
    v6([0x2001, 0, 0], 32, "a Teredo address"),
    v6([0x2001, 2, 0], 48, "a benchmarking address"),
    v6([0x2001, 0x10, 0], 28, "an ORCHID address"),
    v6([0x2001, 0x20, 0], 28, "an ORCHID address"),
    v6([0x2001, 0, 0], 23, "a protocol assignment address"),
    v6([0x2001, 0xdb8, 0], 32, "a documentation address"),
    v6([0x2002, 0, 0], 16, "a 6to4 address"),
    v6([0x2620, 0x4f, 0x8000], 48, "an AS112 address"),
    v6([0x3fff, 0, 0], 20, "a documentation address"),
    v6([0x5f00, 0, 0], 16, "a segment routing address"),
    v6([0xfc00, 0, 0], 7, "a unique local address"),
    v6([0xfe80, 0, 0], 10, "a link-local address"),
    v6([0xfec0, 0, 0], 10, "a site-local address"),
    v6([0xff00, 0, 0], 8, "a multicast address"),
];

/// Global unicast: what IANA gives out of IPv6 (RFC 4291 §2.4). All else is reserved.
const GLOBAL_V6: Special<Ipv6Addr> = v6([0x2000, 0, 0], 3, "");

impl Special<Ipv4Addr> {
    fn holds(&self, ip: Ipv4Addr) -> bool {
        (ip.to_bits() ^ self.network.to_bits()).leading_zeros() >= self.prefix
    }
}

impl Special<Ipv6Addr> {
    fn holds(&self, ip: Ipv6Addr) -> bool {
        (ip.to_bits() ^ self.network.to_bits()).leading_zeros() >= self.prefix
    }
}

/// What a non-public address is called, with its article (`a private address`); `None` for an
/// address of the public internet.
pub fn special(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => SPECIAL_V4.iter().find(|block| block.holds(ip)).map(|block| block.name),
        IpAddr::V6(ip) => SPECIAL_V6
            .iter()
            .find(|block| block.holds(ip))
            .map(|block| block.name)
            .or_else(|| (!GLOBAL_V6.holds(ip)).then_some("a reserved address")),
    }
}

/// What `--allow-aia` opens. It opens exactly what it names:
///
/// - a host name (`pki.corp.example`): that host, whatever it resolves to, on every port;
/// - an address or a CIDR block (`10.0.0.7`, `10.0.0.0/8`, `fd00::/8`, `[::1]`): those addresses,
///   written as such in a URL or resolved to;
/// - `private`: every address that is not public.
///
/// A URL, a port or a wildcard is refused: an opening that is narrower than it looks is better said
/// than ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// A host, lower-case A-labels, without a trailing dot.
    Host(String),
    /// The addresses that share the first so many bits with this one.
    Network(IpAddr, u32),
    /// Every address that is not public.
    Private,
}

/// Why a text is nothing that `--allow-aia` could open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAllowable {
    /// Not a host, an address, a block or `private`.
    #[error("`{0}` is neither a host name, an address, a block such as 10.0.0.0/8 nor `private`")]
    Unknown(String),
    /// With a scheme or a path.
    #[error("`{0}` is a URL; name its host alone")]
    Url(String),
    /// With a port.
    #[error("`{0}` has a port, but a host is opened on all ports; name the host alone")]
    Port(String),
    /// The length of the prefix.
    #[error("`{0}` does not end in a prefix length of 0 to {1}")]
    Prefix(String, u32),
}

impl FromStr for Allow {
    type Err = NotAllowable;

    fn from_str(text: &str) -> Result<Self, NotAllowable> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("private") {
            return Ok(Self::Private);
        }
        if text.contains("://") {
            return Err(NotAllowable::Url(text.to_owned()));
        }
        if let Some((network, prefix)) = text.split_once('/') {
            let Ok(ip) = unbracketed(network).parse::<IpAddr>() else {
                return Err(NotAllowable::Url(text.to_owned()));
            };
            let most = if ip.is_ipv4() { 32 } else { 128 };
            let digits = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
            return match prefix.parse() {
                Ok(prefix) if digits && prefix <= most => Ok(Self::Network(ip, prefix)),
                _ => Err(NotAllowable::Prefix(text.to_owned(), most)),
            };
        }
        if let Ok(ip) = unbracketed(text).parse::<IpAddr>() {
            return Ok(Self::address(ip));
        }
        if has_port(text) {
            return Err(NotAllowable::Port(text.to_owned()));
        }
        match Host::parse(text) {
            Ok(Host::Ipv4(ip)) => Ok(Self::address(ip.into())),
            Ok(Host::Ipv6(ip)) => Ok(Self::address(ip.into())),
            Ok(Host::Domain(name)) if !name.contains('*') => Ok(Self::Host(name.trim_end_matches('.').to_owned())),
            _ => Err(NotAllowable::Unknown(text.to_owned())),
        }
    }
}

impl Allow {
    fn address(ip: IpAddr) -> Self {
        Self::Network(ip, if ip.is_ipv4() { 32 } else { 128 })
    }

    fn opens_address(&self, ip: IpAddr) -> bool {
        match self {
            Self::Host(_) => false,
            Self::Private => true,
            // `::ffff:10.0.0.7` is the same machine as `10.0.0.7`.
            Self::Network(network, prefix) => {
                shares(*network, *prefix, ip) || shares(*network, *prefix, ip.to_canonical())
            }
        }
    }
}

fn shares(network: IpAddr, prefix: u32, ip: IpAddr) -> bool {
    match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => Special { network, prefix, name: "" }.holds(ip),
        (IpAddr::V6(network), IpAddr::V6(ip)) => Special { network, prefix, name: "" }.holds(ip),
        _ => false,
    }
}

fn unbracketed(text: &str) -> &str {
    text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text)
}

fn has_port(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// An address that is not asked, and the option that would open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// `10.0.0.7 is a private address`.
    pub why: String,
    /// `--allow-aia 10.0.0.7`.
    pub option: String,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Forbidden {}

/// Says which addresses may be asked: the public ones, and those that were opened.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Vec<Allow>,
}

impl Guard {
    /// A guard that lets pass, beside public addresses, what is named here.
    pub fn new(allowed: Vec<Allow>) -> Self {
        Self { allowed }
    }

    /// Whether this address may be asked, whoever named it.
    pub fn admits(&self, ip: IpAddr) -> bool {
        special(ip).is_none() || self.allowed.iter().any(|allow| allow.opens_address(ip))
    }

    /// Checks an address that a URL names itself.
    ///
    /// # Errors
    /// When it is neither public nor opened.
    pub fn check(&self, ip: IpAddr) -> Result<(), Forbidden> {
        match special(ip) {
            Some(kind) if !self.admits(ip) => {
                Err(Forbidden { why: format!("{ip} is {kind}"), option: format!("--allow-aia {ip}") })
            }
            _ => Ok(()),
        }
    }

    /// Of the addresses that `name` resolved to, those that may be asked.
    ///
    /// # Errors
    /// When there are some, and none of them is public or opened.
    pub fn filter(&self, name: &str, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, Forbidden> {
        let name = name.trim_end_matches('.');
        if self.allowed.iter().any(|allow| matches!(allow, Allow::Host(host) if host.eq_ignore_ascii_case(name))) {
            return Ok(addresses);
        }
        let (open, closed): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|ip| self.admits(*ip));
        match closed.first() {
            Some(ip) if open.is_empty() => Err(Forbidden {
                why: format!("{name} resolves to {ip}, {}", special(*ip).unwrap_or("not a public address")),
                option: format!("--allow-aia {name}"),
            }),
            _ => Ok(open),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<&'static str> {
        special(text.parse().unwrap())
    }

    #[test]
    fn every_kind_of_address_that_is_not_public_has_its_name() {
        let table = [
            ("0.0.0.0", "the unspecified address"),
            ("0.1.2.3", "an address of \"this network\""),
            ("10.0.0.7", "a private address"),
            ("10.255.255.255", "a private address"),
            ("100.64.0.1", "a shared (carrier-grade NAT) address"),
            ("100.127.255.255", "a shared (carrier-grade NAT) address"),
            ("127.0.0.1", "a loopback address"),
            ("127.255.0.1", "a loopback address"),
            ("169.254.169.254", "a link-local address"),
            ("172.16.0.1", "a private address"),
            ("172.31.255.255", "a private address"),
            ("192.0.0.8", "a protocol assignment address"),
            ("192.0.2.1", "a documentation address"),
            ("192.88.99.1", "a 6to4 relay address"),
            ("192.168.1.1", "a private address"),
            ("198.18.0.1", "a benchmarking address"),
            ("198.19.255.255", "a benchmarking address"),
            ("198.51.100.1", "a documentation address"),
            ("203.0.113.1", "a documentation address"),
            ("224.0.0.251", "a multicast address"),
            ("239.255.255.255", "a multicast address"),
            ("240.0.0.1", "a reserved address"),
            ("255.255.255.255", "the broadcast address"),
            ("::", "the unspecified address"),
            ("::1", "a loopback address"),
            ("::ffff:127.0.0.1", "an IPv4-mapped address"),
            ("::ffff:8.8.8.8", "an IPv4-mapped address"),
            ("::7f00:1", "an IPv4-compatible address"),
            ("64:ff9b::a00:7", "a NAT64 address"),
            ("64:ff9b:1::a00:7", "a NAT64 address"),
            ("100::1", "a discard address"),
            ("100:0:0:1::1", "a reserved address"),
            ("2001::1", "a Teredo address"),
            ("2001:2::1", "a benchmarking address"),
            ("2001:10::1", "an ORCHID address"),
            ("2001:2f:ffff::1", "an ORCHID address"),
            ("2001:1::1", "a protocol assignment address"),
            ("2001:db8::1", "a documentation address"),
            ("2002:7f00:1::", "a 6to4 address"),
            ("3fff:fff::1", "a documentation address"),
            ("5f00::1", "a segment routing address"),
            ("fc00::1", "a unique local address"),
            ("fd12:3456::1", "a unique local address"),
            ("fe80::1", "a link-local address"),
            ("febf::1", "a link-local address"),
            ("fec0::1", "a site-local address"),
            ("ff02::1", "a multicast address"),
            ("::ffff:0:127.0.0.1", "a reserved address"),
            ("4000::1", "a reserved address"),
        ];
        for (ip, name) in table {
            assert_eq!(kind(ip), Some(name), "{ip}");
        }
    }

    #[test]
    fn public_addresses_pass_up_to_the_edges_of_the_blocks() {
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:db7::1",
            "2001:db9::1",
            "2003::1",
            "2606:4700::1111",
            "2a00:1450::1",
            "3ffe::1",
            "3fff:1000::1",
        ] {
            assert_eq!(kind(ip), None, "{ip}");
        }
    }

    #[test]
    fn what_is_to_be_opened_is_read_in_its_many_spellings() {
        let read = |text: &str| text.parse::<Allow>();
        assert_eq!(read("private"), Ok(Allow::Private));
        assert_eq!(read(" PKI.Corp.example. "), Ok(Allow::Host("pki.corp.example".into())));
        assert_eq!(read("bücher.example"), Ok(Allow::Host("xn--bcher-kva.example".into())));
        assert_eq!(read("10.0.0.7"), Ok(Allow::Network("10.0.0.7".parse().unwrap(), 32)));
        assert_eq!(read("0x7f.1"), Ok(Allow::Network("127.0.0.1".parse().unwrap(), 32)));
        assert_eq!(read("::1"), Ok(Allow::Network("::1".parse().unwrap(), 128)));
        assert_eq!(read("[::1]"), Ok(Allow::Network("::1".parse().unwrap(), 128)));
        assert_eq!(read("10.0.0.0/8"), Ok(Allow::Network("10.0.0.0".parse().unwrap(), 8)));
        assert_eq!(read("fd00::/8"), Ok(Allow::Network("fd00::".parse().unwrap(), 8)));
        let said = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(said("http://pki.corp/"), "`http://pki.corp/` is a URL; name its host alone");
        assert_eq!(said("pki.corp/ca"), "`pki.corp/ca` is a URL; name its host alone");
        assert_eq!(
            said("pki.corp:8080"),
            "`pki.corp:8080` has a port, but a host is opened on all ports; name the host alone"
        );
        assert_eq!(said("[::1]:80"), "`[::1]:80` has a port, but a host is opened on all ports; name the host alone");
        assert_eq!(said("10.0.0.0/33"), "`10.0.0.0/33` does not end in a prefix length of 0 to 32");
        assert_eq!(said("10.0.0.0/+8"), "`10.0.0.0/+8` does not end in a prefix length of 0 to 32");
        assert!(matches!(read("*.corp"), Err(NotAllowable::Unknown(_))));
        assert!(matches!(read(""), Err(NotAllowable::Unknown(_))));
        assert!(matches!(read("a b"), Err(NotAllowable::Unknown(_))));
    }

    fn guard(allowed: &[&str]) -> Guard {
        Guard::new(allowed.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn an_opening_opens_what_it_names_and_nothing_else() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(!guard(&[]).admits(ip("10.0.0.7")));
        assert!(guard(&["10.0.0.7"]).admits(ip("10.0.0.7")));
        assert!(guard(&["10.0.0.7"]).admits(ip("::ffff:10.0.0.7")));
        assert!(!guard(&["10.0.0.7"]).admits(ip("10.0.0.8")));
        assert!(guard(&["10.0.0.0/8"]).admits(ip("10.1.2.3")));

        assert!(!guard(&["10.0.0.0/8"]).admits(ip("127.0.0.1")));
        assert!(guard(&["0.0.0.0/0"]).admits(ip("127.0.0.1")));
        assert!(!guard(&["0.0.0.0/0"]).admits(ip("::1")));
        assert!(guard(&["private"]).admits(ip("169.254.169.254")));
        assert!(!guard(&["pki.corp"]).admits(ip("10.0.0.7")));
    }

    #[test]
    fn of_the_addresses_of_a_name_the_public_and_the_opened_ones_stay() {
        let ips = |list: &[&str]| list.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect::<Vec<_>>();
        assert_eq!(guard(&[]).filter("a.example", ips(&["10.0.0.7", "8.8.8.8"])), Ok(ips(&["8.8.8.8"])));
        assert_eq!(guard(&["A.example"]).filter("a.example.", ips(&["10.0.0.7"])), Ok(ips(&["10.0.0.7"])));
        assert_eq!(guard(&["10.0.0.0/8"]).filter("b.example", ips(&["10.0.0.7"])), Ok(ips(&["10.0.0.7"])));
        assert_eq!(
            guard(&["a.example"]).filter("b.a.example", ips(&["10.0.0.7"])),
            Err(Forbidden {
                why: "b.a.example resolves to 10.0.0.7, a private address".into(),
                option: "--allow-aia b.a.example".into()
            })
        );
    }
}
