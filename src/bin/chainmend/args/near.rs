//! Which rule may have been meant.

use chainmend::rules::Rule;

/// At most so many near names are offered: more are a list, which `explain` shows.
const NEAR_NAMES: usize = 4;

/// The names of rules that `name` may have been meant to be, the nearest first.
pub fn rules(name: &str) -> Vec<&'static str> {
    let name = name.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    let mut near: Vec<(usize, &'static str)> = Rule::ALL
        .iter()
        .map(|rule| rule.name())
        .filter_map(|rule| {
            let share = name.len() >= 4 && (rule.contains(&name) || name.contains(rule));
            let distance = edits(&name, rule);
            (share || distance <= rule.len() / 3).then_some((distance, rule))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(NEAR_NAMES).map(|(_, rule)| rule).collect()
}

/// Levenshtein distance in bytes; rule names are ASCII.
pub fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(b.bytes()) {
            let above = *cell;
            left = (diagonal + usize::from(from != to)).min(above + 1).min(left + 1);
            (diagonal, *cell) = (above, left);
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
