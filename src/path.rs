//! From a pool of certificates to candidate paths, and to the gaps where an issuer is missing.

use std::sync::Arc;

use crate::cert::Certificate;
use crate::roots::Anchor;

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
