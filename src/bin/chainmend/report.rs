//! The report out: text to standard error, JSON to standard output, either to a file.

use std::path::Path;
use std::time::Duration;

use chainmend::report::{BundleReport, Report, Verdict};

use crate::args::{Color, ReportForm};
use crate::judged::Judged;
use crate::output::{self, Guard};
use crate::problem::Problem;
use crate::render::{self, View};
use crate::run;
use crate::settings::{Mode, Settings};
use crate::terminal;

/// Reports what came of the bundles.
pub fn report(settings: &Settings, judged: &[Judged], took: Duration, color: Color) -> Result<(), Problem> {
    let told = tell(settings, judged, took, color);
    lists(settings, judged, color).and(told)
}

fn tell(settings: &Settings, judged: &[Judged], took: Duration, color: Color) -> Result<(), Problem> {
    match settings.report {
        ReportForm::Text => {
            let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            let text = render::text(judged, &View::new(settings, milliseconds, terminal::stdout_is_terminal()));
            match &settings.report_file {
                Some(path) => {
                    let written = put(path, terminal::plain(&text).into_bytes());
                    // What was done is said all the same.
                    written.inspect_err(|_| terminal::stderr_text(&text, color))
                }
                None => {
                    terminal::stderr_text(&text, color);
                    Ok(())
                }
            }
        }
        ReportForm::Json => {
            let problems = judged.iter().flat_map(|j| &j.problems);
            if settings.quiet < 2 {
                problems.for_each(|p| terminal::stderr_text(&render::problem(p, ""), color));
            }
            json(settings, &Report::new(settings.at, judged.iter().map(|one| told(one, &settings.mode)).collect()))
        }
    }
}

/// What `--diff` and `-l` put on standard output. A path is written byte for byte, a line each.
fn lists(settings: &Settings, judged: &[Judged], color: Color) -> Result<(), Problem> {
    if settings.diff {
        terminal::stdout_text(&judged.iter().map(|judged| judged.diff.as_str()).collect::<String>(), color)?;
    }
    if settings.list_changed {
        let paths = judged.iter().flat_map(|judged| &judged.changed);
        let lines = paths.flat_map(|path| [path.as_os_str().as_encoded_bytes(), b"\n"]);
        terminal::stdout(&lines.collect::<Vec<_>>().concat())?;
    }
    Ok(())
}

/// A script that waits for a JSON report gets one also where nothing could be looked at; people get
/// the problem's own words, from the caller.
pub fn nothing_done(settings: &Settings, problem: &Problem) {
    let own_file = settings.report_file.as_deref().is_none_or(|path| run::report_may_go(settings, path).is_ok());
    if settings.report == ReportForm::Json && own_file {
        let report = Report { problems: vec![problem.into()], ..Report::new(settings.at, Vec::new()) };
        // The problem that is told already is the one to tell.
        let _ = json(settings, &report);
    }
}

/// A bundle's report with what could not be done.
fn told(judged: &Judged, mode: &Mode) -> BundleReport {
    let left = judged.refusal.iter().filter(|_| {
        *mode == Mode::InPlace && judged.report.verdict == Verdict::Repairable && judged.problems.is_empty()
    });
    let problems = judged.problems.iter().chain(left).map(Into::into).collect();
    BundleReport { problems, ..judged.report.clone() }
}

fn json(settings: &Settings, report: &Report) -> Result<(), Problem> {
    let mut bytes =
        serde_json::to_vec(report).map_err(|error| Problem::new(format!("cannot make the report: {error}")))?;
    bytes.push(b'\n');
    match &settings.report_file {
        Some(path) => put(path, bytes),
        None => terminal::stdout(&bytes),
    }
}

fn put(path: &Path, bytes: Vec<u8>) -> Result<(), Problem> {
    if output::is_stdout(path) { terminal::stdout(&bytes) } else { output::write(path, bytes, Guard::NoKey).map(drop) }
}
