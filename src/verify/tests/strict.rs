//! What strict clients want: OpenSSL's `-x509_strict`, which `tests/verdict` holds these notes against.

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyUsagePurpose};

use super::pki::*;
use crate::rules::Rule;
use crate::verify::{Context, Purpose, Signatures, judge};

/// Position and message of each `not-strict` note.
fn strict_notes(made: &[&Made]) -> Vec<(usize, String)> {
    let judgement = judge(&path(made), &now(), &Signatures::default());
    assert_eq!(failures(&judgement), []);
    let notes = judgement.notes.into_iter().filter(|note| note.fault.rule == Rule::NotStrict);
    notes.map(|note| (note.position, note.fault.message)).collect()
}

fn with_authority(edit: impl FnOnce(&mut CertificateParams)) -> impl FnOnce(&mut CertificateParams) {
    |params| {
        params.use_authority_key_identifier_extension = true;
        edit(params);
    }
}

/// ```text
/// ═ Root ─→ CA ─→ shop.example     as public CAs write them
/// ```
#[test]
fn certificates_as_they_should_be_have_no_note() {
    let root = root("Root");
    let ca = root.ca_with("CA", with_authority(|_| {}));
    let leaf = ca.leaf_with("shop.example", with_authority(|_| {}));
    assert_eq!(strict_notes(&[&leaf, &ca, &root]), []);
}

/// ```text
/// ═ Root (no keyUsage) ─→ CA (no authority key) ─→ shop.example (no authority key)
/// ```
#[test]
fn each_certificate_is_told_what_it_lacks() {
    let root = root_with("Root", |p| p.key_usages.clear());
    let ca = root.ca("CA");
    let leaf = ca.leaf("shop.example");
    let lacks = "has no authorityKeyIdentifier, which strict clients refuse".to_owned();
    let usage = "is a CA without keyUsage, which strict clients refuse".to_owned();
    assert_eq!(strict_notes(&[&leaf, &ca, &root]), [(0, lacks.clone()), (1, lacks), (2, usage)]);
}

/// Go since 1.23 refuses it.
#[test]
fn a_serial_number_is_not_negative() {
    let root = root("Root");
    let with = |serial: u8| {
        let leaf = root.leaf_with("shop.example", with_authority(|_| {}));
        strict_notes(&[&leaf.operated(&root, |parts| parts[1] = vec![2, 1, serial]), &root])
    };
    assert_eq!(with(0x7f), []);
    assert_eq!(with(0x80), [(0, "its serial number is negative, which strict clients refuse".to_owned())]);
}

/// Go (empty nameConstraints; policies), Chrome (policies) and GnuTLS (features) refuse these.
///
/// ```text
/// ═ Root (TLS feature 5) ─→ CA (odd extensions) ─→ shop.example
/// ```
#[test]
fn extensions_that_some_clients_look_into() {
    const NAME_CONSTRAINTS: &[u64] = &[2, 5, 29, 30];
    const POLICIES: &[u64] = &[2, 5, 29, 32];
    const TLS_FEATURE: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 24];
    let stapling = extension(TLS_FEATURE, false, &[0x30, 3, 2, 1, 5]);
    let root = root_with("Root", |p| p.custom_extensions.push(stapling.clone()));
    let note = |oid: &[u64], value: &[u8], with_feature: bool| {
        let ca = root.ca_with("CA", |p| {
            p.use_authority_key_identifier_extension = true;
            p.custom_extensions = vec![extension(oid, false, value)];
            p.custom_extensions.extend(with_feature.then(|| stapling.clone()));
        });
        let leaf = ca.leaf_with("shop.example", |p| {
            p.use_authority_key_identifier_extension = true;
            p.custom_extensions.push(stapling.clone());
        });
        let notes = strict_notes(&[&leaf, &ca, &root]);
        assert!(notes.iter().all(|(position, _)| *position == 1), "{notes:?}");
        notes.into_iter().map(|(_, text)| text.replace(", which strict clients refuse", "")).next()
    };
    let policy = [0x30, 4, 6, 2, 0x2a, 3];
    let twice = tlv(0x30, &[policy, policy].concat());
    for (oid, value, expected) in [
        (POLICIES, tlv(0x30, &policy), None),
        (POLICIES, twice, Some("names a certificate policy twice")),
        (POLICIES, vec![0x30, 0], Some("its certificatePolicies are empty")),
        (POLICIES, b"odd".to_vec(), Some("its certificatePolicies cannot be read")),
        (POLICIES, vec![0x30, 2, 5, 0], Some("its certificatePolicies cannot be read")),
        (NAME_CONSTRAINTS, vec![0x30, 0], Some("its nameConstraints are empty")),
        (NAME_CONSTRAINTS, vec![0x30, 2, 0xa0, 0], Some("its nameConstraints are empty")),
    ] {
        assert_eq!(note(oid, &value, true).as_deref(), expected, "{value:x?}");
    }
    let lacks = "lacks a TLS feature that its issuer has (RFC 7633)";
    assert_eq!(note(POLICIES, &tlv(0x30, &policy), false).as_deref(), Some(lacks));
}

#[test]
fn several_lacks_are_one_note() {
    let root = root("Root");
    let leaf = root.leaf_with("shop.example", |p| {
        p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        p.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        p.distinguished_name = rcgen::DistinguishedName::new();
    });
    let notes = strict_notes(&[&leaf, &root]);
    assert_eq!(
        notes,
        [(0, "its subject is empty; has no authorityKeyIdentifier, which strict clients refuse".to_owned())]
    );
}

/// A self-signed leaf that is trusted: the flag asks nothing of a certificate that is alone.
#[test]
fn a_lone_certificate_is_let_be() {
    let leaf = self_signed(leaf_params("shop.example"));
    assert_eq!(strict_notes(&[&leaf, &leaf]), []);
}

/// ```text
/// ═ Root ─→ CA 1 ─→ … ─→ client      ssl_verify_depth counts the intermediates
/// ```
#[test]
fn a_client_s_chain_says_which_depth_it_needs() {
    let context = |purpose| Context { purpose, ..now() };
    let depth = |cas: usize, purpose| {
        let mut made = vec![root("Root")];
        for n in 0..cas {
            let ca = made.last().unwrap().ca(&format!("CA {n}"));
            made.push(ca);
        }
        let leaf = made.last().unwrap().leaf("client.example");
        made.push(leaf);
        let path = path(&made.iter().rev().collect::<Vec<_>>());
        let notes = judge(&path, &context(purpose), &Signatures::default()).notes;
        notes.into_iter().find(|note| note.fault.rule == Rule::VerifyDepth).map(|note| note.fault.message)
    };
    assert_eq!(depth(0, Purpose::Client), None);
    assert_eq!(depth(1, Purpose::Client), None);
    assert_eq!(depth(2, Purpose::Server), None);
    let message = depth(2, Purpose::Client).unwrap();
    assert!(message.contains("ssl_verify_depth 2 (nginx), SSLVerifyDepth 2 (Apache)"), "{message}");
    assert!(depth(3, Purpose::Client).unwrap().contains("a verify depth of 3"));
}
