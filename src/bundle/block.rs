//! What stands in a block, by its label: an item, and findings on what is odd.

use std::borrow::Cow;
use std::ops::Range;

use super::armour::{self, Decoded, Oddity};
use super::der::{self, Shape};
use super::frame::Frame;
use super::reader::{LineCounter, MAX_ITEMS, Reader};
use super::trust::Trust;
use super::{Item, ItemKind, pkcs7};
use crate::cert::{Certificate, count};
use crate::report::{Finding, Place, Severity};
use crate::rules::Rule;

/// A block: label, body, and what is odd about its BEGIN and END lines.
pub(super) struct Block<'a> {
    pub(super) label: Cow<'a, str>,
    pub(super) body: Range<usize>,
    pub(super) span: Range<usize>,
    pub(super) lines: (u32, u32),
    /// What servers stumble over, with its line.
    pub(super) oddities: Vec<(u32, String)>,
    /// The same, where rewriting the file mends it even for a block that is kept as it is.
    pub(super) layout: Vec<(u32, String)>,
    /// Whether it has an END line.
    pub(super) closed: bool,
    /// What stands around each line.
    pub(super) frame: Frame<'a>,
}

/// With damage to blocks that are no certificates.
const BY_HAND: &str = "chainmend keeps this block as it is; mend or remove it by hand";

/// What a label promises.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Certificate,
    /// A label of someone's own with `CERT` in it.
    Perhaps,
    Pkcs7,
    Key,
    /// Labels of RFC 7468 and OpenSSL whose content must be DER.
    Der,
    Other,
}

fn class_of(label: &str) -> Class {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Class::Certificate,
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Class::Pkcs7,
        "X509 CRL" | "DH PARAMETERS" | "X9.42 DH PARAMETERS" | "PUBLIC KEY" | "RSA PUBLIC KEY" => Class::Der,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" | "DSA PARAMETERS" => Class::Der,
        "ATTRIBUTE CERTIFICATE" => Class::Other,
        _ if label.ends_with("PRIVATE KEY") => Class::Key,
        _ if label.contains("CERT") => Class::Perhaps,
        _ => Class::Other,
    }
}

