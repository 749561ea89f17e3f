//! A chain out, as bytes: PEM, PKCS#7, with its private key; and which blocks of a file stay.

mod key;
mod pkcs7;

use std::collections::HashMap;

use pem::{EncodeConfig, LineEnding, Pem};

use crate::bundle::{Bundle, Form, Item, ItemKind, has_marker};
use crate::cert::{Certificate, Fingerprint};
use crate::choose::Chain;
pub use key::{KeyError, PrivateKey, loses_no_key};
pub use pkcs7::pkcs7;

/// Which part of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Leaf and intermediates: fullchain.pem, `ssl_certificate`.
    Full,
    /// Intermediates only: chain.pem, `SSLCertificateChainFile`.
    Intermediates,
    /// The leaf only: cert.pem.
    Leaf,
}

/// The chain as PEM: RFC 7468, 64 columns, LF. With `include_root` the anchor follows
/// (not after a self-signed leaf that is its own anchor, and not in [`Part::Leaf`]).
pub fn pem(chain: &Chain, part: Part, include_root: bool) -> Vec<u8> {
    let chosen = certificates(chain, part, include_root);
    chosen.iter().flat_map(|certificate| encode(certificate, LineEnding::LF).into_bytes()).collect()
}

/// The text of `bundle` with its certificates replaced by the chain, which stands where the first
/// certificate stood; private keys and all other blocks, and the text that belongs to them, stay
/// where and as they were.
///
/// Text directly above a certificate (a comment, Bag Attributes, what `openssl x509 -text` prints)
/// goes with it, or away with it. Certificate blocks that cannot be read go. A key or another block
/// that servers stumble over is written anew where its content could be read ([`Item::mended`]), and
/// stays byte for byte where it could not. A file that ends every line in CRLF does so afterwards (OpenSSL,
/// GnuTLS, Go, Java and Node read that); a byte-order mark goes, and what was UTF-16 is UTF-8.
/// A bundle that is no PEM has no blocks to keep: its place takes [`pem()`].
pub fn in_place(bundle: &Bundle, chain: &Chain, include_root: bool) -> Vec<u8> {
    part_in_place(bundle, &[], chain, Part::Full, include_root)
}

/// [`in_place`] for one of several files that hold the chain together, such as Apache's pair: this
/// one gets its `part`, and with each certificate the text that stood above it in a file of `beside`,
/// if it had none here.
pub fn part_in_place(bundle: &Bundle, beside: &[&Bundle], chain: &Chain, part: Part, include_root: bool) -> Vec<u8> {
    // PKCS#7 may be PEM, with keys beside it; in a binary file no line starts with BEGIN.
    if !matches!(bundle.form, Form::Pem | Form::Pkcs7) || !has_marker(&bundle.text) {
        return pem(chain, part, include_root);
    }
    let certificates = certificates(chain, part, include_root);
    let mut page = Page::new(&bundle.text);
    let mut texts = HashMap::new();
    [bundle].iter().chain(beside).for_each(|bundle| texts_of_certificates(bundle, &mut texts));
    let mut cursor = 0;
    let mut placed = false;
    for item in &bundle.items {
        // Certificates of one PKCS#7 block share its span.
        if item.span.end <= cursor {
            continue;
        }
        let gap = slice(&bundle.text, cursor..item.span.start);
        cursor = item.span.end;
        if !is_dropped(item) {
            page.text(gap);
            match (&item.mended, label(item)) {
                (Some(der), Some(label)) => page.block(armoured(label, der, page.line_ending).as_bytes()),
                _ => page.block(slice(&bundle.text, item.span.clone())),
            }
            continue;
        }
        let (before, _) = split_gap(gap);
        if !before.trim_ascii().is_empty() || !placed {
            page.text(before);
        }
        if !placed && matches!(item.kind, ItemKind::Certificate(_)) {
            page.chain(&certificates, &texts);
            placed = true;
        }
    }
    page.text(slice(&bundle.text, cursor..bundle.text.len()));
    if !placed {
        page.chain(&certificates, &texts);
    }
    page.out
}

/// Whether `bundle` holds this part of the chain already, and nothing else that is a certificate, in
/// a form that every server reads: such a file is not written anew. A part without certificates is held
/// by any text.
pub fn holds(bundle: &Bundle, chain: &Chain, part: Part, include_root: bool) -> bool {
    let wanted = certificates(chain, part, include_root);
    let held = bundle.certificates().map(|(_, certificate)| certificate.as_ref());
    let is_text = || wanted.is_empty() && bundle.items.is_empty() && !bundle.text.trim_ascii().is_empty();
    (bundle.is_plain_pem() || is_text()) && held.eq(wanted.iter().copied())
}

/// The certificates of a part, and the anchor where it is wanted and not there already.
fn certificates(chain: &Chain, part: Part, include_root: bool) -> Vec<&Certificate> {
    let mut out: Vec<&Certificate> = chain.links().iter().map(|link| link.certificate.as_ref()).collect();
    let anchor = chain.anchor().certificate.as_ref();
    if include_root && part != Part::Leaf && out.last() != Some(&anchor) {
        out.push(anchor);
    }
    match part {
        Part::Full => out,
        Part::Intermediates => out.split_off(1.min(out.len())),
        Part::Leaf => {
            out.truncate(1);
            out
        }
    }
}

