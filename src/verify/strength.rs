//! Which keys and signature algorithms are strong enough, and what they are called.

use super::key::SubjectKey;
use super::{Fault, pss};
use crate::cert::{Certificate, EXPLICIT_PARAMETERS, KeyKind};
use crate::rules::Rule;

/// The shortest RSA modulus: CA/Browser Forum Baseline Requirements §6.1.5 and webpki. Browsers,
/// Go and OpenSSL at security level 2 take no shorter one.
pub(super) const LEAST_RSA_BITS: usize = 2048;

/// Curves of fewer than 224 bits, by dotted OID (SEC 2, RFC 5480 §2.1.1.1): below the 112 bits of
/// security that OpenSSL's level 2 asks for.
const WEAK_CURVES: &[&str] = &[
    "1.2.840.10045.3.1.1",
    "1.3.132.0.6",
    "1.3.132.0.7",
    "1.3.132.0.8",
    "1.3.132.0.9",
    "1.3.132.0.28",
    "1.3.132.0.29",
    "1.3.132.0.30",
    "1.3.132.0.31",
];

/// Keys that agree on secrets and sign nothing, by dotted OID: X25519 and X448 (RFC 8410 §3),
/// Diffie-Hellman (RFC 3279 §2.3.3, PKCS #3) and ECDH (RFC 5480 §2.1.2). Whoever has one can neither
/// issue a certificate nor prove who he is in TLS 1.3, nor in the suites of TLS 1.2 that are left.
const AGREEMENT_ONLY: &[(&str, &str)] = &[
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.2.840.10046.2.1", "Diffie-Hellman"),
    ("1.2.840.113549.1.3.1", "Diffie-Hellman"),
    ("1.3.132.1.12", "ECDH"),
    ("1.3.132.1.13", "ECMQV"),
];

/// Signature algorithms: dotted OID, name, hash where it is broken, and the kinds of key that make
/// such signatures.
const ALGORITHMS: &[(&str, &str, Option<&str>, &[&str])] = &[
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption", Some("MD2"), RSA),
    ("1.2.840.113549.1.1.3", "md4WithRSAEncryption", Some("MD4"), RSA),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption", Some("MD5"), RSA),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption", Some("SHA-1"), RSA),
    ("1.3.14.3.2.29", "sha1WithRSASignature", Some("SHA-1"), RSA),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption", None, RSA),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", None, RSA),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption", None, RSA),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption", None, RSA),
    (pss::OID, "RSASSA-PSS", None, &["1.2.840.113549.1.1.1", pss::OID]),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1", Some("SHA-1"), EC),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224", None, EC),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256", None, EC),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384", None, EC),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512", None, EC),
    ("1.2.840.10040.4.3", "dsa-with-SHA1", Some("SHA-1"), DSA),
    ("2.16.840.1.101.3.4.3.1", "dsa-with-SHA224", None, DSA),
    ("2.16.840.1.101.3.4.3.2", "dsa-with-SHA256", None, DSA),
    ("1.3.101.112", "Ed25519", None, &["1.3.101.112"]),
    ("1.3.101.113", "Ed448", None, &["1.3.101.113"]),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44", None, &["2.16.840.1.101.3.4.3.17"]),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65", None, &["2.16.840.1.101.3.4.3.18"]),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87", None, &["2.16.840.1.101.3.4.3.19"]),
];
const RSA: &[&str] = &["1.2.840.113549.1.1.1"];
const EC: &[&str] = &["1.2.840.10045.2.1"];
const DSA: &[&str] = &["1.2.840.10040.4.1"];

/// The kinds of key, by dotted OID, that make signatures of this algorithm; `None` if unknown.
pub(super) fn signature_key_oid(oid: &str) -> Option<&'static [&'static str]> {
    ALGORITHMS.iter().find(|a| a.0 == oid).map(|a| a.3)
}

/// The algorithm's name in its standard, or the dotted OID.
pub(super) fn algorithm_name(oid: &str) -> &str {
    ALGORITHMS.iter().find(|a| a.0 == oid).map_or(oid, |a| a.1)
}

/// A broken hash in the certificate's own signature: SHA-1 (CA/Browser Forum Baseline Requirements
/// §7.1.3.2, OpenSSL's security level 1, all browsers), MD5 and older.
pub(super) fn signature_fault(certificate: &Certificate) -> Option<Fault> {
    let oid = certificate.signature_algorithm_oid();
    let hash = ALGORITHMS.iter().find(|a| a.0 == oid).and_then(|a| a.2);
    let hash = hash.or_else(|| (oid == pss::OID && pss::is_sha1(certificate.signature_algorithm())).then_some("SHA-1"));
    hash.map(|hash| {
        Fault::new(Rule::WeakSignature, format!("is signed with {hash} ({})", algorithm_name(oid)))
            .help("have it reissued; every CA signs with SHA-256 or better today")
    })
}

/// A key that clients do not take: RSA below 2048 bits, curves below 224, curves that are described
/// and not named, DSA, and keys that sign nothing.
pub(super) fn key_fault(certificate: &Certificate) -> Option<Fault> {
    const REISSUE: &str = "have it reissued for a new key: P-256, or RSA of 2048 bits";
    let weak = |message| Some(Fault::new(Rule::WeakKey, message).help(REISSUE));
    let unsupported = |message| Some(Fault::new(Rule::UnsupportedAlgorithm, message).help(REISSUE));
    match &certificate.fields().key {
        KeyKind::Rsa(_) => {
            let bits = SubjectKey::of(certificate.spki())?.rsa_bits()?;
            if bits >= LEAST_RSA_BITS {
                return None;
            }
            weak(format!("has an RSA key of {bits} bits; clients want {LEAST_RSA_BITS}"))
        }
        KeyKind::Ec(curve) if WEAK_CURVES.contains(&curve.as_str()) => {
            weak(format!("has a key on the curve {curve}, which is too small"))
        }
        // RFC 5480 §2.1.1. OpenSSL refuses with error 94, Go does not read the certificate.
        KeyKind::Ec(curve) if curve == EXPLICIT_PARAMETERS => {
            unsupported("describes its elliptic curve by explicit parameters rather than by name".to_owned())
        }
        KeyKind::Dsa => unsupported("has a DSA key, which TLS clients do not take".to_owned()),
        KeyKind::Other(oid) => {
            let (_, name) = AGREEMENT_ONLY.iter().find(|kind| kind.0 == oid)?;
            unsupported(format!("has a key of the kind {name}, which makes no signatures"))
        }
        _ => None,
    }
}

/// What to call a key in a message.
pub(super) fn key_name(kind: &KeyKind) -> String {
    match kind {
        KeyKind::Rsa(bits) => format!("RSA-{bits}"),
        KeyKind::Ec(curve) => curve.clone(),
        KeyKind::Ed25519 => "Ed25519".to_owned(),
        KeyKind::Ed448 => "Ed448".to_owned(),
        KeyKind::Dsa => "DSA".to_owned(),
        KeyKind::Other(oid) => algorithm_name(oid).to_owned(),
    }
}
