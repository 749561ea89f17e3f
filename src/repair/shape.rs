//! What stands in the input, held against the chain: order, duplicates, roots, strangers, holes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Entry, Work};
use crate::bundle::{Bundle, Form};
use crate::cert::{Certificate, Entity, Fingerprint, SECONDS_A_DAY, Time};
use crate::choose::{Chain, Chosen, Cut, Link, Order};
use crate::path::{has_bad_signature, is_self_signed, issuer_of};
use crate::report::{Finding, Source};
use crate::rules::Rule;
use crate::verify::{Fault, Mistaken};

/// `expires-soon` at the earliest so many days before, whatever the lifetime.
const WARN_DAYS_AT_MOST: i64 = 30;

/// Certificates of the input that are told of one by one; the rest is counted. Nobody reads so many,
/// and each takes some kilobyte, several times over until it is printed.
pub(super) const MAX_LISTED: usize = 1_000;

/// What the input is held against.
pub(super) struct Held<'a> {
    /// The certificates of the chain, leaf first.
    pub(super) chain: Vec<&'a Certificate>,
    /// The entity of the anchor, if there is one.
    pub(super) anchor: Option<&'a Entity>,
    /// Whether the chain was made, so that the faults are mended by it.
    pub(super) mended: bool,
    /// Whether an issuer is missing: what lies beyond that hole may belong to the chain, and nobody can
    /// tell.
    pub(super) has_hole: bool,
}

impl Held<'_> {
    fn position(&self, fingerprint: &Fingerprint) -> Option<usize> {
        self.chain.iter().position(|c| c.fingerprint() == *fingerprint)
    }
}

