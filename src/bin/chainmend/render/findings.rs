//! What is wrong, a block for each finding: errors at length, the rest in two lines.

use std::collections::HashSet;

use chainmend::cert::{clip, escape};
use chainmend::report::{Finding, Severity, Verdict};
use chainmend::rules::Rule;

use super::View;
use super::style::{DIM, of, paint, place, quoted, width};
use crate::judged::Judged;

/// A message goes on the first line of its block up to this width: terminals are 80 to 120 wide.
const HEAD_WIDTH: usize = 100;

/// Where `fixed` starts behind a short `breaks`.
const BREAKS_WIDTH: usize = 45;

/// The most characters of one text: some lines of a terminal. A certificate may hold names and
/// URLs of 256 KiB; the JSON report has them whole.
const MAX_TEXT: usize = 1_000;

/// A text from a finding, safe for a terminal and of a length that can be read.
fn shown(text: &str) -> String {
    clip(&escape(text), MAX_TEXT)
}

/// All blocks, in the report's order. Notes are shown on request, or where they are all there is.
pub fn blocks(judged: &Judged, view: &View) -> String {
    let nothing_else = || judged.findings().all(|(f, _)| f.severity == Severity::Info);
    let all_notes = match judged.report.verdict {
        Verdict::Skipped => true,
        Verdict::Ok => view.verbose,
        _ => view.verbose || nothing_else(),
    };
    let shown = judged.findings().filter(|(f, _)| all_notes || f.severity > Severity::Info || f.fixed);
    let mut told = HashSet::new();
    // What would be done, and what was.
    let done = if judged.report.verdict == Verdict::Repaired { "fixed" } else { "fix" };
    shown.map(|(finding, _)| block(finding, told.insert(finding.rule), done, view)).collect()
}

fn block(finding: &Finding, first: bool, done: &str, view: &View) -> String {
    let info = (view.words)(finding.rule);
    // Who breaks is said once for each rule.
    let first = first && finding.severity > Severity::Info;
    let breaks = info.breaks.filter(|_| first);
    let hidden = info.hidden.filter(|_| first);
    let message = shown(&finding.message);
    let mut lines = vec![head(finding)];
    let at_length = finding.severity == Severity::Error || !finding.sought.is_empty();
    match lines.first_mut() {
        Some(head) if !at_length && width(head) + 1 + width(&message) <= HEAD_WIDTH => {
            head.push(' ');
            head.push_str(&message);
        }
        _ => lines.push(format!("   {message}")),
    }
    let action = finding.action.as_deref().filter(|_| finding.fixed).map(shown);
    match (breaks, &action) {
        (Some(breaks), Some(action)) if !at_length && hidden.is_none() && width(breaks) < BREAKS_WIDTH => {
            let gap = " ".repeat(BREAKS_WIDTH - width(breaks));
            lines.push(format!("{}{breaks}{gap}{}  {action}", label("breaks"), paint(DIM, done)));
        }
        _ => {
            lines.extend(breaks.map(|breaks| format!("{}{breaks}", label("breaks"))));
            lines.extend(hidden.map(|hidden| format!("{}{hidden}", label("hidden"))));
            lines.extend(sought(finding));
            lines.extend(action.map(|action| format!("{}{action}", label(done))));
        }
    }
    if let Some(help) = finding.help.as_ref().filter(|_| !finding.fixed && !is_next(finding)) {
        let help: Vec<String> = help.lines().map(shown).collect();
        lines.push(format!("{}{}", label("help"), help.join("\n           ")));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// An error's help is the report's last line.
fn is_next(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

fn head(finding: &Finding) -> String {
    let rule = paint(of(finding.severity), &format!("{}[{}]", finding.severity, finding.rule));
    let mut head = format!(" {rule}");
    if let Some(certificate) = &finding.certificate {
        let place = place(certificate.input.as_deref(), certificate.line);
        for part in [place, quoted(&certificate.short)] {
            if !part.is_empty() {
                head.push(' ');
                head.push_str(&part);
            }
        }
    }
    if finding.ignored {
        head.push_str(" (ignored)");
    }
    head
}

/// `   breaks  `.
fn label(text: &str) -> String {
    format!("   {}{}", paint(DIM, text), " ".repeat(8usize.saturating_sub(text.len())))
}

fn sought(finding: &Finding) -> Option<String> {
    if finding.sought.is_empty() {
        return None;
    }
    let what = match finding.rule {
        Rule::ExpiredIntermediate | Rule::StaleCrossSign => "a fresh certificate with the same name and key",
        Rule::MissingIntermediate => "its issuer",
        _ => "an issuer that fits",
    };
    let rows: Vec<Vec<String>> =
        finding.sought.iter().map(|sought| vec![shown(&sought.place), shown(&sought.outcome)]).collect();
    let rows = super::style::columns(&rows, "           ", 2);
    Some(format!("{}{what}:\n{}", label("sought"), rows.trim_end()))
}
