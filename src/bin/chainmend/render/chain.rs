//! A chain, drawn as a tree.

use chainmend::cert::Time;
use chainmend::report::{AnchorEntry, BundleReport, ChainEntry, Source, Verdict};

use super::View;
use super::style::{count, pad, place, width};
use crate::judged::Judged;
use crate::problem::shown_name;
use crate::settings::Mode;

/// The chain: its number, the tree, the dates, where it comes from.
pub fn table(judged: &Judged, view: &View) -> String {
    let report = &judged.report;
    let root_sent =
        view.include_root && (judged.report.verdict != Verdict::Ok || is_written(view) || judged.holds_root);
    let own_anchor = is_own_anchor(report);
    let path = report.chain.iter().filter(|entry| !entry.tail).count();
    let mut rows = Vec::new();
    for (position, entry) in report.chain.iter().enumerate() {
        if position == path {
            rows.extend(report.anchor.as_ref().map(|anchor| anchor_row(anchor, path, root_sent)));
        }
        let mut origin = origin(entry);
        if entry.tail {
            origin.push_str(", for older clients");
        }
        if own_anchor && position == 0 {
            origin.push_str(&trusted(report).map(|by| format!(", {by}")).unwrap_or_default());
        }
        let tree = branch(position, &entry.short);
        rows.push(vec![(position + 1).to_string(), tree, dates(entry, view.at, position == 0), origin]);
    }
    if path == report.chain.len() && !own_anchor {
        rows.extend(report.anchor.as_ref().map(|anchor| anchor_row(anchor, path, root_sent)));
    }
    spaced(&rows)
}

/// The gaps that the eye needs: one after the number, two after the name, three after the dates.
fn spaced(rows: &[Vec<String>]) -> String {
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| width(c)).max().unwrap_or(0);
    let gaps = [widest(0) + 1, widest(1) + 2, widest(2) + 3, 0];
    let line = |row: &Vec<String>| {
        let cells: String = row.iter().zip(gaps).map(|(cell, to)| pad(cell, to)).collect();
        format!("   {}\n", cells.trim_end())
    };
    rows.iter().map(line).collect()
}

fn is_own_anchor(report: &BundleReport) -> bool {
    match (report.chain.as_slice(), &report.anchor) {
        ([leaf], Some(anchor)) => leaf.sha256 == anchor.sha256,
        _ => false,
    }
}

fn trusted(report: &BundleReport) -> Option<String> {
    report.anchor.as_ref().map(by)
}

/// `trusted by mozilla`.
pub fn by(anchor: &AnchorEntry) -> String {
    format!("trusted by {}", shown_name(&anchor.store))
}

/// Whether the chain is written as it is drawn, rather than found in the input.
fn is_written(view: &View) -> bool {
    matches!(view.mode, Mode::Write(_))
}

fn anchor_row(anchor: &AnchorEntry, depth: usize, sent: bool) -> Vec<String> {
    let sent = if sent { "sent" } else { "not sent" };
    vec![String::new(), branch(depth, &anchor.short), by(anchor), sent.to_owned()]
}

/// A name at its depth in the tree.
pub fn branch(depth: usize, name: &str) -> String {
    match depth {
        0 => name.to_owned(),
        _ => format!("{}└ {name}", "  ".repeat(depth - 1)),
    }
}

fn dates(entry: &ChainEntry, at: Time, leaf: bool) -> String {
    let Some(end) = entry.not_after else { return String::new() };
    let days = at.days_until(end);
    match usize::try_from(days) {
        Ok(days) if leaf => format!("to {}, {}", end.date(), count(days, "day")),
        _ => format!("to {}", end.date()),
    }
}

/// Where a certificate of the chain comes from.
pub fn origin(entry: &ChainEntry) -> String {
    match entry.source {
        Source::Input => place(entry.input.as_deref(), entry.line),
        Source::Intermediates => "from --intermediates".to_owned(),
        Source::Roots => "from --roots".to_owned(),
        Source::Cache => "from the cache".to_owned(),
        Source::Server => entry.line.map_or_else(|| "sent".to_owned(), |line| format!("sent as #{line}")),
        _ => "fetched".to_owned(),
    }
}
