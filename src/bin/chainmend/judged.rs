//! What came of a bundle, weighed by the options: what is ignored, what counts, which exit code.

use std::path::{Path, PathBuf};

use chainmend::bundle::{self, Bundle};
use chainmend::report::{BundleReport, Finding, Severity, Verdict, name_of};
use chainmend::rules::Rule;

use crate::diff::Diff;
use crate::live;
use crate::problem::Problem;
use crate::report::Ground;
use crate::settings::{Mode, Settings};

/// What came of a bundle.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What the library says, with the verdict as it is in the end.
    pub report: BundleReport,
    /// The exit code.
    pub code: u8,
    /// The rule of `--fail-on` that was broken.
    pub counted: Option<Rule>,
    /// The files it is of, where they are known: a report's names are text, and a path need not be.
    pub paths: Vec<PathBuf>,
    /// What could not be read or written.
    pub problems: Vec<Problem>,
    /// Why `fix -i` would not rewrite it, and what to type instead.
    pub refusal: Option<Problem>,
    /// A private key stands in the file that was rewritten.
    pub kept_key: bool,
    /// The files that were changed (under `check` and `--diff`: would be), as they were named.
    pub changed: Vec<PathBuf>,
    /// How they would change, for a terminal.
    pub diff: String,
    /// Outputs that exist and were left as they were.
    pub left: Vec<String>,
    /// Mended into files that held the chain already: nothing was done.
    pub had_it: bool,
    /// Right only because of what the user lets pass: the file is left as it is.
    pub let_be: bool,
    /// The input holds the anchor too, as `--include-root` wants it.
    pub holds_root: bool,
    /// The input is a PEM file, which other programs read as well.
    pub is_pem: bool,
    /// The files themselves, for reports for machines.
    pub ground: Ground,
    /// The servers that were asked: their addresses, and which TLS they spoke.
    pub reached: Vec<String>,
}

impl Judged {
    /// A report as it is, with the exit code of its verdict.
    pub fn new(report: BundleReport) -> Self {
        let code = code(report.verdict);
        Self {
            report,
            code,
            counted: None,
            paths: Vec::new(),
            problems: Vec::new(),
            refusal: None,
            kept_key: false,
            changed: Vec::new(),
            diff: String::new(),
            left: Vec::new(),
            had_it: false,
            let_be: false,
            holds_root: false,
            is_pem: true,
            ground: Ground::default(),
            reached: Vec::new(),
        }
    }

    /// A report, weighed.
    pub fn weighed(mut report: BundleReport, settings: &Settings) -> Self {
        report.findings.iter_mut().for_each(|finding| finding.ignored = settings.ignores(finding));
        let findings = report.findings.clone();
        let among = |wanted: &dyn Fn(&Finding) -> bool| {
            let mut wanted = findings.iter().filter(|f| wanted(f)).peekable();
            wanted.peek().is_some() && wanted.all(|f| f.ignored)
        };
        let asked_for_a_chain = matches!(settings.mode, Mode::Write(_));
        let (mut passes, mut let_be) = (false, false);
        match report.verdict {
            Verdict::Repairable if !asked_for_a_chain && among(&|f| f.fixed) => {
                report.verdict = Verdict::Ok;
                let_be = true;
                // Nothing is done about them.
                for finding in report.findings.iter_mut().filter(|f| f.ignored) {
                    (finding.fixed, finding.action) = (false, None);
                }
            }
            Verdict::Broken | Verdict::Incomplete
                if !asked_for_a_chain && among(&|f| f.severity == Severity::Error && !f.fixed) =>
            {
                passes = true;
            }
            _ => {}
        }
        let code = if passes { 0 } else { code(report.verdict) };
        Self { code, let_be, ..Self::new(report) }
    }

    /// An input that could not be read.
    pub fn unread(inputs: Vec<String>, problems: Vec<Problem>) -> Self {
        let report = BundleReport::new(inputs, Verdict::Unreadable);
        Self { problems, ..Self::new(report) }
    }

    /// Why a search with `fix -i` left it to the user, if so.
    pub fn why_left(&self, mode: &Mode) -> Option<&Problem> {
        let is_left = *mode == Mode::InPlace && self.report.verdict == Verdict::Repairable && self.problems.is_empty();
        self.refusal.as_ref().filter(|_| is_left)
    }

    /// Something could not be done: exit 2.
    pub fn failed(&mut self, problem: Problem) {
        self.problems.push(problem);
        self.code = 2;
    }

