//! Certificates out of PKCS#7 (CMS, RFC 5652), DER or BER.
//!
//! The signature is not looked at: files that carry certificates mostly have none. Order and
//! duplicates are kept as they stand.

use std::sync::Arc;

use super::der::header;
use super::reader::MAX_ITEMS;
use crate::cert::Certificate;
use crate::cert::der::tag;

/// What a PKCS#7 value held.
#[derive(Debug, Default)]
pub(super) struct Pkcs7 {
    /// The certificates, in order.
    pub(super) certificates: Vec<Arc<Certificate>>,
    /// How many bytes the value takes, as far as it could be followed.
    pub(super) length: usize,
    /// What could not be read, if anything.
    pub(super) trouble: Option<String>,
}

/// How deep values of indefinite length are followed when they are passed over. SignedData that
/// carries certificates is four deep, with signed content six.
const MAX_DEPTH: usize = 16;

/// 1.2.840.113549.1.7.2, signedData (RFC 5652 §5.1).
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// Why an element could not be passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It ends before its end.
    Cut,
    /// Values of indefinite length stand in one another, more than [`MAX_DEPTH`] deep.
    Deep,
}

impl Trouble {
    fn message(self, place: &str) -> String {
        match self {
            Self::Cut => format!("the PKCS#7 is cut short{place}"),
            Self::Deep => format!("values are nested more than {MAX_DEPTH} deep in the PKCS#7"),
        }
    }
}

/// A cursor in BER, within a value that ends at `end` or, where its length is indefinite, at the
/// end-of-contents octets (X.690, 8.1.5).
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    end: Option<usize>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, end: Some(bytes.len()) }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..self.end.unwrap_or(self.bytes.len())).unwrap_or_default()
    }

    /// The next element's tag; `None` at the end.
    pub(super) fn peek(&self) -> Option<u8> {
        match self.rest() {
            [] => None,
            [0, 0, ..] if self.end.is_none() => None,
            [tag, ..] => Some(*tag),
        }
    }

    /// Goes into the next element, which must have this tag.
    pub(super) fn enter(&self, tag: u8) -> Option<Cursor<'a>> {
        let (found, head, length) = header(self.rest())?;
        let start = self.at + head;
        // A stated length past the end: what is there is still read.
        let end = length.map(|length| start.saturating_add(length).min(self.bytes.len()));
        (found == tag).then_some(Cursor { bytes: self.bytes, at: start, end })
    }

    /// Passes over the next element and returns its bytes.
    pub(super) fn pass(&mut self) -> Result<&'a [u8], Trouble> {
        self.pass_within(0)
    }

    fn pass_within(&mut self, depth: usize) -> Result<&'a [u8], Trouble> {
        let start = self.at;
        let (tag, head, length) = header(self.rest()).ok_or(Trouble::Cut)?;
        self.at = match length {
            Some(length) => start.saturating_add(head).saturating_add(length),
            None if depth < MAX_DEPTH => {
                let mut inner = self.enter(tag).ok_or(Trouble::Cut)?;
                while inner.peek().is_some() {
                    inner.pass_within(depth + 1)?;
                }
                inner.close().ok_or(Trouble::Cut)?
            }
            None => return Err(Trouble::Deep),
        };
        self.bytes.get(start..self.at).ok_or(Trouble::Cut)
    }

    /// Where the value ends: past the end-of-contents octets, if it has such.
    fn close(&self) -> Option<usize> {
        match self.end {
            Some(end) => Some(end),
            None => self.rest().starts_with(&[0, 0]).then_some(self.at + 2),
        }
    }
}

/// Reads the certificates of a ContentInfo. Never fails: [`Pkcs7::trouble`] says what was wrong.
pub(super) fn read(bytes: &[u8], at_most: usize) -> Pkcs7 {
    let mut out = Pkcs7 { length: bytes.len(), ..Pkcs7::default() };
    let top = Cursor::new(bytes);
    if let Some(mut whole) = top.enter(tag::SEQUENCE) {
        if let Some(length) = super::der::stated_length(bytes) {
            out.length = length.min(bytes.len());
            if length > bytes.len() {
                out.trouble = Some(format!("the PKCS#7 is cut short: {} of {length} bytes", bytes.len()));
            }
        }
        if let Err(why) = signed_data(&mut whole, at_most, &mut out) {
            out.trouble.get_or_insert(why);
        } else if whole.end.is_none() {
            out.length = end_of(bytes).unwrap_or(bytes.len());
        }
    } else {
        out.trouble = Some("no PKCS#7".to_owned());
    }
    out
}

/// Where a value of indefinite length ends.
fn end_of(bytes: &[u8]) -> Option<usize> {
    let mut top = Cursor::new(bytes);
    top.pass().ok()?;
    Some(top.at)
}

/// ContentInfo's content, RFC 5652 §3 and §5.1: the fields before `certificates` are passed over.
fn signed_data(whole: &mut Cursor<'_>, at_most: usize, out: &mut Pkcs7) -> Result<(), String> {
    let content_type = whole.enter(tag::OID).ok_or("the PKCS#7 has no content type")?;
    if !content_type.rest().starts_with(SIGNED_DATA) || content_type.rest().len() != SIGNED_DATA.len() {
        return Err("the PKCS#7 is of another type than signedData and holds no certificates to be read".to_owned());
    }
    whole.pass().map_err(|why| why.message(""))?;
    let content = whole.enter(tag::CONTEXT_0).ok_or("the PKCS#7 has no content")?;
    let mut signed = content.enter(tag::SEQUENCE).ok_or("the PKCS#7 has no SignedData")?;
    for expected in [tag::INTEGER, tag::SET, tag::SEQUENCE] {
        if signed.peek() != Some(expected) {
            return Err("the PKCS#7's SignedData is not as RFC 5652 has it".to_owned());
        }
        signed.pass().map_err(|why| why.message(""))?;
    }
    if signed.peek() != Some(tag::CONTEXT_0) {
        return Ok(());
    }
    let mut set = signed.enter(tag::CONTEXT_0).ok_or("the PKCS#7 is cut short")?;
    while let Some(tag) = set.peek() {
        let element = set.pass().map_err(|why| why.message(" in its certificates"))?;
        // The other choices, [0] to [3], are obsolete or attribute certificates (RFC 5652 §10.2.2).
        if tag != tag::SEQUENCE {
            continue;
        }
        if out.certificates.len() >= at_most {
            return Err(format!("more than {MAX_ITEMS} certificates; what follows is not read"));
        }
        match Certificate::from_der(element) {
            Ok(certificate) => out.certificates.push(Arc::new(certificate)),
            Err(why) => out.trouble = Some(format!("in the PKCS#7, {why}")),
        }
    }
    Ok(())
}
