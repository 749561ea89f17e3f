//! The folder of `--out-dir`: an existing one, or one that is made, and is gone again if nothing could be
//! written into it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::refused;
use crate::problem::{Problem, shown};

/// A folder that is there, and what had to be made for it.
pub struct Folder {
    /// Innermost last.
    made: Vec<PathBuf>,
}

impl Folder {
    /// Whether there is such a folder or can be one, as far as that can be seen without making it.
    ///
    /// # Errors
    /// What stands in its place.
    pub fn ahead(path: &Path) -> Result<(), Problem> {
        let is_no_folder = |at: &Path| {
            Problem::new(format!("--out-dir {}: {} is no folder", shown(path), shown(at))).help("name another folder")
        };
        for at in ancestors(path) {
            match fs::metadata(at) {
                Ok(metadata) if metadata.is_dir() => return Ok(()),
                Ok(_) => return Err(is_no_folder(at)),
                // A link that leads nowhere is no place to make a folder.
                Err(_) if fs::symlink_metadata(at).is_ok() => return Err(is_no_folder(at)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => {}
                Err(error) => return Err(refused(path, &error)),
            }
        }
        Ok(())
    }

    /// Makes it, with the folders above it, where there is none.
    pub fn make(path: &Path) -> Result<Self, Problem> {
        let missing: Vec<&Path> = ancestors(path).take_while(|at| fs::metadata(at).is_err()).collect();
        let mut folder = Self { made: Vec::new() };
        for at in missing.into_iter().rev() {
            match fs::create_dir(at) {
                Ok(()) => folder.made.push(at.to_owned()),
                // Somebody else was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    folder.undo();
                    return Err(refused(at, &error));
                }
            }
        }
        Ok(folder)
    }

    /// Takes away what was made, as far as it is still empty.
    pub fn undo(self) {
        for at in self.made.iter().rev() {
            let _ = fs::remove_dir(at);
        }
    }
}

/// The path and the folders above it, but not the nameless one that a relative path begins in.
fn ancestors(path: &Path) -> impl Iterator<Item = &Path> {
    path.ancestors().filter(|at| !at.as_os_str().is_empty())
}
