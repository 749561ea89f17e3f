//! Keys and signatures that are too weak.
//!
//! aws-lc-rs and rcgen make none of these, so that they stand here, made for these tests with
//! `openssl genrsa 1024` and `openssl x509 -req -CA … -sha1`; all valid from 2026-11-22 to 2060.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::pki::*;
use crate::cert::{Certificate, Time};
use crate::rules::Rule;
use crate::verify::{Context, SignatureCheck, Signatures, judge};

/// A P-256 root.
pub(super) const STRONG_ROOT: &str = "\
    MIIBczCCARigAwIBAgIUDbHr0CHjouRFz9jHeQnvnKGnBM4wCgYIKoZIzj0EAwIwFjEUMBIGA1UEAwwLU3Ryb25nIFJvb3Qw\
    IBcNMjYxMTIyMDAwNzI2WhgPMjA2NjExMTIwMDA3MjZaMBYxFDASBgNVBAMMC1N0cm9uZyBSb290MFkwEwYHKoZIzj0CAQYI\
    KoZIzj0DAQcDQgAENOb9kp5PSmK68AgsEcJWj+c//T55WR8AMn4/UQlGbcSrqETW0S26o5//zD2ii6Hi5RK0y2YRHtlXq3W0\
    aRg9L6NCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFGiKF4igYnDNJRweO2lZld8pqUuF\
    MAoGCCqGSM49BAMCA0kAMEYCIQC7TtWYeW1nD5g3IF0VRkXUFFTaWwvAcdUkihTMW3PjPQIhAJGUP6ix8vsmMSugjQXe7X61\
    Lq/vTtFsbNPBuDiSHTQt\
";

/// An intermediate with an RSA key of 1024 bits, by the root.
pub(super) const SHORT_CA: &str = "\
    MIIByTCCAW+gAwIBAgICStMwCgYIKoZIzj0EAwIwFjEUMBIGA1UEAwwLU3Ryb25nIFJvb3QwIBcNMjYxMTIyMDAwNzI2WhgP\
    MjA2MDExMDMwMDA3MjZaMBcxFTATBgNVBAMMDFNob3J0IEtleSBDQTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA4qU0\
    hWWOeD0Q77ZbeLHIALSwl2wlZwhoRiv633HzvsG6ThpXTQzWmqUv+kKpb/KAa5aKF1KV4Eej9cdbr9G8Kb/LfZJ0XG+D32Ao\
    MNEr187g+r6z6ekQ4ZzVSBGGdwcMaLVy6QiVMPYhCnYMB9uLt0uF2wQ8DgOHNPmVUkH1JpsCAwEAAaNjMGEwDwYDVR0TAQH/\
    BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFDB4MOEag69RXYQC+hOjxna2YIp/MB8GA1UdIwQYMBaAFGiKF4ig\
    YnDNJRweO2lZld8pqUuFMAoGCCqGSM49BAMCA0gAMEUCIEqS5qe94+3Jb/rp0HpyeGgbvIOFDBB0SIS9alGoy1ioAiEA3uwj\
    ufcNtcWfUyTyKy4xtpDOMxzPJlf8pigIHaI78f0=\
";

/// A leaf by the intermediate, SHA-256.
pub(super) const BY_SHORT: &str = "\
    MIIByzCCATSgAwIBAgICf+QwDQYJKoZIhvcNAQELBQAwFzEVMBMGA1UEAwwMU2hvcnQgS2V5IENBMCAXDTI2MTEyMjAwMDcy\
    NloYDzIwNjAxMTAzMDAwNzI2WjAXMRUwEwYDVQQDDAx3ZWFrLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR1\
    wbX2hXeA4ZJ6Cpd1EBiclSpr4Div2RSkFFAqSyDqJNoq1hISkW4dBoLYUGkRfi8XASw9lMmJbSwBGLNGTlK4o2swaTAXBgNV\
    HREEEDAOggx3ZWFrLmV4YW1wbGUwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQWBBQ2xAPtC4rQHKcFk9RTzg4eeJm/EzAfBgNV\
    HSMEGDAWgBQweDDhGoOvUV2EAvoTo8Z2tmCKfzANBgkqhkiG9w0BAQsFAAOBgQA/oez5lzbKFJdzthIZmmMPDV9ubJwhDAl0\
    8wGPAwd85HjOKTcH8HYhEhbJMWZA9XkTtmrb2qAg8mspjc4qswfBr/ud2D+Zv8HR1jDkQC31xwoRxnrqfLhZnrEm1NEkKcYh\
    ZTKpzUPdcFeYqG5VHavUw7ggibL1FFVl8mshriG9GA==\
";

