//! A walk over the elements of a DER value, by position.
//!
//! `asn1-rs` reads each header; what is added here is where each element lies, so that a
//! certificate keeps its bytes once and its fields as ranges into them.

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
        let (content, header) = Header::from_der(rest).ok()?;
        let Length::Definite(length) = header.length() else { return None };
        let start = self.end - content.len();
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

/// Tags met in certificates.
pub(crate) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OID: u8 = 0x06;
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
