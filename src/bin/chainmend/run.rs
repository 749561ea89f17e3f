//! From inputs to what came of them: read, judge, write.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chainmend::bundle::Bundle;
use chainmend::cert::{Fingerprint, Time};
use chainmend::choose::{Chain, Link};
use chainmend::report::{BundleReport, Verdict};
use chainmend::roots::{RootStore, Roots};
use chainmend::verify::Signatures;
use chainmend::write;
use chainmend::{Outcome, Repair};

use crate::args::{Color, ReportForm};
use crate::input::{self, Identity, Input};
use crate::judged::Judged;
use crate::output::{self, Guard, Planned};
use crate::problem::{Problem, shown};
use crate::settings::{Mode, Outputs, Settings};
use crate::setup::Sources;
use crate::{jobs, manners, quote, setup, terminal};

/// What all bundles share.
struct Engine<'a> {
    settings: &'a Settings,
    roots: Arc<Roots>,
    sources: Sources,
    signatures: Arc<Signatures>,
    /// What the library is told.
    repair: chainmend::Settings,
    /// Files that are being written while inputs are read, and what to call them.
    busy: Vec<(Identity, &'static str)>,
}

/// Does what was asked for, with every bundle; the results in the order of the inputs.
pub fn run(settings: &Settings, color: Color) -> Result<Vec<Judged>, Problem> {
    settings.report_file.iter().try_for_each(|path| report_may_go(settings, path))?;
    outputs(settings).into_iter().try_for_each(|(option, path)| leaves_roots(settings, option, path))?;
    let engine = Engine {
        settings,
        roots: setup::roots(settings)?,
        sources: Sources::of(settings)?,
        signatures: Arc::default(),
        repair: chainmend::Settings { known_elsewhere: setup::known_elsewhere(settings), ..settings.repair.clone() },
        busy: busy(settings),
    };
    let judged = match &settings.mode {
        Mode::Write(outputs) => vec![guarded(&settings.bundles, || engine.together(outputs))],
        Mode::InPlace | Mode::Check => engine.each(settings),
    };
    if settings.verbose {
        for warning in engine.sources.warnings() {
            terminal::stderr_text(&format!("note: {warning}\n"), color);
        }
    }
    Ok(judged)
}

/// One bundle's bug does not end a batch.
fn guarded(inputs: &[PathBuf], work: impl FnOnce() -> Judged) -> Judged {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let names: Vec<String> = inputs.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        let problem = Problem::new(format!("a bug in chainmend: it failed on {}", quote::word(&names.join(" "))))
            .help(concat!("please report it, with the file if you can: ", env!("CARGO_PKG_REPOSITORY"), "/issues"));
        Judged::unread(names, vec![problem])
    })
}

/// `fix -i a.pem a.pem` rewrites one file once.
fn once_each(settings: &Settings) -> Vec<PathBuf> {
    let mut seen = HashSet::new();
    let again = |path: &PathBuf| Identity::at(path).is_some_and(|identity| !seen.insert(identity));
    match settings.mode {
        Mode::InPlace if settings.bundles.len() > 1 => {
            let mut again = again;
            settings.bundles.iter().filter(|path| !again(path)).cloned().collect()
        }
        _ => settings.bundles.clone(),
    }
}

/// The output files of `fix`, by option.
fn outputs(settings: &Settings) -> Vec<(&'static str, &Path)> {
    let Mode::Write(outputs) = &settings.mode else { return Vec::new() };
    outputs.files().map(|(option, _, path)| (option, path)).collect()
}

/// What is trusted is written by nobody.
fn leaves_roots(settings: &Settings, option: &str, output: &Path) -> Result<(), Problem> {
    let identity = Identity::at(output);
    let same = |store: &RootStore| matches!(store, RootStore::Path(path) if Identity::at(path) == identity);
    match identity.is_some() && settings.roots.iter().any(same) {
        true => {
            Err(Problem::new(format!("{option} would overwrite the roots in {}", shown(output)))
                .help("name another file"))
        }
        false => Ok(()),
    }
}

