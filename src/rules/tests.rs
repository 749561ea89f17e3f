//! The registry holds what it promises: each rule unique, documented, cited, placed as designed.

use std::collections::HashSet;

use super::*;
use crate::report::Severity::{self, Error, Info as Note, Warning};

/// The table of rules as it is published: what users script against changes here first, and in the
/// changelog.
const TABLE: &[(Group, &[(&str, Severity)])] = &[
    (
        Group::Reading,
        &[
            ("damaged-pem", Error),
            ("unreadable-block", Error),
            ("private-key-present", Note),
            ("no-certificate", Error),
            ("trust-store", Note),
            ("split-files", Warning),
            ("server-differs", Error),
            ("malformed-certificate", Error),
        ],
    ),
    (
        Group::Leaf,
        &[
            ("ambiguous-leaf", Error),
            ("no-leaf", Note),
            ("self-signed-leaf", Error),
            ("key-mismatch", Error),
            ("host-mismatch", Error),
            ("no-san", Warning),
            ("precertificate", Error),
        ],
    ),
    (
        Group::Shape,
        &[
            ("leaf-not-first", Error),
            ("misordered", Warning),
            ("duplicate", Warning),
            ("root-included", Warning),
            ("unrelated", Warning),
            ("superseded", Warning),
            ("missing-intermediate", Error),
        ],
    ),
    (
        Group::Time,
        &[
            ("expired-leaf", Error),
            ("expired-intermediate", Error),
            ("expired-root", Error),
            ("not-yet-valid", Error),
            ("expires-soon", Warning),
            ("intermediate-expires-first", Warning),
        ],
    ),
    (
        Group::Path,
        &[
            ("untrusted-root", Error),
            ("root-not-self-signed", Warning),
            ("distrusted-root", Warning),
            ("bad-signature", Error),
            ("not-a-ca", Error),
            ("missing-cert-sign", Error),
            ("key-id-mismatch", Error),
            ("path-length-exceeded", Error),
            ("name-constraint-violated", Error),
            ("policy-rejected", Error),
            ("unknown-critical-extension", Error),
            ("wrong-purpose", Error),
            ("wrong-key-usage", Error),
            ("chain-too-long", Warning),
            ("name-encoding-differs", Note),
            ("mistakable-issuer", Warning),
            ("beyond-webpki", Note),
            ("not-strict", Warning),
            ("search-budget", Error),
            ("verify-depth", Note),
        ],
    ),
    (Group::Strength, &[("weak-key", Error), ("weak-signature", Error), ("unsupported-algorithm", Error)]),
    (
        Group::Fetching,
        &[
            ("issuer-unavailable", Warning),
            ("fetch-refused", Warning),
            ("wrong-issuer-served", Warning),
            ("no-issuer-url", Warning),
        ],
    ),
    (Group::Choice, &[("alternative-path", Note), ("cross-sign-kept", Note), ("stale-cross-sign", Warning)]),
    (Group::Revocation, &[("revoked", Error)]),
];

/// The headings of a page, in order; the first is the rule's name.
const HEADINGS: &[&str] =
    &["What it means", "Who breaks", "What chainmend does", "What you can do", "Example", "References"];
/// The one heading that a page may do without.
const OPTIONAL: &str = "Example";
/// What a draft leaves behind.
const LEFTOVERS: &[&str] = &["TODO", "FIXME", "TBD", "XXX", "???", "lorem", "<!--"];
/// Width of a terminal that pages are read in. A link or command of one piece may be longer.
const COLUMNS: usize = 100;

/// The sections of a page: heading and text, without code blocks' own `#` lines counting.
fn sections(page: &str) -> Vec<(&str, String)> {
    let mut sections: Vec<(&str, String)> = Vec::new();
    let mut code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            code = !code;
        }
        let heading = if code { None } else { line.strip_prefix("## ").or_else(|| line.strip_prefix("# ")) };
        match (heading, sections.last_mut()) {
            (Some(heading), _) => sections.push((heading, String::new())),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => panic!("text before the first heading: {line}"),
        }
    }
    assert!(!code, "a code block is not closed");
    sections
}

#[test]
fn groups_and_severities_are_as_published() {
    let published: Vec<(&str, Group, Severity)> = TABLE
        .iter()
        .flat_map(|(group, rules)| rules.iter().map(|(name, severity)| (*name, *group, *severity)))
        .collect();
    let built: Vec<(&str, Group, Severity)> =
        Rule::ALL.iter().map(|rule| (rule.name(), rule.info().group, rule.info().severity)).collect();
    assert_eq!(built, published);
}

#[test]
fn names_are_unique_and_kebab_case() {
    let names: HashSet<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
    for name in names {
        let words: Vec<&str> = name.split('-').collect();
        assert!(words.iter().all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase())), "{name}");
    }
}

