//! All inputs as one bundle: `fix` without `-i`, and `check --together`.

use std::path::{Path, PathBuf};

use chainmend::Outcome;
use chainmend::bundle::{self, Bundle};
use chainmend::cert::Fingerprint;
use chainmend::choose::Chain;
use chainmend::report::{BundleReport, Verdict, name_of, path_of};
use chainmend::verify::Host;
use chainmend::write::{self, KeyError, Part, PrivateKey};

use super::server::Answer;
use super::{Engine, found};
use crate::args::OutputForm;
use crate::diff::Diff;
use crate::input::{self, Identity, Input, Pipes, Unread};
use crate::judged::Judged;
use crate::live::Server;
use crate::output::{self, Folder, Guard, Planned};
use crate::problem::{Problem, shown, shown_name};
use crate::settings::{Mode, Outputs};
use crate::walk::Seen;
use crate::{manners, quote, terminal};

/// What stands in a file of intermediates where there are none. Apache 2.4 does not start with an
/// SSLCertificateChainFile that is empty ("does not exist or is empty"); with a comment it does.
const NO_INTERMEDIATES: &[u8] = b"# no intermediates: the root itself issued the leaf\n";

/// An input that may be replaced, as it was when it was read.
struct Original {
    name: String,
    identity: Option<Identity>,
    bytes: Vec<u8>,
}

/// What is to stand in a file.
struct Draft<'a> {
    path: &'a Path,
    bytes: Vec<u8>,
    /// The input that stands there, if it is one.
    original: Option<&'a Original>,
    /// Whether the private key is part of it.
    with_key: bool,
}

/// The inputs of one bundle.
struct Files {
    bundles: Vec<Bundle>,
    /// Those that an output replaces.
    originals: Vec<Original>,
    /// The hosts of the servers among the inputs, and how they were reached.
    hosts: Vec<Host>,
    reached: Vec<String>,
}

impl Files {
    fn answered(&mut self, server: &Server, answer: Answer) {
        self.bundles.push(answer.bundle);
        self.hosts.push(server.host.clone());
        self.reached.push(answer.reached);
    }
}

