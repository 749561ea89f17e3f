//! Filling gaps: each source in turn, while no valid path exists.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use super::Work;
use crate::cert::{Certificate, Fingerprint};
use crate::choose::Searched;
use crate::path::{Gap, Graph};
use crate::pool::Candidate;
use crate::report::{FetchRecord, Source};
use crate::source::{BUNDLE_TIMEOUT, Budget, Found, IssuerSource};

/// What was asked for a certificate's issuer, and what came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) child: Arc<Certificate>,
    pub(super) record: FetchRecord,
    pub(super) served: Vec<Arc<Certificate>>,
}

impl Work<'_> {
    /// Searches; asks the sources for the gaps, one source after another; searches again whenever
    /// something came; ends with the first valid path or when nothing grows any more.
    pub(super) fn search_and_fill(&mut self, sources: &[Arc<dyn IssuerSource>]) -> Searched {
        let (mut searched, mut gaps) = self.search();
        if searched.chosen.is_none() && self.add_from_roots(&gaps) {
            (searched, gaps) = self.search();
        }
        let mut budget = None;
        for source in sources {
            let mut asked_out: HashSet<Fingerprint> = HashSet::new();
            while searched.chosen.is_none() {
                let Some(gap) = gaps.iter().find(|g| !asked_out.contains(&g.child.fingerprint())) else { break };
                let budget = budget.get_or_insert_with(|| self.budget());
                let issuers = source.issuers_of(gap, budget);
                if !issuers.more {
                    asked_out.insert(gap.child.fingerprint());
                }
                let child = gap.child.clone();
                if self.add(&child, issuers.certificates, issuers.fetches) {
                    (searched, gaps) = self.search();
                }
            }
        }
        self.gaps = gaps;
        searched
    }

    fn search(&self) -> (Searched, Vec<Gap>) {
        let graph = Graph::reach(&self.pool, self.leaf, &self.judge, &self.budgets);
        let judge = |path: &_| self.judge.judge(path);
        let searched = self.choice(&judge).search(&graph);
        let gaps = if searched.chosen.is_some() { Vec::new() } else { graph.gaps() };
        (searched, gaps)
    }

    /// Certificates of the root stores that are no anchors, where they issued a gap's child.
    fn add_from_roots(&mut self, gaps: &[Gap]) -> bool {
        let mut grew = false;
        for gap in gaps {
            let name = gap.child.issuer_key();
            let fitting = self.judge.roots.intermediates().iter().filter(|c| c.entity().subject == *name);
            for certificate in fitting.cloned().collect::<Vec<_>>() {
                grew |= self.pool.add(Candidate { certificate, source: Source::Intermediates, place: None, url: None });
            }
        }
        grew
    }

    fn add(&mut self, child: &Arc<Certificate>, found: Vec<Found>, fetches: Vec<FetchRecord>) -> bool {
        for record in fetches {
            let served = found.iter().filter(|f| f.url.as_deref() == Some(record.url.as_str()));
            let served = served.map(|f| f.certificate.clone()).collect();
            self.asked.push(Asked { child: child.clone(), record, served });
        }
        let mut grew = false;
        for Found { certificate, source, url } in found {
            grew |= self.pool.add(Candidate { certificate, source, place: None, url });
        }
        grew
    }

    #[expect(clippy::disallowed_methods, reason = "a deadline for fetching starts when fetching starts")]
    fn budget(&self) -> Budget {
        Budget::new(Instant::now() + self.settings.timeout.unwrap_or(BUNDLE_TIMEOUT))
    }
}
