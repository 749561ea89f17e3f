//! Finds the texts of the tables in a text that was pasted, in time linear in its length.

use std::collections::HashMap;

use super::text::{Text, letters_of};

/// Letters that `*` in a pattern stands for at most: host names, subjects and file names are shorter,
/// and the next message is mostly further off.
const GAP_LETTERS: usize = 240;
/// Every pattern begins with so many letters: candidates are looked up by them.
pub const KEY_LETTERS: usize = 4;
/// Digits in a number at most: codes of errors and alerts have three.
const DIGITS: usize = 5;
/// A message that a log repeats is looked at so many times.
const REPEATS: usize = 16;

/// One part of a pattern.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// These letters, next.
    Letters(Vec<u8>),
    /// `*`: whatever is in between.
    Gap,
    /// `#`: a number.
    Number,
}

/// A text to look for; `T` says what it stands for.
#[derive(Debug)]
struct Pattern<T> {
    pieces: Vec<Piece>,
    meaning: T,
}

/// A place where a pattern was found, in letters of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit<T> {
    pub meaning: T,
    pub start: usize,
    pub end: usize,
    /// What `#` stood for.
    pub numbers: [Option<u32>; 2],
    /// Whether it spans words that are not its own.
    gapped: bool,
}

/// All patterns, by their first letters.
#[derive(Debug)]
pub struct Finder<T> {
    patterns: Vec<Pattern<T>>,
    by_key: HashMap<[u8; KEY_LETTERS], Vec<usize>>,
}

impl<T: Copy + PartialEq> Finder<T> {
    /// Patterns and what they stand for: words, with `*` for anything and `#` for a number. One that
    /// begins with fewer than `KEY_LETTERS` letters is never found; a test sees to that.
    pub fn new(texts: impl Iterator<Item = (&'static str, T)>) -> Self {
        let mut finder = Self { patterns: Vec::new(), by_key: HashMap::new() };
        for (text, meaning) in texts {
            let pieces = pieces(text);
            if let Some(key) = pieces.first().and_then(key) {
                finder.by_key.entry(key).or_default().push(finder.patterns.len());
                finder.patterns.push(Pattern { pieces, meaning });
            }
        }
        finder
    }

    /// Every pattern in the text, in order of place, without those that are a part of a longer one.
    pub fn hits(&self, text: &Text) -> Vec<Hit<T>> {
        let mut hits = Vec::new();
        let mut seen = vec![0usize; self.patterns.len()];
        for (start, window) in text.letters.windows(KEY_LETTERS).enumerate().filter(|(start, _)| text.is_edge(*start)) {
            let candidates = <[u8; KEY_LETTERS]>::try_from(window).ok().and_then(|key| self.by_key.get(&key));
            for candidate in candidates.into_iter().flatten() {
                let (Some(pattern), Some(seen)) = (self.patterns.get(*candidate), seen.get_mut(*candidate)) else {
                    continue;
                };
                if *seen < REPEATS
                    && let Some(hit) = pattern.at(text, start)
                {
                    *seen += 1;
                    hits.push(hit);
                }
            }
        }
        longest(hits)
    }
}

impl<T: Copy> Pattern<T> {
    fn at(&self, text: &Text, start: usize) -> Option<Hit<T>> {
        let mut hit = Hit { meaning: self.meaning, start, end: start, numbers: [None; 2], gapped: false };
        let mut pieces = self.pieces.iter();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Letters(letters) => hit.end = after(text, hit.end, letters)?,
                Piece::Number => {
                    let (number, end) = number(text, hit.end)?;
                    *hit.numbers.iter_mut().find(|n| n.is_none())? = Some(number);
                    hit.end = end;
                }
                Piece::Gap => {
                    hit.gapped = true;
                    let Some(Piece::Letters(letters)) = pieces.next() else { return None };
                    let from = hit.end;
                    hit.end = (from..=from + GAP_LETTERS).find_map(|at| after(text, at, letters))?;
                }
            }
        }
        Some(hit)
    }
}

/// Where `letters` end, if they begin at `at` as whole words.
fn after(text: &Text, at: usize, letters: &[u8]) -> Option<usize> {
    let end = at + letters.len();
    let same = text.is_edge(at) && text.letters.get(at..end) == Some(letters) && text.is_edge(end);
    (same && (!is_code(letters) || text.place(at, end).len() == letters.len())).then_some(end)
}

