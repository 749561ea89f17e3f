//! The drawn PKI of the case files, and the lines by which a case changes it.
//!
//! Every case begins with these certificates ([`STANDARD`]), made anew, valid from 2024 to 2054:
//!
//! ```text
//!  root "Acme Root G2"          oldroot "Acme Root G1"     self-signed; roots.pem holds root only
//!   │      ┌──────────────────────┤                │
//!   │    cross "Acme Root G2"     │              stranger "Stray CA"
//!   │    (root's name and key)    │
//!  ca1 "Acme Policy CA"         xca1 (ca1's name and key)
//!   │
//!   ├── ca2 "Acme TLS CA 2" ──── leaf shop.example.com, other blog.example.com
//!   ├── ca2old, ca2new            ca2's name and key; one expired 2026-01-01, one until 2060
//!   └── samename                  ca2's name, another key
//! ```
//!
//! `leaf`, `ca2` and `ca1` name `/ca2.crt`, `/ca1.crt` and `/root.crt` as their caIssuers URLs, on
//! the case's own server, which gives 404 until the case says what it serves.
//!
//! A line defines a certificate or adds to one:
//!
//! ```text
//! ca3 = ca "Acme TLS CA 3" by ca1 pathlen 0      a CA; `root "…"` is self-signed; `leaf NAME,…` a leaf
//! twin = again ca2 by ca1 until 2060-01-01       name, key and the rest of ca2
//! leaf += until 2026-10-02                       the standard leaf, changed; what it issued follows
//! ```
//!
//! | option | |
//! |---|---|
//! | `by NAME` | the issuer; without it self-signed. Two CAs may name each other |
//! | `from DAY`, `until DAY` | midnight UTC |
//! | `pathlen N`, `is-ca`, `not-ca`, `no-basic` | basicConstraints |
//! | `ku sign,crl,digital,encipher,agree`, `ku none` | keyUsage |
//! | `eku server,client,code,mail,any`, `eku none` | extendedKeyUsage |
//! | `permit FORM:VALUE`, `exclude FORM:VALUE` | a name constraint: `dns:`, `ip:`, `mail:`, `dir:` |
//! | `san NAME,…`, `san none`, `cn "…"` | other names |
//! | `aia URL` (repeatable), `aia none` | caIssuers; a path is one of the case's server |
//! | `aki NAME`, `aki none`, `aki serial:N` | the key id of another; left out; with the issuer's name and this serial |
//! | `no-ski`, `serial N`, `tampered` | the last: a bit of the signature flipped |
//! | `critical`, `poison`, `malformed` | a critical extension that nobody knows; that of a precertificate; a keyUsage that is no DER (with `ku none`) |
//! | `policy any,N`, `require-policy N`, `map N` | certificatePolicies: anyPolicy, 2.999.N; policyConstraints: requireExplicitPolicy N; policyMappings of 2.999.N to anyPolicy |
//! | `weak-key`, `odd-algorithm` | an RSA key of 1024 bits, on a leaf; a signature algorithm that does not exist |
//! | `key NAME`, `key p384`, `key ed25519`, `key rsa` | another's key; a new key of that kind |
//! | `printable`, `issuer-printable` | the subject (the issuer field) as PrintableString, not UTF8String |

use std::collections::BTreeMap;

use rcgen::{DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose};

use super::pki::{self, Aki, Basic, Cert, Kind, Template};

/// What every case begins with.
pub const STANDARD: &[&str] = &[
    r#"root     = root "Acme Root G2""#,
    r#"ca1      = ca "Acme Policy CA" by root aia /root.crt"#,
    r#"ca2      = ca "Acme TLS CA 2" by ca1 aia /ca1.crt"#,
    r#"leaf     = leaf shop.example.com by ca2 aia /ca2.crt"#,
    r#"other    = leaf blog.example.com by ca2 aia /ca2.crt"#,
    r#"ca2old   = again ca2 by ca1 until 2026-01-01"#,
    r#"ca2new   = again ca2 by ca1 until 2060-01-01"#,
    r#"samename = ca "Acme TLS CA 2" by ca1"#,
    r#"oldroot  = root "Acme Root G1""#,
    r#"cross    = again root by oldroot until 2054-01-01 aia /oldroot.crt"#,
    r#"xca1     = again ca1 by oldroot aia /oldroot.crt"#,
    r#"stranger = ca "Stray CA" by oldroot"#,
];

/// Certificates by the names that the case gives them.
#[derive(Debug)]
pub struct World {
    certificates: BTreeMap<String, Cert>,
}

