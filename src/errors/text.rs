//! From what was pasted to what can be compared: colours, escapes and quotation marks out of the way,
//! then letters and digits alone, each with the place that it stands at.
//!
//! Programs print one message with `-`, `_`, a line break or nothing between its words
//! (`self-signed`, `SELF_SIGNED`, `SelfSigned`, a terminal's wrap in the middle of a word), and so
//! only letters and digits are compared; where words begin and end is kept beside them, so that
//! `error 2` is not found in `error 20`.

/// A text, made comparable.
pub struct Text {
    /// The text without colours and escapes, for people and for what needs lines.
    pub plain: String,
    /// Its letters and digits in lower case, as UTF-8.
    pub letters: Vec<u8>,
    /// For each byte of `letters`, where its character stands in `plain`.
    pub at: Vec<u32>,
    /// Whether a word begins at this byte of `letters`; one more than there are bytes, the last true.
    pub edges: Vec<bool>,
}

impl Text {
    pub fn new(bytes: &[u8]) -> Self {
        let plain = without_controls(&unescaped(&decoded(bytes)));
        let mut text = Self { plain: String::new(), letters: Vec::new(), at: Vec::new(), edges: Vec::new() };
        let mut before = ' ';
        let mut chars = plain.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map_or(' ', |(_, c)| *c);
            // `-9807` is a number of its own; the hyphen of `self-signed` is nothing.
            let minus = c == '-' && next.is_ascii_digit() && !before.is_alphanumeric();
            if c.is_alphanumeric() || minus {
                text.push(c, at, minus || edge(before, c));
            }
            before = c;
        }
        text.edges.push(true);
        text.plain = plain;
        text
    }

    fn push(&mut self, c: char, at: usize, edge: bool) {
        let mut first = edge;
        let mut bytes = [0; 4];
        for lower in c.to_lowercase() {
            for byte in lower.encode_utf8(&mut bytes).bytes() {
                self.letters.push(byte);
                self.at.push(u32::try_from(at).unwrap_or(u32::MAX));
                self.edges.push(first);
                first = false;
            }
        }
    }

    /// Where the letters from `start` to `end` stand in `plain`.
    pub fn place(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let place = |index: usize| self.at.get(index).map_or(self.plain.len(), |at| *at as usize);
        let last = place(end.saturating_sub(1));
        let width = self.plain.get(last..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        place(start)..last + width
    }

    /// Whether a word begins at `at`, or the text ends there.
    pub fn is_edge(&self, at: usize) -> bool {
        self.edges.get(at).copied().unwrap_or(false)
    }
}

/// The letters of one of our own patterns.
pub fn letters_of(words: &str) -> Vec<u8> {
    Text::new(words.as_bytes()).letters
}

/// Whether a word begins between these two. Scripts without spaces have an edge at each letter, and
/// `UnknownIssuer` and `X509Invalid` have one before their `I`.
fn edge(before: char, c: char) -> bool {
    let hump = (before.is_lowercase() || before.is_ascii_digit()) && c.is_uppercase();
    !before.is_alphanumeric() || hump || !before.is_ascii() || !c.is_ascii()
}

/// UTF-8, or UTF-16 with its mark, as PowerShell writes it.
fn decoded(bytes: &[u8]) -> String {
    let wide = |two: &[u8], swap: bool| match two {
        [a, b] if swap => u16::from_be_bytes([*a, *b]),
        [a, b] => u16::from_le_bytes([*a, *b]),
        _ => u16::from(b' '),
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => {
            String::from_utf16_lossy(&rest.chunks(2).map(|two| wide(two, false)).collect::<Vec<_>>())
        }
        [0xfe, 0xff, rest @ ..] => {
            String::from_utf16_lossy(&rest.chunks(2).map(|two| wide(two, true)).collect::<Vec<_>>())
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Entities of HTML that error pages and trackers leave in.
const ENTITIES: &[(&str, char)] = &[
    ("quot;", '"'),
    ("#39;", '\''),
    ("#039;", '\''),
    ("#x27;", '\''),
    ("apos;", '\''),
    ("lt;", '<'),
    ("gt;", '>'),
    ("nbsp;", ' '),
    ("amp;", '&'),
];

/// How ESC is spelt where a log escapes it: JSON, C, Python, rsyslog, `cat -v`.
const ESCAPES: &[&str] = &["\\u001b", "\\x1b", "\\x1B", "\\u001B", "\\033", "\\e[", "#033", "^[["];

/// JSON's, C's, HTML's and URLs' escapes resolved, at whatever depth they were nested.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (now, used) = match c {
            '\\' | '#' | '^' => escape(rest),
            '&' => entity(rest),
            '%' => percent(rest),
            c => (Some(c), c.len_utf8()),
        };
        out.extend(now);
        rest = rest.get(used..).unwrap_or_default();
    }
    out
}