    /// It would be rewritten, but not by a search that came across it: for this reason, and with what
    /// to type instead.
    pub fn left_to_the_user(&mut self, refusal: Problem) {
        self.refusal = Some(refusal);
        (self.report.verdict, self.code) = (Verdict::Repairable, 1);
    }

    /// The chain was made and is where it was asked for.
    pub fn mended(&mut self, settings: &Settings) {
        self.report.verdict = Verdict::Repaired;
        self.code = u8::from(settings.exit_non_zero_on_fix);
    }

    /// `bytes` would stand in the file that is now `old`.
    pub fn would_change(&mut self, old: &Bundle, path: &Path, bytes: &[u8]) {
        let new = bundle::read(&name_of(path), bytes);
        self.changed.push(path.to_owned());
        self.diff.push_str(&Diff::of_files(Some(old), &new, &self.report));
    }

    /// Lets `--fail-on` have its say, last.
    pub fn count_warnings(&mut self, settings: &Settings) {
        let counts = |finding: &Finding| {
            settings.fail_on.contains(&finding.rule) && (settings.mode == Mode::Check || !finding.fixed)
        };
        let counted = self.findings().find(|(finding, ignored)| !ignored && counts(finding));
        if let Some(rule) = counted.map(|(finding, _)| finding.rule) {
            self.code = self.code.max(1);
            self.counted = Some(rule);
        }
    }

    /// The findings, each with whether it is ignored.
    pub fn findings(&self) -> impl Iterator<Item = (&Finding, bool)> {
        self.report.findings.iter().map(|finding| (finding, finding.ignored))
    }

    /// Whether nothing is wrong but that the server does not send what the file of `--against` holds.
    pub fn only_differs(&self) -> bool {
        let errors = || self.report.findings.iter().filter(|f| f.severity == Severity::Error && !f.fixed);
        self.report.verdict == Verdict::Broken
            && errors().all(|f| f.rule == Rule::ServerDiffers)
            && !self.report.chain.is_empty()
    }

    /// Whether servers are among the inputs.
    pub fn is_live(&self) -> bool {
        self.report.inputs.iter().any(|name| live::is_server(name))
    }

    /// Whether somebody should look at it: `-q` reports nothing else.
    pub fn needs_attention(&self) -> bool {
        if self.report.verdict == Verdict::Skipped {
            return self.code != 0;
        }
        let mended = self.report.verdict == Verdict::Repaired && !self.had_it;
        let warns = |f: &Finding| f.severity >= Severity::Warning && !f.fixed;
        self.code != 0 || mended || self.findings().any(|(finding, ignored)| !ignored && warns(finding))
    }
}

/// The exit code of a verdict.
fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Ok | Verdict::Repaired | Verdict::Skipped => 0,
        Verdict::Repairable | Verdict::Broken | Verdict::Incomplete => 1,
        Verdict::Unreadable => 2,
    }
}

#[cfg(test)]
mod tests {
    use chainmend::cert::Time;
    use clap::Parser;

    use super::*;
    use crate::args::{Command, CommandLine};
    use crate::settings::Environment;

    fn weigh(line: &str, verdict: Verdict, findings: &[(Rule, Severity, bool)]) -> (Verdict, u8) {
        let (now, environment) = (Time::from_unix(0), Environment::default());
        let settings = match CommandLine::try_parse_from(line.split(' ')).unwrap().command {
            Command::Fix(fix) => Settings::fix(fix.output, fix.exit_non_zero_on_fix, fix.common, environment, now),
            Command::Check(check) => Settings::check(check.common, environment, now),
            other => panic!("{other:?}"),
        };
        let mut report = Judged::unread(Vec::new(), Vec::new()).report;
        report.verdict = verdict;
        report.findings = findings
            .iter()
            .map(|(rule, severity, fixed)| {
                let mut finding = Finding::new(*rule, "").severity(*severity);
                finding.fixed = *fixed;
                finding
            })
            .collect();
        let mut judged = Judged::weighed(report, &settings.unwrap());
        judged.count_warnings(&match CommandLine::try_parse_from(line.split(' ')).unwrap().command {
            Command::Fix(f) => Settings::fix(f.output, false, f.common, Environment::default(), now).unwrap(),
            Command::Check(c) => Settings::check(c.common, Environment::default(), now).unwrap(),
            other => panic!("{other:?}"),
        });
        (judged.report.verdict, judged.code)
    }

