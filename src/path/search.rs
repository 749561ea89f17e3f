//! Candidate paths, the best first, each only when it is asked for.
//!
//! First, from the anchors down, what each entity can offer with exactly so many certificates above
//! it: so a way is known to exist before it is walked, and how good it can be. Then a best-first walk
//! from the leaf, guided by that.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use super::graph::{Graph, Link};
use super::order::{Bound, Key, Ranking, TieBreak, tie_break};
use super::{MAX_CERTIFICATES, SearchBudget};
use crate::cert::Certificate;
use crate::report::Source;
use crate::roots::Anchor;

/// How many equally good paths are gathered before the tie is broken: past this, the rest of the
/// order (signature strength, notBefore, SHA-256) holds among those gathered.
const TIE_LIMIT: usize = 64;

/// A path as pool indices, leaf first, and where it ends.
#[derive(Clone, Debug)]
pub struct Found {
    /// Pool indices, leaf first.
    pub certificates: Vec<usize>,
    /// The anchor.
    pub anchor: Arc<Anchor>,
}

/// What an entity can offer with exactly n certificates between it and an anchor.
#[derive(Clone, Copy, Debug)]
struct Offer {
    /// Best rank of an anchor, then fewest certificates that clients can mistake, then fewest from
    /// outside the input.
    root: u8,
    mistakable: u8,
    outside: u8,
    /// Latest possible earliest notAfter.
    expiry: i64,
    /// How many non-self-issued intermediates may still stand below: the slack of path lengths.
    slack: u32,
}

/// A partial path: its last certificate, and the step before.
struct Step {
    certificate: usize,
    before: Option<usize>,
    /// The entity it leads to.
    entity: usize,
    length: u8,
    mistakable: u8,
    outside: u8,
    expiry: i64,
    /// Non-self-issued intermediates so far.
    intermediates: u32,
}

struct Waiting {
    key: Key,
    /// Complete paths come before partial ones of the same key, longer ones before shorter.
    rank: u8,
    step: usize,
    anchor: Option<Arc<Anchor>>,
}

impl Waiting {
    fn order(&self) -> (Key, u8, usize) {
        (self.key, self.rank, self.step)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}
impl Eq for Waiting {}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

/// The walk: an iterator over candidate paths in the order of choice.
pub struct Search<'g, 'a> {
    graph: &'g Graph<'a>,
    ranking: &'g Ranking,
    offers: Vec<[Option<Offer>; MAX_CERTIFICATES]>,
    steps: Vec<Step>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    ready: VecDeque<Found>,
    steps_left: usize,
    exhausted: bool,
}

impl<'g, 'a> Search<'g, 'a> {
    /// Candidate paths from the graph's leaf.
    pub fn new(graph: &'g Graph<'a>, ranking: &'g Ranking, budget: &SearchBudget) -> Self {
        let mut search = Self {
            graph,
            ranking,
            offers: offers(graph, ranking),
            steps: Vec::new(),
            waiting: BinaryHeap::new(),
            ready: VecDeque::new(),
            steps_left: budget.partial_paths,
            exhausted: false,
        };
        search.step_to(graph.leaf, None);
        search
    }

    /// Whether the budget ended the walk before every path was seen.
    pub fn is_exhausted(&self) -> bool {
        self.exhausted || self.graph.is_exhausted()
    }

    fn certificate(&self, index: usize) -> Option<&'g Arc<Certificate>> {
        self.graph.pool.get(index).map(|c| &c.certificate)
    }

    /// Takes up the certificate above `before`, if a valid path may go on through it.
    fn step_to(&mut self, index: usize, before: Option<usize>) {
        let Some(Link::To(entity)) = self.graph.link(index) else { return };
        let Some(candidate) = self.graph.pool.get(index) else { return };
        let certificate = &candidate.certificate;
        let below = before.and_then(|b| self.steps.get(b));
        let step = Step {
            certificate: index,
            before,
            entity,
            length: below.map_or(1, |b| b.length + 1),
            mistakable: below.map_or(0, |b| b.mistakable) + u8::from(self.graph.is_mistakable(index)),
            outside: below.map_or(0, |b| b.outside) + u8::from(candidate.source != Source::Input),
            expiry: expiry(certificate).min(below.map_or(i64::MAX, |b| b.expiry)),
            intermediates: below.map_or(0, |b| b.intermediates + u32::from(!certificate.is_self_issued())),
        };
        let Some((key, complete)) = self.best(&step) else { return };
        self.steps.push(step);
        let step = self.steps.len() - 1;
        if complete {
            self.finish(step);
        }
        let rank = u8::MAX - self.steps.get(step).map_or(0, |s| s.length);
        self.waiting.push(Reverse(Waiting { key, rank, step, anchor: None }));
    }

