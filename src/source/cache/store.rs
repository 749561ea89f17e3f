//! The folder: files written whole, read with suspicion, and the least recently used ones removed.

#![expect(clippy::disallowed_methods, reason = "the cache is files, and their age")]

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::entry::{Entry, Key, MAX_ENTRY_BYTES};
use super::{imported, revoked};
use crate::report::name_of;

/// Files that are being written are named so; one that is older than [`ABANDONED`] belongs to a
/// process that died.
const TEMPORARY: &str = ".new-";

/// No write takes this long.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// The folder's size is looked at on the first write of a process and every so many writes after
/// it: reading the folder costs as much as some writes.
const WRITES_PER_SWEEP: usize = 32;

/// A file's time of last use is only set anew when it is older than this: reads should not cost a
/// write.
const USE_RESOLUTION: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) struct Store {
    folder: PathBuf,
    max_entries: usize,
    max_bytes: u64,
    writes: AtomicUsize,
    broken: AtomicBool,
    warnings: Mutex<Vec<String>>,
}

/// A file of the folder.
struct Listed {
    path: PathBuf,
    used: SystemTime,
    bytes: u64,
}

impl Store {
    pub(super) fn new(folder: PathBuf, max_entries: usize, max_bytes: u64) -> Self {
        Self {
            folder,
            max_entries,
            max_bytes,
            writes: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            warnings: Mutex::default(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn warn(&self, warning: String) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The entry under `key`, and a note that it was used at `now`.
    pub(super) fn read(&self, key: &Key, now: SystemTime) -> Option<Entry> {
        let path = self.folder.join(key.file_name());
        let (entry, file, used) = read_entry(&path)?;
        if entry.key != *key {
            return None;
        }
        if now.duration_since(used).is_ok_and(|age| age > USE_RESOLUTION) {
            // Of a folder that cannot be written, entries are simply as old as they are.
            let _ = file.set_modified(now);
        }
        Some(entry)
    }

    /// Writes an entry, whole or not at all. What goes wrong is a warning, and the end of writing.
    pub(super) fn write(&self, entry: &Entry) {
        if self.broken.load(Ordering::Relaxed) {
            return;
        }
        let Some(bytes) = entry.to_bytes() else { return };
        if let Err(error) = self.replace(&entry.key.file_name(), &bytes, false) {
            if !self.broken.swap(true, Ordering::Relaxed) {
                self.warn(format!("cannot write the cache {}: {error}", name_of(&self.folder)));
            }
            return;
        }
        if self.writes.fetch_add(1, Ordering::Relaxed).is_multiple_of(WRITES_PER_SWEEP) {
            self.sweep();
        }
    }

    /// Writes a file of this name, whole or not at all; what is `lasting` outlives a crash, anything
    /// else is then a miss.
    pub(super) fn replace(&self, name: &str, bytes: &[u8], lasting: bool) -> io::Result<()> {
        let temporary = || tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.folder);
        let mut file = match temporary() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_folder(&self.folder)?;
                temporary()?
            }
            other => other?,
        };
        file.write_all(bytes)?;
        if lasting {
            file.as_file().sync_all()?;
        }
        file.persist(self.folder.join(name)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Does `work` while no other process does such work in this folder, where the system can see to it.
    pub(super) fn alone<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        make_folder(&self.folder)?;
        #[cfg(unix)]
        let _held = File::open(&self.folder).inspect(|folder| {
            let _ = rustix::fs::flock(folder, rustix::fs::FlockOperation::LockExclusive);
        });
        work()
    }

    /// Every entry that can be read.
    pub(super) fn list(&self) -> Vec<Entry> {
        let files = self.files().unwrap_or_default();
        files.iter().filter(|file| is_entry(&file.path)).filter_map(|file| Some(read_entry(&file.path)?.0)).collect()
    }

    /// Removes every file that is the cache's own.
    pub(super) fn clear(&self) -> io::Result<usize> {
        let files = match self.files() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            other => other?,
        };
        let mut removed = 0;
        for file in files {
            match fs::remove_file(&file.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => removed += usize::from(is_entry(&file.path)),
            }
        }
        for imported in [imported::FILE, revoked::FILE] {
            match fs::remove_file(self.folder.join(imported)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => removed += other.map(|()| 1)?,
            }
        }
        Ok(removed)
    }

    /// Brings the folder to three quarters of its bounds where it is past them: what was not used
    /// for longest goes first. Another process may do the same; a file that is gone is gone.
    fn sweep(&self) {
        let Ok(mut files) = self.files() else { return };
        files.retain(|file| {
            let abandoned = !is_entry(&file.path) && file.used.elapsed().is_ok_and(|age| age > ABANDONED);
            if abandoned {
                let _ = fs::remove_file(&file.path);
            }
            is_entry(&file.path)
        });
        let (mut entries, mut bytes) = (files.len(), files.iter().map(|file| file.bytes).sum::<u64>());
        if entries <= self.max_entries && bytes <= self.max_bytes {
            return;
        }
        files.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
        for file in files {
            if entries <= self.max_entries / 4 * 3 && bytes <= self.max_bytes / 4 * 3 {
                break;
            }
            let _ = fs::remove_file(&file.path);
            entries -= 1;
            bytes = bytes.saturating_sub(file.bytes);
        }
    }

    /// The files that are the cache's own: entries, and those being written.
    fn files(&self) -> io::Result<Vec<Listed>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let path = entry.path();
            let ours = is_entry(&path) || entry.file_name().as_encoded_bytes().starts_with(TEMPORARY.as_bytes());
            // Of the entry itself: a link is not followed.
            let Some(meta) = entry.metadata().ok().filter(|meta| ours && meta.is_file()) else { continue };
            files.push(Listed { path, used: meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), bytes: meta.len() });
        }
        Ok(files)
    }
}

fn is_entry(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads an entry whose name is that of its key.
fn read_entry(path: &Path) -> Option<(Entry, File, SystemTime)> {
    let file = open(path)?;
    let meta = file.metadata().ok().filter(|meta| meta.is_file() && meta.len() <= MAX_ENTRY_BYTES)?;
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).ok()?);
    (&file).take(MAX_ENTRY_BYTES).read_to_end(&mut bytes).ok()?;
    let entry = Entry::from_bytes(&bytes)?;
    let named_so = path.file_name().is_some_and(|name| name == entry.key.file_name().as_str());
    named_so.then_some((entry, file, meta.modified().ok()?))
}

/// Opens a file without following a link, and without waiting for the other end of a pipe: whoever
/// may write to the folder may put either in the place of an entry at any moment.
#[cfg(unix)]
pub(super) fn open(path: &Path) -> Option<File> {
    use rustix::fs::OFlags;
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).ok()?;
    let mut options = File::options();
    std::os::unix::fs::OpenOptionsExt::custom_flags(options.read(true), flags);
    options.open(path).ok()
}

/// Opens a file that is no link.
#[cfg(not(unix))]
pub(super) fn open(path: &Path) -> Option<File> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    File::open(path).ok()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
