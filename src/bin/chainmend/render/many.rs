//! Several bundles: a line for each that is not simply right, and their sum.

use anstyle::Style;
use chainmend::cert::{clip, escape};
use chainmend::report::{FetchOutcome, Finding, Severity, Verdict};

use super::View;
use super::heading::names;
use super::style::{DIM, ERROR, GOOD, WARNING, columns, count, paint, place};
use crate::judged::Judged;

/// What a bundle counts as in the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ok,
    Warning,
    Mended,
    Mendable,
    Broken,
    Differs,
    Incomplete,
    Failed,
    Skipped,
}

fn kind(judged: &Judged) -> Kind {
    match judged.report.verdict {
        _ if judged.code == 2 => Kind::Failed,
        Verdict::Ok if gravest(judged).is_some() => Kind::Warning,
        Verdict::Ok => Kind::Ok,
        Verdict::Repaired => Kind::Mended,
        Verdict::Repairable => Kind::Mendable,
        Verdict::Broken if judged.only_differs() => Kind::Differs,
        Verdict::Broken => Kind::Broken,
        Verdict::Incomplete => Kind::Incomplete,
        Verdict::Unreadable => Kind::Failed,
        Verdict::Skipped => Kind::Skipped,
    }
}

impl Kind {
    fn word(self) -> (Style, &'static str) {
        match self {
            Self::Ok => (GOOD, "ok"),
            Self::Warning => (WARNING, "warn"),
            Self::Mended => (GOOD, "MENDED"),
            Self::Mendable => (WARNING, "MEND"),
            Self::Broken => (ERROR, "BROKEN"),
            Self::Differs => (ERROR, "DIFFERS"),
            Self::Incomplete => (WARNING, "INCOMPLETE"),
            Self::Failed => (ERROR, "FAILED"),
            Self::Skipped => (DIM, "skip"),
        }
    }
}

/// The finding that a bundle's one line is about.
fn gravest(judged: &Judged) -> Option<&Finding> {
    let skipped = judged.report.verdict == Verdict::Skipped;
    let ok = judged.report.verdict == Verdict::Ok;
    let told = |f: &Finding| skipped || (f.severity > Severity::Info && !(ok && f.fixed));
    judged.findings().find(|(f, ignored)| !ignored && told(f)).map(|(f, _)| f)
}

/// A line for each bundle but those that are right.
pub fn table(said: &[&Judged], view: &View) -> String {
    let rows: Vec<Vec<String>> = said
        .iter()
        .filter(|judged| !judged.report.findings.is_empty() || judged.problems.is_empty())
        .filter_map(|judged| match (kind(judged), gravest(judged)) {
            (Kind::Ok, _) => None,
            (kind, finding) => Some(row(judged, kind, finding, view)),
        })
        .collect();
    // The verdict is close to its rule: they are read together.
    let (verdict_width, place_width) = widths(&rows);
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| joined(row, place_width, verdict_width)).collect();
    columns(&rows, "", 2)
}

fn widths(rows: &[Vec<String>]) -> (usize, usize) {
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| super::style::width(c)).max();
    (widest(1).unwrap_or_default(), widest(0).unwrap_or_default())
}

fn joined(row: Vec<String>, place_width: usize, verdict_width: usize) -> Vec<String> {
    let mut cells = row.into_iter();
    let mut next = || cells.next().unwrap_or_default();
    let (place, verdict, rule, text) = (next(), next(), next(), next());
    let pad = super::style::pad;
    vec![format!("{}  {} {rule}", pad(&place, place_width), pad(&verdict, verdict_width)), text]
}

fn row(judged: &Judged, kind: Kind, finding: Option<&Finding>, view: &View) -> Vec<String> {
    let (style, word) = kind.word();
    let at = finding.and_then(|f| f.certificate.as_ref()).map(|c| place(c.input.as_deref(), c.line));
    let at = at.filter(|at| !at.is_empty() && kind != Kind::Skipped).unwrap_or_else(|| names(judged));
    let rule = finding.map_or_else(String::new, |f| f.rule.to_string());
    vec![at, paint(style, word), rule, words(judged, finding, view)]
}

/// The most characters of a message in a table: two lines of a wide terminal.
const MAX_WORDS: usize = 300;

/// What the line says: the message, else who breaks; and how much more there is.
fn words(judged: &Judged, finding: Option<&Finding>, view: &View) -> String {
    let Some(finding) = finding else {
        return judged.refusal.as_ref().map_or_else(String::new, |refusal| clip(&refusal.message, MAX_WORDS));
    };
    let rule = (view.words)(finding.rule);
    let breaks = rule.breaks.unwrap_or(rule.title);
    let said = if finding.message.is_empty() { breaks } else { &finding.message };
    let told = |f: &Finding| super::findings::is_told_by_another(f, judged);
    let serious = |f: &Finding| f.severity > Severity::Info && f.rule != finding.rule && !told(f);
    let said = clip(&escape(said), MAX_WORDS);
    match judged.findings().filter(|(f, ignored)| !ignored && serious(f)).count() {
        0 => said,
        more => format!("{said} (+{more} more)"),
    }
}

/// `6 files: 1 ok, 1 warning, 2 mendable, 1 broken, 1 skipped; 1 request, 0.1 s`.
pub fn summary(judged: &[Judged], view: &View) -> String {
    let kinds: Vec<Kind> = judged.iter().map(kind).collect();
    let mut parts = Vec::new();
    for (wanted, word) in [
        (Kind::Ok, "ok"),
        (Kind::Warning, "warning"),
        (Kind::Mended, "mended"),
        (Kind::Mendable, "mendable"),
        (Kind::Broken, "broken"),
        (Kind::Differs, "different"),
        (Kind::Incomplete, "incomplete"),
        (Kind::Failed, "failed"),
        (Kind::Skipped, "skipped"),
    ] {
        match kinds.iter().filter(|kind| **kind == wanted).count() {
            0 => {}
            number if wanted == Kind::Warning => parts.push(count(number, word)),
            number => parts.push(format!("{number} {word}")),
        }
    }
    let asked = |judged: &Judged| {
        // Those without a duration were asked by another bundle, or not at all.
        let fetches = judged.report.fetches.iter().filter(|fetch| fetch.milliseconds.is_some());
        fetches.filter(|fetch| matches!(fetch.outcome, FetchOutcome::Ok | FetchOutcome::Failed)).count()
    };
    let requests: usize = judged.iter().map(asked).sum();
    let requests = if requests == 0 { String::new() } else { format!("{}, ", count(requests, "request")) };
    let seconds = format!("{}.{} s", view.milliseconds / 1000, view.milliseconds % 1000 / 100);
    let what = match judged.iter().filter(|judged| judged.is_live()).count() {
        0 => "file",
        live if live == judged.len() => "server",
        _ => "bundle",
    };
    format!("{}: {}; {requests}{seconds}\n", count(judged.len(), what), parts.join(", "))
}
