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

/// How many letters have to be put in, left out, changed, or swapped with their neighbour (the optimal
/// string alignment distance, in bytes; rule names are ASCII).
pub fn edits(a: &str, b: &str) -> usize {
    let to = b.as_bytes();
    let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
    // The rows for all but the last letter, and for all but the last two.
    let mut above: Vec<usize> = (0..=to.len()).collect();
    let mut two_above = Vec::new();
    let mut before = None;
    for (i, from) in a.bytes().enumerate() {
        let mut row = vec![i + 1];
        for (j, letter) in to.iter().enumerate() {
            let changed = cell(&above, j) + usize::from(from != *letter);
            let is_swapped = j > 0 && before == Some(*letter) && to.get(j - 1) == Some(&from);
            let swapped = if is_swapped { cell(&two_above, j - 1) + 1 } else { usize::MAX };
            row.push(changed.min(cell(&above, j + 1) + 1).min(cell(&row, j) + 1).min(swapped));
        }
        two_above = std::mem::replace(&mut above, row);
        before = Some(from);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_counted() {
        for (a, b, count) in [
            ("", "", 0),
            ("", "abc", 3),
            ("quite", "quiet", 1),
            ("a.pme", "a.pem", 1),
            ("htps", "https", 1),
            ("site", "sight", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!((edits(a, b), edits(b, a)), (count, count), "{a} {b}");
        }
    }
}
