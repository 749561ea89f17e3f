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
    /// Candidate paths that the judges may refuse before the first that they accept. The search lets
    /// through what nearly always passes; each that does not costs a judgement, some 10 µs.
    pub refused: usize,
    /// Candidate paths that are looked at after the first that is accepted.
    pub candidates: usize,
}

impl Default for SearchBudget {
    fn default() -> Self {
        Self { signatures: 10_000, partial_paths: 20_000, refused: 1_000, candidates: 16 }
    }
}