impl Work<'_> {
    /// Findings on the input's certificates as they stand: order, duplicates, what does not belong.
    pub(super) fn shape(&self, inputs: &[Bundle], held: &Held<'_>, cut: &[Cut]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut first: Vec<&Entry> = Vec::new();
        let mut seen = HashSet::new();
        let mut unlisted = 0;
        for entry in &self.sequence {
            if seen.insert(entry.certificate.fingerprint()) {
                first.push(entry);
            } else if findings.len() >= MAX_LISTED {
                unlisted += 1;
            } else {
                let message = if self.is_sent { "is sent more than once" } else { "stands in the file more than once" };
                let finding = Finding::new(Rule::Duplicate, message);
                findings.push(settle(finding.on(&entry.certificate, Some(&entry.place)), held, "removed"));
            }
        }
        // The certificates of a PKCS#7 are a set: DER sorts them.
        if !inputs.iter().all(|b| b.form == Form::Pkcs7) {
            self.order(&first, held, &mut findings);
        }
        let linked = if first.len() > held.chain.len()
            || first.iter().any(|e| held.position(&e.certificate.fingerprint()).is_none())
        {
            self.linked()
        } else {
            HashSet::new()
        };
        let print = |cut: &Cut| self.pool.get(cut.index).map(|c| c.certificate.fingerprint());
        let cut: HashMap<Fingerprint, &str> = cut.iter().filter_map(|c| Some((print(c)?, c.why.as_str()))).collect();
        for entry in first {
            if held.position(&entry.certificate.fingerprint()).is_some() {
                continue;
            }
            if findings.len() >= MAX_LISTED {
                unlisted += 1;
            } else {
                findings.extend(self.spare(entry, held, &cut, &linked));
            }
        }
        if unlisted > 0 && !held.has_hole {
            let message = match unlisted {
                1 => "1 more certificate does not belong to the chain, or stands twice".to_owned(),
                _ => format!("{unlisted} more certificates do not belong to the chain, or stand twice"),
            };
            findings.push(settle(Finding::new(Rule::Unrelated, message), held, "removed"));
        }
        findings
    }

    fn order(&self, first: &[&Entry], held: &Held<'_>, findings: &mut Vec<Finding>) {
        let leaf = self.judge.leaf.fingerprint();
        if let Some(entry) = first.iter().skip(1).find(|e| e.certificate.fingerprint() == leaf) {
            let finding = Finding::new(Rule::LeafNotFirst, "the leaf stands behind another certificate");
            findings.push(settle(finding.on(&entry.certificate, Some(&entry.place)), held, "moved to the front"));
        }
        let mut highest: Option<(usize, &Entry)> = None;
        for entry in first {
            let root = held.anchor.is_some_and(|a| a == entry.certificate.entity());
            let rank = match held.position(&entry.certificate.fingerprint()) {
                Some(0) => continue,
                Some(position) => position,
                None if root && is_self_signed(&entry.certificate, &self.judge) => held.chain.len(),
                None => continue,
            };
            match highest {
                Some((above, upper)) if above > rank => {
                    let message = if above == held.chain.len() {
                        format!("stood after its root \"{}\"", upper.certificate.short_name())
                    } else if above == rank + 1 {
                        format!("stood after its issuer \"{}\"", upper.certificate.short_name())
                    } else {
                        format!("stood after \"{}\"", upper.certificate.short_name())
                    };
                    let finding = Finding::new(Rule::Misordered, message);
                    findings.push(settle(finding.on(&entry.certificate, Some(&entry.place)), held, "reordered"));
                }
                _ => highest = Some((rank, entry)),
            }
        }
    }

    /// Everything in the pool that the leaf's links lead to, whatever it is worth.
    fn linked(&self) -> HashSet<Entity> {
        let mut reached = HashSet::new();
        let mut waiting = vec![self.judge.leaf.clone()];
        while let Some(certificate) = waiting.pop() {
            let Ok(entity) = issuer_of(&self.pool, &self.judge, &certificate, &|_| true) else { continue };
            if reached.insert(entity.clone()) {
                waiting.extend(self.pool.of(&entity).map(|(_, c)| c.certificate.clone()));
            }
        }
        reached
    }

    /// A certificate of the input that is not part of the chain.
    fn spare(
        &self,
        entry: &Entry,
        held: &Held<'_>,
        cut: &HashMap<Fingerprint, &str>,
        linked: &HashSet<Entity>,
    ) -> Option<Finding> {
        let certificate = &entry.certificate;
        let on = |finding: Finding| finding.on(certificate, Some(&entry.place));
        let entity = certificate.entity();
        let is_linked = linked.contains(entity);
        if let Some(why) = cut.get(&certificate.fingerprint()) {
            return Some(settle(on(self.stale(certificate, why)), held, "removed"));
        }
        if is_linked && is_self_signed(certificate, &self.judge) {
            if self.root_is_wanted(entry, held) {
                return None;
            }
            let finding = Finding::new(Rule::RootIncluded, "the root itself need not be sent");
            return Some(settle(on(finding), held, "removed"));
        }
        if let Some(twin) = held.chain.iter().find(|c| c.entity() == entity) {
            return Some(self.replaced(entry, twin, held));
        }
        if is_linked && !held.mended {
            // Where there is no valid path, nobody can say which way it would have gone.
            return None;
        }
        if is_linked {
            let finding = Finding::new(Rule::Superseded, "is not needed: the path goes another way");
            return Some(settle(on(finding), held, "removed"));
        }
        let namesake = held.chain.iter().skip(1).any(|c| c.entity().subject == entity.subject)
            || held.anchor.is_some_and(|a| a.subject == entity.subject);
        let message = if namesake {
            "has the name of an issuer but another key: it signed nothing here"
        } else if held.has_hole {
            return None;
        } else {
            "nothing here is issued by it, and it issued nothing here"
        };
        Some(settle(on(Finding::new(Rule::Unrelated, message)), held, "removed"))
    }

    /// The anchor's own certificate at the end of the input, where the anchor is to be written.
    fn root_is_wanted(&self, entry: &Entry, held: &Held<'_>) -> bool {
        self.settings.include_root
            && held.anchor == Some(entry.certificate.entity())
            && self.sequence.last().is_some_and(|last| last.certificate == entry.certificate)
    }

    /// A certificate of a tail that was cut; `why` says what is wrong with the tail as a whole.
    fn stale(&self, certificate: &Arc<Certificate>, why: &str) -> Finding {
        let faults = self.judge.intermediate_faults(certificate);
        let message = match faults.first() {
            Some(fault) => format!("a cross-certificate above a trusted root: {}", fault.message),
            None => format!("a cross-certificate above a trusted root that serves nobody: {why}"),
        };
        Finding::new(Rule::StaleCrossSign, message)
    }

    /// A certificate whose twin (same subject and key) stands in the chain instead.
    fn replaced(&self, entry: &Entry, twin: &Certificate, held: &Held<'_>) -> Finding {
        let on = |finding: Finding| finding.on(&entry.certificate, Some(&entry.place));
        let action = match self.pool.index_of(&twin.fingerprint()).and_then(|i| self.pool.get(i)) {
            Some(c) if c.source != Source::Input => format!("replaced: {}", origin(c.source, c.url.as_deref())),
            _ => "removed".to_owned(),
        };
        let own = self.own_faults(&entry.certificate);
        match own.into_iter().next() {
            Some(fault) => settle(on(from_fault(&fault)), held, &action),
            None => settle(
                on(Finding::new(Rule::Superseded, "another certificate of the same name and key does better")),
                held,
                &action,
            ),
        }
    }

    /// What is wrong with an intermediate by itself, its signature included.
    pub(super) fn own_faults(&self, certificate: &Certificate) -> Vec<Fault> {
        let mut faults = self.judge.intermediate_faults(certificate).to_vec();
        if has_bad_signature(&self.pool, &self.judge, certificate) {
            faults.push(Fault::new(Rule::BadSignature, "its signature does not verify with its issuer's key"));
        }
        faults
    }

    /// Findings on the holes that the chain closes.
    pub(super) fn holes(&self, chain: &Chain) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        let mut told = false;
        for pair in chain.links().windows(2) {
            let [child, issuer] = pair else { continue };
            if issuer.source == Source::Input {
                continue;
            }
            let twins: Vec<_> =
                self.pool.of(issuer.certificate.entity()).filter(|(_, c)| c.source == Source::Input).collect();
            // A twin may have been passed over for the root or the length that was asked for.
            let by_wish = self.ranking.order != Order::Auto || self.ranking.preferred_root.is_some();
            if by_wish && !twins.is_empty() {
                continue;
            }
            if twins.iter().any(|(_, c)| !self.own_faults(&c.certificate).is_empty()) {
                continue;
            }
            let origin = origin(issuer.source, issuer.url.as_deref());
            if !twins.is_empty() && std::mem::replace(&mut told, true) {
                continue;
            }
            if !twins.is_empty()
                && let Some(fault) = self.fault_of_the_input()
            {
                findings.push(fault.fixed(format!("by another \"{}\", {origin}", issuer.certificate.short_name())));
                continue;
            }
            let name = issuer.certificate.short_name();
            let message = if twins.is_empty() {
                format!("its issuer \"{name}\" {}", self.is_absent())
            } else {
                let there = if self.is_sent { "that is sent" } else { "in the file" };
                format!("its issuer \"{name}\" {there} leads to no trusted root")
            };
            let finding = self.finding(Rule::MissingIntermediate, &child.certificate, message);
            findings.push(finding.fixed(origin));
        }
        findings
    }

    /// Findings on intermediates of the chain that a pair of files has beside the leaf only. Apache
    /// 2.4 reads them from SSLCertificateChainFile alone where there is one.
    pub(super) fn misplaced(&self, inputs: &[Bundle], chain: &Chain) -> Vec<Finding> {
        let (true, [leaf_file, chain_file]) = (self.settings.together, inputs) else { return Vec::new() };
        // A key's file is no chain file.
        if chain_file.certificates().next().is_none() && !chain_file.items.is_empty() {
            return Vec::new();
        }
        let holds = |file: &Bundle, wanted: &Certificate| file.certificates().any(|(_, c)| c.as_ref() == wanted);
        let pairs = chain.links().windows(2).filter_map(|pair| match pair {
            [child, issuer] => Some((&child.certificate, &issuer.certificate)),
            _ => None,
        });
        let beside_leaf = pairs.filter(|(_, issuer)| holds(leaf_file, issuer) && !holds(chain_file, issuer));
        beside_leaf
            .map(|(child, issuer)| {
                let (name, from, to) = (issuer.short_name(), &leaf_file.name, &chain_file.name);
                let message =
                    format!("its issuer \"{name}\" stands in {from}, and is not sent: it has to stand in {to}");
                self.finding(Rule::MissingIntermediate, child, message).fixed(format!("moved to {to}"))
            })
            .collect()
    }

    /// Findings on the chosen chain itself: the judges' notes, dates, tail, other paths.
    pub(super) fn remarks(&self, chosen: &Chosen) -> Vec<Finding> {
        let chain = &chosen.chain;
        let path: Vec<&Arc<Certificate>> = chain.links().iter().take(chain.judged()).map(|l| &l.certificate).collect();
        let mut findings: Vec<Finding> = Vec::new();
        for note in &chosen.judgement.notes {
            let certificate = path.get(note.position).map_or(&chain.anchor().certificate, |c| *c);
            let finding = from_fault(&note.fault).on(certificate, self.place_of(certificate).as_ref());
            findings.push(finding);
        }
        self.tell_mistakable(&path, chain, &mut findings);
        findings.extend(self.distrust(chain));
        findings.extend(self.dates(chain));
        if let Some(first) = chain.links().get(chain.judged()) {
            let message = format!(
                "kept above \"{}\", which is trusted already: a cross-certificate for older clients",
                chain.anchor().certificate.short_name()
            );
            findings.push(self.finding(Rule::CrossSignKept, &first.certificate, message));
        }
        if !self.ranking.prefers(chain) {
            let message = format!(
                "no valid path ends in the preferred root; this one ends in \"{}\"",
                chain.anchor().certificate.short_name()
            );
            findings.push(self.finding(Rule::AlternativePath, &self.judge.leaf, message));
        }
        for anchor in &chosen.alternatives {
            let message = format!("another valid path ends in \"{}\"", anchor.certificate.short_name());
            let finding = self.finding(Rule::AlternativePath, &self.judge.leaf, message);
            findings.push(finding.help("--preferred-root NAME chooses it"));
        }
        findings
    }

    /// Where clients that go by names go wrong on a path: said with what is not strict, for it comes of that.
    fn tell_mistakable(&self, path: &[&Arc<Certificate>], chain: &Chain, findings: &mut Vec<Finding>) {
        let issuers = path.iter().skip(1).map(|c| c.entity()).chain([chain.anchor().certificate.entity()]);
        for (certificate, issuer) in path.iter().zip(issuers) {
            let Some(mistaken) = self.judge.mistaken(certificate, issuer) else { continue };
            let name = certificate.issuer().short();
            let instead = match mistaken {
                Mistaken::ForSelfSigned => "take it for self-signed".to_owned(),
                Mistaken::ForTrusted => format!("may take another trusted \"{name}\" for its issuer"),
            };
            let help = format!("OpenSSL and GnuTLS {instead}: have it reissued with key identifiers");
            let print = certificate.fingerprint().to_string();
            let of_it = |f: &&mut Finding| {
                f.rule == Rule::NotStrict && f.certificate.as_ref().is_some_and(|c| c.sha256 == print)
            };
            match findings.iter_mut().find(of_it) {
                Some(finding) => finding.help = Some(help),
                None => {
                    let message = format!("no key identifier says which \"{name}\" issued it");
                    findings.push(self.finding(Rule::NotStrict, certificate, message).help(help));
                }
            }
        }
    }

    /// A root that its store no longer trusts for a leaf as young as this one.
    fn distrust(&self, chain: &Chain) -> Option<Finding> {
        let (anchor, issued) = (chain.anchor(), self.judge.leaf.not_before()?);
        let after = anchor.distrust_after.filter(|_| anchor.distrusts(Some(issued)))?;
        let message = format!(
            "is distrusted for certificates issued after {}, and the leaf was issued {}",
            after.date(),
            issued.date()
        );
        Some(self.finding(Rule::DistrustedRoot, &anchor.certificate, message))
    }

    fn dates(&self, chain: &Chain) -> Vec<Finding> {
        let at = self.judge.context.at;
        let mut findings = Vec::new();
        let leaf_end = self.judge.leaf.not_after();
        for (position, Link { certificate, .. }) in chain.links().iter().enumerate() {
            let (Some(start), Some(end)) = (certificate.not_before(), certificate.not_after()) else { continue };
            if end.unix() - at.unix() < self.warn_seconds(start, end) {
                let days = at.days_until(end);
                let message = format!("expires {}, {}", end.date(), in_days(days));
                findings.push(self.finding(Rule::ExpiresSoon, certificate, message));
            }
            if let Some(leaf_end) =
                leaf_end.filter(|l| (1..chain.judged()).contains(&position) && ends_a_day_before(end, *l))
            {
                let message = format!("expires {}, before the leaf ({})", end.date(), leaf_end.date());
                findings.push(self.finding(Rule::IntermediateExpiresFirst, certificate, message));
            }
        }
        findings
    }

    fn warn_seconds(&self, start: Time, end: Time) -> i64 {
        match self.settings.warn_days {
            Some(days) => i64::from(days) * SECONDS_A_DAY,
            None => (end.unix().saturating_sub(start.unix()) / 3).min(WARN_DAYS_AT_MOST * SECONDS_A_DAY),
        }
    }
}