impl Engine<'_> {
    /// `fix` without `-i`: the chain goes where the outputs say.
    pub(super) fn together(&self, seen: &[Seen], outputs: &Outputs) -> Judged {
        let files = match self.read_all(seen, outputs) {
            Ok(files) => files,
            Err(problems) => return self.unread(problems),
        };
        let outcome = self.judge_with(files.bundles, self.settings.at, self.settings_for(&files.hosts));
        let mut report = outcome.report();
        if files.originals.is_empty() && !outputs.with_key && outcome.chain.is_some() {
            leave_behind(&mut report);
        }
        let mut judged = Judged::weighed(report, self.settings);
        self.look_at(&outcome, &mut judged);
        judged.reached = files.reached;
        match (&outcome.chain, judged.report.verdict) {
            (Some(chain), Verdict::Ok | Verdict::Repairable) => {
                let drafts = self.drafts(outputs, chain, &outcome.inputs, &files.originals);
                let drafts = drafts.and_then(|drafts| self.for_now(drafts, &outcome.inputs, chain));
                let done = drafts.and_then(|drafts| match self.settings.diff {
                    true => self.show(drafts, outputs, chain, &outcome.inputs, &mut judged),
                    false => self.put(drafts, outputs, chain, &mut judged),
                });
                done.unwrap_or_else(|problem| judged.failed(problem));
            }
            _ => nothing_to_write(&outcome, outputs, &mut judged),
        }
        judged.count_warnings(self.settings);
        judged
    }

    /// `check --together`: a pair of files is held against the pair that `fix` would make of it.
    pub(super) fn as_one(&self, seen: &[Seen]) -> Judged {
        let named: Vec<PathBuf> = seen.iter().filter_map(Seen::path).map(Path::to_owned).collect();
        let files = match self.read_all(seen, &Outputs::pair(&named)) {
            Ok(files) => files,
            Err(problems) => return self.unread(problems),
        };
        let outcome = self.judge_with(files.bundles, self.settings.at, self.settings_for(&files.hosts));
        let mut judged = Judged::weighed(outcome.report(), self.settings);
        judged.reached = files.reached;
        self.look_at(&outcome, &mut judged);
        if let (Some(chain), Verdict::Repairable) = (&outcome.chain, judged.report.verdict) {
            // The file with the leaf is the first now.
            let paths: Vec<PathBuf> = outcome.inputs.iter().map(|bundle| path_of(&bundle.name)).collect();
            let pair = if files.hosts.is_empty() { Outputs::pair(&paths) } else { Outputs::default() };
            judged.refusal = Some(self.mend_pair(&outcome.inputs, &paths, &pair, chain));
            match self.drafts(&pair, chain, &outcome.inputs, &files.originals) {
                Ok(drafts) if !drafts.is_empty() => {
                    drafts.iter().for_each(|draft| note(draft, &outcome.inputs, &mut judged));
                }
                // More than a pair would be one file.
                _ => {
                    judged.diff = self.diff_of_all(&outcome.inputs, Part::Full, chain, &judged);
                    judged.changed = paths;
                }
            }
        }
        judged.count_warnings(self.settings);
        judged
    }

    /// The command that mends what was checked: into its two files, where it is such a pair.
    fn mend_pair(&self, inputs: &[Bundle], paths: &[PathBuf], pair: &Outputs, chain: &Chain) -> Problem {
        let outdated = self.is_outdated(chain);
        let why = paths.iter().zip(inputs).find_map(|(path, bundle)| self.unreplaceable(path, bundle));
        let outputs = match why.is_some() || outdated || pair.to_stdout() {
            true => format!(" -o {}", name_of_its_own(paths)),
            false => pair.typed(),
        };
        let at = if outdated { format!(" --at {}", self.settings.at) } else { String::new() };
        let names: Vec<String> = paths.iter().map(|path| quote::path(path)).collect();
        why.unwrap_or_else(|| Problem::new(format!("{} are one bundle", names.join(" and ")))).help(format!(
            "chainmend fix{}{at} {}{outputs}",
            self.carry(),
            names.join(" ")
        ))
    }

    /// Why an input is not replaced by a part of its chain, if so.
    fn unreplaceable(&self, path: &Path, bundle: &Bundle) -> Option<Problem> {
        if bundle.has_private_key() {
            let message = format!("{} holds a private key, and is not replaced by a part of its chain", shown(path));
            return Some(Problem::new(message).help("name another file"));
        }
        let regular = !input::is_stdin(path) && Identity::at(path).is_none();
        let no_file = || regular.then(|| manners::no_file(path, self.carry()));
        let why = no_file().or_else(|| manners::refusal(path, bundle, self.carry()))?;
        Some(why.help("name another file"))
    }

    /// Every input; those that an output replaces are looked at before anything is fetched.
    fn read_all(&self, seen: &[Seen], outputs: &Outputs) -> Result<Files, Vec<Problem>> {
        let mut files = Files { bundles: Vec::new(), originals: Vec::new(), hosts: Vec::new(), reached: Vec::new() };
        let mut problems = Vec::new();
        for seen in seen {
            let result = match seen {
                Seen::File(file) => {
                    // All of them are needed, whoever has to be waited for.
                    let opened = self.open(file, Pipes::Await);
                    opened.and_then(|opened| opened.read().map_err(Unread::Problem))
                }
                Seen::Server(server) => {
                    problems.extend(self.ask(server).map(|answer| files.answered(server, answer)).err());
                    continue;
                }
                Seen::PassedOver(_, why) => Err(Unread::PassedOver(why)),
                Seen::Problem(_, problem) => Err(Unread::Problem(problem.clone())),
            };
            match result {
                Ok(input) => problems.extend(self.take(input, outputs, &mut files)),
                Err(Unread::PassedOver(_)) => {}
                Err(Unread::Problem(problem)) => problems.push(problem),
            }
        }
        if files.bundles.is_empty() && problems.is_empty() {
            problems.push(found::nothing_read(&self.settings.bundles));
        }
        if outputs.with_key && problems.is_empty() {
            let keys = self.settings.repair.key.as_ref().map_or(files.bundles.as_slice(), std::slice::from_ref);
            problems.extend(PrivateKey::is_at_hand(keys).err().map(|error| no_key(error, keys)));
        }
        if problems.is_empty() { Ok(files) } else { Err(problems) }
    }

    /// Adds an input; says why an output may not replace it, where one would.
    fn take(&self, input: Input, outputs: &Outputs, files: &mut Files) -> Option<Problem> {
        let replaced = |(option, _, output): (&str, Part, &Path)| {
            outputs.may_replace_input(option) && input.identity.is_some() && Identity::at(output) == input.identity
        };
        let is_replaced = outputs.files().any(replaced);
        if is_replaced {
            let (name, identity) = (input.name.clone(), input.identity);
            files.originals.push(Original { name, identity, bytes: input.bytes.clone() });
        }
        let bundle = self.read(&input.name, input.bytes);
        let writes = is_replaced && matches!(self.settings.mode, Mode::Write(_));
        let problem = writes.then(|| self.unreplaceable(&input.path, &bundle)).flatten();
        files.bundles.push(bundle);
        problem
    }

    fn unread(&self, problems: Vec<Problem>) -> Judged {
        let names = self.settings.bundles.iter().map(|path| name_of(path)).collect();
        Judged::unread(names, problems)
    }

    /// What is to stand in each output file.
    fn drafts<'o>(
        &self,
        outputs: &'o Outputs,
        chain: &Chain,
        inputs: &[Bundle],
        originals: &'o [Original],
    ) -> Result<Vec<Draft<'o>>, Problem> {
        let root = self.settings.repair.include_root;
        let mut drafts = Vec::new();
        for (option, part, path) in outputs.files() {
            let identity = Identity::at(path).filter(|_| outputs.may_replace_input(option));
            let original = originals.iter().find(|original| identity.is_some() && original.identity == identity);
            let with_key = outputs.with_key && option == "-o";
            let mut bytes = match original {
                Some(original) => part_of(original, inputs, chain, part, root),
                None if with_key => {
                    let keys = self.settings.repair.key.as_ref().map_or(inputs, std::slice::from_ref);
                    PrivateKey::of(chain, keys).map_err(|error| no_key(error, keys))?.with_chain(chain, root)
                }
                None if option == "-o" && outputs.form == OutputForm::P7b => write::pkcs7(chain, root),
                None => write::pem(chain, part, root),
            };
            if bytes.trim_ascii().is_empty() {
                bytes = NO_INTERMEDIATES.to_vec();
            }
            drafts.push(Draft { path, bytes, original, with_key });
        }
        Ok(drafts)
    }

    /// What replaces an input is for today, as with `-i`.
    fn for_now<'o>(&self, drafts: Vec<Draft<'o>>, inputs: &[Bundle], chain: &Chain) -> Result<Vec<Draft<'o>>, Problem> {
        if drafts.iter().all(|draft| draft.original.is_none()) || self.is_for_now(inputs, chain) {
            return Ok(drafts);
        }
        let message =
            format!("the chain is valid at {}, but not now, and so replaces no file that is read", self.settings.at);
        Err(Problem::new(message).help("name other files"))
    }

    fn put(
        &self,
        drafts: Vec<Draft<'_>>,
        outputs: &Outputs,
        chain: &Chain,
        judged: &mut Judged,
    ) -> Result<(), Problem> {
        let folder = outputs.folder.as_deref().map(Folder::make).transpose()?;
        let paths: Vec<PathBuf> = drafts.iter().map(|draft| draft.path.to_owned()).collect();
        let may_go = |old: &Bundle| write::loses_no_key(old, chain);
        let planned = drafts.into_iter().map(|draft| plan(draft, &may_go)).collect::<Result<Vec<_>, _>>();
        let (written, mut done) = match planned {
            Ok(planned) => output::write_all(planned),
            Err(problem) => (Vec::new(), Err(problem)),
        };
        if let (Err(_), Some(folder)) = (&done, folder) {
            folder.undo();
        }
        let changed = paths.into_iter().zip(written).filter(|(_, written)| *written).map(|(path, _)| path);
        judged.changed.extend(changed);
        judged.report.outputs.extend(judged.changed.iter().map(|path| name_of(path)));
        if let (Ok(()), Some(part)) = (&done, outputs.stdout()) {
            done = terminal::stdout(&write::pem(chain, part, self.settings.repair.include_root));
        }
        if done.is_ok() && judged.report.verdict == Verdict::Repairable {
            judged.mended(self.settings);
            judged.had_it = judged.changed.is_empty() && !outputs.to_stdout();
        }
        done
    }

    /// `fix --diff`: what would be written, and whether it could be.
    fn show(
        &self,
        drafts: Vec<Draft<'_>>,
        outputs: &Outputs,
        chain: &Chain,
        inputs: &[Bundle],
        judged: &mut Judged,
    ) -> Result<(), Problem> {
        if drafts.is_empty() {
            judged.diff = self.diff_of_all(inputs, outputs.stdout().unwrap_or(Part::Full), chain, judged);
        }
        drafts.iter().for_each(|draft| note(draft, inputs, judged));
        judged.code = u8::from(!judged.diff.is_empty());
        if judged.code == 0 && judged.report.verdict == Verdict::Repairable {
            // The outputs have the mended chain already.
            judged.report.verdict = Verdict::Repaired;
        }
        let may_go = |old: &Bundle| write::loses_no_key(old, chain);
        let to_be_made = outputs.folder.as_deref().filter(|folder| !folder.is_dir());
        let mut there =
            drafts.into_iter().filter(|draft| to_be_made.is_none_or(|folder| !draft.path.starts_with(folder)));
        there.try_for_each(|draft| plan(draft, &may_go).map(drop))
    }

    /// The input against the chain that would go to standard output.
    pub(super) fn diff_of_all(&self, inputs: &[Bundle], part: Part, chain: &Chain, judged: &Judged) -> String {
        let made = write::pem(chain, part, self.settings.repair.include_root);
        Diff::of_certificates(inputs, &bundle::read("standard output", &made), &judged.report)
    }
}