/// A leaf by the intermediate, SHA-1.
pub(super) const BY_SHORT_SHA1: &str = "\
    MIIByzCCATSgAwIBAgICSDwwDQYJKoZIhvcNAQEFBQAwFzEVMBMGA1UEAwwMU2hvcnQgS2V5IENBMCAXDTI2MTEyMjAwMDcy\
    NloYDzIwNjAxMTAzMDAwNzI2WjAXMRUwEwYDVQQDDAx3ZWFrLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR1\
    wbX2hXeA4ZJ6Cpd1EBiclSpr4Div2RSkFFAqSyDqJNoq1hISkW4dBoLYUGkRfi8XASw9lMmJbSwBGLNGTlK4o2swaTAXBgNV\
    HREEEDAOggx3ZWFrLmV4YW1wbGUwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQWBBQ2xAPtC4rQHKcFk9RTzg4eeJm/EzAfBgNV\
    HSMEGDAWgBQweDDhGoOvUV2EAvoTo8Z2tmCKfzANBgkqhkiG9w0BAQUFAAOBgQCHbeNVA+3C6qdrI2C1ZYKwW5jsAhPbbPUo\
    PZ3Siu8RhADMQK+qF2x+MoFJfzoTu6diF4cijVDnBIlKj2nRmx+484dHCOeEmI+0DhAho+RNA/fPCtnY5HqIQjd9TgE2euQl\
    589ky6hudrTJa3chd/XwLfvGQP+RNSTJ7jx+jcdmbA==\
";

/// A leaf by the intermediate, MD5.
pub(super) const BY_SHORT_MD5: &str = "\
    MIIByzCCATSgAwIBAgICRFEwDQYJKoZIhvcNAQEEBQAwFzEVMBMGA1UEAwwMU2hvcnQgS2V5IENBMCAXDTI2MTEyMjAwMDcy\
    NloYDzIwNjAxMTAzMDAwNzI2WjAXMRUwEwYDVQQDDAx3ZWFrLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR1\
    wbX2hXeA4ZJ6Cpd1EBiclSpr4Div2RSkFFAqSyDqJNoq1hISkW4dBoLYUGkRfi8XASw9lMmJbSwBGLNGTlK4o2swaTAXBgNV\
    HREEEDAOggx3ZWFrLmV4YW1wbGUwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQWBBQ2xAPtC4rQHKcFk9RTzg4eeJm/EzAfBgNV\
    HSMEGDAWgBQweDDhGoOvUV2EAvoTo8Z2tmCKfzANBgkqhkiG9w0BAQQFAAOBgQAjgdssFKgYK/95O9+ZzPUSECwjtuH+eQOH\
    AbGa7NXCX9jF4X+bTt5nEDujBc5xfSds0VhziiVVIgA6X7tnhU1VcYQqXh7qdjshOh5GhQQhnO70dNyYijDWjVpDsM4gzo6p\
    tTHDQTc8VwV6k3eEiTiU74UuKGr+1PiOVRCsbf3hXA==\
";

/// A leaf by the root, ecdsa-with-SHA1.
pub(super) const BY_ROOT_SHA1: &str = "\
    MIIBiDCCAS+gAwIBAgICf0gwCQYHKoZIzj0EATAWMRQwEgYDVQQDDAtTdHJvbmcgUm9vdDAgFw0yNjExMjIwMDA3MjZaGA8y\
    MDYwMTEwMzAwMDcyNlowFzEVMBMGA1UEAwwMd2Vhay5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdcG19oV3\
    gOGSegqXdRAYnJUqa+A4r9kUpBRQKksg6iTaKtYSEpFuHQaC2FBpEX4vFwEsPZTJiW0sARizRk5SuKNrMGkwFwYDVR0RBBAw\
    DoIMd2Vhay5leGFtcGxlMA4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQUNsQD7QuK0BynBZPUU84OHniZvxMwHwYDVR0jBBgw\
    FoAUaIoXiKBicM0lHB47aVmV3ympS4UwCQYHKoZIzj0EAQNIADBFAiEA3zkM+EamRcKuxb1uruZ2q1UHNOVUA/wWmkiVfiMI\
    NYgCIEl3CBxoIJEQJfE0m2rRMLpzRF2YvhML668TF2BvqJaO\
";

