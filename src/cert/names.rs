//! The names in an extension, one after the other in one piece of memory.
//!
//! A certificate of 256 KiB may hold 120,000 of them. As values of their own they would take twenty
//! times the memory of the certificate, and a bundle may hold hundreds such; packed they take twice
//! as much, and each is unpacked when it is looked at.

use std::fmt;

use super::GeneralName;

/// Names in the order in which they stand.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// For each a byte for its form, four for its length, and its content.
    packed: Vec<u8>,
}

const DNS: u8 = 0x82;
const IP: u8 = 0x87;
const EMAIL: u8 = 0x81;
const URI: u8 = 0x86;
const DIRECTORY: u8 = 0xa4;
const UTF8_EMAIL: u8 = 0xa0;
const OTHER: u8 = 0;

impl Names {
    /// Each name in turn.
    pub fn iter(&self) -> Iter<'_> {
        Iter { rest: &self.packed }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    fn push(&mut self, name: &GeneralName) {
        let tag;
        let (form, content): (u8, &[u8]) = match name {
            GeneralName::Dns(text) => (DNS, text.as_bytes()),
            GeneralName::Email(text) => (EMAIL, text.as_bytes()),
            GeneralName::Utf8Email(text) => (UTF8_EMAIL, text.as_bytes()),
            GeneralName::Uri(text) => (URI, text.as_bytes()),
            GeneralName::Ip(bytes) => (IP, bytes),
            GeneralName::Directory(der) => (DIRECTORY, der),
            GeneralName::Other(form) => {
                tag = [*form];
                (OTHER, &tag)
            }
        };
        // A certificate has at most 256 KiB, and so has a name in it.
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        self.packed.push(form);
        self.packed.extend_from_slice(&length.to_be_bytes());
        self.packed.extend_from_slice(content);
    }
}

impl FromIterator<GeneralName> for Names {
    fn from_iter<I: IntoIterator<Item = GeneralName>>(names: I) -> Self {
        let mut packed = Self::default();
        names.into_iter().for_each(|name| packed.push(&name));
        packed.packed.shrink_to_fit();
        packed
    }
}

impl<'a> IntoIterator for &'a Names {
    type Item = GeneralName;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// Unpacks names, one after the other.
#[derive(Clone)]
pub struct Iter<'a> {
    rest: &'a [u8],
}

impl Iterator for Iter<'_> {
    type Item = GeneralName;

    fn next(&mut self) -> Option<GeneralName> {
        let ([form, length @ ..], rest) = self.rest.split_first_chunk::<5>()?;
        let (content, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        self.rest = rest;
        let text = || String::from_utf8_lossy(content).into_owned();
        Some(match *form {
            DNS => GeneralName::Dns(text()),
            EMAIL => GeneralName::Email(text()),
            UTF8_EMAIL => GeneralName::Utf8Email(text()),
            URI => GeneralName::Uri(text()),
            IP => GeneralName::Ip(content.to_vec()),
            DIRECTORY => GeneralName::Directory(content.to_vec()),
            _ => GeneralName::Other(content.first().copied().unwrap_or(u8::MAX)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_out_as_they_went_in() {
        let names = [
            GeneralName::Dns("shop.example.com".into()),
            GeneralName::Dns(String::new()),
            GeneralName::Email("a@example.com".into()),
            GeneralName::Utf8Email("ä@example.com".into()),
            GeneralName::Uri("spiffe://a/ü".into()),
            GeneralName::Ip(vec![10, 0, 0, 7]),
            GeneralName::Directory(vec![0x30, 0]),
            GeneralName::Other(8),
            GeneralName::Other(u8::MAX),
        ];
        let packed: Names = names.iter().cloned().collect();
        assert_eq!(packed.iter().collect::<Vec<_>>(), names);
        assert!(!packed.is_empty() && Names::default().is_empty());
    }
}
