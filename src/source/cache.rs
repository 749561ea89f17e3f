//! What earlier runs fetched, in a folder.
//!
//! Two keys lead to certificates: a URL, to what it answered; and a subject, to the certificates of
//! that name, whatever URL gave them. Each key is one small file, so that a hit costs one read, and
//! each file is written whole and renamed into place, so that any number of processes may share the
//! folder. What was imported, of which there may be much, stands apart from what comes and goes: all
//! certificates in one file, [`imported`], and the list of revoked ones in another, [`revoked`].
//!
//! What is read is checked: a file that is torn, foreign or forged is a miss, and what a forger of a
//! well-made file gains is nothing, since certificates from here are verified like all others.
//!
//! **Freshness.** A certificate does not turn false with age, so it is handed out as long as it is
//! here. What ages is the claim that it is all there is at its URL. For as long as the server says,
//! within [`FAILURE_SETTLED`] and [`SETTLED`], and for [`SETTLED`] where it says nothing, the URL counts
//! as asked in this run, even if the answer did not help (a failure counts for [`FAILURE_SETTLED`]).
//! After that, and as soon as one of the certificates has expired or is listed as revoked, the URL may
//! be asked again once nothing valid is found without it, and the new answer takes the place of the
//! old one.
//!
//! Nothing here is ever an error: without a folder, on a full or read-only disk, all goes on without
//! a cache, and [`Cache::warnings`] says so.

#![expect(clippy::disallowed_methods, reason = "the cache is files, and their age")]

mod entry;
pub mod imported;
pub mod revoked;
mod store;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use url::Url;

use crate::cert::{Certificate, Fingerprint, NameKey, Time};
use crate::path::Gap;
use crate::report::{FetchOutcome, FetchRecord, Source, name_of};
use crate::verify::RevokedList;

use super::aia::{key_of, places};
use super::files::Contents;
use super::{Budget, Found, IssuerSource, Issuers};
pub use entry::{Entry, Kept, Key};
use imported::Imported;
use store::Store;

/// How long the certificates of a URL count as all there is, where the server says nothing shorter: CAs
/// publish a renewed certificate months before the old one ends.
pub const SETTLED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a failure of a URL counts as its answer, and any answer at the least: the runs of one deploy
/// ask once.
pub const FAILURE_SETTLED: Duration = Duration::from_secs(10 * 60);

/// Files in the folder. A host meets a few CAs; the web as a whole has some 2,000 intermediates.
pub const MAX_ENTRIES: usize = 4096;

/// Bytes in the folder: many times what that many real entries take.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Certificates that are kept for one subject, the last seen first: cross-certificates and
/// renewals of one CA rarely are more than five.
pub const MAX_PER_SUBJECT: usize = 16;

/// Bytes of certificates that are held in memory for the bundles of one run; past this the files are
/// read again.
pub const MAX_HELD_BYTES: usize = 16 * 1024 * 1024;

/// What was read and written in this run.
#[derive(Default)]
struct Memory {
    entries: HashMap<Key, Option<Arc<Entry>>>,
    bytes: usize,
}

impl Memory {
    /// Remembers an entry, or that there is none; tells what is known now.
    fn keep(&mut self, key: Key, entry: Option<Arc<Entry>>) {
        /// What an entry takes besides its certificates.
        const OVERHEAD: usize = 256;
        let certificates = entry.iter().flat_map(|entry| &entry.certificates);
        self.bytes += OVERHEAD + certificates.map(|kept| kept.certificate.der().len()).sum::<usize>();
        if self.bytes > MAX_HELD_BYTES {
            *self = Self::default();
        }
        self.entries.insert(key, entry);
    }
}

/// A cache of fetched certificates. Making one costs nothing; the folder is made at the first
/// answer that is kept, for its owner alone. It may be shared by threads.
pub struct Cache {
    store: Store,
    clock: fn() -> SystemTime,
    memory: Mutex<Memory>,
    imported: OnceLock<Option<Mutex<Imported>>>,
    revoked: OnceLock<RevokedList>,
}

