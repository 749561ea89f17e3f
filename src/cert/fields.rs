//! What a certificate's extensions and key say, read once and only when asked for.

use std::net::IpAddr;

use asn1_rs::Tag;
use x509_parser::extensions::{
    AuthorityInfoAccess, AuthorityKeyIdentifier, GeneralName as X509GeneralName, GeneralSubtree,
    NameConstraints as X509NameConstraints, ParsedExtension, X509Extension,
};
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};

use super::der::{Walk, tag, without_zeros};
use super::names::Names;
use super::oid_text;

/// A name in a subjectAltName, a name constraint or an access description (RFC 5280 §4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GeneralName {
    /// A DNS name; in a constraint a domain, perhaps with a leading dot.
    Dns(String),
    /// Four or 16 bytes; in a constraint eight or 32, address and mask.
    Ip(Vec<u8>),
    /// An e-mail address; in a constraint also a host or a domain.
    Email(String),
    /// A URI; in a constraint a host or a domain.
    Uri(String),
    /// A distinguished name, DER.
    Directory(Vec<u8>),
    /// An e-mail address whose local part is not ASCII: the otherName SmtpUTF8Mailbox (RFC 9598 §3).
    Utf8Email(String),
    /// Any other form, by its context tag (0 any other otherName, 3 x400Address, 5 ediPartyName, 8 registeredID).
    Other(u8),
}

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// The cA boolean.
    pub ca: bool,
    /// pathLenConstraint: how many non-self-issued intermediates may follow below.
    pub path_len: Option<u32>,
}

/// keyUsage bits (RFC 5280 §4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// Bit 0.
    pub fn digital_signature(self) -> bool {
        self.0 & 1 != 0
    }

    /// Bit 2.
    pub fn key_encipherment(self) -> bool {
        self.0 & (1 << 2) != 0
    }

    /// Bit 4.
    pub fn key_agreement(self) -> bool {
        self.0 & (1 << 4) != 0
    }

    /// Bit 5.
    pub fn key_cert_sign(self) -> bool {
        self.0 & (1 << 5) != 0
    }

    /// Bit 6.
    pub fn crl_sign(self) -> bool {
        self.0 & (1 << 6) != 0
    }
}

/// nameConstraints (RFC 5280 §4.2.1.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Names below must lie in one of these, for each form that is listed.
    pub permitted: Names,
    /// Names below must lie in none of these.
    pub excluded: Names,
}

/// authorityKeyIdentifier (RFC 5280 §4.2.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyId {
    /// keyIdentifier: the issuer's subjectKeyIdentifier.
    pub key_id: Option<Vec<u8>>,
    /// authorityCertIssuer: DER names of the issuer's issuer.
    pub issuer: Vec<Vec<u8>>,
    /// authorityCertSerialNumber: the issuer's serial number.
    pub serial: Option<Vec<u8>>,
}

/// An extension as it stands, for what has no field of its own here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Dotted object identifier.
    pub oid: String,
    /// The critical flag.
    pub critical: bool,
    /// The content of extnValue.
    pub value: Vec<u8>,
}

/// A part of a certificate that does not read as its standard says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Which part, in the standard's word: `subjectAltName`, `validity`, an OID …
    pub what: String,
    /// What is wrong with it.
    pub why: String,
}

/// What stands for the name of a curve that has none: the certificate describes it instead.
pub const EXPLICIT_PARAMETERS: &str = "explicit parameters";

/// What kind of key, and how large.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA with a modulus of so many bits.
    Rsa(usize),
    /// An elliptic curve, by the name of its OID's standard: `P-256`, or the dotted OID, or
    /// [`EXPLICIT_PARAMETERS`].
    Ec(String),
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// DSA.
    Dsa,
    /// Anything else, by dotted OID.
    Other(String),
}