    /// The best that can come of a partial path, and whether it may end here.
    fn best(&self, step: &Step) -> Option<(Key, bool)> {
        let offers = self.offers.get(step.entity)?;
        let room = MAX_CERTIFICATES - usize::from(step.length);
        let mut best: Option<Key> = None;
        let mut complete = false;
        for (above, offer) in offers.iter().enumerate().take(room + 1) {
            let Some(offer) = offer.filter(|o| o.slack >= step.intermediates) else { continue };
            complete |= above == 0;
            let key = self.ranking.bound(Bound {
                root: offer.root,
                mistakable: step.mistakable + offer.mistakable,
                outside: step.outside + offer.outside,
                length: step.length + above as u8,
                expiry: step.expiry.min(offer.expiry),
            });
            best = Some(best.map_or(key, |b| b.min(key)));
        }
        best.map(|key| (key, complete))
    }

    /// The partial path ends at an anchor: it waits for its turn as a whole.
    fn finish(&mut self, index: usize) {
        let Some(step) = self.steps.get(index) else { return };
        let Some(node) = self.graph.get(step.entity) else { return };
        let Some(top) = self.certificate(step.certificate) else { return };
        for anchor in &node.anchors {
            if !self.graph.oracle.adjoins(top, &anchor.certificate) || slack(anchor) < step.intermediates {
                continue;
            }
            let bound = Bound {
                root: self.ranking.root_rank(anchor, self.graph.issued()),
                mistakable: step.mistakable,
                outside: step.outside,
                length: step.length,
                expiry: step.expiry,
            };
            let key = self.ranking.bound(bound);
            self.waiting.push(Reverse(Waiting { key, rank: 0, step: index, anchor: Some(anchor.clone()) }));
        }
    }

    /// Goes on from a partial path through every certificate of the entity it leads to.
    fn extend(&mut self, index: usize) {
        let Some(step) = self.steps.get(index) else { return };
        if usize::from(step.length) >= MAX_CERTIFICATES {
            return;
        }
        let Some(node) = self.graph.get(step.entity) else { return };
        let intermediates = step.intermediates;
        let below: Vec<usize> = self.trail(index);
        for &next in &node.certificates {
            let Some(certificate) = self.certificate(next) else { continue };
            if self.may_stand_above(certificate, &below, intermediates) {
                self.step_to(next, Some(index));
            }
        }
    }

    fn may_stand_above(&self, upper: &Certificate, below: &[usize], intermediates: u32) -> bool {
        // RFC 5280 §6.1.4 (l), (m): the slack counts who stands below.
        let allowed = upper.fields().basic_constraints.and_then(|bc| bc.path_len).unwrap_or(u32::MAX);
        if intermediates > allowed {
            return false;
        }
        let oracle = self.graph.oracle;
        let mut lower = below.iter().filter_map(|index| self.certificate(*index));
        // No entity twice, and no way back through the leaf.
        if lower.clone().any(|c| c.entity() == upper.entity()) {
            return false;
        }
        if lower.clone().next_back().is_some_and(|child| !oracle.adjoins(child, upper)) {
            return false;
        }
        // The leaf's own names are part of the veto that made the graph.
        lower.next();
        lower.all(|c| oracle.allows(upper, c))
    }

    /// The certificates of a partial path, leaf first.
    fn trail(&self, index: usize) -> Vec<usize> {
        let mut trail = Vec::with_capacity(MAX_CERTIFICATES);
        let mut at = Some(index);
        while let Some(step) = at.and_then(|i| self.steps.get(i)) {
            trail.push(step.certificate);
            at = step.before;
        }
        trail.reverse();
        trail
    }

