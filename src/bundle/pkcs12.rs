//! Certificates and keys out of PKCS#12 (RFC 7292), DER or BER.
//!
//! The MAC is not looked at: what is read is certificates, which are verified anyway, and keys, which
//! are held against them; and a password that is wrong shows in what it decrypts.

use std::sync::Arc;

use super::pkcs7::Cursor;
use crate::cert::der::tag;
use crate::cert::{Certificate, oid_text};
use crate::verify::password::{Hashes, Locked, MAX_HASHES, decrypt};

/// The largest container that is read. Real ones have some kilobytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Bags in bags, and octets in octets: nobody writes more than two.
const MAX_DEPTH: usize = 8;

/// A key, PKCS#8.
const PRIVATE_KEY: &str = "PRIVATE KEY";
/// A key that the password does not open.
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// What a container held.
#[derive(Debug, Default)]
pub(super) struct Pkcs12 {
    pub(super) certificates: Vec<Arc<Certificate>>,
    /// Label and DER of each key; no DER where it could not be decrypted.
    pub(super) keys: Vec<(&'static str, Option<Vec<u8>>)>,
    /// Why certificates are missing, if they may be.
    pub(super) trouble: Option<Trouble>,
}

/// What could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The password does not open it.
    WrongPassword,
    /// Anything else, in words.
    Other(String),
}

impl From<Locked> for Trouble {
    fn from(locked: Locked) -> Self {
        match locked {
            Locked::WrongPassword => Self::WrongPassword,
            Locked::Unsupported(what) => {
                Self::Other(format!("the PKCS#12 is encrypted in a way that is not read ({what})"))
            }
            Locked::TooCostly => {
                Self::Other(format!("the PKCS#12 asks for more than {MAX_HASHES} rounds of hashing its password"))
            }
        }
    }
}

/// Reads a container. Never fails: [`Pkcs12::trouble`] says what was wrong.
pub(super) fn read(bytes: &[u8], password: &str, at_most: usize) -> Pkcs12 {
    let mut reading = Reading { out: Pkcs12::default(), password, at_most, hashes: Hashes::default() };
    let done = if bytes.len() > MAX_BYTES {
        Err(Trouble::Other(format!("the PKCS#12 is larger than {} MiB", MAX_BYTES / 1024 / 1024)))
    } else {
        reading.container(bytes)
    };
    if let Err(trouble) = done {
        reading.out.trouble.get_or_insert(trouble);
    }
    reading.out
}

fn cut() -> Trouble {
    Trouble::Other("the PKCS#12 is cut short or damaged".to_owned())
}

struct Reading<'a> {
    out: Pkcs12,
    password: &'a str,
    at_most: usize,
    hashes: Hashes,
}

