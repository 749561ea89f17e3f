//! Distinguished names: compared as RFC 5280 §7.1 asks, shown as RFC 4514 does.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::sync::Arc;

use super::der::{Walk, tag};

/// A distinguished name in the form in which two of them are compared.
///
/// RFC 5280 §7.1: string types are transcoded to Unicode, letter case is folded, white space at
/// the ends is dropped and runs of it are one space; the attributes of an RDN are a set. Equal
/// `NameKey`s are equal names; a value that is no string is compared byte by byte.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameKey(Arc<[u8]>);

impl fmt::Debug for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameKey({})", String::from_utf8_lossy(&self.0))
    }
}

impl NameKey {
    /// The comparison form of a DER `Name`.
    pub fn of(der: &[u8]) -> Self {
        let mut key = Vec::with_capacity(der.len());
        for rdn in rdns(der) {
            key.push(b'/');
            rdn.fold_into(&mut key);
        }
        // What does not read as a Name at all is only equal to itself.
        if key.is_empty() && der.len() > 2 {
            key.push(b'!');
            key.extend_from_slice(der);
        }
        Self(key.into())
    }

    /// The comparison form itself, for a hash over it.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// True for a name without any attribute.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the name `der` lies in the subtree of `base`, both DER: the relative distinguished
    /// names of `base`, in comparison form, are a prefix of its own (RFC 5280 §4.2.1.10). Nothing is
    /// read past the first that differs.
    pub fn is_within(der: &[u8], base: &[u8]) -> bool {
        let mut names = rdns(der);
        rdns(base).all(|wanted| names.next().is_some_and(|rdn| rdn.folded() == wanted.folded()))
    }
}

/// A distinguished name as it stands in a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    der: &'a [u8],
}

impl<'a> Name<'a> {
    /// Wraps the DER of a `Name` (an RDNSequence with its header).
    pub fn new(der: &'a [u8]) -> Self {
        Self { der }
    }

    /// The DER as given.
    pub fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The form in which names are compared.
    pub fn key(&self) -> NameKey {
        NameKey::of(self.der)
    }

    /// The last common name, if there is one.
    pub fn common_name(&self) -> Option<String> {
        self.last(COMMON_NAME).map(Cow::into_owned)
    }

    /// Whether there is a common name.
    pub(crate) fn has_common_name(&self) -> bool {
        self.last(COMMON_NAME).is_some()
    }

    /// What a person would call it: the common name, else the organisational unit with the
    /// organisation, else the whole name. Control characters are escaped, and what is past
    /// [`MAX_SHOWN`] is left out.
    pub fn short(&self) -> String {
        let calling = self.calling();
        if calling.len() <= MAX_SHOWN { calling.into_owned() } else { clip(&calling, MAX_SHOWN) }
    }

    fn calling(&self) -> Cow<'a, str> {
        if let Some(cn) = self.last(COMMON_NAME).filter(|cn| !cn.trim().is_empty()) {
            return escaped(cn);
        }
        let (unit, organisation) = (self.last(ORGANIZATIONAL_UNIT), self.last(ORGANIZATION));
        match (unit, organisation) {
            (Some(unit), Some(organisation)) => escaped(format!("{unit}, {organisation}").into()),
            (Some(one), None) | (None, Some(one)) => escaped(one),
            (None, None) => self.text().into(),
        }
    }

    /// The whole name as [`Display`](fmt::Display) writes it.
    pub(crate) fn text(&self) -> String {
        // The DER is longer, but for what has to be escaped.
        let mut text = String::with_capacity(self.der.len());
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut impl Write) -> fmt::Result {
        let rdns: Vec<Rdn<'_>> = rdns(self.der).collect();
        for (nth, rdn) in rdns.into_iter().rev().enumerate() {
            let mut glue = if nth == 0 { "" } else { "," };
            for attribute in rdn {
                out.write_str(glue)?;
                attribute.write(out)?;
                glue = "+";
            }
        }
        Ok(())
    }

    /// The e-mail addresses that stand in the name itself (PKCS #9 emailAddress), for name
    /// constraints (RFC 5280 §4.2.1.10).
    pub fn email_addresses(&self) -> Vec<String> {
        let addresses = rdns(self.der).flatten().filter(|a| a.oid == EMAIL_ADDRESS);
        addresses.filter_map(|a| a.text()).map(Cow::into_owned).collect()
    }

    /// Every common name, in the order in which they stand.
    pub(crate) fn common_names(&self) -> Vec<String> {
        let names = rdns(self.der).flatten().filter(|a| a.oid == COMMON_NAME);
        names.filter_map(|a| a.text()).map(Cow::into_owned).collect()
    }

    fn last(&self, oid: &[u8]) -> Option<Cow<'a, str>> {
        rdns(self.der).flatten().filter(|a| a.oid == oid).last()?.text()
    }
}

