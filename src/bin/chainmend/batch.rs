//! `fix` and `check`: every bundle, and the report on it; the highest exit code of all.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::Instant;

use crate::args::{Color, ReportForm};
use crate::interrupt::{self, GATE};
use crate::jobs::{Desk, lock};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::report::{self, Reporter, Teller};
use crate::run::Job;
use crate::settings::{Mode, Settings};
use crate::{render, terminal};

/// Does what was asked for.
#[expect(clippy::disallowed_methods, reason = "times the run for the report")]
pub fn run(settings: &Settings, color: Color) -> Result<u8, Problem> {
    let start = Instant::now();
    let nothing_done = |problem: &Problem| Teller::new(settings, color, 0).nothing_done(problem);
    let job = Job::prepare(settings).inspect_err(nothing_done)?;
    let teller = Teller::new(settings, color, job.bundles());
    let mended = if settings.mode == Mode::Check { "mendable" } else { "mended" };
    let progress = Progress::new(job.bundles(), job.requests(), wants_progress(settings), mended, color);
    let reporter = Mutex::new(Some(Reporter::begin(&teller, &progress)?));
    let desk = Desk::new(|draft| match lock(&reporter).as_mut() {
        Some(reporter) => reporter.take(draft),
        None => ControlFlow::Break(()),
    });
    let work = || {
        progress.shown(|| job.run(|judged| teller.draft(judged), &desk));
        let notes = match settings.quiet {
            _ if settings.verbose => job.warnings(),
            0 => job.lost(),
            _ => Vec::new(),
        };
        notes.iter().for_each(|note| progress.say(&format!("note: {note}\n")));
        // A signal waits for the report to end.
        let mut reporter = lock(&reporter);
        match reporter.take() {
            Some(reporter) => reporter.finish(start.elapsed()),
            // It came first, and ends the program as soon as it has said so.
            None => loop {
                std::thread::park();
            },
        }
    };
    if job.bundles() <= 1 {
        return work();
    }
    let stop = || {
        desk.close();
        if let Some(reporter) = lock(&reporter).take() {
            reporter.stopped(start.elapsed());
        }
    };
    let (total, mode) = (job.bundles(), settings.mode.clone());
    let last_words = move || {
        terminal::stderr_text(&render::problem(&report::cut_short(GATE.done(), total, &mode), ""), color);
    };
    interrupt::watched(stop, last_words, work)
}

/// Whether a line on the terminal is welcome: not where results go by there anyway.
fn wants_progress(settings: &Settings) -> bool {
    let lists = settings.diff || settings.list_changed;
    let streams = lists || settings.report != ReportForm::Text && settings.report_file.is_none();
    settings.quiet == 0 && !(streams && terminal::stdout_is_terminal())
}