/// The parsed content of a certificate beyond its outline.
#[derive(Clone, Debug)]
pub struct Fields {
    /// basicConstraints, if present.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage, if present.
    pub key_usage: Option<KeyUsage>,
    /// extKeyUsage as dotted OIDs, if present.
    pub extended_key_usage: Option<Vec<String>>,
    /// subjectAltName, if present.
    pub subject_alt_names: Option<Names>,
    /// nameConstraints, if present.
    pub name_constraints: Option<NameConstraints>,
    /// authorityKeyIdentifier, if present.
    pub authority_key_id: Option<AuthorityKeyId>,
    /// subjectKeyIdentifier, if present.
    pub subject_key_id: Option<Vec<u8>>,
    /// caIssuers URLs of authorityInfoAccess, all schemes, in order (RFC 5280 §4.2.2.1).
    pub ca_issuers: Vec<String>,
    /// True where the precertificate poison is present (RFC 6962 §3.1).
    pub precertificate: bool,
    /// All extensions in order.
    pub extensions: Vec<Extension>,
    /// What could not be read.
    pub malformed: Vec<Malformed>,
    /// The key.
    pub key: KeyKind,
}

/// Dotted OIDs of the extensions that are known here, and of the access method in one of them.
pub(crate) mod oid {
    pub(crate) const SUBJECT_KEY_ID: &str = "2.5.29.14";
    pub(crate) const KEY_USAGE: &str = "2.5.29.15";
    pub(crate) const SUBJECT_ALT_NAME: &str = "2.5.29.17";
    pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
    pub(crate) const NAME_CONSTRAINTS: &str = "2.5.29.30";
    pub(crate) const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
    pub(crate) const CERTIFICATE_POLICIES: &str = "2.5.29.32";
    pub(crate) const POLICY_MAPPINGS: &str = "2.5.29.33";
    pub(crate) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
    pub(crate) const POLICY_CONSTRAINTS: &str = "2.5.29.36";
    pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
    pub(crate) const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
    pub(crate) const AUTHORITY_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";
    pub(crate) const PRECERTIFICATE_POISON: &str = "1.3.6.1.4.1.11129.2.4.3";
    pub(crate) const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";
    pub(crate) const SMTP_UTF8_MAILBOX: &str = "1.3.6.1.5.5.7.8.9";
    pub(crate) const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
}

/// The standard's word for an extension, where it has one here.
pub fn extension_name(dotted: &str) -> &str {
    match dotted {
        oid::SUBJECT_KEY_ID => "subjectKeyIdentifier",
        oid::KEY_USAGE => "keyUsage",
        oid::SUBJECT_ALT_NAME => "subjectAltName",
        oid::BASIC_CONSTRAINTS => "basicConstraints",
        oid::NAME_CONSTRAINTS => "nameConstraints",
        oid::CRL_DISTRIBUTION_POINTS => "cRLDistributionPoints",
        oid::CERTIFICATE_POLICIES => "certificatePolicies",
        oid::POLICY_MAPPINGS => "policyMappings",
        oid::AUTHORITY_KEY_ID => "authorityKeyIdentifier",
        oid::POLICY_CONSTRAINTS => "policyConstraints",
        oid::EXTENDED_KEY_USAGE => "extKeyUsage",
        oid::INHIBIT_ANY_POLICY => "inhibitAnyPolicy",
        oid::AUTHORITY_INFO_ACCESS => "authorityInfoAccess",
        other => other,
    }
}

/// Extensions of one certificate that are read. Real ones have ten or so, the most that CAs were
/// seen to issue about twenty; past this the certificate is malformed.
pub const MAX_EXTENSIONS: usize = 128;

/// Key purposes of one certificate that are read: the most in real CAs are some twenty.
pub const MAX_PURPOSES: usize = 128;

/// caIssuers locations of one certificate that are read. Real ones have up to four, and no more
/// than five are asked.
pub const MAX_CA_ISSUERS: usize = 128;

/// Names of authorityCertIssuer that are read: a certificate has one issuer, under one name.
pub const MAX_AUTHORITY_NAMES: usize = 8;