/// RFC 4514: the last RDN first, `CN=…,O=…,C=…`; control characters escaped.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const ORGANIZATIONAL_UNIT: &[u8] = &[0x55, 4, 11];
const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];

/// The keywords of RFC 4514 §3, and the few others that real CA names hold.
const KEYWORDS: &[(&[u8], &str)] = &[
    (COMMON_NAME, "CN"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (ORGANIZATION, "O"),
    (ORGANIZATIONAL_UNIT, "OU"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 9], "STREET"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 4], "SN"),
    (&[0x55, 4, 42], "GN"),
    (&[0x55, 4, 15], "businessCategory"),
    (&[0x55, 4, 17], "postalCode"),
    (&[0x55, 4, 97], "organizationIdentifier"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
    (EMAIL_ADDRESS, "emailAddress"),
];

struct Attribute<'a> {
    oid: &'a [u8],
    tag: u8,
    value: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// The value as Unicode, if its type is a string type.
    fn text(&self) -> Option<Cow<'a, str>> {
        let latin = || self.value.iter().map(|&b| char::from(b)).collect();
        match self.tag {
            // UTF8String, NumericString, PrintableString, IA5String, VisibleString.
            0x0c | 0x12 | 0x13 | 0x16 | 0x1a => {
                Some(str::from_utf8(self.value).map_or_else(|_| Cow::Owned(latin()), Cow::Borrowed))
            }
            // TeletexString: Latin-1 is what was meant.
            0x14 => Some(latin().into()),
            // BMPString.
            0x1e => {
                let units = self.value.chunks_exact(2).map(|c| match c {
                    [high, low] => u16::from_be_bytes([*high, *low]),
                    _ => 0xfffd,
                });
                Some(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect::<String>().into())
            }
            // UniversalString.
            0x1c => Some(
                self.value
                    .chunks_exact(4)
                    .map(|c| {
                        <[u8; 4]>::try_from(c)
                            .map_or('\u{fffd}', |c| char::from_u32(u32::from_be_bytes(c)).unwrap_or('\u{fffd}'))
                    })
                    .collect::<String>()
                    .into(),
            ),
            _ => None,
        }
    }

    /// Type and value as RFC 4514 writes them.
    fn write(&self, f: &mut impl Write) -> fmt::Result {
        match KEYWORDS.iter().find(|(oid, _)| *oid == self.oid) {
            Some((_, keyword)) => f.write_str(keyword)?,
            None => f.write_str(&super::oid_text(self.oid))?,
        }
        f.write_str("=")?;
        let Some(text) = self.text() else {
            f.write_str("#")?;
            return self.value.iter().try_for_each(|b| write!(f, "{b:02x}"));
        };
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'.' | b'\'' | b'(' | b')');
        if text.bytes().all(is_plain) && !text.starts_with(' ') {
            return f.write_str(&text);
        }
        for (i, c) in text.chars().enumerate() {
            // RFC 4514 §2.4.
            if matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\') || (i == 0 && matches!(c, ' ' | '#')) {
                f.write_str("\\")?;
            }
            f.write_str(&escape_char(c))?;
        }
        Ok(())
    }

    /// Adds type and value in comparison form.
    fn fold_into(&self, out: &mut Vec<u8>) {
        out.push(self.oid.len() as u8);
        out.extend_from_slice(self.oid);
        let plain = matches!(self.tag, 0x0c | 0x12 | 0x13 | 0x16 | 0x1a) && self.value.is_ascii();
        if plain {
            fold_ascii(self.value, out);
        } else if let Some(text) = self.text() {
            let lower: String = text.chars().flat_map(char::to_lowercase).collect();
            let words: Vec<&str> = lower.split_whitespace().collect();
            out.extend_from_slice(words.join(" ").as_bytes());
        } else {
            out.push(0);
            out.push(self.tag);
            out.extend_from_slice(self.value);
        }
    }
}

