//! Drawn PKIs: certificates made by the test that needs them, with fixed dates.
//!
//! ```text
//! let root = Ca::root("Acme Root G2");
//! let ca = root.issue_ca("Acme TLS CA 2");
//! let leaf = ca.issue_leaf(&["shop.example.com"]);
//! let cross = other_root.certify(&root);                        // same name, same key
//! let twin = root.issue(ca.again().until("2060-01-01"));        // another certificate of `ca`
//! let stranger = root.issue(ca.again().key(Kind::P256));        // same name, another key
//! ```
//!
//! Keys are made anew in each run; names, dates, serials and extensions are the same in every run.

use std::sync::Arc;

use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, ExtendedKeyUsagePurpose, GeneralSubtree, Issuer, KeyPair,
    KeyUsagePurpose, NameConstraints, SanType, SerialNumber, SubjectPublicKeyInfo,
};
use sha2::{Digest, Sha256};

// By path: the samples and the benchmarks include this file from elsewhere.
#[path = "encode.rs"]
mod encode;
#[path = "keys.rs"]
mod keys;
#[path = "names.rs"]
mod names;

pub use encode::{
    armour, ca_issuers, der, fingerprint, hex, mapping_to_any, pem, pkcs7, pkcs7_ber, pkcs7_pem, policies, unsigned,
};
use keys::is_of_usual_length;
pub use keys::{Kind, key_id};
pub use names::{alternative_name, common_name, printable_name, subtree};

/// Every certificate is valid from here unless told otherwise.
pub const NOT_BEFORE: &str = "2024-01-01";
/// Leaves and intermediates are valid until here unless told otherwise.
pub const NOT_AFTER: &str = "2054-01-01";
/// Roots are valid until here: longer than what they issue, as real ones are.
pub const ROOT_NOT_AFTER: &str = "2064-01-01";

/// A certificate that issues others reads better by this name.
pub type Ca = Cert;

/// basicConstraints of a certificate to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basic {
    /// No extension.
    Absent,
    /// `CA:FALSE`.
    NotCa,
    /// `CA:TRUE`, and a path length if there is one.
    Ca(Option<u8>),
}

/// authorityKeyIdentifier of a certificate to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aki {
    /// The issuer's key id.
    Right,
    /// No extension.
    Absent,
    /// This key id.
    KeyId(Vec<u8>),
    /// The issuer's key id, and the issuer's issuer and serial, which then have to fit as well.
    IssuerAndSerial(DistinguishedName, u64),
}

/// What a certificate is to hold, before it is issued.
#[derive(Clone, Debug)]
pub struct Template {
    pub subject: DistinguishedName,
    pub names: Vec<SanType>,
    pub basic: Basic,
    pub not_before: String,
    pub not_after: String,
    pub usages: Vec<KeyUsagePurpose>,
    pub purposes: Vec<ExtendedKeyUsagePurpose>,
    pub permitted: Vec<GeneralSubtree>,
    pub excluded: Vec<GeneralSubtree>,
    pub aki: Aki,
    pub ski: bool,
    pub aia: Vec<String>,
    pub serial: Option<u64>,
    pub extensions: Vec<CustomExtension>,
    /// The issuer field, where it is not to be written as the issuer's subject is.
    pub issuer_name: Option<DistinguishedName>,
    pub tampered: bool,
    /// Names a signature algorithm that does not exist.
    pub odd_algorithm: bool,
    pub key: Arc<KeyPair>,
    /// A public key (SPKI) in place of the key's own, for which nobody has the private one.
    pub public_key: Option<Vec<u8>>,
}

