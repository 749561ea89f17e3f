//! The report out, as it grows: text to standard error, what is for machines to standard output, any
//! of them to a file. A bundle is drafted on the thread that judged it; what is drafted is told in the
//! order of the inputs, and kept only as far as the end of the report needs it.

mod escape;
mod github;
mod ground;
pub mod json;
mod prometheus;
mod sarif;
mod text;
mod words;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::Duration;

use chainmend::cert::count;
use chainmend::report::{BundleReport, Verdict};

use crate::args::{Color, ReportForm};
use crate::judged::Judged;
use crate::output::{self, Growing};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::render::{self, View};
use crate::run;
use crate::settings::{Mode, Settings};
use crate::terminal;
pub use ground::Ground;

/// What is the same for every bundle of a run.
pub struct Teller<'a> {
    settings: &'a Settings,
    view: View,
    color: Color,
    bundles: usize,
}

/// What is said of one bundle, in the form of the report.
pub struct Draft {
    code: u8,
    verdict: Verdict,
    /// What could not be done, for people, where the report is for machines.
    notes: String,
    /// What `--diff` and `-l` put on standard output.
    listed: Vec<u8>,
    said: Said,
}

/// The part of a draft that its form understands.
enum Said {
    Nothing,
    Text(text::Part),
    /// Bytes that stand for themselves.
    Whole(String),
    Sarif(sarif::Part),
    Prometheus(prometheus::Part),
}

/// How a report ends.
pub struct Ending {
    /// How long it took, in milliseconds.
    milliseconds: u64,
    /// The highest exit code.
    code: u8,
    /// What kept bundles from being looked at.
    problem: Option<Problem>,
}

/// A form of the report. Each call gives what can be written by then; the last one puts the rest, piece by
/// piece, and says why it could not.
trait Form: Send {
    fn begin(&mut self, _teller: &Teller<'_>) -> String {
        String::new()
    }
    fn add(&mut self, said: Said) -> String;
    fn end(&mut self, teller: &Teller<'_>, ending: &Ending, put: &mut dyn FnMut(&str)) -> Result<(), Problem>;
}

/// Drafts that stand for themselves, a line or several each.
struct Lines;

impl Form for Lines {
    fn add(&mut self, said: Said) -> String {
        if let Said::Whole(lines) = said { lines } else { String::new() }
    }

    fn end(&mut self, _: &Teller<'_>, _: &Ending, _: &mut dyn FnMut(&str)) -> Result<(), Problem> {
        Ok(())
    }
}

impl<'a> Teller<'a> {
    /// For a run with these settings, over so many bundles.
    pub fn new(settings: &'a Settings, color: Color, bundles: usize) -> Self {
        Self { settings, view: View::new(settings, 0, terminal::stdout_leads()), color, bundles }
    }

    /// What is to be said of a bundle.
    pub fn draft(&self, judged: Judged) -> Draft {
        let settings = self.settings;
        let mut listed = Vec::new();
        if settings.diff {
            listed.extend(terminal::for_stdout(&judged.diff, self.color).into_bytes());
        }
        if settings.list_changed {
            // A path is written byte for byte, a line each.
            listed
                .extend(judged.changed.iter().flat_map(|path| [path.as_os_str().as_encoded_bytes(), b"\n"]).flatten());
        }
        let notes = match settings.report {
            ReportForm::Text => String::new(),
            _ if settings.quiet >= 2 => String::new(),
            _ => judged.problems.iter().map(|problem| render::problem(problem, "")).collect(),
        };
        let (code, verdict) = (judged.code, judged.report.verdict);
        let said = match settings.report {
            ReportForm::Text if settings.quiet >= 2 => Said::Nothing,
            ReportForm::Text => Said::Text(text::Part::of(judged, self.bundles, &self.view)),
            ReportForm::Json => Said::Whole(json::bundle(&told(judged, &settings.mode))),
            ReportForm::Ndjson => Said::Whole(json::line(settings.at, &told(judged, &settings.mode))),
            ReportForm::Sarif => Said::Sarif(sarif::Part::of(&judged, &self.view)),
            ReportForm::Github => Said::Whole(github::annotations(&judged, &self.view)),
            ReportForm::Prometheus => Said::Prometheus(prometheus::Part::of(&judged)),
        };
        Draft { code, verdict, notes, listed, said }
    }