/// What an import came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Certificates that were not imported before.
    pub new: usize,
    /// Those that were.
    pub known: usize,
    /// Those that are too many; the ones that last longest are kept.
    pub left_out: usize,
    /// Certificates that are listed as revoked now.
    pub revoked: usize,
    /// Those of them that were not before.
    pub newly_revoked: usize,
}

impl Cache {
    /// A cache in this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            store: Store::new(folder.into(), MAX_ENTRIES, MAX_BYTES),
            clock: SystemTime::now,
            memory: Mutex::default(),
            imported: OnceLock::new(),
            revoked: OnceLock::new(),
        }
    }

    /// With other bounds than [`MAX_ENTRIES`] and [`MAX_BYTES`].
    #[must_use]
    pub fn limits(self, entries: usize, bytes: u64) -> Self {
        Self { store: Store::new(self.store.folder().to_owned(), entries, bytes), ..self }
    }

    /// With another clock than the system's.
    #[must_use]
    pub fn clock(self, clock: fn() -> SystemTime) -> Self {
        Self { clock, ..self }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.store.folder()
    }

    /// What did not work, each once: for the user, who may wonder why everything is fetched anew.
    pub fn warnings(&self) -> Vec<String> {
        self.store.warnings()
    }

    /// What `url` answered, if that is known.
    pub fn get(&self, url: &Url) -> Option<Arc<Entry>> {
        self.look_up(Key::Url(key_of(url)))
    }

    /// The certificates of this name, if some are known.
    pub fn named(&self, subject: &NameKey) -> Option<Arc<Entry>> {
        self.look_up(Key::of_subject(subject))
    }

    /// Keeps what `url` answered, and for how long it said that this is all there is.
    pub fn put(&self, url: &Url, certificates: &[Arc<Certificate>], lasts: Option<Duration>) {
        let key = key_of(url);
        let keep =
            |certificate: &Arc<Certificate>| Kept { certificate: Arc::clone(certificate), url: Some(key.clone()) };
        let kept: Vec<Kept> = certificates.iter().map(keep).collect();
        // An answer of hundreds must not push out everything else.
        for one in kept.iter().take(MAX_PER_SUBJECT) {
            self.put_by_subject(one.clone());
        }
        self.write(Entry { key: Key::Url(key), asked: self.now(), lasts, certificates: kept, failure: None });
    }

    /// Keeps that `url` gave nothing, and why. Certificates that it gave before stay.
    pub fn put_failure(&self, url: &Url, why: &str) {
        let (certificates, failure) = match self.get(url) {
            Some(before) if !before.certificates.is_empty() => (before.certificates.clone(), None),
            _ => (Vec::new(), Some(why.to_owned())),
        };
        let lasts = Some(FAILURE_SETTLED);
        self.write(Entry { key: Key::Url(key_of(url)), asked: self.now(), lasts, certificates, failure });
    }

    /// Keeps certificates that come from no URL, and what a report says of revoked ones. They stay
    /// until they are cleared; what comes later is added.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be written; what was there before is then there still.
    pub fn import(&self, contents: &Contents) -> io::Result<ImportReport> {
        let mut report = ImportReport::default();
        self.store.alone(|| {
            if !contents.certificates.is_empty() {
                self.import_certificates(&contents.certificates, &mut report)?;
            }
            let before = revoked::read(self.path()).and_then(Result::ok).unwrap_or_default();
            let list = revoked::updated(&before, &contents.statuses);
            report.revoked = list.len();
            report.newly_revoked = list.iter().filter(|fingerprint| !before.contains(fingerprint)).count();
            if !contents.statuses.is_empty() {
                self.store.replace(revoked::FILE, &revoked::to_bytes(&list, self.now()), true)?;
            }
            Ok(report)
        })
    }

    fn import_certificates(&self, certificates: &[Arc<Certificate>], report: &mut ImportReport) -> io::Result<()> {
        let mut all = Imported::open(self.path()).map(|mut before| before.all()).unwrap_or_default();
        let known: HashSet<Fingerprint> = all.iter().map(|certificate| certificate.fingerprint()).collect();
        let read: HashSet<Fingerprint> = certificates.iter().map(|certificate| certificate.fingerprint()).collect();
        report.known = read.intersection(&known).count();
        all.extend(certificates.iter().cloned());
        let kept = imported::kept(all);
        report.new = kept.iter().filter(|certificate| !known.contains(&certificate.fingerprint())).count();
        report.left_out = read.len() - report.known - report.new;
        self.store.replace(imported::FILE, &imported::to_bytes(&kept), true)
    }

    /// The imported certificates of this name.
    pub fn imported(&self, subject: &NameKey) -> Vec<Arc<Certificate>> {
        let open = || Imported::open(self.path()).map(Mutex::new);
        let Some(imported) = self.imported.get_or_init(open) else { return Vec::new() };
        let Key::Subject(subject) = Key::of_subject(subject) else { return Vec::new() };
        imported.lock().unwrap_or_else(PoisonError::into_inner).named(&subject)
    }

    /// The certificates that are known to be revoked, as the imported reports say; read at the first
    /// question.
    pub fn revoked(&self) -> &RevokedList {
        self.revoked.get_or_init(|| match revoked::read(self.path()) {
            None => RevokedList::default(),
            Some(Ok(list)) => list,
            Some(Err(why)) => {
                let path = self.path().join(revoked::FILE);
                self.store.warn(format!("the list of revoked certificates {} is not used: {why}", name_of(&path)));
                RevokedList::default()
            }
        })
    }

    /// What is kept: every URL with its answer, then the certificates that were imported, name by name;
    /// each in the order of their keys.
    pub fn list(&self) -> Vec<Entry> {
        let mut entries = self.store.list();
        entries.retain(|entry| matches!(entry.key, Key::Url(_)));
        let mut by_name: BTreeMap<Key, Entry> = BTreeMap::new();
        if let Some(mut imported) = Imported::open(self.path()) {
            for certificate in imported.all() {
                let key = Key::of_subject(&certificate.subject().key());
                let empty = || Entry { asked: imported.written, ..Entry::empty(key.clone()) };
                by_name.entry(key.clone()).or_insert_with(empty).certificates.push(Kept { certificate, url: None });
            }
        }
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        entries.extend(by_name.into_values());
        entries
    }

    /// Empties the cache; tells how many files went. Files in the folder that are not the cache's
    /// own stay.
    ///
    /// # Errors
    /// When the folder cannot be read or a file cannot be removed; a folder that is not there is
    /// empty.
    pub fn clear(&self) -> io::Result<usize> {
        *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = Memory::default();
        self.store.clear()
    }

    /// Whether the answer counts as all there is, so that its URL is not asked in this run.
    pub fn is_settled(&self, entry: &Entry) -> bool {
        let lasts = match entry.failure {
            Some(_) => FAILURE_SETTLED,
            None => entry.lasts.unwrap_or(SETTLED).clamp(FAILURE_SETTLED, SETTLED),
        };
        // An answer from the future, by a clock that was set since, is not trusted to be fresh.
        self.age(entry).is_some_and(|age| age < lasts)
            && !entry.certificates.iter().any(|kept| self.lapsed(kept, entry))
    }

    /// Whether a certificate was good when its URL was asked and is no more: now its CA may have
    /// another one there.
    fn lapsed(&self, kept: &Kept, entry: &Entry) -> bool {
        let since = |event: Option<Time>| event.is_some_and(|time| entry.asked <= time && time <= self.now());
        let list = self.revoked();
        since(kept.certificate.not_after()) || (since(list.as_of()) && list.contains(&kept.certificate.fingerprint()))
    }

    fn age(&self, entry: &Entry) -> Option<Duration> {
        (self.clock)().duration_since(entry.asked.into()).ok()
    }

    fn now(&self) -> Time {
        (self.clock)().into()
    }

    fn look_up(&self, key: Key) -> Option<Arc<Entry>> {
        let memory = || self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = memory().entries.get(&key) {
            return known.clone();
        }
        let entry = self.store.read(&key, (self.clock)()).map(Arc::new);
        let mut memory = memory();
        // Another thread may have written it meanwhile.
        if let Some(known) = memory.entries.get(&key) {
            return known.clone();
        }
        memory.keep(key, entry.clone());
        entry
    }

    fn write(&self, entry: Entry) {
        self.store.write(&entry);
        let key = entry.key.clone();
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).keep(key, Some(Arc::new(entry)));
    }

    /// Adds a certificate under its name, in front, unless it is there already.
    fn put_by_subject(&self, kept: Kept) {
        let key = Key::of_subject(&kept.certificate.subject().key());
        let before = self.look_up(key.clone());
        let mut certificates: Vec<Kept> = before.map(|entry| entry.certificates.clone()).unwrap_or_default();
        if certificates.iter().any(|known| known.certificate == kept.certificate) {
            return;
        }
        certificates.insert(0, kept);
        certificates.truncate(MAX_PER_SUBJECT);
        self.write(Entry { asked: self.now(), certificates, ..Entry::empty(key) });
    }
}