impl Fields {
    /// Reads SubjectPublicKeyInfo and the content of the extensions' SEQUENCE OF. Each extension
    /// is read for itself: one that is broken is listed in `malformed`, and the others count.
    pub(super) fn read(spki: &[u8], extensions: &[u8]) -> Self {
        let mut fields = Self {
            basic_constraints: None,
            key_usage: None,
            extended_key_usage: None,
            subject_alt_names: None,
            name_constraints: None,
            authority_key_id: None,
            subject_key_id: None,
            ca_issuers: Vec::new(),
            precertificate: false,
            extensions: Vec::new(),
            malformed: Vec::new(),
            key: KeyKind::Other(String::new()),
        };
        fields.read_key(spki);
        let mut walk = Walk::new(extensions);
        let mut read = 0;
        while !walk.is_empty() {
            let Some(element) = walk.next() else {
                fields.fault("extensions", "not valid DER");
                break;
            };
            if read == MAX_EXTENSIONS {
                fields.fault("extensions", "are more than can be read");
                break;
            }
            read += 1;
            fields.read_extension(extensions.get(element.whole).unwrap_or_default());
        }
        fields
    }

    /// The keyIdentifier of authorityKeyIdentifier, which is the issuer's subjectKeyIdentifier
    /// (RFC 5280 §4.2.1.1); `None` where the certificate names none.
    pub fn issuer_key_id(&self) -> Option<&[u8]> {
        self.authority_key_id.as_ref()?.key_id.as_deref()
    }

    fn fault(&mut self, what: &str, why: &str) {
        self.malformed.push(Malformed { what: what.to_owned(), why: why.to_owned() });
    }

    fn read_key(&mut self, spki: &[u8]) {
        let Ok((_, info)) = SubjectPublicKeyInfo::from_der(spki) else {
            self.fault("subjectPublicKeyInfo", "not valid DER");
            return;
        };
        let algorithm = oid_text(info.algorithm.algorithm.as_bytes());
        self.key = match algorithm.as_str() {
            "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => match rsa_bits(&info.subject_public_key.data) {
                Some(bits) => KeyKind::Rsa(bits),
                None => {
                    self.fault("subjectPublicKeyInfo", "not a valid RSA key");
                    KeyKind::Other(algorithm)
                }
            },
            "1.2.840.10045.2.1" => {
                // Not by `as_oid`, which takes whatever has content for an object identifier.
                let named = info.algorithm.parameters.as_ref().filter(|parameters| parameters.tag() == Tag::Oid);
                let curve = named.map(|oid| oid_text(oid.data));
                KeyKind::Ec(match curve.as_deref() {
                    Some("1.2.840.10045.3.1.7") => "P-256".into(),
                    Some("1.3.132.0.34") => "P-384".into(),
                    Some("1.3.132.0.35") => "P-521".into(),
                    Some(other) => other.into(),
                    None => EXPLICIT_PARAMETERS.into(),
                })
            }
            "1.3.101.112" => KeyKind::Ed25519,
            "1.3.101.113" => KeyKind::Ed448,
            "1.2.840.10040.4.1" => KeyKind::Dsa,
            _ => KeyKind::Other(algorithm),
        };
    }

    fn read_extension(&mut self, der: &[u8]) {
        let extension = match X509Extension::from_der(der) {
            Ok((_, extension)) => extension,
            Err(_) => return self.fault("extensions", "an extension is not valid DER"),
        };
        let dotted = oid_text(extension.oid.as_bytes());
        if self.extensions.iter().any(|e| e.oid == dotted) {
            // RFC 5280 §4.2: no more than one instance of an extension.
            self.fault(extension_name(&dotted), "stands twice");
        }
        if dotted == oid::PRECERTIFICATE_POISON {
            self.precertificate = true;
        }
        self.read_parsed(&extension, extension_name(&dotted));
        let value = extension.value.to_vec();
        self.extensions.push(Extension { oid: dotted, critical: extension.critical, value });
    }

    fn read_parsed(&mut self, extension: &X509Extension<'_>, name: &str) {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(bc) => {
                self.basic_constraints = Some(BasicConstraints { ca: bc.ca, path_len: bc.path_len_constraint });
            }
            ParsedExtension::KeyUsage(ku) => self.key_usage = Some(KeyUsage(ku.flags)),
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(aki) => self.authority_key_id = Some(authority_key_id(aki)),
            ParsedExtension::ExtendedKeyUsage(_) => {
                let purposes = key_purposes(extension.value);
                if purposes.len() > MAX_PURPOSES {
                    self.fault(name, "has more purposes than can be read");
                }
                self.extended_key_usage = Some(purposes);
            }
            ParsedExtension::SubjectAlternativeName(san) => self.read_names(&san.general_names),
            ParsedExtension::NameConstraints(nc) => self.name_constraints = Some(name_constraints(nc)),
            ParsedExtension::AuthorityInfoAccess(aia) => self.read_ca_issuers(aia),
            ParsedExtension::ParseError { error } => self.fault(name, &format!("does not parse: {error}")),
            _ => {}
        }
    }

    fn read_ca_issuers(&mut self, access: &AuthorityInfoAccess<'_>) {
        let issuers = access.iter().filter(|a| oid_text(a.access_method.as_bytes()) == oid::CA_ISSUERS);
        let urls = issuers.filter_map(|access| match &access.access_location {
            X509GeneralName::URI(uri) => Some((*uri).to_owned()),
            _ => None,
        });
        let room = MAX_CA_ISSUERS.saturating_sub(self.ca_issuers.len());
        self.ca_issuers.extend(urls.take(room));
    }

    fn read_names(&mut self, names: &[X509GeneralName<'_>]) {
        if names.iter().any(|n| matches!(n, X509GeneralName::IPAddress(b) if ip_address(b).is_none())) {
            self.fault("subjectAltName", "an IP address that is neither 4 nor 16 bytes long");
        }
        self.subject_alt_names = Some(names.iter().map(general_name).collect());
    }
}

