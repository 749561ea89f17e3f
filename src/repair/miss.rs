//! The nearest miss: where no path is valid, the one that went furthest, and what is wrong with it;
//! and the other ways up that were tried.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use super::Work;
use crate::cert::{Certificate, Entity, Fingerprint};
use crate::path::{CandidatePath, Link, MAX_CERTIFICATES, Oracle, is_self_signed, namesakes};
use crate::pool::Candidate;
use crate::report::Source;
use crate::roots::Anchor;
use crate::verify::{self, Failure, Fault, SignatureCheck};

/// How many ways up are looked at for the diagnosis; past this the nearest of these is explained.
const MAX_WAYS: usize = 64;

/// How many namesakes of an issuer are tried for the diagnosis.
const MAX_NAMESAKES: usize = 16;

/// How many certificates are looked at to see whether a way that is too long only leads round: more than
/// thirty CAs have, each with a certificate from every other.
const MAX_ROUND: usize = 1_000;

/// How a way up ends.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// At a trust anchor; something on the way is wrong.
    Anchor(Arc<Anchor>),
    /// Nobody at hand has the issuer's name.
    NoIssuer,
    /// Somebody has the issuer's name, but another key.
    WrongKey,
    /// At a self-signed certificate that is not trusted; it stands last on the way.
    Untrusted,
    /// In a circle.
    Circle,
    /// Beyond the certificates that a path may have.
    TooLong,
}

/// A way up from the leaf that is no valid path.
#[derive(Clone, Debug)]
pub(super) struct Miss {
    /// Leaf first.
    pub(super) certificates: Vec<Arc<Certificate>>,
    pub(super) end: End,
    /// What is wrong, by position; the length of `certificates` means the anchor.
    pub(super) failures: Vec<Failure>,
}

impl Miss {
    /// Whether the way ends for want of this certificate's issuer, or of a better one than it has.
    pub(super) fn lacks(&self, child: &Certificate) -> bool {
        let Some(position) = self.certificates.iter().position(|c| **c == *child) else { return false };
        let top = position + 1 == self.certificates.len();
        let faulty = self.failures.iter().any(|f| f.position == position + 1);
        faulty || (top && matches!(self.end, End::NoIssuer | End::WrongKey))
    }

    /// What is wrong, each with the certificate at fault.
    pub(super) fn faults(&self) -> impl Iterator<Item = (&Failure, &Arc<Certificate>)> {
        let anchor = match &self.end {
            End::Anchor(anchor) => Some(&anchor.certificate),
            _ => None,
        };
        self.failures.iter().filter_map(move |f| Some((f, self.certificates.get(f.position).or(anchor)?)))
    }

    /// Its certificates, and the anchor if it reaches one: the same anchor may stand in two stores.
    fn identity(&self) -> Vec<Fingerprint> {
        let anchor = match &self.end {
            End::Anchor(anchor) => Some(anchor.certificate.fingerprint()),
            _ => None,
        };
        self.certificates.iter().map(|c| c.fingerprint()).chain(anchor).collect()
    }
}

/// The ways up that were looked at.
#[derive(Clone, Debug)]
pub(super) struct Misses {
    /// The one that went furthest.
    pub(super) nearest: Miss,
    /// The others, the nearest first. None where no other way could be better: the leaf itself is at
    /// fault.
    pub(super) others: Vec<Miss>,
}

impl Misses {
    /// Whether the certificate of this fingerprint stands on another way than the nearest.
    pub(super) fn only_others_hold(&self, sha256: &str) -> bool {
        let holds = |miss: &Miss| miss.certificates.iter().any(|c| c.fingerprint().to_string() == sha256);
        !holds(&self.nearest) && self.others.iter().any(holds)
    }
}

/// Which candidates of the pool a diagnosis looks at.
type Counts<'a> = &'a dyn Fn(&Candidate) -> bool;

/// How a child hangs on an issuer, for the diagnosis.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    Verified,
    Weak,
    Unsupported,
    /// The signature is wrong, but name and key identifiers say that this is the issuer.
    Broken,
}

