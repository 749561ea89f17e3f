//! From a pool of certificates to candidate paths, and to the gaps where an issuer is missing.
//!
//! Nodes are entities (subject and key), certificates are edges: a certificate leads from the entity
//! it speaks of to the one that signed it. The room is pure: it does no I/O and knows no clock; what
//! a signature or a date is worth it asks of an [`Oracle`].

mod budget;
mod graph;
mod order;
mod search;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::cert::{Certificate, Entity, NameKey};
use crate::roots::Anchor;

pub use budget::SearchBudget;
pub use graph::{Graph, Link};
pub(crate) use graph::{has_bad_signature, issuer_of, namesakes};
pub use order::Ranking;
pub use search::{Found, Search};

/// The most certificates of a path, leaf counted, anchor not. Six intermediates is what webpki and
/// Firefox go through; one more leaves room for what `chain-too-long` reports.
pub const MAX_CERTIFICATES: usize = 8;

/// An ordered path from the leaf up to, but without, the anchor.
#[derive(Clone, Debug)]
pub struct CandidatePath {
    /// Leaf first; each is issued by the next, the last by the anchor.
    pub certificates: Vec<Arc<Certificate>>,
    /// Where it ends.
    pub anchor: Arc<Anchor>,
}

/// A certificate whose issuer is missing, or whose issuers at hand lead nowhere.
#[derive(Clone, Debug)]
pub struct Gap {
    /// The certificate whose issuer is sought.
    pub child: Arc<Certificate>,
    /// Why what is at hand does not do.
    pub why: Why,
}

/// Why there is a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// No certificate has the issuer's name.
    NoIssuer,
    /// Some have its name, but none the key that verifies the signature.
    WrongKey,
    /// An issuer is at hand, but no valid path goes through it.
    LeadsNowhere,
}

/// What the crypto said about a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureCheck {
    /// It verifies.
    Valid,
    /// It verifies, but by an algorithm or with a key that no client takes any more (SHA-1, RSA
    /// below 2048 bits): a link for the diagnosis, never for a chain.
    Weak,
    /// It does not verify with this key.
    Invalid,
    /// Algorithm or key are of a kind that is not supported here.
    Unsupported,
    /// Not computed, since the bundle has used up what signatures may cost it.
    Unchecked,
}

/// What the search must know about certificates and cannot know itself.
pub trait Oracle {
    /// Whether `issuer`'s key verifies the signature on `child`.
    fn signature(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck;
    /// What that check costs, in units of one with a P-256 key.
    fn cost(&self, _child: &Certificate, _issuer: &Certificate) -> u64 {
        1
    }
    /// Whether so many certificates of one name may be looked at in search of an issuer. Where each of
    /// thousands looks at thousands, the looking is what costs.
    fn may_look_at(&self, _certificates: usize) -> bool {
        true
    }
    /// The trust anchors of this name, whatever their key.
    fn anchors(&self, name: &NameKey) -> Vec<Arc<Anchor>>;
    /// Whether this intermediate could stand on a valid path at all.
    fn fits(&self, intermediate: &Certificate) -> bool;
    /// Whether this anchor could end a valid path.
    fn anchor_fits(&self, anchor: &Certificate) -> bool;
    /// Whether `issuer` may stand directly above `child`, beyond name and signature (key ids).
    fn adjoins(&self, child: &Certificate, issuer: &Certificate) -> bool;
    /// Whether clients that settle on an issuer by its name, before they look at any signature, settle
    /// on another key than that of `issuer`, which signed `child`; `None` where nobody at hand did.
    fn is_mistakable(&self, _child: &Certificate, _issuer: Option<&Entity>) -> bool {
        false
    }
    /// Whether `upper`'s constraints allow the intermediate `lower` somewhere below it.
    fn allows(&self, upper: &Certificate, lower: &Certificate) -> bool;
}

/// Whether a certificate is signed by its own key: by its key identifiers where it has both, else by
/// its signature.
pub fn is_self_signed(certificate: &Certificate, oracle: &dyn Oracle) -> bool {
    if !certificate.is_self_issued() {
        return false;
    }
    let fields = certificate.fields();
    match (fields.issuer_key_id(), fields.subject_key_id.as_deref()) {
        (Some(issuer), Some(own)) => issuer == own,
        _ => !matches!(oracle.signature(certificate, certificate), SignatureCheck::Invalid),
    }
}