/// A report is written whatever happens, and so must not go over an input or a chain; and nothing
/// is begun whose report could not be written.
pub fn report_may_go(settings: &Settings, report: &Path) -> Result<(), Problem> {
    let same = |path: &Path| {
        let absolute = |path: &Path| std::path::absolute(path).ok();
        absolute(path) == absolute(report) || Identity::at(report).is_some_and(|it| Identity::at(path) == Some(it))
    };
    if let Some(input) = settings.bundles.iter().find(|path| !input::is_stdin(path) && same(path)) {
        return Err(Problem::new(format!("--report-file would overwrite the input {}", shown(input))));
    }
    if let Some((option, _)) = outputs(settings).into_iter().find(|(_, path)| same(path)) {
        return Err(Problem::new(format!("--report-file and {option} are one file")));
    }
    leaves_roots(settings, "--report-file", report)?;
    Planned::new(report, Vec::new(), Guard::NoKey).map(drop)
}

/// The files that are written while inputs are read: an input must be none of them.
fn busy(settings: &Settings) -> Vec<(Identity, &'static str)> {
    let pem = matches!(&settings.mode, Mode::Write(outputs) if outputs.to_stdout());
    let json = settings.report == ReportForm::Json && settings.report_file.is_none();
    let stdout = if pem || json { Identity::of_stdout() } else { None };
    let files = outputs(settings).into_iter().filter_map(|(option, path)| Some((Identity::at(path)?, option)));
    stdout.map(|identity| (identity, "standard output")).into_iter().chain(files).collect()
}

