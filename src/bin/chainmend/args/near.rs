//! Which rule may have been meant.

use chainmend::rules::Rule;
use strsim::osa_distance;

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
            let distance = osa_distance(&name, rule);
            (share || distance <= rule.len() / 3).then_some((distance, rule))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(NEAR_NAMES).map(|(_, rule)| rule).collect()
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
            ("kitten", "sitting", 3),
            ("same", "same", 0),
        ] {
            assert_eq!((osa_distance(a, b), osa_distance(b, a)), (count, count), "{a} {b}");
        }
    }
}