impl Template {
    /// A CA with this common name and a new P-256 key.
    pub fn ca(name: &str) -> Self {
        Self {
            basic: Basic::Ca(None),
            usages: vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign],
            ..Self::blank(common_name(name))
        }
    }

    /// A server's leaf for these DNS names and addresses; the first is also its common name.
    pub fn leaf(names: &[&str]) -> Self {
        Self {
            names: names.iter().map(|name| alternative_name(name)).collect(),
            basic: Basic::NotCa,
            usages: vec![KeyUsagePurpose::DigitalSignature],
            purposes: vec![ExtendedKeyUsagePurpose::ServerAuth],
            ..Self::blank(common_name(names.first().copied().unwrap_or_default()))
        }
    }

    fn blank(subject: DistinguishedName) -> Self {
        Self {
            subject,
            names: Vec::new(),
            basic: Basic::Absent,
            not_before: NOT_BEFORE.to_owned(),
            not_after: NOT_AFTER.to_owned(),
            usages: Vec::new(),
            purposes: Vec::new(),
            permitted: Vec::new(),
            excluded: Vec::new(),
            aki: Aki::Right,
            ski: true,
            aia: Vec::new(),
            serial: None,
            extensions: Vec::new(),
            issuer_name: None,
            tampered: false,
            odd_algorithm: false,
            public_key: None,
            key: Kind::P256.generate(),
        }
    }

    /// Valid from midnight (UTC) of this day: `2024-01-01`.
    pub fn from(mut self, day: &str) -> Self {
        self.not_before = day.to_owned();
        self
    }

    /// Valid until midnight (UTC) of this day.
    pub fn until(mut self, day: &str) -> Self {
        self.not_after = day.to_owned();
        self
    }

    /// pathLenConstraint; makes it a CA.
    pub fn pathlen(mut self, length: u8) -> Self {
        self.basic = Basic::Ca(Some(length));
        self
    }

    pub fn basic(mut self, basic: Basic) -> Self {
        self.basic = basic;
        self
    }

    /// keyUsage; none leaves the extension out.
    pub fn usages(mut self, usages: &[KeyUsagePurpose]) -> Self {
        self.usages = usages.to_vec();
        self
    }

    /// extendedKeyUsage; none leaves the extension out.
    pub fn purposes(mut self, purposes: &[ExtendedKeyUsagePurpose]) -> Self {
        self.purposes = purposes.to_vec();
        self
    }

    /// One more permitted subtree.
    pub fn permit(mut self, subtree: GeneralSubtree) -> Self {
        self.permitted.push(subtree);
        self
    }

    /// One more excluded subtree.
    pub fn exclude(mut self, subtree: GeneralSubtree) -> Self {
        self.excluded.push(subtree);
        self
    }

    pub fn aki(mut self, aki: Aki) -> Self {
        self.aki = aki;
        self
    }

    /// Without subjectKeyIdentifier.
    pub fn no_ski(mut self) -> Self {
        self.ski = false;
        self
    }

    /// One more caIssuers URL.
    pub fn aia(mut self, url: &str) -> Self {
        self.aia.push(url.to_owned());
        self
    }

    pub fn serial(mut self, serial: u64) -> Self {
        self.serial = Some(serial);
        self
    }

    /// One more extension: its OID, whether it is critical, its DER.
    pub fn extension(mut self, oid: &[u64], critical: bool, content: Vec<u8>) -> Self {
        let mut extension = CustomExtension::from_oid_content(oid, content);
        extension.set_criticality(critical);
        self.extensions.push(extension);
        self
    }

    /// Writes the issuer field like this.
    pub fn issuer_name(mut self, name: DistinguishedName) -> Self {
        self.issuer_name = Some(name);
        self
    }

    /// Flips a bit of the signature.
    pub fn tampered(mut self) -> Self {
        self.tampered = true;
        self
    }

    /// With a signature algorithm that nobody knows: ecdsa-with-SHA256's OID, its last arc changed.
    pub fn odd_algorithm(mut self) -> Self {
        self.odd_algorithm = true;
        self
    }

    /// With an RSA key of 1024 bits, of which only the public half exists.
    pub fn weak_key(mut self) -> Self {
        let mut modulus: Vec<u8> = (0..4u8).flat_map(|n| Sha256::digest([n])).collect();
        modulus[0] |= 0x80;
        modulus[127] |= 1;
        modulus.insert(0, 0);
        let key = der(0x30, &[der(0x02, &modulus), vec![0x02, 3, 1, 0, 1]].concat());
        let rsa = [0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0];
        self.public_key = Some(der(0x30, &[rsa.to_vec(), der(0x03, &[vec![0], key].concat())].concat()));
        self
    }

    /// A new key of this kind.
    pub fn key(mut self, kind: Kind) -> Self {
        self.key = kind.generate();
        self
    }

    /// The key of another certificate.
    pub fn key_of(mut self, other: &Cert) -> Self {
        self.key = Arc::clone(&other.template.key);
        self
    }

    /// Signed by its own key.
    pub fn self_signed(self) -> Cert {
        let (name, key) = (self.subject.clone(), Arc::clone(&self.key));
        self.signed(&name, &key)
    }

    /// Issued by whoever has this template's name and key, in whatever certificate: two CAs can so
    /// certify each other.
    pub fn issued_by(self, issuer: &Template) -> Cert {
        self.signed(&issuer.subject, &issuer.key)
    }

    fn signed(self, issuer: &DistinguishedName, issuer_key: &Arc<KeyPair>) -> Cert {
        let key_id = key_id(issuer_key);
        let mut params = CertificateParams::default();
        params.distinguished_name = self.subject.clone();
        params.subject_alt_names = self.names.clone();
        let ((y, m, d), (y2, m2, d2)) = (day(&self.not_before), day(&self.not_after));
        params.not_before = rcgen::date_time_ymd(y, m, d);
        params.not_after = rcgen::date_time_ymd(y2, m2, d2);
        params.key_usages = self.usages.clone();
        params.extended_key_usages = self.purposes.clone();
        params.serial_number = Some(SerialNumber::from(self.serial.unwrap_or_else(|| self.usual_serial(issuer))));
        if !self.permitted.is_empty() || !self.excluded.is_empty() {
            params.name_constraints = Some(NameConstraints {
                permitted_subtrees: self.permitted.clone(),
                excluded_subtrees: self.excluded.clone(),
            });
        }
        params.custom_extensions = self.own_extensions(&key_id);

        let mut names = CertificateParams::default();
        names.distinguished_name = self.issuer_name.clone().unwrap_or_else(|| issuer.clone());
        let issuer = Issuer::from_params(&names, &**issuer_key);
        let sign = || match &self.public_key {
            None => params.signed_by(&*self.key, &issuer),
            Some(spki) => params.signed_by(&SubjectPublicKeyInfo::from_der(spki).expect("a public key"), &issuer),
        };
        let mut der = loop {
            let der = sign().expect("a certificate can be signed").der().to_vec();
            if is_of_usual_length(&der, issuer_key) {
                break der;
            }
        };
        if self.odd_algorithm {
            replace_all(
                &mut der,
                &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
                &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 0x7f],
            );
        }
        if self.tampered {
            // The last byte belongs to the signature whatever the algorithm.
            *der.last_mut().expect("DER is not empty") ^= 1;
        }
        Cert { der, template: self }
    }

    /// The extensions that rcgen does not write, or not as freely as a broken certificate needs.
    fn own_extensions(&self, issuer_key_id: &[u8]) -> Vec<CustomExtension> {
        let mut extensions = Vec::new();
        match self.basic {
            Basic::Absent => {}
            Basic::NotCa => extensions.push(critical(&[2, 5, 29, 19], der(0x30, &[]))),
            Basic::Ca(length) => {
                let length = length.map(|n| der(0x02, &[n])).unwrap_or_default();
                extensions.push(critical(&[2, 5, 29, 19], der(0x30, &[vec![0x01, 0x01, 0xff], length].concat())));
            }
        }
        if self.ski {
            extensions.push(plain(&[2, 5, 29, 14], der(0x04, &key_id(&self.key))));
        }
        match &self.aki {
            Aki::Absent => {}
            Aki::Right => extensions.push(plain(&[2, 5, 29, 35], der(0x30, &der(0x80, issuer_key_id)))),
            Aki::KeyId(id) => extensions.push(plain(&[2, 5, 29, 35], der(0x30, &der(0x80, id)))),
            Aki::IssuerAndSerial(name, serial) => {
                let name = der(0xa1, &der(0xa4, &name_der(name)));
                let parts = [der(0x80, issuer_key_id), name, der(0x82, &unsigned(*serial))].concat();
                extensions.push(plain(&[2, 5, 29, 35], der(0x30, &parts)));
            }
        }
        if !self.aia.is_empty() {
            extensions.push(plain(&[1, 3, 6, 1, 5, 5, 7, 1, 1], ca_issuers(&self.aia)));
        }
        extensions.extend(self.extensions.iter().cloned());
        extensions
    }

    /// A serial that is the same in every run, and another for each certificate of an issuer that
    /// differs in what it says.
    fn usual_serial(&self, issuer: &DistinguishedName) -> u64 {
        let what = format!(
            "{:?}{issuer:?}{:?}{}{}{:?}{:?}{:?}",
            self.subject, self.names, self.not_before, self.not_after, self.basic, self.purposes, self.serial
        );
        let hash = Sha256::digest(what.as_bytes());
        u64::from_be_bytes(hash[..8].try_into().expect("eight bytes")) >> 1 | 1 << 62
    }
}

