//! What was asked of the network, and how that is told.

use std::sync::Arc;

use super::Work;
use super::fill::Asked;
use super::miss::Miss;
use crate::cert::{Certificate, hex};
use crate::path::Oracle;
use crate::report::{FetchOutcome, FetchRecord, Finding, Remedy, Severity, Sought};
use crate::rules::Rule;
use crate::verify::SignatureCheck;

/// Certificates without a URL that are told of. Real paths have one or two such ends; a pool may hold
/// thousands.
const MAX_NO_URL: usize = 64;

impl Work<'_> {
    /// Where a better certificate than the one at `position` was sought.
    pub(super) fn sought(&self, miss: &Miss, position: usize) -> Vec<Sought> {
        let child = position.checked_sub(1).and_then(|below| miss.certificates.get(below));
        child.map(|child| self.sought_for(child)).unwrap_or_default()
    }

    pub(super) fn sought_for(&self, child: &Arc<Certificate>) -> Vec<Sought> {
        let asked = self.asked.iter().filter(|a| a.child == *child);
        asked
            .map(|a| {
                let outcome = match (a.record.outcome, &a.record.detail) {
                    (FetchOutcome::Ok | FetchOutcome::Cached, _) => self.what_came(child, &a.served),
                    (_, Some(detail)) => detail.clone(),
                    (FetchOutcome::Refused, None) => "refused".to_owned(),
                    (FetchOutcome::Failed, None) => "failed".to_owned(),
                };
                Sought { place: a.record.url.clone(), outcome }
            })
            .collect()
    }

    fn what_came(&self, child: &Certificate, served: &[Arc<Certificate>]) -> String {
        let named: Vec<_> = served.iter().filter(|c| c.entity().subject == *child.issuer_key()).collect();
        match named.first() {
            None => "a certificate of another name".to_owned(),
            Some(one) if self.place_of(one).is_some() => "the same one".to_owned(),
            Some(one) if !self.judge.fits(one) => {
                let faults = self.own_faults(one);
                faults.first().map_or_else(|| "no use".to_owned(), |f| f.message.clone())
            }
            Some(_) => "leads to no trusted root".to_owned(),
        }
    }

    /// What was asked, and where certificates came of which none is the issuer, whose.
    pub(super) fn fetch_records(&self) -> Vec<FetchRecord> {
        let of = |asked: &Asked| {
            let mut record = asked.record.clone();
            if !asked.served.is_empty() && !self.issued_any(&asked.child, &asked.served) {
                record.detail = Some(format!("wrong certificate:{}", did_not_sign(&asked.served)));
            }
            record
        };
        self.asked.iter().map(of).collect()
    }

    /// What could not be fetched: an error where a certificate's issuer is `lacking` for it.
    pub(super) fn fetch_findings(&self, lacking: impl Fn(&Certificate) -> bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        for asked in &self.asked {
            let severity = if lacking(&asked.child) { Severity::Error } else { Severity::Warning };
            let url = &asked.record.url;
            let detail = asked.record.detail.clone().unwrap_or_default();
            let (rule, message) = match asked.record.outcome {
                FetchOutcome::Failed => (Rule::IssuerUnavailable, format!("{url}: {detail}")),
                FetchOutcome::Refused => (Rule::FetchRefused, format!("{url}: {detail}")),
                FetchOutcome::Ok | FetchOutcome::Cached
                    if !self.was_asked_anew(asked) && !self.issued_any(&asked.child, &asked.served) =>
                {
                    (Rule::WrongIssuerServed, format!("{url} serves{}", did_not_sign(&asked.served)))
                }
                FetchOutcome::Ok | FetchOutcome::Cached => continue,
            };
            let finding = self.finding(rule, &asked.child, message).severity(severity);
            findings.push(match &asked.record.option {
                Some(option) => finding.help(format!("{option} allows it, if you trust what this certificate names")),
                None => finding,
            });
        }
        findings
    }

    /// Whether what came from the cache was asked for again.
    fn was_asked_anew(&self, asked: &Asked) -> bool {
        let again = |a: &Asked| a.record.url == asked.record.url && a.record.outcome == FetchOutcome::Ok;
        asked.record.outcome == FetchOutcome::Cached && self.asked.iter().any(again)
    }

    fn issued_any(&self, child: &Certificate, served: &[Arc<Certificate>]) -> bool {
        let named = served.iter().filter(|c| c.entity().subject == *child.issuer_key());
        named.into_iter().any(|c| self.judge.signature(child, c) != SignatureCheck::Invalid)
    }

    pub(super) fn no_url_findings(&self) -> Vec<Finding> {
        let lost = self.gaps.iter().filter(|g| g.why != crate::path::Why::LeadsNowhere);
        lost.filter(|g| !g.child.fields().ca_issuers.iter().any(|u| is_http(u)))
            .take(MAX_NO_URL)
            .map(|g| {
                let issuer = described_issuer(&g.child);
                let message = match g.child.fields().ca_issuers.first() {
                    Some(url) => {
                        format!("names no http or https URL for {issuer}, only {}", crate::cert::escape(url))
                    }
                    None => format!("names no URL for {issuer}"),
                };
                self.finding(Rule::NoIssuerUrl, &g.child, message)
                    .severity(Severity::Error)
                    .help("get the issuer's certificate from the CA, and add it with --intermediates FILE")
            })
            .collect()
    }
}

/// With what to do about an issuer that cannot be had: by its key identifier a CA's repository, or crt.sh,
/// finds it.
pub(super) fn get_the_issuer(finding: Finding, child: &Certificate) -> Finding {
    let name = child.issuer().short();
    let key_id = child.fields().issuer_key_id();
    let id = key_id.map_or_else(String::new, |id| format!(" (key id {})", hex(id)));
    finding
        .help(format!("get \"{name}\"{id} from the CA that issued it, and add it with --intermediates FILE"))
        .remedy(Remedy::Issuer { name, key_id: key_id.map(<[u8]>::to_vec) })
}

/// `its issuer "Acme TLS CA 2" (key id 5A:3F:…:91)`, to look for.
fn described_issuer(child: &Certificate) -> String {
    let name = child.issuer().short();
    match child.fields().issuer_key_id() {
        Some([first, second, .., last]) => {
            format!("its issuer \"{name}\" (key id {first:02X}:{second:02X}:…:{last:02X})")
        }
        _ => format!("its issuer \"{name}\""),
    }
}

/// ` "Stray CA", which did not sign it`.
fn did_not_sign(served: &[Arc<Certificate>]) -> String {
    let other = served.first().map_or_else(String::new, |c| format!(" \"{}\",", c.short_name()));
    format!("{other} which did not sign it")
}

/// Whether a URL is of a scheme that is fetched.
pub(super) fn is_http(url: &str) -> bool {
    let url = url.trim_start();
    let begins = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("http:") || begins("https:")
}
