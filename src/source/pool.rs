//! Certificates that the user gave: `--intermediates PATH`.

#![expect(clippy::disallowed_methods, reason = "this source reads the files that it is given")]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::bundle;
use crate::cert::{Certificate, NameKey};
use crate::path::Gap;
use crate::report::Source;

use super::{Budget, Found, IssuerSource, Issuers};

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
    /// No certificate in it.
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

/// Certificates at hand, indexed by subject when first asked; nothing but names is parsed for it.
#[derive(Debug, Default)]
pub struct LocalSource {
    certificates: Vec<Arc<Certificate>>,
    warnings: Vec<String>,
    index: OnceLock<HashMap<NameKey, Vec<usize>>>,
}

impl LocalSource {
    /// A source of these certificates.
    pub fn new(certificates: impl IntoIterator<Item = Arc<Certificate>>) -> Self {
        Self { certificates: certificates.into_iter().collect(), warnings: Vec::new(), index: OnceLock::new() }
    }

    /// Reads files and directories. Of a directory every file counts, linked ones too, but no
    /// directory below it and no dot file; files there that hold no certificate are passed over.
    ///
    /// # Errors
    /// When a path cannot be read, or holds no certificate at all. A file in a directory that
    /// cannot be read is no error but a warning.
    pub fn load<P: AsRef<Path>>(paths: &[P]) -> Result<Self, LoadError> {
        let mut certificates = Vec::new();
        let mut warnings = Vec::new();
        for path in paths {
            let path = path.as_ref();
            let before = certificates.len();
            let is_dir = fs::metadata(path).map_err(|error| LoadError::Read { path: path.to_owned(), error })?.is_dir();
            if is_dir {
                read_directory(path, &mut certificates, &mut warnings)?;
            } else {
                certificates.extend(read_file(path)?);
            }
            if certificates.len() == before {
                return Err(LoadError::Empty { path: path.to_owned() });
            }
        }
        Ok(Self { warnings, ..Self::new(certificates) })
    }

    /// The certificates in the order given; one that was given twice is there twice.
    pub fn certificates(&self) -> &[Arc<Certificate>] {
        &self.certificates
    }

    /// Files of a directory that could not be read.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn named(&self, subject: &NameKey) -> impl Iterator<Item = &Arc<Certificate>> {
        let index = self.index.get_or_init(|| {
            let mut index: HashMap<NameKey, Vec<usize>> = HashMap::with_capacity(self.certificates.len());
            for (position, certificate) in self.certificates.iter().enumerate() {
                index.entry(certificate.subject().key()).or_default().push(position);
            }
            index
        });
        index.get(subject).into_iter().flatten().filter_map(|position| self.certificates.get(*position))
    }
}

impl IssuerSource for LocalSource {
    fn issuers_of(&self, gap: &Gap, _budget: &mut Budget) -> Issuers {
        let mut seen = HashSet::new();
        let fresh = self.named(gap.child.issuer_key()).filter(|certificate| seen.insert(certificate.fingerprint()));
        let found = fresh.map(|certificate| Found {
            certificate: Arc::clone(certificate),
            source: Source::Intermediates,
            url: None,
        });
        Issuers { certificates: found.collect(), ..Issuers::default() }
    }
}

fn read_directory(
    path: &Path,
    certificates: &mut Vec<Arc<Certificate>>,
    warnings: &mut Vec<String>,
) -> Result<(), LoadError> {
    let failed = |error| LoadError::Read { path: path.to_owned(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && fs::metadata(entry.path()).is_ok_and(|meta| meta.is_file()) {
            files.push(entry.path());
        }
    }
    files.sort();
    for file in files {
        match read_file(&file) {
            Ok(found) => certificates.extend(found),
            Err(error) => warnings.push(error.to_string()),
        }
    }
    Ok(())
}

fn read_file(path: &Path) -> Result<Vec<Arc<Certificate>>, LoadError> {
    let failed = |error| LoadError::Read { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(LoadError::TooLarge { path: path.to_owned() });
    }
    Ok(bundle::certificates_in(&bytes))
}