    const MISORDERED: (Rule, Severity, bool) = (Rule::Misordered, Severity::Warning, true);
    const ROOT: (Rule, Severity, bool) = (Rule::RootIncluded, Severity::Warning, true);
    const EXPIRED: (Rule, Severity, bool) = (Rule::ExpiredLeaf, Severity::Error, false);
    const MISSING: (Rule, Severity, bool) = (Rule::MissingIntermediate, Severity::Error, false);
    const SOON: (Rule, Severity, bool) = (Rule::ExpiresSoon, Severity::Warning, false);

    #[test]
    fn exit_codes_of_verdicts() {
        for (verdict, exit) in [
            (Verdict::Ok, 0),
            (Verdict::Repairable, 1),
            (Verdict::Broken, 1),
            (Verdict::Incomplete, 1),
            (Verdict::Unreadable, 2),
            (Verdict::Skipped, 0),
        ] {
            assert_eq!(weigh("chainmend check a", verdict, &[]), (verdict, exit));
        }
    }

    #[test]
    fn ignoring_lets_a_file_be() {
        let check = "chainmend check a --ignore misordered";
        assert_eq!(weigh(check, Verdict::Repairable, &[MISORDERED]), (Verdict::Ok, 0));
        assert_eq!(weigh(check, Verdict::Repairable, &[MISORDERED, SOON]), (Verdict::Ok, 0));
        assert_eq!(weigh(check, Verdict::Repairable, &[MISORDERED, ROOT]), (Verdict::Repairable, 1));
        assert_eq!(weigh(check, Verdict::Repairable, &[ROOT]), (Verdict::Repairable, 1));
        assert_eq!(weigh(check, Verdict::Repairable, &[]), (Verdict::Repairable, 1));
        assert_eq!(
            weigh("chainmend fix -i a --ignore misordered", Verdict::Repairable, &[MISORDERED]),
            (Verdict::Ok, 0)
        );
        // A chain that was asked for is made all the same.
        let write = "chainmend fix a -o b --ignore misordered";
        assert_eq!(weigh(write, Verdict::Repairable, &[MISORDERED]), (Verdict::Repairable, 1));
    }

    #[test]
    fn ignoring_makes_no_broken_chain_good() {
        let check = "chainmend check a --ignore expired-leaf";
        assert_eq!(weigh(check, Verdict::Broken, &[EXPIRED]), (Verdict::Broken, 0));
        assert_eq!(weigh(check, Verdict::Broken, &[EXPIRED, MISSING]), (Verdict::Broken, 1));
        assert_eq!(weigh("chainmend fix a -o b --ignore expired-leaf", Verdict::Broken, &[EXPIRED]).1, 1);
        let offline = "chainmend check a --offline --ignore missing-intermediate";
        assert_eq!(weigh(offline, Verdict::Incomplete, &[MISSING]), (Verdict::Incomplete, 0));
    }

    #[test]
    fn what_is_let_be_is_not_called_fixed() {
        let line = "chainmend fix -i a --ignore misordered".split(' ');
        let settings = match CommandLine::try_parse_from(line).unwrap().command {
            Command::Fix(fix) => {
                Settings::fix(fix.output, false, fix.common, Environment::default(), Time::from_unix(0)).unwrap()
            }
            other => panic!("{other:?}"),
        };
        let mut report = Judged::unread(Vec::new(), Vec::new()).report;
        report.verdict = Verdict::Repairable;
        report.findings = vec![Finding::new(Rule::Misordered, "").fixed("reordered")];
        let judged = Judged::weighed(report.clone(), &settings);
        assert!(judged.let_be);
        let finding = &judged.report.findings[0];
        assert_eq!((finding.ignored, finding.fixed, &finding.action), (true, false, &None));

        report.findings.push(Finding::new(Rule::Duplicate, "").fixed("removed"));
        let judged = Judged::weighed(report, &settings);
        assert!(!judged.let_be);
        assert!(judged.report.findings.iter().all(|finding| finding.fixed));
    }

    #[test]
    fn a_warning_may_be_made_to_count() {
        let check = "chainmend check a --fail-on expires-soon --fail-on misordered";
        assert_eq!(weigh(check, Verdict::Ok, &[SOON]), (Verdict::Ok, 1));
        assert_eq!(weigh("chainmend check a", Verdict::Ok, &[SOON]), (Verdict::Ok, 0));
        let both = "chainmend check a --fail-on expires-soon --ignore expires-soon";
        assert_eq!(weigh(both, Verdict::Ok, &[SOON]), (Verdict::Ok, 0));
    }
}
