//! Each known gap of webpki: a path that it refuses and rfc5280 accepts.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair, RsaPssSaltLength};
use rcgen::{BasicConstraints, DistinguishedName, IsCa, KeyPair, SanType, SigningKey as _, date_time_ymd};

use super::pki::*;
use crate::cert::Time;
use crate::path::CandidatePath;
use crate::rules::Rule;
use crate::verify::gaps::{GAPS, explain};
use crate::verify::{Comparisons, Context, Purpose, Signatures, judge, rfc5280, webpki};

/// The name of a gap, and what makes the path that shows it.
type GapTest = (&'static str, fn() -> (CandidatePath, Context));

const GAP_TESTS: &[GapTest] = &[
    ("time-before-1970", time_before_1970),
    ("trusted-leaf", trusted_leaf),
    ("self-signed-leaf", self_signed_leaf),
    ("ca-leaf", ca_leaf),
    ("old-version", old_version),
    ("long-path", long_path),
    ("critical-policies", critical_policies),
    ("directory-name-constraints", directory_name_constraints),
    ("email-constraints", email_constraints),
    ("uri-constraints", uri_constraints),
    ("self-issued-names", self_issued_names),
    ("name-encoding", name_encoding),
    ("self-issued-path-length", self_issued_path_length),
    ("large-path-length", large_path_length),
    ("subtree-bounds", subtree_bounds),
    ("unique-identifiers", unique_identifiers),
    ("large-certificate", large_certificate),
    ("dates-before-1970", dates_before_1970),
    ("rsa-pss", rsa_pss),
    ("ecdsa-parameters", ecdsa_parameters),
];

/// webpki refuses, rfc5280 accepts, the gap of that name explains it, and the judgement is a note.
#[test]
fn every_gap_is_shown() {
    let shown: BTreeSet<&str> = GAP_TESTS.iter().map(|(name, _)| *name).collect();
    let listed: BTreeSet<&str> = GAPS.iter().map(|gap| gap.name).collect();
    assert_eq!((shown, GAPS.len()), (listed, GAP_TESTS.len()));
    for (name, make) in GAP_TESTS {
        let (path, context) = make();
        let signatures = Signatures::default();
        let ours = rfc5280::judge(&path, &context, &signatures, &mut Comparisons::default());
        assert_eq!(ours.failures, [], "{name}");
        let refusal = webpki::verify(&path, &context, &signatures).expect_err(name).remove(0);
        let (gap, position) = explain(&refusal, &path, &context).unwrap_or_else(|| panic!("{name}: {refusal}"));
        assert_eq!(gap.name, *name, "{refusal}");
        let judgement = judge(&path, &context, &signatures);
        assert!(judgement.accepted(), "{name}");
        let note = judgement.notes.iter().find(|n| n.fault.rule == Rule::BeyondWebpki).unwrap();
        assert_eq!(note.position, position);
        assert_eq!(note.fault.message, format!("rustls clients will refuse this chain: {}", gap.reason));
    }
}

/// No gap explains anything on a path that has nothing odd.
#[test]
fn ordinary_path_shows_no_gap() {
    let root = root("Root");
    let ca = root.ca("CA");
    let ordinary = path(&[&ca.leaf("a.example"), &ca, &root]);
    for (name, make) in GAP_TESTS.iter().filter(|(name, _)| *name != "time-before-1970") {
        let (odd, context) = make();
        let refusal = webpki::verify(&odd, &context, &Signatures::default()).expect_err(name).remove(0);
        assert!(explain(&refusal, &ordinary, &now()).is_none(), "{name}");
    }
}

/// Where either purpose will do, the gap is found though the other purpose fails otherwise.
///
/// ```text
/// ═ Root ─→ a.example (CA:TRUE, serverAuth only)
/// ```
#[test]
fn gaps_are_found_for_either_purpose() {
    let root = root("Root");
    let leaf = root.leaf_with("a.example", |p| {
        p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        p.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    });
    let context = Context { purpose: Purpose::Any, ..now() };
    let judgement = judge(&path(&[&leaf, &root]), &context, &Signatures::default());
    assert_eq!((failures(&judgement), notes(&judgement)), (vec![], vec![(0, Rule::BeyondWebpki)]));
}

/// A refusal that no gap explains refuses the path, and says that it is a bug.
///
/// ```text
/// ═ Root ─→ CA ─→ CA (self-issued, the same key) ─→ a.example       webpki needs but one of them
/// ```
#[test]
fn unexplained_refusal_refuses() {
    let root = root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("a.example");
    let twin = ca.issue(ca.params.clone(), Arc::clone(&ca.key));
    let judgement = judged(&[&leaf, &twin, &ca, &root]);
    assert_eq!(failures(&judgement), [(0, Rule::BeyondWebpki)]);
    assert!(message(&judgement).ends_with("a bug worth reporting"), "{judgement:?}");
}

/// ```text
/// ═ Root (since 1960) ─→ a.example (since 1960)       in 1969
/// ```
fn time_before_1970() -> (CandidatePath, Context) {
    let early = |p: &mut rcgen::CertificateParams| p.not_before = date_time_ymd(1960, 1, 1);
    let root = root_with("Root", early);
    let context = Context { at: Time::from_unix(-86_400), ..now() };
    (path(&[&root.leaf_with("a.example", early), &root]), context)
}

/// ```text
/// ═ Root ─→ a.example        its own anchor
/// ```
fn trusted_leaf() -> (CandidatePath, Context) {
    let leaf = root("Root").leaf("a.example");
    (path(&[&leaf, &leaf]), now())
}

/// ```text
/// ═ self.example        its own anchor, its signature broken
/// ```
fn self_signed_leaf() -> (CandidatePath, Context) {
    let own = self_signed(leaf_params("self.example"));
    let mut der = own.certificate.der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let own = Made { certificate: read(&der), ..own };
    (path(&[&own, &own]), now())
}

/// ```text
/// ═ Root ─→ a.example (CA:TRUE)
/// ```
fn ca_leaf() -> (CandidatePath, Context) {
    let root = root("Root");
    let leaf = root.leaf_with("a.example", |p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    (path(&[&leaf, &root]), now())
}

/// ```text
/// ═ Root ─→ a.example (v1)
/// ```
fn old_version() -> (CandidatePath, Context) {
    let root = root("Root");
    let leaf = root.leaf("a.example").operated(&root, |parts| parts.retain(|p| !matches!(p[0], 0xa0 | 0xa3)));
    (path(&[&leaf, &root]), now())
}

/// ```text
/// ═ Root ─→ CA 1 ─→ … ─→ CA 7 ─→ a.example
/// ```
fn long_path() -> (CandidatePath, Context) {
    let mut made = vec![root("Root")];
    for n in 1..=7 {
        made.insert(0, made[0].ca(&format!("CA {n}")));
    }
    made.insert(0, made[0].leaf("a.example"));
    (path(&made.iter().collect::<Vec<_>>()), now())
}

/// ```text
/// ═ Root ─→ CA ─→ a.example (critical certificatePolicies)
/// ```
fn critical_policies() -> (CandidatePath, Context) {
    let root = root("Root");
    let ca = root.ca("CA");
    let policies = extension(&[2, 5, 29, 32], true, &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 3]);
    let leaf = ca.leaf_with("a.example", |p| p.custom_extensions = vec![policies]);
    (path(&[&leaf, &ca, &root]), now())
}

fn constrained(tag: u8, base: &[u8], san: Option<SanType>) -> (CandidatePath, Context) {
    let root = root("Root");
    let ca = root.ca_with("CA", |p| p.custom_extensions = vec![constraints(&[(tag, base)], &[])]);
    let leaf = ca.leaf_with("a.example", |p| p.subject_alt_names.extend(san));
    (path(&[&leaf, &ca, &root]), now())
}

/// ```text
/// ═ Root ─→ CA (permits CN=a.example) ─→ a.example
/// ```
fn directory_name_constraints() -> (CandidatePath, Context) {
    let name = root("a.example").certificate.subject().der().to_vec();
    constrained(0xa4, &name, None)
}

/// ```text
/// ═ Root ─→ CA (permits e-mail of a.example) ─→ a.example, x@a.example
/// ```
fn email_constraints() -> (CandidatePath, Context) {
    constrained(0x81, b"a.example", Some(SanType::Rfc822Name("x@a.example".try_into().unwrap())))
}

/// ```text
/// ═ Root ─→ CA (permits URIs of a.example) ─→ a.example, https://a.example/
/// ```
fn uri_constraints() -> (CandidatePath, Context) {
    constrained(0x86, b"a.example", Some(SanType::URI("https://a.example/".try_into().unwrap())))
}

/// ```text
/// ═ Root ─→ CA (permits a.example) ─→ CA (self-issued, DNS name ca.test) ─→ a.example
/// ```
fn self_issued_names() -> (CandidatePath, Context) {
    let root = root("Root");
    let ca = root.ca_with("CA", |p| p.custom_extensions = vec![constraints(&[(0x82, b"a.example")], &[])]);
    let next = ca.ca_with("CA", |p| p.subject_alt_names = vec![SanType::DnsName("ca.test".try_into().unwrap())]);
    (path(&[&next.leaf("a.example"), &next, &ca, &root]), now())
}

/// ```text
/// ═ Root ─→ "CA" ─→ a.example (issuer "ca")
/// ```
fn name_encoding() -> (CandidatePath, Context) {
    let root = root("Root");
    let ca = root.ca("CA");
    let alias = Made { certificate: Arc::clone(&ca.certificate), key: Arc::clone(&ca.key), params: ca_params("ca") };
    (path(&[&alias.leaf("a.example"), &ca, &root]), now())
}

/// ```text
/// ═ Root ─→ CA (pathlen 0) ─→ CA (self-issued) ─→ a.example
/// ```
fn self_issued_path_length() -> (CandidatePath, Context) {
    let root = root("Root");
    let ca = root.ca_with("CA", |p| p.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let next = ca.ca("CA");
    (path(&[&next.leaf("a.example"), &next, &ca, &root]), now())
}

/// ```text
/// ═ Root ─→ CA (pathlen 1000) ─→ a.example
/// ```
fn large_path_length() -> (CandidatePath, Context) {
    let root = root("Root");
    let ca = root.ca_with("CA", |p| {
        p.is_ca = IsCa::NoCa;
        p.custom_extensions = vec![extension(&[2, 5, 29, 19], true, &[0x30, 7, 1, 1, 0xff, 2, 2, 3, 0xe8])];
    });
    (path(&[&ca.leaf("a.example"), &ca, &root]), now())
}

/// ```text
/// ═ Root ─→ CA (permits a.example, with minimum 0 written out) ─→ a.example
/// ```
fn subtree_bounds() -> (CandidatePath, Context) {
    let root = root("Root");
    let base = [tlv(0x82, b"a.example"), tlv(0x80, &[0])].concat();
    let value = tlv(0x30, &tlv(0xa0, &tlv(0x30, &base)));
    let ca = root.ca_with("CA", |p| p.custom_extensions = vec![extension(&[2, 5, 29, 30], true, &value)]);
    (path(&[&ca.leaf("a.example"), &ca, &root]), now())
}

/// ```text
/// ═ Root ─→ a.example (subjectUniqueID)
/// ```
fn unique_identifiers() -> (CandidatePath, Context) {
    let root = root("Root");
    let leaf = root.leaf("a.example").operated(&root, |parts| {
        let extensions = parts.iter().position(|p| p[0] == 0xa3).unwrap();
        parts.insert(extensions, tlv(0x82, &[0, 1, 2]));
    });
    (path(&[&leaf, &root]), now())
}

/// ```text
/// ═ Root ─→ a.example (70 000 bytes)
/// ```
fn large_certificate() -> (CandidatePath, Context) {
    let root = root("Root");
    let large = extension(&[1, 2, 3], false, &tlv(4, &vec![0; 70_000]));
    let leaf = root.leaf_with("a.example", |p| p.custom_extensions = vec![large]);
    (path(&[&leaf, &root]), now())
}

/// ```text
/// ═ Root ─→ a.example (since 1960)
/// ```
fn dates_before_1970() -> (CandidatePath, Context) {
    let root = root("Root");
    let leaf = root.leaf_with("a.example", |p| p.not_before = date_time_ymd(1960, 1, 1));
    (path(&[&leaf, &root]), now())
}

/// ```text
/// ═ Root (RSA) ─→ a.example (signed with RSASSA-PSS, SHA-256, salt of 20 octets)
/// ```
fn rsa_pss() -> (CandidatePath, Context) {
    let key = Arc::new(KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap());
    let params = ca_params("Root");
    let root = read(params.self_signed(&*key).unwrap().der());
    let root = Made { certificate: root, key, params };
    let algorithm = pss_algorithm(20);
    let mut parts = split(root.leaf("a.example").certificate.tbs());
    parts[2].clone_from(&algorithm);
    let tbs = tlv(0x30, &parts.concat());
    let pair = RsaKeyPair::from_pkcs8(&root.key.serialize_der()).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    const SALT_20: aws_lc_rs::signature::RsaSignatureEncoding =
        RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(20));
    pair.sign(&SALT_20, &SystemRandom::new(), &tbs, &mut signature).unwrap();
    let leaf = certificate(&tbs, &algorithm, &signature);
    (path_of(vec![leaf], &root.certificate), now())
}

/// AlgorithmIdentifier of RSASSA-PSS with SHA-256 (RFC 4055 §3.1).
/// ```text
/// ═ Root ─→ a.example      signed with ecdsa-with-SHA256, parameters NULL
/// ```
fn ecdsa_parameters() -> (CandidatePath, Context) {
    let root = root("Root");
    let algorithm = tlv(0x30, &[&ECDSA_SHA256[2..], &[5, 0]].concat());
    let mut parts = split(root.leaf("a.example").certificate.tbs());
    parts[2].clone_from(&algorithm);
    let tbs = tlv(0x30, &parts.concat());
    let signature = root.key.sign(&tbs).unwrap();
    (path_of(vec![certificate(&tbs, &algorithm, &signature)], &root.certificate), now())
}

fn pss_algorithm(salt: u8) -> Vec<u8> {
    let sha256 = tlv(0x30, &[&tlv(6, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1])[..], &[5, 0]].concat());
    let mgf1 = tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8]);
    let mask = tlv(0x30, &[mgf1, sha256.clone()].concat());
    let fields = [tlv(0xa0, &sha256), tlv(0xa1, &mask), tlv(0xa2, &[2, 1, salt])].concat();
    let oid = tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]);
    tlv(0x30, &[oid, tlv(0x30, &fields)].concat())
}

/// A nameless leaf is no gap: webpki takes an empty subject.
#[test]
fn empty_subject_is_no_gap() {
    let root = root("Root");
    accepted(&[&root.leaf_with("a.example", |p| p.distinguished_name = DistinguishedName::new()), &root]);
}