/// The address of an iPAddress name (RFC 5280 §4.2.1.6); `None` unless there are four or 16 bytes.
pub fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(v4));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// How many bits the modulus of an RSAPublicKey has (RFC 8017 §A.1.1); an id-RSASSA-PSS key has the
/// same form (RFC 4055 §1.2).
fn rsa_bits(key: &[u8]) -> Option<usize> {
    let sequence = Walk::new(key).expect(tag::SEQUENCE)?;
    let mut numbers = Walk::within(key, &sequence.body);
    let modulus = key.get(numbers.expect(tag::INTEGER)?.body)?;
    numbers.expect(tag::INTEGER)?;
    let modulus = without_zeros(modulus);
    Some(modulus.len() * 8 - modulus.first()?.leading_zeros() as usize)
}

fn authority_key_id(aki: &AuthorityKeyIdentifier<'_>) -> AuthorityKeyId {
    let issuer = aki.authority_cert_issuer.iter().flatten().filter_map(|name| match name {
        X509GeneralName::DirectoryName(name) => Some(name.as_raw().to_vec()),
        _ => None,
    });
    AuthorityKeyId {
        key_id: aki.key_identifier.as_ref().map(|id| id.0.to_vec()),
        issuer: issuer.take(MAX_AUTHORITY_NAMES).collect(),
        serial: aki.authority_cert_serial.map(<[u8]>::to_vec),
    }
}

fn name_constraints(constraints: &X509NameConstraints<'_>) -> NameConstraints {
    let list =
        |trees: &Option<Vec<GeneralSubtree<'_>>>| trees.iter().flatten().map(|tree| general_name(&tree.base)).collect();
    NameConstraints { permitted: list(&constraints.permitted_subtrees), excluded: list(&constraints.excluded_subtrees) }
}

fn key_purposes(value: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    let mut top = Walk::new(value);
    let Some(sequence) = top.next() else { return out };
    let mut walk = Walk::within(value, &sequence.body);
    while out.len() <= MAX_PURPOSES
        && let Some(purpose) = walk.next()
    {
        out.push(oid_text(value.get(purpose.body).unwrap_or_default()));
    }
    out
}

