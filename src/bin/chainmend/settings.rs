//! What the command line means, together with the environment and the clock.

mod carried;
mod environment;
mod list;
mod outputs;
mod server;
#[cfg(test)]
mod tests;
mod time;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chainmend::bundle::{Bundle, ItemKind};
use chainmend::cert::Time;
use chainmend::choose::Order;
use chainmend::report::Finding;
use chainmend::roots::RootStore;
use chainmend::rules::Rule;
use chainmend::source::Allow;
use chainmend::verify::{Host, Purpose};

use crate::args::{
    Choose, CommonArgs, FilesArgs, FilterArgs, Ignore, JudgeArgs, LiveArgs, OutputArgs, PurposeArg, ReportArgs,
    ReportForm,
};
use crate::input;
use crate::live::{self, Address};
use crate::output;
use crate::problem::{Problem, shown};
use crate::quote;
pub use environment::Environment;
pub use outputs::Outputs;

/// What is done with each bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `check`: nothing is written.
    Check,
    /// `fix -i`: each file is rewritten where it is.
    InPlace,
    /// `fix`: all inputs are one bundle, and the chain goes here.
    Write(Outputs),
}

impl Mode {
    /// Whether each file is a bundle of its own.
    pub fn is_each(&self) -> bool {
        !matches!(self, Self::Write(_))
    }
}

/// Everything that was asked for.
#[derive(Debug)]
pub struct Settings {
    /// What is done.
    pub mode: Mode,
    /// The inputs as they were named, and then those that the list names.
    pub bundles: Vec<PathBuf>,
    /// How many of them stand on the command line.
    named: usize,
    /// The list of inputs.
    pub file_list: Option<PathBuf>,
    /// Globs of what is left out.
    pub exclude: Vec<String>,
    /// Whether the inputs were found rather than chosen.
    pub found: bool,
    /// The clock, read once.
    pub now: Time,
    /// The time that is judged at.
    pub at: Time,
    /// Whether `--at` chose that time.
    pub at_given: bool,
    /// What is trusted.
    pub roots: Vec<RootStore>,
    /// Whether an anchor need not be self-signed.
    pub partial_chain: bool,
    /// Files and folders with certificates to use before fetching.
    pub intermediates: Vec<PathBuf>,
    /// Also fetch from these.
    pub allow_aia: Vec<Allow>,
    /// Where the cache is, if the user says so.
    pub cache_dir: Option<PathBuf>,
    /// What opens PKCS#12.
    pub password: String,
    /// What the library is told.
    pub repair: chainmend::Settings,
    /// Rules that may pass.
    pub ignore: Vec<Ignore>,
    /// Rules whose warnings count.
    pub fail_on: Vec<Rule>,
    /// Whether mending is exit 1.
    pub exit_non_zero_on_fix: bool,
    /// The report's form.
    pub report: ReportForm,
    /// The report's file.
    pub report_file: Option<PathBuf>,
    /// How many threads; `None` for one a processor.
    pub jobs: Option<usize>,
    /// 0 to 2.
    pub quiet: u8,
    /// Whether details are wanted.
    pub verbose: bool,
    /// All inputs are one bundle, under `check` too.
    pub together: bool,
    /// What would change is shown, and nothing is written.
    pub diff: bool,
    /// The files that changed (under `check`: would change) are listed.
    pub list_changed: bool,
    /// Options that a suggested command needs as well to mean the same, quoted, each with a space
    /// in front.
    pub carry: String,
    /// Whether `CHAINMEND_OFFLINE` asks to stay offline.
    pub offline_by_environment: bool,
    /// Live servers: where they are reached, if elsewhere.
    pub connect: Option<Address>,
    /// The file that they are held against.
    pub against: Option<PathBuf>,
    /// These options for a suggested command, quoted, each with a space in front.
    pub carry_live: String,
    /// How long a server may take.
    pub server_timeout: Duration,
}