impl World {
    /// The standard certificates, with these lines on top. `base` is the server's URL.
    pub fn new(lines: &[String], base: &str) -> Result<Self, String> {
        let mut definitions = BTreeMap::new();
        for line in STANDARD.iter().map(|line| (*line).to_owned()).chain(lines.iter().cloned()) {
            define(&mut definitions, &line).map_err(|error| format!("{error}, in `{}`", line.trim()))?;
        }
        let mut draft = Draft { definitions, base, templates: BTreeMap::new() };
        for name in draft.definitions.keys().cloned().collect::<Vec<_>>() {
            draft.template(&name, 0)?;
        }
        let mut certificates = BTreeMap::new();
        for (name, (template, issuer)) in &draft.templates {
            let certificate = match issuer {
                None => template.clone().self_signed(),
                Some(issuer) => {
                    let (issuer, _) =
                        draft.templates.get(issuer).ok_or_else(|| format!("no certificate is called `{issuer}`"))?;
                    template.clone().issued_by(issuer)
                }
            };
            certificates.insert(name.clone(), certificate);
        }
        Ok(Self { certificates })
    }

    /// The certificate of that name.
    pub fn get(&self, name: &str) -> Result<&Cert, String> {
        self.certificates.get(name).ok_or_else(|| format!("no certificate is called `{name}`"))
    }

    /// What a fingerprint is called here.
    pub fn name_of(&self, fingerprint: &str) -> String {
        let known = self.certificates.iter().find(|(_, c)| c.fingerprint() == fingerprint);
        known.map_or_else(|| format!("unknown:{fingerprint}"), |(name, _)| name.clone())
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &Cert)> {
        self.certificates.iter().map(|(name, certificate)| (name.as_str(), certificate))
    }
}

fn define(definitions: &mut BTreeMap<String, Vec<String>>, line: &str) -> Result<(), String> {
    let words = words(line)?;
    let (name, sign, rest) = match words.as_slice() {
        [name, sign, rest @ ..] => (name.clone(), sign.as_str(), rest),
        _ => return Err("a definition is NAME = … or NAME += …".to_owned()),
    };
    match sign {
        "=" => {
            definitions.insert(name, rest.to_vec());
            Ok(())
        }
        "+=" => {
            let known = definitions.get_mut(&name).ok_or_else(|| format!("`{name}` is not defined yet"))?;
            known.extend_from_slice(rest);
            Ok(())
        }
        _ => Err(format!("`{sign}` is neither = nor +=")),
    }
}

/// Words of a line; double quotes hold one together.
pub fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

struct Draft<'a> {
    definitions: BTreeMap<String, Vec<String>>,
    base: &'a str,
    templates: BTreeMap<String, (Template, Option<String>)>,
}

/// `again` of `again` of …: more than this is a definition that bites its own tail.
const DEPTH: usize = 16;

impl Draft<'_> {
    fn template(&mut self, name: &str, depth: usize) -> Result<Template, String> {
        if let Some((template, _)) = self.templates.get(name) {
            return Ok(template.clone());
        }
        if depth > DEPTH {
            return Err(format!("`{name}` is defined by itself"));
        }
        let words = self.definitions.get(name).cloned().ok_or_else(|| format!("no certificate is called `{name}`"))?;
        let (mut template, options) = match words.as_slice() {
            [kind, cn, options @ ..] if kind == "root" => (Template::ca(cn).until(pki::ROOT_NOT_AFTER), options),
            [kind, cn, options @ ..] if kind == "ca" => (Template::ca(cn), options),
            [kind, names, options @ ..] if kind == "leaf" => {
                (Template::leaf(&names.split(',').collect::<Vec<_>>()), options)
            }
            [kind, other, options @ ..] if kind == "again" => (self.template(other, depth + 1)?, options),
            _ => return Err(format!("`{name}` is neither root, ca, leaf nor again")),
        };
        let mut issuer = None;
        let mut urls: Option<Vec<String>> = None;
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let mut value = || options.next().map(String::as_str).ok_or_else(|| format!("`{option}` lacks its value"));
            match option.as_str() {
                "by" => issuer = Some(value()?.to_owned()),
                "aia" => {
                    let url = value()?;
                    let urls = urls.get_or_insert_default();
                    match url {
                        "none" => urls.clear(),
                        path if path.starts_with('/') => urls.push(format!("{}{path}", self.base)),
                        url => urls.push(url.to_owned()),
                    }
                }
                "aki" => template.aki = self.aki(value()?, issuer.as_deref(), depth)?,
                "key" => {
                    template = match value()? {
                        "p384" => template.key(Kind::P384),
                        "ed25519" => template.key(Kind::Ed25519),
                        "rsa" => template.key(Kind::Rsa),
                        other => Template { key: self.template(other, depth + 1)?.key, ..template },
                    }
                }
                "issuer-printable" => {
                    let issuer = issuer.as_deref().ok_or("`issuer-printable` goes after `by`")?;
                    template.issuer_name = Some(pki::printable_name(&cn(&self.template(issuer, depth + 1)?.subject)));
                }
                _ => template = plain_option(template, option, &mut value)?,
            }
        }
        if let Some(urls) = urls {
            template.aia = urls;
        }
        self.templates.insert(name.to_owned(), (template.clone(), issuer));
        Ok(template)
    }

    fn aki(&mut self, value: &str, issuer: Option<&str>, depth: usize) -> Result<Aki, String> {
        Ok(match value.split_once(':') {
            None if value == "none" => Aki::Absent,
            Some(("serial", serial)) => {
                let issuer = issuer.ok_or("`aki serial:N` goes after `by`")?;
                let name = self.template(issuer, depth + 1)?.subject;
                Aki::IssuerAndSerial(name, serial.parse().map_err(|_| format!("`{serial}` is no serial"))?)
            }
            _ => {
                let other = self.template(value, depth + 1)?;
                Aki::KeyId(pki::key_id(&other.key))
            }
        })
    }
}

