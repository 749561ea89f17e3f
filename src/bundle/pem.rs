//! Text with BEGIN and END lines, however damaged.
//!
//! Markers are found first, wherever they stand; what lies between a BEGIN and the next marker is
//! a block's body. So a block that lost its END costs no other block anything.

use std::ops::Range;

use super::ItemKind;
use super::armour;
use super::block::Block;
use super::der;
use super::frame::Frame;
use super::markers::{self, Edge, Marker};
use super::reader::{LineCounter, Reader};
use crate::report::Severity;
use crate::rules::Rule;

/// How many places between blocks are tried for a certificate in DER. Files that were put together
/// by hand hold a few; what is tried costs a tenth of a microsecond.
const MAX_DER_PROBES: usize = 100_000;

/// Fewer base64 characters than this above an END line without a BEGIN are no block: no
/// certificate and no key is that short.
const MIN_STRAY_BASE64: usize = 32;

/// A line of base64 between blocks counts from this length on: RFC 7468 §2 has 64, older encoders 60.
const MIN_BASE64_LINE: usize = 60;

/// A BEGIN line that waits for its END.
struct Open<'a> {
    marker: Marker,
    line: u32,
    /// Where the block starts: its line, or the marker where something else stands before it.
    start: usize,
    oddity: Option<String>,
    frame: Frame<'a>,
    /// The oddity is one of [`Block::layout`].
    layout: bool,
}

