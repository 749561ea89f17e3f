//! Bytes in, items out: every certificate that a file holds, however damaged, and where it stands.

mod armour;
mod block;
mod der;
mod encoding;
mod escapes;
pub(crate) mod foreign;
mod frame;
mod loose;
mod markers;
mod pem;
#[cfg(feature = "pkcs12")]
mod pkcs12;
mod pkcs7;
mod pool;
mod reader;
mod sent;
mod trust;

use std::ops::Range;
use std::sync::Arc;

use crate::cert::{Certificate, Shared};
use crate::report::{Finding, Severity};
use crate::rules::Rule;
use armour::MAX_POOL_BODY_BYTES;
pub use pool::PemPool;
pub use reader::{MAX_FINDINGS, MAX_ITEMS};
use reader::{Reader, Terms};
pub use sent::{difference, sent};
pub use trust::Trust;

/// Blocks of a bundle that is a chain rather than a pool: twice what the longest chains have, keys and
/// strangers included.
const MAX_CHAIN: usize = 16;

/// How a file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// Text with BEGIN and END lines; what is odd about it is told in findings.
    Pem,
    /// JSON or YAML with PEM in it, as it stands or (in a Kubernetes Secret) in base64.
    Document,
    /// One or several DER certificates.
    Der,
    /// PKCS#7: DER, BER, or PEM with no certificate outside of PKCS7 blocks.
    Pkcs7,
    /// Base64 without BEGIN and END lines.
    Base64,
    /// PKCS#12, read by `read_with_password` where the feature `pkcs12` is on.
    Pkcs12,
    /// No file: the certificates that a TLS server sends, see [`sent()`].
    Server,
    /// None of these.
    Unknown,
}

/// What a block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemKind {
    /// A certificate.
    Certificate(Arc<Certificate>),
    /// A private key: its PEM label, and its DER unless it is encrypted.
    PrivateKey {
        /// `PRIVATE KEY`, `RSA PRIVATE KEY`, `EC PRIVATE KEY`, `ENCRYPTED PRIVATE KEY` …
        label: String,
        /// PKCS#8, PKCS#1 or SEC 1, as the label says; `None` where it is encrypted or unreadable.
        der: Option<Vec<u8>>,
    },
    /// Another well-formed block (a CSR, a CRL, parameters, a public key …), by its label.
    Other(String),
    /// A block that cannot be read, by its label; a finding says why.
    Unreadable(String),
}

/// A block of a file, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it holds.
    pub kind: ItemKind,
    /// First and last line, from 1; in a binary file, and of what a server sends, the ordinal of the
    /// certificate, twice.
    pub lines: (u32, u32),
    /// Where the block stands in [`Bundle::text`], its indentation and its last line's end included;
    /// certificates of one PKCS#7 block share its span.
    pub span: Range<usize>,
    /// The DER of a key or another block that is kept, where servers stumble over the block but its
    /// content could be read: it is written anew from this.
    pub mended: Option<Vec<u8>>,
    /// What a `TRUSTED CERTIFICATE` block says that its certificate is trusted for.
    pub trust: Option<Trust>,
}

/// A file, read.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// Its name, as the user gave it.
    pub name: String,
    /// How it was written.
    pub form: Form,
    /// The bytes that spans speak of: the file's own; its UTF-8 text where it was UTF-16; with LF
    /// where every line ended in CR alone.
    pub text: Vec<u8>,
    /// Every block in order.
    pub items: Vec<Item>,
    /// What was odd about it, each with its line.
    pub findings: Vec<Finding>,
    /// False where it holds more than [`MAX_ITEMS`] blocks, so that there is more in it than `items`.
    pub complete: bool,
}

/// What may have been a certificate, and could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The line where it begins; in a binary file, which certificate it is or follows. None for what is
    /// only counted, past [`MAX_FINDINGS`].
    pub line: Option<u32>,
    /// Why, in words.
    pub why: String,
}

impl Bundle {
    /// The certificates in order, each with its item.
    pub fn certificates(&self) -> impl Iterator<Item = (&Item, &Arc<Certificate>)> {
        self.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Certificate(certificate) => Some((item, certificate)),
            _ => None,
        })
    }

    /// Takes the CA certificates that other bundles of the run hold too from `shared`, as
    /// [`read_shared`] does.
    pub fn share(&mut self, shared: &Shared) {
        if self.items.len() <= MAX_CHAIN {
            for item in &mut self.items {
                if let ItemKind::Certificate(certificate) = &mut item.kind {
                    *certificate = shared.of(certificate);
                }
            }
        }
    }

    /// Whether nothing is damaged that writing the blocks anew would mend, whatever the form.
    pub fn is_undamaged(&self) -> bool {
        !self.findings.iter().any(|finding| is_damage(finding) && !finding.by_hand)
    }

    /// Whether a block that is kept as it is, a key say, is damaged beyond what is read, so that
    /// servers do not load the file whatever chain stands in it.
    pub fn is_beyond_mending(&self) -> bool {
        self.findings.iter().any(|finding| is_damage(finding) && finding.by_hand)
    }

    /// Whether a block that is, or may have been, a certificate could not be read.
    pub fn has_lost_certificate(&self) -> bool {
        self.findings.iter().any(|f| f.rule == Rule::UnreadableBlock && f.severity == Severity::Error)
    }

    /// What may have been a certificate and could not be read, in the file's order: damaged blocks, and
    /// what follows the last certificate of a binary file. A PKCS#12 is locked, not lost.
    pub fn lost(&self) -> Vec<Lost> {
        let is_binary = der::is_binary(&self.text);
        let is_lost = |finding: &&Finding| {
            let counted = finding.certificate.is_none();
            let damaged = finding.rule == Rule::DamagedPem && (is_binary || counted);
            finding.severity == Severity::Error && (damaged || finding.rule == Rule::UnreadableBlock)
        };
        let findings = self.findings.iter().filter(|_| self.form != Form::Pkcs12).filter(is_lost);
        let line = |finding: &Finding| finding.certificate.as_ref().and_then(|place| place.line);
        findings.map(|finding| Lost { line: line(finding), why: finding.message.clone() }).collect()
    }

    /// Whether a private key stands in it, encrypted or not.
    pub fn has_private_key(&self) -> bool {
        self.items.iter().any(|item| matches!(item.kind, ItemKind::PrivateKey { .. }))
    }

    /// Whether every server reads the file as it stands: PEM, with nothing damaged.
    pub fn is_plain_pem(&self) -> bool {
        self.form == Form::Pem && self.is_undamaged() && !self.is_beyond_mending()
    }
}

