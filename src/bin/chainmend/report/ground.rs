//! What reports for machines need of the files themselves: where each block ends, and what would change.

use chainmend::bundle::{Bundle, Form};
use chainmend::write::Edit;

use crate::live;

/// The files of a bundle.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    /// What reports call it.
    name: String,
    /// Whether it has lines; in a binary file certificates are counted instead.
    is_text: bool,
    /// First and last line of each block, from 1.
    blocks: Vec<(u32, u32)>,
    changes: Vec<Change>,
}

/// A change to a text: from here to there, this instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first place that goes.
    pub from: Position,
    /// The first place that stays.
    pub to: Position,
    /// What stands there instead.
    pub inserted: String,
}

/// Line and column (in characters, U+10FFFF), both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl Ground {
    /// Of these inputs.
    pub fn of(inputs: &[Bundle]) -> Self {
        Self { files: inputs.iter().map(File::of).collect() }
    }

    /// With what would change about the one input.
    pub fn changes(&mut self, bundle: &Bundle, edits: Vec<Edit>) {
        if let [file] = self.files.as_mut_slice() {
            let change = |edit: Edit| Change {
                from: position(&bundle.text, edit.span.start),
                to: position(&bundle.text, edit.span.end),
                inserted: edit.inserted,
            };
            file.changes = edits.into_iter().map(change).collect();
        }
    }

    /// The lines of the block that starts in `line`, where the input has lines.
    pub fn lines(&self, name: &str, line: Option<u32>) -> Option<(u32, u32)> {
        let file = self.file(name).filter(|file| file.is_text)?;
        let line = line?;
        Some(file.blocks.iter().copied().find(|(first, _)| *first == line).unwrap_or((line, line)))
    }

    /// Which file would change, and how; nothing where it is not known.
    pub fn changed(&self) -> Option<(&str, &[Change])> {
        let file = self.files.iter().find(|file| !file.changes.is_empty())?;
        Some((&file.name, &file.changes))
    }

    fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name)
    }
}

impl File {
    fn of(bundle: &Bundle) -> Self {
        Self {
            name: bundle.name.clone(),
            is_text: is_text(bundle) && !live::is_server(&bundle.name),
            blocks: bundle.items.iter().map(|item| item.lines).collect(),
            changes: Vec::new(),
        }
    }
}

/// A SEQUENCE at the start (X.690 §8.9) is no text; PKCS#7 comes as either.
fn is_text(bundle: &Bundle) -> bool {
    !matches!(bundle.form, Form::Der | Form::Pkcs12) && bundle.text.first() != Some(&0x30)
}

fn position(text: &[u8], offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    // Bytes that continue a character of UTF-8 (RFC 3629 §3) start none.
    let column = before.get(start..).unwrap_or_default().iter().filter(|byte| (**byte & 0xc0) != 0x80).count() + 1;
    Position { line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        let text = "a\nzü\n";
        for (offset, line, column) in [(0, 1, 1), (1, 1, 2), (2, 2, 1), (5, 2, 3), (6, 3, 1)] {
            assert_eq!(position(text.as_bytes(), offset), Position { line, column }, "{offset}");
        }
    }
}
