//! The driver, readable as the story: read, find the leaf, search, fill the gaps, judge, choose, tell.

mod asked;
mod fill;
mod judge;
mod miss;
mod outcome;
mod shape;
mod tried;
mod without;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::bundle::{self, Bundle, Form, ItemKind};
use crate::cert::{Certificate, FingerprintPrefix, Time};
use crate::choose::{Choice, Chosen, JudgeTail, Order, PreferredRoot, Searched};
use crate::leaf::{self, Identified, Wanted};
use crate::path::{CandidatePath, Gap, Ranking, SearchBudget};
use crate::pool::{Candidate, CertPool};
use crate::report::{Finding, Place, Source};
use crate::roots::Roots;
use crate::rules::Rule;
use crate::source::IssuerSource;
use crate::verify::{self, Context, Host, Judgement, Purpose, Revoked, Signatures};

use fill::Asked;
use judge::Judge;
pub use outcome::Outcome;

/// The front door: mends one bundle.
pub struct Repair {
    inputs: Vec<Bundle>,
    at: Option<Time>,
    roots: Arc<Roots>,
    sources: Vec<Arc<dyn IssuerSource>>,
    signatures: Option<Arc<Signatures>>,
    settings: Arc<Settings>,
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
    /// What is known to be revoked: such a certificate is as good as expired.
    pub revoked: Revoked,
    /// The inputs are the files of one server, such as Apache's pair: the one with the leaf is read
    /// first, whatever the order in which they are named, and the outcome has them in that order. Of
    /// two files the second alone gives the intermediates.
    pub together: bool,
    /// Stores that are not trusted here but known, for the help: where one of them holds the root
    /// that a chain ends in, its option is named.
    pub known_elsewhere: Vec<KnownStore>,
}

/// A store that could be trusted.
#[derive(Clone, Debug)]
pub struct KnownStore {
    /// Who trusts it: `your system`.
    pub who: String,
    /// The option that would trust it: `--roots system`.
    pub option: String,
    /// Its anchors; asked only where no chain can be made.
    pub roots: Arc<Roots>,
}

