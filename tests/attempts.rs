//! The ways up that were tried where none is valid: which are told, in which order, and how many.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot be set up has to stop")]

mod support;

use chainmend::Repair;
use chainmend::cert::{Certificate, Time};
use chainmend::report::BundleReport;
use chainmend::roots::Roots;
use chainmend::rules::Rule;
use support::pki::{Ca, Template, pem};

/// 2026-11-21.
const AT: i64 = 1_795_219_200;

fn check(input: &[&Ca], trusted: &[&Ca]) -> BundleReport {
    let roots = trusted.iter().map(|root| Certificate::from_der(root.der()).unwrap());
    let repair = Repair::new(pem(input).as_bytes()).at(Time::from_unix(AT));
    repair.roots(Roots::from_certificates("test", roots)).run().report()
}

fn rules(report: &BundleReport) -> Vec<Vec<Rule>> {
    report.attempts.iter().map(|attempt| attempt.findings.iter().map(|finding| finding.rule).collect()).collect()
}

/// ```text
/// Root ─── CA ─┐
/// Old ──── CA (expired) ─┼─ leaf          Corp is not trusted
/// Corp ─── CA ─┘
/// ```
#[test]
fn the_nearest_is_first_and_each_other_has_its_reason() {
    let (root, old, corp) = (Ca::root("Root"), Ca::root("Old"), Ca::root("Corp"));
    let ca = root.issue_ca("CA");
    let strict = root.issue(ca.again().purposes(&[rcgen::ExtendedKeyUsagePurpose::CodeSigning]));
    let expired = old.issue(ca.again().until("2025-01-01").purposes(&[rcgen::ExtendedKeyUsagePurpose::CodeSigning]));
    let internal = corp.issue(ca.again());
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let report = check(&[&leaf, &expired, &internal, &corp, &strict], &[&root, &old]);
    assert_eq!(
        rules(&report),
        [vec![Rule::WrongPurpose], vec![Rule::ExpiredIntermediate, Rule::WrongPurpose], vec![Rule::UntrustedRoot],],
    );
    let anchors: Vec<_> = report.attempts.iter().map(|a| a.anchor.as_ref().map(|a| a.short.as_str())).collect();
    assert_eq!(anchors, [Some("Root"), Some("Old"), None]);
    assert!(report.attempts.iter().all(|attempt| attempt.chain[0].short == "shop.example.com" && !attempt.repeats));
    assert_eq!(report.attempts_left_out, 0);
}

/// ```text
/// Root ─── CA (expired) ─ leaf
/// ```
#[test]
fn one_way_has_no_others() {
    let root = Ca::root("Root");
    let ca = root.issue(Template::ca("CA").until("2025-01-01"));
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    // The certificate twice, and the root beside it, are no other way.
    let report = check(&[&leaf, &ca, &ca, &root], &[&root]);
    assert_eq!(rules(&report), [[Rule::ExpiredIntermediate]]);
}

/// ```text
/// Root ─┬─ CA ─┬─ leaf (expired)
/// Old ──┴─ CA ─┘
/// ```
#[test]
fn no_other_way_helps_a_leaf_that_is_wrong_in_itself() {
    let (root, old) = (Ca::root("Root"), Ca::root("Old"));
    let ca = root.issue_ca("CA");
    let twin = old.issue(ca.again());
    let leaf = ca.issue(Template::leaf(&["shop.example.com"]).until("2025-01-01"));
    assert_eq!(rules(&check(&[&leaf, &ca, &twin], &[&root, &old])), [[Rule::ExpiredLeaf]]);
}

/// ```text
/// Root ── Policy ─┐
/// Old ─── Policy ─┴─ CA (expired) ─ leaf
/// ```
#[test]
fn a_way_with_the_same_fault_is_told_as_such() {
    let (root, old) = (Ca::root("Root"), Ca::root("Old"));
    let policy = root.issue_ca("Policy");
    let twin = old.issue(policy.again());
    let ca = policy.issue(Template::ca("CA").until("2025-01-01"));
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let report = check(&[&leaf, &ca, &policy, &twin], &[&root, &old]);
    assert_eq!(rules(&report), [[Rule::ExpiredIntermediate], [Rule::ExpiredIntermediate]]);
    assert_eq!([report.attempts[0].repeats, report.attempts[1].repeats], [false, true]);
}

/// ```text
/// Root 1 … Root 20, none trusted ─ 20 × CA ─ leaf
/// ```
#[test]
fn many_ways_are_counted() {
    let roots: Vec<Ca> = (1..=20).map(|i| Ca::root(&format!("Root {i}"))).collect();
    let ca = roots[0].issue_ca("CA");
    let twins: Vec<Ca> = roots[1..].iter().map(|root| root.issue(ca.again())).collect();
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let file: Vec<&Ca> = [&leaf, &ca].into_iter().chain(&twins).chain(&roots).collect();
    let report = check(&file, &[]);
    assert_eq!((report.attempts.len(), report.attempts_left_out), (16, 4));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["attempts_left_out"], 4);
    assert_eq!(json["attempts"][0]["findings"][0]["rule"], "untrusted-root");
    assert_eq!(json["attempts"][15]["anchor"], serde_json::Value::Null);
}

/// A chain that is right tells of no way that failed.
///
/// ```text
/// Root ─┬─ CA ───────────┬─ leaf
///       └─ CA (expired) ─┘
/// ```
#[test]
fn a_valid_chain_has_no_attempts() {
    let root = Ca::root("Root");
    let ca = root.issue_ca("CA");
    let old = root.issue(ca.again().until("2025-01-01"));
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let report = check(&[&leaf, &old, &ca], &[&root]);
    assert!(report.attempts.is_empty() && !report.chain.is_empty());
    assert!(!serde_json::to_string(&report).unwrap().contains("attempts"));
}
