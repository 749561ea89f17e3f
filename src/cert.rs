//! A certificate, its fingerprint, and the entity it speaks of.
//!
//! Reading is in two steps. [`Certificate::from_der`] walks the outline: where the names, the
//! dates, the key and the signature lie; that is all that an index over ten thousand certificates
//! needs. [`Certificate::fields`] parses the extensions and the key the first time it is asked.

pub(crate) mod der;
mod fields;
mod fingerprint;
mod name;
mod names;
mod shared;
mod time;

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use x509_parser::prelude::{FromDer, Validity};

use der::{Walk, tag};
pub(crate) use fields::oid;
pub use fields::{
    AuthorityKeyId, BasicConstraints, EXPLICIT_PARAMETERS, Extension, Fields, GeneralName, KeyKind, KeyUsage,
    MAX_AUTHORITY_NAMES, MAX_CA_ISSUERS, MAX_EXTENSIONS, MAX_PURPOSES, Malformed, NameConstraints, extension_name,
    ip_address,
};
pub use fingerprint::{Fingerprint, FingerprintPrefix, NotAFingerprint};
pub use name::{MAX_SHOWN, Name, NameKey, clip, count, escape, is_unseen};
pub use names::Names;
pub use shared::Shared;
pub use time::{SECONDS_A_DAY, Time};

/// Subject and key: what issues certificates. Every certificate for the same CA key under the same
/// name, whoever signed it, speaks of one entity (RFC 4158 §2.4.2 without the alternative names).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entity {
    /// The subject in comparison form.
    pub subject: NameKey,
    /// SHA-256 over SubjectPublicKeyInfo.
    pub key: Fingerprint,
}

/// The bytes are no X.509 certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an X.509 certificate: {0}")]
pub struct NotACertificate(pub(crate) &'static str);

/// An X.509 certificate: its DER, and where its parts lie in it.
pub struct Certificate {
    der: Box<[u8]>,
    outline: Outline,
    fingerprint: OnceLock<Fingerprint>,
    entity: OnceLock<Entity>,
    issuer_key: OnceLock<NameKey>,
    fields: OnceLock<Box<Fields>>,
    texts: OnceLock<Box<Texts>>,
    signature_oid: OnceLock<Box<str>>,
    /// What `verify` found of its form, which is the same wherever it stands.
    pub(crate) form: OnceLock<Option<Box<str>>>,
}

/// What reports say of a certificate, as text. A CA certificate is told of with many bundles.
pub(crate) struct Texts {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    pub(crate) sha256: String,
    pub(crate) short: String,
}

#[derive(Clone, Debug)]
struct Outline {
    version: u8,
    tbs: Part,
    serial: Part,
    inner_algorithm: Part,
    issuer: Part,
    not_before: Option<Time>,
    not_after: Option<Time>,
    subject: Part,
    spki: Part,
    extensions: Part,
    algorithm: Part,
    signature: Part,
}

/// Where a part lies: from, to. Four bytes each, since pools hold thousands of certificates and each
/// is under [`MAX_CERTIFICATE_BYTES`].
#[derive(Clone, Copy, Debug)]
struct Part(u32, u32);

impl From<Range<usize>> for Part {
    fn from(range: Range<usize>) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self(narrow(range.start), narrow(range.end))
    }
}

/// The largest certificate that is read. Chromium's AIA fetcher stops at 64 KiB; a file may hold
/// larger ones, and some post-quantum keys and long name lists need the room.
pub const MAX_CERTIFICATE_BYTES: usize = 256 * 1024;