fn escape(rest: &str) -> (Option<char>, usize) {
    if let Some(found) = ESCAPES.iter().find(|escape| rest.starts_with(**escape)) {
        let bracket = found.ends_with('[');
        return (Some('\u{1b}'), found.len() - usize::from(bracket));
    }
    if !rest.starts_with('\\') {
        return (rest.chars().next(), 1);
    }
    // `\\\"` is a quotation mark that was escaped twice.
    let slashes = rest.len() - rest.trim_start_matches('\\').len();
    let after = rest.get(slashes..).unwrap_or_default();
    match after.chars().next() {
        Some('n' | 'r') => (Some('\n'), slashes + 1),
        Some('t') => (Some(' '), slashes + 1),
        Some(c @ ('"' | '\'' | '/')) => (Some(c), slashes + 1),
        Some('u') => {
            let digits = after.get(1..5).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            match digits.and_then(char::from_u32) {
                Some(c) => (Some(c), slashes + 5),
                None => (Some('\\'), slashes),
            }
        }
        _ => (Some('\\'), slashes),
    }
}

fn entity(rest: &str) -> (Option<char>, usize) {
    let after = rest.get(1..).unwrap_or_default();
    let found = ENTITIES.iter().find(|(name, _)| after.starts_with(name));
    found.map_or((Some('&'), 1), |(name, c)| (Some(*c), 1 + name.len()))
}

/// `%20` and its like: what they stand for separates words; `%d` and `100%` stay.
fn percent(rest: &str) -> (Option<char>, usize) {
    let code = rest.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from);
    match code {
        Some(c) if c == ' ' || c.is_ascii_punctuation() => (Some(c), 3),
        _ => (Some('%'), 1),
    }
}

/// Without ANSI sequences (ECMA-48 §5.4), carriage returns, marks of no width; curly quotes and
/// special hyphens as ASCII has them.
fn without_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                // CSI: parameters, then one final byte.
                Some('[') => while chars.next().is_some_and(|c| !('\u{40}'..='\u{7e}').contains(&c) && c != '\n') {},
                // OSC: up to BEL or ST, on one line.
                Some(']') => while chars.next().is_some_and(|c| !matches!(c, '\u{7}' | '\u{1b}' | '\n')) {},
                _ => {}
            },
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' | '\u{2060}' | '\0' => {}
            '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{b4}' => out.push('\''),
            '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => out.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
            '\u{a0}' | '\u{202f}' => out.push(' '),
            c if c.is_control() && c != '\n' && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeezed(text: &str) -> String {
        String::from_utf8(letters_of(text)).unwrap()
    }

    #[test]
    fn spellings_of_one_message_are_one() {
        for text in [
            "self-signed certificate",
            "SELF_SIGNED_CERTIFICATE",
            "SelfSignedCertificate",
            "self\u{2010}signed certifi\r\ncate",
        ] {
            assert_eq!(squeezed(text), "selfsignedcertificate", "{text}");
        }
    }

    #[test]
    fn colours_and_escapes_are_resolved() {
        for (text, plain) in [
            ("\u{1b}[1;31mbad\u{1b}[0m end", "bad end"),
            ("\\u001b[31mbad\\u001b[0m end", "bad end"),
            ("^[[31mbad^[[0m end", "bad end"),
            ("#033[31mbad#033[0m end", "bad end"),
            ("\u{1b}]8;;https://x\u{7}bad\u{1b}]8;;\u{7} end", "bad end"),
            ("{\\\"msg\\\":\\\"bad\\\\n\\\\\\\"end\\\"}", "{\"msg\":\"bad\n\"end\"}"),
            ("&quot;it&#39;s&quot; &amp;", "\"it's\" &"),
            ("bad%20end%3A 5% %d", "bad end: 5% %d"),
            ("\u{201c}it\u{2019}s\u{201d}\u{a0}x", "\"it's\" x"),
            ("C:\\pki", "C:\\pki"),
            ("a \\u2018b\\u2019", "a 'b'"),
            ("\\u00", "\\u00"),
        ] {
            assert_eq!(Text::new(text.as_bytes()).plain, plain, "{text}");
        }
        let utf16: Vec<u8> = [0xfeff].into_iter().chain("bad end".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(Text::new(&utf16).plain, "bad end");
    }

    #[test]
    fn words_have_edges() {
        let text = Text::new("num=20: UnknownIssuer -9807 X509Invalid 证书".as_bytes());
        let words: Vec<usize> = (0..text.letters.len()).filter(|at| text.is_edge(*at)).collect();
        let begins: Vec<char> =
            words.iter().map(|at| text.plain[text.at[*at] as usize..].chars().next().unwrap()).collect();
        assert_eq!(begins, ['n', '2', 'U', 'I', '-', '9', 'X', 'I', '证', '书']);
        let place = text.place(5, 12);
        assert_eq!(&text.plain[place], "Unknown");
    }
}
