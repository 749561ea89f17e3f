//! `chainmend cache`: where the issuers are that were fetched before, and what was imported.

use std::io;
use std::path::{Path, PathBuf};

use chainmend::cert::{count, escape};
use chainmend::source::Cache;
use chainmend::source::cache::imported::MAX_IMPORTED;
use chainmend::source::cache::{Entry, ImportReport, Key};
use chainmend::source::files::{self, Contents, LoadError, MAX_FILE_BYTES, Read};
use etcetera::BaseStrategy;

use crate::args::{CacheAction, Color};
use crate::problem::{Problem, shown};
use crate::{input, quote, render, terminal};

/// The folder of the cache: `CHAINMEND_CACHE_DIR`, else the user's own cache folder.
pub fn folder(chosen: Option<PathBuf>) -> Result<PathBuf, Problem> {
    let own = || etcetera::choose_base_strategy().ok().map(|base| base.cache_dir().join("chainmend"));
    chosen.or_else(own).ok_or_else(|| {
        Problem::new("no folder for the cache: there is no home directory").help("set CHAINMEND_CACHE_DIR")
    })
}

/// Does it; gives the exit code.
pub fn run(action: CacheAction, chosen: Option<PathBuf>, color: Color) -> Result<u8, Problem> {
    let folder = folder(chosen)?;
    match action {
        CacheAction::Path => terminal::stdout(&[folder.as_os_str().as_encoded_bytes(), b"\n"].concat())?,
        CacheAction::List => {
            let cache = Cache::new(folder);
            let lines: String = cache.list().iter().map(line).chain(revoked_line(&cache)).collect();
            terminal::stdout(lines.as_bytes())?;
            for warning in cache.warnings() {
                terminal::stderr_text(&format!("note: {}\n", escape(&warning)), color);
            }
        }
        CacheAction::Clear => {
            let cache = Cache::new(folder);
            let gone = cache.clear().map_err(|error| Problem::io("clear", cache.path(), &error))?;
            terminal::stdout(format!("{} removed\n", count(gone, "file")).as_bytes())?;
        }
        CacheAction::Import { paths } => return import(&paths, &Cache::new(folder), color),
    }
    Ok(0)
}

/// A line for each answer: when, how many certificates or which failure, from where, for whom.
fn line(entry: &Entry) -> String {
    let names: Vec<String> = entry.certificates.iter().map(|kept| kept.certificate.short_name()).collect();
    let what = match &entry.failure {
        Some(why) => format!("failed: {}", escape(why)),
        None => names.join(", "),
    };
    match &entry.key {
        Key::Url(url) => format!("{}  {}  {what}\n", entry.asked, escape(url)),
        Key::Subject(_) => format!("{}  imported  {what}\n", entry.asked),
    }
}

fn revoked_line(cache: &Cache) -> Option<String> {
    let list = cache.revoked();
    let revoked = count(list.fingerprints().len(), "CA certificate");
    list.as_of().map(|day| format!("{day}  imported  the list of revoked certificates: {revoked}\n"))
}

/// Reads every path and keeps what there is; what cannot be read is named, and the rest kept.
fn import(paths: &[PathBuf], cache: &Cache, color: Color) -> Result<u8, Problem> {
    let mut contents = Contents::default();
    let mut problems = Vec::new();
    for path in paths {
        match read(path) {
            Ok(read) => {
                problems.extend(read.failed.into_iter().map(unread));
                contents.certificates.extend(read.contents.certificates);
                contents.statuses.extend(read.contents.statuses);
            }
            Err(problem) => problems.push(problem),
        }
    }
    let report = if contents.is_empty() { None } else { Some(cache.import(&contents)) };
    let report = report.transpose().map_err(|error| Problem::io("write the cache", cache.path(), &error))?;
    if let Some(report) = report {
        terminal::stdout(said(&report, &contents).as_bytes())?;
    }
    let code = if problems.is_empty() { 0 } else { 2 };
    tell(problems, color);
    Ok(code)
}

fn read(path: &Path) -> Result<Read, Problem> {
    if !input::is_stdin(path) {
        return files::read(path).map_err(unread);
    }
    let bytes = files::read_bounded(io::stdin().lock()).map_err(|error| Problem::io("read", path, &error))?;
    let too_large = || Problem::new(format!("standard input is larger than {} MiB", MAX_FILE_BYTES >> 20));
    let read = Read::of(path, &bytes.ok_or_else(too_large)?);
    if read.contents.is_empty() && read.failed.is_empty() {
        return Err(Problem::new("no certificate on standard input"));
    }
    Ok(read)
}

fn unread(error: LoadError) -> Problem {
    match error {
        LoadError::Empty { path } => Problem::new(format!("no certificate in {}", shown(&path)))
            .help("certificates are wanted in PEM, DER or PKCS#7, or a report of CCADB as CSV"),
        LoadError::Read { path, error } => input::with_near_names(Problem::io("read", &path, &error), &path),
        LoadError::Damaged { ref path, ref lost } => {
            let problem = Problem::new(escape(&error.to_string()));
            match lost.len() {
                1 => problem,
                _ => problem.help(format!("for each of them: chainmend check {}", quote::path(path))),
            }
        }
        other => Problem::new(escape(&other.to_string())),
    }
}

fn tell(problems: impl IntoIterator<Item = Problem>, color: Color) {
    for problem in problems {
        terminal::stderr_text(&render::problem(&problem, ""), color);
    }
}

fn said(report: &ImportReport, contents: &Contents) -> String {
    let ImportReport { new, known, left_out, revoked, newly_revoked } = *report;
    let mut out = String::new();
    if !contents.certificates.is_empty() {
        let distinct = count(new + known + left_out, "certificate");
        out.push_str(&format!("{distinct} read: {new} new, {known} already there"));
        if left_out > 0 {
            out.push_str(&format!(", {left_out} left out: the cache keeps {MAX_IMPORTED}, those that last longest"));
        }
        out.push('\n');
    }
    if !contents.statuses.is_empty() {
        let about = count(contents.statuses.len(), "certificate");
        out.push_str(&format!("{about} reported on: {revoked} listed as revoked, {newly_revoked} of them new\n"));
    }
    out
}
