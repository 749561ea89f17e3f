//! What came of a repair, and how it is told.

use std::cmp::Reverse;
use std::sync::Arc;

use super::asked::{get_the_issuer, is_http};
use super::miss::{End, Miss};
use super::shape::{Held, from_fault};
use super::tried::Tried;
use super::{KnownStore, Work};
use crate::bundle::{Bundle, Form};
use crate::cert::Certificate;
use crate::choose::{Chain, Chosen, Link};
use crate::path::{Link as Way, Oracle};
use crate::report::{
    AnchorEntry, Attempt, BundleReport, ChainEntry, FetchRecord, Finding, Remedy, Severity, Source, Verdict,
};
use crate::roots::{Anchor, Roots};
use crate::rules::{Group, Rule};
use crate::verify::{self, SignatureCheck};

/// What came of a repair.
pub struct Outcome {
    /// The inputs, read.
    pub inputs: Vec<Bundle>,
    /// `Ok`, `Repairable` (a chain was made that differs from the input), `Broken`, `Incomplete`,
    /// `Unreadable` or `Skipped`; a caller that writes the chain makes `Repaired` of `Repairable`.
    pub verdict: Verdict,
    /// Everything there is to say, the gravest first.
    pub findings: Vec<Finding>,
    /// The chain, if there is a valid one. With the verdict `Broken` it is good to be written elsewhere,
    /// but a block that is kept beside it in the input is damaged ([`Bundle::is_beyond_mending`]).
    pub chain: Option<Chain>,
    /// URLs asked.
    pub fetches: Vec<FetchRecord>,
    /// The input holds exactly the chain, in order, in a form that every server reads.
    pub unchanged: bool,
    tried: Tried,
}

impl Outcome {
    /// The report of this outcome, without outputs.
    pub fn report(&self) -> BundleReport {
        let links = self.chain.as_ref().map(Chain::links).unwrap_or_default();
        let judged = self.chain.as_ref().map_or(0, Chain::judged);
        BundleReport {
            chain: links.iter().enumerate().map(|(i, link)| self.sent(entry(link, i >= judged))).collect(),
            anchor: self.chain.as_ref().map(|chain| anchor_entry(chain.anchor())),
            ..self.brief()
        }
    }

    /// The same without chain and anchor, for whoever counts bundles that are right and says no more.
    pub fn brief(&self) -> BundleReport {
        BundleReport {
            inputs: self.inputs.iter().map(|b| b.name.clone()).collect(),
            verdict: self.verdict,
            findings: self.findings.clone(),
            chain: Vec::new(),
            anchor: None,
            fetches: self.fetches.clone(),
            outputs: Vec::new(),
            problems: Vec::new(),
            against: None,
            attempts: self.attempts(),
            attempts_left_out: self.tried.left_out,
        }
    }

    /// Inputs are files, unless a server sends them.
    fn sent(&self, entry: ChainEntry) -> ChainEntry {
        let own = |bundle: &&Bundle| entry.input.as_ref() == Some(&bundle.name);
        let is_sent = || self.inputs.iter().filter(own).any(|bundle| bundle.form == Form::Server);
        if entry.source == Source::Input && is_sent() { ChainEntry { source: Source::Server, ..entry } } else { entry }
    }

    /// What a server sends is said to be sent on a path that failed, too.
    fn attempts(&self) -> Vec<Attempt> {
        let attempts = self.tried.attempts.iter().cloned();
        attempts
            .map(|attempt| Attempt { chain: attempt.chain.into_iter().map(|e| self.sent(e)).collect(), ..attempt })
            .collect()
    }

    pub(super) fn bare(inputs: Vec<Bundle>, verdict: Verdict, findings: Vec<Finding>) -> Self {
        let read = inputs.iter().flat_map(|b| b.findings.iter().cloned());
        let mut findings: Vec<Finding> = findings.into_iter().chain(read).collect();
        if verdict == Verdict::Skipped {
            // Nothing is judged, and so nothing is wrong.
            findings.iter_mut().for_each(|finding| finding.severity = Severity::Info);
        }
        sort(&mut findings);
        Self { inputs, verdict, findings, chain: None, fetches: Vec::new(), unchanged: false, tried: Tried::default() }
    }
}

