//! What two neighbours say of each other: signatures, names, key identifiers.

use std::sync::Arc;

use rcgen::{DistinguishedName, DnType, DnValue, KeyIdMethod, KeyPair, SerialNumber};

use super::pki::*;
use crate::rules::Rule;

/// ```text
/// ═ Root ─→ CA ─→ shop.example (one byte of its signature changed)
/// ═ Root ─→ CA ─→ shop.example, but handed with another CA of the same name
/// ```
#[test]
fn signatures_are_checked() {
    let root = root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("shop.example");
    let mut der = leaf.certificate.der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let tampered = Made { certificate: read(&der), ..leaf };
    let text = refused(&[&tampered, &ca, &root], 0, Rule::BadSignature);
    assert_eq!(text, "the key of \"CA\" does not verify its signature");

    let twin = root.ca("CA");
    refused(&[&ca.leaf("shop.example"), &twin, &root], 0, Rule::BadSignature);
}

/// Where the key identifiers tell why, the help says so, and nothing is said twice.
#[test]
fn wrong_key_is_explained_by_key_ids() {
    let root = root("Root");
    let (ca, twin) = (root.ca("CA"), root.ca("CA"));
    let leaf = ca.leaf_with("shop.example", |p| p.use_authority_key_identifier_extension = true);
    let judgement = judged(&[&leaf, &twin, &root]);
    assert_eq!(failures(&judgement), [(0, Rule::BadSignature)]);
    let help = judgement.failures[0].fault.help.as_ref().unwrap();
    assert!(help.starts_with("it names the key ") && help.contains(':'), "{help}");
}

/// ```text
/// ═ Root ─→ CA ─→ shop.example, but handed with "Other CA", which has the same key
/// ```
#[test]
fn names_chain() {
    let root = root("Root");
    let ca = root.ca("CA");
    let other = root.issue(ca_params("Other CA"), Arc::clone(&ca.key));
    let text = refused(&[&ca.leaf("shop.example"), &other, &root], 0, Rule::BadSignature);
    assert_eq!(text, "was issued by CN=CA, not by CN=Other CA");
}

fn written(value: DnValue) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, value);
    name
}

/// ```text
/// ═ Root ─→ "Acme CA" (UTF8String) ─→ shop.example (issuer "ACME  ca", PrintableString)
/// ```
#[test]
fn names_are_equal_by_their_meaning() {
    let root = root("Root");
    let ca = root.ca("Acme CA");
    let mut alias = ca_params("");
    alias.distinguished_name = written(DnValue::PrintableString("ACME  ca".try_into().unwrap()));
    let alias = Made { certificate: Arc::clone(&ca.certificate), key: Arc::clone(&ca.key), params: alias };
    let judgement = judged(&[&alias.leaf("shop.example"), &ca, &root]);
    assert_eq!(failures(&judgement), []);
    assert_eq!(notes(&judgement), [(0, Rule::NameEncodingDiffers), (0, Rule::BeyondWebpki)]);
}

/// ```text
/// ═ Root ─→ CA (SKI 01:01) ─→ shop.example (AKI 02:02)       the signature is good
/// ```
#[test]
fn key_ids_do_not_contradict() {
    let root = root("Root");
    let ca = root.ca_with("CA", |p| p.key_identifier_method = KeyIdMethod::PreSpecified(vec![1, 1]));
    let aki = |content: &[u8]| extension(&[2, 5, 29, 35], false, &tlv(0x30, content));
    let leaf_with = |content: &[u8]| ca.leaf_with("a.example", |p| p.custom_extensions = vec![aki(content)]);

    let text = refused(&[&leaf_with(&[0x80, 2, 2, 2]), &ca, &root], 0, Rule::KeyIdMismatch);
    assert_eq!(text, "names the issuer key 02:02, but that of \"CA\" is 01:01");
    accepted(&[&leaf_with(&[0x80, 2, 1, 1]), &ca, &root]);
    // Absent on either side contradicts nothing.
    accepted(&[&leaf_with(&[]), &ca, &root]);
    let plain = Made {
        certificate: {
            let mut params = leaf_params("CA");
            params.subject_alt_names.clear();
            params.key_usages = vec![];
            params.custom_extensions = vec![extension(&[2, 5, 29, 19], true, &[0x30, 3, 1, 1, 0xff])];
            root.issue(params, Arc::clone(&ca.key)).certificate
        },
        key: Arc::clone(&ca.key),
        params: ca.params.clone(),
    };
    assert_eq!(plain.certificate.fields().subject_key_id, None);
    accepted(&[&leaf_with(&[0x80, 2, 2, 2]), &plain, &root]);
}

/// ```text
/// ═ Root ─→ CA (serial 07, issued by Root) ─→ shop.example (AKI: serial and issuer)
/// ```
#[test]
fn issuer_and_serial_do_not_contradict() {
    let root = root("Root");
    let ca = root.ca_with("CA", |p| p.serial_number = Some(SerialNumber::from_slice(&[7])));
    let leaf_with = |issuer: &[u8], serial: u8| {
        let names = tlv(0xa1, &tlv(0xa4, issuer));
        let content = [names, vec![0x82, 1, serial]].concat();
        ca.leaf_with("a.example", |p| {
            p.custom_extensions = vec![extension(&[2, 5, 29, 35], false, &tlv(0x30, &content))]
        })
    };
    let by_root = root.certificate.subject().der();
    accepted(&[&leaf_with(by_root, 7), &ca, &root]);
    refused(&[&leaf_with(by_root, 8), &ca, &root], 0, Rule::KeyIdMismatch);
    let other = root.ca("Other");
    refused(&[&leaf_with(other.certificate.subject().der(), 7), &ca, &root], 0, Rule::KeyIdMismatch);
}

/// ```text
/// ═ Root ─→ shop.example (P-384 root)     the other curves, Ed25519 and ML-DSA
/// ```
#[test]
fn all_modern_keys_verify() {
    for algorithm in [
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_ED25519,
        &rcgen::PKCS_ML_DSA_44,
        &rcgen::PKCS_ML_DSA_65,
        &rcgen::PKCS_ML_DSA_87,
    ] {
        let key = Arc::new(KeyPair::generate_for(algorithm).unwrap());
        let params = ca_params("Root");
        let certificate = read(params.self_signed(&*key).unwrap().der());
        let root = Made { certificate, key, params };
        accepted(&[&root.leaf("a.example"), &root]);
    }
}