impl Certificate {
    /// Reads the outline of exactly one DER certificate.
    ///
    /// # Errors
    /// When the bytes do not have the shape of RFC 5280 §4.1, go on after it, or are larger than
    /// [`MAX_CERTIFICATE_BYTES`]. A malformed extension is no error here but a finding later.
    pub fn from_der(der: &[u8]) -> Result<Self, NotACertificate> {
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(NotACertificate("larger than 256 KiB"));
        }
        let outline = Outline::read(der)?;
        Ok(Self {
            der: der.into(),
            outline,
            fingerprint: OnceLock::new(),
            entity: OnceLock::new(),
            issuer_key: OnceLock::new(),
            fields: OnceLock::new(),
            texts: OnceLock::new(),
            signature_oid: OnceLock::new(),
            form: OnceLock::new(),
        })
    }

    fn part(&self, Part(start, end): &Part) -> &[u8] {
        self.der.get(*start as usize..*end as usize).unwrap_or_default()
    }

    /// The DER as given.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 over the DER.
    pub fn fingerprint(&self) -> Fingerprint {
        *self.fingerprint.get_or_init(|| Fingerprint::of(&self.der))
    }

    /// 1, 2 or 3 (RFC 5280 §4.1.2.1); other values as they stand, plus one.
    pub fn version(&self) -> u8 {
        self.outline.version
    }

    /// The serial number's content octets.
    pub fn serial(&self) -> &[u8] {
        self.part(&self.outline.serial)
    }

    /// The issuer's name.
    pub fn issuer(&self) -> Name<'_> {
        Name::new(self.part(&self.outline.issuer))
    }

    /// The subject's name.
    pub fn subject(&self) -> Name<'_> {
        Name::new(self.part(&self.outline.subject))
    }

    /// The issuer's name in comparison form.
    pub fn issuer_key(&self) -> &NameKey {
        self.issuer_key.get_or_init(|| self.issuer().key())
    }

    /// Subject and key.
    pub fn entity(&self) -> &Entity {
        self.entity.get_or_init(|| Entity { subject: self.subject().key(), key: Fingerprint::of(self.spki()) })
    }

    /// notBefore; `None` where the date does not parse.
    pub fn not_before(&self) -> Option<Time> {
        self.outline.not_before
    }

    /// notAfter; `None` where the date does not parse.
    pub fn not_after(&self) -> Option<Time> {
        self.outline.not_after
    }

    /// SubjectPublicKeyInfo, DER.
    pub fn spki(&self) -> &[u8] {
        self.part(&self.outline.spki)
    }

    /// TBSCertificate, DER: what is signed.
    pub fn tbs(&self) -> &[u8] {
        self.part(&self.outline.tbs)
    }

    /// The outer signatureAlgorithm: the content of the AlgorithmIdentifier.
    pub fn signature_algorithm(&self) -> &[u8] {
        self.part(&self.outline.algorithm)
    }

    /// The signature field within TBSCertificate, which must be equal (RFC 5280 §4.1.2.3).
    pub fn inner_signature_algorithm(&self) -> &[u8] {
        self.part(&self.outline.inner_algorithm)
    }

    /// The dotted OID of the outer signatureAlgorithm.
    pub fn signature_algorithm_oid(&self) -> &str {
        self.signature_oid.get_or_init(|| {
            let content = self.signature_algorithm();
            let oid = Walk::new(content).expect(tag::OID).and_then(|oid| content.get(oid.body));
            oid.map(oid_text).unwrap_or_default().into()
        })
    }

    /// The signature's octets.
    pub fn signature(&self) -> &[u8] {
        self.part(&self.outline.signature)
    }

    /// Extensions and key, parsed at the first call.
    pub fn fields(&self) -> &Fields {
        self.fields.get_or_init(|| Box::new(self.read_fields()))
    }

    /// What `look` sees in the fields, without keeping them if they are not kept already: for
    /// questions that are asked of every certificate of a large pool.
    pub(crate) fn glance<T>(&self, look: impl FnOnce(&Fields) -> T) -> T {
        match self.fields.get() {
            Some(fields) => look(fields),
            None => look(&self.read_fields()),
        }
    }

    fn read_fields(&self) -> Fields {
        Fields::read(self.spki(), self.part(&self.outline.extensions))
    }

    /// Issuer and subject are the same name (RFC 5280 §3.2).
    pub fn is_self_issued(&self) -> bool {
        // Byte for byte, as nearly all roots have it, is seen without folding names and hashing keys.
        self.issuer() == self.subject() || *self.issuer_key() == self.entity().subject
    }

    /// basicConstraints with cA TRUE.
    pub fn is_ca(&self) -> bool {
        self.fields().basic_constraints.is_some_and(|bc| bc.ca)
    }

    /// What a person would call it: the subject's common name, else its first DNS name, else what
    /// [`Name::short`] makes of the subject.
    pub fn short_name(&self) -> String {
        if !self.subject().has_common_name() {
            let names = self.fields().subject_alt_names.iter().flatten();
            let first = names.into_iter().find_map(|name| match name {
                GeneralName::Dns(dns) => Some(clip(&escape(&dns), MAX_SHOWN)),
                GeneralName::Ip(ip) => ip_address(&ip).map(|ip| ip.to_string()),
                _ => None,
            });
            if let Some(first) = first {
                return first;
            }
        }
        let short = self.subject().short();
        if short.is_empty() { "(no name)".to_owned() } else { short }
    }

    /// The names it is valid for, for a message: the first three, and how many more.
    pub fn names_text(&self) -> String {
        let mut count = 0;
        let mut first: Vec<String> = Vec::new();
        for name in self.fields().subject_alt_names.iter().flatten() {
            let text = match name {
                GeneralName::Dns(dns) => clip(&escape(&dns), MAX_SHOWN),
                GeneralName::Ip(ip) => match ip_address(&ip) {
                    Some(ip) => ip.to_string(),
                    None => continue,
                },
                _ => continue,
            };
            count += 1;
            if first.len() < 3 {
                first.push(text);
            }
        }
        match count {
            0 => self.short_name(),
            1..=3 => first.join(", "),
            n => format!("{} and {} more", first.join(", "), n - 3),
        }
    }

    /// What reports say of it, written at the first call.
    pub(crate) fn texts(&self) -> &Texts {
        self.texts.get_or_init(|| {
            Box::new(Texts {
                subject: self.subject().text(),
                issuer: self.issuer().text(),
                serial: self.serial_text(),
                sha256: self.fingerprint().to_string(),
                short: self.short_name(),
            })
        })
    }

    /// The serial number in lower-case hexadecimal digits.
    pub fn serial_text(&self) -> String {
        hex(self.serial())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({:?}, {})", self.subject(), self.fingerprint())
    }
}

