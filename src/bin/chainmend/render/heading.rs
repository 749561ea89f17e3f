//! The first line about a bundle, and the one above its chain.

use anstyle::Style;
use chainmend::report::{Finding, Severity, Verdict, name_of};
use chainmend::rules::Rule;
use chainmend::write::Part;

use super::View;
use super::style::{BOLD, DIM, ERROR, GOOD, WARNING, count, paint};
use crate::args::OutputForm;
use crate::judged::Judged;
use crate::problem::{shown, shown_name};
use crate::settings::{Mode, Outputs};
use crate::terminal::Stdout;

/// `site.pem: MENDED, 3 problems fixed`.
pub fn line(judged: &Judged, view: &View) -> String {
    let (style, word, rest) = verdict(judged, view);
    format!("{}: {}{rest}\n", paint(BOLD, &names(judged)), paint(style, word))
}

/// Of so many inputs that are one bundle each is named.
const MAX_NAMES: usize = 6;

/// The inputs by name.
pub fn names(judged: &Judged) -> String {
    let inputs = &judged.report.inputs;
    let mut names: Vec<String> = inputs.iter().take(MAX_NAMES).map(|name| shown_name(name)).collect();
    if inputs.len() > MAX_NAMES {
        names.push(count(inputs.len() - MAX_NAMES, "more file"));
    }
    names.join(" + ")
}

fn verdict(judged: &Judged, view: &View) -> (Style, &'static str, String) {
    let writes = view.mode != Mode::Check && !view.diff;
    match judged.report.verdict {
        Verdict::Ok if judged.counted.is_some() => {
            (WARNING, "OK", format!("{}{}{}", same(judged), remarks(judged), counted(judged)))
        }
        Verdict::Ok => (GOOD, "OK", format!("{}{}{}", same(judged), remarks(judged), written(judged, view))),
        Verdict::Repaired => {
            let fixed = problems(judged, true);
            let fixed = if fixed == 0 { String::new() } else { format!(", {} fixed", count(fixed, "problem")) };
            (GOOD, "MENDED", format!("{fixed}{}", also_written(judged, view)))
        }
        Verdict::Repairable if !writes => (WARNING, "NEEDS MENDING", comma(problems(judged, true), "problem")),
        Verdict::Repairable | Verdict::Broken | Verdict::Incomplete if writes => {
            (ERROR, "NOT MENDED", format!(", {}", left(judged, view)))
        }
        Verdict::Incomplete => (WARNING, "INCOMPLETE", ", and only the network could tell".to_owned()),
        Verdict::Skipped => (DIM, "SKIPPED", String::new()),
        Verdict::Unreadable => (ERROR, "NOT READABLE", String::new()),
        _ if judged.only_differs() => (ERROR, "DIFFERS", format!("{}{}", differs(judged), remarks(judged))),
        _ => (ERROR, "BROKEN", comma(problems(judged, false), "problem")),
    }
}

/// What a server sends is what a file holds.
fn same(judged: &Judged) -> String {
    let same = judged.report.against.as_ref().filter(|against| against.same);
    same.map_or_else(String::new, |against| format!(", and what {} holds", shown_name(&against.input)))
}

fn differs(judged: &Judged) -> String {
    let file = judged.report.against.as_ref().map(|against| shown_name(&against.input));
    file.map_or_else(String::new, |file| format!(" from {file}"))
}

fn comma(number: usize, what: &str) -> String {
    if number == 0 { String::new() } else { format!(", {}", count(number, what)) }
}

fn problems(judged: &Judged, fixed: bool) -> usize {
    let counts = judged.findings().filter(|(f, ignored)| !ignored && f.severity >= Severity::Warning);
    counts.filter(|(f, _)| (f.fixed || !fixed) && !super::findings::is_told_by_another(f, judged)).count()
}

fn remarks(judged: &Judged) -> String {
    let counts = |f: &Finding| !f.fixed && f.severity >= Severity::Warning && f.rule != Rule::ServerDiffers;
    let warnings = judged.findings().filter(|(f, ignored)| !ignored && counts(f));
    comma(warnings.count(), "warning")
}

/// Why the exit code is 1 all the same.
fn counted(judged: &Judged) -> String {
    judged.counted.map_or_else(String::new, |rule| format!("; exit 1, since --fail-on names {rule}"))
}

fn files(outputs: &Outputs) -> Vec<String> {
    outputs.files().map(|(_, _, path)| name_of(path)).collect()
}

/// Where a right chain went.
fn written(judged: &Judged, view: &View) -> String {
    let Mode::Write(outputs) = &view.mode else { return String::new() };
    let (done, wanted) = (&judged.report.outputs, files(outputs));
    if view.diff {
        let changed: Vec<String> = judged.changed.iter().map(|path| name_of(path)).collect();
        if changed.is_empty() { String::new() } else { format!(", and {} would be written", list(&changed)) }
    } else if !judged.problems.is_empty() {
        ", not written".to_owned()
    } else if !done.is_empty() {
        format!(", written to {}", list(done))
    } else if wanted.is_empty() {
        String::new()
    } else {
        format!(", and so {} {} already", list(&wanted), if wanted.len() == 1 { "is" } else { "are" })
    }
}

/// Where a mended chain went, if not to the one place that the next lines name.
fn also_written(judged: &Judged, view: &View) -> String {
    match &view.mode {
        Mode::Write(outputs) if judged.report.outputs.is_empty() && !files(outputs).is_empty() => {
            format!("; {} had it already", list(&files(outputs)))
        }
        Mode::Write(_) if judged.report.outputs.len() > 1 => format!(", written to {}", list(&judged.report.outputs)),
        _ => String::new(),
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| shown_name(name)).collect::<Vec<_>>().join(", ")
}

fn left(judged: &Judged, view: &View) -> String {
    // The system took some of the files, and then no more.
    if !judged.report.outputs.is_empty() {
        return format!("and yet {} written", list(&judged.report.outputs));
    }
    match (judged.left.as_slice(), &view.mode) {
        ([], Mode::InPlace) => "left as it was".to_owned(),
        ([], _) => "nothing written".to_owned(),
        ([_], _) => format!("{} left as it was", list(&judged.left)),
        _ => format!("{} left as they were", list(&judged.left)),
    }
}

/// The line above the chain.
pub fn of_chain(judged: &Judged, view: &View) -> String {
    let name = names(judged);
    match (&view.mode, judged.report.verdict) {
        (Mode::InPlace, Verdict::Repaired) => {
            let kept = if judged.kept_key { "mode and private key kept" } else { "mode kept" };
            format!("{name} now sends ({kept})")
        }
        (Mode::Check, Verdict::Repairable) => format!("{name} would send, mended"),
        (Mode::InPlace, Verdict::Repairable) => format!("{name} would send, rewritten"),
        (Mode::Write(_), verdict) if !judged.problems.is_empty() || view.diff && verdict != Verdict::Repaired => {
            "the chain would be".to_owned()
        }
        (Mode::Write(outputs), _) if outputs.stdout() == Some(Part::Full) => match view.stdout {
            Some(Stdout::Lost) => "the chain would be".to_owned(),
            _ => "standard output now holds".to_owned(),
        },
        (Mode::Write(outputs), _) => match outputs.full() {
            Some(path) if outputs.form == OutputForm::P7b => format!("{} now holds", shown(path)),
            Some(path) => format!("{} now sends", shown(path)),
            None => "the chain".to_owned(),
        },
        _ if judged.let_be => format!("{name}, mended, would send"),
        _ => format!("{name} sends"),
    }
}