/// The cache as a source: what the child's URLs answered before, and what is known of its
/// issuer's name.
pub struct CacheSource {
    cache: Arc<Cache>,
}

impl CacheSource {
    /// A source that looks here.
    pub fn new(cache: Arc<Cache>) -> Self {
        Self { cache }
    }

    /// What a failure that still counts is recorded as.
    fn failure(&self, text: String, entry: &Entry) -> FetchRecord {
        let minutes = self.cache.age(entry).map_or(0, |age| age.as_secs() / 60);
        let when = if minutes == 0 { "under a minute".to_owned() } else { format!("{minutes} min") };
        let why = entry.failure.as_deref().unwrap_or_default();
        record(text, FetchOutcome::Failed, Some(format!("{why}, {when} ago (cached)")), None)
    }
}

impl IssuerSource for CacheSource {
    fn issuers_of(&self, gap: &Gap, budget: &mut Budget) -> Issuers {
        let mut issuers = Issuers::default();
        let mut seen: HashSet<Fingerprint> = HashSet::new();
        let mut found = |kept: &Kept, url: Option<String>| {
            let certificate = Arc::clone(&kept.certificate);
            seen.insert(certificate.fingerprint()).then_some(Found { certificate, source: Source::Cache, url })
        };
        for (text, url) in places(&gap.child).urls {
            let key = key_of(&url);
            if budget.asked.contains(&key) || !budget.looked_up.insert(key.clone()) {
                continue;
            }
            let Some(entry) = self.cache.get(&url) else { continue };
            let settled = self.cache.is_settled(&entry);
            if settled {
                budget.asked.insert(key);
            }
            if entry.failure.is_none() {
                let bytes = entry.certificates.iter().map(|kept| kept.certificate.der().len()).sum();
                issuers
                    .certificates
                    .extend(entry.certificates.iter().filter_map(|kept| found(kept, Some(text.clone()))));
                issuers.fetches.push(record(text, FetchOutcome::Cached, None, Some(bytes)));
            } else if settled {
                issuers.fetches.push(self.failure(text, &entry));
            }
        }
        if let Some(entry) = self.cache.named(gap.child.issuer_key()) {
            issuers.certificates.extend(entry.certificates.iter().filter_map(|kept| found(kept, kept.url.clone())));
        }
        let imported = self.cache.imported(gap.child.issuer_key()).into_iter();
        let imported = imported.map(|certificate| Kept { certificate, url: None });
        issuers.certificates.extend(imported.filter_map(|kept| found(&kept, None)));
        issuers
    }
}

fn record(url: String, outcome: FetchOutcome, detail: Option<String>, bytes: Option<usize>) -> FetchRecord {
    FetchRecord { url, outcome, detail, option: None, bytes, milliseconds: None }
}
