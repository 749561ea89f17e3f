//! What a file or a folder holds: certificates in any form, and CCADB's reports.

#![expect(clippy::disallowed_methods, reason = "what is given by a path is read here")]

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ccadb::{self, Status};
use crate::bundle;
use crate::cert::{Certificate, Fingerprint};

/// The most that is read of one file. All certificates in public logs that are CAs take 20 MB; a
/// device that never ends must not take all memory.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Why a path gave nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file or directory could not be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// No certificate in it, and no report of any.
    #[error("no certificate in {}", path.display())]
    Empty {
        /// The path.
        path: PathBuf,
    },
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("{} is larger than {} MiB", path.display(), MAX_FILE_BYTES >> 20)]
    TooLarge {
        /// The path.
        path: PathBuf,
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
    let failed = |error| LoadError::Read { path: path.to_owned(), error };
    let mut read = Read::default();
    if fs::metadata(path).map_err(failed)?.is_dir() {
        read_folder(path, &mut read)?;
    } else {
        read.contents = read_file(path)?;
    }
    if read.contents.is_empty() && read.failed.is_empty() {
        return Err(LoadError::Empty { path: path.to_owned() });
    }
    Ok(read)
}

fn read_folder(path: &Path, read: &mut Read) -> Result<(), LoadError> {
    let failed = |error| LoadError::Read { path: path.to_owned(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // A pipe would block; a link that leads nowhere is left over in many folders.
        if !hidden && fs::metadata(entry.path()).is_ok_and(|meta| meta.is_file()) {
            files.push(entry.path());
        }
    }
    files.sort();
    for file in files {
        match read_file(&file) {
            Ok(found) => {
                read.contents.certificates.extend(found.certificates);
                read.contents.statuses.extend(found.statuses);
            }
            Err(error) => read.failed.push(error),
        }
    }
    Ok(())
}

fn read_file(path: &Path) -> Result<Contents, LoadError> {
    let failed = |error| LoadError::Read { path: path.to_owned(), error };
    let file = fs::File::open(path).map_err(failed)?;
    // A device has no length.
    if file.metadata().is_ok_and(|meta| meta.len() > MAX_FILE_BYTES) {
        return Err(LoadError::TooLarge { path: path.to_owned() });
    }
    match read_bounded(file).map_err(failed)? {
        Some(bytes) => Ok(Contents::of(&bytes)),
        None => Err(LoadError::TooLarge { path: path.to_owned() }),
    }
}

/// All of it; `None` where that is more than [`MAX_FILE_BYTES`].
///
/// # Errors
/// What the system said.
pub fn read_bounded(from: impl io::Read) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= MAX_FILE_BYTES))
}
