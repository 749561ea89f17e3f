//! The certificates that were imported: one file, since there may be ten thousand of them, with an
//! index, so that those of one name cost a few reads however many there are.
//!
//! ```text
//! chainmend imported 1
//! <rows, 8 octets> <row, 80 octets> …     in the order of subject and fingerprint
//! <DER> …
//!
//! row: <SHA-256 of the subject's comparison form> <SHA-256 of the DER> <offset> <length>
//! ```
//! Numbers are big-endian, offsets count from the start of the file. What does not fit together is a
//! miss; a certificate is handed out only if its own hash is that of its row.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::super::aia::MAX_CERTIFICATE_BYTES;
use super::entry::Key;
use super::store::open;
use crate::cert::{Certificate, Fingerprint, Time};

/// Certificates that are kept of all imports, those that last longest first: several times what CCADB
/// knows (10,000, and as many that have expired).
pub const MAX_IMPORTED: usize = 65_536;

/// Certificates that are kept of one name, those that last longest first. The largest real families of
/// cross-certificates have some twenty; each is a signature to check.
pub const MAX_PER_NAME: usize = 64;

/// Bytes of certificates that are kept: room for [`MAX_IMPORTED`] of the usual 2 KB.
pub const MAX_BYTES: usize = 128 * 1024 * 1024;

const MAGIC: &[u8] = b"chainmend imported 1\n";
const HEAD: usize = MAGIC.len() + 8;
const ROW: usize = 80;

/// Its name in the folder.
pub(super) const FILE: &str = "imported";

/// The file, open. Another import may replace it meanwhile: this one goes on with what it has.
#[derive(Debug)]
pub(super) struct Imported {
    file: File,
    rows: u64,
    bytes: u64,
    /// When it was written.
    pub(super) written: Time,
}

/// Where a certificate stands.
struct Row {
    subject: [u8; 32],
    fingerprint: [u8; 32],
    offset: u64,
    length: u64,
}

impl Imported {
    /// Opens the file in this folder; `None` where there is none, or none that could be ours.
    pub(super) fn open(folder: &Path) -> Option<Self> {
        let mut file = open(&folder.join(FILE))?;
        let meta = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let mut head = [0; HEAD];
        file.read_exact(&mut head).ok()?;
        let rows = u64::from_be_bytes(head.strip_prefix(MAGIC)?.try_into().ok()?);
        let bytes = meta.len();
        let holds = rows <= MAX_IMPORTED as u64 && HEAD as u64 + rows * ROW as u64 <= bytes;
        let written = meta.modified().map_or(Time::from_unix(0), Time::from);
        holds.then_some(Self { file, rows, bytes, written })
    }

    /// The certificates of a name, by the key of its comparison form.
    pub(super) fn named(&mut self, subject: &Fingerprint) -> Vec<Arc<Certificate>> {
        let (mut low, mut high) = (0, self.rows);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.row(middle) {
                Some(row) if row.subject < *subject.as_bytes() => low = middle + 1,
                Some(_) => high = middle,
                None => return Vec::new(),
            }
        }
        let last = self.rows.min(low + MAX_PER_NAME as u64);
        let rows: Vec<Row> = (low..last).map_while(|at| self.row(at)).collect();
        let same = rows.into_iter().take_while(|row| row.subject == *subject.as_bytes());
        same.filter_map(|row| self.certificate(&row)).collect()
    }

    /// All certificates that can be read.
    pub(super) fn all(&mut self) -> Vec<Arc<Certificate>> {
        (0..self.rows)
            .filter_map(|at| self.row(at))
            .collect::<Vec<_>>()
            .iter()
            .filter_map(|row| self.certificate(row))
            .collect()
    }

    fn row(&mut self, at: u64) -> Option<Row> {
        let mut row = [0; ROW];
        self.file.seek(SeekFrom::Start(HEAD as u64 + at * ROW as u64)).ok()?;
        self.file.read_exact(&mut row).ok()?;
        let (subject, rest) = row.split_first_chunk()?;
        let (fingerprint, rest) = rest.split_first_chunk()?;
        let (offset, length) = rest.split_first_chunk()?;
        let length = u64::from_be_bytes(length.try_into().ok()?);
        Some(Row { subject: *subject, fingerprint: *fingerprint, offset: u64::from_be_bytes(*offset), length })
    }

    fn certificate(&mut self, row: &Row) -> Option<Arc<Certificate>> {
        let within = row.offset.checked_add(row.length).is_some_and(|end| end <= self.bytes);
        let length = usize::try_from(row.length).ok().filter(|n| within && *n <= MAX_CERTIFICATE_BYTES)?;
        let mut der = vec![0; length];
        self.file.seek(SeekFrom::Start(row.offset)).ok()?;
        self.file.read_exact(&mut der).ok()?;
        let certificate = Certificate::from_der(&der).ok()?;
        (*certificate.fingerprint().as_bytes() == row.fingerprint).then(|| Arc::new(certificate))
    }
}

/// Of these certificates those that are kept, each once: within the limits, those that last longest.
pub(super) fn kept(mut certificates: Vec<Arc<Certificate>>) -> Vec<Arc<Certificate>> {
    certificates.retain(|certificate| certificate.der().len() <= MAX_CERTIFICATE_BYTES);
    certificates.sort_by_key(|c| (Reverse(c.not_after()), c.fingerprint()));
    certificates.dedup_by_key(|certificate| certificate.fingerprint());
    let mut of_name: HashMap<Key, usize> = HashMap::new();
    let mut bytes = 0;
    certificates.retain(|certificate| {
        let count = of_name.entry(Key::of_subject(&certificate.subject().key())).or_default();
        let fits = *count < MAX_PER_NAME && bytes + certificate.der().len() <= MAX_BYTES;
        if fits {
            *count += 1;
            bytes += certificate.der().len();
        }
        fits
    });
    certificates.truncate(MAX_IMPORTED);
    certificates
}

/// The bytes of the file that holds these.
pub(super) fn to_bytes(certificates: &[Arc<Certificate>]) -> Vec<u8> {
    let key = |c: &Arc<Certificate>| (*Fingerprint::of(c.subject().key().as_bytes()).as_bytes(), c.fingerprint());
    let mut sorted: Vec<_> = certificates.iter().map(|certificate| (key(certificate), certificate)).collect();
    sorted.sort_by_key(|(key, _)| *key);
    let mut bytes = MAGIC.to_vec();
    bytes.extend((sorted.len() as u64).to_be_bytes());
    let mut offset = HEAD + sorted.len() * ROW;
    for ((subject, fingerprint), certificate) in &sorted {
        let length = certificate.der().len();
        bytes.extend_from_slice(subject);
        bytes.extend_from_slice(fingerprint.as_bytes());
        bytes.extend((offset as u64).to_be_bytes());
        bytes.extend((length as u64).to_be_bytes());
        offset += length;
    }
    for (_, certificate) in sorted {
        bytes.extend_from_slice(certificate.der());
    }
    bytes
}