impl Work<'_> {
    /// The outcome with a chain.
    pub(super) fn mended(mut self, inputs: Vec<Bundle>, chosen: Chosen) -> Outcome {
        let chain = &chosen.chain;
        let misplaced = self.misplaced(&inputs, chain);
        let unchanged = misplaced.is_empty() && self.is_unchanged(&inputs, chain);
        let held = Held {
            chain: chain.links().iter().map(|l| l.certificate.as_ref()).collect(),
            anchor: Some(chain.anchor().certificate.entity()),
            mended: true,
            has_hole: false,
        };
        let mut findings = self.shape(&inputs, &held, &chosen.cut);
        findings.extend(self.holes(chain));
        findings.extend(misplaced);
        findings.extend(self.remarks(&chosen));
        findings.extend(self.fetch_findings(|_| false));
        for finding in inputs.iter().flat_map(|b| &b.findings) {
            let mends = !unchanged
                && finding.severity == Severity::Error
                && finding.rule.info().group == Group::Reading
                && !finding.by_hand;
            let finding = finding.clone();
            let action = if finding.rule == Rule::UnreadableBlock { "left out" } else { "written anew" };
            findings.push(if mends { finding.fixed(action) } else { finding });
        }
        findings.append(&mut self.findings);
        findings.extend(self.budget_finding().map(|finding| finding.severity(Severity::Warning)));
        sort(&mut findings);
        let verdict = match unchanged {
            _ if inputs.iter().any(Bundle::is_beyond_mending) => Verdict::Broken,
            true => Verdict::Ok,
            false => Verdict::Repairable,
        };
        Outcome {
            verdict,
            inputs,
            findings,
            fetches: self.fetch_records(),
            chain: Some(chosen.chain),
            unchanged,
            tried: Tried::default(),
        }
    }

    /// Whether the input is the chain, certificate by certificate, with the anchor where that is
    /// wanted, and written as every server reads it. The certificates of a PKCS#7 are a set, whose
    /// order says nothing (RFC 5652 §10.2.3).
    fn is_unchanged(&self, inputs: &[Bundle], chain: &Chain) -> bool {
        let links = chain.links();
        let is_set = inputs.iter().all(|bundle| bundle.form == Form::Pkcs7);
        if is_set && self.sequence.len() == links.len() {
            let holds = |link: &Link| self.sequence.iter().any(|entry| entry.certificate == link.certificate);
            return links.iter().all(holds) && inputs.iter().all(Bundle::is_undamaged);
        }
        let same = self.sequence.len() >= links.len()
            && self.sequence.iter().zip(links).all(|(e, l)| e.certificate == l.certificate);
        let rest = self.sequence.get(links.len()..).unwrap_or_default();
        let ends = match rest {
            [] => true,
            [root] => self.settings.include_root && root.certificate == chain.anchor().certificate,
            _ => false,
        };
        same && ends && inputs.iter().all(Bundle::is_undamaged)
    }

    /// The outcome without a chain: the nearest miss is explained.
    pub(super) fn missed(mut self, inputs: Vec<Bundle>) -> Outcome {
        let misses = self.misses();
        let miss = &misses.nearest;
        let held = Held {
            chain: miss.certificates.iter().map(Arc::as_ref).collect(),
            anchor: match &miss.end {
                End::Anchor(anchor) => Some(anchor.certificate.entity()),
                _ => None,
            },
            mended: false,
            has_hole: matches!(miss.end, End::NoIssuer | End::WrongKey),
        };
        let mut findings = self.shape(&inputs, &held, &[]);
        let elsewhere = |f: &Finding| f.certificate.as_ref().is_some_and(|c| misses.only_others_hold(&c.sha256));
        // Which of two twins does better no failing path can tell.
        findings.retain(|f| f.rule != Rule::Superseded || !elsewhere(f));
        findings.extend(self.miss_findings(miss));
        findings.extend(self.roots_that_are_none(miss));
        findings.extend(self.fetch_findings(|child| miss.lacks(child)));
        findings.extend(self.no_url_findings());
        findings.extend(self.budget_finding());
        findings.extend(inputs.iter().flat_map(|b| b.findings.iter().cloned()));
        findings.append(&mut self.findings);
        dedup(&mut findings);
        sort(&mut findings);
        findings.sort_by_key(|f| (Reverse(f.severity), f.fixed, elsewhere(f)));
        let tried = self.tried(&misses);
        let verdict = if self.only_network_could_tell() { Verdict::Incomplete } else { Verdict::Broken };
        Outcome { inputs, verdict, findings, chain: None, fetches: self.fetch_records(), unchanged: false, tried }
    }

    /// Something was not looked at: a path, a signature, a name against constraints.
    fn budget_finding(&self) -> Option<Finding> {
        let message = "the search was ended by its budget before every path was seen";
        let ended = self.exhausted || self.judge.is_exhausted();
        ended.then(|| self.finding(Rule::SearchBudget, &self.judge.leaf, message))
    }

    fn miss_findings(&self, miss: &Miss) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (failure, certificate) in miss.faults() {
            let mut finding = from_fault(&failure.fault).on(certificate, self.place_of(certificate).as_ref());
            if matches!(failure.fault.rule, Rule::ExpiredIntermediate | Rule::Revoked) && failure.position > 0 {
                finding.sought = self.sought(miss, failure.position);
                if let Some(end) = self.judge.leaf.not_after().filter(|end| *end > self.judge.context.at) {
                    finding.message.push_str(&format!("; the leaf is good to {}", end.date()));
                }
                let wanted = if failure.fault.rule == Rule::Revoked { "an unrevoked" } else { "a renewed" };
                let name = certificate.short_name();
                let help = format!("ask the CA for {wanted} \"{name}\", then add it with --intermediates FILE");
                finding = finding.help(help);
            }
            // Whoever's issuer is at hand only with a wrong signature has no fitting issuer.
            if failure.fault.rule == Rule::BadSignature {
                findings.push(self.missing(certificate, Way::WrongKey));
            }
            findings.push(finding);
        }
        findings.extend(self.end_finding(miss));
        findings
    }

    /// What kept the input's own certificates from making a path, though nothing was missing: for a
    /// chain that goes another way. Without help, since it is mended.
    pub(super) fn fault_of_the_input(&self) -> Option<Finding> {
        let findings = self.miss_findings(&self.nearest_miss_in_the_input());
        let mut fault = findings.into_iter().find(|finding| finding.rule != Rule::MissingIntermediate)?;
        (fault.help, fault.remedy, fault.sought) = (None, None, Vec::new());
        Some(fault)
    }

    /// Why a way ends without an anchor.
    pub(super) fn end_finding(&self, miss: &Miss) -> Option<Finding> {
        let top = miss.certificates.last()?;
        match &miss.end {
            End::Anchor(_) => None,
            End::NoIssuer | End::WrongKey => {
                Some(self.issued_elsewhere(top).unwrap_or_else(|| self.missing(top, self.has_namesake(top))))
            }
            End::Untrusted if *top == self.judge.leaf => Some(
                self.finding(Rule::SelfSignedLeaf, top, "is self-signed, and not among the trusted roots")
                    .help("--roots FILE trusts it; a certificate of a public CA needs nobody's trust"),
            ),
            // Told by `roots_that_are_none`.
            End::Untrusted if self.judge.roots.is_distrusted(top) => None,
            End::Untrusted => {
                let message = format!("is self-signed and not trusted (SHA-256 {})", top.fingerprint());
                let finding = self.finding(Rule::UntrustedRoot, top, message);
                Some(match self.known_elsewhere(|roots| !roots.of(top.entity()).is_empty()) {
                    Some(known) => trusted_by(finding, known),
                    None => finding
                        .help("--roots FILE trusts it, if it is your own CA; else the chain leads to the wrong root"),
                })
            }
            End::Circle => Some(
                self.finding(Rule::UntrustedRoot, top, "its issuers only lead round in a circle, to no trusted root")
                    .help("--roots FILE names the root that clients trust"),
            ),
            End::TooLong => {
                let message = "the path goes on beyond eight certificates, further than clients follow";
                let finding = self.finding(Rule::ChainTooLong, top, message).severity(Severity::Error);
                let at_hand = self.pool.named(top.issuer_key()).next().is_some();
                Some(if at_hand {
                    finding.help("--roots FILE --partial-chain trusts a CA further down the path")
                } else {
                    let name = top.issuer().short();
                    finding
                        .help(format!("--roots FILE ends it here, if \"{name}\" is its root"))
                        .remedy(Remedy::Root { name })
                })
            }
        }
    }

    /// Certificates of `--roots` that would have been the anchor, were they self-signed, or did their own
    /// blocks not say otherwise.
    fn roots_that_are_none(&self, miss: &Miss) -> Vec<Finding> {
        let listed = self.judge.roots.intermediates();
        let on_the_way = miss.certificates.iter().skip(1).filter(|c| listed.iter().any(|l| l.entity() == c.entity()));
        on_the_way
            .map(|c| {
                if self.judge.roots.is_distrusted(c) {
                    let message = "is named by --roots, but its TRUSTED CERTIFICATE block there does not trust it for this purpose";
                    return self
                        .finding(Rule::UntrustedRoot, c, message)
                        .help("show what it is trusted for: openssl x509 -in ROOTS.pem -noout -text");
                }
                let message = "is named by --roots, but is not self-signed, and so is no trust anchor";
                self.finding(Rule::RootNotSelfSigned, c, message)
                    .help("--partial-chain trusts it all the same; better, name its root")
            })
            .collect()
    }

    fn known_elsewhere(&self, holds: impl Fn(&Roots) -> bool) -> Option<&KnownStore> {
        self.settings.known_elsewhere.iter().find(|known| holds(&known.roots))
    }

    /// The issuer is a root that another store trusts.
    fn issued_elsewhere(&self, top: &Arc<Certificate>) -> Option<Finding> {
        let issued_by = |roots: &Roots| {
            let named = roots.named(top.issuer_key()).into_iter();
            named.into_iter().find(|a| self.judge.signature(top, &a.certificate) == SignatureCheck::Valid)
        };
        let known = self.known_elsewhere(|roots| issued_by(roots).is_some())?;
        let anchor = issued_by(&known.roots)?;
        let root = &anchor.certificate;
        let message =
            format!("its issuer \"{}\" is not trusted here (SHA-256 {})", root.short_name(), root.fingerprint());
        Some(trusted_by(self.finding(Rule::UntrustedRoot, top, message), known))
    }

    fn missing(&self, child: &Arc<Certificate>, way: Way) -> Finding {
        let name = child.issuer().short();
        let mut message = format!("its issuer \"{name}\" {}", self.is_absent());
        if way == Way::WrongKey {
            message.push_str("; what has that name has another key, or the signature is damaged");
        }
        let mut finding = self.finding(Rule::MissingIntermediate, child, message);
        finding.sought = self.sought_for(child);
        let refused = self.asked.iter().filter(|a| a.child == *child).find_map(|a| a.record.option.clone());
        if let Some(option) = refused {
            return finding.help(format!("{option} fetches it from there, if that is your own server"));
        }
        let has_url = child.fields().ca_issuers.iter().any(|u| is_http(u));
        match (self.settings.offline, has_url) {
            (true, true) => finding.help("run it once without --offline, or add the issuer with --intermediates FILE"),
            _ => get_the_issuer(finding, child),
        }
    }

    /// Offline, and a certificate on the way names a URL that was not asked; no issuer could help a
    /// leaf that is wrong in itself.
    fn only_network_could_tell(&self) -> bool {
        let key_fits = self.findings.iter().all(|f| f.rule != Rule::KeyMismatch);
        let can_help = key_fits && verify::leaf_faults(&self.judge.leaf, self.judge.context).is_empty();
        self.settings.offline
            && can_help
            && self.gaps.iter().any(|g| g.child.fields().ca_issuers.iter().any(|u| is_http(u)))
    }
}

