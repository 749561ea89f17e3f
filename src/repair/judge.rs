//! The oracle that the search asks: verify's answers, remembered for one leaf, within what they may
//! cost one bundle.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use crate::cert::{Certificate, Entity, Fingerprint, NameKey};
use crate::path::{CandidatePath, Oracle};
use crate::roots::{Anchor, Roots};
use crate::verify::{self, Comparisons, Context, Failure, Fault, Judgement, Mistaken, SignatureCheck, Signatures};

/// What the signatures of one bundle may cost, in units of one P-256 check (38 µs): twice what one
/// search may, since the diagnosis asks for others. Every search of the bundle, the walk through its
/// own order and the diagnosis draw on it, each signature once. What a signature costs the bundle
/// does not depend on what other bundles of the run had checked before.
const MAX_SIGNATURES: u64 = 20_000;

/// How many certificates may be looked at for one bundle in search of issuers of a name. A pool of
/// 10,000 certificates in which each has a hundred namesakes takes a million; a look takes half
/// a microsecond.
const MAX_LOOKS: usize = 2_000_000;

/// How many names may be compared with constraints for one bundle: eight times the limit of one path,
/// a quarter of a second.
const MAX_COMPARISONS: usize = 2_000_000;

/// Verify and the roots, seen from one leaf.
pub(super) struct Judge<'a> {
    pub(super) context: &'a Context,
    signatures: &'a Signatures,
    pub(super) roots: &'a Roots,
    pub(super) leaf: Arc<Certificate>,
    faults: RefCell<HashMap<Fingerprint, Arc<[Fault]>>>,
    /// By child and the issuer's key.
    checked: RefCell<HashMap<(Fingerprint, Fingerprint), SignatureCheck>>,
    /// By upper and lower certificate.
    allowed: RefCell<HashMap<(Fingerprint, Fingerprint), bool>>,
    signatures_left: Cell<u64>,
    looks_left: Cell<usize>,
    comparisons: RefCell<Comparisons>,
    exhausted: Cell<bool>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        context: &'a Context,
        signatures: &'a Signatures,
        roots: &'a Roots,
        leaf: Arc<Certificate>,
    ) -> Self {
        Self {
            context,
            signatures,
            roots,
            leaf,
            faults: RefCell::default(),
            checked: RefCell::default(),
            allowed: RefCell::default(),
            signatures_left: Cell::new(MAX_SIGNATURES),
            looks_left: Cell::new(MAX_LOOKS),
            comparisons: RefCell::new(Comparisons::of(MAX_COMPARISONS)),
            exhausted: Cell::new(false),
        }
    }

    /// Both judges on one path.
    pub(super) fn judge(&self, path: &CandidatePath) -> Judgement {
        self.compare(|comparisons| verify::judge_within(path, self.context, self.signatures, comparisons))
    }

    /// rfc5280 on a path and the tail above it, which begins at position `from`.
    pub(super) fn judge_tail(&self, all: &[Arc<Certificate>], from: usize) -> Vec<Failure> {
        self.compare(|comparisons| verify::tail_failures(all, from, self.context, self.signatures, comparisons))
    }

    /// What is wrong with an intermediate for itself, and with its constraints against the leaf.
    pub(super) fn intermediate_faults(&self, intermediate: &Certificate) -> Arc<[Fault]> {
        let fingerprint = intermediate.fingerprint();
        if let Some(known) = self.faults.borrow().get(&fingerprint) {
            return Arc::clone(known);
        }
        let faults = self.compare(|comparisons| {
            verify::intermediate_faults_within(intermediate, &self.leaf, self.context, comparisons)
        });
        let faults: Arc<[Fault]> = faults.into();
        self.faults.borrow_mut().insert(fingerprint, Arc::clone(&faults));
        faults
    }

    /// The same for an anchor.
    pub(super) fn anchor_faults(&self, anchor: &Certificate) -> Vec<Fault> {
        self.compare(|comparisons| verify::anchor_faults_within(anchor, &self.leaf, self.context, comparisons))
    }

    /// What is wrong between two neighbours.
    pub(super) fn link_fault(&self, child: &Certificate, issuer: &Certificate) -> Option<Fault> {
        verify::link_fault(child, issuer, self.signatures)
    }

    /// Whom clients that go by names take for the issuer of `child`, which the key of `issuer` signed.
    pub(super) fn mistaken(&self, child: &Certificate, issuer: &Entity) -> Option<Mistaken> {
        verify::mistaken_issuer(child, issuer, &self.roots.named(child.issuer_key()))
    }

    /// Whether something was not looked at since it would have cost too much.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted.get()
    }

    fn compare<T>(&self, with: impl FnOnce(&mut Comparisons) -> T) -> T {
        let mut comparisons = self.comparisons.borrow_mut();
        let answer = with(&mut comparisons);
        if comparisons.is_spent() {
            self.exhausted.set(true);
        }
        answer
    }
}

impl Oracle for Judge<'_> {
    fn signature(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck {
        let pair = (child.fingerprint(), issuer.entity().key);
        if let Some(known) = self.checked.borrow().get(&pair) {
            return *known;
        }
        let Some(left) = self.signatures_left.get().checked_sub(self.cost(child, issuer)) else {
            self.exhausted.set(true);
            return SignatureCheck::Unchecked;
        };
        self.signatures_left.set(left);
        let check = self.signatures.check(child, issuer);
        self.checked.borrow_mut().insert(pair, check);
        check
    }

    fn cost(&self, child: &Certificate, issuer: &Certificate) -> u64 {
        verify::cost_of(child, issuer)
    }

    fn may_look_at(&self, certificates: usize) -> bool {
        let left = self.looks_left.get().checked_sub(certificates);
        self.looks_left.set(left.unwrap_or(0));
        if left.is_none() {
            self.exhausted.set(true);
        }
        left.is_some()
    }

    fn anchors(&self, name: &NameKey) -> Vec<Arc<Anchor>> {
        self.roots.named(name)
    }

    fn fits(&self, intermediate: &Certificate) -> bool {
        self.intermediate_faults(intermediate).is_empty()
    }

    fn anchor_fits(&self, anchor: &Certificate) -> bool {
        // A trusted self-signed leaf is its own anchor: it is judged as the leaf.
        *anchor == *self.leaf || self.anchor_faults(anchor).is_empty()
    }

    fn adjoins(&self, child: &Certificate, issuer: &Certificate) -> bool {
        verify::key_ids_agree(child, issuer)
    }

    fn allows(&self, upper: &Certificate, lower: &Certificate) -> bool {
        let pair = (upper.fingerprint(), lower.fingerprint());
        if let Some(known) = self.allowed.borrow().get(&pair) {
            return *known;
        }
        let allows = self.compare(|comparisons| verify::constraints_allow_within(upper, lower, false, comparisons));
        self.allowed.borrow_mut().insert(pair, allows);
        allows
    }
}
