//! Certificates that the user gave: `--intermediates PATH`.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::bundle::PemPool;
use crate::cert::{Certificate, Fingerprint, NameKey};
use crate::path::Gap;
use crate::report::Source;

use super::ccadb::Status;
use super::files::{self, Below, Contents, LoadError, MAX_FILE_BYTES};
use super::{Budget, Found, IssuerSource, Issuers};

/// Certificates at hand, indexed by subject when first asked; nothing but names is parsed for it.
#[derive(Debug, Default)]
pub struct LocalSource {
    certificates: Vec<Arc<Certificate>>,
    /// Large files, whose certificates are decoded when they are asked for.
    pools: Vec<(PathBuf, PemPool)>,
    warnings: Vec<String>,
    revoked: Vec<Fingerprint>,
    index: OnceLock<HashMap<NameKey, Vec<usize>>>,
}

impl LocalSource {
    /// A source of these certificates.
    pub fn new(certificates: impl IntoIterator<Item = Arc<Certificate>>) -> Self {
        Self { certificates: certificates.into_iter().collect(), ..Self::default() }
    }

    /// Reads files and directories, as [`files::read`] does.
    ///
    /// # Errors
    /// When a path cannot be read, or holds no certificate at all. A file in a directory that
    /// cannot be read is no error but a warning, and so is a damaged block.
    pub fn load<P: AsRef<Path>>(paths: &[P]) -> Result<Self, LoadError> {
        let mut source = Self::default();
        for path in paths {
            let (mut contents, before) = (Contents::default(), source.pools.len());
            let take = &mut |file: &Path, bytes: Vec<u8>| match PemPool::of(bytes) {
                Ok(pool) => {
                    source.pools.push((file.to_owned(), pool));
                    Vec::new()
                }
                Err(bytes) => contents.add(Contents::of(&bytes)),
            };
            let failed = files::each(path.as_ref(), MAX_FILE_BYTES, Below::Too, take)?;
            if contents.is_empty() && source.pools.len() == before {
                return Err(files::nothing(path.as_ref(), failed));
            }
            source.certificates.extend(contents.certificates);
            let revoked = contents.statuses.into_iter().filter(|(_, status)| *status == Status::Revoked);
            source.revoked.extend(revoked.map(|(fingerprint, _)| fingerprint));
            source.warnings.extend(failed.iter().map(LoadError::to_string));
        }
        Ok(source)
    }

    /// The certificates in the order given, less those of large files ([`PemPool`]); one that was given
    /// twice is there twice.
    pub fn certificates(&self) -> &[Arc<Certificate>] {
        &self.certificates
    }

    /// Files of a directory that could not be read, and damaged blocks; of large files ([`PemPool`]) those
    /// that were asked for so far.
    pub fn warnings(&self) -> Vec<String> {
        let damaged = |(path, pool): &(PathBuf, PemPool)| Some(LoadError::damaged(path, pool.lost())?.to_string());
        self.warnings.iter().cloned().chain(self.pools.iter().filter_map(damaged)).collect()
    }

    /// Certificates that one of the files, a report of CCADB, calls revoked.
    pub fn revoked(&self) -> &[Fingerprint] {
        &self.revoked
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
        let subject = gap.child.issuer_key();
        let pooled = self.pools.iter().flat_map(|(_, pool)| pool.named(subject));
        let all = self.named(subject).cloned().chain(pooled);
        let fresh = all.filter(|certificate| seen.insert(certificate.fingerprint()));
        let found = fresh.map(|certificate| Found { certificate, source: Source::Intermediates, url: None });
        Issuers { certificates: found.collect(), ..Issuers::default() }
    }

    fn is_given(&self) -> bool {
        true
    }
}
