//! The driver, readable as the story: read, find the leaf, search, fill the gaps, judge, choose.

use std::sync::Arc;
use std::time::Duration;

use crate::bundle::{self, Bundle};
use crate::cert::{FingerprintPrefix, Time};
use crate::choose::{Chain, Order, PreferredRoot};
use crate::report::{BundleReport, FetchRecord, Finding, Verdict};
use crate::roots::Roots;
use crate::source::IssuerSource;
use crate::verify::{Host, Purpose, Signatures};

/// The front door: mends one bundle.
pub struct Repair {
    inputs: Vec<Bundle>,
    at: Option<Time>,
    roots: Arc<Roots>,
    sources: Vec<Arc<dyn IssuerSource>>,
    signatures: Arc<Signatures>,
    settings: Settings,
}

/// Everything about a repair that is no input and no source.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What the leaf is for.
    pub purpose: Purpose,
    /// A name that the leaf must be valid for; also tells which of several leaves is meant.
    pub host: Option<Host>,
    /// Which certificate is the leaf.
    pub leaf: Option<FingerprintPrefix>,
    /// A private key, read as a bundle, that the leaf must belong to.
    pub key: Option<Bundle>,
    /// How to choose among valid paths.
    pub order: Order,
    /// Which root is preferred.
    pub preferred_root: Option<PreferredRoot>,
    /// `expires-soon` this many days before; default: a third of the lifetime, at most 30.
    pub warn_days: Option<u32>,
    /// All fetching for the bundle; default 30 s.
    pub timeout: Option<Duration>,
    /// True where no network source is among the sources: what only the network could mend is
    /// then `incomplete` rather than `broken`.
    pub offline: bool,
    /// The anchor is to be part of what is written, so that it is no fault in the input.
    pub include_root: bool,
}

impl Repair {
    /// Mends the bundle with these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self::of(vec![bundle::read("-", bytes)])
    }

    /// Mends what these bundles hold together.
    pub fn of(inputs: Vec<Bundle>) -> Self {
        Self {
            inputs,
            at: None,
            roots: Arc::default(),
            sources: Vec::new(),
            signatures: Arc::default(),
            settings: Settings::default(),
        }
    }

    /// The time to judge at; default: now.
    #[must_use]
    pub fn at(mut self, at: Time) -> Self {
        self.at = Some(at);
        self
    }

    /// What is trusted.
    #[must_use]
    pub fn roots(mut self, roots: Arc<Roots>) -> Self {
        self.roots = roots;
        self
    }

    /// One more source of issuers, asked after those added before.
    #[must_use]
    pub fn source(mut self, source: Arc<dyn IssuerSource>) -> Self {
        self.sources.push(source);
        self
    }

    /// A memory of signature checks, shared with other repairs.
    #[must_use]
    pub fn signatures(mut self, signatures: Arc<Signatures>) -> Self {
        self.signatures = signatures;
        self
    }

    /// Everything else.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Does it.
    pub fn run(self) -> Outcome {
        let _ = (&self.at, &self.roots, &self.sources, &self.signatures, &self.settings);
        Outcome {
            inputs: self.inputs,
            verdict: Verdict::Unreadable,
            findings: Vec::new(),
            chain: None,
            fetches: Vec::new(),
            unchanged: false,
        }
    }
}

/// What came of a repair.
pub struct Outcome {
    /// The inputs, read.
    pub inputs: Vec<Bundle>,
    /// `Ok`, `Repairable` (a chain was made that differs from the input), `Broken`, `Incomplete`,
    /// `Unreadable` or `Skipped`; a caller that writes the chain makes `Repaired` of `Repairable`.
    pub verdict: Verdict,
    /// Everything there is to say, the gravest first.
    pub findings: Vec<Finding>,
    /// The chain, if there is a valid one.
    pub chain: Option<Chain>,
    /// URLs asked.
    pub fetches: Vec<FetchRecord>,
    /// The input holds exactly the chain, in order, in a form that every server reads.
    pub unchanged: bool,
}

impl Outcome {
    /// The report of this outcome, without outputs.
    pub fn report(&self) -> BundleReport {
        BundleReport {
            inputs: self.inputs.iter().map(|b| b.name.clone()).collect(),
            verdict: self.verdict,
            findings: self.findings.clone(),
            chain: Vec::new(),
            anchor: None,
            fetches: self.fetches.clone(),
            outputs: Vec::new(),
            attempt: Vec::new(),
            attempt_anchor: None,
        }
    }
}
