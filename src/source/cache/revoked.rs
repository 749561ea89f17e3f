//! The list of revoked CA certificates: one small file.
//!
//! ```text
//! chainmend revoked 1
//! <Unix time of the import, 8 octets> <how many, 8 octets> <SHA-256 of a DER, 32 octets> …
//! ```
//! Numbers are big-endian, the hashes in ascending order. What is not so to the last octet is no list.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use super::super::ccadb::Status;
use super::store::open;
use crate::cert::{Fingerprint, Time};
use crate::verify::RevokedList;

/// The most that are listed. CCADB knows of some 3,000; this many are 8 MB, read in milliseconds.
pub const MAX_REVOKED: usize = 262_144;

const MAGIC: &[u8] = b"chainmend revoked 1\n";
const HEAD: usize = MAGIC.len() + 16;

/// Its name in the folder.
pub(super) const FILE: &str = "revoked";

/// The list in this folder: `None` where there is none, the error where it cannot be read.
pub(super) fn read(folder: &Path) -> Option<Result<RevokedList, &'static str>> {
    let path = folder.join(FILE);
    let Some(file) = open(&path) else {
        // A link, or a file that may not be read, is not the same as none.
        return path.symlink_metadata().is_ok().then_some(Err("it cannot be opened"));
    };
    let most = HEAD + MAX_REVOKED * size_of::<Fingerprint>();
    let mut bytes = Vec::new();
    let read = file.take(most as u64 + 1).read_to_end(&mut bytes);
    Some(if read.is_ok() && bytes.len() <= most { of_bytes(&bytes) } else { None }.ok_or("it is damaged"))
}

fn of_bytes(bytes: &[u8]) -> Option<RevokedList> {
    let (time, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
    let (number, rest) = rest.split_first_chunk()?;
    let (fingerprints, []) = rest.as_chunks() else { return None };
    let whole = fingerprints.len() as u64 == u64::from_be_bytes(*number) && fingerprints.is_sorted_by(|a, b| a < b);
    let as_of = Time::from_unix(i64::from_be_bytes(*time));
    whole.then(|| RevokedList::new(fingerprints.iter().copied().map(Fingerprint::from_bytes), Some(as_of)))
}

pub(super) fn to_bytes(list: &BTreeSet<Fingerprint>, as_of: Time) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(as_of.unix().to_be_bytes());
    bytes.extend((list.len().min(MAX_REVOKED) as u64).to_be_bytes());
    bytes.extend(list.iter().take(MAX_REVOKED).flat_map(|fingerprint| fingerprint.as_bytes()));
    bytes
}

/// The list after what a report says: the last word on a certificate counts.
pub(super) fn updated(before: &RevokedList, statuses: &[(Fingerprint, Status)]) -> BTreeSet<Fingerprint> {
    let mut list: BTreeSet<Fingerprint> = before.fingerprints().iter().copied().collect();
    for (fingerprint, status) in statuses {
        match status {
            Status::Revoked => list.insert(*fingerprint),
            Status::NotRevoked => list.remove(fingerprint),
        };
    }
    list
}
