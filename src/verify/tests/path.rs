//! Dates, CA bits, path lengths, and the forms of anchors.

use rcgen::{BasicConstraints, IsCa, KeyUsagePurpose, date_time_ymd};

use super::pki::*;
use crate::cert::Time;
use crate::rules::Rule;
use crate::verify::{Context, Judgement, Signatures, anchor_faults, intermediate_faults, judge, leaf_faults};

/// ```text
/// ═ Root ─→ CA ─→ shop.example
/// ```
#[test]
fn ordinary_path_is_accepted_by_both() {
    let root = root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("shop.example");
    accepted(&[&leaf, &ca, &root]);
    accepted(&[&root.leaf("direct.example"), &root]);
    let (l, c, r) = (&leaf.certificate, &ca.certificate, &root.certificate);
    assert_eq!(leaf_faults(l, &now()), []);
    assert_eq!(intermediate_faults(c, l, &now()), []);
    assert_eq!(anchor_faults(r, l, &now()), []);
}

/// ```text
/// ═ Root ─→ CA ─→ shop.example     each expired, or not yet valid, in turn
/// ```
#[test]
fn dates_of_every_certificate_count() {
    let ended = |p: &mut rcgen::CertificateParams| p.not_after = date_time_ymd(2026, 11, 20);
    let unborn = |p: &mut rcgen::CertificateParams| p.not_before = date_time_ymd(2027, 1, 1);
    let trust = root("Root");
    let ca = trust.ca("CA");

    let late = ca.leaf_with("shop.example", ended);
    assert_eq!(refused(&[&late, &ca, &trust], 0, Rule::ExpiredLeaf), "expired 2026-11-20, yesterday");
    let early = ca.leaf_with("shop.example", unborn);
    assert_eq!(refused(&[&early, &ca, &trust], 0, Rule::NotYetValid), "valid from 2027-01-01, in 41 days");

    let late = trust.ca_with("CA", ended);
    refused(&[&late.leaf("a.example"), &late, &trust], 1, Rule::ExpiredIntermediate);
    let early = trust.ca_with("CA", unborn);
    refused(&[&early.leaf("a.example"), &early, &trust], 1, Rule::NotYetValid);

    let late = root_with("Root", ended);
    refused(&[&late.leaf("a.example"), &late], 1, Rule::ExpiredRoot);
    let early = root_with("Root", unborn);
    refused(&[&early.leaf("a.example"), &early], 1, Rule::NotYetValid);

    let odd = ca.leaf_with("shop.example", |p| {
        p.not_before = date_time_ymd(2027, 1, 1);
        p.not_after = date_time_ymd(2026, 1, 1);
    });
    refused(&[&odd, &ca, &trust], 0, Rule::MalformedCertificate);
}

/// notBefore and notAfter belong to the validity (RFC 5280 §4.1.2.5).
#[test]
fn validity_includes_both_ends() {
    let root = root("Root");
    let leaf = root.leaf_with("a.example", |p| {
        p.not_before = date_time_ymd(2026, 11, 21);
        p.not_after = date_time_ymd(2026, 11, 22);
    });
    let (from, to) = (1_795_219_200, 1_795_305_600);
    let rules = |at| {
        let context = Context { at: Time::from_unix(at), ..now() };
        failures(&judge(&path(&[&leaf, &root]), &context, &Signatures::default()))
    };
    assert_eq!(rules(from - 1), [(0, Rule::NotYetValid)]);
    assert_eq!(rules(from), []);
    assert_eq!(rules(to), []);
    assert_eq!(rules(to + 1), [(0, Rule::ExpiredLeaf)]);
}

/// Every failure is found, each on its certificate.
#[test]
fn all_failures_are_listed() {
    let root = root_with("Root", |p| p.not_after = date_time_ymd(2025, 1, 1));
    let ca = root.ca_with("CA", |p| {
        p.is_ca = IsCa::NoCa;
        p.not_after = date_time_ymd(2025, 1, 1);
    });
    let leaf = ca.leaf_with("a.example", |p| p.not_after = date_time_ymd(2025, 1, 1));
    let expected = [(0, Rule::ExpiredLeaf), (1, Rule::ExpiredIntermediate), (1, Rule::NotACa), (2, Rule::ExpiredRoot)];
    assert_eq!(failures(&judged(&[&leaf, &ca, &root])), expected);
}

/// ```text
/// ═ Root ─→ CA (not a CA | v1 | without keyCertSign) ─→ shop.example
/// ```
#[test]
fn intermediates_are_cas() {
    let root = root("Root");
    let plain = root.ca_with("CA", |p| p.is_ca = IsCa::NoCa);
    let text = refused(&[&plain.leaf("a.example"), &plain, &root], 1, Rule::NotACa);
    assert_eq!(text, "has no basicConstraints, so it is no CA");
    let explicit = root.ca_with("CA", |p| p.is_ca = IsCa::ExplicitNoCa);
    let text = refused(&[&explicit.leaf("a.example"), &explicit, &root], 1, Rule::NotACa);
    assert_eq!(text, "is no CA (basicConstraints: cA is not set)");
    let old = root.ca("CA").operated(&root, |parts| parts.retain(|part| !matches!(part[0], 0xa0 | 0xa3)));
    let text = refused(&[&old.leaf("a.example"), &old, &root], 1, Rule::NotACa);
    assert_eq!(text, "is an X.509 v1 certificate, which cannot be an intermediate CA");
    // Extensions in a certificate that says v1 do not make it a CA.
    let odd = root.ca("CA").operated(&root, |parts| parts.retain(|part| part[0] != 0xa0));
    refused(&[&odd.leaf("a.example"), &odd, &root], 1, Rule::NotACa);
    let mute = root.ca_with("CA", |p| p.key_usages = vec![KeyUsagePurpose::DigitalSignature]);
    refused(&[&mute.leaf("a.example"), &mute, &root], 1, Rule::MissingCertSign);
    // keyUsage may be absent.
    let quiet = root.ca_with("CA", |p| p.key_usages = vec![]);
    accepted(&[&quiet.leaf("a.example"), &quiet, &root]);
}