/// By the calendar: hours are no reason to warn.
fn ends_a_day_before(end: Time, other: Time) -> bool {
    end.day() < other.day()
}

/// `within a day`, `in 1 day`, `in 9 days`.
fn in_days(days: i64) -> String {
    match days {
        0 => "within a day".to_owned(),
        1 => "in 1 day".to_owned(),
        _ => format!("in {days} days"),
    }
}

/// Where a certificate came from, as an action.
pub(super) fn origin(source: Source, url: Option<&str>) -> String {
    match (source, url) {
        (Source::Aia, Some(url)) => format!("fetched {url}, signature verified"),
        (Source::Cache, Some(url)) => format!("taken from the cache ({url}), signature verified"),
        (Source::Cache, None) => "taken from the cache, signature verified".to_owned(),
        (Source::Intermediates, _) => "taken from --intermediates, signature verified".to_owned(),
        (Source::Roots, _) => "taken from --roots, signature verified".to_owned(),
        _ => "added, signature verified".to_owned(),
    }
}

/// A fault as a finding, without its certificate.
pub(super) fn from_fault(fault: &Fault) -> Finding {
    let (help, remedy) = (fault.help.clone(), fault.remedy.clone());
    Finding { help, remedy, ..Finding::new(fault.rule, fault.message.clone()) }
}

fn settle(finding: Finding, held: &Held<'_>, action: &str) -> Finding {
    if held.mended { finding.fixed(action) } else { finding }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_no_reason_to_warn() {
        let (morning, evening, next) = (Time::from_unix(86_400), Time::from_unix(172_799), Time::from_unix(172_800));
        assert!(!ends_a_day_before(morning, evening) && !ends_a_day_before(evening, morning));
        assert!(ends_a_day_before(evening, next) && !ends_a_day_before(next, evening));
    }
}
