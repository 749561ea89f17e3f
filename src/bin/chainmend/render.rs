//! The text report: pure functions from what came of the bundles to styled text. Nothing is
//! wrapped to a width; `terminal` takes the styles out where nobody sees them.

mod attempts;
mod chain;
mod findings;
mod heading;
pub mod many;
mod next;
pub mod style;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use chainmend::cert::{Time, clip, escape};
use chainmend::report::{FetchOutcome, Verdict};
use chainmend::roots::RootStore;
use chainmend::rules::{Group, Rule};
use chainmend::verify::{Host, Purpose};
use chainmend::write::Part;

use crate::args::OutputForm;
use crate::judged::Judged;
use crate::problem::Problem;
use crate::quote;
use crate::settings::{Mode, Settings};
use crate::terminal::Stdout;
pub use findings::is_told_by_another;
pub use next::names;
use style::{BOLD, DIM, ERROR, paint};

/// What the report needs to know besides what came of the bundles.
#[derive(Clone, Debug)]
pub struct View {
    /// The command.
    pub mode: Mode,
    /// The time that was judged at.
    pub at: Time,
    /// Whether that is another time than now.
    pub at_given: bool,
    /// Whether details are wanted.
    pub verbose: bool,
    /// 0 to 2.
    pub quiet: u8,
    /// Options for suggested commands, each with a space in front.
    pub carry: String,
    /// The same for live servers.
    pub carry_live: String,
    /// `openssl verify` with the options that make it judge as we do.
    pub openssl: String,
    /// `CHAINMEND_OFFLINE=0 ` where the environment asks to stay offline.
    pub online: &'static str,
    /// Whether the root is sent too.
    pub include_root: bool,
    /// What the leaf is for.
    pub purpose: Purpose,
    /// The inputs as they were named.
    pub inputs: Arc<[PathBuf]>,
    /// Files were read from a list.
    pub file_list: bool,
    /// `--file-list` and `--exclude` as they were given, each with a space in front.
    pub options: String,
    /// How long it all took, in milliseconds.
    pub milliseconds: u64,
    /// Nothing is written: what would change is on standard output.
    pub diff: bool,
    /// All inputs are one bundle.
    pub together: bool,
    /// Where the chain went, if it went to standard output.
    pub stdout: Option<Stdout>,
    /// Who breaks by a rule: the rule's own words, unless a test brings others.
    pub words: fn(Rule) -> Words,
}

/// What a report quotes of a rule's page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words {
    /// Which programs fail.
    pub breaks: Option<&'static str>,
    /// Where the fault does not show.
    pub hidden: Option<&'static str>,
    /// What the rule is about.
    pub title: &'static str,
}

impl Words {
    fn of(rule: Rule) -> Self {
        let info = rule.info();
        Self { breaks: info.breaks, hidden: info.hidden, title: info.title }
    }

    /// A client's chain is judged by the servers that ask for it, and loaded by the client program.
    fn of_client(rule: Rule) -> Self {
        let words = Self::of(rule);
        let breaks = match (rule, rule.info().group) {
            // Only some programs mind, whichever side they are on.
            (Rule::NotStrict, _) => return words,
            (_, Group::Time | Group::Path | Group::Strength | Group::Revocation) | (Rule::MissingIntermediate, _) => {
                "the servers that ask for it: nginx (400 \"The SSL certificate error\"), Apache, HAProxy, Go, Java"
            }
            (Rule::LeafNotFirst | Rule::KeyMismatch, _) => {
                "the client program, before it connects: Python (\"key values mismatch\"), curl (exit 58)"
            }
            (_, Group::Fetching) => return Self { breaks: None, hidden: None, ..words },
            _ => return words,
        };
        Self { breaks: Some(breaks).filter(|_| words.breaks.is_some()), hidden: None, ..words }
    }
}