/// A certificate, its key, and what it was made from.
#[derive(Clone, Debug)]
pub struct Cert {
    der: Vec<u8>,
    template: Template,
}

impl Cert {
    /// A self-signed CA.
    pub fn root(name: &str) -> Self {
        Template::ca(name).until(ROOT_NOT_AFTER).self_signed()
    }

    /// Issues what the template says.
    pub fn issue(&self, template: Template) -> Cert {
        template.issued_by(&self.template)
    }

    /// Issues a CA without more.
    pub fn issue_ca(&self, name: &str) -> Cert {
        self.issue(Template::ca(name))
    }

    /// Issues a server's leaf.
    pub fn issue_leaf(&self, names: &[&str]) -> Cert {
        self.issue(Template::leaf(names))
    }

    /// Certifies another CA: its name and its key, signed by this one.
    pub fn certify(&self, other: &Cert) -> Cert {
        self.issue(other.again())
    }

    /// What this certificate was made from, key included: for twins and cross-certificates.
    pub fn again(&self) -> Template {
        Template { serial: None, issuer_name: None, tampered: false, odd_algorithm: false, ..self.template.clone() }
    }

    pub fn template(&self) -> &Template {
        &self.template
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn pem(&self) -> String {
        pem(&[self])
    }

    /// SHA-256 of the DER, lower-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.der)
    }