impl Repair {
    /// Mends the bundle with these bytes: PEM (however damaged), DER or PKCS#7.
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
            signatures: None,
            settings: Arc::default(),
        }
    }

    /// The time to judge at; default: now.
    #[must_use]
    pub fn at(mut self, at: Time) -> Self {
        self.at = Some(at);
        self
    }

    /// What is trusted; default: nothing.
    #[must_use]
    pub fn roots(mut self, roots: impl Into<Arc<Roots>>) -> Self {
        self.roots = roots.into();
        self
    }

    /// One more source of issuers, asked after those added before; an `Arc` of a source is shared.
    #[must_use]
    pub fn source(mut self, source: impl IssuerSource + 'static) -> Self {
        self.sources.push(Arc::new(source));
        self
    }

    /// A memory of signature checks, shared with other repairs.
    #[must_use]
    pub fn signatures(mut self, signatures: Arc<Signatures>) -> Self {
        self.signatures = Some(signatures);
        self
    }

    /// Everything else; an `Arc` of it is shared with other repairs.
    #[must_use]
    pub fn settings(mut self, settings: impl Into<Arc<Settings>>) -> Self {
        self.settings = settings.into();
        self
    }

    /// Does it: no panic, no error; what is wrong is in the outcome's findings.
    ///
    /// It computes, and waits for its sources: asynchronous programs call it where blocking is allowed, such as in
    /// `tokio::task::spawn_blocking`; a `Repair` and its [`Outcome`] are `Send`.
    pub fn run(mut self) -> Outcome {
        let at = self.at.unwrap_or_else(now);
        let mut input = Input::read(&self.inputs);
        if input.sequence.is_empty() {
            return Outcome::without_certificate(self.inputs);
        }
        let context = Context {
            at,
            purpose: self.settings.purpose,
            host: self.settings.host.clone(),
            revoked: self.settings.revoked.clone(),
        };
        let leaf = match self.identify(&input, &context) {
            Identified::Leaf(leaf) => leaf,
            other => {
                let unhelped = self.unhelped(&other);
                return Outcome::without_leaf(self.inputs, &input.sequence, &other, unhelped);
            }
        };
        if self.settings.together && put_leaf_file_first(&mut self.inputs, &leaf) {
            input = Input::read(&self.inputs);
        }
        let signatures = self.signatures.take().unwrap_or_default();
        let judge = Judge::new(&context, &signatures, &self.roots, leaf);
        let owns_key = self.owns_key(&judge.leaf);
        let mut work = Work::new(input, judge, &self.settings);

        if owns_key == Some(false) {
            work.refuse_key();
        } else {
            let kept = match work.keep_input() {
                Some(chosen) if chosen.mistakable == 0 => return work.mended(self.inputs, chosen),
                kept => kept,
            };
            // No issuer can help a leaf that is wrong in itself: nobody is asked.
            let hopeless = !verify::leaf_faults(&work.judge.leaf, &context).is_empty();
            let sources = if hopeless { &[] } else { self.sources.as_slice() };
            let Searched { chosen, exhausted } = work.search_and_fill(sources);
            let better = |found: &Chosen| kept.as_ref().is_none_or(|kept| found.mistakable < kept.mistakable);
            if let Some(chosen) = chosen.filter(better).or(kept) {
                return work.mended(self.inputs, chosen);
            }
            work.exhausted = exhausted;
        }
        work.missed(self.inputs)
    }

    fn identify(&self, input: &Input, context: &Context) -> Identified {
        let certificates: Vec<Arc<Certificate>> = input.sequence.iter().map(|e| e.certificate.clone()).collect();
        let named_root = |c: &Certificate| {
            let anchors = self.roots.of(c.entity());
            let named = |store: &str| !is_public_store(store);
            // A root whose key may only sign certificates serves nobody.
            let serves = || verify::leaf_faults(c, context).iter().all(|fault| fault.rule != Rule::WrongKeyUsage);
            anchors.iter().any(|a| a.certificate.fingerprint() == c.fingerprint() && named(&a.store)) && serves()
        };
        leaf::identify(
            &certificates,
            &Wanted {
                fingerprint: self.settings.leaf.as_ref(),
                owns_key: &|c| self.owns_key(c),
                key_is_named: self.settings.key.is_some(),
                serves_host: &|c| self.settings.host.as_ref().map(|host| verify::host_matches(c, host)),
                sent_first: self.sent_first(),
                is_named_root: &named_root,
            },
        )
    }

    /// What a live server among the inputs sends first.
    fn sent_first(&self) -> Option<Arc<Certificate>> {
        let server = self.inputs.iter().find(|bundle| bundle.form == Form::Server)?;
        server.certificates().next().map(|(_, certificate)| certificate.clone())
    }

    /// What was to tell several leaves apart, and fits none of them.
    fn unhelped(&self, identified: &Identified) -> &'static str {
        let Identified::Ambiguous(leaves) = identified else { return "" };
        let host = self.settings.host.as_ref();
        if leaves.iter().all(|leaf| self.owns_key(leaf) == Some(false)) {
            ", none of which the key belongs to"
        } else if host.is_some_and(|host| !leaves.iter().any(|leaf| verify::host_matches(leaf, host))) {
            ", none of which is valid for the host"
        } else {
            ""
        }
    }

    /// Whether a key at hand (the one that was named, else those in the input) belongs to the
    /// certificate; `None` where there is none that can be read.
    fn owns_key(&self, certificate: &Certificate) -> Option<bool> {
        let bundles: &[Bundle] = match &self.settings.key {
            Some(key) => std::slice::from_ref(key),
            None => &self.inputs,
        };
        let keys = bundles.iter().flat_map(|b| &b.items).filter_map(|item| match &item.kind {
            ItemKind::PrivateKey { label, der: Some(der) } => Some((label, der)),
            _ => None,
        });
        let answers = keys.filter_map(|(label, der)| verify::public_key_matches(label, der, certificate));
        answers.reduce(|one, other| one || other)
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever names no time means now")]
fn now() -> Time {
    SystemTime::now().into()
}

/// Puts the file with the leaf before the others, which stay in order; says whether that is a change.
/// Of several with the leaf, the one with the fewest certificates is the leaf's own.
fn put_leaf_file_first(inputs: &mut [Bundle], leaf: &Certificate) -> bool {
    let holds_leaf = |bundle: &Bundle| bundle.certificates().any(|(_, certificate)| certificate.as_ref() == leaf);
    let files = inputs.iter().enumerate().filter(|(_, bundle)| holds_leaf(bundle));
    let first = files.min_by_key(|(_, bundle)| bundle.certificates().count()).map_or(0, |(index, _)| index);
    if let Some(front) = inputs.get_mut(..=first) {
        front.rotate_right(1);
    }
    first > 0
}

/// Stores that nobody chose certificate by certificate.
fn is_public_store(store: &str) -> bool {
    matches!(store, "mozilla" | "system")
}

/// A certificate as it stands in the input; duplicates stand as often as they do there.
#[derive(Clone, Debug)]
struct Entry {
    certificate: Arc<Certificate>,
    place: Place,
}

/// The input's certificates, in order and as a pool.
struct Input {
    sequence: Vec<Entry>,
    pool: CertPool,
    is_sent: bool,
}

impl Input {
    fn read(bundles: &[Bundle]) -> Self {
        let mut sequence = Vec::new();
        let mut pool = CertPool::new();
        for bundle in bundles {
            let name: Arc<str> = bundle.name.as_str().into();
            for (item, certificate) in bundle.certificates() {
                let place = Place { input: Arc::clone(&name), line: item.lines.0 };
                sequence.push(Entry { certificate: certificate.clone(), place: place.clone() });
                pool.add(Candidate {
                    certificate: certificate.clone(),
                    source: Source::Input,
                    place: Some(place),
                    url: None,
                });
            }
        }
        Self { sequence, pool, is_sent: bundles.iter().all(|bundle| bundle.form == Form::Server) }
    }
}

/// A repair under way.
struct Work<'a> {
    sequence: Vec<Entry>,
    pool: CertPool,
    /// The input is no file but what servers send.
    is_sent: bool,
    /// The leaf's index in the pool.
    leaf: usize,
    judge: Judge<'a>,
    settings: &'a Settings,
    ranking: Ranking,
    budgets: SearchBudget,
    asked: Vec<Asked>,
    /// A chain is there, and only a preferred one is still looked for: among what is at hand.
    asks_nobody: bool,
    gaps: Vec<Gap>,
    exhausted: bool,
    /// Findings made on the way.
    findings: Vec<Finding>,
}

