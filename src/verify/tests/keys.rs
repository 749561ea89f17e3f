//! Whether a private key belongs to a certificate.

use aws_lc_rs::encoding::AsDer;
use rcgen::{KeyPair, SignatureAlgorithm};

use super::pki::*;
use super::strength::{SHORT_CA, SHORT_LEAF, STRONG_ROOT, weak};
use crate::verify::key::SubjectKey;
use crate::verify::public_key_matches;

#[test]
fn pkcs8_keys_of_every_kind() {
    let kinds: [&'static SignatureAlgorithm; 6] = [
        &rcgen::PKCS_RSA_SHA256,
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_ED25519,
        &rcgen::PKCS_ML_DSA_65,
    ];
    let keys = kinds.map(|kind| KeyPair::generate_for(kind).unwrap());
    let leaves = keys.each_ref().map(|key| read(leaf_params("a.example").self_signed(key).unwrap().der()));
    for (i, key) in keys.iter().enumerate() {
        for (j, leaf) in leaves.iter().enumerate() {
            assert_eq!(public_key_matches("PRIVATE KEY", &key.serialize_der(), leaf), Some(i == j), "{i} {j}");
        }
    }
}

/// SEC 1 with and without the public key, which then has to be computed.
#[test]
fn sec1_keys() {
    let key = KeyPair::generate().unwrap();
    let leaf = read(leaf_params("a.example").self_signed(&key).unwrap().der());
    let other = read(leaf_params("a.example").self_signed(&KeyPair::generate().unwrap()).unwrap().der());
    let pair = aws_lc_rs::signature::EcdsaKeyPair::from_pkcs8(
        &aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        &key.serialize_der(),
    )
    .unwrap();
    let full: aws_lc_rs::encoding::EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().unwrap();
    let parts = split(full.as_ref());
    let without_public = tlv(0x30, &parts.iter().filter(|p| p[0] != 0xa1).cloned().collect::<Vec<_>>().concat());
    for der in [full.as_ref(), &without_public] {
        assert_eq!(public_key_matches("EC PRIVATE KEY", der, &leaf), Some(true));
        assert_eq!(public_key_matches("EC PRIVATE KEY", der, &other), Some(false));
        assert_eq!(public_key_matches("EC PRIVATE KEY", der, &weak(SHORT_CA)), Some(false));
    }
}

/// A certificate may hold the point compressed (RFC 5480 §2.2).
#[test]
fn compressed_points() {
    let root = root("Root");
    let leaf = root.leaf("a.example");
    let key = leaf.key.serialize_der();
    let leaf = leaf.operated(&root, |parts| {
        let spki = parts.iter_mut().filter(|p| p[0] == 0x30).nth(4).unwrap();
        let [algorithm, bits] = <[Vec<u8>; 2]>::try_from(split(spki)).unwrap();
        let point = &bits[3..];
        let compressed = [&[0, 2 + (point[64] & 1)], &point[1..33]].concat();
        *spki = tlv(0x30, &[algorithm, tlv(3, &compressed)].concat());
    });
    assert_eq!(SubjectKey::of(leaf.certificate.spki()).unwrap().bits.len(), 33);
    assert_eq!(public_key_matches("PRIVATE KEY", &key, &leaf.certificate), Some(true));
}

/// RSA keys are compared by their numbers, of whatever size: here PKCS#1 with 1024 bits, of which
/// only the version and the public numbers are read.
#[test]
fn short_rsa_keys() {
    let leaf = weak(SHORT_LEAF);
    let subject = SubjectKey::of(leaf.spki()).unwrap();
    assert_eq!(subject.rsa_bits(), Some(1024));
    let numbers = split(subject.bits).concat();
    let pkcs1 = tlv(0x30, &[&[2, 1, 0][..], &numbers].concat());
    assert_eq!(public_key_matches("RSA PRIVATE KEY", &pkcs1, &leaf), Some(true));
    assert_eq!(public_key_matches("RSA PRIVATE KEY", &pkcs1, &weak(STRONG_ROOT)), Some(false));
    let rsa = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let pkcs8 = tlv(0x30, &[&[2, 1, 0][..], &rsa, &tlv(4, &pkcs1)].concat());
    assert_eq!(public_key_matches("PRIVATE KEY", &pkcs8, &leaf), Some(true));
}

#[test]
fn unreadable_keys_say_nothing() {
    let leaf = root("Root").leaf("a.example").certificate;
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "DSA PRIVATE KEY"] {
        for der in [&[][..], &[0x30, 0], &[0x30, 3, 2, 1, 0], &[0xff; 40]] {
            assert_eq!(public_key_matches(label, der, &leaf), None, "{label}");
        }
    }
}
