//! Reach: everything that can be got to from the leaf, a level at a time.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;

use super::SignatureCheck;
use super::{Gap, MAX_CERTIFICATES, Oracle, SearchBudget, Why, is_self_signed};
use crate::cert::{Certificate, Entity, Time};
use crate::pool::CertPool;
use crate::roots::Anchor;

/// Where a certificate's signature leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// To this entity, by name and signature.
    To(usize),
    /// To its own entity: self-signed.
    Itself,
    /// Nowhere: some have the issuer's name, none the key that verifies the signature.
    WrongKey,
    /// Nowhere: nobody has the issuer's name.
    NoIssuer,
}

/// An entity, and what is known of it.
#[derive(Debug, Default)]
pub struct Node {
    /// Certificates (pool indices) that speak of it, fit to stand on a path, sorted by fingerprint.
    pub certificates: Vec<usize>,
    /// Anchors with its name and key, fit to end a path.
    pub anchors: Vec<Arc<Anchor>>,
    /// How many certificates stand between leaf and entity at the least, the leaf counted.
    pub level: usize,
}

/// What can be reached from a leaf.
pub struct Graph<'a> {
    pub(super) pool: &'a CertPool,
    pub(super) oracle: &'a dyn Oracle,
    pub(super) leaf: usize,
    nodes: IndexMap<Entity, Node>,
    links: HashMap<usize, Link>,
    mistakable: HashSet<usize>,
    signatures_left: Cell<u64>,
}

impl<'a> Graph<'a> {
    /// Everything reachable from the certificate at `leaf` by name and signature, through
    /// certificates that fit, within [`MAX_CERTIFICATES`].
    pub fn reach(pool: &'a CertPool, leaf: usize, oracle: &'a dyn Oracle, budget: &SearchBudget) -> Self {
        let mut graph = Self {
            pool,
            oracle,
            leaf,
            nodes: IndexMap::new(),
            links: HashMap::new(),
            mistakable: HashSet::new(),
            signatures_left: Cell::new(budget.signatures),
        };
        graph.grow();
        graph
    }

    /// When the leaf was issued, by its notBefore.
    pub(super) fn issued(&self) -> Option<Time> {
        self.pool.get(self.leaf).and_then(|leaf| leaf.certificate.not_before())
    }

    fn grow(&mut self) {
        let mut frontier = vec![self.leaf];
        for level in 1..=MAX_CERTIFICATES {
            let mut next = Vec::new();
            for index in frontier {
                let Link::To(entity) = self.follow(index, level) else { continue };
                let Some((_, node)) = self.nodes.get_index(entity) else { continue };
                if node.level == level {
                    next.extend(node.certificates.iter().copied().filter(|c| !self.links.contains_key(c)));
                }
            }
            if level == MAX_CERTIFICATES || next.is_empty() {
                break;
            }
            next.sort_unstable();
            next.dedup();
            frontier = next;
        }
    }

    /// Finds and remembers where the certificate at `index`, the `level`th from the leaf, leads.
    fn follow(&mut self, index: usize, level: usize) -> Link {
        if let Some(link) = self.links.get(&index) {
            return *link;
        }
        let pool = self.pool;
        let Some(candidate) = pool.get(index) else { return Link::NoIssuer };
        let certificate = &candidate.certificate;
        let link = match self.issuer_of(certificate) {
            Ok(entity) if entity == *certificate.entity() && !self.is_trusted(&entity) => Link::Itself,
            Ok(entity) if entity == *certificate.entity() && index != self.leaf => Link::Itself,
            Ok(entity) => {
                if index != self.leaf && self.oracle.is_mistakable(certificate, Some(&entity)) {
                    self.mistakable.insert(index);
                }
                Link::To(self.node(entity, level))
            }
            Err(link) => link,
        };
        self.links.insert(index, link);
        link
    }

    fn is_trusted(&self, entity: &Entity) -> bool {
        self.oracle.anchors(&entity.subject).iter().any(|a| a.certificate.entity() == entity)
    }

    fn issuer_of(&self, certificate: &Certificate) -> Result<Entity, Link> {
        issuer_of(self.pool, self.oracle, certificate, &|issuer| self.spend(self.oracle.cost(certificate, issuer)))
    }

    /// Takes the cost of a check from the budget; false where that is spent.
    fn spend(&self, cost: u64) -> bool {
        let left = self.signatures_left.get().checked_sub(cost);
        self.signatures_left.set(left.unwrap_or(0));
        left.is_some()
    }

    fn node(&mut self, entity: Entity, level: usize) -> usize {
        if let Some(index) = self.nodes.get_index_of(&entity) {
            return index;
        }
        let mut certificates: Vec<usize> = self
            .pool
            .of(&entity)
            .filter(|(index, c)| *index != self.leaf && self.oracle.fits(&c.certificate))
            .map(|(index, _)| index)
            .collect();
        certificates.sort_by_cached_key(|index| self.pool.get(*index).map(|c| c.certificate.fingerprint()));
        let anchors = self.oracle.anchors(&entity.subject).into_iter();
        let anchors =
            anchors.filter(|a| a.certificate.entity() == &entity && self.oracle.anchor_fits(&a.certificate)).collect();
        let (index, _) = self.nodes.insert_full(entity, Node { certificates, anchors, level });
        index
    }

    /// The entity at this index.
    pub fn get(&self, entity: usize) -> Option<&Node> {
        self.nodes.get_index(entity).map(|(_, node)| node)
    }

    /// The entities reached, in order of their index.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    /// Where this certificate (a pool index) leads, if it was reached.
    pub fn link(&self, certificate: usize) -> Option<Link> {
        self.links.get(&certificate).copied()
    }