impl View {
    /// The view that these settings ask for.
    pub fn new(settings: &Settings, milliseconds: u64, stdout: Stdout) -> Self {
        let to_stdout = matches!(&settings.mode, Mode::Write(outputs) if outputs.to_stdout());
        Self {
            mode: settings.mode.clone(),
            at: settings.at,
            at_given: settings.at_given,
            verbose: settings.verbose,
            quiet: settings.quiet,
            carry: settings.carry.clone(),
            carry_live: settings.carry_live.clone(),
            openssl: openssl(settings),
            online: if settings.offline_by_environment { "CHAINMEND_OFFLINE=0 " } else { "" },
            include_root: settings.repair.include_root,
            purpose: settings.repair.purpose,
            inputs: settings.named().into(),
            file_list: settings.file_list.is_some(),
            options: options(settings),
            milliseconds,
            diff: settings.diff,
            together: settings.together,
            stdout: (to_stdout && !settings.diff).then_some(stdout),
            words: if settings.repair.purpose == Purpose::Client { Words::of_client } else { Words::of },
        }
    }

    /// A folder was searched, or a list read: a line for each file, however few there are.
    fn is_listed(&self) -> bool {
        self.mode.is_each() && (self.file_list || self.inputs.iter().any(|path| path.is_dir()))
    }
}

fn options(settings: &Settings) -> String {
    let list = settings.file_list.iter().map(|list| format!(" --file-list {}", quote::path(list)));
    list.chain(settings.exclude.iter().map(|glob| format!(" --exclude {}", quote::word(glob)))).collect()
}

/// `openssl verify` as we judge. It takes one file of roots beside the system's (which stand for
/// Mozilla's), or several without them, and a folder only with hashed names.
fn openssl(settings: &Settings) -> String {
    let public = settings.roots.iter().any(|store| !matches!(store, RootStore::Path(_)));
    let paths = settings.roots.iter().filter_map(|store| match store {
        RootStore::Path(path) if path.is_dir() => Some(format!("{}/*", quote::path(path))),
        RootStore::Path(path) => Some(quote::path(path)),
        _ => None,
    });
    let paths: Vec<String> = paths.collect();
    let any_folder = paths.iter().any(|path| path.ends_with("/*"));
    let option = if public { "-CAfile" } else { "-trusted" };
    let mut options = match paths.as_slice() {
        [] => "openssl verify".to_owned(),
        [_, _, ..] | [_] if any_folder || public && paths.len() > 1 => {
            format!("cat {} | openssl verify {option} /dev/stdin", paths.join(" "))
        }
        _ => paths.iter().fold("openssl verify".to_owned(), |all, path| format!("{all} {option} {path}")),
    };
    if settings.partial_chain {
        options.push_str(" -partial_chain");
    }
    if settings.at_given {
        options.push_str(&format!(" -attime {}", settings.at.unix()));
    }
    match settings.repair.purpose {
        Purpose::Server => options.push_str(" -purpose sslserver"),
        Purpose::Client => options.push_str(" -purpose sslclient"),
        Purpose::Any => {}
    }
    match &settings.repair.host {
        Some(Host::Dns(name)) => options.push_str(&format!(" -verify_hostname {name}")),
        Some(Host::Ip(ip)) => options.push_str(&format!(" -verify_ip {ip}")),
        None => {}
    }
    options
}

/// What stands above everything.
pub fn header(view: &View) -> String {
    if view.at_given { format!("{}\n", paint(BOLD, &format!("judged at {}, not now", view.at))) } else { String::new() }
}

/// Where nothing was looked at.
pub fn nothing(view: &View) -> String {
    match (view.quiet, view.options.contains(" --exclude ")) {
        (1.., _) => String::new(),
        (_, true) => "nothing to look at: --exclude leaves out everything that was named\n".to_owned(),
        (_, false) => "nothing to look at: the list is empty\n".to_owned(),
    }
}

/// Whether the report is on this bundle alone, at length, rather than a list with one line.
pub fn is_alone(judged: &Judged, view: &View) -> bool {
    !view.is_listed() || judged.report.findings.is_empty() && !judged.problems.is_empty()
}

/// All about one bundle, and what to type next.
pub fn one(judged: &Judged, view: &View) -> String {
    long(judged, view) + &next::one(judged, view)
}

