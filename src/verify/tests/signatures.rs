//! Each signature is computed once, whoever asks.

use std::sync::Arc;

use super::pki::*;
use crate::verify::{SignatureCheck, Signatures, judge};

/// ```text
/// ═ Root ─→ CA ─→ a.example, b.example
/// ```
#[test]
fn both_judges_and_the_search_share_one_memory() {
    let root = root("Root");
    let ca = root.ca("CA");
    let (a, b) = (ca.leaf("a.example"), ca.leaf("b.example"));
    let signatures = Signatures::default();
    assert_eq!(signatures.check(&a.certificate, &ca.certificate), SignatureCheck::Valid);
    assert_eq!((signatures.computed(), signatures.cost()), (1, 1));
    assert!(judge(&path(&[&a, &ca, &root]), &now(), &signatures).accepted());
    assert_eq!(signatures.computed(), 2, "one for each link, though both judges ask");
    assert!(judge(&path(&[&b, &ca, &root]), &now(), &signatures).accepted());
    assert_eq!((signatures.computed(), signatures.cost()), (3, 3), "the shared intermediate costs nothing");
    assert_eq!(signatures.check(&a.certificate, &root.certificate), SignatureCheck::Invalid);
    assert_eq!(signatures.check(&a.certificate, &root.certificate), SignatureCheck::Invalid);
    assert_eq!(signatures.computed(), 4, "a no is remembered as well");
}

/// Threads that ask for the same signature at once wait for one computation.
#[test]
fn threads_share_it() {
    let root = root("Root");
    let leaf = root.leaf("a.example");
    let signatures = Arc::new(Signatures::default());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(signatures.check(&leaf.certificate, &root.certificate), SignatureCheck::Valid));
        }
    });
    assert_eq!(signatures.computed(), 1);
}
