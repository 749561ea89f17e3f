//! Telling binary values apart, and certificates one after another.

use std::sync::Arc;

use asn1_rs::{FromBer, Header, Length};

use crate::cert::Certificate;
use crate::cert::der::{Walk, tag};

/// What a DER or BER value looks like, from its first elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing else that is known and a SEQUENCE in a SEQUENCE: for `Certificate::from_der` to say.
    Certificate,
    Pkcs7,
    Pkcs12,
    /// A private key; the label of its PEM form.
    PrivateKey(&'static str),
    EncryptedPrivateKey,
    /// The label of its PEM form.
    Other(&'static str),
    /// No SEQUENCE, or nothing known in it.
    Unknown,
}

impl Shape {
    /// What it is called in messages.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Certificate => "a certificate",
            Self::Pkcs7 => "PKCS#7",
            Self::Pkcs12 => "PKCS#12",
            Self::PrivateKey(_) | Self::EncryptedPrivateKey => "a private key",
            Self::Other("CERTIFICATE REQUEST") => "a certificate request",
            Self::Other("X509 CRL") => "a revocation list",
            Self::Other(_) => "a public key",
            Self::Unknown => "no ASN.1 value that is known here",
        }
    }
}

/// The header of the element that `bytes` start with: its tag, the header's length, and the
/// content's, `None` where that is indefinite (X.690, 8.1.3.6).
pub(super) fn header(bytes: &[u8]) -> Option<(u8, usize, Option<usize>)> {
    let tag = *bytes.first()?;
    let (rest, header) = Header::from_ber(bytes).ok()?;
    let length = match header.length() {
        Length::Definite(length) => Some(length),
        Length::Indefinite => None,
    };
    Some((tag, bytes.len() - rest.len(), length))
}

/// How many bytes the value takes that `bytes` start with, by its header; it may be cut short.
/// `None` where they start with no SEQUENCE of definite length.
pub(super) fn stated_length(bytes: &[u8]) -> Option<usize> {
    let (tag::SEQUENCE, head, Some(body)) = header(bytes)? else { return None };
    head.checked_add(body)
}

/// Whether bytes that no text starts with start this file: a SEQUENCE longer than 127 bytes, or of
/// indefinite length; or a shorter one that is all of the file, as keys on curves are.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let is_all = || stated_length(bytes) == Some(bytes.len()) && shape(bytes) != Shape::Unknown;
    matches!(bytes, [tag::SEQUENCE, 0x80..=0x84, ..]) || is_all()
}

/// Looks at the first elements only. After the outer SEQUENCE an OID means PKCS#7 (RFC 5652 §3), a
/// SEQUENCE a certificate (RFC 5280 §4.1), INTEGER 3 PKCS#12 (RFC 7292 §4), INTEGER 0 or 1 a key
/// (RFC 5958 §2, RFC 8017 A.1.2, RFC 5915 §3).
pub(super) fn shape(bytes: &[u8]) -> Shape {
    let Some((tag::SEQUENCE, head, _)) = header(bytes) else { return Shape::Unknown };
    let Some(inner) = bytes.get(head..) else { return Shape::Unknown };
    match inner {
        [tag::OID, ..] => Shape::Pkcs7,
        [tag::INTEGER, 1, 3, ..] => Shape::Pkcs12,
        [tag::INTEGER, 1, 0 | 1, tag::SEQUENCE, ..] => Shape::PrivateKey("PRIVATE KEY"),
        [tag::INTEGER, 1, 0, tag::INTEGER, ..] => Shape::PrivateKey("RSA PRIVATE KEY"),
        [tag::INTEGER, 1, 1, tag::OCTET_STRING, ..] => Shape::PrivateKey("EC PRIVATE KEY"),
        [tag::SEQUENCE, ..] => in_sequence(inner),
        _ => Shape::Unknown,
    }
}

/// Values whose first element is a SEQUENCE, told apart by the tags in and after it.
fn in_sequence(inner: &[u8]) -> Shape {
    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;
    const ATTRIBUTES: u8 = tag::CONTEXT_0;
    let mut walk = Walk::new(inner);
    let Some(first) = walk.expect(tag::SEQUENCE) else { return Shape::Certificate };
    let second = walk.peek();
    let mut tags = Walk::within(inner, &first.body);
    let mut next = || tags.next().map(|element| element.tag);
    match [next(), next(), next(), next()] {
        [Some(tag::OID), ..] => match second {
            Some(tag::OCTET_STRING) => Shape::EncryptedPrivateKey,
            _ => Shape::Other("PUBLIC KEY"),
        },
        [Some(tag::INTEGER), Some(tag::SEQUENCE), Some(tag::SEQUENCE), Some(ATTRIBUTES) | None] => {
            Shape::Other("CERTIFICATE REQUEST")
        }
        [Some(tag::INTEGER), Some(tag::SEQUENCE), Some(tag::SEQUENCE), Some(UTC_TIME | GENERALIZED_TIME)]
        | [Some(tag::SEQUENCE), Some(tag::SEQUENCE), Some(UTC_TIME | GENERALIZED_TIME), _] => Shape::Other("X509 CRL"),
        _ => Shape::Certificate,
    }
}

/// The certificates that `bytes` start with, one after another; and how many bytes they take.
pub(super) fn series(bytes: &[u8], at_most: usize) -> (Vec<Arc<Certificate>>, usize) {
    let (mut found, mut at) = (Vec::new(), 0);
    while found.len() < at_most {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(length) = stated_length(rest) else { break };
        let Some(Ok(certificate)) = rest.get(..length).map(Certificate::from_der) else { break };
        found.push(Arc::new(certificate));
        at += length;
    }
    (found, at)
}
