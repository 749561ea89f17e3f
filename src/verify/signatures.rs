//! The signature oracle: whether a key verifies a signature, computed once a run whoever asks.
//!
//! Three ask: the search, rfc5280 and webpki. The first two call [`Signatures::check`]; webpki is
//! handed the same algorithms, each wrapped so that it looks into the same memory.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_lc_rs::signature::{self as aws, VerificationAlgorithm};
use pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

use super::key::SubjectKey;
use super::pss;
use super::strength::{LEAST_RSA_BITS, signature_key_oid};
use crate::cert::{Certificate, Fingerprint};
use crate::path::CandidatePath;
pub use crate::path::SignatureCheck;

/// The signature oracle: each signature is computed once a run, on whatever thread.
#[derive(Default)]
pub struct Signatures {
    /// Answers by fingerprint of the child and hash of the issuer's key.
    links: Shards<(Fingerprint, Fingerprint), SignatureCheck>,
    computed: AtomicU64,
    cost: AtomicU64,
}

impl fmt::Debug for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signatures").field("computed", &self.computed()).field("cost", &self.cost()).finish()
    }
}

impl Signatures {
    /// Whether the key of `issuer` verifies the signature on `child`. Names are not looked at.
    ///
    /// An algorithm that fits another kind of key is [`SignatureCheck::Invalid`], since this key
    /// cannot have made the signature.
    pub fn check(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck {
        let link = (child.fingerprint(), issuer.entity().key);
        let [shard, ..] = *link.0.as_bytes();
        self.links.recall(shard, link, || self.compute(child, issuer))
    }

    /// The cost of the checks made so far, in units of one P-256 verification, rounded up for each.
    /// A check that was remembered costs nothing.
    pub fn cost(&self) -> u64 {
        self.cost.load(Ordering::Relaxed)
    }

    /// How many signatures were computed so far.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    fn compute(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck {
        let Some(key) = SubjectKey::of(issuer.spki()) else { return SignatureCheck::Unsupported };
        let short_rsa = key.rsa_bits().is_some_and(|bits| bits < LEAST_RSA_BITS);
        if !short_rsa {
            let algorithm = without_ecdsa_parameters(child);
            let fits = |a: &&&dyn SignatureVerificationAlgorithm| {
                a.signature_alg_id().as_ref() == algorithm && a.public_key_alg_id().as_ref() == key.algorithm
            };
            if let Some(algorithm) = ::webpki::ALL_VERIFICATION_ALGS.iter().find(fits) {
                self.count(key.algorithm, key.bits);
                let verdict = algorithm.verify_signature(key.bits, child.tbs(), child.signature());
                return if verdict.is_ok() { SignatureCheck::Valid } else { SignatureCheck::Invalid };
            }
        }
        self.compute_beyond_webpki(child, &key)
    }

    /// Algorithms that webpki lacks: RSA-PSS with any salt, and what is too weak for a chain but
    /// good enough to tell which certificate was meant to issue which.
    ///
    /// aws-lc-rs has no Ed448, and SHA-384 only with RSA keys of 2048 bits and more.
    fn compute_beyond_webpki(&self, child: &Certificate, key: &SubjectKey<'_>) -> SignatureCheck {
        let oid = child.signature_algorithm_oid();
        match signature_key_oid(oid) {
            Some(wanted) if !wanted.contains(&key.oid().as_str()) => return SignatureCheck::Invalid,
            _ => {}
        }
        let verify = |algorithm: &dyn VerificationAlgorithm, good: SignatureCheck| {
            self.count(key.algorithm, key.bits);
            let verdict = algorithm.verify_sig(key.bits, child.tbs(), child.signature());
            if verdict.is_ok() { good } else { SignatureCheck::Invalid }
        };
        if oid == pss::OID {
            return match pss::algorithm(child.signature_algorithm(), key) {
                Some(pss) => verify(&pss, SignatureCheck::Valid),
                None => SignatureCheck::Unsupported,
            };
        }
        match weak_algorithm(oid, key) {
            Some(weak) => verify(weak, SignatureCheck::Weak),
            None => SignatureCheck::Unsupported,
        }
    }

    /// Counts a verification with this key.
    fn count(&self, key_algorithm: &[u8], key: &[u8]) {
        self.computed.fetch_add(1, Ordering::Relaxed);
        self.cost.fetch_add(cost(key_algorithm, key), Ordering::Relaxed);
    }

