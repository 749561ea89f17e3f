//! The ways up that were tried in vain, for the report: the one that is explained, then the others.

use std::collections::HashSet;

use super::Work;
use super::miss::{End, Miss, Misses};
use super::outcome::{anchor_entry, entry};
use super::shape::from_fault;
use crate::choose::Link;
use crate::report::{AnchorEntry, Attempt, ChainEntry, Finding, Source};
use crate::rules::Rule;

/// How many ways a report tells of: more than are ever signed for one key, fewer than make a report
/// long. A CA with cross-certificates from three others, each renewed once, has eight.
const MAX_ATTEMPTS: usize = 16;

/// What a report tells of the ways that were tried.
#[derive(Clone, Debug, Default)]
pub(super) struct Tried {
    /// The nearest miss first; then those that fail for a reason of their own.
    pub(super) attempts: Vec<Attempt>,
    /// How many more there were.
    pub(super) left_out: usize,
}

/// A fault, whichever way it is met on: the rule, the certificate, the words.
type Known = (Rule, String, String);

impl Work<'_> {
    pub(super) fn tried(&self, misses: &Misses) -> Tried {
        let nearest = self.attempt(&misses.nearest);
        let mut told = vec![faults(&nearest)];
        let others = misses.others.iter().map(|miss| {
            let attempt = self.attempt(miss);
            let faults = faults(&attempt);
            let repeats = told.iter().any(|known| known.is_subset(&faults));
            if !repeats {
                told.push(faults);
            }
            Attempt { repeats, ..attempt }
        });
        let (repeating, own): (Vec<_>, Vec<_>) = others.partition(|attempt| attempt.repeats);
        let mut attempts: Vec<Attempt> = std::iter::once(nearest).chain(own).chain(repeating).collect();
        let left_out = attempts.len().saturating_sub(MAX_ATTEMPTS);
        attempts.truncate(MAX_ATTEMPTS);
        Tried { attempts, left_out }
    }

    fn attempt(&self, miss: &Miss) -> Attempt {
        let faults = miss.faults().map(|(failure, certificate)| {
            from_fault(&failure.fault).on(certificate, self.place_of(certificate).as_ref())
        });
        let bare = |finding| Finding { help: None, remedy: None, sought: Vec::new(), ..finding };
        let findings = faults.chain(self.end_finding(miss)).map(bare).collect();
        let (chain, anchor) = self.drawn(miss);
        Attempt { chain, anchor, findings, repeats: false }
    }

    fn drawn(&self, miss: &Miss) -> (Vec<ChainEntry>, Option<AnchorEntry>) {
        let entries = miss.certificates.iter().enumerate().map(|(position, certificate)| {
            let candidate = self.pool.index_of(&certificate.fingerprint()).and_then(|i| self.pool.get(i));
            let link = Link {
                certificate: certificate.clone(),
                place: candidate.and_then(|c| c.place.clone()),
                source: candidate.map_or(Source::Input, |c| c.source),
                url: candidate.and_then(|c| c.url.clone()),
            };
            let fault = miss.failures.iter().find(|f| f.position == position).map(|f| short_fault(f.fault.rule));
            let last = position + 1 == miss.certificates.len();
            let end = match &miss.end {
                End::Untrusted if last => Some("not trusted"),
                End::NoIssuer | End::WrongKey if last => Some("issuer missing"),
                End::Circle if last => Some("leads in a circle"),
                _ => None,
            };
            ChainEntry { fault: fault.or_else(|| end.map(str::to_owned)), ..entry(&link, false) }
        });
        let anchor = match &miss.end {
            End::Anchor(anchor) => {
                let fault = miss.failures.iter().find(|f| f.position == miss.certificates.len());
                let fault = fault.map(|f| short_fault(f.fault.rule));
                Some(AnchorEntry { fault, ..anchor_entry(anchor) })
            }
            _ => None,
        };
        (entries.collect(), anchor)
    }
}

/// What is wrong with a way. An issuer that nobody has is the same fault for every certificate that
/// names it.
fn faults(attempt: &Attempt) -> HashSet<Known> {
    let known = |finding: &Finding| {
        let certificate = finding.certificate.as_ref().filter(|_| finding.rule != Rule::MissingIntermediate);
        let on = certificate.map(|c| c.sha256.clone()).unwrap_or_default();
        (finding.rule, on, finding.message.clone())
    };
    attempt.findings.iter().map(known).collect()
}

/// `expired-intermediate` as a word beside a drawn path.
fn short_fault(rule: Rule) -> String {
    match rule {
        Rule::ExpiredLeaf | Rule::ExpiredIntermediate | Rule::ExpiredRoot => "expired".to_owned(),
        other => other.name().replace('-', " "),
    }
}