/// A leaf with an RSA key of 1024 bits, by the root.
pub(super) const SHORT_LEAF: &str = "\
    MIIB0TCCAXegAwIBAgICTscwCgYIKoZIzj0EAwIwFjEUMBIGA1UEAwwLU3Ryb25nIFJvb3QwIBcNMjYxMTIyMDAwNzI3WhgP\
    MjA2MDExMDMwMDA3MjdaMBcxFTATBgNVBAMMDHdlYWsuZXhhbXBsZTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA4qU0\
    hWWOeD0Q77ZbeLHIALSwl2wlZwhoRiv633HzvsG6ThpXTQzWmqUv+kKpb/KAa5aKF1KV4Eej9cdbr9G8Kb/LfZJ0XG+D32Ao\
    MNEr187g+r6z6ekQ4ZzVSBGGdwcMaLVy6QiVMPYhCnYMB9uLt0uF2wQ8DgOHNPmVUkH1JpsCAwEAAaNrMGkwFwYDVR0RBBAw\
    DoIMd2Vhay5leGFtcGxlMA4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQUMHgw4RqDr1FdhAL6E6PGdrZgin8wHwYDVR0jBBgw\
    FoAUaIoXiKBicM0lHB47aVmV3ympS4UwCgYIKoZIzj0EAwIDSAAwRQIgeqFlwhk1HplrlVzTL4oYvTDj3k88NwpwZYfG050q\
    kkACIQC9a9jaZTu0xkiZzE7iVGuaMqwFv5k8bpVOqUIcLgP20A==\
";

pub(super) fn weak(base64: &str) -> Arc<Certificate> {
    read(&STANDARD.decode(base64).unwrap())
}

/// 2030-01-01.
pub(super) fn later() -> Context {
    Context { at: Time::from_unix(1_893_456_000), ..now() }
}

fn rules(path: &[&str], anchor: &str) -> Vec<(usize, Rule)> {
    let path = path_of(path.iter().map(|c| weak(c)).collect(), &weak(anchor));
    failures(&judge(&path, &later(), &Signatures::default()))
}

/// ```text
/// ═ Strong Root ─→ Short Key CA (RSA-1024) ─→ weak.example (SHA-256 | SHA-1 | MD5)
/// ═ Strong Root ─→ weak.example (ecdsa-with-SHA1 | RSA-1024 key)
/// ```
#[test]
fn weak_keys_and_hashes_are_refused_where_they_stand() {
    assert_eq!(rules(&[BY_SHORT, SHORT_CA], STRONG_ROOT), [(1, Rule::WeakKey)]);
    assert_eq!(rules(&[BY_SHORT_SHA1, SHORT_CA], STRONG_ROOT), [(0, Rule::WeakSignature), (1, Rule::WeakKey)]);
    assert_eq!(rules(&[BY_SHORT_MD5, SHORT_CA], STRONG_ROOT), [(0, Rule::WeakSignature), (1, Rule::WeakKey)]);
    assert_eq!(rules(&[BY_ROOT_SHA1], STRONG_ROOT), [(0, Rule::WeakSignature)]);
    assert_eq!(rules(&[SHORT_LEAF], STRONG_ROOT), [(0, Rule::WeakKey)]);
    // The key of an anchor counts, its signature does not.
    assert_eq!(rules(&[BY_SHORT], SHORT_CA), [(1, Rule::WeakKey)]);
}

