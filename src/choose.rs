//! Of several valid paths, one chain; and what of the input stays above its anchor.

use std::sync::Arc;

use crate::cert::{Certificate, Entity, FingerprintPrefix};
use crate::path::{
    CandidatePath, Found, Graph, MAX_CERTIFICATES, Oracle, Ranking, Search, SearchBudget, is_self_signed, issuer_of,
};
use crate::pool::CertPool;
use crate::report::{Place, Source};
use crate::roots::Anchor;
use crate::verify::Judgement;

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
    /// A tail of the input (pool indices) that was cut, since a certificate in it is past its use.
    pub(crate) cut: Vec<usize>,
    /// Anchors of other paths that would have been valid too.
    pub(crate) alternatives: Vec<Arc<Anchor>>,
}

/// What the filters decide with.
pub(crate) struct Choice<'a> {
    pub(crate) pool: &'a CertPool,
    pub(crate) oracle: &'a dyn Oracle,
    /// Both judges.
    pub(crate) judge: &'a dyn Fn(&CandidatePath) -> Judgement,
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
            let (path, tail) = chain.split_at(top + 1);
            let Some((_, Some(entity))) = path.last() else { continue };
            for anchor in self.anchors_of(entity) {
                let indices: Vec<usize> = path.iter().map(|(index, _)| *index).collect();
                let found = Found { certificates: indices, anchor };
                let judgement = (self.judge)(&self.candidate(&found));
                if judgement.accepted() {
                    let tail = tail.iter().map(|(index, _)| *index).collect();
                    return Some(self.with_tail(found, judgement, tail));
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
        for found in search.by_ref().take(self.budget.candidates + 1) {
            let known = first.iter().map(|(f, _)| &f.anchor).chain(&alternatives);
            if first.is_some() && known.into_iter().any(|a| a.certificate.entity() == found.anchor.certificate.entity())
            {
                continue;
            }
            let judgement = (self.judge)(&self.candidate(&found));
            match (judgement.accepted(), &first) {
                (true, None) => first = Some((found, judgement)),
                (true, Some(_)) => alternatives.push(found.anchor),
                (false, _) => {}
            }
        }
        let exhausted = search.is_exhausted();
        let chosen = first.map(|(found, judgement)| {
            let tail = if self.keeps_input() { self.tail_of(&found) } else { Vec::new() };
            Chosen { alternatives, ..self.with_tail(found, judgement, tail) }
        });
        Searched { chosen, exhausted }
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

    /// What the input has above the anchor of a path, link by link from the anchor's name and key.
    fn tail_of(&self, found: &Found) -> Vec<usize> {
        let above = self.input_certificates(found.anchor.certificate.entity());
        let [first] = above.as_slice() else { return Vec::new() };
        let room = MAX_CERTIFICATES.saturating_sub(found.certificates.len());
        let tail = self.linear(*first, room).unwrap_or_default();
        let tail: Vec<usize> = tail.into_iter().map(|(index, _)| index).collect();
        if room == 0 || tail.iter().any(|index| found.certificates.contains(index)) { Vec::new() } else { tail }
    }

    /// The chain of a path, with its tail if every certificate there is in date and a CA fit for the
    /// purpose; else the whole tail is cut.
    fn with_tail(&self, found: Found, judgement: Judgement, tail: Vec<usize>) -> Chosen {
        let tail = if self.keep_tail { tail } else { Vec::new() };
        let good = tail.iter().all(|i| self.pool.get(*i).is_some_and(|c| self.oracle.fits(&c.certificate)));
        let (kept, cut) = if good { (tail, Vec::new()) } else { (Vec::new(), tail) };
        let judged = found.certificates.len();
        let links = found.certificates.iter().chain(&kept).filter_map(|i| self.pool.get(*i)).map(|c| Link {
            certificate: c.certificate.clone(),
            place: c.place.clone(),
            source: c.source,
            url: c.url.clone(),
        });
        let chain = Chain::new(links.collect(), judged, found.anchor);
        Chosen { chain, judgement, cut, alternatives: Vec::new() }
    }
}
