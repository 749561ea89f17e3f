//! BEGIN and END lines, found wherever they stand and however they were typed.

use std::borrow::Cow;
use std::ops::Range;

/// Which end of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    Begin,
    End,
}

/// A BEGIN or END line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) edge: Edge,
    /// From the first dash to past the last.
    pub(super) at: Range<usize>,
    /// Where to look for the next marker: the end, unless it shares its dashes with the next.
    pub(super) resume: usize,
    label: Range<usize>,
    /// Five dashes, upper case, one space: as RFC 7468 §3 has it.
    pub(super) exact: bool,
}

/// RFC 7468 §2: five hyphens on either side.
pub(super) const DASHES: usize = 5;

/// The longest label that is taken as one; the longest in use, `ENCRYPTED PRIVATE KEY` and
/// `PKCS #7 SIGNED DATA`, have 21 characters.
const MAX_LABEL: usize = 64;

/// Blanks allowed between dashes and keyword: SSH writes `---- BEGIN`, and hands add a few.
const MAX_BLANKS: usize = 8;

/// Labels of which even a badly typed line is taken as a marker.
const KNOWN: &[&str] =
    &["CERTIFICATE", "CERTIFICATE REQUEST", "PRIVATE KEY", "PUBLIC KEY", "PARAMETERS", "X509 CRL", "PKCS7", "CMS"];

impl Marker {
    /// The label in upper case, with single spaces.
    pub(super) fn label<'t>(&self, text: &'t [u8]) -> Cow<'t, str> {
        let raw = String::from_utf8_lossy(text.get(self.label.clone()).unwrap_or_default());
        let upper = raw.bytes().all(|b| matches!(b, b' ' | b'A'..=b'Z' | b'0'..=b'9'));
        if upper && !raw.contains("  ") && raw.trim() == raw {
            return raw;
        }
        Cow::Owned(raw.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase())
    }
}

/// The first marker at or after `from`.
pub(super) fn next(text: &[u8], from: usize) -> Option<Marker> {
    let mut at = from;
    loop {
        let start = at + text.get(at..).and_then(find_dash)?;
        // One hyphen alone, as prose and dates have them.
        if matches!(text.get(start..start + 2), Some([b'-', second]) if *second != b'-' && *second != 0xe2) {
            at = start + 1;
            continue;
        }
        let run = dashes(text, start);
        if let Some(marker) = forward(text, start, &run).or_else(|| backward(text, from, start, &run)) {
            return Some(marker);
        }
        // A byte that only looked like the start of a dash: pass its whole run.
        let more = text.get(run.end..).unwrap_or_default().iter().take_while(|b| **b == 0xe2 && run.count == 0).count();
        at = run.end + more.max(usize::from(run.count == 0));
    }
}

/// Where the next byte stands that may begin a dash: eight words at a time, since files are mostly
/// base64, which has none.
pub(super) fn find_dash(text: &[u8]) -> Option<usize> {
    let may_begin = |b: u8| (b == b'-') | (b == 0xe2);
    let (near, far) = text.split_at_checked(8).unwrap_or((text, &[]));
    if let Some(found) = near.iter().position(|b| may_begin(*b)) {
        return Some(found);
    }
    let (chunks, rest) = far.as_chunks::<64>();
    let full = chunks.iter().take_while(|chunk| chunk.iter().fold(0, |any, b| any | u8::from(may_begin(*b))) == 0);
    let passed = full.count() * 64;
    let last = chunks.get(passed / 64).map_or(rest, |chunk| chunk);
    last.iter().position(|b| may_begin(*b)).map(|i| near.len() + passed + i)
}

/// A run of dashes.
struct Run {
    count: usize,
    end: usize,
    /// All are ASCII hyphens.
    ascii: bool,
}

/// Word processors make en and em dashes of hyphens: U+2010 to U+2015 and U+2212 count as dashes.
fn dashes(text: &[u8], start: usize) -> Run {
    let mut run = Run { count: 0, end: start, ascii: true };
    loop {
        match text.get(run.end..).unwrap_or_default() {
            [b'-', ..] => run.end += 1,
            [0xe2, 0x80, 0x90..=0x95, ..] | [0xe2, 0x88, 0x92, ..] => {
                run.end += 3;
                run.ascii = false;
            }
            _ => return run,
        }
        run.count += 1;
    }
}

fn blanks(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().take(MAX_BLANKS).take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// `BEGIN` or `END` with the blank after it, at `at`; also whether it is in upper case, and where
/// the label starts.
fn keyword(text: &[u8], at: usize) -> Option<(Edge, bool, usize)> {
    let rest = text.get(at..)?;
    for (word, edge) in [(&b"BEGIN"[..], Edge::Begin), (b"END", Edge::End)] {
        if rest.get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word)) {
            let blank = blanks(text, at + word.len());
            return (blank > 0).then(|| (edge, rest.starts_with(word) && blank == 1, at + word.len() + blank));
        }
    }
    None
}

fn is_known(label: &[u8]) -> bool {
    let label = String::from_utf8_lossy(label).trim().to_ascii_uppercase();
    KNOWN.iter().any(|known| label.strip_suffix(known).is_some_and(|front| front.is_empty() || front.ends_with(' ')))
}

