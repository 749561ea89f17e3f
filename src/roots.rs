//! Trust anchors: Mozilla's, the system's, or files.

use std::path::Path;
use std::sync::Arc;

use crate::cert::{Certificate, Entity, NameKey};

/// A certificate that is trusted, and the store that says so.
#[derive(Debug)]
pub struct Anchor {
    /// The root certificate.
    pub certificate: Arc<Certificate>,
    /// `mozilla`, `system`, or the path that was given.
    pub store: Arc<str>,
}

/// Which store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootStore {
    /// Mozilla's list, built in.
    Mozilla,
    /// What the operating system trusts.
    System,
    /// A file or a directory.
    Path(std::path::PathBuf),
}

/// Why a store could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootsError {
    /// A file could not be read.
    #[error("cannot read {path}: {error}")]
    Read {
        /// The path.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// No certificate in it.
    #[error("no certificate in {path}")]
    Empty {
        /// The path, or the store's name.
        path: String,
    },
}

/// A set of trust anchors, indexed by subject, and certificates found beside them that are none.
#[derive(Debug, Default)]
pub struct Roots {
    // index: subject -> anchors; loaded when first asked for
}

impl Roots {
    /// Loads stores. Mozilla's list is indexed by subject without parsing what is not asked for.
    pub fn load(_stores: &[RootStore], _partial_chain: bool) -> Result<Self, RootsError> {
        Ok(Self::default())
    }

    /// Anchors from certificates at hand, for tests and for the library.
    pub fn from_certificates(_store: &str, _certificates: impl IntoIterator<Item = Certificate>) -> Self {
        Self::default()
    }

    /// The anchors of this name, whatever their key.
    pub fn named(&self, _subject: &NameKey) -> Vec<Arc<Anchor>> {
        Vec::new()
    }

    /// The anchors of this name and key.
    pub fn of(&self, entity: &Entity) -> Vec<Arc<Anchor>> {
        self.named(&entity.subject).into_iter().filter(|a| a.certificate.entity() == entity).collect()
    }

    /// Certificates of the stores that are not self-signed and so no anchors: they join the pool.
    pub fn intermediates(&self) -> &[Arc<Certificate>] {
        &[]
    }

    /// Whether Mozilla's list is part of this set.
    pub fn is_public(&self) -> bool {
        false
    }
}

#[allow(dead_code)]
fn read_dir(_path: &Path) {}