/// Reads the blocks of `reader.text` from `from` on. True if there was a marker at all.
pub(super) fn read(reader: &mut Reader<'_>, from: usize) -> bool {
    let mut scan =
        Scan { lines: LineCounter::starting_at(reader.text, from), reader, done: from, probes: MAX_DER_PROBES };
    let mut open: Option<Open<'_>> = None;
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
    fn begin(&mut self, marker: Marker, inside: Option<usize>) -> Open<'a> {
        let floor = inside.unwrap_or(self.done);
        let before = self.slice(floor..marker.at.start);
        let line_start = before.iter().rposition(is_line_end).map_or(floor, |i| floor + i + 1);
        let at_line_start = line_start == 0 || self.slice(line_start - 1..line_start).iter().all(is_line_end);
        let prefix = self.slice(line_start..marker.at.start);
        let bare = prefix.strip_prefix(b"\xef\xbb\xbf").unwrap_or(prefix);
        let frame = if at_line_start { self.frame(prefix, marker.at.end) } else { Frame::default() };
        let framed = frame.message();
        let (oddity, own_line) = if !at_line_start {
            (Some("the BEGIN line is glued to the line before it"), false)
        } else if prefix.is_empty() {
            (None, true)
        } else if bare.iter().all(is_blank) {
            let bom = bare.len() < prefix.len();
            let what = if bom {
                "a byte-order mark stands before the BEGIN line, which not every program reads past"
            } else {
                "the BEGIN line is indented"
            };
            (Some(what), true)
        } else if prefix.iter().all(|b| is_blank(b) || *b == b'>') {
            (Some("the lines are quoted with `>`, as in mail"), true)
        } else if framed.is_some() {
            (None, true)
        } else {
            (Some("text stands before BEGIN in its line"), false)
        };
        let start = if own_line { line_start } else { marker.at.start };
        if inside.is_none() {
            self.gap(start);
        }
        let line = self.lines.at(marker.at.start);
        let lone_cr = line_start > 0 && self.slice(line_start - 1..line_start) == b"\r";
        let oddity = oddity.or(lone_cr.then_some("the line before BEGIN ends in CR without LF"));
        let layout = lone_cr || !own_line;
        let oddity = oddity.or((!marker.exact).then_some("the BEGIN line is not spelled as it must be"));
        let oddity = framed.or_else(|| oddity.map(str::to_owned));
        Open { marker, line, start, oddity, frame, layout }
    }

    /// What stands around the lines of a block whose BEGIN ends at `at`, up to the next dashes.
    fn frame(&self, before: &'a [u8], at: usize) -> Frame<'a> {
        let rest = self.slice(at..self.reader.text.len());
        if before.is_empty() && matches!(rest, [] | [b'\n' | b'\r', ..]) {
            return Frame::default();
        }
        let end = rest.windows(2).position(|pair| pair == b"--").unwrap_or(rest.len());
        let body = rest.get(..end).unwrap_or_default();
        // The last line is that of END: what stands before it there is told of by itself.
        let last = body.iter().rposition(|b| *b == b'\n').unwrap_or(0);
        Frame::of(before, body.get(..last).unwrap_or_default())
    }

    /// A block from its BEGIN to its END, or to `limit` where it has none.
    fn block(&mut self, open: Open<'a>, end: Option<Marker>, limit: usize) {
        let label = open.marker.label(self.reader.text);
        let (mut oddities, mut layout) = (Vec::new(), Vec::new());
        if let Some(oddity) = open.oddity.filter(|_| !self.reader.document) {
            let list = if open.layout { &mut layout } else { &mut oddities };
            list.push((open.line, oddity));
        }
        let mut body = open.marker.at.end..end.as_ref().map_or(limit, |end| end.at.start);
        let (last_line, span_end) = match &end {
            Some(end) => {
                let last = self.lines.at(end.at.start);
                self.check_end(&label, &body, end, &open.frame, last, &mut oddities);
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
        let (lines, frame) = ((open.line, last_line), open.frame);
        self.reader.content(Block { label, body, span, lines, oddities, layout, closed, frame });
    }

    /// Oddities of the END line and of the rest of the BEGIN line.
    fn check_end(
        &self,
        label: &str,
        body: &Range<usize>,
        end: &Marker,
        frame: &Frame<'_>,
        line: u32,
        oddities: &mut Vec<(u32, String)>,
    ) {
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
        let first = frame.strip(before.split(is_line_end).next().unwrap_or_default());
        let one_line = last.len() == before.len();
        let last = frame.strip(last);
        if one_line {
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
        if !shared
            && !frame.ends_with(after)
            && !matches!(after, [] | [b'\n' | b'\r' | 0x0b | 0x0c | b'-' | b'\\' | 0xe2, ..])
        {
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

    /// An END line without a BEGIN: a block that lost its first line, or a leftover.
    fn stray_end(&mut self, end: &Marker) {
        let text = self.slice(self.done..end.at.start);
        let mut start = text.len();
        let mut characters = 0;
        for line in lines_from_the_end(text) {
            let content = line.trim_ascii();
            if content.is_empty() && characters == 0 {
                start -= line.len();
            } else if is_base64(content) {
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
            // Alone in its line it is passed over by everyone.
            let alone = end.at.start == 0 || self.slice(end.at.start - 1..end.at.start).iter().all(is_line_end);
            let severity = if alone { Severity::Warning } else { Severity::Error };
            self.reader.find(Rule::DamagedPem, severity, line, message, None);
            self.done = self.line_end(last);
            return;
        }
        let body = self.done + start..end.at.start;
        self.gap(body.start);
        let lines = (self.lines.at(body.start), self.lines.at(end.at.start));
        let oddities = vec![(lines.0, "the BEGIN line is missing".to_owned())];
        let span = body.start..self.line_end(last);
        self.done = span.end;
        self.reader.content(Block {
            label,
            body,
            span,
            lines,
            oddities,
            layout: Vec::new(),
            closed: true,
            frame: Frame::default(),
        });
    }

    /// Base64 between blocks: a block that lost both of its markers.
    fn bare_base64(&mut self, range: Range<usize>) {
        let gap = self.slice(range.clone());
        let mut lines = gap.split_inclusive(|b| *b == b'\n').peekable();
        let mut at = range.start;
        while let Some(line) = lines.next() {
            let start = at;
            at += line.len();
            if !is_full_base64_line(line) || self.reader.room() == 0 {
                continue;
            }
            let first = self.lines.at(start);
            let mut last = first;
            while let Some(more) = lines.next_if(|more| is_base64(more.trim_ascii())) {
                at += more.len();
                last += 1;
            }
            self.reader.content(Block {
                label: "CERTIFICATE".into(),
                body: start..at,
                span: start..at,
                lines: (first, last),
                oddities: vec![(first, "the BEGIN and END lines are missing".to_owned())],
                layout: Vec::new(),
                closed: true,
                frame: Frame::default(),
            });
        }
    }

    /// Text between blocks, up to `end`: a certificate in DER may hide in it, and a NUL byte stops
    /// OpenSSL from reading on.
    fn gap(&mut self, end: usize) {
        let range = self.done.min(end)..end;
        self.done = end.max(self.done);
        let gap = self.slice(range.clone());
        if gap.is_ascii() && !gap.contains(&0) {
            return self.bare_base64(range);
        }
        let before = self.reader.items.len();
        let (mut at, mut nul) = (0, false);
        // The last byte of a certificate may be taken for one more dash of the marker behind it.
        let dash = usize::from(*self.slice(end..end + markers::DASHES + 1) == [b'-'; markers::DASHES + 1]);
        while let Some(byte) = gap.get(at).copied() {
            let rest = gap.get(at..).unwrap_or_default();
            if byte == 0 && !nul && !self.reader.document {
                nul = true;
                let line = self.lines.at(range.start + at);
                let message = "a NUL byte stands between the blocks, where OpenSSL stops reading";
                self.reader.find(Rule::DamagedPem, Severity::Error, line, message.to_owned(), None);
            } else if matches!(rest, [0x30, 0x82 | 0x83, ..]) && self.probes > 0 {
                self.probes -= 1;
                let start = range.start + at;
                let (certificates, used) = der::series(self.slice(start..end + dash), 1);
                if let Some(certificate) = certificates.into_iter().next() {
                    let line = self.lines.at(start);
                    let message = "a certificate in DER stands among text".to_owned();
                    self.reader.find(Rule::DamagedPem, Severity::Error, line, message, Some(&certificate));
                    self.reader.push(ItemKind::Certificate(certificate), (line, line), start..(start + used).min(end));
                    at += used;
                    continue;
                }
            }
            at += 1;
        }
        if self.reader.items.len() == before {
            self.bare_base64(range);
        }
    }
}

/// A line as encoders break them: nothing but base64, and as long as a word never is.
fn is_full_base64_line(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.len() >= MIN_BASE64_LINE && is_base64(line)
}

fn is_base64(line: &[u8]) -> bool {
    !line.is_empty() && line.iter().all(armour::is_base64)
}

/// The lines of a text with their ends, the last first.
fn lines_from_the_end(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, front) = rest.split_last()?;
        let start = front.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let (before, line) = rest.split_at_checked(start)?;
        rest = before;
        Some(line)
    })
}
