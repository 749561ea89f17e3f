//! Whom clients take for an issuer that look for it by name.
//!
//! OpenSSL (`ossl_x509_check_issued`, the trusted certificates first) and GnuTLS settle on an issuer by
//! its name and by what the key identifiers say, and only then look at the signature; if that does not
//! hold they do not go back for another of the same name. Java, Go and webpki do.

use std::sync::Arc;

use super::rfc5280;
use crate::cert::{Certificate, Entity};
use crate::roots::Anchor;

/// Whom a client may take for the issuer of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistaken {
    /// The certificate itself: one for another key of a CA, signed by that CA, looks self-signed.
    ForSelfSigned,
    /// A trusted certificate with the issuer's name and another key.
    ForTrusted,
}

/// Whom clients that go by names may take for the issuer of `child`, which the key of `issuer` signed;
/// `named` are the anchors with the issuer's name. `None` where the key identifiers (RFC 5280 §4.2.1.1)
/// leave no doubt, or nobody else has the name.
pub fn mistaken_issuer(child: &Certificate, issuer: &Entity, named: &[Arc<Anchor>]) -> Option<Mistaken> {
    if issuer == child.entity() {
        return None;
    }
    let fits = |other: &Certificate| rfc5280::key_id_fault(child, other).is_none();
    if child.is_self_issued() && fits(child) {
        return Some(Mistaken::ForSelfSigned);
    }
    let mut others = named.iter().map(|anchor| &anchor.certificate).filter(|other| issuer != other.entity());
    others.any(|other| fits(other)).then_some(Mistaken::ForTrusted)
}
