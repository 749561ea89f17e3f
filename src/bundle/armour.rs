//! What stands between BEGIN and END: base64, cleaned of what mail, editors and copying add.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose::STANDARD};

use super::escapes::{has_escapes, unescape};
use super::frame::Frame;

/// A body, decoded as far as it goes.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    /// What was odd, with its offset in the body.
    pub(super) oddities: Vec<(usize, Oddity)>,
    /// `Proc-Type: 4,ENCRYPTED` stood in the headers (RFC 1421 §4.6.1.1).
    pub(super) encrypted: bool,
}

impl Decoded {
    /// Whether base64 is missing or was passed over.
    pub(super) fn is_spoilt(&self) -> bool {
        self.oddities.iter().any(|(_, oddity)| matches!(oddity, Oddity::NotBase64(_) | Oddity::Length))
    }
}

/// Something about the base64 that servers stumble over. Uneven lines, one long line, blanks
/// around and within lines, a blank line right after BEGIN and CRLF are nothing odd: OpenSSL,
/// GnuTLS, Go, Java and Node read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    /// OpenSSL: `not proc type`.
    Headers,
    /// OpenSSL takes a blank line for the end of headers: `not proc type`, `bad end line`.
    BlankLine,
    /// `> ` before lines.
    Quoted,
    /// Quotation marks or commas around lines.
    QuotationMarks,
    /// `\n` as two characters.
    Escapes,
    /// A form feed before or within base64: OpenSSL does not take it for white space.
    FormFeed,
    /// Lines end in a CR without LF.
    LoneCr,
    /// A line that holds this, which is no base64; it was passed over.
    NotBase64(char),
    /// `=` are missing, or there are too many.
    Padding,
    /// A number of characters that no number of bytes makes.
    Length,
    /// Base64 goes on after `=`.
    AfterPadding,
    /// More than so many bytes are decoded, and so none was.
    TooLarge(usize),
}

/// The largest body that is decoded, so that what a file holds stands in memory in one piece and a
/// bit. It has room for four thousand certificates in one PKCS#7 block; Kubernetes takes no Secret
/// beyond 1 MiB.
pub(super) const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// The same in a pool, of which one is read at a time: as many certificates as are read of one file
/// ([`super::MAX_ITEMS`]) fit into one PKCS#7 block, if they have 2.9 KB each; real ones have under 2.
pub(super) const MAX_POOL_BODY_BYTES: usize = 64 * 1024 * 1024;

impl Oddity {
    pub(super) fn message(&self) -> String {
        match self {
            Self::Headers => "headers stand before the base64".into(),
            Self::BlankLine => "a blank line stands in the base64".into(),
            Self::Quoted => "the lines are quoted with `>`, as in mail".into(),
            Self::QuotationMarks => "quotation marks or commas stand around the lines".into(),
            Self::Escapes => "line ends are written as `\\n`".into(),
            Self::FormFeed => "a form feed stands in the base64".into(),
            Self::LoneCr => "lines end in CR without LF".into(),
            Self::NotBase64(c) => format!("a line holds `{}`, which is no base64", c.escape_debug()),
            Self::Padding => "the `=` at the end of the base64 are missing or too many".into(),
            Self::Length => "base64 characters are missing, or there is one too many".into(),
            Self::AfterPadding => "the base64 goes on after `=`".into(),
            Self::TooLarge(most) => format!("the block is larger than {} MiB", most / 1024 / 1024),
        }
    }
}

/// Padding is compared by hand, and bits past the last byte are ignored, as OpenSSL does.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Decodes a body of at most so many bytes, without a frame around its lines.
pub(super) fn decode(body: &[u8], most: usize) -> Decoded {
    decode_framed(body, &Frame::default(), most)
}

/// Decodes a body of at most so many bytes, each line of it within this frame.
pub(super) fn decode_framed(body: &[u8], frame: &Frame<'_>, most: usize) -> Decoded {
    if body.len() > most {
        return Decoded { oddities: vec![(0, Oddity::TooLarge(most))], ..Decoded::default() };
    }
    match plain(body).filter(|_| frame.is_empty()) {
        Some(bytes) => Decoded { bytes, ..Decoded::default() },
        None => careful(body, frame),
    }
}

/// The ordinary case at the speed of copying: lines of base64 of one width and nothing else.
fn plain(body: &[u8]) -> Option<Vec<u8>> {
    let body = body.strip_prefix(b"\r\n").or_else(|| body.strip_prefix(b"\n"))?;
    let body = body.strip_suffix(b"\n").filter(|body| !body.ends_with(b"\n"))?;
    let width = body.iter().position(|b| *b == b'\n').unwrap_or(body.len());
    let mut base64 = Vec::with_capacity(body.len());
    for line in body.chunks(width + 1) {
        // A line end at another place is no base64, and so left to the careful reader.
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return None;
        }
        base64.extend_from_slice(line);
    }
    STANDARD.decode(base64).ok()
}

/// A character of base64, `=` included (RFC 4648 §4).
pub(super) fn is_base64(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')
}

/// Collects base64 line by line and keeps a note of each kind of oddity, where it first stands.
struct Cleaner {
    base64: Vec<u8>,
    oddities: Vec<(usize, Oddity)>,
    /// Where the last blank line after data stood.
    blank: Option<usize>,
    /// Blank lines before data, up to one.
    leading: usize,
}

