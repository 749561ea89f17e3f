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

use super::digest::sha256;
use super::key::SubjectKey;
use super::pss;
use super::strength::{LEAST_RSA_BITS, signature_key_oid};
use crate::cert::{Certificate, Fingerprint};
pub use crate::path::SignatureCheck;

/// The signature oracle: each signature is computed once a run, on whatever thread.
pub struct Signatures {
    algorithms: Vec<Remembering>,
    memo: Arc<Memo>,
    /// Answers by fingerprint of the child and hash of the issuer's key, both known already: search
    /// and judge ask for the same link, and the memo's own key costs a hash over the whole child.
    links: Shards<(Fingerprint, Fingerprint), SignatureCheck>,
}

impl Default for Signatures {
    fn default() -> Self {
        let memo = Arc::new(Memo::default());
        let remembering = |inner: &&'static dyn SignatureVerificationAlgorithm| Remembering {
            inner: *inner,
            memo: Arc::clone(&memo),
        };
        let algorithms = ::webpki::ALL_VERIFICATION_ALGS.iter().map(remembering).collect();
        Self { algorithms, memo, links: Shards::default() }
    }
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
        self.links.recall(shard, link, || self.ask(child, issuer))
    }

    fn ask(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck {
        let Some(key) = SubjectKey::of(issuer.spki()) else { return SignatureCheck::Unsupported };
        let short_rsa = key.rsa_bits().is_some_and(|bits| bits < LEAST_RSA_BITS);
        if !short_rsa {
            let algorithm = child.signature_algorithm();
            let fits = |a: &&Remembering| {
                a.inner.signature_alg_id().as_ref() == algorithm
                    && a.inner.public_key_alg_id().as_ref() == key.algorithm
            };
            if let Some(algorithm) = self.algorithms.iter().find(fits) {
                let verdict = algorithm.verify_signature(key.bits, child.tbs(), child.signature());
                return if verdict.is_ok() { SignatureCheck::Valid } else { SignatureCheck::Invalid };
            }
        }
        self.check_beyond_webpki(child, &key)
    }

    /// Algorithms that webpki lacks: RSA-PSS with any salt, and what is too weak for a chain but
    /// good enough to tell which certificate was meant to issue which.
    ///
    /// aws-lc-rs has no Ed448, and SHA-384 only with RSA keys of 2048 bits and more.
    fn check_beyond_webpki(&self, child: &Certificate, key: &SubjectKey<'_>) -> SignatureCheck {
        let oid = child.signature_algorithm_oid();
        match signature_key_oid(&oid) {
            Some(wanted) if !wanted.contains(&key.oid().as_str()) => return SignatureCheck::Invalid,
            _ => {}
        }
        if oid == pss::OID {
            return match pss::algorithm(child.signature_algorithm(), key) {
                Some(pss) => self.compute(child, key, &pss, SignatureCheck::Valid),
                None => SignatureCheck::Unsupported,
            };
        }
        match weak_algorithm(&oid, key) {
            Some(weak) => self.compute(child, key, weak, SignatureCheck::Weak),
            None => SignatureCheck::Unsupported,
        }
    }

    fn compute(
        &self,
        child: &Certificate,
        key: &SubjectKey<'_>,
        algorithm: &dyn VerificationAlgorithm,
        good: SignatureCheck,
    ) -> SignatureCheck {
        let (tbs, signature) = (child.tbs(), child.signature());
        let parts = [child.signature_algorithm(), key.algorithm, key.bits, tbs, signature];
        let verifies = self.memo.recall(parts, || algorithm.verify_sig(key.bits, tbs, signature).is_ok());
        if verifies { good } else { SignatureCheck::Invalid }
    }

    /// The cost of the checks made so far, in units of one P-256 verification, rounded up for each.
    /// A check that was remembered costs nothing.
    pub fn cost(&self) -> u64 {
        self.memo.cost.load(Ordering::Relaxed)
    }

    /// How many signatures were computed so far.
    pub fn computed(&self) -> u64 {
        self.memo.computed.load(Ordering::Relaxed)
    }

    /// Every algorithm of webpki, remembering, for a call of webpki.
    pub(super) fn algorithms(&self) -> Vec<&dyn SignatureVerificationAlgorithm> {
        self.algorithms.iter().map(|a| a as &dyn SignatureVerificationAlgorithm).collect()
    }
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

/// An algorithm of webpki that computes each signature once.
struct Remembering {
    inner: &'static dyn SignatureVerificationAlgorithm,
    memo: Arc<Memo>,
}

impl fmt::Debug for Remembering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remembering({:?})", self.inner)
    }
}

impl SignatureVerificationAlgorithm for Remembering {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.inner.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.inner.signature_alg_id()
    }

    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let (signature_id, key_id) = (self.inner.signature_alg_id(), self.inner.public_key_alg_id());
        let parts = [signature_id.as_ref(), key_id.as_ref(), key, message, signature];
        let verifies = self.memo.recall(parts, || self.inner.verify_signature(key, message, signature).is_ok());
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

/// Signatures that were computed, by a hash over everything that the answer depends on.
#[derive(Default)]
struct Memo {
    answers: Shards<[u8; 32], bool>,
    computed: AtomicU64,
    cost: AtomicU64,
}

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
            match answers.get(&key) {
                Some(Slot::Answered(answer)) => return *answer,
                Some(Slot::Asked(asked)) => Arc::clone(asked),
                None => {
                    if answers.len() >= MAX_REMEMBERED / SHARDS {
                        answers.clear();
                    }
                    let asked = Arc::default();
                    answers.insert(key, Slot::Asked(Arc::clone(&asked)));
                    asked
                }
            }
        };
        // Not under the lock: with many threads some always want the same shard.
        let answer = *asked.get_or_init(compute);
        answers().insert(key, Slot::Answered(answer));
        answer
    }
}

impl Memo {
    /// The answer for signature algorithm, key algorithm, key, message and signature.
    fn recall(&self, parts: [&[u8]; 5], compute: impl FnOnce() -> bool) -> bool {
        let lengths = parts.map(|part| (part.len() as u64).to_be_bytes());
        let prefixed: Vec<&[u8]> = lengths.iter().zip(parts).flat_map(|(length, part)| [length, part]).collect();
        let digest = sha256(&prefixed);
        let [first, ..] = digest;
        self.answers.recall(first, digest, || {
            let [_, key_algorithm, key, ..] = parts;
            self.computed.fetch_add(1, Ordering::Relaxed);
            self.cost.fetch_add(cost(key_algorithm, key), Ordering::Relaxed);
            compute()
        })
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

    /// Fields that run into each other must not be taken for the same question.
    #[test]
    fn memory_tells_fields_apart() {
        let memo = Memo::default();
        assert!(memo.recall([b"a", b"k", b"xy", b"z", b"s"], || true));
        assert!(!memo.recall([b"a", b"k", b"x", b"yz", b"s"], || false));
        assert!(memo.recall([b"a", b"k", b"xy", b"z", b"s"], || false), "remembered");
        assert_eq!(memo.computed.load(Ordering::Relaxed), 2);
    }

    /// However many are asked, no more than so many are held.
    #[test]
    fn memory_is_bounded() {
        let memo = Memo::default();
        for n in 0..MAX_REMEMBERED as u64 * 2 {
            memo.recall([b"a", b"k", &n.to_be_bytes(), b"m", b"s"], || true);
        }
        let held: usize = memo.answers.0.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(held <= MAX_REMEMBERED, "{held}");
    }
}
