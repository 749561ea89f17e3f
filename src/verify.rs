//! Who judges: two judges, independent of each other, on exactly one ordered path.
//!
//! [`judge`] asks ours first, RFC 5280 §6.1, which finds every failure and puts it on the
//! certificate at fault; where that accepts it asks webpki, the verifier of rustls, as the second
//! opinion. What fails for a certificate by itself is also the veto by which the search drops it:
//! [`leaf_faults`], [`intermediate_faults`], [`anchor_faults`] and [`constraints_allow`].
//!
//! This is the only room that names webpki and the crypto provider. It reads no file, no clock and
//! no network: the time comes with the [`Context`].

mod constraints;
mod digest;
mod gaps;
mod imposed;
mod key;
mod mistaken;
mod names;
mod own;
#[cfg(feature = "pkcs12")]
pub(crate) mod password;
mod policies;
mod pss;
mod purpose;
mod revoked;
mod rfc5280;
mod shape;
mod signatures;
mod strength;
mod strict;
#[cfg(test)]
mod tests;
mod time;
mod webpki;

use std::sync::Arc;

use crate::cert::{Certificate, Time};
use crate::path::CandidatePath;
use crate::report::Remedy;
use crate::roots::Anchor;
use crate::rules::Rule;

pub(crate) use constraints::Budget as Comparisons;
pub(crate) use digest::sha256;
pub use key::public_key_matches;
pub use mistaken::{Mistaken, mistaken_issuer};
pub use names::{Host, NotAHost, host_matches};
pub use revoked::{Revoked, RevokedList};
pub(crate) use signatures::cost_of;
pub use signatures::{SignatureCheck, Signatures};

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

/// For what, for whom and when a path is judged.
#[derive(Clone, Debug)]
pub struct Context {
    /// The time.
    pub at: Time,
    /// The purpose.
    pub purpose: Purpose,
    /// The name that the leaf must be valid for, if one was given.
    pub host: Option<Host>,
    /// What is known to be revoked.
    pub revoked: Revoked,
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
    /// The same as data, where it can be told so.
    pub remedy: Option<Remedy>,
}

impl Fault {
    pub(crate) fn new(rule: Rule, message: impl Into<String>) -> Self {
        Self { rule, message: message.into(), help: None, remedy: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
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
///
/// rfc5280 lists every failure, each with the position of the certificate at fault. Where it finds
/// none, webpki is asked; a refusal for one of its known gaps becomes a note (`beyond-webpki`), any
/// other a failure of that rule. A path whose only certificate is the anchor itself, a trusted
/// self-signed leaf, is judged as a leaf; its own signature is not.
pub fn judge(path: &CandidatePath, context: &Context, signatures: &Signatures) -> Judgement {
    judge_within(path, context, signatures, &mut Comparisons::default())
}

/// [`judge`], within what comparisons with constraints may still cost: a name that there is nothing
/// left to compare for refuses the path.
pub(crate) fn judge_within(
    path: &CandidatePath,
    context: &Context,
    signatures: &Signatures,
    comparisons: &mut Comparisons,
) -> Judgement {
    let mut judgement = rfc5280::judge(path, context, signatures, comparisons);
    if judgement.accepted() {
        webpki::judge(path, context, signatures, &mut judgement);
    }
    judgement
}

/// rfc5280 alone on a tail: `certificates` is a valid path and, from position `from` on, what is sent
/// above its anchor, link by link. Who issued the topmost is not asked. Every failure is due to the
/// tail, though a certificate below may be where it shows.
pub(crate) fn tail_failures(
    certificates: &[Arc<Certificate>],
    from: usize,
    context: &Context,
    signatures: &Signatures,
    comparisons: &mut Comparisons,
) -> Vec<Failure> {
    let Some((top, below)) = certificates.split_last().filter(|(_, below)| below.len() >= from) else {
        return Vec::new();
    };
    let anchor = Arc::new(Anchor::new(top.clone(), "tail"));
    let path = CandidatePath { certificates: below.to_vec(), anchor };
    // As an anchor the topmost is judged more leniently than as what it is.
    let own = own::intermediate(top, context).into_iter();
    let mut failures: Vec<_> = own.map(|fault| Failure { position: below.len(), fault }).collect();
    failures.extend(rfc5280::judge(&path, context, signatures, comparisons).failures);
    failures
}

/// What is wrong with a leaf for itself, whatever its path: dates, revocation, form, critical extensions, key,
/// signature algorithm, extKeyUsage, keyUsage, and the host if the context names one.
pub fn leaf_faults(leaf: &Certificate, context: &Context) -> Vec<Fault> {
    own::leaf(leaf, context)
}

/// What is wrong with an intermediate for itself, and with its constraints against the leaf.
pub fn intermediate_faults(intermediate: &Certificate, leaf: &Certificate, context: &Context) -> Vec<Fault> {
    intermediate_faults_within(intermediate, leaf, context, &mut Comparisons::default())
}

/// What is wrong with an anchor for itself (its dates, its CA bits, its key), and with its
/// constraints against the leaf. Of an anchor that is the leaf: what is wrong with the leaf.
pub fn anchor_faults(anchor: &Certificate, leaf: &Certificate, context: &Context) -> Vec<Fault> {
    anchor_faults_within(anchor, leaf, context, &mut Comparisons::default())
}

/// Whether `upper`'s name constraints allow the names of `lower`, which stands below it. A
/// self-issued `lower` is exempt unless it is the leaf (RFC 5280 §6.1.3 (b) and (c)).
pub fn constraints_allow(upper: &Certificate, lower: &Certificate, lower_is_leaf: bool) -> bool {
    constraints_allow_within(upper, lower, lower_is_leaf, &mut Comparisons::default())
}

/// [`intermediate_faults`], within what comparisons with constraints may still cost the bundle.
pub(crate) fn intermediate_faults_within(
    intermediate: &Certificate,
    leaf: &Certificate,
    context: &Context,
    comparisons: &mut Comparisons,
) -> Vec<Fault> {
    let mut faults = own::intermediate(intermediate, context);
    faults.extend(own::constraint_fault(intermediate, leaf, comparisons));
    faults
}

/// [`anchor_faults`], within what comparisons may still cost.
pub(crate) fn anchor_faults_within(
    anchor: &Certificate,
    leaf: &Certificate,
    context: &Context,
    comparisons: &mut Comparisons,
) -> Vec<Fault> {
    if anchor == leaf {
        return own::leaf(leaf, context);
    }
    let mut faults = own::anchor(anchor, context);
    faults.extend(own::constraint_fault(anchor, leaf, comparisons));
    faults
}

/// [`constraints_allow`], within what comparisons may still cost.
pub(crate) fn constraints_allow_within(
    upper: &Certificate,
    lower: &Certificate,
    lower_is_leaf: bool,
    comparisons: &mut Comparisons,
) -> bool {
    constraints::breach(upper, lower, lower_is_leaf, comparisons).is_none()
}

/// Whether nothing in the child's authorityKeyIdentifier speaks against this issuer: neither the key
/// identifier nor the issuer's own issuer and serial number (RFC 5280 §4.2.1.1).
pub fn key_ids_agree(child: &Certificate, issuer: &Certificate) -> bool {
    rfc5280::key_id_fault(child, issuer).is_none()
}

/// What is wrong between a certificate and the one above it: name, signature, key identifiers. The
/// fault is the child's.
pub fn link_fault(child: &Certificate, issuer: &Certificate, signatures: &Signatures) -> Option<Fault> {
    rfc5280::link_fault(child, issuer, signatures)
}