impl Work<'_> {
    /// The ways up: the one that went furthest (to an anchor if there is one, then with the least
    /// wrong, then well for the longest, then the longest), and the others.
    pub(super) fn misses(&self) -> Misses {
        self.misses_among(&|_| true)
    }

    /// The way that went furthest in what the input holds.
    pub(super) fn nearest_miss_in_the_input(&self) -> Miss {
        self.misses_among(&|candidate| candidate.source == Source::Input).nearest
    }

    fn misses_among(&self, counts: Counts<'_>) -> Misses {
        let mut ways = Vec::new();
        self.climb(vec![self.judge.leaf.clone()], counts, &mut ways);
        let mut misses: Vec<Miss> = ways.into_iter().map(|(way, end)| self.explain(way, end)).collect();
        misses.sort_by_cached_key(|miss| {
            let rank = match miss.end {
                End::Anchor(_) => 0,
                // A cross-certificate whose own issuer nobody has, beside the root that it certifies.
                End::NoIssuer | End::WrongKey if self.has_self_signed_twin(&miss.certificates) => 3,
                End::NoIssuer | End::WrongKey => 1,
                End::Untrusted => 2,
                End::Circle | End::TooLong => 3,
            };
            let well = miss.failures.iter().map(|failure| failure.position).min();
            let names: Vec<String> = miss.certificates.iter().map(|c| c.issuer().to_string()).collect();
            (rank, miss.failures.len(), Reverse(well), Reverse(miss.certificates.len()), names)
        });
        let mut misses = misses.into_iter();
        let nearest = misses.next().unwrap_or_else(|| self.explain(vec![self.judge.leaf.clone()], End::NoIssuer));
        let mut seen = HashSet::from([nearest.identity()]);
        let is_new = |miss: &Miss| !matches!(miss.end, End::Circle) && seen.insert(miss.identity());
        let others = if self.no_way_is_better(&nearest) { Vec::new() } else { misses.filter(is_new).collect() };
        Misses { nearest, others }
    }

    /// What is wrong is wrong whichever way is taken: the leaf, or what no path shows, such as its key.
    fn no_way_is_better(&self, nearest: &Miss) -> bool {
        let is_whole = matches!(nearest.end, End::Anchor(_)) && nearest.failures.is_empty();
        is_whole || !verify::leaf_faults(&self.judge.leaf, self.judge.context).is_empty()
    }

    /// Whether the last certificate of a way has a self-signed twin at hand.
    fn has_self_signed_twin(&self, way: &[Arc<Certificate>]) -> bool {
        let [.., _, top] = way else { return false };
        self.pool.of(top.entity()).any(|(_, twin)| is_self_signed(&twin.certificate, &self.judge))
    }

    /// Goes on from the last certificate of `way`; finished ways are added to `ways`.
    fn climb(&self, way: Vec<Arc<Certificate>>, counts: Counts<'_>, ways: &mut Vec<(Vec<Arc<Certificate>>, End)>) {
        let Some(top) = way.last().cloned() else { return };
        if ways.len() >= MAX_WAYS {
            return;
        }
        if way.len() > 1 && is_self_signed(&top, &self.judge) {
            return ways.push((way, End::Untrusted));
        }
        let issuers = match self.issuers_for_diagnosis(&top) {
            Ok(issuers) => issuers,
            // Nobody was asked for it: one more certificate would be one too many.
            Err(End::NoIssuer) if way.len() >= MAX_CERTIFICATES => return ways.push((way, End::TooLong)),
            Err(end) => return ways.push((way, end)),
        };
        for entity in issuers {
            let anchors = self.judge.anchors(&entity.subject);
            let mut anchored = false;
            for anchor in anchors.into_iter().filter(|a| a.certificate.entity() == &entity) {
                ways.push((way.clone(), End::Anchor(anchor)));
                anchored = true;
            }
            let twins = self.pool.of(&entity).filter(|(_, candidate)| counts(candidate));
            let mut twins: Vec<_> = twins.map(|(_, candidate)| &candidate.certificate).collect();
            if !anchored && twins.is_empty() {
                ways.push((way.clone(), End::NoIssuer));
            }
            twins.sort_by_key(|certificate| certificate.fingerprint());
            for certificate in twins {
                if ways.len() >= MAX_WAYS {
                    return;
                }
                if anchored && is_self_signed(certificate, &self.judge) {
                    continue;
                }
                if way.iter().any(|c| c.entity() == certificate.entity()) {
                    let end = if way.len() == 1 { End::Untrusted } else { End::Circle };
                    ways.push((way.clone(), end));
                } else if way.len() >= MAX_CERTIFICATES {
                    let end = if self.only_leads_round(certificate) { End::Circle } else { End::TooLong };
                    ways.push((way.clone(), end));
                } else {
                    let mut longer = way.clone();
                    longer.push(certificate.clone());
                    self.climb(longer, counts, ways);
                }
            }
        }
    }

    /// Whether every way up from here comes back to where it was: no anchor, no root, no hole is met.
    fn only_leads_round(&self, from: &Arc<Certificate>) -> bool {
        let mut seen = HashSet::from([from.fingerprint()]);
        let mut open = vec![from.clone()];
        while let Some(certificate) = open.pop() {
            let Ok(issuers) = self.issuers_for_diagnosis(&certificate) else { return false };
            for entity in issuers {
                let mut twins = self.pool.of(&entity).map(|(_, twin)| &twin.certificate).peekable();
                let is_anchor = self.judge.anchors(&entity.subject).iter().any(|a| a.certificate.entity() == &entity);
                if is_anchor || twins.peek().is_none() || seen.len() > MAX_ROUND {
                    return false;
                }
                for twin in twins {
                    if is_self_signed(twin, &self.judge) {
                        return false;
                    }
                    if seen.insert(twin.fingerprint()) {
                        open.push(twin.clone());
                    }
                }
            }
        }
        true
    }

    /// The entities that may have issued the certificate: whoever's key verifies the signature, else
    /// whoever it says it was.
    fn issuers_for_diagnosis(&self, child: &Certificate) -> Result<Vec<Entity>, End> {
        let candidates = namesakes(&self.pool, &self.judge, child);
        if candidates.is_empty() {
            return Err(End::NoIssuer);
        }
        let mut held: Vec<(Hold, Entity)> = Vec::new();
        for (entity, issuer) in candidates.into_iter().take(MAX_NAMESAKES) {
            let hold = match self.judge.signature(child, &issuer) {
                SignatureCheck::Valid => Hold::Verified,
                SignatureCheck::Weak => Hold::Weak,
                SignatureCheck::Unsupported if !contradicts(child, &issuer) => Hold::Unsupported,
                SignatureCheck::Invalid if !contradicts(child, &issuer) && entity != *child.entity() => Hold::Broken,
                _ => continue,
            };
            held.push((hold, entity));
        }
        let Some(best) = held.iter().map(|(hold, _)| *hold).min() else { return Err(End::WrongKey) };
        Ok(held.into_iter().filter(|(hold, _)| *hold == best).map(|(_, entity)| entity).collect())
    }

    fn explain(&self, certificates: Vec<Arc<Certificate>>, end: End) -> Miss {
        let failures = match &end {
            End::Anchor(anchor) => {
                let path = CandidatePath { certificates: certificates.clone(), anchor: anchor.clone() };
                self.judge.judge(&path).failures
            }
            _ => self.failures_without_anchor(&certificates, &end),
        };
        Miss { certificates, end, failures }
    }

    /// What the certificates of a way without an anchor say against themselves and each other.
    fn failures_without_anchor(&self, certificates: &[Arc<Certificate>], end: &End) -> Vec<Failure> {
        let mut failures = Vec::new();
        let mut add = |position, faults: Vec<Fault>| {
            failures.extend(faults.into_iter().map(|fault| Failure { position, fault }));
        };
        for (position, certificate) in certificates.iter().enumerate() {
            let is_root = matches!(end, End::Untrusted) && position > 0 && position + 1 == certificates.len();
            if position == 0 {
                add(0, verify::leaf_faults(certificate, self.judge.context));
            } else if is_root {
                add(position, self.judge.anchor_faults(certificate));
            } else {
                add(position, self.judge.intermediate_faults(certificate).to_vec());
            }
        }
        for (position, pair) in certificates.windows(2).enumerate() {
            let [child, issuer] = pair else { continue };
            add(position, self.judge.link_fault(child, issuer).into_iter().collect());
        }
        failures
    }

    /// Why the search has no link for this certificate, for the gap's words.
    pub(super) fn has_namesake(&self, child: &Certificate) -> Link {
        if namesakes(&self.pool, &self.judge, child).is_empty() { Link::NoIssuer } else { Link::WrongKey }
    }
}

/// The child's authorityKeyIdentifier names another key than the issuer's.
fn contradicts(child: &Certificate, issuer: &Certificate) -> bool {
    let (wanted, own) = (child.fields().issuer_key_id(), issuer.fields().subject_key_id.as_deref());
    wanted.zip(own).is_some_and(|(wanted, own)| wanted != own)
}
