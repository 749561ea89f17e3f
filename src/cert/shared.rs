//! CA certificates that many bundles of a run hold: each is parsed once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::Certificate;

/// How many certificates are kept: some times what the largest fleets have CAs. Past this all are
/// forgotten, and parsed again where they come again.
const MAX_SHARED: usize = 2048;

/// The largest certificate that is kept. Real CA certificates take 1 to 2 KB; with [`MAX_SHARED`] of
/// this size, as much for what is parsed of each and half as much again for its text, hostile bundles
/// come to 64 MB at the most.
const MAX_SHARED_BYTES: usize = 8 * 1024;

/// The longest text of a block that is kept: [`MAX_SHARED_BYTES`] in base64, with its lines.
const MAX_SHARED_TEXT: usize = 12 * 1024;

/// CA certificates that were seen before, shared by threads.
#[derive(Debug, Default)]
pub struct Shared {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By signature, which is short and which no two certificates have in common unless somebody copied
    /// it; whether it is the same certificate is seen by its bytes.
    by_signature: HashMap<Box<[u8]>, Arc<Certificate>>,
    /// By the last lines of a PEM block, which are the signature's; with the whole text. So a block that
    /// was read before need not be decoded.
    by_text: HashMap<Box<[u8]>, Block>,
}

#[derive(Debug)]
struct Block {
    text: Box<[u8]>,
    certificate: Arc<Certificate>,
}

impl Shared {
    /// The same certificate: the one that was seen first, if it was, so that names, key and extensions
    /// are parsed already. Leaves are not kept, since each is in one bundle only.
    pub fn of(&self, certificate: &Arc<Certificate>) -> Arc<Certificate> {
        if let Some(same) = self.read().by_signature.get(certificate.signature()).filter(|same| *same == certificate) {
            return Arc::clone(same);
        }
        if certificate.der().len() <= MAX_SHARED_BYTES && certificate.is_ca() {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            if known.by_signature.len() >= MAX_SHARED {
                *known = Known::default();
            }
            known.by_signature.insert(certificate.signature().into(), Arc::clone(certificate));
        }
        Arc::clone(certificate)
    }

    /// The certificate that a PEM block with exactly this text holds, if it is known.
    pub(crate) fn written(&self, block: &[u8]) -> Option<Arc<Certificate>> {
        let known = self.read();
        let known = known.by_text.get(tail(block))?;
        (*known.text == *block).then(|| Arc::clone(&known.certificate))
    }

    /// Keeps the text of a block in which nothing is odd and which holds this certificate alone, if
    /// that is one of those that are kept.
    pub(crate) fn keep_text(&self, block: &[u8], certificate: &Arc<Certificate>) {
        let is_known = |known: &Arc<Certificate>| Arc::ptr_eq(known, certificate);
        if block.len() <= MAX_SHARED_TEXT && self.read().by_signature.get(certificate.signature()).is_some_and(is_known)
        {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            if known.by_text.len() >= MAX_SHARED {
                known.by_text.clear();
            }
            let kept = Block { text: block.into(), certificate: Arc::clone(certificate) };
            known.by_text.insert(tail(block).into(), kept);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last line or so of a block's base64, before `-----END CERTIFICATE-----` and its line end.
fn tail(block: &[u8]) -> &[u8] {
    let end = block.len().saturating_sub(26);
    block.get(end.saturating_sub(64)..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Spec;

    fn again(certificate: &Certificate) -> Arc<Certificate> {
        Arc::new(Certificate::from_der(certificate.der()).unwrap())
    }

    #[test]
    fn a_ca_is_parsed_once_and_a_leaf_is_not_kept() {
        let shared = Shared::default();
        let ca = shared.of(&Spec::ca("Acme CA", 1, "Acme Root", 0).make());
        assert!(Arc::ptr_eq(&ca, &shared.of(&again(&ca))));
        let leaf = shared.of(&Spec::leaf("shop.example.com", 2, "Acme CA", 1).make());
        assert!(!Arc::ptr_eq(&leaf, &shared.of(&again(&leaf))));
    }

    /// Two certificates with one signature are two certificates.
    #[test]
    fn a_copied_signature_leads_to_no_other_certificate() {
        let shared = Shared::default();
        let ca = shared.of(&Spec::ca("Acme CA", 1, "Acme Root", 0).make());
        let mut der = ca.der().to_vec();
        let name = der.windows(4).rposition(|part| part == b"Acme").unwrap();
        der[name] = b'B';
        let copy = Arc::new(Certificate::from_der(&der).unwrap());
        assert_eq!(copy.signature(), ca.signature());
        assert_eq!(shared.of(&copy), copy);
        assert_ne!(shared.of(&copy), ca);
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let shared = Shared::default();
        let ca = Spec::ca("Acme CA", 1, "Acme Root", 0).make();
        for number in 0..MAX_SHARED {
            let key: Box<[u8]> = number.to_be_bytes().into();
            shared.known.write().unwrap().by_signature.insert(key, Arc::clone(&ca));
        }
        shared.of(&ca);
        assert_eq!(shared.known.read().unwrap().by_signature.len(), 1);
        let long = "A".repeat(MAX_SHARED_BYTES);
        shared.of(&Spec::ca(&long, 1, "Acme Root", 0).make());
        assert_eq!(shared.known.read().unwrap().by_signature.len(), 1);
    }
    #[test]
    fn a_block_is_known_by_its_whole_text() {
        let shared = Shared::default();
        let ca = shared.of(&Spec::ca("Acme CA", 1, "Acme Root", 0).make());
        let text = format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", "A".repeat(500));
        shared.keep_text(text.as_bytes(), &ca);
        assert!(shared.written(text.as_bytes()).is_some_and(|found| Arc::ptr_eq(&found, &ca)));
        assert_eq!(shared.written(text.replacen("-\nA", "-\nB", 1).as_bytes()), None, "with the same last lines");
        assert_eq!(shared.written(b"short"), None);

        let leaf = Spec::leaf("shop.example.com", 2, "Acme CA", 1).make();
        shared.keep_text(b"a leaf's", &leaf);
        assert_eq!(shared.written(b"a leaf's"), None);
        let long = "A".repeat(MAX_SHARED_TEXT + 1);
        shared.keep_text(long.as_bytes(), &ca);
        assert_eq!(shared.written(long.as_bytes()), None);
    }

    #[test]
    fn no_more_texts_are_kept_than_there_is_room_for() {
        let shared = Shared::default();
        let ca = shared.of(&Spec::ca("Acme CA", 1, "Acme Root", 0).make());
        for number in 0..=MAX_SHARED {
            shared.keep_text(format!("{number:0>64}-----END CERTIFICATE-----\n").as_bytes(), &ca);
        }
        assert_eq!(shared.read().by_text.len(), 1);
    }
}
