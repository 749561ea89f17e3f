//! What is told where there is nothing to make a chain of: no certificate, or no leaf.

use std::collections::HashMap;

use super::shape::MAX_LISTED;
use super::{Entry, Outcome};
use crate::bundle::{Bundle, ItemKind, foreign};
use crate::cert::{Certificate, Fingerprint};
use crate::leaf::Identified;
use crate::report::{Finding, Place, Remedy, Severity, Verdict};
use crate::rules::Rule;

impl Outcome {
    /// No certificate can be taken from the input: keys and the like are passed over, anything else
    /// is unreadable.
    pub(super) fn without_certificate(inputs: Vec<Bundle>) -> Self {
        let mut others: Vec<String> = Vec::new();
        let mut lost = false;
        for item in inputs.iter().flat_map(|b| &b.items) {
            match &item.kind {
                ItemKind::PrivateKey { label, .. } | ItemKind::Other(label) => others.push(label.clone()),
                ItemKind::Unreadable(label) if label == "PKCS12" => others.push("a PKCS#12 container".to_owned()),
                ItemKind::Unreadable(label) => lost |= label.contains("CERTIFICATE") && !label.contains("REQUEST"),
                ItemKind::Certificate(_) => {}
            }
        }
        others.dedup();
        let name = inputs.iter().map(|b| b.name.as_str()).collect::<Vec<_>>().join(", ");
        let place = Place { input: name.into(), line: 1 };
        let (verdict, message, remedy) = if lost {
            (Verdict::Unreadable, "no certificate in it can be read".to_owned(), None)
        } else if inputs.iter().all(|bundle| bundle.text.is_empty()) {
            (Verdict::Unreadable, "it is empty".to_owned(), Some(Remedy::Refill))
        } else if others.is_empty() {
            (Verdict::Unreadable, "no certificate in it".to_owned(), None)
        } else {
            let is_request = others.last().is_some_and(|label| label.ends_with("CERTIFICATE REQUEST"));
            let remedy = is_request.then_some(Remedy::CertificateOfRequest);
            (Verdict::Skipped, format!("no certificate in it, only {}", others.join(", ")), remedy)
        };
        let foreign = inputs.iter().find_map(|bundle| Some((foreign::name(&bundle.text)?, bundle.name.clone())));
        let finding = Finding { remedy, ..Finding::new(Rule::NoCertificate, message).at(&place) };
        let finding = match foreign.filter(|_| verdict == Verdict::Unreadable) {
            Some((foreign, name)) => {
                Finding { message: format!("{}: it is {}", finding.message, foreign.noun), ..finding }
                    .help(foreign.help_for(&name))
            }
            None => finding,
        };
        Self::bare(inputs, verdict, vec![finding])
    }

    /// There are certificates, but none, or more than one, that is the leaf.
    /// `unhelped` says what did not tell the leaves apart: `, none of which the key belongs to`.
    pub(super) fn without_leaf(
        inputs: Vec<Bundle>,
        sequence: &[Entry],
        identified: &Identified,
        unhelped: &str,
    ) -> Self {
        // Of a certificate that stands twice the first place counts.
        let places: HashMap<Fingerprint, &Place> =
            sequence.iter().rev().map(|e| (e.certificate.fingerprint(), &e.place)).collect();
        let first = sequence.first();
        let on_first = |finding: Finding| match first {
            Some(entry) => finding.on(&entry.certificate, Some(&entry.place)),
            None => finding,
        };
        let has_lost_one = inputs.iter().any(Bundle::has_lost_certificate);
        match identified {
            Identified::TrustStore | Identified::None if has_lost_one => {
                let finding = Finding::new(Rule::NoLeaf, "CA certificates only; the leaf may be what cannot be read");
                // A container that stays shut is opened by another program.
                let mut unread = inputs.iter().flat_map(|bundle| &bundle.findings);
                let opened = unread.find_map(|f| f.help.clone().filter(|_| f.rule == Rule::UnreadableBlock));
                let help = opened.unwrap_or_else(|| "get the certificate anew from the CA".to_owned());
                let finding = finding.severity(Severity::Error).help(help);
                Self::bare(inputs, Verdict::Broken, vec![on_first(finding)])
            }
            Identified::Ambiguous(candidates) => {
                let findings = candidates.iter().take(MAX_LISTED).map(|candidate| {
                    let place = places.get(&candidate.fingerprint()).copied();
                    one_of_several(candidate, candidates.len(), unhelped).on(candidate, place)
                });
                let findings = findings.collect();
                Self::bare(inputs, Verdict::Broken, findings)
            }
            Identified::NoSuchFingerprint => {
                let finding = Finding::new(Rule::NoLeaf, "no certificate in the input has the fingerprint of --leaf");
                Self::bare(inputs, Verdict::Broken, vec![on_first(finding).severity(Severity::Error)])
            }
            Identified::TrustStore => {
                let message = match sequence.len() {
                    1 => "a self-signed CA certificate, not a chain to send".to_owned(),
                    n => format!("{n} roots, not a chain to send"),
                };
                let finding = on_first(Finding::new(Rule::TrustStore, message));
                // `openssl req -x509` makes such a certificate for a server, too.
                let served = matches!(sequence, [lone] if lone.certificate.fields().subject_alt_names.is_some());
                let help = "if it is a server's own certificate, --roots FILE with it trusts it";
                Self::bare(inputs, Verdict::Skipped, vec![if served { finding.help(help) } else { finding }])
            }
            Identified::None | Identified::Leaf(_) => {
                let finding =
                    Finding::new(Rule::NoLeaf, "CA certificates only: a chain without its leaf, or a trust bundle")
                        .help("add the leaf's file, or name the certificate to complete with --leaf SHA256");
                Self::bare(inputs, Verdict::Skipped, vec![on_first(finding)])
            }
        }
    }
}

/// What tells this leaf from the others, and how to choose it.
fn one_of_several(leaf: &Certificate, leaves: usize, unhelped: &str) -> Finding {
    let dates = leaf.not_before().zip(leaf.not_after());
    let dates = dates.map(|(from, until)| format!(", valid {} to {}", from.date(), until.date()));
    let (names, dates, print) = (leaf.names_text(), dates.unwrap_or_default(), leaf.fingerprint().to_string());
    let message = format!("one of {leaves} leaves in the input{unhelped}: {names}{dates}, SHA-256 {print:.16}");
    Finding::new(Rule::AmbiguousLeaf, message)
        .help(format!("--leaf {print:.16} chooses it; --key FILE or --host NAME choose by key or name"))
}
