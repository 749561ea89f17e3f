//! What there is to find, by brute force: every way up, each put to the judges.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use chainmend::cert::{Certificate, Fingerprint};
use chainmend::choose::{Order, PreferredRoot};
use chainmend::path::{CandidatePath, MAX_CERTIFICATES};
use chainmend::roots::Anchor;
use chainmend::rules::Rule;
use chainmend::verify::{Context, Revoked, SignatureCheck, Signatures, intermediate_faults, judge, key_ids_agree};

use crate::random::Drawn;

/// Which certificates count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    Input,
    All,
}

/// A path that both judges accept.
#[derive(Clone)]
pub struct Valid {
    pub path: CandidatePath,
}

impl Valid {
    pub fn prints(&self) -> Vec<Fingerprint> {
        crate::prints(&self.path.certificates)
    }
}

/// What must come out.
pub struct Expected {
    pub path: Valid,
    pub tail: Vec<Arc<Certificate>>,
    /// By rule 1.
    pub kept: bool,
}

pub struct Truth {
    pub valid: Vec<Valid>,
    pool: Vec<Arc<Certificate>>,
    leaf: Arc<Certificate>,
    anchors: Vec<Arc<Anchor>>,
    context: Context,
    signatures: Signatures,
    issuers: HashMap<(Fingerprint, Fingerprint), bool>,
}

impl Truth {
    pub fn of(drawn: &Drawn, pool: Pool) -> Self {
        let counts = |m: &&crate::random::Made| m.in_file || (pool == Pool::All && m.on_shelf);
        let anchors = drawn.trusted().into_iter();
        let mut truth = Self {
            valid: Vec::new(),
            pool: drawn.made.iter().filter(counts).map(|m| m.certificate.clone()).collect(),
            leaf: drawn.leaf.clone(),
            anchors: anchors.map(|certificate| Arc::new(Anchor::new(certificate, "test"))).collect(),
            context: Context { at: drawn.at(), purpose: drawn.purpose(), host: None, revoked: Revoked::default() },
            signatures: Signatures::default(),
            issuers: HashMap::new(),
        };
        truth.climb(vec![drawn.leaf.clone()]);
        truth
    }

    fn issued(&mut self, child: &Arc<Certificate>, issuer: &Arc<Certificate>) -> bool {
        let key = (child.fingerprint(), issuer.fingerprint());
        if let Some(known) = self.issuers.get(&key) {
            return *known;
        }
        let issued = *child.issuer_key() == issuer.entity().subject
            && self.signatures.check(child, issuer) == SignatureCheck::Valid;
        self.issuers.insert(key, issued);
        issued
    }

    fn climb(&mut self, way: Vec<Arc<Certificate>>) {
        let top = way.last().unwrap().clone();
        for anchor in self.anchors.clone() {
            if self.issued(&top, &anchor.certificate) {
                let path = CandidatePath { certificates: way.clone(), anchor };
                if judge(&path, &self.context, &self.signatures).accepted() {
                    self.valid.push(Valid { path });
                }
            }
        }
        if way.len() == MAX_CERTIFICATES {
            return;
        }
        for next in self.pool.clone() {
            let again = way.iter().any(|c| c.entity() == next.entity());
            if !again && !self.issued(&next.clone(), &next) && self.issued(&top, &next) {
                self.climb(way.iter().cloned().chain([next]).collect());
            }
        }
    }

    /// The certificates of the file, roots apart, that speak of whoever issued this one.
    fn above(&self, child: &Arc<Certificate>) -> Vec<Arc<Certificate>> {
        let mut truth = Self { issuers: HashMap::new(), valid: Vec::new(), pool: Vec::new(), ..self.copied() };
        let all = self.pool.clone();
        let fits = |c: &Arc<Certificate>, truth: &mut Self| truth.issued(child, c) && !truth.issued(&c.clone(), c);
        all.into_iter().filter(|c| fits(c, &mut truth)).collect()
    }

    fn copied(&self) -> Self {
        Self {
            valid: Vec::new(),
            pool: Vec::new(),
            leaf: self.leaf.clone(),
            anchors: self.anchors.clone(),
            context: self.context.clone(),
            signatures: Signatures::default(),
            issuers: HashMap::new(),
        }
    }

    /// The file as one linear chain from here up, if it is one.
    fn linear(&self, start: &Arc<Certificate>) -> Option<Vec<Arc<Certificate>>> {
        let mut chain = vec![start.clone()];
        loop {
            let above = self.above(chain.last().unwrap());
            match above.as_slice() {
                [] => return Some(chain),
                [next] if !chain.contains(next) => chain.push(next.clone()),
                [_] => return Some(chain),
                _ => return None,
            }
        }
    }

    fn fits(&self, certificate: &Certificate) -> bool {
        intermediate_faults(certificate, &self.leaf, &self.context).is_empty()
    }