    /// Walks until a path is complete and everything equally good has been gathered.
    fn gather(&mut self) {
        let mut ties: Vec<(TieBreak, Found)> = Vec::new();
        let mut key = None;
        while let Some(Reverse(next)) = self.waiting.pop() {
            if key.is_some_and(|k| next.key > k) || ties.len() >= TIE_LIMIT {
                self.waiting.push(Reverse(next));
                break;
            }
            if let Some(anchor) = next.anchor {
                key = Some(next.key);
                let certificates = self.trail(next.step);
                let path = certificates.iter().filter_map(|i| self.certificate(*i)).map(Arc::as_ref);
                ties.push((tie_break(path, &anchor), Found { certificates, anchor }));
                continue;
            }
            let Some(left) = self.steps_left.checked_sub(1) else {
                self.exhausted = true;
                self.waiting.clear();
                break;
            };
            self.steps_left = left;
            self.extend(next.step);
        }
        ties.sort_by(|a, b| a.0.cmp(&b.0));
        self.ready.extend(ties.into_iter().map(|(_, found)| found));
    }
}

impl Iterator for Search<'_, '_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        if self.ready.is_empty() {
            self.gather();
        }
        self.ready.pop_front()
    }
}

fn expiry(certificate: &Certificate) -> i64 {
    certificate.not_after().map_or(i64::MIN, |t| t.unix())
}

/// How many non-self-issued intermediates an anchor lets stand below it (RFC 5937 §3.3 (d)).
fn slack(anchor: &Anchor) -> u32 {
    anchor.certificate.fields().basic_constraints.and_then(|bc| bc.path_len).unwrap_or(u32::MAX)
}

/// From the anchors down, exact length by exact length.
fn offers(graph: &Graph<'_>, ranking: &Ranking) -> Vec<[Option<Offer>; MAX_CERTIFICATES]> {
    let mut offers: Vec<[Option<Offer>; MAX_CERTIFICATES]> = graph
        .nodes()
        .map(|node| {
            let mut row = [None; MAX_CERTIFICATES];
            if let Some(first) = row.first_mut() {
                for anchor in &node.anchors {
                    let root = ranking.root_rank(anchor, graph.issued());
                    let slack = slack(anchor);
                    *first = merge(*first, Offer { root, mistakable: 0, outside: 0, expiry: i64::MAX, slack });
                }
            }
            row
        })
        .collect();
    for above in 1..MAX_CERTIFICATES {
        for entity in 0..offers.len() {
            let Some(node) = graph.get(entity) else { continue };
            let mut best = None;
            for &index in &node.certificates {
                if let Some(offer) = through(graph, &offers, index, above - 1) {
                    best = merge(best, offer);
                }
            }
            if let Some(cell) = offers.get_mut(entity).and_then(|row| row.get_mut(above)) {
                *cell = best;
            }
        }
    }
    offers
}

/// What the certificate offers when it is followed by exactly `above` certificates.
fn through(
    graph: &Graph<'_>,
    offers: &[[Option<Offer>; MAX_CERTIFICATES]],
    index: usize,
    above: usize,
) -> Option<Offer> {
    let Some(Link::To(issuer)) = graph.link(index) else { return None };
    let candidate = graph.pool.get(index)?;
    let certificate = &candidate.certificate;
    let upper = (*offers.get(issuer)?.get(above)?)?;
    // The certificate itself counts among those that stand below its issuer, unless self-issued.
    let slack = if certificate.is_self_issued() { upper.slack } else { upper.slack.checked_sub(1)? };
    let own = certificate.fields().basic_constraints.and_then(|bc| bc.path_len).unwrap_or(u32::MAX);
    Some(Offer {
        root: upper.root,
        mistakable: upper.mistakable + u8::from(graph.is_mistakable(index)),
        outside: upper.outside + u8::from(candidate.source != Source::Input),
        expiry: upper.expiry.min(expiry(certificate)),
        slack: slack.min(own),
    })
}

/// The better of each part. The parts may stem from different ways; as bounds they stay true.
fn merge(a: Option<Offer>, b: Offer) -> Option<Offer> {
    let Some(a) = a else { return Some(b) };
    let first = |offer: Offer| (offer.root, offer.mistakable, offer.outside);
    let (root, mistakable, outside) = first(a).min(first(b));
    Some(Offer { root, mistakable, outside, expiry: a.expiry.max(b.expiry), slack: a.slack.max(b.slack) })
}