impl Reader<'_> {
    /// Reads a block's content by what its label promises.
    pub(super) fn content(&mut self, mut block: Block<'_>) {
        let class = class_of(&block.label);
        if block.frame.is_comment() {
            return self.commented_out(&block, class);
        }
        if class == Class::Other {
            if self.text.get(block.body.clone()).unwrap_or_default().trim_ascii().is_empty() {
                block.oddities.insert(0, (block.lines.0, "nothing stands between BEGIN and END".to_owned()));
                return self.kept(&block, ItemKind::Unreadable(block.label.to_string()), None);
            }
            self.damaged(&block, &[], None, Severity::Warning);
            return self.push_label(&block, if block.closed { ItemKind::Other } else { ItemKind::Unreadable });
        }
        let as_others = self.shared().filter(|_| class == Class::Certificate && self.is_tidy(&block));
        if let Some(same) = as_others.and_then(|shared| shared.written(self.text.get(block.span.clone())?)) {
            let (kind, lines, span) = (ItemKind::Certificate(same), block.lines, block.span);
            return self.items.push(Item { kind, lines, span, mended: None, trust: None });
        }
        let decoded = armour::decode_framed(
            self.text.get(block.body.clone()).unwrap_or_default(),
            &block.frame,
            self.terms.most_body,
        );
        let escaped = decoded.oddities.iter().any(|(_, o)| *o == Oddity::Escapes);
        let keeps_headers = class == Class::Key && decoded.encrypted;
        let mut lines = LineCounter::new(self.text.get(block.body.clone()).unwrap_or_default());
        for (at, oddity) in &decoded.oddities {
            let layout = matches!(oddity, Oddity::Escapes | Oddity::QuotationMarks | Oddity::BlankLine);
            if (layout && self.document) || (*oddity == Oddity::Headers && keeps_headers) {
                continue;
            }
            let line = if escaped { block.lines.0 } else { block.lines.0 + lines.peek(*at) - 1 };
            block.oddities.push((line, oddity.message()));
            let _ = lines.at(*at);
        }
        match class {
            Class::Certificate | Class::Perhaps => self.certificate(block, class, decoded),
            Class::Pkcs7 => self.pkcs7_block(&block, &decoded.bytes, None),
            Class::Key => self.key(block, decoded),
            Class::Der | Class::Other => match whole(decoded) {
                Some(der) => self.kept(&block, ItemKind::Other(block.label.to_string()), Some(der)),
                // Readers of certificates look at the base64 alone.
                None if block.oddities.is_empty() => {
                    self.unreadable(&block, Severity::Warning, "");
                    self.push_label(&block, ItemKind::Unreadable);
                }
                None => self.kept(&block, ItemKind::Unreadable(block.label.to_string()), None),
            },
        }
    }

    /// A block in a comment: text to whoever reads the file, and kept as such.
    fn commented_out(&mut self, block: &Block<'_>, class: Class) {
        let label = format!("{} (commented out)", block.label);
        let kind = if class == Class::Key {
            self.private_key(block.lines.0);
            ItemKind::PrivateKey { label, der: None }
        } else {
            ItemKind::Other(label)
        };
        self.push(kind, block.lines, block.span.clone());
    }

    /// A block that should hold one certificate.
    fn certificate(&mut self, block: Block<'_>, class: Class, decoded: Decoded) {
        let bytes = &decoded.bytes;
        let (certificates, used) = der::series(bytes, self.room());
        let Some(first) = certificates.first() else {
            return self.no_certificate(block, class, decoded);
        };
        let mut more = Vec::new();
        match block.label.as_ref() {
            "CERTIFICATE" => {
                if certificates.len() > 1 {
                    more.push(format!("{} certificates stand in one block", certificates.len()));
                } else if used < bytes.len() {
                    let rest = bytes.len() - used;
                    let follow = if rest == 1 { "follows" } else { "follow" };
                    more.push(format!("{} {follow} after the certificate in its block", count(rest, "byte")));
                }
            }
            label => more.push(format!("the label is {label}, which not every server reads")),
        }
        // What OpenSSL writes behind a TRUSTED CERTIFICATE is its own (x509(1), -trustout).
        let aux = block.label == "TRUSTED CERTIFICATE";
        let kept = if aux { certificates.get(..1).unwrap_or_default() } else { &certificates };
        self.damaged(&block, &more, Some(first), Severity::Error);
        let shared = self.shared().filter(|_| more.is_empty() && self.is_tidy(&block));
        for certificate in kept {
            self.push(ItemKind::Certificate(certificate.clone()), block.lines, block.span.clone());
        }
        if let (true, Some(item)) = (aux, self.items.last_mut()) {
            item.trust = Trust::read(bytes.get(first.der().len()..).unwrap_or_default());
        }
        if let (Some(shared), Some(Item { kind: ItemKind::Certificate(pushed), .. })) = (shared, self.items.last()) {
            shared.keep_text(self.text.get(block.span).unwrap_or_default(), pushed);
        }
    }

    /// Nothing is odd about a block: its text alone says what it holds.
    fn is_tidy(&self, block: &Block<'_>) -> bool {
        let tidy = block.closed && block.oddities.is_empty() && block.layout.is_empty();
        tidy && block.frame.is_empty() && !self.document
    }

    /// What stands in a certificate's block that is none.
    fn no_certificate(&mut self, mut block: Block<'_>, class: Class, decoded: Decoded) {
        let bytes = &decoded.bytes;
        let shape = der::shape(bytes);
        match (shape, class) {
            (Shape::Pkcs7, _) => self.pkcs7_block(&block, bytes, Some("PKCS#7 stands under the label CERTIFICATE")),
            (_, Class::Perhaps) => {
                self.damaged(&block, &[], None, Severity::Warning);
                self.push_label(&block, ItemKind::Other);
            }
            // Never to be dropped with the certificates that cannot be read.
            (Shape::PrivateKey(_) | Shape::EncryptedPrivateKey, _) => {
                block.oddities.push((block.lines.0, "it stands under the label CERTIFICATE".to_owned()));
                block.label = if let Shape::PrivateKey(label) = shape { label } else { "ENCRYPTED PRIVATE KEY" }.into();
                self.key(block, decoded);
            }
            // What was passed over is what lacks.
            (Shape::Certificate | Shape::Unknown, _) if !bytes.is_empty() && decoded.is_spoilt() => {
                self.unreadable(&block, Severity::Error, "");
                self.push_label(&block, ItemKind::Unreadable);
            }
            (Shape::Certificate | Shape::Unknown, _) => {
                self.unreadable(&block, Severity::Error, &why_not(bytes));
                self.push_label(&block, ItemKind::Unreadable);
            }
            (other, _) => {
                let what = format!("{} stands under the label CERTIFICATE", other.noun());
                self.unreadable(&block, Severity::Error, &what);
                self.push_label(&block, ItemKind::Unreadable);
            }
        }
    }

    fn pkcs7_block(&mut self, block: &Block<'_>, bytes: &[u8], odd: Option<&str>) {
        let found = pkcs7::read(bytes, self.room());
        if let Some(trouble) = &found.trouble {
            self.unreadable(block, Severity::Error, trouble);
        } else {
            let more: Vec<String> = odd.map(str::to_owned).into_iter().collect();
            self.damaged(block, &more, found.certificates.first().map(AsRef::as_ref), Severity::Error);
        }
        if found.certificates.is_empty() {
            let kind = if found.trouble.is_some() { ItemKind::Unreadable } else { ItemKind::Other };
            return self.push_label(block, kind);
        }
        if odd.is_none() {
            self.pkcs7_blocks.push(block.lines.0);
        }
        for certificate in found.certificates {
            self.push(ItemKind::Certificate(certificate), block.lines, block.span.clone());
        }
    }

    /// A private key. Its bytes go into the item and nowhere else.
    fn key(&mut self, mut block: Block<'_>, decoded: Decoded) {
        let legacy = decoded.encrypted;
        let encrypted = legacy || block.label == "ENCRYPTED PRIVATE KEY";
        let foreign = block.label == "OPENSSH PRIVATE KEY";
        let bytes = if foreign || legacy { None } else { whole(decoded) };
        if bytes.is_none() && !foreign && !legacy && block.oddities.is_empty() {
            block.oddities.push((block.lines.0, "its content is no whole DER value".to_owned()));
        }
        let der = bytes.clone().filter(|_| !encrypted);
        let key = ItemKind::PrivateKey { label: block.label.to_string(), der };
        self.private_key(block.lines.0);
        self.kept(&block, key, bytes);
    }

    /// A block that is kept. Where it is damaged it is written anew from `der`, its content; without
    /// that the damage stays, and servers do not load the file.
    fn kept(&mut self, block: &Block<'_>, kind: ItemKind, der: Option<Vec<u8>>) {
        for (line, message) in &block.layout {
            self.find(Rule::DamagedPem, Severity::Error, *line, message.clone(), None);
        }
        let what = match &kind {
            ItemKind::PrivateKey { .. } => "the private key".to_owned(),
            _ => block.label.to_string(),
        };
        for (line, message) in &block.oddities {
            let message = format!("in {what}: {message}");
            match &der {
                Some(_) => self.find(Rule::DamagedPem, Severity::Error, *line, message, None),
                None => self.by_hand(*line, message),
            }
        }
        let anew = der.filter(|_| !block.oddities.is_empty());
        self.push_mended(kind, block.lines, block.span.clone(), anew);
    }

    /// Damage that stays.
    fn by_hand(&mut self, line: u32, message: String) {
        let place = Place { input: self.name.into(), line };
        let finding = Finding::new(Rule::DamagedPem, message).at(&place).help(BY_HAND);
        self.add_finding(Finding { by_hand: true, ..finding });
    }

    fn push_label(&mut self, block: &Block<'_>, kind: fn(String) -> ItemKind) {
        self.push(kind(block.label.to_string()), block.lines, block.span.clone());
    }

    /// One finding for each oddity of a block that was read all the same.
    fn damaged(&mut self, block: &Block<'_>, more: &[String], certificate: Option<&Certificate>, severity: Severity) {
        for (line, message) in &block.layout {
            self.find(Rule::DamagedPem, Severity::Error, *line, message.clone(), certificate);
        }
        let more = more.iter().map(|message| (block.lines.0, message.clone()));
        for (line, message) in block.oddities.iter().cloned().chain(more) {
            self.find(Rule::DamagedPem, severity, line, message, certificate);
            self.help_last(severity);
        }
    }

    /// Damage that is warned of stays.
    fn help_last(&mut self, severity: Severity) {
        if let Some(finding) = self.findings.last_mut().filter(|_| severity == Severity::Warning) {
            finding.help.get_or_insert_with(|| BY_HAND.to_owned());
        }
    }

    /// One finding for a block that was not read: why, and what else is odd about it.
    fn unreadable(&mut self, block: &Block<'_>, severity: Severity, why: &str) {
        let (line, mut message) = (block.lines.0, why.to_owned());
        for (at, oddity) in &block.oddities {
            let glue = if message.is_empty() { "" } else { "; " };
            message = if *at == line {
                format!("{message}{glue}{oddity}")
            } else {
                format!("{message}{glue}line {at}: {oddity}")
            };
        }
        if message.is_empty() {
            message = format!("the content of {} is no whole DER value", block.label);
        }
        for (line, message) in &block.layout {
            self.find(Rule::DamagedPem, Severity::Error, *line, message.clone(), None);
        }
        self.find(Rule::UnreadableBlock, severity, line, message, None);
        self.help_last(severity);
    }
}

/// The DER value that a block holds, if all of it is there. Where lines were passed over, what is left
/// may only look like one: there it has to be neither more nor less.
fn whole(decoded: Decoded) -> Option<Vec<u8>> {
    let (spoilt, mut bytes) = (decoded.is_spoilt(), decoded.bytes);
    let fits = |length: &usize| *length == bytes.len() || *length < bytes.len() && !spoilt;
    let length = der::stated_length(&bytes).filter(fits)?;
    bytes.truncate(length);
    Some(bytes)
}

/// Why these bytes are no certificate, in words.
fn why_not(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "there is no base64 between BEGIN and END".to_owned();
    }
    match der::stated_length(bytes) {
        Some(length) if length > bytes.len() => {
            format!("the certificate is cut short: {} of {length} bytes", bytes.len())
        }
        Some(length) => match Certificate::from_der(bytes.get(..length).unwrap_or_default()) {
            Err(why) => why.to_string(),
            Ok(_) => format!("more than {MAX_ITEMS} certificates; what follows is not read"),
        },
        None => "not an X.509 certificate: no outer SEQUENCE".to_owned(),
    }
}
