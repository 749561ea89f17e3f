//! Public keys out of certificates, and whether a private key belongs to one.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING,
    PqdsaKeyPair, PqdsaSigningAlgorithm,
};

use crate::cert::der::{Walk, tag, without_zeros};
use crate::cert::{Certificate, oid_text};

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const RSA_PSS: &str = super::pss::OID;
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";

/// SubjectPublicKeyInfo, taken apart (RFC 5280 §4.1.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SubjectKey<'a> {
    /// The content of the AlgorithmIdentifier.
    pub(super) algorithm: &'a [u8],
    /// The octets of subjectPublicKey.
    pub(super) bits: &'a [u8],
}

impl<'a> SubjectKey<'a> {
    /// `None` where it is not DER of that shape.
    pub(super) fn of(spki: &'a [u8]) -> Option<Self> {
        let mut top = Walk::new(spki);
        let info = top.expect(tag::SEQUENCE)?;
        let mut parts = Walk::within(spki, &info.body);
        let algorithm = spki.get(parts.expect(tag::SEQUENCE)?.body)?;
        let (unused, bits) = spki.get(parts.expect(tag::BIT_STRING)?.body)?.split_first()?;
        (*unused == 0).then_some(Self { algorithm, bits })
    }

    /// The kind of key, dotted.
    pub(super) fn oid(&self) -> String {
        let mut walk = Walk::new(self.algorithm);
        walk.expect(tag::OID).map_or_else(String::new, |oid| oid_text(self.algorithm.get(oid.body).unwrap_or_default()))
    }

    /// The length of an RSA key's modulus in bits; `None` for other keys.
    pub(super) fn rsa_bits(&self) -> Option<usize> {
        // Content octets of rsaEncryption and id-RSASSA-PSS, without making a text of them.
        let rsa = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
        let (start, rest) = self.algorithm.split_at_checked(rsa.len())?;
        if start != rsa || !matches!(rest.first(), Some(1 | 10)) {
            return None;
        }
        let (modulus, _) = rsa_numbers(self.bits, false)?;
        Some(modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize))
    }
}

/// Modulus and public exponent of an RSAPublicKey or, after its version, an RSAPrivateKey
/// (RFC 8017 §A.1), without leading zeros.
fn rsa_numbers(der: &[u8], private: bool) -> Option<(&[u8], &[u8])> {
    let mut top = Walk::new(der);
    let key = top.expect(tag::SEQUENCE)?;
    let mut numbers = Walk::within(der, &key.body);
    if private {
        numbers.expect(tag::INTEGER)?;
    }
    let modulus = der.get(numbers.expect(tag::INTEGER)?.body)?;
    let exponent = der.get(numbers.expect(tag::INTEGER)?.body)?;
    Some((without_zeros(modulus), without_zeros(exponent)))
}

/// Whether a private key belongs to a certificate: is its public half the certificate's?
///
/// `label` is the key's PEM label (`PRIVATE KEY`, `RSA PRIVATE KEY`, `EC PRIVATE KEY`) and
/// `private_key_der` what stood below it: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) or SEC 1 (RFC 5915),
/// not encrypted. RSA of any size, P-256, P-384, P-521, Ed25519 and ML-DSA are read; `None` where
/// the key cannot be, so that nothing can be said.
pub fn public_key_matches(label: &str, private_key_der: &[u8], certificate: &Certificate) -> Option<bool> {
    let subject = SubjectKey::of(certificate.spki())?;
    match label.trim() {
        "RSA PRIVATE KEY" => rsa_matches(private_key_der, &subject),
        "EC PRIVATE KEY" => ec_matches(private_key_der, &subject),
        "PRIVATE KEY" => pkcs8_matches(private_key_der, &subject),
        _ => None,
    }
}

fn pkcs8_matches(der: &[u8], subject: &SubjectKey<'_>) -> Option<bool> {
    let mut top = Walk::new(der);
    let info = top.expect(tag::SEQUENCE)?;
    let mut parts = Walk::within(der, &info.body);
    parts.expect(tag::INTEGER)?;
    let algorithm = parts.expect(tag::SEQUENCE)?;
    let oid = Walk::within(der, &algorithm.body).expect(tag::OID)?;
    let key = der.get(parts.expect(tag::OCTET_STRING)?.body)?;
    match oid_text(der.get(oid.body)?).as_str() {
        RSA_ENCRYPTION | RSA_PSS => rsa_matches(key, subject),
        EC_PUBLIC_KEY => ec_matches(der, subject),
        ED25519 => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok()?;
            Some(subject.oid() == ED25519 && pair.public_key().as_ref() == subject.bits)
        }
        "2.16.840.1.101.3.4.3.17" => ml_dsa_matches(&ML_DSA_44_SIGNING, der, subject),
        "2.16.840.1.101.3.4.3.18" => ml_dsa_matches(&ML_DSA_65_SIGNING, der, subject),
        "2.16.840.1.101.3.4.3.19" => ml_dsa_matches(&ML_DSA_87_SIGNING, der, subject),
        _ => None,
    }
}

/// By modulus and exponent, read by hand: aws-lc-rs refuses RSA private keys below 2048 bits.
fn rsa_matches(pkcs1: &[u8], subject: &SubjectKey<'_>) -> Option<bool> {
    let private = rsa_numbers(pkcs1, true).filter(|(modulus, _)| !modulus.is_empty())?;
    Some(subject.rsa_bits().is_some() && rsa_numbers(subject.bits, false) == Some(private))
}

fn ec_matches(der: &[u8], subject: &SubjectKey<'_>) -> Option<bool> {
    let curves: [&'static EcdsaSigningAlgorithm; 3] =
        [&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1_SIGNING, &ECDSA_P521_SHA512_ASN1_SIGNING];
    let pair = curves.into_iter().find_map(|curve| EcdsaKeyPair::from_private_key_der(curve, der).ok())?;
    Some(subject.oid() == EC_PUBLIC_KEY && same_point(pair.public_key().as_ref(), subject.bits))
}

/// Whether an uncompressed point is the same as one in either form (SEC 1 §2.3.3). The curve needs
/// no look: the lengths differ, and a point lies on one of them only.
fn same_point(uncompressed: &[u8], other: &[u8]) -> bool {
    let (Some((4, coordinates)), Some((form, x))) = (uncompressed.split_first(), other.split_first()) else {
        return false;
    };
    match form {
        2 | 3 => {
            let odd = coordinates.last().is_some_and(|b| b & 1 == 1);
            coordinates.get(..coordinates.len() / 2) == Some(x) && odd == (*form == 3)
        }
        _ => uncompressed == other,
    }
}

fn ml_dsa_matches(kind: &'static PqdsaSigningAlgorithm, pkcs8: &[u8], subject: &SubjectKey<'_>) -> Option<bool> {
    let pair = PqdsaKeyPair::from_pkcs8(kind, pkcs8).ok()?;
    Some(pair.public_key().as_ref() == subject.bits)
}