impl Cleaner {
    fn note(&mut self, at: usize, oddity: Oddity) {
        if !self.oddities.iter().any(|(_, known)| std::mem::discriminant(known) == std::mem::discriminant(&oddity)) {
            self.oddities.push((at, oddity));
        }
    }

    fn line(&mut self, at: usize, raw: &[u8]) {
        let mut line = raw.trim_ascii();
        if raw.trim_ascii_end().contains(&0x0c) {
            self.note(at, Oddity::FormFeed);
        }
        while let [b'>', rest @ ..] = line {
            self.note(at, Oddity::Quoted);
            line = rest.trim_ascii_start();
        }
        let edge = |b: &u8| matches!(b, b'"' | b'\'' | b',' | b'\\' | b' ' | b'\t');
        let (front, back) = (line.iter().position(|b| !edge(b)), line.iter().rposition(|b| !edge(b)));
        let inner = match (front, back) {
            (Some(front), Some(back)) => line.get(front..=back).unwrap_or_default(),
            _ => &[],
        };
        if inner.len() < line.len() {
            self.note(at, Oddity::QuotationMarks);
        }
        if inner.is_empty() {
            // One blank line may follow BEGIN: it ends the headers, of which there are none.
            match (self.base64.is_empty(), self.leading) {
                (false, _) => _ = self.blank.get_or_insert(at),
                (true, 0) => self.leading = 1,
                (true, _) => self.note(at, Oddity::BlankLine),
            }
            return;
        }
        let is_passed_over = |b: &u8| matches!(b, b' ' | b'\t' | 0x0c);
        if let Some(bad) = inner.iter().position(|b| !is_base64(b) && !is_passed_over(b)) {
            let tail = inner.get(bad..).unwrap_or_default();
            let start = tail.get(..4.min(tail.len())).unwrap_or_default();
            let c = String::from_utf8_lossy(start).chars().next().unwrap_or('\u{fffd}');
            return self.note(at, Oddity::NotBase64(c));
        }
        if let Some(blank) = self.blank {
            self.note(blank, Oddity::BlankLine);
        }
        self.base64.extend(inner.iter().filter(|b| !is_passed_over(b)));
    }
}

fn careful(body: &[u8], frame: &Frame<'_>) -> Decoded {
    let mut cleaner = Cleaner { base64: Vec::with_capacity(body.len()), oddities: Vec::new(), blank: None, leading: 0 };
    let escaped = has_escapes(body);
    let unescaped;
    let mut text = body;
    if escaped {
        unescaped = unescape(body);
        text = &unescaped;
        cleaner.note(0, Oddity::Escapes);
    }
    let (start, encrypted) = if frame.is_empty() { headers(text) } else { (0, false) };
    if start > 0 {
        cleaner.note(0, Oddity::Headers);
    }
    let mut at = start;
    let mut first = true;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
        let line = frame.strip(rest.get(..length).unwrap_or_default());
        let ending = rest.get(length..).unwrap_or_default();
        let step = match ending {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            [b'\r', ..] => {
                cleaner.note(at, Oddity::LoneCr);
                1
            }
            _ => 1,
        };
        // What stands before the first line end is the rest of the BEGIN line; what stands after
        // the last is the indentation of the END line. Neither is a blank line.
        if !(line.trim_ascii().is_empty() && (first || ending.is_empty())) {
            cleaner.line(at, line);
        }
        first = false;
        at += length + step;
    }
    // OpenSSL refuses a blank line before END as it does one in the middle.
    if let (Some(blank), false) = (cleaner.blank, cleaner.base64.is_empty()) {
        cleaner.note(blank, Oddity::BlankLine);
    }
    let mut decoded = finish(cleaner);
    decoded.encrypted = encrypted;
    decoded
}

/// Takes the padding apart and decodes.
fn finish(mut cleaner: Cleaner) -> Decoded {
    let all = std::mem::take(&mut cleaner.base64);
    let length = all.iter().position(|b| *b == b'=').unwrap_or(all.len());
    let padding = all.get(length..).unwrap_or_default();
    let equals = padding.iter().take_while(|b| **b == b'=').count();
    if equals < padding.len() {
        cleaner.note(0, Oddity::AfterPadding);
    }
    let mut data = all.get(..length).unwrap_or_default();
    if data.len() % 4 == 1 {
        cleaner.note(0, Oddity::Length);
        data = data.split_last().map_or(data, |(_, front)| front);
    } else if equals != (4 - data.len() % 4) % 4 {
        cleaner.note(0, Oddity::Padding);
    }
    let bytes = TOLERANT.decode(data).unwrap_or_default();
    Decoded { bytes, oddities: cleaner.oddities, encrypted: false }
}

/// RFC 1421 §4.6 headers: lines with a colon, and their continuations, up to a blank line. Where
/// they end, and whether they say that the content is encrypted.
fn headers(text: &[u8]) -> (usize, bool) {
    let (mut at, mut any, mut encrypted) = (0, false, false);
    for line in text.split_inclusive(|b| *b == b'\n') {
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() {
            if any {
                return (at + line.len(), encrypted);
            }
        } else if trimmed.contains(&b':') {
            any = true;
            encrypted |= trimmed.starts_with(b"Proc-Type:") && trimmed.ends_with(b"ENCRYPTED");
        } else if !any || !line.starts_with(b" ") {
            // Base64 follows without the blank line between.
            return (if any { at } else { 0 }, encrypted);
        }
        at += line.len();
    }
    (0, encrypted)
}
