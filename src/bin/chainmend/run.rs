//! From inputs to what came of them: read, judge, write.

mod found;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chainmend::bundle::{self, Bundle};
use chainmend::cert::Time;
use chainmend::choose::{Chain, Link};
use chainmend::report::Verdict;
use chainmend::roots::{RootStore, Roots};
use chainmend::verify::Signatures;
use chainmend::write;
use chainmend::{Outcome, Repair};

use crate::args::{Color, ReportForm};
use crate::input::{self, Identity, Input, Unread};
use crate::judged::Judged;
use crate::output::{self, Guard, Planned};
use crate::problem::{Problem, shown};
use crate::settings::{Mode, Outputs, Settings};
use crate::setup::Sources;
use crate::walk::{self, Beside, File, Seen, Walked};
use crate::{jobs, manners, quote, setup, terminal};

/// What all bundles share.
struct Engine<'a> {
    settings: &'a Settings,
    roots: Arc<Roots>,
    sources: Sources,
    signatures: Arc<Signatures>,
    /// What the library is told.
    repair: chainmend::Settings,
    /// What stands beside files that were found.
    beside: Beside,
    /// Files that are being written while inputs are read, and what to call them.
    busy: Vec<(Identity, &'static str)>,
}

/// Does what was asked for, with every bundle; the results in the order of the inputs.
pub fn run(settings: &Settings, color: Color) -> Result<Vec<Judged>, Problem> {
    settings.report_file.iter().try_for_each(|path| report_may_go(settings, path))?;
    outputs(settings).into_iter().try_for_each(|(option, path)| leaves_roots(settings, option, path))?;
    outputs_may_go(settings)?;
    let busy = busy(settings);
    let Walked { seen, excluded } =
        walk::walk(settings, &busy.iter().map(|(identity, _)| *identity).collect::<Vec<_>>())?;
    let engine = Engine {
        settings,
        roots: setup::roots(settings)?,
        sources: Sources::of(settings)?,
        signatures: Arc::default(),
        repair: chainmend::Settings { known_elsewhere: setup::known_elsewhere(settings), ..settings.repair.clone() },
        beside: Beside::default(),
        busy,
    };
    let judged = match &settings.mode {
        Mode::Write(_) if seen.is_empty() && excluded => return Err(found::all_excluded()),
        Mode::Write(outputs) => vec![guarded(&settings.bundles, || engine.together(seen, outputs))],
        Mode::InPlace | Mode::Check => engine.each(&seen),
    };
    if settings.verbose {
        for warning in engine.sources.warnings() {
            terminal::stderr_text(&format!("note: {warning}\n"), color);
        }
    }
    Ok(judged)
}

/// One bundle's bug does not end a batch.
fn guarded<P: AsRef<Path>>(inputs: &[P], work: impl FnOnce() -> Judged) -> Judged {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let names: Vec<String> = inputs.iter().map(|path| path.as_ref().to_string_lossy().into_owned()).collect();
        let problem = Problem::new(format!("a bug in chainmend: it failed on {}", quote::word(&names.join(" "))))
            .help(concat!("please report it, with the file if you can: ", env!("CARGO_PKG_REPOSITORY"), "/issues"));
        Judged::unread(names, vec![problem])
    })
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
    let found = |folder: &Path| folder.is_dir() && walk::may_find(folder, report);
    if let Some(input) = settings.bundles.iter().find(|path| !input::is_stdin(path) && found(path)) {
        return Err(Problem::new(format!("--report-file would overwrite {}, in {}", shown(report), shown(input))));
    }
    if let Some(input) = settings.bundles.iter().find(|path| !input::is_stdin(path) && same(path)) {
        return Err(Problem::new(format!("--report-file would overwrite the input {}", shown(input))));
    }
    if let Some((option, _)) = outputs(settings).into_iter().find(|(_, path)| same(path)) {
        return Err(Problem::new(format!("--report-file and {option} are one file")));
    }
    leaves_roots(settings, "--report-file", report)?;
    Planned::new(report, Vec::new(), Guard::NoKey).map(drop)
}

