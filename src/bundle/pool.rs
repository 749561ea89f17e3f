//! A large file of nothing but certificates in PEM, kept as text: of each block no more is decoded than
//! tells its subject, until it is asked for. Ten thousand certificates take 19 MB and are indexed in a
//! third of the time that reading them all takes, in a third of the memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::reader::LineCounter;
use super::{Lost, der, markers, read_pool};
use crate::cert::der::{Walk, tag};
use crate::cert::{Certificate, NameKey};

/// Files from this size on: smaller ones are read in a millisecond.
const MIN_BYTES: usize = 256 * 1024;

/// Base64 characters that are decoded of each block: the 576 bytes within which real CA certificates
/// name their subject.
const HEAD: usize = 768;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----\n";
const END: &[u8] = b"-----END CERTIFICATE-----\n";

/// Certificates by subject, still in base64.
#[derive(Debug)]
pub struct PemPool {
    text: Vec<u8>,
    blocks: HashMap<NameKey, Vec<Range<usize>>>,
    /// Blocks that were asked for and turned out to be damaged, by where they begin.
    lost: Mutex<BTreeMap<usize, String>>,
}

impl PemPool {
    /// The certificates of a large file that is as encoders write it.
    ///
    /// # Errors
    /// The bytes, where the file is small or holds anything else: it is to be read as any other.
    pub fn of(text: Vec<u8>) -> Result<Self, Vec<u8>> {
        match index(&text).filter(|_| text.len() >= MIN_BYTES) {
            Some(blocks) => Ok(Self { text, blocks, lost: Mutex::default() }),
            None => Err(text),
        }
    }

    /// The certificates with this subject, decoded now, in the file's order.
    pub fn named(&self, subject: &NameKey) -> Vec<Arc<Certificate>> {
        let blocks = self.blocks.get(subject).into_iter().flatten();
        blocks.flat_map(|block| self.read(block)).collect()
    }

    /// What could not be read of all that was asked for so far.
    pub fn lost(&self) -> Vec<Lost> {
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = LineCounter::new(&self.text);
        lost.iter().map(|(at, why)| Lost { line: Some(lines.at(*at)), why: why.clone() }).collect()
    }

    fn read(&self, block: &Range<usize>) -> Vec<Arc<Certificate>> {
        let read = read_pool(self.text.get(block.clone()).unwrap_or_default());
        if let Some(lost) = read.lost().pop() {
            self.lost.lock().unwrap_or_else(PoisonError::into_inner).insert(block.start, lost.why);
        }
        read.certificates().map(|(_, certificate)| Arc::clone(certificate)).collect()
    }
}

/// Where the blocks of each subject stand; `None` where something stands there that is no block.
fn index(text: &[u8]) -> Option<HashMap<NameKey, Vec<Range<usize>>>> {
    if text.len() < MIN_BYTES {
        return None;
    }
    let mut blocks: HashMap<NameKey, Vec<Range<usize>>> = HashMap::new();
    let mut at = 0;
    while at < text.len() {
        let body = text.get(at..)?.strip_prefix(BEGIN)?;
        let width = body.iter().position(|b| *b == b'\n')?;
        let head = decode_head(body, width)?;
        let ends = |length: &usize| body.get(*length..).is_some_and(|after| after.starts_with(END));
        let length = stated_length(&head, width).filter(ends).or_else(|| markers::find_dash(body).filter(ends))?;
        let end = at + BEGIN.len() + length + END.len();
        blocks.entry(subject(&head)?).or_default().push(at..end);
        at = end;
    }
    Some(blocks)
}

/// The first bytes of a body with lines of this width.
fn decode_head(body: &[u8], width: usize) -> Option<Vec<u8>> {
    // As many whole lines as hold it, and no more than there are.
    let lines = body.get(..HEAD.div_ceil(width.max(1)) * (width + 1)).unwrap_or(body);
    let lines = lines.get(..markers::find_dash(lines).unwrap_or(lines.len()))?;
    let mut base64 = Vec::with_capacity(HEAD);
    for line in lines.chunks(width + 1) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        base64.extend_from_slice(line.get(..HEAD - base64.len()).unwrap_or(line));
    }
    STANDARD.decode(base64).ok()
}

/// How long the body is, line ends included, by what its DER says of its own length.
fn stated_length(head: &[u8], width: usize) -> Option<usize> {
    let base64 = der::stated_length(head)?.div_ceil(3).checked_mul(4)?;
    base64.checked_add(base64.div_ceil(width.max(1)))
}

/// The subject of the certificate that starts so.
fn subject(head: &[u8]) -> Option<NameKey> {
    // Both SEQUENCEs reach past the head; what stands before the subject (RFC 5280 §4.1) must not.
    let open = |bytes: &[u8]| match der::header(bytes)? {
        (tag::SEQUENCE, header, Some(_)) => Some(header),
        _ => None,
    };
    let outer = open(head)?;
    let inner = outer + open(head.get(outer..)?)?;
    let mut fields = Walk::within(head, &(inner..head.len()));
    let _version = fields.expect(tag::CONTEXT_0);
    fields.expect(tag::INTEGER)?;
    for _before in ["signature", "issuer", "validity"] {
        fields.expect(tag::SEQUENCE)?;
    }
    Some(NameKey::of(head.get(fields.expect(tag::SEQUENCE)?.whole)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Spec;

    fn pem(certificate: &Certificate, end: &str) -> String {
        let lines = STANDARD.encode(certificate.der());
        let lines: Vec<&str> = lines.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN CERTIFICATE-----{end}{}{end}-----END CERTIFICATE-----{end}", lines.join(end))
    }

    /// So many copies of these that the file is large.
    fn large(one: &str) -> Vec<u8> {
        one.repeat(MIN_BYTES / one.len() + 1).into_bytes()
    }

    #[test]
    fn a_certificate_is_found_by_its_name() {
        let first = Spec::ca("Acme CA", 1, "Acme Root", 0).make();
        let other = Spec::ca("Other CA", 2, "Acme Root", 0).make();
        let both = pem(&first, "\n") + &pem(&other, "\n");
        let text = large(&both);
        let count = text.len() / both.len();
        let pool = PemPool::of(text).unwrap();
        assert_eq!(pool.named(&first.subject().key()), vec![first; count]);
        assert_eq!(pool.named(&other.subject().key()), vec![other; count]);
        assert_eq!(pool.named(&Spec::ca("Nobody", 1, "Nobody", 1).make().subject().key()), []);
    }

    #[test]
    fn any_other_file_comes_back() {
        let ca = Spec::ca("Acme CA", 1, "Acme Root", 0).make();
        let good = pem(&ca, "\n");
        let text = good.clone().into_bytes();
        assert_eq!(PemPool::of(text.clone()).unwrap_err(), text, "small");
        let long = Spec::ca("Acme CA", 1, &"A".repeat(HEAD), 0).make();
        for odd in [
            "a comment\n".to_owned(),
            "\n".to_owned(),
            pem(&ca, "\r\n"),
            good.trim_end().to_owned(),
            good.replace("CERTIFICATE", "X509 CERTIFICATE"),
            good.replace("MII", "M*I"),
            good.replace("MII", "AAA"),
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned(),
            pem(&long, "\n"),
        ] {
            let text = [large(&good), odd.clone().into_bytes()].concat();
            assert!(PemPool::of(text.clone()).is_err_and(|back| back == text), "{odd}");
        }
    }
}
