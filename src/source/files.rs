//! What a file or a folder holds: certificates in any form, and CCADB's reports.

#![expect(clippy::disallowed_methods, reason = "what is given by a path is read here")]

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ccadb::{self, Status};
use crate::bundle;
use crate::cert::{Certificate, Fingerprint};
use crate::report::name_of;

/// The most that is read of one file. All certificates in public logs that are CAs take 20 MB; a
/// device that never ends must not take all memory.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Why a path gave nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file or directory could not be read.
    #[error("cannot read {}: {error}", name_of(path))]
    Read {
        /// The path.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// No certificate in it, and no report of any.
    #[error("no certificate in {}", name_of(path))]
    Empty {
        /// The path.
        path: PathBuf,
    },
    /// Larger than what is read of one file.
    #[error("{} is larger than {} MiB", name_of(path), most >> 20)]
    TooLarge {
        /// The path.
        path: PathBuf,
        /// So many bytes are read.
        most: u64,
    },
}

/// Certificates, and what a report says of certificates.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// In the order in which they stand; one that stands twice is here twice.
    pub certificates: Vec<Arc<Certificate>>,
    /// What a report of CCADB says of revocation, in its order.
    pub statuses: Vec<(Fingerprint, Status)>,
}

impl Contents {
    /// What these bytes hold: a report of CCADB (see [`ccadb`]), or certificates in any form that
    /// [`bundle::read`] reads.
    pub fn of(bytes: &[u8]) -> Self {
        let plain = || Self { certificates: bundle::certificates_in(bytes), statuses: Vec::new() };
        ccadb::read(bytes).filter(|contents| !contents.is_empty()).unwrap_or_else(plain)
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.certificates.extend(more.certificates);
        self.statuses.extend(more.statuses);
    }

    /// Whether there is neither a certificate nor a word about one.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.statuses.is_empty()
    }
}

/// What a path gave.
#[derive(Debug, Default)]
pub struct Read {
    /// All that its files hold.
    pub contents: Contents,
    /// Files of a folder that could not be read.
    pub failed: Vec<LoadError>,
}

/// Reads a file, or the files of a folder: every file counts, linked ones too, by name, but no
/// folder below it and no dot file; files there that hold no certificate are passed over.
///
/// # Errors
/// When the path cannot be read, or there is nothing in it.
pub fn read(path: &Path) -> Result<Read, LoadError> {
    let mut contents = Contents::default();
    let failed = each(path, MAX_FILE_BYTES, &mut |bytes| contents.extend(Contents::of(&bytes)))?;
    if contents.is_empty() && failed.is_empty() {
        return Err(LoadError::Empty { path: path.to_owned() });
    }
    Ok(Read { contents, failed })
}

/// Hands the bytes of each file that [`read`] reads to `take`; gives the files of a folder that could
/// not be read. Of one file at most so many bytes are read.
pub(crate) fn each(path: &Path, most: u64, take: &mut dyn FnMut(Vec<u8>)) -> Result<Vec<LoadError>, LoadError> {
    let failed = |error| LoadError::Read { path: path.to_owned(), error };
    if fs::metadata(path).map_err(failed)?.is_dir() {
        let read = |file: &PathBuf| read_file(file, most).map(&mut *take).err();
        return Ok(files_of(path)?.iter().filter_map(read).collect());
    }
    take(read_file(path, most)?);
    Ok(Vec::new())
}

/// Why a path gave no certificate: it holds none, or the first of its files that could not be read.
pub(crate) fn nothing(path: &Path, failed: Vec<LoadError>) -> LoadError {
    failed.into_iter().next().unwrap_or_else(|| LoadError::Empty { path: path.to_owned() })
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let failed = |error| LoadError::Read { path: folder.to_owned(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // A pipe would block; a link that leads nowhere is left over in many folders.
        if !hidden && fs::metadata(entry.path()).is_ok_and(|meta| meta.is_file()) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, LoadError> {
    let failed = |error| LoadError::Read { path: path.to_owned(), error };
    let too_large = || LoadError::TooLarge { path: path.to_owned(), most };
    let file = fs::File::open(path).map_err(failed)?;
    // A device has no length.
    let expected = file.metadata().map_err(failed)?.len();
    if expected > most {
        Err(too_large())
    } else {
        bounded(file, expected, most).map_err(failed)?.ok_or_else(too_large)
    }
}

/// All of it; `None` where that is more than [`MAX_FILE_BYTES`].
///
/// # Errors
/// What the system said.
pub fn read_bounded(from: impl io::Read) -> io::Result<Option<Vec<u8>>> {
    bounded(from, 0, MAX_FILE_BYTES)
}

/// All of it; `None` where that is more than `most`. With room for what is expected and one more, it is
/// read in one piece: `take` knows no length.
fn bounded(from: impl io::Read, expected: u64, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default().saturating_add(1));
    from.take(most + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= most))
}
