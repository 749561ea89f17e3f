//! Bytes in, items out: every certificate that a file holds, however damaged, and where it stands.

use std::ops::Range;
use std::sync::Arc;

use crate::cert::Certificate;
use crate::report::Finding;

/// How a file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// Text with BEGIN and END lines, and nothing odd about it.
    Pem,
    /// One or several DER certificates.
    Der,
    /// PKCS#7, DER or BER.
    Pkcs7,
    /// Base64 without BEGIN and END lines.
    Base64,
    /// PKCS#12; not read.
    Pkcs12,
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
    /// First and last line, from 1; in a binary file the ordinal of the certificate, twice.
    pub lines: (u32, u32),
    /// Where the block stands in [`Bundle::text`]; certificates of one PKCS#7 block share its span.
    pub span: Range<usize>,
}

/// A file, read.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// Its name, as the user gave it.
    pub name: String,
    /// How it was written.
    pub form: Form,
    /// The bytes that spans speak of: the file's own, or its UTF-8 text where it was UTF-16.
    pub text: Vec<u8>,
    /// Every block in order.
    pub items: Vec<Item>,
    /// What was odd about it, each with its line.
    pub findings: Vec<Finding>,
}

impl Bundle {
    /// The certificates in order, each with its item.
    pub fn certificates(&self) -> impl Iterator<Item = (&Item, &Arc<Certificate>)> {
        self.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Certificate(certificate) => Some((item, certificate)),
            _ => None,
        })
    }

    /// Whether a private key stands in it, encrypted or not.
    pub fn has_private_key(&self) -> bool {
        self.items.iter().any(|item| matches!(item.kind, ItemKind::PrivateKey { .. }))
    }
}

/// Reads a file's bytes, whatever they are. Never fails: what cannot be read is a finding.
pub fn read(name: &str, bytes: &[u8]) -> Bundle {
    Bundle { name: name.to_owned(), form: Form::Unknown, text: bytes.to_vec(), items: Vec::new(), findings: Vec::new() }
}

/// The certificates in an answer of a server, whatever its form: DER, PEM, base64, PKCS#7.
pub fn certificates_in(bytes: &[u8]) -> Vec<Arc<Certificate>> {
    if let Ok(certificate) = Certificate::from_der(bytes) {
        return vec![Arc::new(certificate)];
    }
    let blocks = pem::parse_many(bytes).unwrap_or_default();
    blocks.iter().filter_map(|block| Certificate::from_der(block.contents()).ok()).map(Arc::new).collect()
}
