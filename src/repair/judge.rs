//! The oracle that the search asks: verify's answers, remembered for one leaf.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::cert::{Certificate, Fingerprint, NameKey};
use crate::path::{CandidatePath, Oracle};
use crate::roots::{Anchor, Roots};
use crate::verify::{self, Context, Failure, Judgement, SignatureCheck, Signatures};

/// Verify and the roots, seen from one leaf.
pub(super) struct Judge<'a> {
    pub(super) context: &'a Context,
    pub(super) signatures: &'a Signatures,
    pub(super) roots: &'a Roots,
    pub(super) leaf: Arc<Certificate>,
    fits: RefCell<HashMap<Fingerprint, bool>>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        context: &'a Context,
        signatures: &'a Signatures,
        roots: &'a Roots,
        leaf: Arc<Certificate>,
    ) -> Self {
        Self { context, signatures, roots, leaf, fits: RefCell::default() }
    }

    /// Both judges on one path.
    pub(super) fn judge(&self, path: &CandidatePath) -> Judgement {
        verify::judge(path, self.context, self.signatures)
    }
}

impl Judge<'_> {
    /// rfc5280 on a path and the tail above it, which begins at position `from`.
    pub(super) fn judge_tail(&self, all: &[Arc<Certificate>], from: usize) -> Vec<Failure> {
        verify::tail_failures(all, from, self.context, self.signatures)
    }
}

impl Oracle for Judge<'_> {
    fn signature(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck {
        self.signatures.check(child, issuer)
    }

    fn anchors(&self, name: &NameKey) -> Vec<Arc<Anchor>> {
        self.roots.named(name)
    }

    fn fits(&self, intermediate: &Certificate) -> bool {
        let fingerprint = intermediate.fingerprint();
        if let Some(known) = self.fits.borrow().get(&fingerprint) {
            return *known;
        }
        let fits = verify::intermediate_faults(intermediate, &self.leaf, self.context).is_empty();
        self.fits.borrow_mut().insert(fingerprint, fits);
        fits
    }

    fn anchor_fits(&self, anchor: &Certificate) -> bool {
        // A trusted self-signed leaf is its own anchor: it is judged as the leaf.
        *anchor == *self.leaf || verify::anchor_faults(anchor, &self.leaf, self.context).is_empty()
    }

    fn adjoins(&self, child: &Certificate, issuer: &Certificate) -> bool {
        verify::key_ids_agree(child, issuer)
    }

    fn allows(&self, upper: &Certificate, lower: &Certificate) -> bool {
        verify::constraints_allow(upper, lower, false)
    }
}
