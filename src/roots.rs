//! Trust anchors: Mozilla's, the system's, or files.

mod distrust;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use crate::bundle;
use crate::cert::der::{Walk, tag};
use crate::cert::{Certificate, Entity, Fingerprint, NameKey, Time};
use crate::report::name_of;
use crate::source::files::{self, Below, LoadError};
use crate::verify::Purpose;

/// A certificate that is trusted, and the store that says so.
#[derive(Debug)]
pub struct Anchor {
    /// The root certificate.
    pub certificate: Arc<Certificate>,
    /// `mozilla`, `system`, or the path that was given.
    pub store: Arc<str>,
    /// The last moment whose certificates the store trusts it for, where that is over.
    pub distrust_after: Option<Time>,
}

impl Anchor {
    /// An anchor without more.
    pub fn new(certificate: Arc<Certificate>, store: impl Into<Arc<str>>) -> Self {
        Self { certificate, store: store.into(), distrust_after: None }
    }

    /// Whether the store trusts it no longer for a leaf that was issued then (its notBefore).
    pub fn distrusts(&self, issued: Option<Time>) -> bool {
        self.distrust_after.is_some_and(|after| issued.is_some_and(|issued| issued > after))
    }
}

/// Which store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootStore {
    /// Mozilla's list, built in.
    Mozilla,
    /// What the operating system trusts.
    System,
    /// A file or a directory.
    Path(PathBuf),
}

/// The most that is read of one file of a store. Mozilla's list is 220 KB, a pool of 10,000
/// certificates 19 MB; a device that never ends must not take all memory.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

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
///
/// Mozilla's list and the system's are read at the first question; each thread that asks meanwhile
/// waits for the one answer.
#[derive(Debug, Default)]
pub struct Roots {
    stores: Vec<Store>,
    intermediates: Vec<Arc<Certificate>>,
    /// Those of them that would be anchors, if their own blocks did not say otherwise.
    distrusted: HashSet<Fingerprint>,
    warnings: Vec<String>,
}

/// Anchors by subject.
type Index = HashMap<NameKey, Vec<Arc<Anchor>>>;

#[derive(Debug)]
enum Store {
    Mozilla(OnceLock<Mozilla>),
    System(OnceLock<Index>),
    /// Read when it was loaded.
    Given(Index),
}

impl Store {
    /// The anchors of this name.
    fn named(&self, subject: &NameKey) -> Vec<Arc<Anchor>> {
        let index = match self {
            Self::Mozilla(cell) => return cell.get_or_init(Mozilla::new).named(subject),
            Self::System(cell) => cell.get_or_init(|| {
                let found = rustls_native_certs::load_native_certs().certs;
                let certificates = found.iter().filter_map(|der| Certificate::from_der(der).ok());
                index("system", certificates.map(Arc::new))
            }),
            Self::Given(index) => index,
        };
        index.get(subject).cloned().unwrap_or_default()
    }
}

/// Mozilla's list: of every certificate its subject alone is read, the rest of those asked for.
#[derive(Debug)]
struct Mozilla {
    by_subject: HashMap<NameKey, Vec<usize>>,
    anchors: Vec<OnceLock<Option<Arc<Anchor>>>>,
}

impl Mozilla {
    fn new() -> Self {
        let mut by_subject: HashMap<NameKey, Vec<usize>> = HashMap::with_capacity(TLS_SERVER_ROOT_CERTS.len());
        for (i, der) in TLS_SERVER_ROOT_CERTS.iter().enumerate() {
            if let Some(subject) = subject(der) {
                by_subject.entry(NameKey::of(subject)).or_default().push(i);
            }
        }
        Self { by_subject, anchors: TLS_SERVER_ROOT_CERTS.iter().map(|_| OnceLock::new()).collect() }
    }

    fn named(&self, subject: &NameKey) -> Vec<Arc<Anchor>> {
        self.by_subject.get(subject).into_iter().flatten().filter_map(|i| self.anchor(*i)).collect()
    }

