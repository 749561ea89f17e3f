//! For a text that nothing is known of: which known texts it shares words with.

use std::collections::{HashMap, HashSet};

use super::said::FAMILIES;
use super::text::Text;
use super::{Near, first_rule};

/// So many are offered.
const OFFERED: usize = 3;
/// Words of the text that are looked at; a whole log is not like any one message.
const MAX_WORDS: usize = 2000;
/// A known text is near if it shares so much of its weight, in percent.
const SHARED_PERCENT: usize = 45;
/// One word that is shared makes no likeness.
const SHARED_WORDS: usize = 2;
/// Words that are shared by everything are none: a shorter one is `to`, `in`, `of`.
const WORD_LETTERS: usize = 3;
/// What is longer is no word but base64: our longest name of an error has 60 letters.
const WORD_BYTES: usize = 64;

/// The known texts that share the rarest words with this one.
pub fn nearest(text: &Text) -> Vec<Near> {
    let given: HashSet<String> = words(&text.plain).take(MAX_WORDS).collect();
    let known = || FAMILIES.iter().flat_map(|family| family.entries.iter().map(move |entry| (family.says, entry)));
    let mut common: HashMap<String, usize> = HashMap::new();
    for (_, entry) in known() {
        for word in entry.texts.iter().flat_map(|text| words(text)).collect::<HashSet<_>>() {
            *common.entry(word).or_default() += 1;
        }
    }
    // A word in one entry weighs a hundred; one in a hundred entries weighs one.
    let weight = |word: &String| common.get(word).map_or(0, |entries| 100 / entries.max(&1));
    let mut near: Vec<(usize, Near)> = Vec::new();
    for (says, entry) in known() {
        for &text in &entry.texts {
            let own: HashSet<String> = words(text).collect();
            let whole: usize = own.iter().map(weight).sum();
            let shared: usize = own.intersection(&given).map(weight).sum();
            let several = own.intersection(&given).count() >= SHARED_WORDS;
            if several && shared * 100 >= whole * SHARED_PERCENT && whole > 0 {
                near.push((shared, Near { text, says, rule: first_rule(entry) }));
            }
        }
    }
    near.sort_by_key(|(shared, near)| (std::cmp::Reverse(*shared), near.text));
    let mut rules = HashSet::new();
    near.into_iter().map(|(_, near)| near).filter(|near| rules.insert((near.says, near.rule))).take(OFFERED).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() <= WORD_BYTES);
    words.filter(|word| word.chars().count() >= WORD_LETTERS).map(str::to_lowercase)
}