/// The options that need no other certificate.
fn plain_option<'a>(
    template: Template,
    option: &str,
    value: &mut impl FnMut() -> Result<&'a str, String>,
) -> Result<Template, String> {
    Ok(match option {
        "from" => template.from(value()?),
        "until" => template.until(value()?),
        "pathlen" => template.pathlen(number(value()?)?),
        "not-ca" => template.basic(Basic::NotCa),
        "no-basic" => template.basic(Basic::Absent),
        "is-ca" => template.basic(Basic::Ca(None)),
        "ku" => template.usages(&list(value()?, usage)?),
        "eku" => template.purposes(&list(value()?, purpose)?),
        "permit" => template.permit(pki::subtree(value()?)),
        "exclude" => template.exclude(pki::subtree(value()?)),
        "san" => Template { names: list(value()?, |name| Ok(pki::alternative_name(name)))?, ..template },
        "cn" => Template { subject: pki::common_name(value()?), ..template },
        "no-ski" => template.no_ski(),
        "serial" => template.serial(number(value()?)?),
        "tampered" => template.tampered(),
        // An OID under "example" (2.999), an arc that nobody may use in earnest.
        "critical" => template.extension(&[2, 999, 1], true, vec![0x05, 0x00]),
        // RFC 6962 §3.1.
        "poison" => template.extension(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 3], true, vec![0x05, 0x00]),
        "malformed" => template.extension(&[2, 5, 29, 15], true, vec![0x03, 0x7f, 0x01]),
        "policy" => template.extension(&[2, 5, 29, 32], false, pki::policies(&list(value()?, policy)?)),
        "require-policy" => template.extension(&[2, 5, 29, 36], true, vec![0x30, 3, 0x80, 1, number(value()?)?]),
        "map" => template.extension(&[2, 5, 29, 33], false, pki::mapping_to_any(number(value()?)?)),
        "weak-key" => template.weak_key(),
        "odd-algorithm" => template.odd_algorithm(),
        "printable" => Template { subject: pki::printable_name(&cn(&template.subject)), ..template },
        _ => return Err(format!("`{option}` is no option of a certificate")),
    })
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn list<T>(text: &str, item: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    if text == "none" { Ok(Vec::new()) } else { text.split(',').map(item).collect() }
}

fn usage(name: &str) -> Result<KeyUsagePurpose, String> {
    Ok(match name {
        "sign" => KeyUsagePurpose::KeyCertSign,
        "crl" => KeyUsagePurpose::CrlSign,
        "digital" => KeyUsagePurpose::DigitalSignature,
        "encipher" => KeyUsagePurpose::KeyEncipherment,
        "agree" => KeyUsagePurpose::KeyAgreement,
        _ => return Err(format!("`{name}` is no key usage")),
    })
}

/// `None` is anyPolicy.
fn policy(name: &str) -> Result<Option<u8>, String> {
    if name == "any" { Ok(None) } else { number(name).map(Some) }
}

fn purpose(name: &str) -> Result<ExtendedKeyUsagePurpose, String> {
    Ok(match name {
        "server" => ExtendedKeyUsagePurpose::ServerAuth,
        "client" => ExtendedKeyUsagePurpose::ClientAuth,
        "code" => ExtendedKeyUsagePurpose::CodeSigning,
        "mail" => ExtendedKeyUsagePurpose::EmailProtection,
        "any" => ExtendedKeyUsagePurpose::Any,
        _ => return Err(format!("`{name}` is no purpose")),
    })
}

fn cn(name: &DistinguishedName) -> String {
    match name.get(&DnType::CommonName) {
        Some(rcgen::DnValue::Utf8String(text)) => text.clone(),
        Some(rcgen::DnValue::PrintableString(text)) => text.as_str().to_owned(),
        _ => String::new(),
    }
}