    fn anchor(&self, i: usize) -> Option<Arc<Anchor>> {
        let make = || {
            let certificate = Arc::new(Certificate::from_der(TLS_SERVER_ROOT_CERTS.get(i)?).ok()?);
            let distrust_after = distrust::after(&certificate.fingerprint());
            Some(Arc::new(Anchor { distrust_after, ..Anchor::new(certificate, "mozilla") }))
        };
        self.anchors.get(i)?.get_or_init(make).clone()
    }
}

/// The subject's DER: the fifth field of a TBSCertificate, after the version (RFC 5280 §4.1).
fn subject(certificate: &[u8]) -> Option<&[u8]> {
    let outer = Walk::new(certificate).expect(tag::SEQUENCE)?;
    let tbs = Walk::within(certificate, &outer.body).expect(tag::SEQUENCE)?;
    let mut fields = Walk::within(certificate, &tbs.body);
    let _version = fields.expect(tag::CONTEXT_0);
    fields.expect(tag::INTEGER)?;
    for _before in ["signature", "issuer", "validity"] {
        fields.expect(tag::SEQUENCE)?;
    }
    certificate.get(fields.expect(tag::SEQUENCE)?.whole)
}

/// Anchors of one store by subject, each certificate once.
fn index(store: &str, certificates: impl Iterator<Item = Arc<Certificate>>) -> Index {
    let store: Arc<str> = store.into();
    let mut index = Index::new();
    for certificate in certificates {
        let same_name = index.entry(certificate.subject().key()).or_default();
        if !same_name.iter().any(|known: &Arc<Anchor>| known.certificate == certificate) {
            same_name.push(Arc::new(Anchor::new(certificate, store.clone())));
        }
    }
    index
}

impl Roots {
    /// Loads stores, in this order, for the purpose of a server. A path is read now: a file in any form
    /// that [`bundle::read_pool`] reads, or a directory, as [`files::read`] reads it, but nothing below it.
    /// What is not self-signed there is an anchor only with `partial_chain`, else one of
    /// [`Roots::intermediates`]; and so is what is not trusted for the purpose, as a block that OpenSSL
    /// calls `TRUSTED CERTIFICATE` may say.
    ///
    /// # Errors
    /// A path that cannot be read, or holds no certificate.
    pub fn load(stores: &[RootStore], partial_chain: bool) -> Result<Self, RootsError> {
        Self::load_for(stores, partial_chain, Purpose::Server)
    }

    /// [`Roots::load`] for another purpose.
    ///
    /// # Errors
    /// The same.
    pub fn load_for(stores: &[RootStore], partial_chain: bool, purpose: Purpose) -> Result<Self, RootsError> {
        let mut roots = Self::default();
        for store in stores {
            match store {
                RootStore::Mozilla => roots.stores.push(Store::Mozilla(OnceLock::new())),
                RootStore::System => roots.stores.push(Store::System(OnceLock::new())),
                RootStore::Path(path) => roots.add_path(path, partial_chain, purpose)?,
            }
        }
        Ok(roots)
    }

    /// With certificates that this root issued after a moment distrusted, as Mozilla does to CAs that it
    /// is about to remove. Of the anchors that were given as files or certificates.
    #[must_use]
    pub fn distrusting(mut self, root: &Fingerprint, after: Time) -> Self {
        for store in &mut self.stores {
            let Store::Given(index) = store else { continue };
            for anchor in index.values_mut().flatten().filter(|a| a.certificate.fingerprint() == *root) {
                let known = Anchor::new(Arc::clone(&anchor.certificate), Arc::clone(&anchor.store));
                *anchor = Arc::new(Anchor { distrust_after: Some(after), ..known });
            }
        }
        self
    }

    /// Anchors from certificates at hand, whether they are self-signed or not: what
    /// [`Certificate::from_der`] or [`bundle::certificates_in`] gave.
    /// `store` is what reports call them.
    pub fn from_certificates<C: Into<Arc<Certificate>>>(
        store: &str,
        certificates: impl IntoIterator<Item = C>,
    ) -> Self {
        let index = index(store, certificates.into_iter().map(Into::into));
        Self { stores: vec![Store::Given(index)], ..Self::default() }
    }