#[test]
fn a_rule_is_called_as_its_variant_and_its_files() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let mut expected: HashSet<String> = HashSet::from(["tests.rs".to_owned()]);
    for rule in Rule::ALL {
        let camel: String = rule.name().split('-').map(|w| w[..1].to_uppercase() + &w[1..]).collect();
        assert_eq!(format!("{rule:?}"), camel);
        let file = rule.name().replace('-', "_");
        expected.extend([format!("{file}.rs"), format!("{file}.md")]);
    }
    #[expect(clippy::disallowed_methods, reason = "which files there are is what is tested")]
    let entries = std::fs::read_dir(folder).unwrap();
    let present: HashSet<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(present, expected);
}

#[test]
fn names_are_read_back() {
    for rule in Rule::ALL {
        assert_eq!(rule.to_string().parse::<Rule>(), Ok(*rule));
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.name());
    }
    assert_eq!("Misordered".parse::<Rule>(), Err(UnknownRule("Misordered".to_owned())));
    assert_eq!("mis_ordered".parse::<Rule>().unwrap_err().to_string(), "no rule is called `mis_ordered`");
}

#[test]
fn every_rule_has_a_title_and_a_source() {
    for rule in Rule::ALL {
        let info = rule.info();
        let lines = [Some(info.title), info.breaks, info.hidden];
        for line in lines.into_iter().flatten().chain(info.cites.iter().copied()) {
            assert!(!line.is_empty() && line.trim() == line && !line.contains('\n'), "{rule}: {line:?}");
            assert!(!line.ends_with('.'), "{rule}: {line:?}");
        }
        assert!(!info.title.starts_with(char::is_uppercase), "{rule}: {}", info.title);
        assert!(!info.cites.is_empty(), "{rule} cites nothing");
        let cites: HashSet<_> = info.cites.iter().collect();
        assert_eq!(cites.len(), info.cites.len(), "{rule} cites something twice");
    }
    let titles: HashSet<_> = Rule::ALL.iter().map(|rule| rule.info().title).collect();
    assert_eq!(titles.len(), Rule::ALL.len(), "two rules have one title");
}

#[test]
fn every_error_says_who_breaks() {
    for rule in Rule::ALL {
        if rule.info().severity == Error {
            assert!(rule.info().breaks.is_some(), "{rule}");
        }
    }
}

#[test]
fn every_page_has_its_sections() {
    for rule in Rule::ALL {
        let sections = sections(rule.info().page);
        let headings: Vec<&str> = sections.iter().map(|(heading, _)| *heading).collect();
        let wanted: Vec<&str> = std::iter::once(rule.name())
            .chain(HEADINGS.iter().copied().filter(|h| *h != OPTIONAL || headings.contains(h)))
            .collect();
        assert_eq!(headings, wanted, "{rule}");
        for (heading, text) in &sections {
            assert!(text.trim().len() >= 20, "{rule}: nothing below {heading:?}");
        }
        assert!(sections[0].1.trim().lines().all(|line| !line.is_empty()), "{rule}: the meaning is one paragraph");
        let who = &sections[2].1;
        assert!(who.lines().all(|l| l.is_empty() || l.starts_with("- ") || l.starts_with("  ")), "{rule}: {who}");
    }
}

#[test]
fn pages_are_finished_and_fit_a_terminal() {
    for rule in Rule::ALL {
        let page = rule.info().page;
        for leftover in LEFTOVERS {
            assert!(!page.contains(leftover), "{rule}: {leftover}");
        }
        assert!(page.ends_with('\n') && !page.contains("\n\n\n") && !page.contains('\t'), "{rule}");
        for line in page.lines() {
            let code = line.starts_with("openssl ") || line.starts_with("chainmend ");
            assert!(line.chars().count() <= COLUMNS || code, "{rule}: {line}");
            assert_eq!(line.trim_end(), line, "{rule}");
        }
        // Without a language rustdoc would take a block for Rust and run it.
        let fences: Vec<&str> = page.lines().filter(|line| line.starts_with("```")).collect();
        for fence in fences.chunks(2) {
            assert!(matches!(fence, ["```console" | "```text" | "```sh", "```"]), "{rule}: {fence:?}");
        }
    }
}

#[test]
fn pages_name_only_rules_that_exist() {
    // In backticks and of the shape of a rule: words with hyphens that are no option.
    for rule in Rule::ALL {
        for span in rule.info().page.split('`').skip(1).step_by(2) {
            let shape = span.contains('-') && span.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            if shape && !span.starts_with('-') {
                assert!(span.parse::<Rule>().is_ok(), "{rule} names `{span}`");
            }
        }
    }
}