#[test]
fn messages_name_size_and_hash() {
    let path = path_of(vec![weak(BY_SHORT_SHA1), weak(SHORT_CA)], &weak(STRONG_ROOT));
    let judgement = judge(&path, &later(), &Signatures::default());
    let texts: Vec<_> = judgement.failures.iter().map(|f| f.fault.message.as_str()).collect();
    assert_eq!(
        texts,
        ["is signed with SHA-1 (sha1WithRSAEncryption)", "has an RSA key of 1024 bits; clients want 2048"]
    );
}

/// Weak links still tell who issued whom.
#[test]
fn weak_links_are_recognised() {
    let signatures = Signatures::default();
    let check = |child: &str, issuer: &str| signatures.check(&weak(child), &weak(issuer));
    assert_eq!(check(SHORT_CA, STRONG_ROOT), SignatureCheck::Valid);
    assert_eq!(check(BY_SHORT, SHORT_CA), SignatureCheck::Weak);
    assert_eq!(check(BY_SHORT_SHA1, SHORT_CA), SignatureCheck::Weak);
    assert_eq!(check(BY_ROOT_SHA1, STRONG_ROOT), SignatureCheck::Weak);
    assert_eq!(check(BY_SHORT_MD5, SHORT_CA), SignatureCheck::Unsupported);
    assert_eq!(check(BY_SHORT, SHORT_LEAF), SignatureCheck::Weak, "the same key");
    assert_eq!(check(BY_SHORT, STRONG_ROOT), SignatureCheck::Invalid, "a key of another kind");
    assert_eq!(check(BY_ROOT_SHA1, BY_SHORT), SignatureCheck::Invalid, "another key");
}

/// ```text
/// ═ Root (its key said to be on another curve, or DSA) ─→ a.example
/// ```
#[test]
fn unsupported_keys_are_named() {
    let spki_as = |algorithm: &[u8]| {
        let root = root("Root");
        let mut parts = split(root.certificate.tbs());
        let bits = split(root.certificate.spki()).remove(1);
        let spki = parts.iter().position(|p| *p == root.certificate.spki()).unwrap();
        parts[spki] = tlv(0x30, &[tlv(0x30, algorithm), bits].concat());
        Made { certificate: resigned(&parts, &root.key), ..root }
    };
    let ec = |curve: &[u8]| [&tlv(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1])[..], &tlv(6, curve)].concat();
    let secp256k1 = spki_as(&ec(&[0x2b, 0x81, 4, 0, 10]));
    let text = refused(&[&secp256k1.leaf("a.example"), &secp256k1], 0, Rule::UnsupportedAlgorithm);
    assert_eq!(text, "its signature (ecdsa-with-SHA256, by a key of kind 1.3.132.0.10) cannot be checked here");
    let p192 = spki_as(&ec(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1]));
    refused(&[&p192.leaf("a.example"), &p192], 1, Rule::WeakKey);
    // A DSA key did not make an ECDSA signature.
    let dsa = spki_as(&tlv(6, &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1]));
    let judgement = judged(&[&dsa.leaf("a.example"), &dsa]);
    assert_eq!(failures(&judgement), [(0, Rule::BadSignature), (1, Rule::UnsupportedAlgorithm)]);
}

/// ```text
/// ═ Root ─→ a.example (a key that TLS has no use for)
/// ```
#[test]
fn a_leaf_has_a_key_that_signs() {
    let root = root("Root");
    let with = |algorithm: &[u8], bits: &[u8]| {
        let spki = tlv(0x30, &[tlv(0x30, algorithm), tlv(3, &[&[0], bits].concat())].concat());
        let leaf = root.leaf("a.example").operated(&root, |parts| {
            *parts.iter_mut().filter(|p| p[0] == 0x30).nth(4).unwrap() = spki;
        });
        refused(&[&leaf, &root], 0, Rule::UnsupportedAlgorithm)
    };
    // The parameters of P-256 need not be right to be refused.
    let explicit = [tlv(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]), tlv(0x30, &[2, 1, 1])].concat();
    let text = with(&explicit, &[4; 65]);
    assert_eq!(text, "describes its elliptic curve by explicit parameters rather than by name");
    let text = with(&tlv(6, &[0x2b, 0x65, 0x6e]), &[9; 32]);
    assert_eq!(text, "has a key of the kind X25519, which makes no signatures");
}