    /// Every algorithm of webpki, for a call of webpki with this path.
    pub(super) fn algorithms<'a>(&'a self, path: &'a CandidatePath) -> Vec<Remembering<'a>> {
        ::webpki::ALL_VERIFICATION_ALGS
            .iter()
            .map(|inner| Remembering { inner: *inner, path, signatures: self })
            .collect()
    }
}

/// The content of the signature's AlgorithmIdentifier, without the NULL that some libraries write
/// where ECDSA has no parameters (RFC 5758 §3.2). OpenSSL, GnuTLS, NSS and Go read over it.
fn without_ecdsa_parameters(child: &Certificate) -> &[u8] {
    let algorithm = child.signature_algorithm();
    if has_ecdsa_parameters(child) { algorithm.strip_suffix(NULL).unwrap_or(algorithm) } else { algorithm }
}

const NULL: &[u8] = &[5, 0];

/// Whether a certificate is signed with ECDSA, and its AlgorithmIdentifier has NULL for parameters.
pub(super) fn has_ecdsa_parameters(certificate: &Certificate) -> bool {
    let is_ecdsa = || certificate.signature_algorithm_oid().starts_with("1.2.840.10045.4.");
    certificate.signature_algorithm().ends_with(NULL) && is_ecdsa()
}

/// The algorithms that are only good for a diagnosis: SHA-1, and RSA keys of 1024 to 2047 bits. An
/// RSA key of full size with SHA-2 is none of them: there the AlgorithmIdentifiers are odd.
fn weak_algorithm(oid: &str, key: &SubjectKey<'_>) -> Option<&'static dyn VerificationAlgorithm> {
    const SHA1_RSA: &str = "1.2.840.113549.1.1.5";
    const SHA256_RSA: &str = "1.2.840.113549.1.1.11";
    const SHA512_RSA: &str = "1.2.840.113549.1.1.13";
    const SHA1_ECDSA: &str = "1.2.840.10045.4.1";
    match (oid, key.rsa_bits()) {
        (SHA1_RSA, Some(1024..=8192)) => Some(&aws::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (SHA256_RSA, Some(1024..LEAST_RSA_BITS)) => Some(&aws::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        (SHA512_RSA, Some(1024..LEAST_RSA_BITS)) => Some(&aws::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        (SHA1_ECDSA, None) if key.algorithm == alg_id::ECDSA_P256.as_ref() => Some(&aws::ECDSA_P256_SHA1_ASN1),
        (SHA1_ECDSA, None) if key.algorithm == alg_id::ECDSA_P521.as_ref() => Some(&aws::ECDSA_P521_SHA1_ASN1),
        _ => None,
    }
}

/// An algorithm of webpki, for one path, whose links it has from the oracle's memory.
pub(super) struct Remembering<'a> {
    inner: &'static dyn SignatureVerificationAlgorithm,
    path: &'a CandidatePath,
    signatures: &'a Signatures,
}

impl Remembering<'_> {
    /// The certificates of the path that are meant by this question of webpki's, which knows no
    /// certificates: one with this message and signature, and one with this key, both for this
    /// algorithm.
    fn link(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Option<(&Certificate, &Certificate)> {
        let signature_id = self.inner.signature_alg_id();
        let is_child = |c: &&Arc<Certificate>| {
            c.signature() == signature && c.tbs() == message && c.signature_algorithm() == signature_id.as_ref()
        };
        let wanted = SubjectKey { algorithm: &self.inner.public_key_alg_id(), bits: key };
        let is_issuer = |c: &&Arc<Certificate>| SubjectKey::of(c.spki()) == Some(wanted);
        let certificates = || self.path.certificates.iter();
        let issuer = certificates().skip(1).chain([&self.path.anchor.certificate]).find(is_issuer)?;
        Some((certificates().find(is_child)?, issuer))
    }
}

impl fmt::Debug for Remembering<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remembering({:?})", self.inner)
    }
}

impl SignatureVerificationAlgorithm for Remembering<'_> {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.inner.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.inner.signature_alg_id()
    }

    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let Some((child, issuer)) = self.link(key, message, signature) else {
            self.signatures.count(&self.inner.public_key_alg_id(), key);
            return self.inner.verify_signature(key, message, signature);
        };
        let verifies = self.signatures.check(child, issuer) == SignatureCheck::Valid;
        if verifies { Ok(()) } else { Err(InvalidSignature) }
    }
}