impl Outline {
    fn read(der: &[u8]) -> Result<Self, NotACertificate> {
        let bad = |what| move || NotACertificate(what);
        let mut top = Walk::new(der);
        let certificate = top.expect(tag::SEQUENCE).ok_or_else(bad("no outer SEQUENCE, or cut short"))?;
        if !top.is_empty() {
            return Err(NotACertificate("bytes follow after it"));
        }
        let mut outer = Walk::within(der, &certificate.body);
        let tbs = outer.expect(tag::SEQUENCE).ok_or_else(bad("no TBSCertificate"))?;
        let algorithm = outer.expect(tag::SEQUENCE).ok_or_else(bad("no signatureAlgorithm"))?;
        let signature = outer.expect(tag::BIT_STRING).ok_or_else(bad("no signature"))?;
        if !outer.is_empty() || der.get(signature.body.start) != Some(&0) {
            return Err(NotACertificate("the signature is no BIT STRING of whole octets, or more follows"));
        }

        let mut walk = Walk::within(der, &tbs.body);
        let version = match walk.expect(tag::CONTEXT_0) {
            Some(explicit) => Walk::within(der, &explicit.body)
                .expect(tag::INTEGER)
                .and_then(|v| der.get(v.body).and_then(|b| b.first().copied()))
                .ok_or_else(bad("no version"))?
                .saturating_add(1),
            None => 1,
        };
        let serial = walk.expect(tag::INTEGER).ok_or_else(bad("no serialNumber"))?;
        let inner_algorithm = walk.expect(tag::SEQUENCE).ok_or_else(bad("no signature algorithm"))?;
        let issuer = walk.expect(tag::SEQUENCE).ok_or_else(bad("no issuer"))?;
        let validity = walk.expect(tag::SEQUENCE).ok_or_else(bad("no validity"))?;
        let subject = walk.expect(tag::SEQUENCE).ok_or_else(bad("no subject"))?;
        let spki = walk.expect(tag::SEQUENCE).ok_or_else(bad("no subjectPublicKeyInfo"))?;
        for unique_id in [tag::CONTEXT_1, tag::CONTEXT_2] {
            let _ = walk.expect(unique_id);
        }
        let extensions = match walk.expect(tag::CONTEXT_3) {
            Some(explicit) => Walk::within(der, &explicit.body)
                .expect(tag::SEQUENCE)
                .map(|list| list.body)
                .ok_or_else(bad("extensions are no SEQUENCE"))?,
            None => 0..0,
        };
        if !walk.is_empty() {
            return Err(NotACertificate("unknown parts in TBSCertificate"));
        }
        let (not_before, not_after) = dates(der.get(validity.whole).unwrap_or_default());
        Ok(Self {
            version,
            tbs: tbs.whole.into(),
            serial: serial.body.into(),
            inner_algorithm: inner_algorithm.body.into(),
            issuer: issuer.whole.into(),
            not_before,
            not_after,
            subject: subject.whole.into(),
            spki: spki.whole.into(),
            extensions: extensions.into(),
            algorithm: algorithm.body.into(),
            signature: (signature.body.start + 1..signature.body.end).into(),
        })
    }
}

fn dates(validity: &[u8]) -> (Option<Time>, Option<Time>) {
    match Validity::from_der(validity) {
        Ok((_, v)) => (Some(Time::from_unix(v.not_before.timestamp())), Some(Time::from_unix(v.not_after.timestamp()))),
        Err(_) => (None, None),
    }
}

/// The dotted form of an OID's content octets (X.690, 8.19).
pub(crate) fn oid_text(content: &[u8]) -> String {
    let oid = asn1_rs::Oid::new(content.into());
    // `to_id_string` makes a string of each arc first; every extension of every certificate comes here.
    let Some(arcs) = oid.iter() else { return oid.to_id_string() };
    let mut text = String::with_capacity(content.len() * 4);
    let mut digits = itoa::Buffer::new();
    for arc in arcs {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(digits.format(arc));
    }
    text
}

/// Lower-case hexadecimal digits, two an octet.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for digit in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.push(char::from(hex_digit(digit)));
    }
    text
}

/// The lower-case digit of a value below 16.
fn hex_digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' - 10 + value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oids_are_written_as_any_parser_writes_them() {
        for dotted in ["2.5.29.19", "1.2.840.113549.1.1.11", "0.9.2342.19200300.100.1.25", "2.23.140.1.2.1"] {
            let oid: Vec<u64> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
            assert_eq!(oid_text(asn1_rs::Oid::from(&oid).unwrap().as_bytes()), dotted);
        }
        // An arc of 65 bits, one that is cut short, one with a leading zero, and none.
        for odd in
            [&[0x2a, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0][..], &[0x2a, 0x86], &[0x2a, 0x80, 1], &[]]
        {
            assert_eq!(oid_text(odd), asn1_rs::Oid::new(odd.into()).to_id_string());
        }
    }

    #[test]
    fn digits_are_those_of_each_octet() {
        assert_eq!(hex(&[0, 0x0f, 0xa5, 0xff]), "000fa5ff");
    }
}