fn encode(certificate: &Certificate, line_ending: LineEnding) -> String {
    armoured("CERTIFICATE", certificate.der(), line_ending)
}

fn armoured(label: &str, der: &[u8], line_ending: LineEnding) -> String {
    let config = EncodeConfig::new().set_line_ending(line_ending).set_line_wrap(64);
    pem::encode_config(&Pem::new(label, der), config)
}

/// The label of a block that is kept.
fn label(item: &Item) -> Option<&str> {
    match &item.kind {
        ItemKind::PrivateKey { label, .. } | ItemKind::Other(label) => Some(label),
        _ => None,
    }
}

fn slice(text: &[u8], range: std::ops::Range<usize>) -> &[u8] {
    text.get(range).unwrap_or_default()
}

/// Certificates, and what should have held some.
fn is_dropped(item: &Item) -> bool {
    match &item.kind {
        ItemKind::Certificate(_) => true,
        ItemKind::Unreadable(label) => {
            label == "CERTIFICATE"
                || label == "X509 CERTIFICATE"
                || label == "TRUSTED CERTIFICATE"
                || label == "CMS"
                || label.starts_with("PKCS")
        }
        _ => false,
    }
}

/// Adds the text above each certificate's first block, by fingerprint.
fn texts_of_certificates<'a>(bundle: &'a Bundle, texts: &mut HashMap<Fingerprint, &'a [u8]>) {
    let mut cursor = 0;
    for item in &bundle.items {
        if item.span.end <= cursor {
            continue;
        }
        let gap = slice(&bundle.text, cursor..item.span.start);
        cursor = item.span.end;
        if let ItemKind::Certificate(certificate) = &item.kind {
            let (_, own) = split_gap(gap);
            if !own.trim_ascii().is_empty() && !is_numbered(own) {
                texts.entry(certificate.fingerprint()).or_insert(own);
            }
        }
    }
}

/// Text before a certificate: what stands for itself, and what belongs to the certificate. That is
/// the paragraph that touches it, and whatever follows from a line that OpenSSL prints above a
/// certificate.
fn split_gap(gap: &[u8]) -> (&[u8], &[u8]) {
    let (mut own, mut start, mut touching) = (gap.len(), gap.len(), true);
    while let Some((_, front)) = gap.get(..start).and_then(<[u8]>::split_last) {
        let line_start = front.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let line = slice(gap, line_start..start).trim_ascii();
        start = line_start;
        touching &= !line.is_empty();
        if touching || is_printed(line) {
            own = start;
        }
    }
    gap.split_at_checked(own).unwrap_or((gap, &[]))
}

/// A first line of what `openssl` prints above a certificate (x509, pkcs7, pkcs12, s_client).
fn is_printed(line: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[b"subject=", b"subject:", b"issuer=", b"issuer:", b"Bag Attributes", b"Certificate:"];
    STARTS.iter().any(|start| line.starts_with(start))
}

/// What `openssl s_client -showcerts` prints starts with the certificate's number in the chain,
/// which is another one now.
fn is_numbered(own: &[u8]) -> bool {
    let digits = own.trim_ascii_start();
    let rest = digits.get(digits.iter().take_while(|b| b.is_ascii_digit()).count()..).unwrap_or_default();
    rest.starts_with(b" s:") || own.starts_with(b"Certificate chain")
}

/// The file that is being written.
struct Page {
    out: Vec<u8>,
    line_ending: LineEnding,
}

impl Page {
    fn new(text: &[u8]) -> Self {
        let lf = text.iter().filter(|b| **b == b'\n').count();
        let crlf = text.windows(2).filter(|pair| *pair == b"\r\n").count();
        let line_ending = if lf > 0 && lf == crlf { LineEnding::CRLF } else { LineEnding::LF };
        Self { out: Vec::new(), line_ending }
    }

    fn end_line(&mut self) {
        if !matches!(self.out.last(), None | Some(b'\n')) {
            self.out.extend_from_slice(match self.line_ending {
                LineEnding::CRLF => b"\r\n",
                LineEnding::LF => b"\n",
            });
        }
    }

    /// Text between blocks, without lines that would be read as more than text: stray markers, and
    /// control characters, at which OpenSSL stops reading.
    fn text(&mut self, text: &[u8]) {
        for line in text.split_inclusive(|b| matches!(b, b'\n')) {
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            let control = |b: &u8| b.is_ascii_control() && !b.is_ascii_whitespace();
            if line.is_empty() || line.iter().any(control) || has_marker(line) {
                continue;
            }
            self.end_line();
            self.out.extend_from_slice(line);
        }
    }

    /// A block as it is, on lines of its own.
    fn block(&mut self, block: &[u8]) {
        self.end_line();
        self.out.extend_from_slice(block);
        self.end_line();
    }

    fn chain(&mut self, certificates: &[&Certificate], texts: &HashMap<Fingerprint, &[u8]>) {
        for certificate in certificates {
            if let Some(text) = texts.get(&certificate.fingerprint()) {
                self.text(text);
            }
            self.block(encode(certificate, self.line_ending).as_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
