//! Colours, columns and names.

use anstyle::{AnsiColor, Style};
pub use chainmend::cert::count;
use chainmend::report::Severity;

use crate::live;
use crate::problem::shown_name;

pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub const INFO: Style = AnsiColor::Cyan.on_default().bold();
pub const GOOD: Style = AnsiColor::Green.on_default().bold();

/// Text in a style.
pub fn paint(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// The style of a severity.
pub fn of(severity: Severity) -> Style {
    match severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
        Severity::Info => INFO,
    }
}

/// Characters that `text` takes; a wide one counts as one, for nothing is wrapped here.
pub fn width(text: &str) -> usize {
    crate::terminal::plain(text).chars().count()
}

/// `text`, filled up with spaces.
pub fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Rows of cells, each column as wide as its widest cell and a gap; no spaces at a line's end.
pub fn columns(rows: &[Vec<String>], indent: &str, gap: usize) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
    let widths: Vec<usize> = (0..count).map(|column| widest(column).unwrap_or_default() + gap).collect();
    let line = |row: &Vec<String>| {
        let cells: String = row.iter().zip(&widths).map(|(cell, width)| pad(cell, *width)).collect();
        format!("{indent}{}\n", cells.trim_end())
    };
    rows.iter().map(line).collect()
}

/// A subject as it stands in a sentence: in quotes if it has a space.
pub fn quoted(short: &str) -> String {
    if short.contains(char::is_whitespace) { format!("\"{short}\"") } else { short.to_owned() }
}

/// `site.pem:21`, which terminals make a link of; of what a server sends `https://a.example #2`, since
/// a number after a colon would be a port.
pub fn place(input: Option<&str>, line: Option<u32>) -> String {
    match (input, line) {
        (Some(input), Some(line)) if live::is_server(input) => format!("{} #{line}", shown_name(input)),
        (Some(input), Some(line)) => format!("{}:{line}", shown_name(input)),
        (Some(input), None) => shown_name(input),
        _ => String::new(),
    }
}