fn allowed(texts: &[String]) -> Result<Vec<Allow>, Problem> {
    let parse = |text: &String| {
        text.parse().map_err(|error| Problem::new(format!("--allow-aia {}: {error}", quote::word(text))))
    };
    texts.iter().map(parse).collect()
}

/// The clock.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> Time {
    SystemTime::now().into()
}

impl Settings {
    /// `chainmend check`.
    pub fn check(common: CommonArgs, environment: Environment, now: Time) -> Result<Self, Problem> {
        Self::of(Mode::Check, common, environment, now)
    }

    /// `chainmend fix`.
    pub fn fix(
        output: OutputArgs,
        exit_non_zero_on_fix: bool,
        common: CommonArgs,
        environment: Environment,
        now: Time,
    ) -> Result<Self, Problem> {
        let mode = if output.in_place { Mode::InPlace } else { Mode::Write(Outputs::new(output)?) };
        Ok(Self { exit_non_zero_on_fix, ..Self::of(mode, common, environment, now)? })
    }

    /// `chainmend filter`: `fix`, once for each of many bundles, with standard output for the chains.
    pub fn filter(args: FilterArgs, environment: Environment, now: Time) -> Result<Self, Problem> {
        let FilterArgs { trust, judge, jobs } = args;
        for (option, given) in
            [("--key", judge.key.is_some()), ("--leaf", judge.leaf.is_some()), ("--together", judge.together)]
        {
            if given {
                return Err(Problem::new(format!("{option} is for one bundle, and filter reads many")));
            }
        }
        if judge.password_file.is_some() {
            return Err(Problem::new("--password-file is for PKCS#12, and filter reads PEM"));
        }
        let common = CommonArgs {
            bundles: vec![PathBuf::from("-")],
            files: FilesArgs::default(),
            trust,
            judge,
            live: LiveArgs::default(),
            report: ReportArgs { jobs, ..ReportArgs::default() },
        };
        Self::of(Mode::Write(Outputs::default()), common, Environment { report: None, ..environment }, now)
    }

    fn of(mode: Mode, common: CommonArgs, environment: Environment, now: Time) -> Result<Self, Problem> {
        let CommonArgs { mut bundles, files, trust, judge, live, report } = common;
        reads_stdin_once(&bundles, &files, &judge, &live)?;
        let named = bundles.len();
        bundles.extend(files.file_list.as_deref().map(list::read).transpose()?.unwrap_or_default());
        let roots = environment.roots(&trust.roots);
        fits_together(&mode, &bundles, &judge, roots.is_some())?;
        server::fits(&mode, &bundles, &live)?;
        found_is_not_written(&mode, &files)?;
        let together = judge.together || matches!(&mode, Mode::Write(outputs) if outputs.are_inputs(&bundles));
        let carry = carried::judging(&trust, &judge);
        let at = judge.at.as_deref().map(|text| time::parse(text, now)).transpose()?;
        let report_form = environment.report(report.report)?;
        stdout_is_one_thing(&mode, report_form, &report)?;
        let password = password(judge.password_file.as_deref(), environment.password.as_deref())?;
        let offline_by_environment = environment.is_offline();
        let timeout = environment.timeout(trust.timeout)?;
        let repair = chainmend::Settings {
            timeout,
            offline: trust.offline || offline_by_environment,
            include_root: trust.include_root,
            together,
            ..judging(&judge, &password)?
        };
        Ok(Self {
            mode,
            bundles,
            named,
            file_list: files.file_list,
            exclude: files.exclude,
            found: files.found,
            now,
            at: at.unwrap_or(now),
            at_given: at.is_some(),
            roots: roots.unwrap_or_else(|| vec![RootStore::Mozilla]),
            partial_chain: trust.partial_chain,
            intermediates: environment.intermediates(trust.intermediates),
            allow_aia: allowed(&trust.allow_aia)?,
            cache_dir: environment.cache_dir.as_ref().map(PathBuf::from),
            password,
            repair,
            ignore: judge.ignore,
            fail_on: judge.fail_on,
            exit_non_zero_on_fix: false,
            report: report_form,
            report_file: report.report_file,
            jobs: report.jobs.map(usize::from),
            quiet: report.quiet,
            verbose: report.verbose,
            together: judge.together,
            diff: report.diff,
            list_changed: report.list_changed,
            carry,
            offline_by_environment,
            connect: live.connect.as_deref().map(Address::parse).transpose()?,
            carry_live: carried::live(&live),
            against: live.against,
            server_timeout: timeout.unwrap_or(live::TIMEOUT),
        })
    }

