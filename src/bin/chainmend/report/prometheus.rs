//! Prometheus' text format, for node_exporter's textfile collector: when each certificate of each chain
//! expires, intermediates included, and what is wrong
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chainmend::report::{ChainEntry, Verdict};

use serde::Serialize;

use super::json::written;
use super::{Ending, Form, Said, Teller};
use crate::judged::Judged;

/// The families, in the order of their names: kind, name, help.
const FAMILIES: [(&str, &str); 9] = [
    ("chainmend_build_info", "The chainmend that wrote this; always 1."),
    (
        "chainmend_bundle_findings",
        "How many findings of this rule and severity there are on the bundle; fixed: fix mends it, or has.",
    ),
    ("chainmend_bundle_verdict", "What became of the bundle; always 1."),
    ("chainmend_bundles", "How many bundles were looked at, by verdict."),
    (
        "chainmend_certificate_not_after_seconds",
        "When a certificate of the chain expires, in Unix time; position 0 is the leaf.",
    ),
    ("chainmend_chain_not_after_seconds", "When the first certificate of the chain expires, in Unix time."),
    ("chainmend_last_run_duration_seconds", "How long the run took."),
    (
        "chainmend_last_run_exit_code",
        "The exit code of the run: 0 right, 1 something needs attention, 2 something could not be done.",
    ),
    ("chainmend_last_run_timestamp_seconds", "When the run began, in Unix time."),
];

const VERDICTS: [Verdict; 7] = [
    Verdict::Broken,
    Verdict::Incomplete,
    Verdict::Ok,
    Verdict::Repairable,
    Verdict::Repaired,
    Verdict::Skipped,
    Verdict::Unreadable,
];

/// What is measured on one bundle: the family, the labels as they are written, the value.
pub struct Part {
    verdict: Verdict,
    samples: Vec<(&'static str, String, i64)>,
}

impl Part {
    /// Of what came of a bundle. Where there is no chain, the nearest miss counts: an expired leaf is
    /// what a monitor must see.
    pub fn of(judged: &Judged) -> Self {
        let report = &judged.report;
        let bundle = report.inputs.join(" + ");
        let mut samples = Vec::new();
        let verdict = word(report.verdict);
        samples.push(("chainmend_bundle_verdict", labels(&[("bundle", &bundle), ("verdict", &verdict)]), 1));
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for (finding, _) in judged.findings().filter(|(_, ignored)| !ignored) {
            let of = [
                ("bundle", bundle.as_str()),
                ("rule", finding.rule.name()),
                ("severity", &finding.severity.to_string()),
                ("fixed", if finding.fixed { "true" } else { "false" }),
            ];
            *counts.entry(labels(&of)).or_default() += 1;
        }
        samples.extend(counts.into_iter().map(|(labels, count)| ("chainmend_bundle_findings", labels, count)));
        let nearest = || report.attempts.first().map(|attempt| attempt.chain.as_slice()).unwrap_or_default();
        let chain = if report.chain.is_empty() { nearest() } else { &report.chain };
        let dated = |(position, entry): (usize, &'_ ChainEntry)| {
            let until = entry.not_after?.unix();
            let of = [
                ("bundle", bundle.as_str()),
                ("position", &position.to_string()),
                ("subject", &entry.subject),
                ("sha256", &entry.sha256),
                ("source", &word(entry.source)),
            ];
            Some(("chainmend_certificate_not_after_seconds", labels(&of), until))
        };
        samples.extend(chain.iter().enumerate().filter_map(dated));
        let first = chain.iter().filter_map(|entry| entry.not_after).map(chainmend::cert::Time::unix).min();
        samples.extend(first.map(|first| ("chainmend_chain_not_after_seconds", labels(&[("bundle", &bundle)]), first)));
        Self { verdict: report.verdict, samples }
    }
}

/// The metrics as they come together. A family's samples stand together in the text, so that nothing
/// can be written before the end.
#[derive(Default)]
pub struct Prometheus {
    /// By family and labels, so that a bundle that is named twice is measured once.
    samples: BTreeMap<(&'static str, String), String>,
    verdicts: [usize; VERDICTS.len()],
}

impl Form for Prometheus {
    fn add(&mut self, said: Said) -> String {
        if let Said::Prometheus(part) = said {
            self.verdicts
                .iter_mut()
                .zip(VERDICTS)
                .filter(|(_, v)| *v == part.verdict)
                .for_each(|(number, _)| *number += 1);
            for (family, labels, value) in part.samples {
                self.samples.insert((family, labels), value.to_string());
            }
        }
        String::new()
    }

    fn end(&mut self, teller: &Teller<'_>, ending: &Ending) -> String {
        let mut add = |family, labels, value: String| drop(self.samples.insert((family, labels), value));
        add("chainmend_build_info", labels(&[("version", env!("CARGO_PKG_VERSION"))]), "1".to_owned());
        for (verdict, number) in VERDICTS.iter().zip(self.verdicts) {
            add("chainmend_bundles", labels(&[("verdict", &word(verdict))]), number.to_string());
        }
        let seconds = format!("{}.{:03}", ending.milliseconds / 1000, ending.milliseconds % 1000);
        add("chainmend_last_run_duration_seconds", String::new(), seconds);
        add("chainmend_last_run_exit_code", String::new(), ending.code.to_string());
        add("chainmend_last_run_timestamp_seconds", String::new(), teller.settings.now.unix().to_string());
        let mut out = String::new();
        for (family, help) in FAMILIES {
            let samples = self.samples.range((family, String::new())..).take_while(|((name, _), _)| *name == family);
            let lines: String = samples.map(|((name, labels), value)| format!("{name}{labels} {value}\n")).collect();
            if !lines.is_empty() {
                let _ = write!(out, "# HELP {family} {help}\n# TYPE {family} gauge\n{lines}");
            }
        }
        out
    }
}

/// `{bundle="site.pem",verdict="ok"}`.
fn labels(labels: &[(&str, &str)]) -> String {
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", labels.join(","))
}

/// As the format has it: backslash, quote and line feed are spelt, all other characters stand as they are.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

/// As the JSON report has it.
fn word(value: impl Serialize) -> String {
    written(&value).trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_in_order_and_named_as_prometheus_wants() {
        let names: Vec<&str> = FAMILIES.iter().map(|(name, _)| *name).collect();
        assert!(names.is_sorted(), "{names:?}");
        for (name, help) in FAMILIES {
            assert!(
                name.starts_with("chainmend_") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{name}"
            );
            assert!(help.ends_with('.') && !help.contains(['\\', '\n']), "{help}");
        }
    }

    #[test]
    fn label_values_are_spelt() {
        assert_eq!(labels(&[("bundle", "a\\b\"c\nd\té.pem")]), "{bundle=\"a\\\\b\\\"c\\nd\té.pem\"}");
        assert_eq!(labels(&[]), "{}");
    }
}
