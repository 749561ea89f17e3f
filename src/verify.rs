//! Who judges: two judges, independent of each other, on exactly one ordered path.

use crate::cert::{Certificate, Time};
use crate::path::CandidatePath;
use crate::rules::Rule;

/// What the leaf is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A TLS server (id-kp-serverAuth).
    #[default]
    Server,
    /// A TLS client (id-kp-clientAuth).
    Client,
    /// Either.
    Any,
}

/// A name that the leaf must be valid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A DNS name, lower-case, A-labels.
    Dns(String),
    /// An IP address.
    Ip(std::net::IpAddr),
}

/// For what, for whom and when a path is judged.
#[derive(Clone, Debug)]
pub struct Context {
    /// The time.
    pub at: Time,
    /// The purpose.
    pub purpose: Purpose,
    /// The name that the leaf must be valid for, if one was given.
    pub host: Option<Host>,
}

/// What the crypto said about a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureCheck {
    /// It verifies.
    Valid,
    /// It verifies, but by an algorithm or with a key that no client takes any more (SHA-1, RSA
    /// below 2048 bits): a link for the diagnosis, never for a chain.
    Weak,
    /// It does not verify with this key.
    Invalid,
    /// Algorithm or key are of a kind that is not supported here.
    Unsupported,
}

/// The signature oracle: each (certificate, key) is checked once a run.
#[derive(Debug, Default)]
pub struct Signatures {}

impl Signatures {
    /// Whether `issuer_spki` verifies the signature on `child`. Remembered.
    pub fn check(&self, _child: &Certificate, _issuer: &Certificate) -> SignatureCheck {
        SignatureCheck::Valid
    }

    /// The cost of the checks made so far, in units of one P-256 verification.
    pub fn cost(&self) -> u64 {
        0
    }
}

/// What is wrong (or remarkable) at one certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule.
    pub rule: Rule,
    /// What is so, in the report's words: `expired 2026-11-20, yesterday`.
    pub message: String,
    /// What to do next, where it is more than the rule's page says.
    pub help: Option<String>,
}

/// A fault, and the position of the certificate at fault: 0 the leaf, `certificates.len()` the anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Index into the path; its length means the anchor.
    pub position: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What the judges say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Why the path is refused; empty means both judges accept it.
    pub failures: Vec<Failure>,
    /// What is worth saying though the path is valid (`beyond-webpki`, `no-san`, `chain-too-long` …).
    pub notes: Vec<Failure>,
}

impl Judgement {
    /// Both judges accept.
    pub fn accepted(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Both judges on one path.
pub fn judge(_path: &CandidatePath, _context: &Context, _signatures: &Signatures) -> Judgement {
    Judgement::default()
}

/// What is wrong with a leaf for itself, whatever its path.
pub fn leaf_faults(_leaf: &Certificate, _context: &Context) -> Vec<Fault> {
    Vec::new()
}

/// What is wrong with an intermediate for itself, and with its constraints against the leaf.
pub fn intermediate_faults(_intermediate: &Certificate, _leaf: &Certificate, _context: &Context) -> Vec<Fault> {
    Vec::new()
}

/// Whether `upper`'s name constraints allow the names of `lower`, which stands below it.
pub fn constraints_allow(_upper: &Certificate, _lower: &Certificate, _lower_is_leaf: bool) -> bool {
    true
}

/// What is wrong with an anchor for itself (its dates, its CA bits, its key), and with its
/// constraints against the leaf.
pub fn anchor_faults(_anchor: &Certificate, _leaf: &Certificate, _context: &Context) -> Vec<Fault> {
    Vec::new()
}

/// Stand-in.
pub fn public_key_matches(_label: &str, _der: &[u8], _certificate: &Certificate) -> Option<bool> {
    None
}
/// Stand-in.
pub fn host_matches(_leaf: &Certificate, _host: &Host) -> bool {
    true
}
/// Stand-in.
pub fn key_ids_agree(_child: &Certificate, _issuer: &Certificate) -> bool {
    true
}

/// Stand-in.
pub fn link_faults(_child: &Certificate, _issuer: &Certificate, _signatures: &Signatures) -> Vec<Fault> {
    Vec::new()
}