    /// The inputs that stand on the command line.
    pub fn named(&self) -> &[PathBuf] {
        self.bundles.get(..self.named).unwrap_or(&self.bundles)
    }

    /// Whether the report goes to standard output.
    pub fn is_told_on_stdout(&self) -> bool {
        is_told_on_stdout(self.report, self.report_file.as_deref())
    }

    /// Whether the user lets this finding pass.
    pub fn ignores(&self, finding: &Finding) -> bool {
        self.ignore.iter().any(|ignore| {
            ignore.rule == finding.rule
                && ignore.certificate.as_ref().is_none_or(|wanted| {
                    finding.certificate.as_ref().is_some_and(|c| c.sha256.starts_with(&wanted.to_string()))
                })
        })
    }
}

/// What clap cannot say about options that need or exclude each other.
fn fits_together(mode: &Mode, bundles: &[PathBuf], judge: &JudgeArgs, has_roots: bool) -> Result<(), Problem> {
    if judge.purpose == PurposeArg::Client && !has_roots {
        return Err(Problem::new("--purpose client needs --roots: public roots say nothing about clients")
            .help("--roots FILE, with the root of the CA that issues your client certificates"));
    }
    if judge.together && *mode == Mode::InPlace {
        return Err(Problem::new("--together takes all files for one bundle, and -i rewrites each for itself")
            .help("--leaf-out FILE --chain-out FILE, which may be the files that are read"));
    }
    let named = match bundles {
        [one] if one.is_dir() => format!("{} is a folder", shown(one)),
        [_] => String::new(),
        several => format!("{} are named", several.len()),
    };
    if judge.key.is_some() && mode.is_each() && !judge.together && !named.is_empty() {
        return Err(Problem::new(format!("--key is for one bundle, and {named}"))
            .help("name one; a key inside a bundle is checked without being asked for"));
    }
    Ok(())
}

/// What goes to an output was chosen, by hand.
fn found_is_not_written(mode: &Mode, files: &FilesArgs) -> Result<(), Problem> {
    if files.found && matches!(mode, Mode::Write(_)) {
        return Err(Problem::new("--found is for check and fix -i: what is written is chosen"));
    }
    Ok(())
}

/// Standard input is one thing: a bundle, a list, a key, a password or what a server is held against.
fn reads_stdin_once(bundles: &[PathBuf], files: &FilesArgs, judge: &JudgeArgs, live: &LiveArgs) -> Result<(), Problem> {
    let named =
        bundles.iter().chain(&files.file_list).chain(&judge.key).chain(&judge.password_file).chain(&live.against);
    if named.filter(|path| input::is_stdin(path)).count() > 1 {
        return Err(Problem::new("- is named twice; standard input can be read once"));
    }
    Ok(())
}

/// Whether the report goes to standard output: that of a program does, and any that is sent there.
fn is_told_on_stdout(form: ReportForm, file: Option<&Path>) -> bool {
    file.map_or(form != ReportForm::Text, output::is_stdout)
}