/// What to call the full chain where none of `inputs` is called so.
fn name_of_its_own(inputs: &[PathBuf]) -> &'static str {
    let usual = Path::new("fullchain.pem");
    if inputs.iter().any(|path| path.file_name() == usual.file_name()) { "mended.pem" } else { "fullchain.pem" }
}

/// Notes whether a draft differs from what stands in its file, and how.
fn note(draft: &Draft<'_>, inputs: &[Bundle], judged: &mut Judged) {
    let old = match draft.original {
        Some(original) => Some(original.bytes.clone()),
        None => input::read(draft.path).ok().map(|input| input.bytes),
    };
    if old.as_deref() == Some(&draft.bytes) {
        return;
    }
    let name = name_of(draft.path);
    let own = inputs.iter().find(|bundle| draft.original.is_some_and(|original| original.name == bundle.name));
    let read = old.map(|bytes| bundle::read_owned(&name, bytes));
    let new = bundle::read(&name, &draft.bytes);
    let text = Diff::of_files(own.or(read.as_ref()), &new, &judged.report);
    judged.diff.push_str(&text);
    judged.changed.push(draft.path.to_owned());
}

/// A file that already holds its part stays as it is.
fn part_of(original: &Original, inputs: &[Bundle], chain: &Chain, part: Part, root: bool) -> Vec<u8> {
    let (own, beside): (Vec<&Bundle>, Vec<&Bundle>) = inputs.iter().partition(|bundle| bundle.name == original.name);
    match own.first() {
        Some(bundle) if write::holds(bundle, chain, part, root) => original.bytes.clone(),
        Some(bundle) => write::part_in_place(bundle, &beside, chain, part, root),
        None => write::pem(chain, part, root),
    }
}

