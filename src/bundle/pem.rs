//! Text with BEGIN and END lines, however damaged.
//!
//! Markers are found first, wherever they stand; what lies between a BEGIN and the next marker is
//! a block's body. So a block that lost its END costs no other block anything.

use std::ops::Range;

use super::armour::{self, Decoded, Oddity};
use super::der::{self, Shape};
use super::markers::{self, Edge, Marker};
use super::reader::{LineCounter, Reader};
use super::{ItemKind, pkcs7};
use crate::cert::Certificate;
use crate::report::Severity;
use crate::rules::Rule;

/// How many places between blocks are tried for a certificate in DER. Files that were put together
/// by hand hold a few; what is tried costs a tenth of a microsecond.
const MAX_DER_PROBES: usize = 100_000;

/// Fewer base64 characters than this above an END line without a BEGIN are no block: no
/// certificate and no key is that short.
const MIN_STRAY_BASE64: usize = 32;

/// What a label promises.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Certificate,
    /// A label of someone's own with `CERT` in it.
    Perhaps,
    Pkcs7,
    Key,
    /// Labels of RFC 7468 and OpenSSL whose content must be DER.
    Der,
    Other,
}

fn class_of(label: &str) -> Class {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Class::Certificate,
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Class::Pkcs7,
        "X509 CRL" | "DH PARAMETERS" | "X9.42 DH PARAMETERS" | "PUBLIC KEY" | "RSA PUBLIC KEY" => Class::Der,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" | "DSA PARAMETERS" => Class::Der,
        "ATTRIBUTE CERTIFICATE" => Class::Other,
        _ if label.ends_with("PRIVATE KEY") => Class::Key,
        _ if label.contains("CERT") => Class::Perhaps,
        _ => Class::Other,
    }
}

/// A BEGIN line that waits for its END.
struct Open {
    marker: Marker,
    line: u32,
    /// Where the block starts: its line, or the marker where something else stands before it.
    start: usize,
    oddity: Option<&'static str>,
}

/// A block: label, body, and what is odd about its BEGIN and END lines.
struct Block {
    label: String,
    body: Range<usize>,
    span: Range<usize>,
    lines: (u32, u32),
    /// What servers stumble over, with its line.
    oddities: Vec<(u32, String)>,
    closed: bool,
}

/// Reads the blocks of `reader.text` from `from` on. True if there was a marker at all.
pub(super) fn read(reader: &mut Reader<'_>, from: usize) -> bool {
    let mut scan =
        Scan { lines: LineCounter::starting_at(reader.text, from), reader, done: from, probes: MAX_DER_PROBES };
    let mut open: Option<Open> = None;
    let (mut at, mut any) = (from, false);
    while let Some(marker) = markers::next(scan.reader.text, at) {
        if scan.reader.is_full(marker.at.start) {
            return true;
        }
        any = true;
        at = marker.resume;
        let past = marker.at.end;
        match (marker.edge, open.take()) {
            (Edge::Begin, before) => {
                let next = scan.begin(marker, before.as_ref().map(|b| b.marker.at.end));
                if let Some(before) = before {
                    scan.block(before, None, next.start);
                }
                open = Some(next);
            }
            (Edge::End, Some(begin)) => scan.block(begin, Some(marker), past),
            (Edge::End, None) => scan.stray_end(&marker),
        }
    }
    let end = scan.reader.text.len();
    match open {
        Some(begin) => scan.block(begin, None, end),
        None if any => scan.gap(end),
        None => {}
    }
    any
}

struct Scan<'r, 'a> {
    reader: &'r mut Reader<'a>,
    lines: LineCounter<'a>,
    /// Everything before this is part of a block, or was looked at.
    done: usize,
    probes: usize,
}

fn is_blank(b: &u8) -> bool {
    matches!(b, b' ' | b'\t')
}

fn is_line_end(b: &u8) -> bool {
    matches!(b, b'\n' | b'\r')
}

