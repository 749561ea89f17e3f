//! Filling gaps: each source in turn, while no valid path exists.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use super::Work;
use crate::cert::{Certificate, Fingerprint};
use crate::choose::{Chosen, Searched};
use crate::path::{Gap, Graph};
use crate::pool::Candidate;
use crate::report::{FetchOutcome, FetchRecord, Source};
use crate::source::{BUNDLE_TIMEOUT, Budget, Found, IssuerSource};

/// What was asked for a certificate's issuer, and what came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) child: Arc<Certificate>,
    pub(super) record: FetchRecord,
    pub(super) served: Vec<Arc<Certificate>>,
}

impl Work<'_> {
    /// Searches; asks the sources for the gaps, in order; searches again whenever something came, and
    /// then from the first source on, so that nothing is fetched that is at hand. Ends with the first
    /// valid path (to the preferred root, if there is one that what is at hand leads to, and one that no
    /// client gets wrong, if that is at hand), or when
    /// nothing grows any more.
    pub(super) fn search_and_fill(&mut self, sources: &[Arc<dyn IssuerSource>]) -> Searched {
        let mut budget = None;
        let mut done: HashSet<(usize, Fingerprint)> = HashSet::new();
        loop {
            let (searched, gaps) = self.search();
            let valid = searched.chosen.is_some();
            let suits = |chosen: &Chosen| chosen.mistakable == 0 && self.ranking.prefers(&chosen.chain);
            if searched.chosen.as_ref().is_some_and(suits) {
                return searched;
            }
            let budget = budget.get_or_insert_with(|| self.budget());
            if valid {
                // A valid path to another root, or one that some clients get wrong, is no reason to ask the
                // network, nor to say so.
                budget.fetches = 0;
                self.asks_nobody = true;
            }
            let grew = self.ask(sources, true, &gaps, &mut done, budget) || self.add_from_roots(&gaps);
            if !grew && let Some(chosen) = self.trusted_leaf().filter(|_| !valid) {
                return Searched { chosen: Some(chosen), exhausted: false };
            }
            let grew = grew || self.ask(sources, false, &gaps, &mut done, budget);
            if !grew {
                self.gaps = gaps;
                return searched;
            }
        }
    }

    /// Asks one source after another for one gap after another, until something new comes: either those
    /// that the user gave, or the others. One that was given is asked for every gap before the search
    /// goes on, since it costs nothing: else the first path that is complete would win over a better one.
    /// `done` keeps which source has nothing more for which child.
    fn ask(
        &mut self,
        sources: &[Arc<dyn IssuerSource>],
        given: bool,
        gaps: &[Gap],
        done: &mut HashSet<(usize, Fingerprint)>,
        budget: &mut Budget,
    ) -> bool {
        for (index, source) in sources.iter().enumerate().filter(|(_, source)| source.is_given() == given) {
            let mut grew = false;
            for gap in gaps {
                let key = (index, gap.child.fingerprint());
                while !done.contains(&key) && (given || !grew) {
                    let issuers = source.issuers_of(gap, budget);
                    if !issuers.more {
                        done.insert(key);
                    }
                    grew |= self.add(&gap.child, issuers.certificates, issuers.fetches);
                }
            }
            if grew {
                return true;
            }
        }
        false
    }

    fn search(&self) -> (Searched, Vec<Gap>) {
        let graph = Graph::reach(&self.pool, self.leaf, &self.judge, &self.budgets);
        let judge = |path: &_| self.judge.judge(path);
        let judge_tail = |all: &[_], from| self.judge.judge_tail(all, from);
        let searched = self.choice(&judge, &judge_tail).search(&graph);
        let gaps = graph.gaps();
        (searched, gaps)
    }

    /// The leaf by itself, where it is trusted and nobody at hand has issued it.
    fn trusted_leaf(&self) -> Option<Chosen> {
        let judge = |path: &_| self.judge.judge(path);
        let judge_tail = |all: &[_], from| self.judge.judge_tail(all, from);
        self.choice(&judge, &judge_tail).trusted_leaf()
    }

    /// Certificates of the root stores that are no anchors, where they issued a gap's child.
    fn add_from_roots(&mut self, gaps: &[Gap]) -> bool {
        let mut grew = false;
        for gap in gaps {
            let name = gap.child.issuer_key();
            let fitting = self.judge.roots.intermediates().iter().filter(|c| c.entity().subject == *name);
            for certificate in fitting.cloned().collect::<Vec<_>>() {
                grew |= self.pool.add(Candidate { certificate, source: Source::Roots, place: None, url: None });
            }
        }
        grew
    }

    fn add(&mut self, child: &Arc<Certificate>, found: Vec<Found>, fetches: Vec<FetchRecord>) -> bool {
        for record in fetches {
            if self.asks_nobody && record.outcome == FetchOutcome::Refused {
                continue;
            }
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