/// ```text
/// ═ Root (v1 | v3 with cA FALSE | v3 without basicConstraints) ─→ shop.example
/// ```
#[test]
fn anchors_are_cas_unless_they_deny_it() {
    let old = root("Root");
    let old_certificate = {
        let mut parts = split(old.certificate.tbs());
        parts.retain(|part| !matches!(part[0], 0xa0 | 0xa3));
        resigned(&parts, &old.key)
    };
    let old = Made { certificate: old_certificate, ..old };
    assert_eq!(old.certificate.version(), 1);
    accepted(&[&old.leaf("a.example"), &old]);

    let denies = root_with("Root", |p| p.is_ca = IsCa::ExplicitNoCa);
    refused(&[&denies.leaf("a.example"), &denies], 1, Rule::NotACa);
    let signs = root_with("Root", |p| p.is_ca = IsCa::NoCa);
    accepted(&[&signs.leaf("a.example"), &signs]);
    let nothing = root_with("Root", |p| {
        p.is_ca = IsCa::NoCa;
        p.key_usages = vec![];
    });
    refused(&[&nothing.leaf("a.example"), &nothing], 1, Rule::NotACa);
    let mute = root_with("Root", |p| p.key_usages = vec![KeyUsagePurpose::CrlSign]);
    refused(&[&mute.leaf("a.example"), &mute], 1, Rule::MissingCertSign);
}

/// ```text
/// ═ Root ─→ Top (pathlen 0) ─→ Middle ─→ shop.example
/// ═ Root (pathlen 0) ─→ CA ─→ shop.example
/// ═ Root ─→ Top (pathlen 1) ─→ Middle ─→ shop.example
/// ```
#[test]
fn path_lengths_are_kept() {
    let limit = |n| move |p: &mut rcgen::CertificateParams| p.is_ca = IsCa::Ca(BasicConstraints::Constrained(n));
    let trust = root("Root");
    let top = trust.ca_with("Top", limit(0));
    let middle = top.ca("Middle");
    let text = refused(&[&middle.leaf("a.example"), &middle, &top, &trust], 2, Rule::PathLengthExceeded);
    assert_eq!(text, "is allowed 0 intermediates below it, has 1 (pathLenConstraint 0)");
    accepted(&[&top.leaf("a.example"), &top, &trust]);

    let tight = root_with("Root", limit(0));
    let ca = tight.ca("CA");
    refused(&[&ca.leaf("a.example"), &ca, &tight], 2, Rule::PathLengthExceeded);

    let top = trust.ca_with("Top", limit(1));
    let middle = top.ca("Middle");
    accepted(&[&middle.leaf("a.example"), &middle, &top, &trust]);
}

/// ```text
/// ═ self.example        the leaf is its own anchor
/// ```
#[test]
fn trusted_self_signed_leaf_is_a_leaf() {
    let own = self_signed(leaf_params("self.example"));
    accepted(&[&own, &own]);
    assert_eq!(anchor_faults(&own.certificate, &own.certificate, &now()), []);
    let late = self_signed({
        let mut params = leaf_params("self.example");
        params.not_after = date_time_ymd(2026, 11, 20);
        params
    });
    refused(&[&late, &late], 0, Rule::ExpiredLeaf);
    // It does not issue anything.
    let below = own.leaf("a.example");
    let judgement = judged(&[&below, &own]);
    assert_eq!(failures(&judgement), [(1, Rule::MissingCertSign)]);
}

/// An empty path is refused, not a panic.
#[test]
fn empty_path_is_refused() {
    let root = root("Root");
    let judgement = judge(&path_of(vec![], &root.certificate), &now(), &Signatures::default());
    assert_eq!(failures(&judgement), [(0, Rule::NoCertificate)]);
    assert_ne!(judgement, Judgement::default());
}

/// ```text
/// ═ Root ─→ CA 1 ─→ … ─→ CA 6 ─→ shop.example       and one more
/// ```
#[test]
fn long_paths_are_noted() {
    let root = root("Root");
    let mut cas = vec![root.ca("CA 1")];
    for n in 2..=7 {
        cas.push(cas.last().unwrap().ca(&format!("CA {n}")));
    }
    let judge_with = |count: usize| {
        let leaf = cas[count - 1].leaf("a.example");
        let mut made = vec![&leaf];
        made.extend(cas[..count].iter().rev());
        made.push(&root);
        judged(&made)
    };
    assert_eq!(judge_with(6), Judgement::default());
    let seven = judge_with(7);
    assert_eq!(failures(&seven), []);
    assert_eq!(notes(&seven), [(0, Rule::ChainTooLong), (0, Rule::BeyondWebpki)]);
}
