//! From inputs to what came of them: read, judge, write.

mod ahead;
mod found;
mod server;
mod together;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chainmend::bundle::{self, Bundle};
use chainmend::cert::{Fingerprint, Shared, Time};
use chainmend::choose::{Chain, Link};
use chainmend::report::{Finding, Verdict, name_of};
use chainmend::roots::Roots;
use chainmend::rules::Rule;
use chainmend::verify::Signatures;
use chainmend::write;
use chainmend::{Outcome, Repair};

use crate::args::ReportForm;
use crate::input::{self, Identity, Input, MAX_INPUT_BYTES, Opened, Pipes, Unread};
use crate::interrupt::GATE;
use crate::jobs::{Crew, Desk, Waits, lock};
use crate::judged::Judged;
use crate::output::{self, Guard, Planned};
use crate::problem::{Problem, shown};
use crate::report::Ground;
use crate::room::{Part, Room};
use crate::settings::{Mode, Settings};
use crate::setup::Sources;
use crate::walk::{self, Beside, File, Seen, Walked};
use crate::{jobs, manners, quote, setup};

pub use ahead::report_may_go;

/// So many files of `--intermediates` that could not be read are named without being asked for.
const MAX_LOST: usize = 10;

/// So many files are named by somebody who types; more are a list, or a glob's.
const MAX_TYPED: usize = 20;

/// What all bundles share.
pub struct Engine<'a> {
    /// What was asked for.
    pub settings: &'a Settings,
    roots: Arc<Roots>,
    sources: Sources,
    signatures: Arc<Signatures>,
    shared: Shared,
    /// What the library is told.
    repair: Arc<chainmend::Settings>,
    /// What stands beside files that were found.
    beside: Beside,
    /// The file that live servers are held against.
    against: Option<Bundle>,
    /// Files that are being written while inputs are read, and what to call them.
    busy: Vec<(Identity, &'static str)>,
    /// The bundle is one of several.
    one_of_many: bool,
    /// An intermediate is missing somewhere, and was not had.
    lacks: AtomicBool,
    /// What inputs may take in memory, all together.
    pub room: Room,
}

/// Everything that was asked for, ready to be done.
pub struct Job<'a> {
    engine: Engine<'a>,
    seen: Vec<Seen>,
}

impl<'a> Job<'a> {
    /// Looks at what was named, and at what it needs.
    pub fn prepare(settings: &'a Settings) -> Result<Self, Problem> {
        settings.report_file.iter().try_for_each(|path| ahead::report_may_go(settings, path))?;
        ahead::look(settings)?;
        let busy = busy(settings);
        let Walked { seen, excluded } =
            walk::walk(settings, &busy.iter().map(|(identity, _)| *identity).collect::<Vec<_>>())?;
        let engine = Engine { busy, one_of_many: seen.len() > 1, ..Engine::prepare(settings)? };
        if seen.is_empty() && matches!(settings.mode, Mode::Write(_)) {
            return Err(if excluded { found::all_excluded() } else { found::none_listed() });
        }
        Ok(Self { engine, seen })
    }

    /// How many bundles there are.
    pub fn bundles(&self) -> usize {
        if self.is_one() { 1 } else { self.seen.len() }
    }

