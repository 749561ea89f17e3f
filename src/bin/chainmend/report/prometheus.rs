//! Prometheus' text format, for node_exporter's textfile collector: when each certificate of each chain
//! expires, intermediates included, and what is wrong
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::collections::{BTreeMap, HashSet};
use std::io::{self, BufRead, BufReader, Seek, Write};

use chainmend::report::{ChainEntry, Verdict};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tempfile::SpooledTempFile;

use super::json::written;
use super::{Ending, Form, Said, Teller};
use crate::judged::Judged;
use crate::problem::{Problem, why};

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
    /// The start of its name's SHA-256.
    bundle: [u8; 16],
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
        let mut mark = [0; 16];
        mark.iter_mut().zip(Sha256::digest(&bundle)).for_each(|(to, from)| *to = from);
        Self { bundle: mark, verdict: report.verdict, samples }
    }
}

/// So much of a family is kept in memory, some 4,000 samples; more goes into a nameless file in the folder
/// for temporary ones. A family's samples stand together in the text, so that none can be written before
/// the last bundle.
const KEPT_BYTES: usize = 1024 * 1024;

/// So much is read back of it at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// The metrics as they come together.
#[derive(Default)]
pub struct Prometheus {
    /// What is measured on each bundle, by family, a line each.
    samples: BTreeMap<&'static str, SpooledTempFile>,
    /// The bundles that were measured, by the start of their names' SHA-256: one that is named twice is
    /// measured once.
    measured: HashSet<[u8; 16]>,
    verdicts: [usize; VERDICTS.len()],
    failed: Option<Problem>,
}

impl Prometheus {
    fn keep(&mut self, samples: &[(&'static str, String, i64)]) -> io::Result<()> {
        for (family, labels, value) in samples {
            let kept = self.samples.entry(family).or_insert_with(|| SpooledTempFile::new(KEPT_BYTES));
            kept.write_all(format!("{family}{labels} {value}\n").as_bytes())?;
        }
        Ok(())
    }

    /// What is measured on the run.
    fn of_the_run(&self, teller: &Teller<'_>, ending: &Ending) -> BTreeMap<&'static str, String> {
        let seconds = format!("{}.{:03}", ending.milliseconds / 1000, ending.milliseconds % 1000);
        let of = |verdict: &Verdict, number: usize| {
            format!("chainmend_bundles{} {number}\n", labels(&[("verdict", &word(verdict))]))
        };
        let line = |name: &'static str, labels: &str, value: String| (name, format!("{name}{labels} {value}\n"));
        let version = labels(&[("version", env!("CARGO_PKG_VERSION"))]);
        let now = teller.settings.now.unix().to_string();
        BTreeMap::from([
            line("chainmend_build_info", &version, "1".to_owned()),
            ("chainmend_bundles", VERDICTS.iter().zip(self.verdicts).map(|(verdict, n)| of(verdict, n)).collect()),
            line("chainmend_last_run_duration_seconds", "", seconds),
            line("chainmend_last_run_exit_code", "", ending.code.to_string()),
            line("chainmend_last_run_timestamp_seconds", "", now),
        ])
    }
}

impl Form for Prometheus {
    fn add(&mut self, said: Said) -> String {
        if let Said::Prometheus(part) = said {
            self.verdicts
                .iter_mut()
                .zip(VERDICTS)
                .filter(|(_, v)| *v == part.verdict)
                .for_each(|(number, _)| *number += 1);
            if self.failed.is_none() && self.measured.insert(part.bundle) {
                self.failed = self.keep(&part.samples).err().map(|error| unkept(&error));
            }
        }
        String::new()
    }

    fn end(&mut self, teller: &Teller<'_>, ending: &Ending, put: &mut dyn FnMut(&str)) -> Result<(), Problem> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let run = self.of_the_run(teller, ending);
        for (family, help) in FAMILIES {
            let kept = self.samples.get_mut(family);
            if kept.is_some() || run.contains_key(family) {
                put(&format!("# HELP {family} {help}\n# TYPE {family} gauge\n"));
            }
            run.get(family).into_iter().for_each(|lines| put(lines));
            kept.map_or(Ok(()), |kept| told(kept, put)).map_err(|error| unkept(&error))?;
        }
        Ok(())
    }
}

/// Reads back what was kept.
fn told(kept: &mut SpooledTempFile, put: &mut dyn FnMut(&str)) -> io::Result<()> {
    kept.rewind()?;
    let mut lines = BufReader::new(kept);
    let mut piece = String::new();
    while lines.read_line(&mut piece)? > 0 {
        if piece.len() >= PIECE_BYTES {
            put(&piece);
            piece.clear();
        }
    }
    put(&piece);
    Ok(())
}

fn unkept(error: &io::Error) -> Problem {
    Problem::new(format!("cannot keep the metrics until the last bundle: {}", why(error)))
        .help("TMPDIR=FOLDER names a folder with room for them")
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
