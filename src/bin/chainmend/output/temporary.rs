//! A file beside its target until it takes its place; gone if it never does, also when a signal ends the
//! program.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::NamedTempFile;

use crate::interrupt;
use crate::jobs::lock;

/// All that there are.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// An open file of a name that nothing else has.
pub(super) struct Temporary {
    file: NamedTempFile,
    listed: Listed,
}

impl Temporary {
    /// An empty one; the mode is that which tempfile gives it, unless another one is given.
    pub(super) fn make(folder: &Path, mode: Option<u32>) -> io::Result<Self> {
        interrupt::watch();
        let mut builder = tempfile::Builder::new();
        builder.prefix(".chainmend-");
        #[cfg(unix)]
        if let Some(mode) = mode {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(mode));
        }
        #[cfg(not(unix))]
        let _ = mode;
        // Nobody sees the list without a file that is there.
        let mut under_way = lock(&UNDER_WAY);
        let file = builder.tempfile_in(folder)?;
        under_way.push(file.path().to_owned());
        Ok(Self { listed: Listed(file.path().to_owned()), file })
    }

    pub(super) fn as_file(&self) -> &File {
        self.file.as_file()
    }

    /// It takes the place of whatever is there.
    pub(super) fn persist(self, target: &Path) -> io::Result<()> {
        let Self { file, listed: _listed } = self;
        file.persist(target).map(drop).map_err(|failed| failed.error)
    }

    /// The same where there must be nothing.
    pub(super) fn persist_noclobber(self, target: &Path) -> io::Result<()> {
        let Self { file, listed: _listed } = self;
        file.persist_noclobber(target).map(drop).map_err(|failed| failed.error)
    }
}

/// Is off the list when it is dropped, which is after the file is.
struct Listed(PathBuf);

impl Drop for Listed {
    fn drop(&mut self) {
        lock(&UNDER_WAY).retain(|path| *path != self.0);
    }
}

/// Takes all of them away, before the program ends. From then on no new one is made.
#[cfg(unix)]
pub fn abandon() {
    let under_way = lock(&UNDER_WAY);
    for path in under_way.iter() {
        // It may be taking its place at this moment, which makes it whole, and gone from here.
        let _ = fs::remove_file(path);
    }
    std::mem::forget(under_way);
}