    fn form(&self) -> Box<dyn Form> {
        match self.settings.report {
            ReportForm::Text => Box::new(text::Text::default()),
            ReportForm::Json => Box::new(json::Json::default()),
            ReportForm::Ndjson => Box::new(Lines),
            ReportForm::Github => Box::new(github::Annotations::default()),
            ReportForm::Sarif => Box::new(sarif::Sarif::default()),
            ReportForm::Prometheus => Box::new(prometheus::Prometheus::default()),
        }
    }

    /// A script that waits for a report gets one also where nothing could be looked at; people get the
    /// problem's own words, from the caller.
    pub fn nothing_done(&self, problem: &Problem) {
        let settings = self.settings;
        let own_file = settings.report_file.as_deref().is_none_or(|path| run::report_may_go(settings, path).is_ok());
        if settings.report != ReportForm::Text && own_file {
            let progress = Progress::silent();
            // The problem that is told already is the one to tell.
            let _ = Reporter::begin(self, &progress)
                .and_then(|reporter| reporter.end(Duration::ZERO, Some(problem.clone())));
        }
    }
}

/// Where the report goes.
enum Way {
    Stdout,
    Stderr,
    File(Growing),
}

/// A report on its way.
pub struct Reporter<'a> {
    teller: &'a Teller<'a>,
    progress: &'a Progress,
    form: Box<dyn Form>,
    way: Way,
    /// Whether something was written.
    begun: bool,
    /// Whether a reader of standard output has gone away.
    unread: bool,
    code: u8,
    /// Why the report could not be written.
    failed: Option<Problem>,
}

impl<'a> Reporter<'a> {
    /// A report, begun.
    pub fn begin(teller: &'a Teller<'a>, progress: &'a Progress) -> Result<Self, Problem> {
        let way = match (&teller.settings.report_file, teller.settings.report) {
            (Some(path), _) if output::is_stdout(path) => Way::Stdout,
            (Some(path), _) => Way::File(Growing::begin(path)?),
            (None, ReportForm::Text) => Way::Stderr,
            (None, _) => Way::Stdout,
        };
        let form = teller.form();
        Ok(Self { teller, progress, form, way, begun: false, unread: false, code: 0, failed: None })
    }

