//! What programs say: tables, a file of text for each family of programs. What they say was taken
//! from the programs' own sources or output; facts, not sentences about them.
//!
//! ```text
//! // a comment
//!
//! cause 20 missing-intermediate untrusted-root
//! = what it means, in one line
//! > what to type next, where it is not what the rule's finding asks for
//! unable to get local issuer certificate
//! UNABLE_TO_GET_ISSUER_CERT_LOCALLY
//! ```
//!
//! A paragraph is an entry: its kind, the number that the family knows it by, if any, and the rules
//! that it points to, the most likely first; what it means; perhaps a command, in which `{file}`,
//! `{key}`, `{host}` and `{port}` stand for what the pasted text names; the texts that say so. The paragraph
//! `numbered` holds the ways in which the family prints a number instead of a text.
//!
//! In a text, `*` stands for some words and `#` for a number; case, punctuation and line breaks do
//! not count. The first word of a text has four letters or more with what follows it.
//!
//! They are text rather than Rust's own tables since the loader of the program would have to relocate
//! each string of such a table at every start, whether errors are explained or not.

use std::sync::LazyLock;

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

impl Kind {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "cause" => Some(Self::Cause),
            "alert" => Some(Self::Alert),
            "hint" => Some(Self::Hint),
            "elsewhere" => Some(Self::Elsewhere),
            "vague" => Some(Self::Vague),
            _ => None,
        }
    }
}

/// One meaning, and the texts that have it.
#[derive(Debug)]
pub struct Entry {
    pub kind: Kind,
    /// The number that the family knows it by.
    pub number: Option<u32>,
    pub texts: Vec<&'static str>,
    /// Names of rules, the most likely first.
    rules: &'static str,
    /// One line: what it means.
    pub means: &'static str,
    /// The command that these words call for, if it is another than that of the first rule.
    pub next: Option<&'static str>,
}

impl Entry {
    /// The rules that it points to, the most likely first.
    pub fn rules(&self) -> impl Iterator<Item = Rule> {
        self.rule_names().filter_map(|name| name.parse().ok())
    }

    pub fn rule_names(&self) -> impl Iterator<Item = &'static str> {
        self.rules.split_whitespace()
    }
}

/// Programs that say things alike.
pub struct Family {
    /// Their name, for people.
    pub says: &'static str,
    pub entries: Vec<Entry>,
    /// The ways in which they print an entry's number.
    pub numbered: Vec<&'static str>,
}

/// All of them.
pub static FAMILIES: LazyLock<Vec<Family>> =
    LazyLock::new(|| TABLES.iter().map(|(says, table)| read(says, table)).collect());

const TABLES: &[(&str, &str)] = &[
    ("OpenSSL", include_str!("said/openssl.txt")),
    ("TLS alert", include_str!("said/alerts.txt")),
    ("curl", include_str!("said/curl.txt")),
    ("servers", include_str!("said/servers.txt")),
    ("Java", include_str!("said/java.txt")),
    ("Go", include_str!("said/go.txt")),
    ("Python, Node and others", include_str!("said/languages.txt")),
    ("rustls", include_str!("said/rustls.txt")),
    ("GnuTLS", include_str!("said/gnutls.txt")),
    ("Windows and .NET", include_str!("said/windows.txt")),
    ("BoringSSL and Squid", include_str!("said/boringssl.txt")),
    ("browsers and Apple", include_str!("said/browsers.txt")),
    ("devices", include_str!("said/embedded.txt")),
    ("mail servers and VPNs", include_str!("said/mail.txt")),
    ("databases", include_str!("said/data.txt")),
    ("clouds, scanners and tools", include_str!("said/services.txt")),
    ("TLS", include_str!("said/trouble.txt")),
];

/// Reads one table; a test sees to it that no paragraph is left out.
fn read(says: &'static str, table: &'static str) -> Family {
    let mut family = Family { says, entries: Vec::new(), numbered: Vec::new() };
    for lines in paragraphs(table) {
        match lines.split_first() {
            Some((&"numbered", texts)) => family.numbered.extend(texts),
            _ => family.entries.extend(entry(&lines)),
        }
    }
    family
}

/// The lines of each paragraph, without comments.
pub fn paragraphs(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let paragraphs = table.split("\n\n").map(|p| p.lines().filter(|line| !line.is_empty() && !line.starts_with("//")));
    paragraphs.map(Iterator::collect).filter(|lines: &Vec<_>| !lines.is_empty())
}

fn entry(lines: &[&'static str]) -> Option<Entry> {
    let [head, means, texts @ ..] = lines else { return None };
    let (next, texts) = match texts {
        [first, rest @ ..] if first.starts_with("> ") => (first.strip_prefix("> "), rest),
        _ => (None, texts),
    };
    let (kind, rest) = head.split_once(' ').unwrap_or((head, ""));
    let (number, rules) = match rest.split_once(' ').unwrap_or((rest, "")) {
        (first, others) if first.parse::<u32>().is_ok() => (first.parse().ok(), others),
        _ => (None, rest),
    };
    let (kind, means) = (Kind::named(kind)?, means.strip_prefix("= ")?);
    Some(Entry { kind, number, texts: texts.to_vec(), rules, means, next })
}

/// OpenSSL renumbered two verify errors in 3.0; the tables know each by one number.
/// `invalid CA certificate` was 24 and is 79, and the two last are as `missing AKI` is.
pub fn one_number(number: u32) -> u32 {
    match number {
        79 => 24,
        103 => 102,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_paragraph_is_read() {
        for (says, table) in TABLES {
            let family = read(says, table);
            for lines in paragraphs(table).filter(|lines| lines[0] != "numbered") {
                assert!(entry(&lines).is_some_and(|entry| !entry.texts.is_empty()), "{says}: {lines:?}");
            }
            assert!(!family.entries.is_empty(), "{says}");
            assert!(table.lines().all(|line| line == line.trim()), "{says}");
        }
    }

    #[test]
    fn an_entry_is_read() {
        let entry =
            entry(&["cause 20 missing-intermediate untrusted-root", "= it means", "a text", "another"]).unwrap();
        assert_eq!((entry.kind, entry.number, entry.means), (Kind::Cause, Some(20), "it means"));
        assert_eq!(entry.texts, ["a text", "another"]);
        assert_eq!(entry.rules().collect::<Vec<_>>(), [Rule::MissingIntermediate, Rule::UntrustedRoot]);
    }

    #[test]
    fn a_command_stands_before_the_texts() {
        let entry = entry(&["elsewhere", "= it means", "> ls -lL {file}", "a text"]).unwrap();
        assert_eq!((entry.next, entry.texts.as_slice()), (Some("ls -lL {file}"), &["a text"][..]));
    }

    #[test]
    fn what_is_no_entry_is_none() {
        for lines in [&["cause"][..], &["cause 20 damaged-pem", "means"], &["because damaged-pem", "= means"]] {
            assert!(entry(lines).is_none(), "{lines:?}");
        }
    }
}
