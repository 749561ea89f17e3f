//! Bytes to text: UTF-16 and lone CRs, which are the same text written otherwise.

/// What a file's bytes are in.
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    /// What was odd about the file as a whole.
    pub(super) oddity: Option<&'static str>,
}

/// UTF-16 becomes UTF-8; where every line ends in CR alone, as old Macs wrote, LF takes its place
/// (each keeps its position).
pub(super) fn to_text(bytes: Vec<u8>) -> Text {
    if let Some(big_endian) = utf16(&bytes) {
        return Text { bytes: decode(&bytes, big_endian), oddity: Some("the file is written in UTF-16") };
    }
    if bytes.contains(&b'\r') && !bytes.contains(&b'\n') {
        let bytes = bytes.into_iter().map(|b| if b == b'\r' { b'\n' } else { b }).collect();
        return Text { bytes, oddity: Some("lines end in CR without LF") };
    }
    Text { bytes, oddity: None }
}

/// Whether bytes are UTF-16, and if so whether big-endian: by the byte-order mark, or by two ASCII
/// characters at the start.
fn utf16(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [0xff, 0xfe, ..] => Some(false),
        [0xfe, 0xff, 0, ..] => Some(true),
        [0, a, 0, b, ..] if is_text(*a) && is_text(*b) => Some(true),
        [a, 0, b, 0, ..] if is_text(*a) && is_text(*b) => Some(false),
        _ => None,
    }
}

fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}

fn decode(bytes: &[u8], big_endian: bool) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|pair| match (pair, big_endian) {
        ([high, low], true) | ([low, high], false) => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    let mut out = String::with_capacity(bytes.len() / 2);
    out.extend(text.skip_while(|c| *c == '\u{feff}'));
    out.into_bytes()
}