    /// The anchors of this name, whatever their key; a certificate that several stores hold comes
    /// once, from the first of them.
    pub fn named(&self, subject: &NameKey) -> Vec<Arc<Anchor>> {
        let mut found: Vec<Arc<Anchor>> = Vec::new();
        for anchor in self.stores.iter().flat_map(|store| store.named(subject)) {
            if !found.iter().any(|known| known.certificate == anchor.certificate) {
                found.push(anchor);
            }
        }
        found
    }

    /// The anchors of this name and key.
    pub fn of(&self, entity: &Entity) -> Vec<Arc<Anchor>> {
        self.named(&entity.subject).into_iter().filter(|a| a.certificate.entity() == entity).collect()
    }

    /// Certificates of the stores that are no anchors, not being self-signed or not trusted for the
    /// purpose: they join the pool.
    pub fn intermediates(&self) -> &[Arc<Certificate>] {
        &self.intermediates
    }

    /// Whether a store has this certificate and says itself that it is not trusted for the purpose, and
    /// no other store trusts it.
    pub fn is_distrusted(&self, certificate: &Certificate) -> bool {
        self.distrusted.contains(&certificate.fingerprint()) && self.of(certificate.entity()).is_empty()
    }

    /// Files of a directory that could not be read, and damaged blocks.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn add_path(&mut self, path: &Path, partial_chain: bool, purpose: Purpose) -> Result<(), RootsError> {
        let name = name_of(path);
        let mut seen = HashSet::new();
        let mut certificates = Vec::new();
        let mut distrusted = HashSet::new();
        let take = &mut |_: &Path, bytes: Vec<u8>| {
            let read = bundle::read_pool(&bytes);
            for (item, certificate) in read.certificates() {
                if item.trust.as_ref().is_some_and(|trust| !purpose.is_any_of(|oid| trust.allows(oid))) {
                    distrusted.insert(certificate.fingerprint());
                }
                certificates.push(Arc::clone(certificate));
            }
            read.lost()
        };
        let failed = files::each(path, MAX_FILE_BYTES, Below::Not, take)?;
        certificates.retain(|certificate| seen.insert(certificate.fingerprint()));
        if certificates.is_empty() {
            return Err(files::nothing(path, failed).into());
        }
        self.warnings.extend(failed.iter().map(LoadError::to_string));
        let is_anchor = |certificate: &Arc<Certificate>| {
            !distrusted.contains(&certificate.fingerprint()) && (partial_chain || is_self_signed(certificate))
        };
        let (anchors, others): (Vec<_>, Vec<_>) = certificates.into_iter().partition(is_anchor);
        self.stores.push(Store::Given(index(&name, anchors.into_iter())));
        self.intermediates.extend(others);
        self.distrusted.extend(distrusted);
        Ok(())
    }
}

/// Self-issued, and its authorityKeyIdentifier names no other key. The signature is not checked: a
/// trusted certificate's own is never judged (RFC 5280 §6.1.1 (d)).
fn is_self_signed(certificate: &Certificate) -> bool {
    if !certificate.is_self_issued() {
        return false;
    }
    let fields = certificate.fields();
    let Some(authority) = &fields.authority_key_id else { return true };
    match (&authority.key_id, &fields.subject_key_id) {
        (Some(authority), Some(subject)) => authority == subject,
        _ => authority.serial.as_deref().is_none_or(|serial| serial == certificate.serial()),
    }
}

impl From<LoadError> for RootsError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Read { path, error } => Self::Read { path: name_of(&path), error },
            LoadError::Empty { path } => Self::Empty { path: name_of(&path) },
            LoadError::TooLarge { path, most } => {
                let error = std::io::Error::other(format!("larger than {} MiB", most >> 20));
                Self::Read { path: name_of(&path), error }
            }
            LoadError::Damaged { path, lost } => {
                let why = lost.first().map_or("", |lost| &lost.why);
                Self::Read { path: name_of(&path), error: std::io::Error::other(why) }
            }
            LoadError::TooDeep { ref path } | LoadError::TooMany { ref path } => {
                Self::Read { path: name_of(path), error: std::io::Error::other(error.to_string()) }
            }
        }
    }
}

#[cfg(test)]
mod tests;