/// The UTF8String within the explicit tag of an otherName's value (RFC 9598 §3).
fn utf8_email(value: &[u8]) -> Option<String> {
    let explicit = Walk::new(value).expect(tag::CONTEXT_0)?;
    let text = Walk::within(value, &explicit.body).expect(tag::UTF8_STRING)?;
    String::from_utf8(value.get(text.body)?.to_vec()).ok()
}

/// Whether an EDIPartyName has its `[1]` (RFC 5280 §4.2.1.6).
fn has_party_name(names: &[u8]) -> bool {
    let mut walk = Walk::new(names);
    std::iter::from_fn(|| walk.next()).any(|name| name.tag == 0xa1)
}

fn general_name(name: &X509GeneralName<'_>) -> GeneralName {
    match name {
        X509GeneralName::DNSName(dns) => GeneralName::Dns((*dns).to_owned()),
        X509GeneralName::IPAddress(ip) => GeneralName::Ip(ip.to_vec()),
        X509GeneralName::RFC822Name(email) => GeneralName::Email((*email).to_owned()),
        X509GeneralName::URI(uri) => GeneralName::Uri((*uri).to_owned()),
        X509GeneralName::DirectoryName(name) => GeneralName::Directory(name.as_raw().to_vec()),
        X509GeneralName::OtherName(kind, value) if oid_text(kind.as_bytes()) == oid::SMTP_UTF8_MAILBOX => {
            utf8_email(value).map_or(GeneralName::Other(u8::MAX), GeneralName::Utf8Email)
        }
        X509GeneralName::OtherName(..) => GeneralName::Other(0),
        X509GeneralName::X400Address(_) => GeneralName::Other(3),
        // §4.2.1.6: partyName must be there. OpenSSL reads no extension with such a name.
        X509GeneralName::EDIPartyName(names) if !has_party_name(names.data) => GeneralName::Other(u8::MAX),
        X509GeneralName::EDIPartyName(_) => GeneralName::Other(5),
        X509GeneralName::RegisteredID(_) => GeneralName::Other(8),
        _ => GeneralName::Other(u8::MAX),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn public_key(modulus: &[u8]) -> Vec<u8> {
        let length = |n: usize| u8::try_from(n).unwrap();
        let integer = [&[tag::INTEGER, length(modulus.len())], modulus, &[tag::INTEGER, 3, 1, 0, 1]].concat();
        [&[tag::SEQUENCE, length(integer.len())][..], &integer].concat()
    }

    #[test]
    fn bits_of_a_modulus_are_counted_exactly() {
        for (modulus, bits) in [
            (&[0x00, 0x80, 0x01][..], Some(16)),
            (&[0x7f, 0x01], Some(15)),
            (&[0x01, 0x01], Some(9)),
            (&[0x80, 0x01], Some(16)),
            (&[0x00, 0x00, 0x01], Some(1)),
            (&[0x00], None),
        ] {
            assert_eq!(rsa_bits(&public_key(modulus)), bits, "{modulus:02x?}");
        }
        assert_eq!(rsa_bits(&[tag::SEQUENCE, 3, tag::INTEGER, 1, 7]), None, "no exponent");
    }

    /// rsaEncryption and id-RSASSA-PSS: the key is written alike.
    #[test]
    fn rsa_keys_of_both_kinds_are_read() {
        for last in [1, 10] {
            let algorithm = [tag::SEQUENCE, 11, tag::OID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last];
            let key = public_key(&[0x00, 0x80, 0x01]);
            let bits = [&[tag::BIT_STRING, u8::try_from(key.len()).unwrap() + 1, 0][..], &key].concat();
            let length = u8::try_from(algorithm.len() + bits.len()).unwrap();
            let fields = Fields::read(&[&[tag::SEQUENCE, length][..], &algorithm, &bits].concat(), &[]);
            assert_eq!((fields.key, fields.malformed), (KeyKind::Rsa(16), Vec::new()));
        }
    }
}