    /// The next bundle. Breaks where it is of no use to go on.
    pub fn take(&mut self, draft: Draft) -> ControlFlow<()> {
        let Draft { code, verdict, notes, listed, said } = draft;
        self.code = self.code.max(code);
        self.progress.add(
            matches!(verdict, Verdict::Repaired | Verdict::Repairable),
            code == 2 || matches!(verdict, Verdict::Broken | Verdict::Incomplete | Verdict::Unreadable),
        );
        self.progress.say(&notes);
        let text = self.form.add(said);
        self.write(&text);
        self.list(&listed);
        // Whoever wanted files mended wants it though nobody reads on.
        let useless = (self.unread || self.failed.is_some()) && self.teller.settings.mode == Mode::Check;
        if useless { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Every bundle has been looked at: the exit code.
    pub fn finish(self, took: Duration) -> Result<u8, Problem> {
        self.end(took, None)
    }

    /// The user wants no more: what was done by then is told.
    pub fn stopped(self, took: Duration) {
        let (progress, counts) = (self.progress, self.progress.counts());
        progress.end();
        let (color, mode) = (self.teller.color, self.teller.settings.mode.clone());
        let stopped = stopped(counts.done, counts.total, &mode);
        let failed = self.end(took, Some(stopped.clone()));
        for problem in [Some(stopped), failed.err()].into_iter().flatten() {
            terminal::stderr_text(&render::problem(&problem, ""), color);
        }
    }

    fn end(mut self, took: Duration, problem: Option<Problem>) -> Result<u8, Problem> {
        // A file that other programs watch keeps what it had rather than get a part of it.
        if self.teller.settings.report == ReportForm::Prometheus && problem.is_some() && self.progress.counts().done > 0
        {
            return Ok(2);
        }
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let code = if problem.is_some() { 2 } else { self.code };
        let ending = Ending { milliseconds, code, problem };
        let mut form = std::mem::replace(&mut self.form, Box::new(Lines));
        let head = if self.begun { String::new() } else { form.begin(self.teller) };
        let ended = form.end(self.teller, &ending, &mut |text| {
            if !text.is_empty() && !std::mem::replace(&mut self.begun, true) {
                self.put(&head);
            }
            self.put(text);
        });
        self.failed = self.failed.or(ended.err());
        match (self.failed, self.way) {
            (Some(failed), _) => Err(failed),
            (None, Way::File(file)) => file.finish().map(|()| self.code),
            _ => Ok(self.code),
        }
    }

    fn write(&mut self, text: &str) {
        if !text.is_empty() {
            self.write_first();
            self.put(text);
        }
    }

    /// What stands above everything.
    fn write_first(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            let head = self.form.begin(self.teller);
            self.put(&head);
        }
    }

    fn put(&mut self, text: &str) {
        if text.is_empty() || self.failed.is_some() {
            return;
        }
        let is_text = self.teller.settings.report == ReportForm::Text;
        let plain = || if is_text { Cow::from(terminal::plain(text)) } else { Cow::from(text) };
        let written = match &mut self.way {
            Way::Stderr => {
                self.progress.say(text);
                Ok(())
            }
            Way::Stdout => terminal::stdout_if_read(plain().as_bytes()).map(|read| self.unread |= !read),
            Way::File(file) => file.write(plain().as_bytes()).and_then(|()| file.flush()),
        };
        if let Err(problem) = written {
            // What was done is said all the same.
            if is_text {
                self.progress.say(text);
                self.way = Way::Stderr;
            }
            self.failed = Some(problem);
        }
    }

    fn list(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() && !self.unread {
            match terminal::stdout_if_read(bytes) {
                Ok(read) => self.unread |= !read,
                Err(problem) => self.failed = self.failed.take().or(Some(problem)),
            }
        }
    }
}

/// What to say after Ctrl-C.
fn stopped(done: usize, total: usize, mode: &Mode) -> Problem {
    let left = total.saturating_sub(done);
    let what = match (*mode == Mode::InPlace, left) {
        (true, 1) => "was left as it was",
        (true, _) => "were left as they were",
        (false, 1) => "was not looked at",
        (false, _) => "were not looked at",
    };
    Problem::new(format!("stopped after {done} of {}; {left} {what}", count(total, "file")))
}

/// The same where nobody reads the report on it.
pub fn cut_short(done: usize, total: usize, mode: &Mode) -> Problem {
    let stopped = stopped(done, total, mode);
    Problem { message: format!("{}; the report on them is not whole", stopped.message), ..stopped }
}

/// A bundle's report with what could not be done.
fn told(judged: Judged, mode: &Mode) -> BundleReport {
    let problems = judged.problems.iter().chain(judged.why_left(mode)).map(Into::into).collect();
    let mut report = judged.report;
    report.problems = problems;
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_is_counted() {
        let said = |total, done, mode| stopped(done, total, &mode).message;
        assert_eq!(said(3, 1, Mode::InPlace), "stopped after 1 of 3 files; 2 were left as they were");
        assert_eq!(said(3, 2, Mode::InPlace), "stopped after 2 of 3 files; 1 was left as it was");
        assert_eq!(said(1, 0, Mode::Check), "stopped after 0 of 1 file; 1 was not looked at");
        assert_eq!(said(3, 0, Mode::Check), "stopped after 0 of 3 files; 3 were not looked at");
    }
}