    /// By the text of the documentation.
    pub fn expected(&self, order: Order, preferred: Option<&PreferredRoot>) -> Expected {
        let keeps = order == Order::Auto && preferred.is_none();
        let linear = self.linear(&self.leaf).filter(|_| keeps);
        if let Some(chain) = linear {
            for length in (1..=chain.len()).rev() {
                let fitting = self.valid.iter().filter(|v| v.path.certificates == chain[..length]);
                if let Some(path) = fitting.min_by_key(|v| v.path.anchor.certificate.fingerprint()) {
                    return Expected { path: path.clone(), tail: self.tail_above(path), kept: true };
                }
            }
        }
        let path = self.valid.iter().min_by_key(|v| rank(v, order, preferred)).unwrap().clone();
        let tail = if keeps { self.tail_above(&path) } else { Vec::new() };
        Expected { path, tail, kept: false }
    }

    /// What stands above the anchor's name and key, link by link; of twins the best.
    fn tail_above(&self, path: &Valid) -> Vec<Arc<Certificate>> {
        let mut truth = self.copied();
        let mut below: Vec<Arc<Certificate>> = path.path.certificates.clone();
        below.push(path.path.anchor.certificate.clone());
        let mut tail: Vec<Arc<Certificate>> = Vec::new();
        loop {
            let top = below.last().unwrap().entity().clone();
            let mut twins: Vec<_> = self.pool.iter().filter(|c| *c.entity() == top).cloned().collect();
            twins.retain(|c| !below.iter().any(|b| truth.issued(c, b)));
            let better = |c: &Arc<Certificate>| {
                let unix = |time: Option<chainmend::cert::Time>| Reverse(time.unwrap().unix());
                (!self.fits(c), unix(c.not_after()), unix(c.not_before()), c.fingerprint())
            };
            let Some(best) = twins.into_iter().min_by_key(better) else { break };
            tail.push(best.clone());
            // Its issuer stands next, by whichever of its certificates.
            let issuer = self.pool.iter().find(|c| truth.issued(&best, c)).cloned();
            let Some(issuer) = issuer.filter(|_| path.path.certificates.len() + tail.len() < MAX_CERTIFICATES) else {
                break;
            };
            below.push(issuer);
        }
        self.tail(path, &tail)
    }

    /// Its issuer is at hand, and its key identifier contradicts that one; or it is at hand by name and
    /// key identifier, and did not sign it.
    fn is_forged(&self, certificate: &Arc<Certificate>) -> bool {
        let mut truth = self.copied();
        let wanted = certificate.fields().authority_key_id.as_ref().and_then(|aki| aki.key_id.clone());
        let at_hand = self.pool.iter().chain(self.anchors.iter().map(|a| &a.certificate)).cloned();
        let namesakes: Vec<_> = at_hand.filter(|c| c.entity().subject == *certificate.issuer_key()).collect();
        let signers: Vec<_> = namesakes.iter().filter(|c| truth.issued(certificate, c)).collect();
        if !signers.is_empty() {
            return !signers.iter().any(|issuer| key_ids_agree(certificate, issuer));
        }
        !certificate.is_self_issued()
            && wanted.is_some()
            && namesakes.iter().any(|c| c.fields().subject_key_id == wanted)
    }

    /// The tail if it is good all the way up: each a CA in date, and nothing in it that would refuse
    /// what is below it.
    fn tail(&self, path: &Valid, rest: &[Arc<Certificate>]) -> Vec<Arc<Certificate>> {
        let Some((top, below)) = rest.split_last() else { return Vec::new() };
        let certificates: Vec<_> = path.path.certificates.iter().chain(below).cloned().collect();
        let extended = CandidatePath { certificates, anchor: Arc::new(Anchor::new(top.clone(), "tail")) };
        let good = rest.iter().all(|c| self.fits(c));
        let judged = judge(&extended, &self.context, &self.signatures);
        // webpki has no word on a tail.
        let accepted = judged.failures.iter().all(|f| f.fault.rule == Rule::BeyondWebpki);
        if good && accepted && !self.is_forged(top) { rest.to_vec() } else { Vec::new() }
    }
}

type Rank = (bool, usize, usize, Reverse<i64>, Vec<Reverse<i64>>, Vec<Fingerprint>, Fingerprint);

/// Everything is signed with P-256 keys and stands in the file: what is left of the total order.
fn rank(valid: &Valid, order: Order, preferred: Option<&PreferredRoot>) -> Rank {
    let path = &valid.path;
    let expiry = path.certificates.iter().map(|c| c.not_after().unwrap().unix()).min().unwrap();
    let newest = path.certificates.iter().map(|c| Reverse(c.not_before().unwrap().unix())).collect();
    let missed = preferred.is_some_and(|p| !p.matches(&path.anchor));
    // Nothing is from outside the file, so that length decides in either order.
    let _ = order;
    let length = path.certificates.len();
    (missed, 0, length, Reverse(expiry), newest, valid.prints(), path.anchor.certificate.fingerprint())
}
