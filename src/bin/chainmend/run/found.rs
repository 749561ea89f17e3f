//! The manners towards files that were found rather than chosen: what is nothing to judge is passed
//! over, and a leaf that stands apart from its chain is left to the file that has it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chainmend::bundle::{self, Bundle};
use chainmend::cert::Certificate;
use chainmend::report::{Finding, Place, Severity, Verdict, name_of};
use chainmend::rules::Rule;
use chainmend::{Outcome, Repair};

use super::Engine;
use crate::input;
use crate::judged::Judged;
use crate::problem::{Problem, shown};
use crate::quote;
use crate::settings::Settings;
use crate::walk::{self, Companion, File};

/// A file that is nothing to judge.
pub fn passed_over(path: &Path, why: &str, settings: &Settings) -> Judged {
    let place = Place { input: name_of(path).into(), line: 1 };
    let finding = Finding::new(Rule::NoCertificate, why).severity(Severity::Info).at(&place);
    skipped(path, vec![finding], settings)
}

fn skipped(path: &Path, findings: Vec<Finding>, settings: &Settings) -> Judged {
    let mut report = Judged::unread(vec![name_of(path)], Vec::new()).report;
    (report.verdict, report.findings) = (Verdict::Skipped, findings);
    let mut judged = Judged::weighed(report, settings);
    judged.count_warnings(settings);
    judged
}

/// A Git LFS pointer, an empty file, a Java key store: many things are called so, and raise no alarm
/// where nobody said that they are certificates. A damaged certificate does.
pub fn forgive(outcome: &mut Outcome) {
    if outcome.verdict == Verdict::Unreadable && !outcome.inputs.iter().any(Bundle::has_lost_certificate) {
        outcome.verdict = Verdict::Skipped;
        outcome.findings.iter_mut().for_each(|finding| finding.severity = Severity::Info);
    }
}

/// `fix` has nothing to make a chain of.
pub fn all_excluded() -> Problem {
    Problem::new("no certificate in the input: --exclude leaves out everything that was named")
}

/// The same for a list without a line.
pub fn none_listed() -> Problem {
    Problem::new("no certificate in the input: the list is empty")
}

/// The same, though there were files.
pub fn nothing_read(named: &[PathBuf]) -> Problem {
    let names: Vec<String> = named.iter().map(|path| shown(path)).collect();
    Problem::new(format!("no certificate in {}", names.join(", ")))
}

impl Engine<'_> {
    /// A file that was found, with nothing in it but a leaf whose chain stands beside it.
    pub fn split(&self, file: &File, bundle: &Bundle) -> Option<Judged> {
        file.tree.as_ref()?;
        let leaf = walk::lone_leaf(bundle)?;
        let (item, _) = bundle.certificates().next()?;
        let place = Place { input: bundle.name.as_str().into(), line: item.lines.0 };
        let finding = match self.beside.companion(&file.path, leaf, &self.signatures)? {
            Companion::FullChain(path) => {
                Finding::new(Rule::SplitFiles, format!("the leaf alone; {} has its chain", named(&path)))
            }
            Companion::Issuer(path) => {
                if let Some(judged) = self.out_of_date(file, bundle, leaf, &path) {
                    return Some(judged);
                }
                Finding::new(Rule::SplitFiles, format!("the leaf alone; {} has its issuer", named(&path))).help(
                    format!(
                        "to judge both: chainmend check --together{} {} {}",
                        self.carry(),
                        quote::path(&file.path),
                        quote::path(&path)
                    ),
                )
            }
        };
        let mut findings = vec![finding.on(leaf, Some(&place))];
        let read = bundle.findings.iter().cloned();
        findings.extend(read.map(|finding| finding.severity(Severity::Info)));
        Some(skipped(&file.path, findings, self.settings))
    }

    /// A leaf that its own dates speak against, or that is revoked: no other file tells that. Judged with the
    /// file beside it, and without the network, which would not make it younger.
    fn out_of_date(&self, file: &File, bundle: &Bundle, leaf: &Certificate, beside: &Path) -> Option<Judged> {
        let beside = input::read_found(beside).ok()?;
        let outcome = Repair::of(vec![bundle.clone(), bundle::read_owned(&beside.name, beside.bytes)])
            .at(self.settings.at)
            .roots(Arc::clone(&self.roots))
            .signatures(Arc::clone(&self.signatures))
            .settings(Arc::clone(&self.repair))
            .run();
        let own = leaf.fingerprint().to_string();
        let is_own = |finding: &Finding| finding.certificate.as_ref().is_some_and(|c| c.sha256 == own);
        let mut report = outcome.report();
        report.findings.retain(|finding| LEAF_ALONE.contains(&finding.rule) && is_own(finding));
        let worst = report.findings.iter().map(|finding| finding.severity).max()?;
        report.verdict = if worst == Severity::Error { Verdict::Broken } else { Verdict::Ok };
        let mut judged = Judged::weighed(report, self.settings);
        judged.paths.push(file.path.clone());
        self.look_at(&outcome, &mut judged);
        judged.count_warnings(self.settings);
        Some(judged)
    }
}

/// What is wrong with a leaf, whatever chain it has.
const LEAF_ALONE: &[Rule] = &[Rule::ExpiredLeaf, Rule::NotYetValid, Rule::Revoked, Rule::ExpiresSoon];

/// The companion's own name: it lies in the same folder.
fn named(path: &Path) -> String {
    shown(Path::new(path.file_name().unwrap_or(path.as_os_str())))
}