/// A marker whose leading dashes are `run`.
fn forward(text: &[u8], start: usize, run: &Run) -> Option<Marker> {
    if run.count == 0 || (run.count < 2 && run.ascii) {
        return None;
    }
    let lead = blanks(text, run.end);
    let (edge, tidy, label_start) = keyword(text, run.end + lead)?;
    let rest = text.get(label_start..)?;
    let is_label = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'\t' | b'.' | b'_' | b'/' | b'#');
    let length = rest.iter().take(MAX_LABEL).take_while(|b| is_label(b)).count();
    let raw = rest.get(..length)?;
    let label_end = label_start + raw.trim_ascii_end().len();
    let label = text.get(label_start..label_end).filter(|label| !label.is_empty())?;

    let trail = dashes(text, label_start + length);
    let glued = keyword(text, trail.end + blanks(text, trail.end)).is_some();
    let (trail_count, end, resume) = match (glued, trail.ascii) {
        (true, true) if trail.count > DASHES => (trail.count - DASHES, trail.end - DASHES, trail.end - DASHES),
        (true, _) if trail.count > 0 => (trail.count, trail.end, label_start + length),
        _ => (trail.count, trail.end, trail.end),
    };
    let upper = !label.iter().any(u8::is_ascii_lowercase);
    let ascii = run.ascii && trail.ascii;
    let exact = run.count == DASHES && trail_count == DASHES && ascii && tidy && upper && lead == 0;
    let exact = exact && label_end == label_start + length;
    let ends_line = trail.count > 0 || matches!(text.get(trail.end), None | Some(b'\n' | b'\r'));
    let marker = Marker { edge, at: start..end, resume, label: label_start..label_end, exact };
    (exact || (ends_line && is_known(label))).then_some(marker)
}

/// A marker that lost its leading dashes: `run` are the trailing ones.
fn backward(text: &[u8], from: usize, start: usize, run: &Run) -> Option<Marker> {
    if run.count < 3 {
        return None;
    }
    let before = text.get(from..start)?;
    if !(before.ends_with(b"CERTIFICATE") || before.ends_with(b" KEY")) {
        return None;
    }
    for label in ["CERTIFICATE", "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
        for (word, edge) in [("BEGIN ", Edge::Begin), ("END ", Edge::End)] {
            let Some(front) = before.strip_suffix(label.as_bytes()).and_then(|b| b.strip_suffix(word.as_bytes()))
            else {
                continue;
            };
            if matches!(front.last(), None | Some(b'\n' | b'\r' | b' ' | b'\t')) {
                let label_start = start - label.len();
                let at = label_start - word.len()..run.end;
                return Some(Marker { edge, at, resume: run.end, label: label_start..start, exact: false });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(Edge, String, bool)> {
        let (text, mut at, mut out) = (text.as_bytes(), 0, Vec::new());
        while let Some(marker) = next(text, at) {
            at = marker.resume;
            out.push((marker.edge, marker.label(text).into_owned(), marker.exact));
        }
        out
    }

    #[test]
    fn markers_are_found_however_they_were_typed() {
        let certificate = |edge, exact| (edge, "CERTIFICATE".to_owned(), exact);
        for (text, expected) in [
            ("-----BEGIN CERTIFICATE-----", vec![certificate(Edge::Begin, true)]),
            ("x -----END CERTIFICATE-----\r\n", vec![certificate(Edge::End, true)]),
            ("----BEGIN CERTIFICATE----", vec![certificate(Edge::Begin, false)]),
            ("------BEGIN CERTIFICATE------", vec![certificate(Edge::Begin, false)]),
            ("---- begin  certificate ----", vec![certificate(Edge::Begin, false)]),
            ("-----BEGIN CERTIFICATE\nMII", vec![certificate(Edge::Begin, false)]),
            ("BEGIN CERTIFICATE-----\nMII", vec![certificate(Edge::Begin, false)]),
            ("\u{2014}\u{2013}BEGIN CERTIFICATE\u{2014}", vec![certificate(Edge::Begin, false)]),
            (
                "-----END CERTIFICATE----------BEGIN CERTIFICATE-----",
                vec![certificate(Edge::End, true), certificate(Edge::Begin, true)],
            ),
            (
                "-----END CERTIFICATE-----BEGIN CERTIFICATE-----",
                vec![certificate(Edge::End, true), certificate(Edge::Begin, true)],
            ),
            ("-----BEGIN PKCS #7 SIGNED DATA-----", vec![(Edge::Begin, "PKCS #7 SIGNED DATA".to_owned(), true)]),
            ("-----BEGIN WHATEVER-----", vec![(Edge::Begin, "WHATEVER".to_owned(), true)]),
            ("--- BEGIN my chain ---", vec![]),
            ("-----BEGIN CERTIFICATE of", vec![]),
            ("BEGIN CERTIFICATE\n----------\n-----", vec![]),
            ("\u{2014} an em dash, \u{2022} a bullet", vec![]),
        ] {
            assert_eq!(all(text), expected, "{text:?}");
        }
    }
}