/// One bundle with all that there is to say about it.
fn long(judged: &Judged, view: &View) -> String {
    let report = &judged.report;
    if report.findings.is_empty() && report.chain.is_empty() && !judged.problems.is_empty() {
        return judged.problems.iter().map(|p| problem(p, "")).collect();
    }
    let mut out = heading::line(judged, view);
    out.push_str(&findings::blocks(judged, view));
    if report.chain.is_empty() {
        out.push_str(&attempts::drawn(report, view));
    } else {
        out.push_str(&format!(" {}\n", heading::of_chain(judged, view)));
        out.push_str(&chain::table(judged, view));
    }
    if view.verbose {
        out.extend(judged.reached.iter().map(|reached| format!(" {} {reached}\n", paint(DIM, "reached"))));
        out.push_str(&fetches(judged));
        out.push_str(&proof(judged, view));
    }
    out.extend(judged.problems.iter().map(|p| problem(p, " ")));
    out.extend(left(judged, view).map(|why| note(&why, " ")));
    out
}

/// Why a search left a file to the user; what to type is the report's last line.
fn left(judged: &Judged, view: &View) -> Option<String> {
    let refusal = judged.why_left(&view.mode)?;
    let name = heading::names(judged);
    Some(match refusal.message.contains(&name) {
        true => refusal.message.clone(),
        false => format!("{name}: {}", refusal.message),
    })
}

fn note(why: &str, indent: &str) -> String {
    format!("{indent}{} {why}\n", paint(BOLD, "left:"))
}

/// `error: …` and `help: …`, each on its line.
pub fn problem(problem: &Problem, indent: &str) -> String {
    let mut out = format!("{indent}{} {}\n", paint(ERROR, "error:"), problem.message);
    if let Some(help) = &problem.help {
        out.push_str(&format!("{indent}{} {help}\n", paint(BOLD, "help:")));
    }
    out
}

/// The most characters of a URL: the longest that is asked has 8 KiB, one that is refused 256.
const MAX_URL: usize = 500;

fn fetches(judged: &Judged) -> String {
    let rows = judged.report.fetches.iter().map(|fetch| {
        let outcome = match fetch.outcome {
            FetchOutcome::Ok => "fetched",
            FetchOutcome::Cached => "from the cache",
            FetchOutcome::Refused => "refused",
            FetchOutcome::Failed => "failed",
        };
        let figures = [
            fetch.detail.as_deref().map(|detail| clip(&escape(detail), MAX_URL)),
            fetch.option.as_deref().map(|option| format!("allowed by {}", clip(&escape(option), MAX_URL))),
            fetch.bytes.map(|bytes| format!("{bytes} bytes")),
            fetch.milliseconds.map(|ms| format!("{ms} ms")),
        ];
        let figures: Vec<String> = figures.into_iter().flatten().collect();
        vec![clip(&escape(&fetch.url), MAX_URL), outcome.to_owned(), figures.join(", ")]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() { String::new() } else { format!(" fetches\n{}", style::columns(&rows, "   ", 2)) }
}

/// The command that shows with another program that the chain is whole.
fn proof(judged: &Judged, view: &View) -> String {
    let files = match &view.mode {
        Mode::Write(_) if view.diff => None,
        Mode::Write(outputs) => {
            let file = |wanted| outputs.files().find(|(_, part, _)| *part == wanted).map(|(_, _, p)| quote::path(p));
            let full = file(Part::Full).filter(|_| outputs.form == OutputForm::Pem).map(|full| (full.clone(), full));
            full.or_else(|| file(Part::Intermediates).zip(file(Part::Leaf)))
        }
        _ => match judged.report.inputs.as_slice() {
            [name] if name != "-" && judged.is_pem && judged.refusal.is_none() => {
                let name = next::names(judged).concat();
                Some((name.clone(), name))
            }
            _ => None,
        },
    };
    let told = match judged.report.verdict {
        Verdict::Ok | Verdict::Repaired if judged.problems.is_empty() => "",
        Verdict::Repairable if view.mode == Mode::Check => "  # once it is mended",
        _ => return String::new(),
    };
    files.map_or_else(String::new, |(issuers, leaf)| {
        let command = format!("{} -untrusted {issuers} {leaf}", view.openssl);
        format!(" {} {command}{}\n", paint(BOLD, "prove:"), paint(DIM, told))
    })
}
