//! The private key that goes with a chain, for programs that want both in one file.

use std::fmt;

use pem::LineEnding;

use super::Part;
use crate::bundle::{Bundle, ItemKind};
use crate::cert::{Certificate, GeneralName};
use crate::choose::Chain;
use crate::verify;

/// A private key that belongs to a chain's leaf, borrowed from the file that it stands in.
pub struct PrivateKey<'a> {
    label: &'a str,
    der: &'a [u8],
}

/// Its bytes appear nowhere but in what [`PrivateKey::with_chain`] makes.
impl fmt::Debug for PrivateKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("label", &self.label).finish_non_exhaustive()
    }
}

/// Why there is no key to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No private key stands there.
    #[error("there is no private key")]
    Absent,
    /// The only keys there are encrypted, or damaged.
    #[error("the private key is encrypted or cannot be read")]
    Unreadable,
    /// A key stands there, and it is another certificate's.
    #[error("the private key belongs to another certificate")]
    Foreign,
    /// A key of a kind that is not known here, so that nobody can say whose it is.
    #[error("the private key is of a kind that cannot be held against the certificate")]
    Unknown,
}

/// The private keys of a file that can be read: label and DER.
fn readable(bundle: &Bundle) -> impl Iterator<Item = (&str, &[u8])> {
    bundle.items.iter().filter_map(|item| match &item.kind {
        ItemKind::PrivateKey { label, der: Some(der) } => Some((label.trim(), der.as_slice())),
        _ => None,
    })
}

impl<'a> PrivateKey<'a> {
    /// Whether one of these files holds a key that can be read, whosever it is: what can be said
    /// before there is a chain.
    ///
    /// # Errors
    /// [`KeyError::Absent`] or [`KeyError::Unreadable`].
    pub fn is_at_hand(bundles: &[Bundle]) -> Result<(), KeyError> {
        match bundles.iter().any(|bundle| readable(bundle).next().is_some()) {
            true => Ok(()),
            false if bundles.iter().any(Bundle::has_private_key) => Err(KeyError::Unreadable),
            false => Err(KeyError::Absent),
        }
    }

    /// The first key in these files that belongs to the chain's leaf.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of(chain: &Chain, bundles: &'a [Bundle]) -> Result<Self, KeyError> {
        Self::is_at_hand(bundles)?;
        let leaf = chain.links().first().map(|link| link.certificate.as_ref()).ok_or(KeyError::Absent)?;
        let mut error = KeyError::Foreign;
        for (label, der) in bundles.iter().flat_map(readable) {
            match verify::public_key_matches(label, der, leaf) {
                Some(true) => return Ok(Self { label, der }),
                Some(false) => {}
                None => error = KeyError::Unknown,
            }
        }
        Err(error)
    }

    /// Key, leaf, intermediates, in this order, as HAProxy and Postfix want them in one file; with
    /// `include_root` the anchor follows. The key keeps its kind (PKCS#8, PKCS#1 or SEC 1), and is
    /// written as RFC 7468 has it, however its block was spoilt. EC PARAMETERS are not copied: the
    /// key names its curve.
    pub fn with_chain(&self, chain: &Chain, include_root: bool) -> Vec<u8> {
        let mut out = super::armoured(self.label, self.der, LineEnding::LF).into_bytes();
        out.extend(super::pem(chain, Part::Full, include_root));
        out
    }
}

/// Whether `old` may give way to a file with the key of `chain`'s leaf, so that no key is lost that
/// is still of use: each private key in it is the same one, or is that of a certificate in `old`
/// which this leaf renews (its names are all in the new one, which was issued no earlier).
pub fn loses_no_key(old: &Bundle, chain: &Chain) -> bool {
    let Some(leaf) = chain.links().first().map(|link| &link.certificate) else { return false };
    old.items.iter().all(|item| match &item.kind {
        ItemKind::PrivateKey { label, der: Some(der) } => {
            let is_of = |certificate: &Certificate| verify::public_key_matches(label, der, certificate) == Some(true);
            is_of(leaf) || old.certificates().any(|(_, earlier)| is_of(earlier) && renews(leaf, earlier))
        }
        // Nobody can say which one it is.
        ItemKind::PrivateKey { der: None, .. } => false,
        _ => true,
    })
}

fn renews(new: &Certificate, old: &Certificate) -> bool {
    let names = |certificate: &Certificate| -> Vec<GeneralName> {
        certificate.fields().subject_alt_names.iter().flatten().collect()
    };
    let (before, after) = (names(old), names(new));
    let same_names = match before.is_empty() {
        true => after.is_empty() && old.subject() == new.subject(),
        false => before.iter().all(|name| after.contains(name)),
    };
    same_names && old.not_before() <= new.not_before()
}
