//! Of several valid paths, one chain; and what of the input stays above its anchor.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::cert::{Certificate, Entity, FingerprintPrefix, Time};
use crate::path::{
    CandidatePath, Found, Graph, MAX_CERTIFICATES, Oracle, Ranking, Search, SearchBudget, has_bad_signature,
    is_self_signed, issuer_of,
};
use crate::pool::CertPool;
use crate::report::{Place, Source};
use crate::roots::Anchor;
use crate::verify::{Failure, Judgement};

/// How to choose among valid paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// Keep what the input does right; else the total order of the documentation.
    #[default]
    Auto,
    /// The fewest certificates.
    Shortest,
}

/// A root that is preferred over others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreferredRoot {
    /// The anchor's whole common name, in any case.
    Name(String),
    /// The anchor's fingerprint.
    Sha256(FingerprintPrefix),
}

/// A certificate of a chain, and where it came from.
#[derive(Clone, Debug)]
pub struct Link {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Where it stands in an input.
    pub place: Option<Place>,
    /// Which source it came from.
    pub source: Source,
    /// The URL it came from.
    pub url: Option<String>,
}

/// A chain that verified: leaf first, in order, without its anchor. Only this room makes one and
/// only [`crate::write`] turns one into bytes, so that nothing unverified is written.
#[derive(Clone, Debug)]
pub struct Chain {
    links: Vec<Link>,
    judged: usize,
    anchor: Arc<Anchor>,
}

impl Chain {
    pub(crate) fn new(links: Vec<Link>, judged: usize, anchor: Arc<Anchor>) -> Self {
        Self { links, judged, anchor }
    }

    /// Leaf first; the tail last.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// How many certificates form the path to the anchor; what follows is the tail.
    pub fn judged(&self) -> usize {
        self.judged
    }

    /// Where the path ends. A self-signed leaf that is trusted is its own anchor.
    pub fn anchor(&self) -> &Arc<Anchor> {
        &self.anchor
    }
}

/// What was chosen, and what was decided on the way.
pub(crate) struct Chosen {
    /// The chain.
    pub(crate) chain: Chain,
    /// What both judges said of its path.
    pub(crate) judgement: Judgement,
    /// What stood above the anchor in the input and was cut, since it serves nobody.
    pub(crate) cut: Vec<Cut>,
    /// Anchors of other paths that would have been valid too.
    pub(crate) alternatives: Vec<Arc<Anchor>>,
}

/// A certificate of a tail that was cut.
pub(crate) struct Cut {
    /// Its index in the pool.
    pub(crate) index: usize,
    /// What is wrong with it, or with the tail that it was part of.
    pub(crate) why: String,
}

/// rfc5280 alone, on a path with a tail: why it refuses the tail, whose certificates begin at the
/// position given.
pub(crate) type JudgeTail<'a> = dyn Fn(&[Arc<Certificate>], usize) -> Vec<Failure> + 'a;

/// What the filters decide with.
pub(crate) struct Choice<'a> {
    pub(crate) pool: &'a CertPool,
    pub(crate) oracle: &'a dyn Oracle,
    /// Both judges.
    pub(crate) judge: &'a dyn Fn(&CandidatePath) -> Judgement,
    pub(crate) judge_tail: &'a JudgeTail<'a>,
    /// The leaf's index in the pool.
    pub(crate) leaf: usize,
    pub(crate) ranking: &'a Ranking,
    /// Whether a tail of the input may stay; not where the anchor is to be written after the path.
    pub(crate) keep_tail: bool,
    pub(crate) budget: SearchBudget,
}

/// What a search came to.
pub(crate) struct Searched {
    pub(crate) chosen: Option<Chosen>,
    /// The budget ended it.
    pub(crate) exhausted: bool,
}

