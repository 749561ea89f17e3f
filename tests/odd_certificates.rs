//! Certificates that are odd, too large, or contradict themselves: judged or refused by name, in a
//! moment.
//!
//! ```text
//! Root ─ CA ─ leaf      one of the two is odd
//! ```

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot be set up has to stop")]

mod support;

use chainmend::cert::{Certificate, Time};
use chainmend::report::{Severity, Verdict};
use chainmend::roots::Roots;
use chainmend::rules::Rule;
use chainmend::{Outcome, Repair};
use rcgen::{DistinguishedName, KeyUsagePurpose};
use support::pki::{Basic, Ca, Template, der, pem};

const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
const SUBJECT_ALT_NAME: &[u64] = &[2, 5, 29, 17];
/// Nobody knows it.
const UNKNOWN: &[u64] = &[1, 3, 6, 1, 4, 1, 99999, 1];

fn leaf() -> Template {
    Template::leaf(&["shop.example.com"])
}

/// At 2026-11-21; with the names of what is wrong.
fn judge(ca: Template, leaf: Template) -> (Outcome, Vec<Rule>) {
    let root = Ca::root("Root");
    let ca = root.issue(ca);
    let leaf = ca.issue(leaf);
    let outcome = Repair::new(pem(&[&leaf, &ca]).as_bytes())
        .at(Time::from_unix(1_795_219_200))
        .roots(Roots::from_certificates("test", [Certificate::from_der(root.der()).unwrap()]))
        .run();
    let errors = outcome.findings.iter().filter(|f| f.severity == Severity::Error).map(|f| f.rule).collect();
    (outcome, errors)
}

fn accepts(ca: Template, leaf: Template, why: &str) -> Outcome {
    let (outcome, errors) = judge(ca, leaf);
    assert_eq!((outcome.verdict, errors), (Verdict::Ok, Vec::new()), "{why}");
    outcome
}

fn refuses(ca: Template, leaf: Template, rule: Rule, why: &str) {
    let (outcome, errors) = judge(ca, leaf);
    assert_eq!(outcome.verdict, Verdict::Broken, "{why}");
    assert!(errors.contains(&rule), "{why}: {errors:?}");
}

fn ca() -> Template {
    Template::ca("CA")
}

#[test]
fn what_is_odd_and_allowed_is_accepted() {
    for end in ["2049-12-31", "2050-01-01", "9999-12-31"] {
        accepts(ca().until(end), leaf().until(end), end);
    }
    accepts(ca(), leaf().from("1950-01-01"), "since 1950");
    let names: Vec<String> = (0..500).map(|n| format!("h{n}.example.com")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    accepts(ca(), Template::leaf(&names), "500 names");
    let large = vec![0; 64 * 1024];
    accepts(ca(), leaf().extension(UNKNOWN, false, large.clone()), "64 KiB that nobody reads, in the leaf");
    accepts(ca().extension(UNKNOWN, false, large), leaf(), "the same in the CA");
    let nameless = Template { subject: DistinguishedName::new(), ..leaf() };
    accepts(ca(), nameless, "no subject");
}

#[test]
fn a_large_critical_extension_is_refused_by_name() {
    let large = vec![0; 64 * 1024];
    refuses(ca(), leaf().extension(UNKNOWN, true, large), Rule::UnknownCriticalExtension, "critical");
}

#[test]
fn what_cannot_be_read_is_malformed() {
    let without = |basic| Template { usages: Vec::new(), ..ca().basic(basic) };
    let bad: [&[u8]; 4] = [&[], &[0x30, 0x80], &[0xde, 0xad, 0xbe, 0xef], &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff]];
    for content in bad {
        let broken = without(Basic::Absent).extension(BASIC_CONSTRAINTS, true, content.to_vec());
        refuses(broken, leaf(), Rule::MalformedCertificate, "basicConstraints");
        let broken = without(Basic::Ca(None)).extension(KEY_USAGE, true, content.to_vec());
        refuses(broken, leaf(), Rule::MalformedCertificate, "keyUsage");
        let broken = leaf().purposes(&[]).extension(EXTENDED_KEY_USAGE, false, content.to_vec());
        refuses(ca(), broken, Rule::MalformedCertificate, "extendedKeyUsage");
        let broken = Template::leaf(&[]).extension(SUBJECT_ALT_NAME, false, content.to_vec());
        refuses(ca(), broken, Rule::MalformedCertificate, "subjectAltName");
    }
}

#[test]
fn what_contradicts_itself_is_refused_by_name() {
    let yes = der(0x30, &der(0x01, &[0xff]));
    let no = der(0x30, &[]);
    // A CA, and then none.
    refuses(ca().extension(BASIC_CONSTRAINTS, true, no), leaf(), Rule::MalformedCertificate, "twice, differing");
    refuses(ca().extension(BASIC_CONSTRAINTS, true, yes), leaf(), Rule::MalformedCertificate, "twice the same");
    refuses(ca().basic(Basic::NotCa), leaf(), Rule::NotACa, "keyCertSign, and no CA");
    let mute = ca().usages(&[KeyUsagePurpose::CrlSign]);
    refuses(mute, leaf(), Rule::MissingCertSign, "a CA that may not sign certificates");
    let signs_only = leaf().usages(&[KeyUsagePurpose::KeyCertSign]);
    refuses(ca(), signs_only, Rule::WrongKeyUsage, "a server that may only sign certificates");
    let backwards = leaf().from("2030-01-01").until("2020-01-01");
    refuses(ca(), backwards, Rule::MalformedCertificate, "ends before it starts");
    // keyUsage without a single bit.
    let none = Template { usages: Vec::new(), ..ca() }.extension(KEY_USAGE, true, vec![3, 2, 7, 0]);
    refuses(none, leaf(), Rule::MissingCertSign, "a CA that may do nothing");
}

/// No subject on a CA: its name is empty, and so is the leaf's issuer field.
#[test]
fn a_ca_without_a_name_is_judged() {
    let nameless = Template { subject: DistinguishedName::new(), ..ca() };
    let outcome = accepts(nameless, leaf(), "no name at all");
    assert!(outcome.findings.iter().any(|f| f.rule == Rule::NotStrict), "{:?}", outcome.findings);
}