pub(super) fn entry(link: &Link, tail: bool) -> ChainEntry {
    let certificate = &link.certificate;
    let texts = certificate.texts();
    ChainEntry {
        subject: texts.subject.clone(),
        issuer: texts.issuer.clone(),
        serial: texts.serial.clone(),
        sha256: texts.sha256.clone(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        source: link.source,
        url: link.url.clone(),
        input: link.place.as_ref().map(|p| p.input.to_string()),
        line: link.place.as_ref().map(|p| p.line),
        short: texts.short.clone(),
        tail,
        fault: None,
    }
}

pub(super) fn anchor_entry(anchor: &Anchor) -> AnchorEntry {
    let texts = anchor.certificate.texts();
    AnchorEntry {
        subject: texts.subject.clone(),
        sha256: texts.sha256.clone(),
        store: anchor.store.to_string(),
        short: texts.short.clone(),
        fault: None,
    }
}

/// The gravest first; what is not mended before what is; then the story's order: the leaf, the path,
/// the shape of the file, the rest.
fn sort(findings: &mut [Finding]) {
    let group = |f: &Finding| match f.rule.info().group {
        Group::Leaf => 0,
        Group::Time | Group::Path | Group::Strength | Group::Revocation => 1,
        Group::Shape => 2,
        Group::Reading => 3,
        Group::Fetching => 4,
        Group::Choice => 5,
    };
    findings.sort_by_key(|f| {
        let line = f.certificate.as_ref().and_then(|c| c.line).unwrap_or(u32::MAX);
        (Reverse(f.severity), f.fixed, group(f), line, f.rule)
    });
}

/// With the store that would trust the root.
fn trusted_by(finding: Finding, known: &KnownStore) -> Finding {
    let (who, option) = (known.who.clone(), known.option.clone());
    finding.help(format!("{who} trusts this root; add {option}")).remedy(Remedy::Store { who, option })
}

/// The same rule on the same certificate is said once.
fn dedup(findings: &mut Vec<Finding>) {
    let mut seen = std::collections::HashSet::new();
    findings.retain(|f| {
        let on = f.certificate.as_ref().map(|c| (c.sha256.clone(), c.input.clone(), c.line));
        let by_message = f.rule.info().group == Group::Fetching || f.rule.info().group == Group::Reading;
        seen.insert((f.rule, on, by_message.then(|| f.message.clone())))
    });
}