impl<'a> Scan<'_, 'a> {
    fn slice(&self, range: Range<usize>) -> &'a [u8] {
        self.reader.text.get(range).unwrap_or_default()
    }

    /// Looks at what stands before a BEGIN in its line. `inside` is where an open block's BEGIN ended.
    fn begin(&mut self, marker: Marker, inside: Option<usize>) -> Open {
        let floor = inside.unwrap_or(self.done);
        let before = self.slice(floor..marker.at.start);
        let line_start = before.iter().rposition(is_line_end).map_or(floor, |i| floor + i + 1);
        let at_line_start = line_start == 0 || self.slice(line_start - 1..line_start).iter().all(is_line_end);
        let prefix = self.slice(line_start..marker.at.start);
        let bare = prefix.strip_prefix(b"\xef\xbb\xbf").unwrap_or(prefix);
        let (oddity, own_line) = if !at_line_start {
            (Some("the BEGIN line is glued to the line before it"), false)
        } else if prefix.is_empty() {
            (None, true)
        } else if bare.iter().all(is_blank) {
            let bom = bare.len() < prefix.len();
            let what =
                if bom { "a byte-order mark stands before the BEGIN line" } else { "the BEGIN line is indented" };
            (Some(what), true)
        } else if prefix.iter().all(|b| is_blank(b) || *b == b'>') {
            (Some("the lines are quoted with `>`, as in mail"), true)
        } else {
            (Some("text stands before BEGIN in its line"), false)
        };
        let start = if own_line { line_start } else { marker.at.start };
        if inside.is_none() {
            self.gap(start);
        }
        let line = self.lines.at(marker.at.start);
        let oddity = oddity.or((!marker.exact).then_some("the BEGIN line is not spelled as it must be"));
        Open { marker, line, start, oddity }
    }

    /// A block from its BEGIN to its END, or to `limit` where it has none.
    fn block(&mut self, open: Open, end: Option<Marker>, limit: usize) {
        let label = open.marker.label(self.reader.text);
        let mut oddities = Vec::new();
        if let Some(oddity) = open.oddity.filter(|_| !self.reader.document) {
            oddities.push((open.line, oddity.to_owned()));
        }
        let mut body = open.marker.at.end..end.as_ref().map_or(limit, |end| end.at.start);
        let (last_line, span_end) = match &end {
            Some(end) => {
                let last = self.lines.at(end.at.start);
                self.check_end(&label, &body, end, last, &mut oddities);
                (last, self.line_end(end.at.end))
            }
            None => {
                let raw = self.slice(body.clone());
                // An END line that was cut short.
                if let Some(dash) = raw.windows(2).position(|pair| pair == b"--") {
                    body.end = body.start + dash;
                }
                let used = open.marker.at.end + raw.trim_ascii_end().len();
                oddities.push((open.line, "the END line is missing".to_owned()));
                (self.lines.peek(used.saturating_sub(1).max(open.marker.at.start)), limit)
            }
        };
        let closed = end.is_some();
        let span = open.start..span_end;
        self.done = span_end.max(self.done);
        self.content(Block { label, body, span, lines: (open.line, last_line), oddities, closed });
    }

    /// Oddities of the END line and of the rest of the BEGIN line.
    fn check_end(&self, label: &str, body: &Range<usize>, end: &Marker, line: u32, oddities: &mut Vec<(u32, String)>) {
        let end_label = end.label(self.reader.text);
        if end_label != label {
            oddities.push((line, format!("BEGIN says {label}, END says {end_label}")));
        }
        if self.reader.document {
            return;
        }
        let mut note = |what: &str| oddities.push((line, what.to_owned()));
        let before = self.slice(body.clone());
        let last = before.rsplit(is_line_end).next().unwrap_or_default();
        let first = before.split(is_line_end).next().unwrap_or_default();
        if last.len() == before.len() {
            note("BEGIN, base64 and END stand in one line");
        } else if !first.trim_ascii().is_empty() {
            note("base64 stands in the BEGIN line");
        } else if !last.iter().all(|b| is_blank(b) || *b == b'>') {
            note("the END line is glued to the line before it");
        } else if !last.is_empty() {
            note(if last.contains(&b'>') { "the END line is quoted with `>`" } else { "the END line is indented" });
        } else if !end.exact {
            note("the END line is not spelled as it must be");
        }
        let after = self.slice(end.at.end..self.reader.text.len());
        let after = after.get(after.iter().take_while(|b| is_blank(b)).count()..).unwrap_or_default();
        // What follows a glued marker is told of at that marker, line ends written `\n` with the base64.
        let shared = end.resume < end.at.end;
        if !shared && !matches!(after, [] | [b'\n' | b'\r' | 0x0b | 0x0c | b'-' | b'\\' | 0xe2, ..]) {
            note("text stands behind END in its line");
        }
    }

    /// Past the blanks and the line end that follow `at`, if nothing else follows in the line.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.slice(at..self.reader.text.len());
        let blanks = rest.iter().take_while(|b| is_blank(b)).count();
        match rest.get(blanks..).unwrap_or_default() {
            [b'\r', b'\n', ..] => at + blanks + 2,
            [b'\n' | b'\r', ..] => at + blanks + 1,
            [] => at + blanks,
            _ => at,
        }
    }

    fn content(&mut self, mut block: Block) {
        let class = class_of(&block.label);
        if class == Class::Other {
            let severity = Severity::Warning;
            self.damaged(&block, &[], None, severity);
            return self.push(&block, if block.closed { ItemKind::Other } else { ItemKind::Unreadable });
        }
        let decoded = armour::decode(self.slice(block.body.clone()));
        let escaped = decoded.oddities.iter().any(|(_, o)| *o == Oddity::Escapes);
        let keeps_headers = class == Class::Key && decoded.encrypted;
        let mut lines = LineCounter::new(self.slice(block.body.clone()));
        for (at, oddity) in &decoded.oddities {
            let layout = matches!(oddity, Oddity::Escapes | Oddity::QuotationMarks);
            if (layout && self.reader.document) || (*oddity == Oddity::Headers && keeps_headers) {
                continue;
            }
            let line = if escaped { block.lines.0 } else { block.lines.0 + lines.peek(*at) - 1 };
            block.oddities.push((line, oddity.message()));
            let _ = lines.at(*at);
        }
        match class {
            Class::Certificate | Class::Perhaps => self.certificate(block, class, &decoded),
            Class::Pkcs7 => self.pkcs7(&block, &decoded.bytes, None),
            Class::Key => self.key(&block, decoded),
            Class::Der | Class::Other => {
                let whole = der::stated_length(&decoded.bytes).is_some_and(|length| length <= decoded.bytes.len());
                if whole {
                    self.damaged(&block, &[], None, Severity::Warning);
                    self.push(&block, ItemKind::Other);
                } else {
                    self.unreadable(&block, Severity::Warning, "");
                    self.push(&block, ItemKind::Unreadable);
                }
            }
        }
    }

    /// A block that should hold one certificate.
    fn certificate(&mut self, block: Block, class: Class, decoded: &Decoded) {
        let bytes = &decoded.bytes;
        let (certificates, used) = der::series(bytes, self.reader.room());
        let Some(first) = certificates.first() else {
            return self.no_certificate(&block, class, bytes);
        };
        let mut more = Vec::new();
        match block.label.as_str() {
            "CERTIFICATE" => {
                if certificates.len() > 1 {
                    more.push(format!("{} certificates stand in one block", certificates.len()));
                } else if used < bytes.len() {
                    more.push(format!("{} bytes follow after the certificate in its block", bytes.len() - used));
                }
            }
            label => more.push(format!("the label is {label}, which not every server reads")),
        }
        // What OpenSSL writes behind a TRUSTED CERTIFICATE is its own (x509(1), -trustout).
        let aux = block.label == "TRUSTED CERTIFICATE";
        let kept = if aux { certificates.get(..1).unwrap_or_default() } else { &certificates };
        self.damaged(&block, &more, Some(first), Severity::Error);
        for certificate in kept {
            self.reader.push(ItemKind::Certificate(certificate.clone()), block.lines, block.span.clone());
        }
    }

    /// What stands in a certificate's block that is none.
    fn no_certificate(&mut self, block: &Block, class: Class, bytes: &[u8]) {
        let shape = der::shape(bytes);
        match (shape, class) {
            (Shape::Pkcs7, _) => self.pkcs7(block, bytes, Some("PKCS#7 stands under the label CERTIFICATE")),
            (_, Class::Perhaps) => {
                self.damaged(block, &[], None, Severity::Warning);
                self.push(block, ItemKind::Other);
            }
            // Never to be dropped with the certificates that cannot be read.
            (Shape::PrivateKey(_) | Shape::EncryptedPrivateKey, _) => {
                self.unreadable(block, Severity::Warning, "a private key stands under the label CERTIFICATE");
                self.reader.private_key(block.lines.0);
                let key = ItemKind::PrivateKey { label: block.label.clone(), der: None };
                self.reader.push(key, block.lines, block.span.clone());
            }
            (Shape::Certificate | Shape::Unknown, _) => {
                self.unreadable(block, Severity::Error, &why_not(bytes));
                self.push(block, ItemKind::Unreadable);
            }
            (other, _) => {
                let what = format!("{} stands under the label CERTIFICATE", other.noun());
                self.unreadable(block, Severity::Error, &what);
                self.push(block, ItemKind::Unreadable);
            }
        }
    }

    fn pkcs7(&mut self, block: &Block, bytes: &[u8], odd: Option<&str>) {
        let found = pkcs7::read(bytes, self.reader.room());
        if let Some(trouble) = &found.trouble {
            self.unreadable(block, Severity::Error, trouble);
        } else {
            let more: Vec<String> = odd.map(str::to_owned).into_iter().collect();
            self.damaged(block, &more, found.certificates.first().map(AsRef::as_ref), Severity::Error);
        }
        if found.certificates.is_empty() {
            let kind = if found.trouble.is_some() { ItemKind::Unreadable } else { ItemKind::Other };
            return self.push(block, kind);
        }
        if odd.is_none() {
            self.reader.pkcs7_blocks.push(block.lines.0);
        }
        for certificate in found.certificates {
            self.reader.push(ItemKind::Certificate(certificate), block.lines, block.span.clone());
        }
    }

    /// A private key. Its bytes go into the item and nowhere else.
    fn key(&mut self, block: &Block, decoded: Decoded) {
        let encrypted = decoded.encrypted || block.label == "ENCRYPTED PRIVATE KEY";
        let foreign = block.label == "OPENSSH PRIVATE KEY";
        let whole = der::stated_length(&decoded.bytes).filter(|length| *length <= decoded.bytes.len());
        let mut der = None;
        if encrypted || foreign {
            self.damaged(block, &[], None, Severity::Warning);
        } else if let Some(length) = whole {
            self.damaged(block, &[], None, Severity::Warning);
            let mut bytes = decoded.bytes;
            bytes.truncate(length);
            der = Some(bytes);
        } else {
            self.unreadable(block, Severity::Warning, "the private key is no whole DER value");
        }
        self.reader.private_key(block.lines.0);
        self.reader.push(ItemKind::PrivateKey { label: block.label.clone(), der }, block.lines, block.span.clone());
    }

    fn push(&mut self, block: &Block, kind: fn(String) -> ItemKind) {
        self.reader.push(kind(block.label.clone()), block.lines, block.span.clone());
    }

    /// One finding for each oddity of a block that was read all the same.
    fn damaged(&mut self, block: &Block, more: &[String], certificate: Option<&Certificate>, severity: Severity) {
        let more = more.iter().map(|message| (block.lines.0, message.clone()));
        for (line, message) in block.oddities.iter().cloned().chain(more) {
            self.reader.find(Rule::DamagedPem, severity, line, message, certificate);
        }
    }

    /// One finding for a block that was not read: why, and what else is odd about it.
    fn unreadable(&mut self, block: &Block, severity: Severity, why: &str) {
        let (line, mut message) = (block.lines.0, why.to_owned());
        for (at, oddity) in &block.oddities {
            let glue = if message.is_empty() { "" } else { "; " };
            message = if *at == line {
                format!("{message}{glue}{oddity}")
            } else {
                format!("{message}{glue}line {at}: {oddity}")
            };
        }
        if message.is_empty() {
            message = format!("the content of {} is no whole DER value", block.label);
        }
        self.reader.find(Rule::UnreadableBlock, severity, line, message, None);
    }

    /// An END line without a BEGIN: a block that lost its first line, or a leftover.
    fn stray_end(&mut self, end: &Marker) {
        let text = self.slice(self.done..end.at.start);
        let mut start = text.len();
        let mut characters = 0;
        for line in text.rsplit_inclusive_lines() {
            let content = line.trim_ascii();
            let base64 = content.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
            if content.is_empty() && characters == 0 {
                start -= line.len();
            } else if base64 && !content.is_empty() {
                start -= line.len();
                characters += content.len();
            } else {
                break;
            }
        }
        let last = end.at.end;
        let label = end.label(self.reader.text);
        if characters < MIN_STRAY_BASE64 {
            self.gap(end.at.start);
            let line = self.lines.at(end.at.start);
            let message = format!("an END line of {label} stands without its BEGIN line");
            self.reader.find(Rule::DamagedPem, Severity::Warning, line, message, None);
            self.done = self.line_end(last);
            return;
        }
        let body = self.done + start..end.at.start;
        self.gap(body.start);
        let lines = (self.lines.at(body.start), self.lines.at(end.at.start));
        let oddities = vec![(lines.0, "the BEGIN line is missing".to_owned())];
        let span = body.start..self.line_end(last);
        self.done = span.end;
        self.content(Block { label, body, span, lines, oddities, closed: true });
    }

    /// Text between blocks, up to `end`: a certificate in DER may hide in it, and a NUL byte stops
    /// OpenSSL from reading on.
    fn gap(&mut self, end: usize) {
        let range = self.done.min(end)..end;
        self.done = end.max(self.done);
        let gap = self.slice(range.clone());
        if gap.is_ascii() && !gap.contains(&0) {
            return;
        }
        let mut at = 0;
        let mut nul = false;
        while let Some(byte) = gap.get(at).copied() {
            let rest = gap.get(at..).unwrap_or_default();
            if byte == 0 && !nul && !self.reader.document {
                nul = true;
                let line = self.lines.at(range.start + at);
                let message = "a NUL byte stands between the blocks, where OpenSSL stops reading";
                self.reader.find(Rule::DamagedPem, Severity::Error, line, message.to_owned(), None);
            } else if matches!(rest, [0x30, 0x82 | 0x83, ..]) && self.probes > 0 {
                self.probes -= 1;
                let (certificates, used) = der::series(rest, 1);
                if let Some(certificate) = certificates.into_iter().next() {
                    let start = range.start + at;
                    let line = self.lines.at(start);
                    let message = "a certificate in DER stands among text".to_owned();
                    self.reader.find(Rule::DamagedPem, Severity::Error, line, message, Some(&certificate));
                    self.reader.push(ItemKind::Certificate(certificate), (line, line), start..start + used);
                    at += used;
                    continue;
                }
            }
            at += 1;
        }
    }
}

/// Why these bytes are no certificate, in words.
fn why_not(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "there is no base64 between BEGIN and END".to_owned();
    }
    match der::stated_length(bytes) {
        Some(length) if length > bytes.len() => {
            format!("the certificate is cut short: {} of {length} bytes", bytes.len())
        }
        Some(length) => match Certificate::from_der(bytes.get(..length).unwrap_or_default()) {
            Err(why) => why.to_string(),
            Ok(_) => "more certificates than are read".to_owned(),
        },
        None => "not an X.509 certificate: no outer SEQUENCE".to_owned(),
    }
}

trait Lines {
    fn rsplit_inclusive_lines(&self) -> impl Iterator<Item = &[u8]>;
}

impl Lines for [u8] {
    /// Lines with their ends, the last first.
    fn rsplit_inclusive_lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let (_, front) = rest.split_last()?;
            let start = front.iter().rposition(|b| matches!(b, b'\n')).map_or(0, |i| i + 1);
            let (before, line) = rest.split_at_checked(start)?;
            rest = before;
            Some(line)
        })
    }
}
