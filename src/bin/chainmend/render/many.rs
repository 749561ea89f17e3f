//! Several bundles: a line for each that is not simply right, and their sum.

use anstyle::Style;
use chainmend::cert::{clip, escape};
use chainmend::report::{FetchOutcome, Finding, Severity, Verdict};

use super::heading::names;
use super::style::{DIM, ERROR, GOOD, WARNING, columns, count, paint, place};
use super::{View, next};
use crate::judged::Judged;

/// A table of so many lines is aligned, and said, by itself: with a hundred thousand bundles somebody
/// wants to read already, and nobody to keep all lines in memory.
const MAX_ROWS: usize = 1000;

/// So many files that `fix -i` left are told with the reason; more are of one kind, as a rule.
const MAX_LEFT: usize = 20;

/// What a report on many bundles keeps of one.
#[derive(Debug)]
pub struct Gist {
    kind: Kind,
    is_live: bool,
    requests: usize,
    /// With `-v`: all that there is to say about it.
    long: String,
    /// Its line in the table, cell by cell.
    row: Option<Vec<String>>,
    /// What could not be done.
    problems: String,
    /// Why it was left to the user.
    left: Option<String>,
    /// Whether somebody should look at it.
    is_wanted: bool,
    next: next::Sum,
}

impl Gist {
    /// Of what came of a bundle.
    pub fn of(judged: &Judged, view: &View) -> Self {
        let kind = kind(judged);
        let said = view.quiet == 0 || judged.needs_attention();
        let long = if view.verbose && has_details(judged) { super::one(judged, view) } else { String::new() };
        let in_table = said && kind != Kind::Ok && (!judged.report.findings.is_empty() || judged.problems.is_empty());
        let problems =
            if said { judged.problems.iter().map(|p| super::problem(p, "")).collect() } else { String::new() };
        Self {
            kind,
            is_live: judged.is_live(),
            requests: requests(judged),
            long,
            row: in_table.then(|| row(judged, kind, gravest(judged), view)),
            problems,
            left: super::left(judged, view).filter(|_| said),
            is_wanted: judged.needs_attention(),
            next: next::Sum::of(judged, view),
        }
    }
}

/// Whether more can be said of it than its line in the table, or its place in the sum, says.
fn has_details(judged: &Judged) -> bool {
    match (judged.report.verdict, judged.report.findings.as_slice()) {
        (Verdict::Skipped, [finding]) if judged.code == 0 => finding.help.is_some(),
        (_, findings) => judged.needs_attention() || !findings.is_empty(),
    }
}

/// A report on many bundles as it grows: the lines that are still to be said, and the sums.
#[derive(Debug, Default)]
pub struct Many {
    kinds: [usize; Kind::ALL.len()],
    servers: usize,
    requests: usize,
    /// Whether somebody should look at one of them.
    any_wanted: bool,
    rows: Vec<Vec<String>>,
    problems: String,
    left: Vec<String>,
    next: next::Sum,
}

impl Many {
    /// Adds a bundle; gives what is to be said at once.
    pub fn add(&mut self, gist: Gist) -> String {
        self.any_wanted |= gist.is_wanted;
        if let Some(kind) = Kind::ALL.iter().position(|kind| *kind == gist.kind) {
            self.kinds.iter_mut().skip(kind).take(1).for_each(|number| *number += 1);
        }
        self.servers += usize::from(gist.is_live);
        self.requests += gist.requests;
        self.rows.extend(gist.row);
        self.problems.push_str(&gist.problems);
        self.left.extend(gist.left);
        self.left.truncate(MAX_LEFT);
        self.next.add(gist.next);
        if self.rows.len() < MAX_ROWS { gist.long } else { gist.long + &self.table() }
    }

    /// The lines that have come together.
    fn table(&mut self) -> String {
        table(std::mem::take(&mut self.rows)) + &std::mem::take(&mut self.problems)
    }

    /// What is left to be said at the end; nothing where `-q` was given and nobody need look.
    pub fn end(mut self, view: &View) -> String {
        if view.quiet > 0 && !self.any_wanted {
            return String::new();
        }
        let mut out = self.table();
        self.left.iter().for_each(|why| out.push_str(&super::note(why, "")));
        out + &self.summary(view) + &next::many(&self.next, view)
    }

    /// `6 files: 1 ok, 1 warning, 2 mendable, 1 broken, 1 skipped; 1 request, 0.1 s`.
    fn summary(&self, view: &View) -> String {
        let mut parts = Vec::new();
        for (kind, number) in Kind::ALL.iter().zip(self.kinds).filter(|(_, number)| *number > 0) {
            parts.push(match kind {
                Kind::Warning => count(number, "warning"),
                _ => format!("{number} {}", kind.sum()),
            });
        }
        let requests =
            if self.requests == 0 { String::new() } else { format!("{}, ", count(self.requests, "request")) };
        let seconds = format!("{}.{} s", view.milliseconds / 1000, view.milliseconds % 1000 / 100);
        let all = self.kinds.iter().sum();
        let what = match self.servers {
            0 => "file",
            live if live == all => "server",
            _ => "bundle",
        };
        let files = count(all, what);
        if parts.is_empty() {
            return format!("{files}; {requests}{seconds}\n");
        }
        format!("{files}: {}; {requests}{seconds}\n", parts.join(", "))
    }
}

/// How many requests were made for a bundle: those without a duration were made for another one.
fn requests(judged: &Judged) -> usize {
    let fetches = judged.report.fetches.iter().filter(|fetch| fetch.milliseconds.is_some());
    fetches.filter(|fetch| matches!(fetch.outcome, FetchOutcome::Ok | FetchOutcome::Failed)).count()
}

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
    /// In the order of the sum.
    const ALL: [Self; 9] = [
        Self::Ok,
        Self::Warning,
        Self::Mended,
        Self::Mendable,
        Self::Broken,
        Self::Differs,
        Self::Incomplete,
        Self::Failed,
        Self::Skipped,
    ];

    /// What it is called in the sum.
    fn sum(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Mended => "mended",
            Self::Mendable => "mendable",
            Self::Broken => "broken",
            Self::Differs => "different",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

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

/// The finding that a bundle's one line is about: where the bundle is mended, or can be, one that this
/// puts right.
fn gravest(judged: &Judged) -> Option<&Finding> {
    let skipped = judged.report.verdict == Verdict::Skipped;
    let ok = judged.report.verdict == Verdict::Ok;
    let told = |f: &Finding| skipped || (f.severity > Severity::Info && !(ok && f.fixed));
    let all = || judged.findings().filter(|(f, ignored)| !ignored && told(f)).map(|(f, _)| f);
    let mended = matches!(judged.report.verdict, Verdict::Repairable | Verdict::Repaired);
    all().find(|f| mended && f.fixed).or_else(|| all().next())
}

/// The lines of a table, the verdict close to its rule: they are read together.
fn table(rows: Vec<Vec<String>>) -> String {
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