/// `-9807`: a number of its own, which punctuation takes apart: `-98, 07` is two.
fn is_code(letters: &[u8]) -> bool {
    letters.strip_prefix(b"-").is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

fn number(text: &Text, at: usize) -> Option<(u32, usize)> {
    let rest = text.letters.get(at..)?;
    let digits = rest.iter().take(DIGITS).take_while(|b| b.is_ascii_digit()).count();
    let value = std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()?;
    text.is_edge(at + digits).then_some((value, at + digits))
}

/// Without hits that lie within longer ones: `self-signed certificate` is a part of `self-signed
/// certificate in certificate chain`. What a gap spans is no part of the hit.
fn longest<T: Copy + PartialEq>(mut hits: Vec<Hit<T>>) -> Vec<Hit<T>> {
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    let mut kept: Vec<Hit<T>> = Vec::new();
    let mut solid_end = 0;
    for hit in hits {
        let same_start = kept.last().is_some_and(|last| last.start == hit.start && last.end >= hit.end);
        if hit.end > solid_end && !same_start {
            kept.push(hit);
        }
        if !hit.gapped {
            solid_end = solid_end.max(hit.end);
        }
    }
    kept
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    for c in text.chars().chain(['\0']) {
        if !matches!(c, '*' | '#' | '\0') {
            words.push(c);
            continue;
        }
        let letters = letters_of(&std::mem::take(&mut words));
        if !letters.is_empty() {
            pieces.push(Piece::Letters(letters));
        }
        match c {
            '*' if !pieces.is_empty() => pieces.push(Piece::Gap),
            '#' => pieces.push(Piece::Number),
            _ => {}
        }
    }
    while pieces.last() == Some(&Piece::Gap) {
        pieces.pop();
    }
    pieces
}

fn key(piece: &Piece) -> Option<[u8; KEY_LETTERS]> {
    match piece {
        Piece::Letters(letters) => letters.get(..KEY_LETTERS)?.try_into().ok(),
        Piece::Gap | Piece::Number => None,
    }
}

/// A pattern as one string of letters: what tells it from others.
#[cfg(test)]
pub fn squeezed(text: &str) -> String {
    let letters = |piece| match piece {
        Piece::Letters(letters) => String::from_utf8(letters).unwrap(),
        Piece::Gap => "*".to_owned(),
        Piece::Number => "#".to_owned(),
    };
    pieces(text).into_iter().map(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(patterns: &'static [&'static str], text: &str) -> Vec<(usize, [Option<u32>; 2])> {
        let finder = Finder::new(patterns.iter().enumerate().map(|(n, text)| (*text, n)));
        finder.hits(&Text::new(text.as_bytes())).into_iter().map(|hit| (hit.meaning, hit.numbers)).collect()
    }

    #[test]
    fn a_code_is_one_number() {
        for (text, is) in
            [("(-9807)", true), ("error:-9807,", true), ("-98,07", false), ("-98 07", false), ("a-9807", false)]
        {
            assert_eq!(!found(&["-9807"], text).is_empty(), is, "{text}");
        }
    }

    #[test]
    fn numbers_and_gaps() {
        let patterns = &["error # at # depth", "valid for * not"];
        assert_eq!(found(patterns, "error 20 at 0 depth lookup"), [(0, [Some(20), Some(0)])]);
        assert_eq!(found(patterns, "is valid for a.example, b.example, not c.example"), [(1, [None; 2])]);
        assert!(found(patterns, "error 20a at 0 depth").is_empty());
        assert!(found(patterns, &format!("valid for {} not", "a".repeat(GAP_LETTERS + 1))).is_empty());
    }

    #[test]
    fn the_longest_wins() {
        let patterns = &["self-signed certificate", "self-signed certificate in certificate chain", "chain * broken"];
        assert_eq!(found(patterns, "self signed certificate in certificate chain"), [(1, [None; 2])]);
        assert_eq!(found(patterns, "self signed certificate"), [(0, [None; 2])]);
        let both = found(patterns, "chain: self signed certificate: broken");
        assert_eq!(both.len(), 2, "{both:?}");
    }

    #[test]
    fn words_are_whole() {
        let patterns = &["error #", "unknown ca"];
        assert_eq!(found(patterns, "terror 2 UNKNOWN_CAR unknownCa"), [(1, [None; 2])]);
    }

    #[test]
    fn repetitions_are_bounded() {
        assert_eq!(found(&["unknown ca"], &"unknown ca ".repeat(1000)).len(), REPEATS);
    }
}
