//! Where there is no chain: the nearest miss, drawn as a tree, and the other ways up that were tried.

use chainmend::cert::{clip, escape};
use chainmend::report::{Attempt, BundleReport, ChainEntry, Finding};

use super::View;
use super::chain::{branch, by};
use super::style::{DIM, ERROR, GOOD, columns, count, paint, place, quoted};

/// So many of the other ways are told, a line each; `-v` draws them.
const OTHERS: usize = 4;

/// The most characters of one text: a line or two of a terminal.
const MAX_TEXT: usize = 200;

/// All ways: the nearest one at length, the others in short.
pub fn drawn(report: &BundleReport, view: &View) -> String {
    let Some((nearest, others)) = report.attempts.split_first() else { return String::new() };
    let word = |entry: &ChainEntry| entry.fault.clone().unwrap_or_default();
    let mut out = tree(nearest, "path", &word);
    if view.verbose {
        out.extend(others.iter().map(|other| tree(other, "also", &|entry| messages(other, &entry.sha256))));
        out.push_str(&more(report.attempts_left_out, ""));
    } else {
        out.push_str(&in_short(report, nearest, others));
    }
    out
}

/// What is well and what is wrong, certificate by certificate.
fn tree(attempt: &Attempt, label: &str, fault: &dyn Fn(&ChainEntry) -> String) -> String {
    let mark = |well: bool| if well { paint(GOOD, "✔") } else { paint(ERROR, "✘") };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (position, entry) in attempt.chain.iter().enumerate() {
        let tree = format!("{} {}", mark(entry.fault.is_none()), branch(position, &entry.short));
        rows.push(vec![tree, escape(&fault(entry))]);
    }
    if let Some(anchor) = &attempt.anchor {
        let tree = format!("{} {}", mark(anchor.fault.is_none()), branch(attempt.chain.len(), &anchor.short));
        let fault = anchor.fault.as_deref().map(|fault| format!("{}, ", escape(fault))).unwrap_or_default();
        rows.push(vec![tree, fault + &by(anchor)]);
    }
    let drawn = columns(&rows, "      ", 2);
    match drawn.strip_prefix("      ") {
        Some(rest) => format!(" {} {rest}", paint(DIM, label)),
        None => String::new(),
    }
}

fn messages(attempt: &Attempt, sha256: &str) -> String {
    let on = |finding: &&Finding| finding.certificate.as_ref().is_some_and(|c| c.sha256 == sha256);
    let messages: Vec<String> = attempt.findings.iter().filter(on).map(|f| clip(&f.message, MAX_TEXT)).collect();
    messages.join("; ")
}

/// A line for each other way that fails for a reason of its own, and how many more there are.
fn in_short(report: &BundleReport, nearest: &Attempt, others: &[Attempt]) -> String {
    let all = others.len() + report.attempts_left_out;
    let own: Vec<&Attempt> = others.iter().filter(|other| !other.repeats).take(OTHERS).collect();
    let label = paint(DIM, "also tried");
    match (all, own.as_slice()) {
        (0, _) => String::new(),
        (_, []) => format!(" {label} {} up, with the same fault\n", count(all, "other way")),
        (_, own) => {
            let rows: Vec<Vec<String>> =
                own.iter().map(|other| vec![way(other, nearest), why(other, nearest)]).collect();
            format!(" {label}\n{}{}", columns(&rows, "   ", 3), more(all - own.len(), "; -v draws them"))
        }
    }
}

fn more(number: usize, how: &str) -> String {
    if number == 0 { String::new() } else { format!("   and {number} more{how}\n") }
}

/// Where it ends, and the certificate by which it leaves the way that is drawn.
fn way(other: &Attempt, nearest: &Attempt) -> String {
    let end = match (&other.anchor, other.chain.last()) {
        (Some(anchor), _) => format!("to {}", name(&anchor.short)),
        (None, Some(top)) if top.fault.as_deref() == Some("not trusted") => format!("to {}", name(&top.short)),
        (None, Some(top)) => format!("up to {}", name(&top.short)),
        (None, None) => String::new(),
    };
    let is_shared = |entry: &ChainEntry| nearest.chain.iter().any(|e| e.sha256 == entry.sha256);
    let Some((position, turn)) = other.chain.iter().enumerate().find(|(_, entry)| !is_shared(entry)) else {
        return end;
    };
    let place = match place(turn.input.as_deref(), turn.line) {
        place if place.is_empty() => super::chain::origin(turn),
        place => place,
    };
    let is_end = other.anchor.is_none() && position + 1 == other.chain.len();
    if is_end { format!("{end} {place}") } else { format!("{end}, by {} {place}", name(&turn.short)) }
}

/// The first fault that the way which is drawn does not have.
fn why(other: &Attempt, nearest: &Attempt) -> String {
    let is_new = |finding: &&Finding| !nearest.findings.contains(finding);
    let Some(finding) = other.findings.iter().find(is_new).or(other.findings.first()) else { return String::new() };
    let on = finding.certificate.as_ref().map(|c| name(&c.short)).unwrap_or_default();
    // The fingerprint is for the one that is explained.
    let message = finding.message.split(" (SHA-256 ").next().unwrap_or_default();
    format!("{on}: {}", clip(&escape(message), MAX_TEXT))
}

fn name(short: &str) -> String {
    quoted(&clip(&escape(short), MAX_TEXT))
}