impl Choice<'_> {
    /// First filter: what the input does right is kept. If the input, less duplicates, roots and
    /// strangers, forms one linear chain, that chain stays as far as it is valid, with its tail.
    pub(crate) fn keep_input(&self) -> Option<Chosen> {
        if !self.keeps_input() {
            return None;
        }
        let chain = self.linear(self.leaf, MAX_CERTIFICATES)?;
        for top in (0..chain.len().min(MAX_CERTIFICATES)).rev() {
            let path = chain.get(..=top).unwrap_or_default();
            let Some((_, Some(entity))) = path.last() else { continue };
            for anchor in self.anchors_of(entity) {
                let certificates: Vec<usize> = path.iter().map(|(index, _)| *index).collect();
                let found = Found { certificates, anchor };
                let judgement = (self.judge)(&self.candidate(&found));
                if judgement.accepted() {
                    return Some(self.chosen(found, judgement));
                }
            }
        }
        None
    }

    /// The other filters: the best by the total order that both judges accept, with the tail that the
    /// input has for it.
    pub(crate) fn search(&self, graph: &Graph<'_>) -> Searched {
        let mut search = Search::new(graph, self.ranking, &self.budget);
        let mut first: Option<(Found, Judgement)> = None;
        let mut alternatives: Vec<Arc<Anchor>> = Vec::new();
        let (mut refused, mut further) = (0, 0);
        let mut exhausted = false;
        for found in search.by_ref() {
            if first.is_some() {
                further += 1;
            }
            if further > self.budget.candidates {
                break;
            }
            let known = first.iter().map(|(f, _)| &f.anchor).chain(&alternatives);
            if first.is_some() && known.into_iter().any(|a| a.certificate.entity() == found.anchor.certificate.entity())
            {
                continue;
            }
            let judgement = (self.judge)(&self.candidate(&found));
            match (judgement.accepted(), &first) {
                (true, None) => first = Some((found, judgement)),
                (true, Some(_)) => alternatives.push(found.anchor),
                (false, None) => refused += 1,
                (false, Some(_)) => {}
            }
            if refused >= self.budget.refused {
                exhausted = true;
                break;
            }
        }
        let exhausted = exhausted || search.is_exhausted();
        let chosen = first.map(|(found, judgement)| Chosen { alternatives, ..self.chosen(found, judgement) });
        Searched { chosen, exhausted }
    }

    /// The last resort: a leaf that is trusted by itself (`--partial-chain`), as OpenSSL has it. Not
    /// where the input has its issuer: that would be lost.
    pub(crate) fn trusted_leaf(&self) -> Option<Chosen> {
        let leaf = &self.pool.get(self.leaf)?.certificate;
        let issuer = issuer_of(self.pool, self.oracle, leaf, &|_| true);
        if issuer.is_ok_and(|issuer| !self.input_certificates(&issuer).is_empty()) {
            return None;
        }
        let anchor = self.oracle.anchors(&leaf.entity().subject).into_iter().find(|a| a.certificate == *leaf)?;
        let found = Found { certificates: vec![self.leaf], anchor };
        let judgement = (self.judge)(&self.candidate(&found));
        judgement.accepted().then(|| self.chosen(found, judgement))
    }

    fn keeps_input(&self) -> bool {
        self.ranking.order == Order::Auto && self.ranking.preferred_root.is_none()
    }

    fn anchors_of(&self, entity: &Entity) -> Vec<Arc<Anchor>> {
        let anchors = self.oracle.anchors(&entity.subject).into_iter();
        anchors.filter(|a| a.certificate.entity() == entity && self.oracle.anchor_fits(&a.certificate)).collect()
    }

    pub(crate) fn candidate(&self, found: &Found) -> CandidatePath {
        let certificates = found.certificates.iter().filter_map(|i| self.pool.get(*i)).map(|c| c.certificate.clone());
        CandidatePath { certificates: certificates.collect(), anchor: found.anchor.clone() }
    }

    /// From the certificate at `start` upwards through the input alone, each with the entity that
    /// issued it; `None` where the way forks.
    fn linear(&self, start: usize, room: usize) -> Option<Vec<(usize, Option<Entity>)>> {
        let mut chain = Vec::new();
        let mut at = start;
        loop {
            let certificate = &self.pool.get(at)?.certificate;
            let issuer = issuer_of(self.pool, self.oracle, certificate, &|_| true).ok();
            let above = issuer.as_ref().map_or_else(Vec::new, |entity| self.input_certificates(entity));
            chain.push((at, issuer));
            match above.as_slice() {
                [] => return Some(chain),
                [next] if chain.len() < room && !chain.iter().any(|(seen, _)| seen == next) => at = *next,
                [_] => return Some(chain),
                _ => return None,
            }
        }
    }

    /// The input's certificates that speak of this entity, roots apart.
    fn input_certificates(&self, entity: &Entity) -> Vec<usize> {
        let own = self.pool.of(entity).filter(|(index, c)| c.source == Source::Input && *index != self.leaf);
        own.filter(|(_, c)| !is_self_signed(&c.certificate, self.oracle)).map(|(index, _)| index).collect()
    }

    /// The chain of a path, with the tail that the input has for it.
    fn chosen(&self, found: Found, judgement: Judgement) -> Chosen {
        let tail = if self.keep_tail && self.keeps_input() { self.tail_of(&found) } else { Tail::default() };
        let judged = found.certificates.len();
        let links = found.certificates.iter().chain(&tail.kept).filter_map(|i| self.pool.get(*i)).map(|c| Link {
            certificate: c.certificate.clone(),
            place: c.place.clone(),
            source: c.source,
            url: c.url.clone(),
        });
        let chain = Chain::new(links.collect(), judged, found.anchor);
        Chosen { chain, judgement, cut: tail.cut, alternatives: Vec::new() }
    }

    /// What the input has above the anchor of a path, link by link from the anchor's name and key. It
    /// stays if it is good as a whole; else it is cut as a whole. Of twins the best goes on, and only
    /// those that are no good are cut; what leads back to where the path was already serves nobody.
    fn tail_of(&self, found: &Found) -> Tail {
        let mut tail = Tail::default();
        let path = found.certificates.iter().filter_map(|i| self.pool.get(*i));
        let mut seen: Vec<Entity> = path.map(|c| c.certificate.entity().clone()).collect();
        let mut at = Some(found.anchor.certificate.entity().clone());
        while let Some(entity) = at.take().filter(|_| found.certificates.len() + tail.kept.len() < MAX_CERTIFICATES) {
            seen.push(entity.clone());
            let twins = self.input_certificates(&entity).into_iter().filter_map(|index| {
                let certificate = &self.pool.get(index)?.certificate;
                let issuer = issuer_of(self.pool, self.oracle, certificate, &|_| true).ok();
                let onward = issuer.as_ref().is_none_or(|issuer| !seen.contains(issuer));
                onward.then_some((index, certificate, issuer))
            });
            let mut twins: Vec<_> = twins.collect();
            twins.sort_by_cached_key(|(_, certificate, _)| {
                let time = |time: Option<Time>| Reverse(time.map_or(i64::MIN, Time::unix));
                let (from, until) = (time(certificate.not_before()), time(certificate.not_after()));
                (!self.oracle.fits(certificate), until, from, certificate.fingerprint())
            });
            for (position, (index, certificate, issuer)) in twins.into_iter().enumerate() {
                if position == 0 {
                    tail.kept.push(index);
                    at = issuer;
                } else if !self.oracle.fits(certificate) {
                    tail.cut.push(Cut { index, why: String::new() });
                }
            }
        }
        if let Some(why) = self.tail_fault(found, &tail.kept) {
            tail.cut.extend(tail.kept.drain(..).map(|index| Cut { index, why: why.clone() }));
        }
        tail
    }

    /// Why a tail is no good: it must be fit for the purpose all the way up, and let stand what is
    /// below it. Who issued the topmost need not be at hand; where it is, the signature must hold.
    fn tail_fault(&self, found: &Found, tail: &[usize]) -> Option<String> {
        let top = &self.pool.get(*tail.last()?)?.certificate;
        let all = found.certificates.iter().chain(tail).filter_map(|i| self.pool.get(*i));
        let all: Vec<_> = all.map(|c| c.certificate.clone()).collect();
        let failures = (self.judge_tail)(&all, found.certificates.len());
        if let Some(failure) = failures.into_iter().next() {
            return Some(failure.fault.message);
        }
        if has_bad_signature(self.pool, self.oracle, top) {
            return Some("its signature does not verify with its issuer's key".to_owned());
        }
        let issuer = issuer_of(self.pool, self.oracle, top, &|_| true).ok()?;
        // What is trusted decides; the rest of what is at hand is not written, and is gone the next time.
        let anchors = self.oracle.anchors(&issuer.subject).into_iter().map(|anchor| anchor.certificate.clone());
        let trusted: Vec<_> = anchors.filter(|c| *c.entity() == issuer).collect();
        let pooled = || self.pool.of(&issuer).map(|(_, c)| c.certificate.clone()).collect();
        let known = if trusted.is_empty() { pooled() } else { trusted };
        let contradicted = !known.iter().any(|issuer| self.oracle.adjoins(top, issuer));
        contradicted.then(|| "its authorityKeyIdentifier contradicts its issuer".to_owned())
    }
}

/// What the input has above an anchor.
#[derive(Default)]
struct Tail {
    kept: Vec<usize>,
    cut: Vec<Cut>,
}
