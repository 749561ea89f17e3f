//! `chainmend filter`: bundles as JSON, an object a line in and one out, in order and each as soon as it
//! is done. `samples/report.schema.json` describes an answer (`$defs/answer`).

mod lines;
mod question;

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use chainmend::bundle::Bundle;
use chainmend::cert::Time;
use chainmend::report::{Finding, Verdict};
use chainmend::write;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::args::{Color, FilterArgs};
use crate::input;
use crate::jobs::{self, Crew, Desk};
use crate::judged::Judged;
use crate::problem::Problem;
use crate::report::json::written;
use crate::room::Part;
use crate::run::{Engine, guarded};
use crate::settings::{Environment, Settings};
use crate::terminal;
use lines::{Line, Lines, Text};
use question::Question;

/// What findings call the bundle: by the field that it stands in.
const NAME: &str = "pem";

/// What is answered.
#[derive(Serialize)]
struct Answer<'a> {
    id: Option<&'a RawValue>,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pem: Option<String>,
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// An answer, written, and its exit code.
struct Answered {
    line: String,
    code: u8,
}

/// Answers standard input, line by line; the highest exit code of all lines.
pub fn run(args: FilterArgs, environment: Environment, now: Time) -> Result<u8, Problem> {
    let settings = Settings::filter(args, environment, now)?;
    let engine = Engine::prepare(&settings)?;
    input::mind_terminal();
    let mut lines = Lines::new(io::stdin());
    let mut failed = None;
    let (mut code, mut unwritten) = (0, None);
    let desk = Desk::new(|answered: Answered| {
        code = answered.code.max(code);
        match terminal::stdout_if_read(answered.line.as_bytes()) {
            Ok(true) => return ControlFlow::Continue(()),
            Ok(false) => {}
            Err(problem) => unwritten = Some(problem),
        }
        ControlFlow::Break(())
    });
    let question = || {
        let line = lines.next().unwrap_or_else(|error| {
            failed = Some(Problem::io("read", Path::new("-"), &error));
            None
        })?;
        // Whoever waits here keeps the others from reading on: they answer what they have, and make room.
        let room = engine.room.take(line.takes());
        Some((line, room))
    };
    let crew = Crew::of(settings.jobs, usize::MAX, engine.waits());
    let work = |(line, room): (Line, Part<'_>)| {
        let answered = room.apart(|| answer(&engine, &line));
        drop(line);
        (answered, ())
    };
    jobs::in_order(&crew, question, work, &desk);
    drop(desk);
    for note in engine.lost() {
        terminal::stderr_text(&format!("note: {note}\n"), Color::Never);
    }
    unwritten.or(failed).map_or(Ok(code), Err)
}

fn answer(engine: &Engine<'_>, line: &Line) -> Answered {
    let (mut id, mut pem) = (None, None);
    let judged = match question(line) {
        Ok(question) => {
            id = question.id;
            let work = || match text(&question, line) {
                Ok(text) => {
                    let (judged, chain) = mended(engine, engine.read(NAME, text.into_bytes()));
                    pem = chain;
                    judged
                }
                Err(problem) => Judged::unread(Vec::new(), vec![problem]),
            };
            guarded(&[format!("line {}", line.number)], work)
        }
        Err(problem) => Judged::unread(Vec::new(), vec![problem]),
    };
    engine.mind(&judged);
    let error = judged.problems.first().map(|problem| problem.message.clone());
    let answer = Answer { id, verdict: judged.report.verdict, pem, findings: judged.report.findings, error };
    let line = written(&answer) + "\n";
    Answered { line, code: judged.code }
}

/// What a line asks. No part of it is repeated in a problem, since it may hold a private key.
fn question(line: &Line) -> Result<Question<'_>, Problem> {
    let Text::Whole(text) = &line.text else {
        let limit = lines::MAX_LINE_BYTES / 1024 / 1024;
        return Err(Problem::new(format!("line {} is longer than {limit} MiB", line.number)));
    };
    serde_json::from_slice(text.trim_ascii()).map_err(|error| match error.is_data() {
        true => no_question(line),
        false => Problem::new(format!("line {} is no JSON (column {})", line.number, error.column())),
    })
}

fn no_question(line: &Line) -> Problem {
    Problem::new(format!("line {} is no object with one \"id\" and one \"pem\"", line.number))
}

fn text(question: &Question<'_>, line: &Line) -> Result<String, Problem> {
    if question.is_ambiguous {
        return Err(no_question(line));
    }
    let missing = || Problem::new(format!("line {} has no \"pem\"", line.number));
    let pem = question.pem.ok_or_else(missing)?;
    serde_json::from_str(pem.get()).map_err(|_| Problem::new(format!("in line {} \"pem\" is no string", line.number)))
}

/// As `fix` without an output option: the chain where there is one, and nothing else in any case.
fn mended(engine: &Engine<'_>, bundle: Bundle) -> (Judged, Option<String>) {
    let settings = engine.settings;
    let outcome = engine.judge(vec![bundle], settings.at);
    let mut judged = Judged::weighed(outcome.report(), settings);
    let mut pem = None;
    match (&outcome.chain, outcome.verdict) {
        (Some(chain), Verdict::Ok | Verdict::Repairable) => {
            let bytes = write::pem(chain, write::Part::Full, settings.repair.include_root);
            pem = Some(String::from_utf8_lossy(&bytes).into_owned());
            if judged.report.verdict == Verdict::Repairable {
                judged.mended(settings);
            }
        }
        // A chain was asked for: what `check` passes over is a failure here.
        (_, Verdict::Skipped) if outcome.inputs.iter().all(|bundle| bundle.certificates().next().is_none()) => {
            (judged.report.verdict, judged.code) = (Verdict::Unreadable, 2);
        }
        (_, Verdict::Skipped) => (judged.report.verdict, judged.code) = (Verdict::Broken, 1),
        _ => {}
    }
    judged.count_warnings(settings);
    (judged, pem)
}