    /// Counts the requests that are made.
    pub fn requests(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.engine.sources.requests)
    }

    /// What went wrong without doing harm.
    pub fn warnings(&self) -> Vec<String> {
        let roots = self.engine.roots.warnings().iter().map(|warning| chainmend::cert::escape(warning));
        roots.chain(self.engine.sources.warnings()).collect()
    }

    /// What could not be read of the certificates at hand, where one of those may be missing.
    pub fn lost(&self) -> Vec<String> {
        self.engine.lost()
    }

    fn is_one(&self) -> bool {
        matches!(self.engine.settings.mode, Mode::Write(_)) || self.engine.settings.together
    }

    /// Does it, with every bundle, on as many threads as there are processors, not counting those that
    /// wait for a server; `draft` is what becomes of each result, on the thread that it came about on.
    pub fn run<T: Send>(
        &self,
        draft: impl Fn(Judged) -> T + Sync,
        desk: &Desk<T, impl FnMut(T) -> ControlFlow<()> + Send>,
    ) {
        let settings = self.engine.settings;
        let bundles = self.bundles();
        let crew = Crew::of(settings.jobs, bundles, self.engine.waits());
        let mut numbers = 0..bundles;
        let work = |number: usize| {
            let leaves = GATE.leaves();
            let judged = match (&settings.mode, self.seen.get(number)) {
                (Mode::Write(outputs), _) => guarded(&settings.bundles, || self.engine.together(&self.seen, outputs)),
                (Mode::Check, _) if settings.together => guarded(&settings.bundles, || self.engine.as_one(&self.seen)),
                (_, Some(seen)) => self.engine.each(seen),
                (_, None) => Judged::unread(Vec::new(), Vec::new()),
            };
            self.engine.mind(&judged);
            let draft = draft(judged);
            leaves.done();
            (draft, leaves)
        };
        jobs::in_order(&crew, || numbers.next(), work, desk);
    }
}

/// One bundle's bug does not end a batch.
pub fn guarded<P: AsRef<Path>>(inputs: &[P], work: impl FnOnce() -> Judged) -> Judged {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let names: Vec<String> = inputs.iter().map(|path| name_of(path.as_ref())).collect();
        let problem = Problem::new(format!("a bug in chainmend: it failed on {}", quote::word(&names.join(" "))))
            .help(concat!("please report it, with the file if you can: ", env!("CARGO_PKG_REPOSITORY"), "/issues"));
        Judged::unread(names, vec![problem])
    })
}

/// The files that are written while inputs are read: an input must be none of them.
fn busy(settings: &Settings) -> Vec<(Identity, &'static str)> {
    let pem = matches!(&settings.mode, Mode::Write(outputs) if outputs.to_stdout());
    let stdout = if pem || settings.is_told_on_stdout() || settings.diff || settings.list_changed {
        Identity::of_stdout()
    } else {
        None
    };
    let files = ahead::outputs(settings).into_iter().filter(|(option, _)| !may_replace_input(settings, option));
    let files = files.filter_map(|(option, path)| Some((Identity::at(path)?, option)));
    stdout.map(|identity| (identity, "standard output")).into_iter().chain(files).collect()
}

fn may_replace_input(settings: &Settings, option: &str) -> bool {
    matches!(&settings.mode, Mode::Write(outputs) if outputs.may_replace_input(option))
}

impl<'a> Engine<'a> {
    /// What these settings ask for, ready to be asked.
    pub fn prepare(settings: &'a Settings) -> Result<Self, Problem> {
        let (roots, sources) = (setup::roots(settings)?, Sources::of(settings)?);
        let repair = Arc::new(chainmend::Settings {
            revoked: sources.revoked.clone(),
            known_elsewhere: setup::known_elsewhere(settings),
            ..settings.repair.clone()
        });
        let against = settings.against.as_deref().map(|path| server::file(path, &settings.password)).transpose()?;
        Ok(Self {
            settings,
            roots,
            sources,
            signatures: Arc::default(),
            shared: Shared::default(),
            repair,
            beside: Beside::default(),
            against,
            busy: Vec::new(),
            one_of_many: false,
            lacks: AtomicBool::new(false),
            room: Room::default(),
        })
    }

    /// Who waits for a server.
    pub fn waits(&self) -> &Waits {
        &self.sources.waits
    }

    /// Keeps in mind whether an intermediate is missing.
    pub fn mind(&self, judged: &Judged) {
        let lacks = |finding: &Finding| finding.rule == Rule::MissingIntermediate && !finding.fixed;
        if judged.code != 0 && judged.report.findings.iter().any(lacks) {
            self.lacks.store(true, Ordering::Relaxed);
        }
    }