    /// The key id in hexadecimal, which its SKI and its children's AKI hold.
    pub fn key_id(&self) -> Vec<u8> {
        key_id(&self.template.key)
    }

    /// PKCS#8.
    pub fn private_key_der(&self) -> Vec<u8> {
        self.template.key.serialize_der()
    }

    /// PKCS#8 between BEGIN PRIVATE KEY and END PRIVATE KEY.
    pub fn private_key_pem(&self) -> String {
        armour("PRIVATE KEY", &self.private_key_der())
    }

    /// A certificate signing request of the same subject and key, as PEM.
    pub fn request_pem(&self) -> String {
        let mut params = CertificateParams::default();
        params.distinguished_name = self.template.subject.clone();
        let request = params.serialize_request(&*self.template.key).expect("a request can be signed");
        armour("CERTIFICATE REQUEST", request.der())
    }
}

/// A name's DER, by way of a certificate that bears it.
fn name_der(name: &DistinguishedName) -> Vec<u8> {
    let cert = Template::blank(name.clone()).self_signed();
    let (_, parsed) = x509_parser::parse_x509_certificate(&cert.der).expect("rcgen writes certificates");
    parsed.subject().as_raw().to_vec()
}

fn plain(oid: &[u64], content: Vec<u8>) -> CustomExtension {
    CustomExtension::from_oid_content(oid, content)
}

fn critical(oid: &[u64], content: Vec<u8>) -> CustomExtension {
    let mut extension = plain(oid, content);
    extension.set_criticality(true);
    extension
}

/// Both of the same length, so that the DER around it stays right.
fn replace_all(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    for i in 0..bytes.len().saturating_sub(from.len()) {
        if bytes[i..].starts_with(from) {
            bytes[i..i + from.len()].copy_from_slice(to);
        }
    }
}

/// Year, month and day of `YYYY-MM-DD`.
fn day(text: &str) -> (i32, u8, u8) {
    let parts: Vec<i32> = text.split('-').map(|n| n.parse().expect("a number")).collect();
    assert_eq!(parts.len(), 3, "`{text}` is no YYYY-MM-DD");
    (parts[0], parts[1] as u8, parts[2] as u8)
}