impl Reading<'_> {
    /// PFX, RFC 7292 §4: version, authSafe, macData.
    fn container(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let mut pfx = Cursor::new(bytes).enter(tag::SEQUENCE).ok_or_else(cut)?;
        pass(&mut pfx)?;
        let (kind, content) = typed(&mut pfx)?;
        if kind != "1.2.840.113549.1.7.1" {
            return Err(Trouble::Other("the PKCS#12 is signed, not protected with a password".to_owned()));
        }
        // AuthenticatedSafe, §4.1: a sequence of ContentInfo.
        let safes = octets(&content, 0)?;
        let mut safes = Cursor::new(&safes).enter(tag::SEQUENCE).ok_or_else(cut)?;
        while safes.peek().is_some() {
            let mut one = Cursor::new(pass(&mut safes)?);
            if let Err(trouble) = self.safe(&mut one) {
                // What else is there may be readable.
                self.out.trouble.get_or_insert(trouble);
            }
        }
        Ok(())
    }

    fn safe(&mut self, safes: &mut Cursor<'_>) -> Result<(), Trouble> {
        let (kind, content) = typed(safes)?;
        let bags = match kind.as_str() {
            "1.2.840.113549.1.7.1" => octets(&content, 0)?,
            "1.2.840.113549.1.7.6" => self.encrypted(&content)?,
            _ => {
                return Err(Trouble::Other(
                    "the PKCS#12 is encrypted for a certificate, not with a password".to_owned(),
                ));
            }
        };
        self.bags(Cursor::new(&bags).enter(tag::SEQUENCE).ok_or_else(cut)?, 0)
    }

    /// EncryptedData, RFC 5652 §8 and §6.1.
    fn encrypted(&mut self, content: &Cursor<'_>) -> Result<Vec<u8>, Trouble> {
        let mut data = content.enter(tag::SEQUENCE).ok_or_else(cut)?;
        pass(&mut data)?;
        let mut info = data.enter(tag::SEQUENCE).ok_or_else(cut)?;
        pass(&mut info)?;
        let algorithm = info.enter(tag::SEQUENCE).ok_or_else(cut)?;
        pass(&mut info)?;
        let ciphertext = octets(&info, 0)?;
        Ok(decrypt(algorithm.rest(), &ciphertext, self.password, &mut self.hashes)?)
    }

    /// SafeContents, §4.2: a sequence of bags.
    fn bags(&mut self, mut bags: Cursor<'_>, depth: usize) -> Result<(), Trouble> {
        while bags.peek().is_some() {
            let (kind, value) = typed(&mut bags)?;
            match kind.strip_prefix("1.2.840.113549.1.12.10.1.") {
                Some("1") => {
                    let key = value.enter(tag::SEQUENCE).and(Some(())).and_then(|()| element(&value));
                    self.out.keys.push((PRIVATE_KEY, key));
                }
                Some("2") => self.shrouded(&value)?,
                Some("3") => self.certificate(&value)?,
                Some("6") if depth < MAX_DEPTH => {
                    self.bags(value.enter(tag::SEQUENCE).ok_or_else(cut)?, depth + 1)?;
                }
                // Revocation lists, secrets: nothing that belongs to a chain.
                _ => {}
            }
        }
        Ok(())
    }

    /// CertBag, §4.2.3.
    fn certificate(&mut self, value: &Cursor<'_>) -> Result<(), Trouble> {
        let mut bag = value.enter(tag::SEQUENCE).ok_or_else(cut)?;
        let kind = bag.enter(tag::OID).ok_or_else(cut)?;
        if oid_text(kind.rest()) != "1.2.840.113549.1.9.22.1" {
            return Ok(());
        }
        pass(&mut bag)?;
        let der = octets(&bag.enter(tag::CONTEXT_0).ok_or_else(cut)?, 0)?;
        if self.out.certificates.len() >= self.at_most {
            return Err(Trouble::Other(format!("more than {} certificates; what follows is not read", self.at_most)));
        }
        match Certificate::from_der(&der) {
            Ok(certificate) => self.out.certificates.push(Arc::new(certificate)),
            Err(why) => _ = self.out.trouble.get_or_insert(Trouble::Other(format!("in the PKCS#12, {why}"))),
        }
        Ok(())
    }

    /// PKCS8ShroudedKeyBag, §4.2.2: EncryptedPrivateKeyInfo. A key that stays shut is a key all the same.
    fn shrouded(&mut self, value: &Cursor<'_>) -> Result<(), Trouble> {
        let mut info = value.enter(tag::SEQUENCE).ok_or_else(cut)?;
        let algorithm = info.enter(tag::SEQUENCE).ok_or_else(cut)?;
        pass(&mut info)?;
        let ciphertext = octets(&info, 0)?;
        let plain = decrypt(algorithm.rest(), &ciphertext, self.password, &mut self.hashes).ok();
        self.out.keys.push((if plain.is_some() { PRIVATE_KEY } else { ENCRYPTED }, plain));
        Ok(())
    }
}

fn pass<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Trouble> {
    cursor.pass().map_err(|_| cut())
}

/// The next element's bytes.
fn element(cursor: &Cursor<'_>) -> Option<Vec<u8>> {
    Cursor::new(cursor.rest()).pass().ok().map(<[u8]>::to_vec)
}

/// Passes over a sequence of an OID and a value tagged \[0\]: ContentInfo, SafeBag. The OID, dotted,
/// and what the tag holds.
fn typed<'a>(cursor: &mut Cursor<'a>) -> Result<(String, Cursor<'a>), Trouble> {
    let mut sequence = cursor.enter(tag::SEQUENCE).ok_or_else(cut)?;
    pass(cursor)?;
    let kind = oid_text(sequence.enter(tag::OID).ok_or_else(cut)?.rest());
    pass(&mut sequence)?;
    Ok((kind, sequence.enter(tag::CONTEXT_0).ok_or_else(cut)?))
}

/// The octets of the next element: a string in one piece, or (BER, X.690 8.7.3) in several; with the
/// tag of an OCTET STRING or, implicitly, \[0\].
fn octets(cursor: &Cursor<'_>, depth: usize) -> Result<Vec<u8>, Trouble> {
    const PRIMITIVE: [u8; 2] = [tag::OCTET_STRING, 0x80];
    let found = cursor.peek().ok_or_else(cut)?;
    let mut inner = cursor.enter(found).ok_or_else(cut)?;
    if PRIMITIVE.contains(&found) {
        return Ok(inner.rest().to_vec());
    }
    if !PRIMITIVE.map(|tag| tag | 0x20).contains(&found) || depth >= MAX_DEPTH {
        return Err(cut());
    }
    let mut whole = Vec::new();
    while inner.peek().is_some() {
        whole.extend(octets(&inner, depth + 1)?);
        pass(&mut inner)?;
    }
    Ok(whole)
}