fn plan<'a>(draft: Draft<'a>, may_go: &'a dyn Fn(&Bundle) -> bool) -> Result<Planned<'a>, Problem> {
    let guard = match draft.original {
        Some(original) => Guard::Only(Fingerprint::of(&original.bytes), None),
        None if draft.with_key => Guard::Keys(may_go),
        None => Guard::NoKey,
    };
    Planned::new(draft.path, draft.bytes, guard)
}

/// Why `--with-key` has none to write.
fn no_key(error: KeyError, bundles: &[Bundle]) -> Problem {
    let names: Vec<String> = bundles.iter().map(|bundle| shown_name(&bundle.name)).collect();
    let names = names.join(", ");
    match error {
        KeyError::Absent => {
            Problem::new(format!("--with-key, but there is no private key in {names}")).help("--key FILE names it")
        }
        KeyError::Unreadable => {
            let first =
                bundles.iter().find(|bundle| bundle.has_private_key()).map_or("site.key", |bundle| &bundle.name);
            Problem::new(format!(
                "the private key in {names} is encrypted or unreadable, and servers would ask for its password"
            ))
            .help(format!(
                "decrypt it, and add --key plain.key:  umask 077; openssl pkey -in {} -out plain.key",
                quote::name(first)
            ))
        }
        KeyError::Foreign => Problem::new(format!("the private key in {names} belongs to another certificate"))
            .help("--key FILE names the one that this certificate was requested with"),
        _ => Problem::new(format!(
            "the private key in {names} is of a kind that chainmend cannot hold against the certificate"
        ))
        .help("put the key in front of the chain by hand"),
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
        let names: Vec<String> = judged.report.inputs.iter().map(|name| shown_name(name)).collect();
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
    judged.left = left.map(|(_, _, path)| name_of(path)).collect();
}