fn fold_ascii(value: &[u8], out: &mut Vec<u8>) {
    let mut gap = false;
    let start = out.len();
    for &b in value {
        if b.is_ascii_whitespace() {
            gap = out.len() > start;
        } else {
            if gap {
                out.push(b' ');
                gap = false;
            }
            out.push(b.to_ascii_lowercase());
        }
    }
}

/// A relative distinguished name, one attribute after the other.
#[derive(Clone)]
struct Rdn<'a> {
    der: &'a [u8],
    pairs: Walk<'a>,
}

impl Rdn<'_> {
    /// Its attributes, a set, in comparison form.
    fn folded(&self) -> Vec<Vec<u8>> {
        let fold = |attribute: Attribute<'_>| {
            let mut part = Vec::with_capacity(attribute.oid.len() + attribute.value.len() + 4);
            attribute.fold_into(&mut part);
            part
        };
        let mut parts: Vec<Vec<u8>> = self.clone().map(fold).collect();
        parts.sort();
        parts
    }

    /// Adds the attributes in comparison form, the length of each before it.
    fn fold_into(&self, key: &mut Vec<u8>) {
        let mut attributes = self.clone();
        // Nearly all have one, and nothing to sort.
        if let (Some(only), None) = (attributes.next(), attributes.next()) {
            let start = key.len();
            key.extend_from_slice(&[0; 4]);
            only.fold_into(key);
            let length = (key.len() - start - 4) as u32;
            key.iter_mut().skip(start).zip(length.to_be_bytes()).for_each(|(to, from)| *to = from);
            return;
        }
        for part in self.folded() {
            key.extend_from_slice(&(part.len() as u32).to_be_bytes());
            key.extend_from_slice(&part);
        }
    }
}

impl<'a> Iterator for Rdn<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        while let Some(pair) = self.pairs.expect(tag::SEQUENCE) {
            let mut parts = Walk::within(self.der, &pair.body);
            if let (Some(oid), Some(value)) = (parts.expect(tag::OID), parts.next()) {
                let oid = self.der.get(oid.body).unwrap_or_default();
                return Some(Attribute { oid, tag: value.tag, value: self.der.get(value.body).unwrap_or_default() });
            }
        }
        None
    }
}

fn rdns(der: &[u8]) -> impl Iterator<Item = Rdn<'_>> {
    let sequence = Walk::new(der).expect(tag::SEQUENCE).map_or(0..0, |sequence| sequence.body);
    let mut sets = Walk::within(der, &sequence);
    std::iter::from_fn(move || {
        let set = sets.expect(tag::SET)?;
        Some(Rdn { der, pairs: Walk::within(der, &set.body) })
    })
}

/// The most characters of a name that stand for its certificate: as long as a DNS name may be
/// (RFC 1035 §3.1), four times what X.520 allows a common name.
pub const MAX_SHOWN: usize = 256;

/// The first `most` characters of a text, and `…` where there are more.
pub fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// `1 byte`, `2 bytes`: so many of what is called `one`.
pub fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Text from a certificate, a file name or a server, made safe for a terminal: control characters
/// and those that reorder text or cannot be seen ([`is_unseen`]) are shown as `\u{…}`.
pub fn escape(text: &str) -> String {
    escaped(text.into()).into_owned()
}

fn escaped(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text;
    }
    text.chars().map(escape_char).collect::<String>().into()
}

fn escape_char(c: char) -> String {
    if is_unseen(c) { c.escape_unicode().to_string() } else { c.to_string() }
}

/// Whether a character does something to a terminal instead of being shown: control characters, and
/// Unicode's format characters, but for the joiners that some scripts need.
pub fn is_unseen(c: char) -> bool {
    let formats = matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    );
    c.is_control() || formats
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn one_is_no_plural() {
        assert_eq!(
            [0, 1, 2, 21].map(|number| count(number, "more file")),
            ["0 more files", "1 more file", "2 more files", "21 more files"]
        );
    }
}
