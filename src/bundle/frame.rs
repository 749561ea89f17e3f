//! What stands around every line of a block: comment signs, marks of a diff, line numbers, markup.

use super::armour::is_base64;

/// The longest text before or behind a line that is taken for its frame. Real ones are `+`, `// `,
/// `  12: `, `<br>`.
const MAX_FRAME: usize = 40;

/// What every line of a block starts with, and what it ends in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    lead: Lead<'a>,
    tail: &'a [u8],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lead<'a> {
    #[default]
    None,
    Text(&'a [u8]),
    /// A number, another in each line, and this behind it.
    Number(&'a [u8]),
}

impl Lead<'_> {
    fn strip<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        match self {
            Self::None => Some(line),
            // Editors cut blanks at the end of what is an empty line.
            Self::Text(text) if line.trim_ascii_end() == text.trim_ascii_end() => Some(&[]),
            Self::Text(text) => line.strip_prefix(*text),
            Self::Number(behind) => {
                let line = line.trim_ascii_start();
                let digits = line.iter().take_while(|b| b.is_ascii_digit()).count();
                line.get(digits..).filter(|_| digits > 0)?.strip_prefix(*behind)
            }
        }
    }
}

impl<'a> Frame<'a> {
    /// In: what stands before BEGIN in its line; the block from behind BEGIN up to END.
    pub(super) fn of(before: &'a [u8], body: &'a [u8]) -> Self {
        let mut lines = body.split(|b| *b == b'\n');
        let tail = lines.next().unwrap_or_default().trim_ascii();
        Self { lead: lead(before, lines.clone()), tail: if is_tail(tail, lines) { tail } else { &[] } }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// A line without its frame; as it is where it has another.
    pub(super) fn strip<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        let line = self.lead.strip(line).unwrap_or(line);
        if self.tail.is_empty() { line } else { line.trim_ascii_end().strip_suffix(self.tail).unwrap_or(line) }
    }

    /// Whether text behind a marker in its line is the frame's.
    pub(super) fn ends_with(&self, after: &[u8]) -> bool {
        !self.tail.is_empty() && after.starts_with(self.tail)
    }

    /// Whether the lines are commented out, so that whoever reads the file passes over them.
    pub(super) fn is_comment(&self) -> bool {
        let Lead::Text(text) = self.lead else { return false };
        let text = text.trim_ascii_start();
        [&b"#"[..], b"//", b";"].iter().any(|sign| text.starts_with(sign))
    }

    /// What is odd about it.
    pub(super) fn message(&self) -> Option<String> {
        let text = |bytes: &[u8]| -> String { String::from_utf8_lossy(bytes).escape_debug().collect() };
        Some(match (self.lead, self.tail) {
            (Lead::Text(lead), _) if is_quoted(lead) => "the lines are quoted with `>`, as in mail".to_owned(),
            (Lead::Text(lead), _) => format!("every line starts with `{}`", text(lead)),
            (Lead::Number(_), _) => "every line starts with a number".to_owned(),
            (Lead::None, []) => return None,
            (Lead::None, tail) => format!("every line ends in `{}`", text(tail)),
        })
    }
}

/// `> `, or several, as mail programs put before what is answered.
fn is_quoted(lead: &[u8]) -> bool {
    lead.contains(&b'>') && lead.iter().all(|b| b.is_ascii_whitespace() || *b == b'>')
}

/// What cannot be a frame: blanks, which are told of by themselves, and what surrounds strings.
fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'"' | b'\'' | b',' | b'\\' | b'`'))
}

fn lead<'a>(before: &'a [u8], lines: impl Iterator<Item = &'a [u8]> + Clone) -> Lead<'a> {
    let before = before.strip_prefix(b"\xef\xbb\xbf").unwrap_or(before);
    if (is_plain(before) && !is_quoted(before)) || before.len() > MAX_FRAME {
        return Lead::None;
    }
    let number = before.trim_ascii_start();
    let behind = number.get(number.iter().take_while(|b| b.is_ascii_digit()).count()..).unwrap_or_default();
    let is_number = behind.len() < number.len() && !behind.is_empty();
    let candidates = [Lead::Text(before), if is_number { Lead::Number(behind) } else { Lead::None }];
    let fits = |lead: &Lead| {
        let mut lines = lines.clone().filter(|line| !line.trim_ascii().is_empty()).peekable();
        *lead != Lead::None && lines.peek().is_some() && lines.all(|line| lead.strip(line).is_some())
    };
    candidates.into_iter().find(fits).unwrap_or_default()
}

/// Whether the next line ends in the same as the BEGIN line, and it is no base64.
fn is_tail<'a>(tail: &[u8], mut lines: impl Iterator<Item = &'a [u8]>) -> bool {
    let may_be_content = |b: &u8| is_base64(b) || b.is_ascii_whitespace();
    let may_be =
        !is_plain(tail) && tail.len() <= MAX_FRAME && !tail.iter().all(may_be_content) && !tail.contains(&b'\\');
    may_be && lines.next().is_some_and(|line| line.trim_ascii_end().ends_with(tail))
}
