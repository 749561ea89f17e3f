//! A walk over the elements of a DER value, by position.
//!
//! `asn1-rs` reads each header that is not a plain one; what is added here is where each element
//! lies, so that a certificate keeps its bytes once and its fields as ranges into them.

use std::ops::Range;

use asn1_rs::{FromDer, Header, Length};

/// One DER element: its tag byte, and where it and its content lie.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// The identifier octet (X.690, 8.1.2); multi-byte tags are refused.
    pub(crate) tag: u8,
    /// Header and content.
    pub(crate) whole: Range<usize>,
    /// The content alone.
    pub(crate) body: Range<usize>,
}

/// Reads one element after another within a range of `der`.
#[derive(Clone)]
pub(crate) struct Walk<'a> {
    der: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Walk<'a> {
    /// A walk over all of `der`.
    pub(crate) fn new(der: &'a [u8]) -> Self {
        Self { der, at: 0, end: der.len() }
    }

    /// A walk over the content of an element.
    pub(crate) fn within(der: &'a [u8], range: &Range<usize>) -> Self {
        let end = range.end.min(der.len());
        Self { der, at: range.start.min(end), end }
    }

    /// True when nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.at >= self.end
    }

    /// The tag byte of the next element, if there is one.
    pub(crate) fn peek(&self) -> Option<u8> {
        (self.at < self.end).then(|| self.der.get(self.at).copied()).flatten()
    }

    /// The next element, whatever its tag; `None` at the end or where the DER is broken.
    pub(crate) fn next(&mut self) -> Option<Element> {
        let rest = self.der.get(self.at..self.end)?;
        let tag = *rest.first()?;
        let (head, length) = plain_header(rest).or_else(|| any_header(rest))?;
        let start = self.at + head;
        let end = start.checked_add(length)?;
        if end > self.end {
            return None;
        }
        let element = Element { tag, whole: self.at..end, body: start..end };
        self.at = end;
        Some(element)
    }

    /// The next element if it has this tag; otherwise `None`, and the walk stays where it is.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<Element> {
        (self.peek()? == tag).then(|| self.next()).flatten()
    }
}

/// How long the header is that these bytes start with, and the content after it.
fn any_header(bytes: &[u8]) -> Option<(usize, usize)> {
    let (content, header) = Header::from_der(bytes).ok()?;
    let Length::Definite(length) = header.length() else { return None };
    Some((bytes.len() - content.len(), length))
}

/// The same of the headers that certificates have, at once: a right bundle has three hundred, and a
/// pool of ten thousand certificates a hundred thousand. `None` for any other: a tag or a length of more
/// bytes, and what is no DER.
fn plain_header(bytes: &[u8]) -> Option<(usize, usize)> {
    const MANY: u8 = 0x1f;
    match bytes {
        [tag, ..] if *tag == 0 || tag & MANY == MANY => None,
        [_, length @ 0..=0x7f, ..] => Some((2, usize::from(*length))),
        [_, 0x81, length @ 0x80..=0xff, ..] => Some((3, usize::from(*length))),
        [_, 0x82, high @ 1..=0xff, low, ..] => Some((4, usize::from(u16::from_be_bytes([*high, *low])))),
        _ => None,
    }
}

/// Tags met in certificates.
pub(crate) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    pub(crate) const CONTEXT_0: u8 = 0xa0;
    pub(crate) const CONTEXT_1: u8 = 0x81;
    pub(crate) const CONTEXT_2: u8 = 0x82;
    pub(crate) const CONTEXT_3: u8 = 0xa3;
}

/// An INTEGER's content without leading zeros: the digits of a number that is not negative.
pub(crate) fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read at once is what asn1-rs reads.
    #[test]
    fn plain_headers_are_those_of_any_parser() {
        let agree = |bytes: &[u8]| {
            let plain = plain_header(bytes);
            assert!(plain.is_none() || plain == any_header(bytes), "{bytes:x?}");
            usize::from(plain.is_some())
        };
        let mut plain = 0;
        for tag in 0..=0xff {
            for length in 0..=0xff {
                for bytes in [&[tag, length][..], &[tag, 0x81, length], &[tag, 0x82, length, 7], &[tag]] {
                    plain += agree(bytes);
                }
            }
        }
        for length in 0..=0xffff_u16 {
            let [high, low] = length.to_be_bytes();
            plain += agree(&[tag::SEQUENCE, 0x82, high, low]);
        }
        assert!(plain > 150_000, "{plain}");
    }
}
