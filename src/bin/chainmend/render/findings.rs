//! What is wrong, a block for each finding: errors at length, the rest in two lines.

use std::collections::BTreeMap;

use chainmend::cert::{clip, escape};
use chainmend::report::{Finding, Severity, Verdict};
use chainmend::rules::Rule;

use super::View;
use super::style::{DIM, of, paint, place, quoted, width};
use crate::judged::Judged;

/// A message goes on the first line of its block up to this width: terminals are 80 to 120 wide.
const HEAD_WIDTH: usize = 100;

/// So many findings of one rule are enough to see what is wrong with a file.
const SAME_RULE: usize = 8;

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
    let mut told = BTreeMap::new();
    let shown = shown.filter(|(finding, _)| !is_told_by_another(finding, judged));
    // What would be done, and what was.
    let done = if judged.report.verdict == Verdict::Repaired { "fixed" } else { "fix" };
    let fetching = |url: &str| judged.findings().map(|(f, _)| f).find(|f| fetched(f) == Some(url)).map(|f| f.rule);
    let mut out = String::new();
    for (finding, _) in shown {
        let before = told.entry(finding.rule).or_insert(0_usize);
        if view.verbose || *before < SAME_RULE {
            out.push_str(&block(finding, *before == 0, done, &fetching, view));
        }
        *before += 1;
    }
    for (rule, count) in told.into_iter().filter(|(_, count)| !view.verbose && *count > SAME_RULE) {
        out.push_str(&format!(
            " {}\n",
            paint(DIM, &format!("and {} more of {rule}; -v shows them", count - SAME_RULE))
        ));
    }
    out
}

/// Whether the places that another finding looked at have this one's URL: it is not said twice.
pub fn is_told_by_another(finding: &Finding, judged: &Judged) -> bool {
    let sought = |url: &str| judged.findings().flat_map(|(f, _)| &f.sought).any(|sought| sought.place == url);
    fetched(finding).is_some_and(sought)
}

/// The URL that could not be had, where that is all that the finding says.
fn fetched(finding: &Finding) -> Option<&str> {
    match finding.rule {
        Rule::IssuerUnavailable | Rule::FetchRefused => finding.message.split_once(": ").map(|(url, _)| url),
        _ => None,
    }
}

fn block(finding: &Finding, first: bool, done: &str, fetching: &dyn Fn(&str) -> Option<Rule>, view: &View) -> String {
    let info = (view.words)(finding.rule);
    // Who breaks is said once for each rule; a note breaks nobody.
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
            lines.extend(sought(finding, fetching));
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

fn sought(finding: &Finding, fetching: &dyn Fn(&str) -> Option<Rule>) -> Option<String> {
    if finding.sought.is_empty() {
        return None;
    }
    let what = match finding.rule {
        Rule::Revoked => "another certificate with the same name and key",
        Rule::ExpiredIntermediate | Rule::StaleCrossSign => "a fresh certificate with the same name and key",
        Rule::MissingIntermediate => "its issuer",
        _ => "an issuer that fits",
    };
    let rows = finding.sought.iter().map(|sought| {
        let rule = fetching(&sought.place).map_or_else(String::new, |rule| format!(" [{rule}]"));
        vec![shown(&sought.place), format!("{}{rule}", shown(&sought.outcome))]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let rows = super::style::columns(&rows, "           ", 2);
    Some(format!("{}{what}:\n{}", label("sought"), rows.trim_end()))
}