/// Standard output holds the chain, what would change, what did change, or a report; never two of them.
fn stdout_is_one_thing(mode: &Mode, form: ReportForm, report: &ReportArgs) -> Result<(), Problem> {
    let chain = matches!(mode, Mode::Write(outputs) if outputs.to_stdout());
    if report.list_changed && chain {
        return Err(Problem::new("-l needs check, -i or -o FILE: standard output holds the chain")
            .help("-o FILE for the chain, or -i to rewrite each file"));
    }
    let (what, elsewhere) = match () {
        () if report.diff => ("what would change", ""),
        () if report.list_changed => ("the list of files", ""),
        () if chain => ("the chain", ", or -o FILE for the chain"),
        () => return Ok(()),
    };
    if !is_told_on_stdout(form, report.report_file.as_deref()) {
        return Ok(());
    }
    Err(Problem::new(format!("standard output holds {what}, and so cannot hold a {} report", form.name()))
        .help(format!("--report-file FILE{elsewhere}")))
}

/// What the library is told about the leaf and the choice of paths.
fn judging(judge: &JudgeArgs, password: &str) -> Result<chainmend::Settings, Problem> {
    Ok(chainmend::Settings {
        purpose: match judge.purpose {
            PurposeArg::Server => Purpose::Server,
            PurposeArg::Client => Purpose::Client,
            PurposeArg::Any => Purpose::Any,
        },
        host: judge.host.as_deref().map(host).transpose()?,
        leaf: judge.leaf.clone(),
        key: judge.key.as_deref().map(|path| key(path, password)).transpose()?,
        order: match judge.choose {
            Choose::Auto => Order::Auto,
            Choose::Shortest => Order::Shortest,
        },
        preferred_root: judge.preferred_root.clone(),
        warn_days: judge.warn_days,
        ..chainmend::Settings::default()
    })
}

/// A host name in any script, or an address with or without brackets.
fn host(text: &str) -> Result<Host, Problem> {
    let help = match text {
        _ if text.contains("://") => Some("the name alone is wanted, without https://"),
        _ if text.contains('*') => Some("a name that the wildcard stands for is wanted: www.example.com"),
        _ if text.contains(':') => Some("the name alone is wanted, without a port"),
        _ => None,
    };
    text.parse().map_err(|_| {
        let problem = Problem::new(format!("--host {}: not a host name or an IP address", quote::word(text)));
        Problem { help: help.map(str::to_owned), ..problem }
    })
}

/// The password of PKCS#12 files; the empty one where none was given. Never from the command line,
/// which every user of the machine can list.
fn password(file: Option<&Path>, environment: Option<&OsStr>) -> Result<String, Problem> {
    let Some(path) = file else {
        let given = environment.unwrap_or_default().to_str();
        return given.map(str::to_owned).ok_or_else(|| Problem::new("CHAINMEND_PASSWORD is not UTF-8"));
    };
    if cfg!(not(feature = "pkcs12")) {
        return Err(Problem::new("--password-file is for PKCS#12, which this chainmend does not read").help(
            "cargo install chainmend --features pkcs12, or make PEM: openssl pkcs12 -in x.p12 -nokeys -out x.pem",
        ));
    }
    let text = String::from_utf8(input::read(path)?.bytes);
    let text = text.map_err(|_| Problem::new(format!("the password in {} is not UTF-8", shown(path))))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn key(path: &Path, password: &str) -> Result<Bundle, Problem> {
    let input = input::read(path)?;
    let bundle = input::bundle(&input.name, input.bytes, password);
    let keys = || bundle.items.iter().filter(|item| matches!(item.kind, ItemKind::PrivateKey { .. }));
    if keys().next().is_none() {
        let problem = Problem::new(format!("no private key in {}", shown(path)));
        return Err(match input::locked(&bundle) {
            Some((why, help)) => Problem::new(format!("{}: {why}", problem.message)).help(help),
            None => problem,
        });
    }
    if keys().all(|item| matches!(&item.kind, ItemKind::PrivateKey { der: None, .. })) {
        return Err(Problem::new(format!("the private key in {} is encrypted or unreadable", shown(path)))
            .help(format!("decrypt it:  umask 077; openssl pkey -in {} -out plain.key", quote::path(path))));
    }
    Ok(bundle)
}
