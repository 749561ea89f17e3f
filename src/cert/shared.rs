//! CA certificates that many bundles of a run hold: each is parsed once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Certificate;

/// How many certificates are kept: some times what the largest fleets have CAs. Past this all are
/// forgotten, and parsed again where they come again.
const MAX_SHARED: usize = 4096;

/// The largest certificate that is kept. Real CA certificates take 1 to 2 KB; with [`MAX_SHARED`] of
/// this size, and as much again for what is parsed of each, hostile bundles come to 64 MB at the most.
const MAX_SHARED_BYTES: usize = 8 * 1024;

/// CA certificates that were seen before, shared by threads.
#[derive(Debug, Default)]
pub struct Shared {
    /// By signature, which is short and which no two certificates have in common unless somebody copied
    /// it; whether it is the same certificate is seen by its bytes.
    known: RwLock<HashMap<Box<[u8]>, Arc<Certificate>>>,
}

impl Shared {
    /// The same certificate: the one that was seen first, if it was, so that names, key and extensions
    /// are parsed already. Leaves are not kept, since each is in one bundle only.
    pub fn of(&self, certificate: &Arc<Certificate>) -> Arc<Certificate> {
        let signature = certificate.signature();
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(same) = known.get(signature).filter(|same| *same == certificate) {
                return Arc::clone(same);
            }
        }
        if certificate.der().len() <= MAX_SHARED_BYTES && certificate.is_ca() {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= MAX_SHARED {
                known.clear();
            }
            known.insert(signature.into(), Arc::clone(certificate));
        }
        Arc::clone(certificate)
    }
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
            shared.known.write().unwrap().insert(key, Arc::clone(&ca));
        }
        shared.of(&ca);
        assert_eq!(shared.known.read().unwrap().len(), 1);
        let long = "A".repeat(MAX_SHARED_BYTES);
        shared.of(&Spec::ca(&long, 1, "Acme Root", 0).make());
        assert_eq!(shared.known.read().unwrap().len(), 1);
    }
}
