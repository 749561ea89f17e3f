//! Which files of a folder are read.

#![expect(clippy::disallowed_methods, reason = "what is given by a path is read here")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::LoadError;

/// How far below the folder that was named others are entered. Real trees of certificates are three or
/// four deep; this ends one that somebody made endless.
pub const MAX_DEPTH: usize = 16;

/// So many files and folders are looked at: ten times as many as the CA certificates that there are,
/// a file each. A folder that was named by mistake (`/`) has more.
pub const MAX_ENTRIES: usize = 100_000;

/// What is done with the folders in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Below {
    /// They are entered.
    Too,
    /// They are passed over: what is trusted is named, and does not follow from lying somewhere below.
    Not,
}

/// What a folder has.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Regular files, by name, those of a folder in its place.
    pub(super) files: Vec<PathBuf>,
    /// Folders that were not read, or not to the end.
    pub(super) failed: Vec<LoadError>,
    looked_at: usize,
}

/// The files of a folder.
///
/// # Errors
/// When the folder itself cannot be read.
pub(super) fn files_of(folder: &Path, below: Below) -> io::Result<Found> {
    Found::default().all_of(folder, below)
}

impl Found {
    fn all_of(mut self, folder: &Path, below: Below) -> io::Result<Self> {
        self.enter(folder, below, 0)?;
        if self.looked_at > MAX_ENTRIES {
            self.failed.push(LoadError::TooMany { path: folder.to_owned() });
        }
        Ok(self)
    }

    fn enter(&mut self, folder: &Path, below: Below, depth: usize) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            self.looked_at += 1;
            if self.looked_at > MAX_ENTRIES {
                break;
            }
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let kind = entry.file_type()?;
            // A pipe would block; a link that leads nowhere is left over in many folders, and one to a
            // folder may lead in a circle.
            let linked = || kind.is_symlink() && fs::metadata(entry.path()).is_ok_and(|target| target.is_file());
            let enters = kind.is_dir() && below == Below::Too;
            if enters || kind.is_file() || linked() {
                entries.push((entry.path(), enters));
            }
        }
        entries.sort();
        for (path, is_folder) in entries {
            if !is_folder {
                self.files.push(path);
            } else if depth == MAX_DEPTH {
                self.failed.push(LoadError::TooDeep { path });
            } else if let Err(error) = self.enter(&path, below, depth + 1) {
                self.failed.push(LoadError::Read { path, error });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn names(found: &Found, folder: &Path) -> Vec<String> {
        found.files.iter().map(|path| path.strip_prefix(folder).unwrap().display().to_string()).collect()
    }

    #[test]
    fn folders_below_are_entered_in_their_place_unless_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::create_dir_all(path.join("b/d")).unwrap();
        fs::create_dir_all(path.join(".e")).unwrap();
        for name in ["c.pem", "a.pem", "b/2.pem", "b/d/1.pem", ".e/f.pem", ".g.pem"] {
            fs::write(path.join(name), name).unwrap();
        }
        let all = files_of(path, Below::Too).unwrap();
        assert_eq!(names(&all, path), ["a.pem", "b/2.pem", "b/d/1.pem", "c.pem"]);
        assert_eq!(names(&files_of(path, Below::Not).unwrap(), path), ["a.pem", "c.pem"]);
        assert!(files_of(&path.join("none"), Below::Too).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn linked_files_are_read_and_no_linked_folder_is_entered() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::create_dir(path.join("below")).unwrap();
        fs::write(path.join("below/a.pem"), "a").unwrap();
        symlink("below/a.pem", path.join("linked.pem")).unwrap();
        symlink("..", path.join("below/up")).unwrap();
        symlink("nowhere", path.join("lost.pem")).unwrap();
        let found = files_of(path, Below::Too).unwrap();
        assert_eq!(names(&found, path), ["below/a.pem", "linked.pem"]);
        assert!(found.failed.is_empty());
    }

    #[test]
    fn an_endless_tree_comes_to_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut deep = folder.path().to_owned();
        for depth in 1..=MAX_DEPTH + 2 {
            deep.push("d");
            fs::create_dir(&deep).unwrap();
            fs::write(deep.join("a.pem"), depth.to_string()).unwrap();
        }
        let found = files_of(folder.path(), Below::Too).unwrap();
        assert_eq!(found.files.len(), MAX_DEPTH);
        assert!(matches!(found.failed.as_slice(), [LoadError::TooDeep { .. }]));
        let nearly = || Found { looked_at: MAX_ENTRIES - 3, ..Found::default() };
        let found = nearly().all_of(folder.path(), Below::Too).unwrap();
        assert!(found.files.len() < 3 && matches!(found.failed.as_slice(), [LoadError::TooMany { .. }]));
        let found = nearly().all_of(&deep, Below::Too).unwrap();
        assert!(found.files.len() == 1 && found.failed.is_empty());
    }
}
