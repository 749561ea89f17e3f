//! What a text says in plain words, where no program's own message is known: a certificate that
//! `has expired` and a key that `does not match` mean the same whoever says it, in whatever language.

use std::sync::LazyLock;

use super::said::{Kind, paragraphs};
use super::text::Text;
use crate::rules::Rule;

/// So much of a text is looked at: words that stand far apart in a long log say nothing together.
const LOOKED_AT_BYTES: usize = 64 * 1024;
/// Words say something together within so many bytes: half a sentence to either side.
const NEAR_BYTES: usize = 100;
/// A word is looked for at so many places, so that the work is linear in the text.
const PLACES: usize = 32;
/// So many words are quoted to either side.
const QUOTED_WORDS: usize = 8;

const TABLE: &str = include_str!("said/plain.txt");

/// Words of which one is enough.
type Group = Vec<&'static str>;

/// One meaning, and the groups of words that say it together.
struct Meaning {
    kind: Kind,
    rules: Vec<Rule>,
    means: &'static str,
    groups: Vec<Group>,
}

struct Words {
    /// What other things than chains are spoken of with.
    not: Group,
    meanings: Vec<Meaning>,
}

/// What a text says in plain words.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub rules: Vec<Rule>,
    pub means: &'static str,
    pub quote: String,
    /// Whether it says only that a certificate was refused.
    pub hint: bool,
}

static WORDS: LazyLock<Words> = LazyLock::new(read);

fn read() -> Words {
    let mut named: Vec<(&str, Group)> = Vec::new();
    let mut meanings = Vec::new();
    for lines in paragraphs(TABLE) {
        let Some((head, body)) = lines.split_first() else { continue };
        match head.strip_prefix("words ") {
            Some(name) => named.push((name, body.to_vec())),
            None => meanings.extend(meaning(head, body, &named)),
        }
    }
    let not = group(&named, "not");
    Words { not, meanings }
}

fn meaning(head: &str, body: &[&'static str], named: &[(&str, Group)]) -> Option<Meaning> {
    let (kind, rules) = head.split_once(' ')?;
    let (means, words) = body.split_first()?;
    let groups = words.split(|line| *line == "&").map(|lines| {
        let all =
            lines.iter().map(|line| line.strip_prefix('@').map_or_else(|| vec![*line], |name| group(named, name)));
        all.flatten().collect()
    });
    let rules = rules.split_whitespace().filter_map(|name| name.parse().ok()).collect();
    Some(Meaning { kind: Kind::named(kind)?, rules, means: means.strip_prefix("= ")?, groups: groups.collect() })
}

fn group(named: &[(&str, Group)], name: &str) -> Group {
    named.iter().find(|(known, _)| *known == name).map(|(_, words)| words.clone()).unwrap_or_default()
}

/// What the text says, what it names first in the table first; a hint only where nothing else is said.
pub fn said(text: &Text) -> Vec<Said> {
    let plain = plain(&text.plain);
    if WORDS.not.iter().any(|word| !places(&plain, word).is_empty()) {
        return Vec::new();
    }
    let all = WORDS.meanings.iter().filter_map(|meaning| {
        let at = together(&plain, &meaning.groups)?;
        let (rules, means) = (meaning.rules.clone(), meaning.means);
        Some(Said { rules, means, quote: quote(&plain, at), hint: meaning.kind == Kind::Hint })
    });
    let (hints, causes): (Vec<Said>, Vec<Said>) = all.partition(|said| said.hint);
    if causes.is_empty() { hints } else { causes }
}

/// Lower case, one space between words, also where `CertUntrusted` has a hump, and at both ends.
fn plain(text: &str) -> String {
    let mut out = String::from(" ");
    let mut before = ' ';
    for c in text.chars() {
        let hump = before.is_lowercase() && c.is_uppercase();
        if (hump || !c.is_alphanumeric()) && !out.ends_with(' ') {
            out.push(' ');
        }
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        }
        before = c;
        if out.len() >= LOOKED_AT_BYTES {
            break;
        }
    }
    out.push(' ');
    out
}

/// Where a word of the first group has one of each other group near it.
fn together(plain: &str, groups: &[Group]) -> Option<usize> {
    let (first, others) = groups.split_first()?;
    let all = |group: &Group| -> Vec<usize> { group.iter().flat_map(|word| places(plain, word)).collect() };
    let others: Vec<Vec<usize>> = others.iter().map(all).collect();
    let near = |at: usize| others.iter().all(|places| places.iter().any(|other| other.abs_diff(at) <= NEAR_BYTES));
    all(first).into_iter().filter(|at| near(*at)).min()
}

/// Where a word begins. Scripts without spaces have words that begin anywhere.
fn places(plain: &str, word: &str) -> Vec<usize> {
    let (word, whole) = word.strip_suffix('.').map_or((word, false), |word| (word, true));
    let begins = |at: usize| !word.is_ascii() || plain.get(..at).is_some_and(|before| before.ends_with(' '));
    let ends = |at: usize| !whole || plain.get(at + word.len()..).is_some_and(|rest| rest.starts_with(' '));
    let places = plain.match_indices(word).map(|(at, _)| at).filter(|at| begins(*at) && ends(*at));
    places.take(PLACES).collect()
}

/// The words around this place.
fn quote(plain: &str, at: usize) -> String {
    let (before, behind) = plain.split_at_checked(at).unwrap_or_default();
    let mut words: Vec<&str> = before.split_whitespace().rev().take(QUOTED_WORDS).collect();
    words.reverse();
    words.extend(behind.split_whitespace().take(QUOTED_WORDS));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<Vec<&'static str>> {
        said(&Text::new(text.as_bytes()))
            .into_iter()
            .map(|said| said.rules.into_iter().map(Rule::name).collect())
            .collect()
    }

    #[test]
    fn every_entry_is_read_and_has_rules() {
        let entries = paragraphs(TABLE).filter(|lines| !lines[0].starts_with("words ")).count();
        assert_eq!(WORDS.meanings.len(), entries);
        for meaning in &WORDS.meanings {
            assert!(!meaning.rules.is_empty() && meaning.groups.len() > 1, "{}", meaning.means);
            assert!(meaning.groups.iter().all(|group| !group.is_empty()), "{}", meaning.means);
            assert!(matches!(meaning.kind, Kind::Cause | Kind::Hint), "{}", meaning.means);
            let words = meaning.groups.iter().flatten();
            assert!(
                words.clone().all(|word| !word.starts_with('@') && *word == word.to_lowercase()),
                "{}",
                meaning.means
            );
        }
        assert!(!WORDS.not.is_empty());
    }

    #[test]
    fn words_have_to_stand_together() {
        assert_eq!(rules("the peer's certificate has long expired")[0][0], "expired-leaf");
        assert_eq!(rules(&format!("certificate {} expired", "x ".repeat(60))), Vec::<Vec<&str>>::new());
        assert_eq!(rules("the session has expired"), Vec::<Vec<&str>>::new());
        assert_eq!(rules("concert expired"), Vec::<Vec<&str>>::new());
        assert_eq!(rules("certify expired"), Vec::<Vec<&str>>::new());
        assert_eq!(rules("CertExpired")[0][0], "expired-leaf");
    }
}