    /// Whether clients that go by names go wrong at this certificate; never at the leaf, which every path
    /// has.
    pub(super) fn is_mistakable(&self, certificate: usize) -> bool {
        self.mistakable.contains(&certificate)
    }

    /// Whether the budget ended before everything was looked at.
    pub fn is_exhausted(&self) -> bool {
        self.signatures_left.get() == 0
    }

    /// The certificates reached that stand on no valid path, given that there is none at all: those
    /// without an issuer first, then the topmost.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps: Vec<(Why, usize, Gap)> = Vec::new();
        let leaf = (self.leaf, 0);
        let others = self.nodes.values().flat_map(|node| node.certificates.iter().map(|c| (*c, node.level)));
        for (index, level) in std::iter::once(leaf).chain(others) {
            let why = match self.links.get(&index) {
                Some(Link::NoIssuer) => Why::NoIssuer,
                Some(Link::WrongKey) => Why::WrongKey,
                Some(Link::To(_)) => Why::LeadsNowhere,
                Some(Link::Itself) | None => continue,
            };
            if let Some(candidate) = self.pool.get(index).filter(|_| level + 1 < MAX_CERTIFICATES) {
                gaps.push((why, level, Gap { child: candidate.certificate.clone(), why }));
            }
        }
        gaps.sort_by_key(|(why, level, gap)| (*why == Why::LeadsNowhere, usize::MAX - level, gap.child.fingerprint()));
        gaps.into_iter().map(|(_, _, gap)| gap).collect()
    }
}

/// The child's authorityKeyIdentifier names the issuer's subjectKeyIdentifier.
pub(crate) fn key_ids_match(child: &Certificate, issuer: &Certificate) -> bool {
    let wanted = child.fields().issuer_key_id();
    wanted.is_some() && wanted == issuer.fields().subject_key_id.as_deref()
}

/// The entity whose name and key issued `certificate`, among the pool and the anchors; the error is
/// why there is none. `spend` is asked before each signature check.
pub(crate) fn issuer_of(
    pool: &CertPool,
    oracle: &dyn Oracle,
    certificate: &Certificate,
    spend: &dyn Fn(&Certificate) -> bool,
) -> Result<Entity, Link> {
    let candidates = namesakes(pool, oracle, certificate);
    if candidates.is_empty() {
        return Err(Link::NoIssuer);
    }
    if certificate.is_self_issued() && is_its_own_issuer(oracle, certificate, spend) {
        return Ok(certificate.entity().clone());
    }
    for (entity, issuer) in candidates {
        if !spend(&issuer) {
            break;
        }
        if oracle.signature(certificate, &issuer) == SignatureCheck::Valid {
            return Ok(entity);
        }
    }
    Err(Link::WrongKey)
}

/// Whether a self-issued certificate is self-signed, rather than one for the new key of a CA signed
/// with its old one. Nobody judges a root's own signature: neither that of a trusted certificate
/// matters here, nor that of one whose key identifiers are the same.
fn is_its_own_issuer(oracle: &dyn Oracle, certificate: &Certificate, spend: &dyn Fn(&Certificate) -> bool) -> bool {
    let names_its_key = certificate.fields().issuer_key_id().is_some();
    let anchors = oracle.anchors(&certificate.entity().subject);
    anchors.iter().any(|anchor| *anchor.certificate == *certificate)
        || ((names_its_key || spend(certificate)) && is_self_signed(certificate, oracle))
}

/// Whether a certificate's signature is known to be wrong: its issuer is at hand, by name and key
/// identifier, and no key of that name verifies it.
pub(crate) fn has_bad_signature(pool: &CertPool, oracle: &dyn Oracle, certificate: &Certificate) -> bool {
    if certificate.is_self_issued() {
        return false;
    }
    let candidates = namesakes(pool, oracle, certificate);
    candidates.iter().any(|(_, issuer)| key_ids_match(certificate, issuer))
        && candidates.iter().all(|(_, issuer)| oracle.signature(certificate, issuer) == SignatureCheck::Invalid)
}

/// How many certificates of a name are looked at once the oracle wants no more looked at: as many as
/// the largest real families of cross-certificates and renewals have.
const FEW_NAMESAKES: usize = 16;

/// The entities with the name of the certificate's issuer, each with one certificate that speaks of
/// it; those that its authorityKeyIdentifier names first.
pub(crate) fn namesakes(
    pool: &CertPool,
    oracle: &dyn Oracle,
    certificate: &Certificate,
) -> Vec<(Entity, Arc<Certificate>)> {
    let name = certificate.issuer_key();
    let most = if oracle.may_look_at(pool.count_named(name)) { usize::MAX } else { FEW_NAMESAKES };
    let pooled = pool.named(name).take(most).map(|(_, candidate)| candidate.certificate.clone());
    let trusted = oracle.anchors(name).into_iter().map(|anchor| anchor.certificate.clone());
    let issuers: Vec<Arc<Certificate>> = pooled.chain(trusted).collect();
    // Nearly always there is one, and nothing to compare.
    if let [only] = issuers.as_slice() {
        return vec![(only.entity().clone(), Arc::clone(only))];
    }
    let mut found: IndexMap<Entity, Arc<Certificate>> = IndexMap::new();
    for issuer in issuers {
        // Of twins the one that the child names, else the lowest: the order of arrival must not show.
        let rank = |issuer: &Certificate| (!key_ids_match(certificate, issuer), issuer.fingerprint());
        let speaker = found.entry(issuer.entity().clone()).or_insert_with(|| issuer.clone());
        if *speaker != issuer && rank(&issuer) < rank(speaker) {
            *speaker = issuer;
        }
    }
    let mut ordered: Vec<_> = found.into_iter().collect();
    ordered.sort_by_cached_key(|(entity, issuer)| (!key_ids_match(certificate, issuer), entity.key));
    ordered
}
