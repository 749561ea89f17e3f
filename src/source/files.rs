//! What a file or a folder holds: certificates in any form, and CCADB's reports.

#![expect(clippy::disallowed_methods, reason = "what is given by a path is read here")]

mod folder;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ccadb::{self, Status};
use crate::bundle::{self, Lost};
use crate::cert::{Certificate, Fingerprint};
use crate::report::name_of;

pub(crate) use folder::Below;
pub use folder::{MAX_DEPTH, MAX_ENTRIES};

/// The most that is read of one file. All certificates in public logs that are CAs take 20 MB; a
/// device that never ends must not take all memory.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// So many lines of damaged blocks are listed for one file; the rest is counted.
const MAX_LISTED: usize = 10;

/// Why a path gave nothing, or not all that may be in it.
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
    /// A folder so far below the one that was named that it is not entered.
    #[error("{} is not entered: it is more than {MAX_DEPTH} folders deep", name_of(path))]
    TooDeep {
        /// The folder.
        path: PathBuf,
    },
    /// A folder with more in it, and below it, than is looked at.
    #[error("more than {MAX_ENTRIES} files and folders are in {}; the rest is not read", name_of(path))]
    TooMany {
        /// The folder.
        path: PathBuf,
    },
    /// What may have been certificates could not be read; the rest of the file was.
    #[error("{}", damage(path, lost))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Each of them, at least one.
        lost: Vec<Lost>,
    },
}

impl LoadError {
    /// Of a file of which this could not be read, if anything.
    pub(crate) fn damaged(path: &Path, lost: Vec<Lost>) -> Option<Self> {
        (!lost.is_empty()).then(|| Self::Damaged { path: path.to_owned(), lost })
    }
}

/// `pool.pem:12: the certificate is cut short: 800 of 900 bytes`.
fn damage(path: &Path, lost: &[Lost]) -> String {
    let (name, why) = (name_of(path), lost.first().map_or("", |lost| &lost.why));
    let lines: Vec<String> = lost.iter().filter_map(|lost| Some(lost.line?.to_string())).collect();
    match lines.as_slice() {
        [] => format!("{name}: {why}"),
        [line] if lost.len() == 1 => format!("{name}:{line}: {why}"),
        lines => {
            let shown = lines.get(..MAX_LISTED).unwrap_or(lines).join(", ");
            let more = lines.len().saturating_sub(MAX_LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let uncounted: String = lost.iter().filter(|l| l.line.is_none()).map(|l| format!("; {}", l.why)).collect();
            let count = lines.len();
            format!("{name}: {count} blocks could not be read, at lines {shown}{more}; the first: {why}{uncounted}")
        }
    }
}

/// Certificates, and what a report says of certificates.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// In the order in which they stand; one that stands twice is here twice.
    pub certificates: Vec<Arc<Certificate>>,
    /// What a report of CCADB says of revocation, in its order.
    pub statuses: Vec<(Fingerprint, Status)>,
    /// What may have been a certificate and could not be read.
    pub lost: Vec<Lost>,
}

impl Contents {
    /// What these bytes hold: a report of CCADB (see [`ccadb`]), or certificates in any form that
    /// [`bundle::read_pool`] reads.
    pub fn of(bytes: &[u8]) -> Self {
        let plain = || {
            let read = bundle::read_pool(bytes);
            let certificates = read.certificates().map(|(_, certificate)| Arc::clone(certificate)).collect();
            Self { certificates, statuses: Vec::new(), lost: read.lost() }
        };
        ccadb::read(bytes).filter(|contents| !contents.is_empty()).unwrap_or_else(plain)
    }

    /// Adds what another file holds; hands back what was lost in that one.
    pub(super) fn add(&mut self, file: Self) -> Vec<Lost> {
        self.certificates.extend(file.certificates);
        self.statuses.extend(file.statuses);
        file.lost
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
    /// What could not be read: files and folders of a folder, and damaged blocks, by file.
    pub failed: Vec<LoadError>,
}

impl Read {
    /// What these bytes hold, and what could not be read of them.
    pub fn of(path: &Path, bytes: &[u8]) -> Self {
        let mut read = Self::default();
        let lost = read.contents.add(Contents::of(bytes));
        read.failed.extend(LoadError::damaged(path, lost));
        read
    }
}

/// Reads a file, or the files of a folder, with all below it: every file counts, linked ones too, by
/// name, but no linked folder and nothing that begins with a dot; files there that hold no certificate
/// are passed over. A folder that is more than [`MAX_DEPTH`] deep is not entered, and no more than
/// [`MAX_ENTRIES`] files and folders are looked at.
///
/// # Errors
/// When the path cannot be read, or there is nothing in it.
pub fn read(path: &Path) -> Result<Read, LoadError> {
    let mut contents = Contents::default();
    let take = &mut |_: &Path, bytes: Vec<u8>| contents.add(Contents::of(&bytes));
    let failed = each(path, MAX_FILE_BYTES, Below::Too, take)?;
    if contents.is_empty() && failed.is_empty() {
        return Err(LoadError::Empty { path: path.to_owned() });
    }
    Ok(Read { contents, failed })
}

/// What is done with each file; gives what could not be read of it.
pub(crate) type Take<'a> = dyn FnMut(&Path, Vec<u8>) -> Vec<Lost> + 'a;

/// Hands the bytes of each file that [`read`] reads to `take`; gives what could not be read, the path
/// itself aside. Of one file at most so many bytes are read.
pub(crate) fn each(path: &Path, most: u64, below: Below, take: &mut Take<'_>) -> Result<Vec<LoadError>, LoadError> {
    let failed = |error| LoadError::Read { path: path.to_owned(), error };
    let mut take = |file: &Path| match read_file(file, most) {
        Ok(bytes) => Ok(LoadError::damaged(file, take(file, bytes))),
        Err(error) => Err(error),
    };
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(take(path)?.into_iter().collect());
    }
    let found = folder::files_of(path, below).map_err(failed)?;
    let read = found.files.iter().filter_map(|file| take(file).unwrap_or_else(Some));
    Ok(found.failed.into_iter().chain(read).collect())
}

/// Why a path gave no certificate: it holds none, or the first of its files that could not be read.
pub(crate) fn nothing(path: &Path, failed: Vec<LoadError>) -> LoadError {
    failed.into_iter().next().unwrap_or_else(|| LoadError::Empty { path: path.to_owned() })
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