impl<'a> Work<'a> {
    fn new(input: Input, judge: Judge<'a>, settings: &'a Settings) -> Self {
        let leaf = input.pool.index_of(&judge.leaf.fingerprint()).unwrap_or(0);
        Self {
            sequence: input.sequence,
            pool: input.pool,
            is_sent: input.is_sent,
            leaf,
            judge,
            settings,
            ranking: Ranking { order: settings.order, preferred_root: settings.preferred_root.clone() },
            budgets: SearchBudget::default(),
            asked: Vec::new(),
            asks_nobody: false,
            gaps: Vec::new(),
            exhausted: false,
            findings: Vec::new(),
        }
    }

    fn choice<'w>(
        &'w self,
        judge: &'w dyn Fn(&CandidatePath) -> Judgement,
        judge_tail: &'w JudgeTail<'w>,
    ) -> Choice<'w> {
        Choice {
            pool: &self.pool,
            oracle: &self.judge,
            judge,
            judge_tail,
            leaf: self.leaf,
            ranking: &self.ranking,
            keep_tail: !self.settings.include_root,
            budget: self.budgets,
        }
    }

    fn keep_input(&self) -> Option<Chosen> {
        self.choice(&|path| self.judge.judge(path), &|all, from| self.judge.judge_tail(all, from)).keep_input()
    }

    /// How it is said that a certificate is none of the input's.
    fn is_absent(&self) -> &'static str {
        if self.is_sent { "is not sent" } else { "is not in the file" }
    }

    fn place_of(&self, certificate: &Certificate) -> Option<Place> {
        let index = self.pool.index_of(&certificate.fingerprint())?;
        self.pool.get(index)?.place.clone()
    }

    /// A finding on a certificate, at its place in the input if it has one.
    fn finding(&self, rule: Rule, certificate: &Certificate, message: impl Into<String>) -> Finding {
        Finding::new(rule, message).on(certificate, self.place_of(certificate).as_ref())
    }

    fn refuse_key(&mut self) {
        let whose = if self.settings.key.is_some() { "the key of --key" } else { "the private key in the file" };
        let finding =
            self.finding(Rule::KeyMismatch, &self.judge.leaf, format!("{whose} belongs to another certificate"));
        self.findings.push(finding.help("find the key that this certificate was requested with, or have it reissued"));
    }
}