/// Nothing is fetched for outputs that have no place: a folder that is missing, a folder in place of
/// a file, one file for two.
fn outputs_may_go(settings: &Settings) -> Result<(), Problem> {
    let mut targets: Vec<PathBuf> = Vec::new();
    for (_, path) in outputs(settings) {
        if let Some(target) = output::target(path)? {
            if targets.contains(&target) {
                return Err(Problem::new(format!("two outputs are one file: {}", shown(path))));
            }
            targets.push(target);
        }
    }
    Ok(())
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
    fn each(&self, seen: &[Seen]) -> Vec<Judged> {
        let threads = match self.settings.jobs {
            Some(threads) => threads,
            None if seen.len() <= 1 => 1,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        jobs::in_order(seen.len(), threads, |index| match seen.get(index) {
            Some(Seen::File(file)) => guarded(&[&file.path], || self.alone(file)),
            Some(Seen::PassedOver(path, why)) => found::passed_over(path, why, self.settings),
            Some(Seen::Problem(path, problem)) => Judged::unread(vec![name_of(path)], vec![problem.clone()]),
            None => Judged::unread(Vec::new(), Vec::new()),
        })
    }

    fn read_file(&self, file: &File) -> Result<Input, Unread> {
        let path = file.path.as_path();
        let input = match file.tree {
            Some(_) => input::read_found(path)?,
            None => input::read(path).map_err(Unread::Problem)?,
        };
        match self.busy.iter().find(|(identity, _)| Some(*identity) == input.identity) {
            None => Ok(input),
            Some((_, what)) => Err(Unread::Problem(
                Problem::new(format!("{what} would overwrite the input {}", shown(path)))
                    .help("-i rewrites a file where it is"),
            )),
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
    fn alone(&self, file: &File) -> Judged {
        let path = file.path.as_path();
        let mut input = match self.read_file(file) {
            Ok(input) => input,
            Err(Unread::PassedOver(why)) => return found::passed_over(path, why, self.settings),
            Err(Unread::Problem(problem)) => return Judged::unread(vec![name_of(path)], vec![problem]),
        };
        // Only what is rewritten is held against the file's own bytes.
        let bytes =
            if self.settings.mode == Mode::InPlace { input.bytes.clone() } else { std::mem::take(&mut input.bytes) };
        let bundle = bundle::read_owned(&input.name, bytes);
        if let Some(split) = self.split(file, &bundle) {
            return split;
        }
        let mut outcome = self.judge(vec![bundle], self.settings.at);
        if file.tree.is_some() {
            found::forgive(&mut outcome);
        }
        let mut judged = Judged::weighed(outcome.report(), self.settings);
        self.look_at(&outcome, &mut judged);
        let wants_root = self.settings.mode == Mode::InPlace && self.lacks_root(&judged);
        if judged.report.verdict == Verdict::Repairable || wants_root {
            let regular = || (!input.regular && !input::is_stdin(path)).then(|| manners::no_file(path, self.carry()));
            let bundle = outcome.inputs.first();
            judged.refusal = regular()
                .or_else(|| bundle.and_then(|bundle| manners::refusal(path, bundle, self.carry())))
                .or_else(|| self.out_of_date(path, outcome.chain.as_ref()?));
            if self.settings.mode == Mode::InPlace {
                self.rewrite(file, &input, &outcome, &mut judged);
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

    fn rewrite(&self, file: &File, input: &Input, outcome: &Outcome, judged: &mut Judged) {
        let (Some(bundle), Some(chain)) = (outcome.inputs.first(), &outcome.chain) else { return };
        let refusal = judged.refusal.clone().or_else(|| self.not_now(&input.path, bundle, chain));
        match (refusal.or_else(|| manners::outside(file, self.carry())), &file.tree) {
            (None, _) => {}
            (Some(refusal), Some(_)) => return judged.left_to_the_user(refusal),
            (Some(refusal), None) => return judged.failed(refusal),
        }
        let bytes = write::in_place(bundle, chain, self.settings.repair.include_root);
        match output::write(&input.path, bytes, Guard::Only(&input.bytes)) {
            Ok(true) => {
                judged.mended(self.settings);
                judged.report.outputs.push(input.name.clone());
                judged.kept_key = bundle.has_private_key();
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
    fn together(&self, seen: Vec<Seen>, outputs: &Outputs) -> Judged {
        let mut inputs = Vec::new();
        let mut problems = Vec::new();
        for seen in seen {
            match seen {
                Seen::File(file) => match self.read_file(&file) {
                    Ok(input) => inputs.push(bundle::read_owned(&input.name, input.bytes)),
                    Err(Unread::PassedOver(_)) => {}
                    Err(Unread::Problem(problem)) => problems.push(problem),
                },
                Seen::PassedOver(..) => {}
                Seen::Problem(_, problem) => problems.push(problem),
            }
        }
        if inputs.is_empty() && problems.is_empty() {
            problems.push(found::nothing_read(&self.settings.bundles));
        }
        if !problems.is_empty() {
            return Judged::unread(self.settings.bundles.iter().map(|path| name_of(path)).collect(), problems);
        }
        let outcome = self.judge(inputs, self.settings.at);
        let mut judged = Judged::weighed(outcome.report(), self.settings);
        match (&outcome.chain, outcome.verdict) {
            (Some(chain), Verdict::Ok | Verdict::Repairable) => self.put(outputs, chain, &mut judged),
            _ => nothing_to_write(&outcome, outputs, &mut judged),
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

fn name_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
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
    use super::*;

    #[test]
    fn a_bug_ends_one_bundle_and_no_other() {
        let names = [PathBuf::from("a.pem")];
        let judged = guarded(&names, || panic!("shown by this test on purpose"));
        assert_eq!((judged.code, judged.report.verdict), (2, Verdict::Unreadable));
        assert_eq!(judged.problems[0].message, "a bug in chainmend: it failed on a.pem");
        assert_eq!(guarded(&names, || Judged::unread(Vec::new(), Vec::new())).problems, []);
    }
}
