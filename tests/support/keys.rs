//! Keys of drawn certificates.

use std::sync::Arc;

use rcgen::{KeyPair, PublicKeyData};
use sha2::{Digest, Sha256};

/// Kinds of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Kind {
    #[default]
    P256,
    P384,
    Ed25519,
    /// Slow to make in a debug build; 2048 bits.
    Rsa,
}

impl Kind {
    pub(super) fn generate(self) -> Arc<KeyPair> {
        let key = match self {
            Kind::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            Kind::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
            Kind::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519),
            Kind::Rsa => KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256),
        };
        Arc::new(key.expect("a key can be made"))
    }
}

/// The key identifier: the first 20 bytes of SHA-256 over SubjectPublicKeyInfo (RFC 7093 §2).
pub fn key_id(key: &KeyPair) -> Vec<u8> {
    Sha256::digest(key.subject_public_key_info())[..20].to_vec()
}

/// An ECDSA signature is as long as its two numbers happen to be. Those of the commonest length are
/// taken, so that a certificate has as many lines of PEM in every run.
pub(super) fn is_of_usual_length(certificate: &[u8], key: &KeyPair) -> bool {
    // A BIT STRING without unused bits, its contents 71 or 103 bytes long, ends the certificate.
    let (length, end): (usize, [u8; 3]) = match key.algorithm() {
        algorithm if *algorithm == rcgen::PKCS_ECDSA_P256_SHA256 => (71, [0x03, 72, 0]),
        algorithm if *algorithm == rcgen::PKCS_ECDSA_P384_SHA384 => (103, [0x03, 104, 0]),
        _ => return true,
    };
    certificate.len().checked_sub(length + end.len()).is_some_and(|at| certificate[at..].starts_with(&end))
}