    /// What could not be read of `--intermediates`, where an intermediate is missing; not more than a
    /// person reads.
    pub fn lost(&self) -> Vec<String> {
        if !self.lacks.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut lost = self.sources.lost();
        let more = lost.len().saturating_sub(MAX_LOST);
        lost.truncate(MAX_LOST);
        lost.extend((more > 0).then(|| format!("{more} more of --intermediates could not be read; -v names them")));
        lost
    }

    /// One of several files, for itself.
    fn each(&self, seen: &Seen) -> Judged {
        match seen {
            Seen::File(file) => guarded(&[&file.path], || self.alone(file)),
            Seen::Server(server) => guarded(&[&server.typed], || self.live(server)),
            Seen::PassedOver(path, why) => found::passed_over(path, why, self.settings),
            Seen::Problem(path, problem) => Judged::unread(vec![name_of(path)], vec![problem.clone()]),
        }
    }

    /// Opens a file of the run, which nothing may be about to overwrite.
    fn open<'f>(&self, file: &'f File, pipes: Pipes) -> Result<Opened<'f>, Unread> {
        let path = file.path.as_path();
        let opened = match file.tree {
            Some(_) => input::open_found(path)?,
            None => input::open(path, pipes).map_err(|problem| Unread::Problem(self.with_near_names(problem, path)))?,
        };
        match self.busy.iter().find(|(identity, _)| Some(*identity) == opened.identity()) {
            None => Ok(opened),
            Some((_, what)) => Err(Unread::Problem(
                Problem::new(format!("{what} would overwrite the input {}", shown(path)))
                    .help(self.instead_of_overwriting(path)),
            )),
        }
    }

    /// A folder is not looked through for each file of a list.
    fn with_near_names(&self, problem: Problem, path: &Path) -> Problem {
        let is_typed = self.settings.bundles.len() <= MAX_TYPED;
        if is_typed { input::with_near_names(problem, path) } else { problem }
    }

    /// What to type where an output is an input.
    fn instead_of_overwriting(&self, path: &Path) -> String {
        match self.settings.bundles.as_slice() {
            [_] if !input::is_stdin(path) => {
                format!("chainmend fix -i{} {}", self.carry(), quote::path(path))
            }
            _ => "name another file".to_owned(),
        }
    }

    /// Reads a bundle of the run.
    pub fn read(&self, name: &str, bytes: Vec<u8>) -> Bundle {
        bundle::read_shared(name, bytes, Some(&self.settings.password), &self.shared)
    }

    /// Judges what these bundles hold together.
    pub fn judge(&self, inputs: Vec<Bundle>, at: Time) -> Outcome {
        self.judge_with(inputs, at, Arc::clone(&self.repair))
    }

    fn judge_with(&self, inputs: Vec<Bundle>, at: Time, settings: Arc<chainmend::Settings>) -> Outcome {
        let mut repair = Repair::of(inputs)
            .at(at)
            .roots(Arc::clone(&self.roots))
            .signatures(Arc::clone(&self.signatures))
            .settings(settings);
        for source in &self.sources.list {
            repair = repair.source(Arc::clone(source));
        }
        repair.run()
    }

    /// Reads one of the run's files, with the room for it.
    fn read_file(&self, file: &File) -> Result<(Input, Part<'_>), Unread> {
        let pipes = if self.one_of_many { Pipes::Ask } else { Pipes::Await };
        let opened = self.open(file, pipes)?;
        if opened.size > 0 {
            let room = self.room.take(opened.size);
            let input = room.apart(|| opened.read()).map_err(Unread::Problem)?;
            return Ok((input, room));
        }
        // A pipe tells its length when it has ended.
        let mut room = self.room.take(0);
        let input = opened.read_growing(|| room = self.room.take(MAX_INPUT_BYTES)).map_err(Unread::Problem)?;
        Ok((input, room))
    }

    /// One file, for itself.
    fn alone(&self, file: &File) -> Judged {
        let path = file.path.as_path();
        let (mut input, mut room) = match self.read_file(file) {
            Ok(read) => read,
            Err(Unread::PassedOver(why)) => return found::passed_over(path, why, self.settings),
            Err(Unread::Problem(problem)) => return Judged::unread(vec![name_of(path)], vec![problem]),
        };
        if !room.holds(input.bytes.len()) {
            // It has grown.
            drop(room);
            room = self.room.take(input.bytes.len() as u64);
        }
        // Only what is rewritten, now or by whoever reads the report, is held against the file's own bytes.
        let rewrites = self.settings.mode == Mode::InPlace;
        let own = (rewrites || self.settings.report == ReportForm::Sarif).then(|| Fingerprint::of(&input.bytes));
        let before = own.filter(|_| rewrites);
        let bytes = Mutex::new(std::mem::take(&mut input.bytes));
        let bundle = room.apart(|| self.read(&input.name, std::mem::take(&mut lock(&bytes))));
        if let Some(split) = self.split(file, &bundle) {
            return split;
        }
        let bundles = Mutex::new(vec![bundle]);
        let mut outcome = room.apart(|| self.judge(std::mem::take(&mut lock(&bundles)), self.settings.at));
        if file.tree.is_some() {
            found::forgive(&mut outcome);
        }
        let counted = self.is_only_counted(&outcome);
        let report = if counted { outcome.brief() } else { outcome.report() };
        let mut judged = Judged::weighed(report, self.settings);
        judged.paths.push(path.to_owned());
        self.look_at(&outcome, &mut judged);
        let wants_root = self.settings.mode == Mode::InPlace && self.lacks_root(&judged);
        let bundle = outcome.inputs.first();
        if judged.report.verdict == Verdict::Incomplete {
            // What to type once the network may be asked.
            judged.refusal = self.refusal(&input, bundle);
        }
        if judged.report.verdict == Verdict::Repairable || wants_root {
            judged.refusal = self
                .refusal(&input, bundle)
                .or_else(|| self.is_outdated(outcome.chain.as_ref()?).then(|| self.not_now(path)));
            match (before, bundle, &outcome.chain) {
                (Some(before), ..) => self.rewrite(file, &input, before, outcome, &mut judged),
                (None, Some(bundle), Some(chain)) if self.settings.report == ReportForm::Sarif => {
                    self.tell_changes(bundle, own, chain, &mut judged);
                    judged.changed.push(path.to_owned());
                }
                (None, Some(bundle), Some(chain)) if self.settings.diff => {
                    let bytes = write::in_place(bundle, chain, self.settings.repair.include_root);
                    judged.would_change(bundle, path, &bytes);
                }
                _ => judged.changed.push(path.to_owned()),
            }
        }
        judged.count_warnings(self.settings);
        judged
    }

    /// One of several that are right, of which people read the number.
    fn is_only_counted(&self, outcome: &Outcome) -> bool {
        let right = outcome.verdict == Verdict::Ok && outcome.findings.is_empty();
        let counts = self.settings.mode == Mode::Check && self.settings.report == ReportForm::Text;
        right && counts && self.one_of_many
    }

    fn carry(&self) -> &str {
        &self.settings.carry
    }

    /// Why this file is not rewritten where it is, if so, whatever its chain.
    fn refusal(&self, input: &Input, bundle: Option<&Bundle>) -> Option<Problem> {
        let path = input.path.as_path();
        let regular = input.regular || input::is_stdin(path);
        let no_file = || (!regular).then(|| manners::no_file(path, self.carry()));
        no_file().or_else(|| bundle.and_then(|bundle| manners::refusal(path, bundle, self.carry())))
    }

    /// What would change, for a reader who may apply it: where the text is the file's very own.
    fn tell_changes(&self, bundle: &Bundle, own: Option<Fingerprint>, chain: &Chain, judged: &mut Judged) {
        if judged.refusal.is_none() && own == Some(Fingerprint::of(&bundle.text)) {
            let new = write::in_place(bundle, chain, self.settings.repair.include_root);
            judged.ground.changes(bundle, write::edits(bundle, &new).unwrap_or_default());
        }
    }

    /// What the report says of the file besides its certificates.
    fn look_at(&self, outcome: &Outcome, judged: &mut Judged) {
        if matches!(self.settings.report, ReportForm::Sarif | ReportForm::Github) {
            judged.ground = Ground::of(&outcome.inputs);
        }
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

    fn rewrite(&self, file: &File, input: &Input, before: Fingerprint, outcome: Outcome, judged: &mut Judged) {
        let (Some(bundle), Some(chain)) = (outcome.inputs.first(), &outcome.chain) else { return };
        let outdated = || (!self.is_for_now(&outcome.inputs, chain)).then(|| self.not_now(&input.path));
        let refusal = judged.refusal.clone().or_else(outdated);
        match (refusal.or_else(|| manners::outside(file, self.carry())), &file.tree) {
            (None, _) => {}
            (Some(refusal), Some(_)) => return judged.left_to_the_user(refusal),
            (Some(refusal), None) => return judged.failed(refusal),
        }
        let bytes = write::in_place(bundle, chain, self.settings.repair.include_root);
        let guard = Guard::Only(before, file.tree.as_deref());
        if self.settings.diff {
            return show_one(input, bundle, bytes, guard, judged);
        }
        let holds_key = bundle.has_private_key();
        // The file is read once more: not beside all that was made of it.
        drop(outcome);
        match output::write(&input.path, bytes, guard) {
            Ok(true) => {
                judged.mended(self.settings);
                judged.report.outputs.push(input.name.clone());
                judged.changed.push(input.path.clone());
                judged.kept_key = holds_key;
            }
            Ok(false) => (judged.report.verdict, judged.code) = (Verdict::Ok, 0),
            Err(problem) => judged.failed(problem),
        }
    }

    fn not_now(&self, path: &Path) -> Problem {
        manners::not_now(path, self.settings.at, self.carry())
    }

    /// Whether `--at` finds a chain valid that has expired by now, or is not valid yet. A file is
    /// rewritten for today; dates show it at once.
    fn is_outdated(&self, chain: &Chain) -> bool {
        let now = self.settings.now;
        let in_date = |link: &Link| {
            let (from, until) = (link.certificate.not_before(), link.certificate.not_after());
            from.is_none_or(|from| from <= now) && until.is_none_or(|until| now <= until)
        };
        self.settings.at_given && !chain.links().iter().all(in_date)
    }

    /// Whether the chain of `--at` is that of today too, judged in full.
    fn is_for_now(&self, inputs: &[Bundle], chain: &Chain) -> bool {
        let now = || self.judge(inputs.to_vec(), self.settings.now);
        let certificates =
            |chain: &Chain| -> Vec<_> { chain.links().iter().map(|link| link.certificate.fingerprint()).collect() };
        !self.settings.at_given || now().chain.is_some_and(|today| certificates(&today) == certificates(chain))
    }
}

/// `fix -i --diff`: what would be written, and whether it could be.
fn show_one(input: &Input, bundle: &Bundle, bytes: Vec<u8>, guard: Guard<'_>, judged: &mut Judged) {
    if matches!(guard, Guard::Only(before, _) if before == Fingerprint::of(&bytes)) {
        return (judged.report.verdict, judged.code) = (Verdict::Ok, 0);
    }
    judged.code = 1;
    judged.would_change(bundle, &input.path, &bytes);
    if let Err(problem) = Planned::new(&input.path, bytes, guard) {
        judged.failed(problem);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