impl Engine<'_> {
    /// Every file for itself, on as many threads as there are processors.
    fn each(&self, settings: &Settings) -> Vec<Judged> {
        let files = once_each(settings);
        let threads = match settings.jobs {
            Some(threads) => threads,
            None if files.len() == 1 => 1,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        jobs::in_order(files.len(), threads, |index| match files.get(index) {
            Some(path) => guarded(std::slice::from_ref(path), || self.alone(path)),
            None => Judged::unread(Vec::new(), Vec::new()),
        })
    }

    fn read(&self, path: &Path) -> Result<Input, Problem> {
        let input = input::read(path)?;
        match self.busy.iter().find(|(identity, _)| Some(*identity) == input.identity) {
            None => Ok(input),
            Some((_, what)) => Err(Problem::new(format!("{what} would overwrite the input {}", shown(path)))
                .help("-i rewrites a file where it is")),
        }
    }

    fn judge(&self, inputs: Vec<Bundle>, at: Time) -> Outcome {
        let mut repair = Repair::of(inputs)
            .at(at)
            .roots(Arc::clone(&self.roots))
            .signatures(Arc::clone(&self.signatures))
            .settings(self.repair.clone());
        for source in &self.sources.list {
            repair = repair.source(Arc::clone(source));
        }
        repair.run()
    }

    /// One file, for itself.
    fn alone(&self, path: &Path) -> Judged {
        let mut input = match self.read(path) {
            Ok(input) => input,
            Err(problem) => return Judged::unread(vec![path.to_string_lossy().into_owned()], vec![problem]),
        };
        // Only what is rewritten is held against the file's own bytes.
        let before = (self.settings.mode == Mode::InPlace).then(|| Fingerprint::of(&input.bytes));
        let bytes = std::mem::take(&mut input.bytes);
        let outcome = self.judge(vec![input::bundle(&input.name, bytes, &self.settings.password)], self.settings.at);
        let mut judged = Judged::weighed(outcome.report(), self.settings);
        self.look_at(&outcome, &mut judged);
        let wants_root = self.settings.mode == Mode::InPlace && self.lacks_root(&judged);
        if judged.report.verdict == Verdict::Repairable || wants_root {
            let regular = || (!input.regular && !input::is_stdin(path)).then(|| manners::no_file(path, self.carry()));
            let bundle = outcome.inputs.first();
            judged.refusal = regular()
                .or_else(|| bundle.and_then(|bundle| manners::refusal(path, bundle, self.carry())))
                .or_else(|| self.out_of_date(path, outcome.chain.as_ref()?));
            if let Some(before) = before {
                self.rewrite(&input, before, outcome, &mut judged);
            }
        }
        judged.count_warnings(self.settings);
        judged
    }

    fn carry(&self) -> &str {
        &self.settings.carry
    }

    /// What the report says of the file besides its certificates.
    fn look_at(&self, outcome: &Outcome, judged: &mut Judged) {
        judged.is_pem = outcome.inputs.iter().all(manners::is_pem);
        judged.holds_root = outcome.chain.as_ref().is_some_and(|chain| {
            let anchor = chain.anchor().certificate.fingerprint();
            let mut certificates = outcome.inputs.iter().flat_map(Bundle::certificates);
            certificates.any(|(_, certificate)| certificate.fingerprint() == anchor)
        });
    }

    /// A chain that is right, but for the root that is to be sent with it.
    fn lacks_root(&self, judged: &Judged) -> bool {
        let wanted = self.settings.repair.include_root && !judged.let_be && !judged.holds_root;
        wanted && judged.report.verdict == Verdict::Ok
    }

    fn rewrite(&self, input: &Input, before: Fingerprint, outcome: Outcome, judged: &mut Judged) {
        let (Some(bundle), Some(chain)) = (outcome.inputs.first(), &outcome.chain) else { return };
        if let Some(problem) = judged.refusal.clone().or_else(|| self.not_now(&input.path, bundle, chain)) {
            return judged.failed(problem);
        }
        let bytes = write::in_place(bundle, chain, self.settings.repair.include_root);
        let holds_key = bundle.has_private_key();
        // The file is read once more: not beside all that was made of it.
        drop(outcome);
        match output::write(&input.path, bytes, Guard::Only(before)) {
            Ok(true) => {
                judged.mended(self.settings);
                judged.report.outputs.push(input.name.clone());
                judged.kept_key = holds_key;
            }
            Ok(false) => (judged.report.verdict, judged.code) = (Verdict::Ok, 0),
            Err(problem) => judged.failed(problem),
        }
    }

    /// A file is rewritten for today: what `--at` finds valid must be so now. Dates show it at once.
    fn out_of_date(&self, path: &Path, chain: &Chain) -> Option<Problem> {
        let now = self.settings.now;
        let in_date = |link: &Link| {
            let (from, until) = (link.certificate.not_before(), link.certificate.not_after());
            from.is_none_or(|from| from <= now) && until.is_none_or(|until| now <= until)
        };
        let given = self.settings.at_given;
        (given && !chain.links().iter().all(in_date)).then(|| manners::not_now(path, self.settings.at, self.carry()))
    }

    /// The same, judged in full.
    fn not_now(&self, path: &Path, bundle: &Bundle, chain: &Chain) -> Option<Problem> {
        if !self.settings.at_given {
            return None;
        }
        let now = self.judge(vec![bundle.clone()], self.settings.now);
        let certificates =
            |chain: &Chain| -> Vec<_> { chain.links().iter().map(|link| link.certificate.fingerprint()).collect() };
        if now.chain.as_ref().is_some_and(|today| certificates(today) == certificates(chain)) {
            return None;
        }
        Some(manners::not_now(path, self.settings.at, self.carry()))
    }

    /// All inputs as one bundle.
    fn together(&self, outputs: &Outputs) -> Judged {
        let mut inputs = Vec::new();
        let mut problems = Vec::new();
        for path in &self.settings.bundles {
            match self.read(path) {
                Ok(input) => inputs.push(input::bundle(&input.name, input.bytes, &self.settings.password)),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            let names = self.settings.bundles.iter().map(|path| path.to_string_lossy().into_owned()).collect();
            return Judged::unread(names, problems);
        }
        let outcome = self.judge(inputs, self.settings.at);
        let mut report = outcome.report();
        if outcome.chain.is_some() {
            leave_behind(&mut report);
        }
        let mut judged = Judged::weighed(report, self.settings);
        match &outcome.chain {
            Some(chain) => self.put(outputs, chain, &mut judged),
            None => nothing_to_write(&outcome, outputs, &mut judged),
        }
        judged.count_warnings(self.settings);
        judged
    }

    fn put(&self, outputs: &Outputs, chain: &Chain, judged: &mut Judged) {
        let pem = |part| write::pem(chain, part, self.settings.repair.include_root);
        let mut planned: Vec<Planned> = Vec::new();
        let mut names = Vec::new();
        for (_, part, path) in outputs.files() {
            match Planned::new(path, pem(part), Guard::NoKey) {
                Ok(file) if planned.iter().any(|other| other.same_target(&file)) => {
                    return judged.failed(Problem::new(format!("two outputs are one file: {}", shown(path))));
                }
                Ok(file) => planned.push(file),
                Err(problem) => return judged.failed(problem),
            }
            names.push(path.to_string_lossy().into_owned());
        }
        let written = output::write_all(planned)
            .and_then(|written| outputs.stdout().map_or(Ok(()), |part| terminal::stdout(&pem(part))).map(|()| written));
        match written {
            Ok(written) => {
                let names = names.into_iter().zip(&written).filter(|(_, written)| **written).map(|(name, _)| name);
                judged.report.outputs.extend(names);
                if judged.report.verdict == Verdict::Repairable {
                    judged.mended(self.settings);
                }
            }
            Err(problem) => judged.failed(problem),
        }
    }
}

/// Blocks that are damaged beyond mending stay where they are: what is written holds certificates only.
fn leave_behind(report: &mut BundleReport) {
    for finding in report.findings.iter_mut().filter(|finding| finding.by_hand) {
        (finding.fixed, finding.action, finding.help) = (true, Some("left out".to_owned()), None);
        report.verdict = Verdict::Repairable;
    }
}

/// `fix` was asked for a chain and there is none: what `check` would pass over is a failure here.
fn nothing_to_write(outcome: &Outcome, outputs: &Outputs, judged: &mut Judged) {
    if outcome.verdict == Verdict::Skipped {
        let names: Vec<String> = judged.report.inputs.iter().map(|name| shown(Path::new(name))).collect();
        if outcome.inputs.iter().all(|bundle| bundle.certificates().next().is_none()) {
            judged.report.verdict = Verdict::Unreadable;
            let own = judged.report.findings.iter().find_map(|finding| finding.help.clone());
            let help =
                own.or_else(|| Some("name the file with the certificate; a key goes with --key FILE".to_owned()));
            judged.failed(Problem { help, ..Problem::new(format!("no certificate in {}", names.join(", "))) });
        } else {
            (judged.report.verdict, judged.code) = (Verdict::Broken, 1);
        }
    }
    let left = outputs.files().filter(|(_, _, path)| path.exists());
    judged.left = left.map(|(_, _, path)| path.to_string_lossy().into_owned()).collect();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "makes the files that are named")]

    use clap::Parser;

    use super::*;
    use crate::args::{Command, CommandLine};
    use crate::settings::Environment;

    #[test]
    fn a_bug_ends_one_bundle_and_no_other() {
        let names = [PathBuf::from("a.pem")];
        let judged = guarded(&names, || panic!("shown by this test on purpose"));
        assert_eq!((judged.code, judged.report.verdict), (2, Verdict::Unreadable));
        assert_eq!(judged.problems[0].message, "a bug in chainmend: it failed on a.pem");
        assert_eq!(guarded(&names, || Judged::unread(Vec::new(), Vec::new())).problems, []);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_named_twice_is_rewritten_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
        let (file, link, none) = (path("a.pem"), path("b.pem"), path("none.pem"));
        std::fs::File::options().write(true).create(true).truncate(true).open(&file).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let files = |command: &[&str]| {
            let words = [&["chainmend"], command, &[&file, &link, &none, &none]].concat();
            let now = Time::from_unix(0);
            let settings = match CommandLine::try_parse_from(words).unwrap().command {
                Command::Fix(fix) => Settings::fix(fix.output, false, fix.common, Environment::default(), now),
                Command::Check(check) => Settings::check(check.common, Environment::default(), now),
                other => panic!("{other:?}"),
            };
            once_each(&settings.unwrap()).len()
        };
        assert_eq!(files(&["fix", "-i"]), 3);
        assert_eq!(files(&["check"]), 4);
    }
}
