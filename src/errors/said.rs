//! What programs say: tables, one for each family. An entry's texts were taken from the programs'
//! own sources or output; facts, not sentences about them.
//!
//! In a text, `*` stands for some words and `#` for a number; case, punctuation and line breaks do
//! not count. The first word of a text has four letters or more with what follows it.

mod alerts;
mod boringssl;
mod browsers;
mod curl;
mod data;
mod embedded;
mod gnutls;
mod go;
mod java;
mod languages;
mod mail;
mod openssl;
mod rustls;
mod servers;
mod services;
mod trouble;
mod windows;

use crate::rules::Rule;

/// What a message tells us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something is wrong with the chain, and it says what.
    Cause,
    /// The same, but the peer says it of our chain: an alert that was received.
    Alert,
    /// The chain was refused; it does not say why.
    Hint,
    /// TLS failed for a reason that no chain mends.
    Elsewhere,
    /// Something failed; nothing is said about why.
    Vague,
}

/// One meaning, and the texts that have it.
#[derive(Debug)]
pub struct Entry {
    pub kind: Kind,
    /// The number that the family knows it by; 0 for none.
    pub number: u16,
    pub texts: &'static [&'static str],
    /// Names of rules, the most likely first.
    rules: &'static str,
    /// One line: what it means.
    pub means: &'static str,
}

impl Entry {
    /// The rules that it points to, the most likely first.
    pub fn rules(&self) -> impl Iterator<Item = Rule> {
        self.rules.split(' ').filter_map(|name| name.parse().ok())
    }

    #[cfg(test)]
    pub fn rule_names(&self) -> impl Iterator<Item = &'static str> {
        self.rules.split(' ').filter(|name| !name.is_empty())
    }

    const fn number(mut self, number: u16) -> Self {
        self.number = number;
        self
    }
}

const fn entry(kind: Kind, texts: &'static [&'static str], rules: &'static str, means: &'static str) -> Entry {
    Entry { kind, number: 0, texts, rules, means }
}

const fn cause(texts: &'static [&'static str], rules: &'static str, means: &'static str) -> Entry {
    entry(Kind::Cause, texts, rules, means)
}

const fn alert(texts: &'static [&'static str], rules: &'static str, means: &'static str) -> Entry {
    entry(Kind::Alert, texts, rules, means)
}

const fn hint(texts: &'static [&'static str], rules: &'static str, means: &'static str) -> Entry {
    entry(Kind::Hint, texts, rules, means)
}

const fn elsewhere(texts: &'static [&'static str], means: &'static str) -> Entry {
    entry(Kind::Elsewhere, texts, "", means)
}

const fn vague(texts: &'static [&'static str], means: &'static str) -> Entry {
    entry(Kind::Vague, texts, "", means)
}

/// Programs that say things alike.
pub struct Family {
    /// Their name, for people.
    pub says: &'static str,
    pub entries: &'static [Entry],
    /// The ways in which they print an entry's number.
    pub numbered: &'static [&'static str],
}

const fn family(says: &'static str, entries: &'static [Entry]) -> Family {
    Family { says, entries, numbered: &[] }
}

/// All of them.
pub static FAMILIES: &[Family] = &[
    Family { says: "OpenSSL", entries: openssl::ENTRIES, numbered: openssl::NUMBERED },
    Family { says: "TLS alert", entries: alerts::ENTRIES, numbered: alerts::NUMBERED },
    family("curl", curl::ENTRIES),
    family("servers", servers::ENTRIES),
    family("Java", java::ENTRIES),
    family("Go", go::ENTRIES),
    family("Python, Node and others", languages::ENTRIES),
    family("rustls", rustls::ENTRIES),
    family("GnuTLS", gnutls::ENTRIES),
    family("Windows and .NET", windows::ENTRIES),
    family("BoringSSL and Squid", boringssl::ENTRIES),
    family("browsers and Apple", browsers::ENTRIES),
    family("devices", embedded::ENTRIES),
    family("mail servers and VPNs", mail::ENTRIES),
    family("databases", data::ENTRIES),
    family("clouds, scanners and tools", services::ENTRIES),
    family("TLS", trouble::ENTRIES),
];

/// OpenSSL renumbered two verify errors in 3.0; the tables know each by one number.
/// `invalid CA certificate` was 24 and is 79, and the two last are as `missing AKI` is.
pub fn one_number(number: u32) -> u32 {
    match number {
        79 => 24,
        103 => 102,
        other => other,
    }
}
