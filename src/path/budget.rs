//! What a search may cost.

/// Bounds of one bundle's search; each has its reason.
#[derive(Clone, Copy, Debug)]
pub struct SearchBudget {
    /// Signature checks, in units of one P-256 check. 10,000 are about 0.4 s on one core of 2026;
    /// 120 namesakes with wrong keys (webpki's own limit is 100: CVE-2018-16875) cost 120.
    pub signatures: u64,
    /// Partial paths that are taken up. A full mesh of 30 CAs needs some hundred; what needs more
    /// than this is made to be slow.
    pub partial_paths: usize,
    /// Candidate paths that are handed to the judges after the first.
    pub candidates: usize,
}

impl Default for SearchBudget {
    fn default() -> Self {
        Self { signatures: 10_000, partial_paths: 20_000, candidates: 16 }
    }
}