fn is_damage(finding: &Finding) -> bool {
    matches!(finding.rule, Rule::DamagedPem | Rule::UnreadableBlock) && finding.severity == Severity::Error
}

/// Reads a file's bytes, whatever they are. Never fails: what cannot be read is a finding.
///
/// In: the name to use in findings, and all of the bytes, whose number the caller bounds. Time and
/// memory grow in proportion to them; of blocks and findings at most [`MAX_ITEMS`] and
/// [`MAX_FINDINGS`] are kept.
pub fn read(name: &str, bytes: &[u8]) -> Bundle {
    read_owned(name, bytes.to_vec())
}

/// [`read`] without a copy of the bytes.
pub fn read_owned(name: &str, bytes: Vec<u8>) -> Bundle {
    read_as(name, bytes, Terms::default())
}

/// [`read`] for a file of many certificates, which is no chain and never written: they may stand in one
/// PKCS#7 block, of up to 64 MiB rather than 8.
pub fn read_pool(bytes: &[u8]) -> Bundle {
    read_as("", bytes.to_vec(), Terms { most_body: MAX_POOL_BODY_BYTES, ..Terms::default() })
}

/// [`read_owned`] as one of many: CA certificates that other bundles of the run hold too are taken from
/// `shared`, which keeps those that are new. Only of a bundle as small as chains are: of a pool nothing
/// more is parsed than is asked for. Where PKCS#12 is read, `password` opens it.
pub fn read_shared(name: &str, bytes: Vec<u8>, password: Option<&str>, shared: &Shared) -> Bundle {
    read_as(name, bytes, Terms { password, shared: Some(shared), ..Terms::default() })
}

/// [`read_owned`], and PKCS#12 is opened with `password`, which may be empty. How often a password is
/// hashed is bounded, whatever the file asks for.
#[cfg(feature = "pkcs12")]
pub fn read_with_password(name: &str, bytes: Vec<u8>, password: &str) -> Bundle {
    read_as(name, bytes, Terms { password: Some(password), ..Terms::default() })
}

fn read_as(name: &str, bytes: Vec<u8>, terms: Terms<'_>) -> Bundle {
    let encoding::Text { bytes: text, oddity } =
        if der::is_binary(&bytes) { encoding::Text { bytes, oddity: None } } else { encoding::to_text(bytes) };
    let mut reader = Reader::new(name, &text, terms);
    let form = read_text(&mut reader);
    if let (Some(oddity), false) = (oddity, reader.items.is_empty()) {
        reader.find(Rule::DamagedPem, Severity::Error, 1, oddity.to_owned(), None);
        reader.findings.rotate_right(1);
    }
    let complete = reader.complete;
    let (items, findings) = reader.finish();
    Bundle { name: name.to_owned(), form, text, items, findings, complete }
}

/// The certificates in these bytes, in order, whatever their form: what a caIssuers URL answers
/// (RFC 5280 §4.2.2.1: DER or certs-only CMS; servers also send PEM and base64). Empty if none.
pub fn certificates_in(bytes: &[u8]) -> Vec<Arc<Certificate>> {
    read("", bytes).certificates().map(|(_, certificate)| certificate.clone()).collect()
}

/// Whether a BEGIN or END line stands in this text.
pub(crate) fn has_marker(text: &[u8]) -> bool {
    markers::next(text, 0).is_some()
}

/// Tries the forms in turn: binary ones tell themselves by their first bytes, PEM by its markers.
fn read_text(reader: &mut Reader<'_>) -> Form {
    if der::is_binary(reader.text)
        && let Some(form) = loose::binary(reader)
    {
        return form;
    }
    if let Some(first) = markers::next(reader.text, 0) {
        reader.document = loose::is_document(reader.text, &first);
        pem::read(reader, 0);
        return if reader.document { Form::Document } else { pem_form(reader) };
    }
    if loose::secret(reader) {
        return Form::Document;
    }
    if loose::base64(reader) {
        return Form::Base64;
    }
    if loose::embedded(reader) || loose::percent_encoded(reader) { Form::Document } else { Form::Unknown }
}

/// A file whose certificates are all in PKCS7 blocks is PKCS#7; such a block among others is damage,
/// since servers pass over it.
fn pem_form(reader: &mut Reader<'_>) -> Form {
    let mut certificates = reader.items.iter().filter(|item| matches!(item.kind, ItemKind::Certificate(_)));
    let blocks = std::mem::take(&mut reader.pkcs7_blocks);
    if !blocks.is_empty() && certificates.all(|item| blocks.binary_search(&item.lines.0).is_ok()) {
        return Form::Pkcs7;
    }
    for line in blocks {
        let message = "certificates stand in a PKCS7 block, which servers do not read".to_owned();
        reader.find(Rule::DamagedPem, Severity::Error, line, message, None);
    }
    Form::Pem
}

#[cfg(test)]
mod tests;