/// How many locks share the memory, so that threads seldom wait for each other, and so few that
/// making them is nothing beside a short run.
const SHARDS: usize = 16;

/// Signatures that are remembered, some 12 MB of them: a run over 100,000 bundles of 500 CAs has
/// about as many. Past this a part is forgotten, and what is asked again is computed again: a batch
/// of hostile bundles, 20,000 signatures each, must not fill the memory.
const MAX_REMEMBERED: usize = 256 * 1024;

/// A bounded memory that threads share.
struct Shards<K, V>([Mutex<HashMap<K, Slot<V>>>; SHARDS]);

/// What is known of a question.
enum Slot<V> {
    Answered(V),
    /// Somebody is at it; others with the same question wait here, and nobody else waits.
    Asked(Arc<OnceLock<V>>),
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl<K: Copy + Eq + Hash, V: Copy> Shards<K, V> {
    /// What is remembered under `key`, else what `compute` says, once for all who ask at the same time.
    fn recall(&self, shard: u8, key: K, compute: impl FnOnce() -> V) -> V {
        let Some(shard) = self.0.get(usize::from(shard) % SHARDS) else { return compute() };
        let answers = || shard.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = {
            let mut answers = answers();
            if answers.len() >= MAX_REMEMBERED / SHARDS {
                answers.clear();
            }
            match answers.entry(key).or_insert_with(|| Slot::Asked(Arc::default())) {
                Slot::Answered(answer) => return *answer,
                Slot::Asked(asked) => Arc::clone(asked),
            }
        };
        // Not under the lock: with many threads some always want the same shard.
        let answer = *asked.get_or_init(compute);
        answers().insert(key, Slot::Answered(answer));
        answer
    }
}

/// Bytes of a certificate that hash in the time of one unit: SHA-256 takes 1 GB/s and more, and
/// each is hashed twice, for the memory and for the signature.
const BYTES_PER_UNIT: u64 = 16 * 1024;

/// What checking `child`'s signature with `issuer`'s key costs, in units of one P-256 verification.
pub(crate) fn cost_of(child: &Certificate, issuer: &Certificate) -> u64 {
    let hashing = (child.tbs().len() + child.signature().len()) as u64 / BYTES_PER_UNIT;
    let key = SubjectKey::of(issuer.spki()).map_or(0, |key| {
        let rsa = key.rsa_bits().is_some();
        cost(if rsa { alg_id::RSA_ENCRYPTION.as_ref() } else { key.algorithm }, key.bits)
    });
    hashing + key.max(1)
}

/// What a verification costs, in units of one with P-256 (38 µs by aws-lc-rs), rounded up: P-384
/// 152 µs, P-521 269, Ed25519 27, RSA-2048 15 and growing with the square of the modulus.
fn cost(key_algorithm: &[u8], key: &[u8]) -> u64 {
    if key_algorithm == alg_id::ECDSA_P384.as_ref() {
        4
    } else if key_algorithm == alg_id::ECDSA_P521.as_ref() {
        7
    } else if key_algorithm == alg_id::RSA_ENCRYPTION.as_ref() {
        let bytes = key.len() as u64;
        (bytes * bytes * 15).div_ceil(38 * 300 * 300).max(1)
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_grows_with_the_key() {
        // An RSAPublicKey of 2048 bits takes 270 bytes, of 4096 bits 526, of 8192 bits 1038.
        let rsa = alg_id::RSA_ENCRYPTION;
        let costs = [270, 526, 1038].map(|len| cost(rsa.as_ref(), &vec![0; len]));
        assert_eq!(costs, [1, 2, 5]);
        let others = [alg_id::ECDSA_P256, alg_id::ED25519, alg_id::ECDSA_P384, alg_id::ECDSA_P521];
        assert_eq!(others.map(|id| cost(id.as_ref(), &[0; 65])), [1, 1, 4, 7]);
    }

    /// However many are asked, no more than so many are held.
    #[test]
    fn memory_is_bounded() {
        let memory: Shards<usize, bool> = Shards::default();
        for n in 0..MAX_REMEMBERED * 2 {
            memory.recall((n % 256) as u8, n, || true);
        }
        let held: usize = memory.0.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(held <= MAX_REMEMBERED, "{held}");
        assert!(held > 0);
    }
}
