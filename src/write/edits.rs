//! How a file's text becomes what [`in_place`](super::in_place) makes of it, edit by edit: for an
//! editor or a reviewer that applies them. A block that stays is part of none, and so no private key
//! ever is.

use std::ops::Range;

use super::{is_dropped, slice};
use crate::bundle::{self, Bundle};

/// A part of a text, and what stands there afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Bytes of [`Bundle::text`]; empty where something is inserted only.
    pub span: Range<usize>,
    /// What stands there instead; empty where something is deleted only.
    pub inserted: String,
}

/// What changes from the text of `bundle` to `new`, in order, without overlap: whole lines, unless
/// blocks of the text are glued together.
///
/// In: a bundle, and what [`in_place`](super::in_place) made of it. `None` where the edits cannot be
/// told: the text is no UTF-8, or it starts with a byte-order mark, which editors do not show.
pub fn edits(bundle: &Bundle, new: &[u8]) -> Option<Vec<Edit>> {
    let (old, new) = (std::str::from_utf8(&bundle.text).ok()?, std::str::from_utf8(new).ok()?);
    if old.starts_with('\u{feff}') {
        return None;
    }
    let mut edits = Vec::new();
    let (mut done_old, mut done_new) = (0, 0);
    for stays in kept(bundle) {
        let block = old.get(stays.clone())?;
        let place = done_new + new.get(done_new..)?.find(block)?;
        edits.extend(edit(old, done_old..stays.start, new.get(done_new..place)?));
        (done_old, done_new) = (stays.end, place + block.len());
    }
    edits.extend(edit(old, done_old..old.len(), new.get(done_new..)?));
    let is_public = |edit: &Edit| {
        !edit.inserted.contains("PRIVATE KEY") && !bundle::read("", edit.inserted.as_bytes()).has_private_key()
    };
    (applied(old, &edits)? == new && edits.iter().all(is_public)).then_some(edits)
}

/// The blocks that stay, in order.
fn kept(bundle: &Bundle) -> Vec<Range<usize>> {
    let mut kept: Vec<Range<usize>> = Vec::new();
    for item in bundle.items.iter().filter(|item| !is_dropped(item)) {
        // The line's end after a block is the text's own, unless it is the same in what is written.
        let block = slice(&bundle.text, item.span.clone());
        let end = item.span.start + block.trim_ascii_end().len();
        if kept.last().is_none_or(|last| last.end <= item.span.start) && item.span.start < end {
            kept.push(item.span.start..end);
        }
    }
    kept
}

/// What changes where `span` of the old text becomes `new`: without the lines that both begin with, and
/// those that both end with.
fn edit(old: &str, span: Range<usize>, new: &str) -> Option<Edit> {
    let before = old.get(span.clone())?;
    if before == new {
        return None;
    }
    let same = |pairs: &mut dyn Iterator<Item = (&str, &str)>| -> usize {
        pairs.take_while(|(one, other)| one == other).map(|(line, _)| line.len()).sum()
    };
    let whole = |line: &(&str, &str)| line.0.ends_with('\n');
    let first = same(&mut before.split_inclusive('\n').zip(new.split_inclusive('\n')).take_while(whole));
    let (rest, rest_new) = (before.get(first..)?, new.get(first..)?);
    let last = same(&mut rest.split_inclusive('\n').rev().zip(rest_new.split_inclusive('\n').rev()));
    let inserted = rest_new.get(..rest_new.len() - last)?.to_owned();
    Some(Edit { span: span.start + first..span.end - last, inserted })
}

fn applied(old: &str, edits: &[Edit]) -> Option<String> {
    let (mut out, mut done) = (String::new(), 0);
    for edit in edits {
        out.push_str(old.get(done..edit.span.start)?);
        out.push_str(&edit.inserted);
        done = edit.span.end;
    }
    out.push_str(old.get(done..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> Vec<(String, String)> {
        let bundle = bundle::read("a.pem", old.as_bytes());
        let edits = edits(&bundle, new.as_bytes()).unwrap();
        edits.into_iter().map(|edit| (old[edit.span].to_owned(), edit.inserted)).collect()
    }

    fn pair(old: &str, new: &str) -> (String, String) {
        (old.to_owned(), new.to_owned())
    }

    const KEY: &str = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

    #[test]
    fn only_lines_that_change_are_told() {
        assert_eq!(told("a\nb\nc\n", "a\nb\nc\n"), []);
        assert_eq!(told("a\nb\nc\n", "a\nx\ny\nc\n"), [pair("b\n", "x\ny\n")]);
        assert_eq!(told("a\nc\n", "a\nb\nc\n"), [pair("", "b\n")]);
        assert_eq!(told("a\nb\nc\n", "a\n"), [pair("b\nc\n", "")]);
        assert_eq!(told("a\na\n", "a\n"), [pair("a\n", "")]);
        assert_eq!(told("a", "a\nb\n"), [pair("a", "a\nb\n")]);
        assert_eq!(told("", "a\n"), [pair("", "a\n")]);
    }

    #[test]
    fn a_block_that_stays_is_part_of_no_edit() {
        let (old, new) = (format!("x\n{KEY}y\nz\n"), format!("y\n{KEY}z\n"));
        assert_eq!(told(&old, &new), [pair("x\n", "y\n"), pair("y\n", "")]);
        // Without its last line's end, which is added.
        let (old, new) = (format!("x\n{}", KEY.trim_end()), KEY.to_owned());
        assert_eq!(told(&old, &new), [pair("x\n", ""), pair("", "\n")]);
    }

    #[test]
    fn what_an_editor_does_not_show_is_not_told() {
        for old in ["\u{feff}a\n".as_bytes(), b"\xff\n"] {
            assert_eq!(edits(&bundle::read("a.pem", old), b"b\n"), None);
        }
    }

    #[test]
    fn no_key_is_told_even_if_it_were_to_move() {
        let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
        assert_eq!(edits(&bundle::read("a.pem", b"a\n"), key.as_bytes()), None);
    }
}
