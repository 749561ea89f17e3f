//! Several files, all or none: what was replaced is put back where a later one could not be.

use std::fs::{self, FileTimes, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chainmend::cert::Fingerprint;

use super::temporary::Temporary;
use super::{Planned, State, attributes, folder_of, sync_folder};
use crate::problem::{Problem, shown};

/// A file that was written, as it was before.
pub(super) struct Before {
    path: PathBuf,
    target: PathBuf,
    /// Of what was written: only that is taken back.
    written: Fingerprint,
    was: Was,
}

enum Was {
    Absent,
    There(Vec<u8>, Metadata),
    /// A pipe, or a file whose old bytes were not kept.
    Gone,
}

impl Before {
    /// Looks at what is about to be written over; its bytes are kept only where somebody `keeps` them.
    pub(super) fn of(planned: &Planned<'_>, keeps: bool) -> Self {
        let was = match &planned.state {
            State::New => Was::Absent,
            State::Replace(metadata) if keeps => {
                fs::read(&planned.target).map_or(Was::Gone, |bytes| Was::There(bytes, metadata.clone()))
            }
            State::Replace(_) | State::Same | State::Direct => Was::Gone,
        };
        let (path, target) = (planned.path.clone(), planned.target.clone());
        Self { path, target, written: Fingerprint::of(&planned.bytes), was }
    }

    fn put_back(&self) -> io::Result<()> {
        if !matches!(self.was, Was::Gone) && Fingerprint::of(&fs::read(&self.target)?) != self.written {
            return Err(io::Error::other("written by somebody else since"));
        }
        match &self.was {
            Was::Absent => fs::remove_file(&self.target),
            Was::There(bytes, metadata) => restore(&self.target, bytes, metadata),
            Was::Gone => Err(io::Error::other("nothing to put back")),
        }
    }
}

/// The old bytes under the old name, with the marks of the old file.
fn restore(target: &Path, bytes: &[u8], metadata: &Metadata) -> io::Result<()> {
    let file = Temporary::make(folder_of(target), None)?;
    file.as_file().write_all(bytes)?;
    attributes::copy(target, metadata, file.as_file()).map_err(io::Error::other)?;
    let times = FileTimes::new().set_modified(metadata.modified()?).set_accessed(metadata.accessed()?);
    file.as_file().set_times(times)?;
    file.as_file().sync_all()?;
    file.persist(target)?;
    sync_folder(target);
    Ok(())
}

/// Puts back what was written before `problem`, the last first; the problem with how that went, and for
/// each whether it is written for good.
pub(super) fn undo(written: &[Option<Before>], problem: Problem) -> (Vec<bool>, Problem) {
    let mut stays: Vec<bool> =
        written.iter().rev().map(|before| before.as_ref().is_some_and(|b| b.put_back().is_err())).collect();
    stays.reverse();
    let names = |wanted: bool| {
        let of = written.iter().zip(&stays).filter(|(_, stays)| **stays == wanted);
        of.filter_map(|(before, _)| Some(shown(&before.as_ref()?.path))).collect::<Vec<_>>().join(", ")
    };
    let (back, left) = (names(false), names(true));
    let mut message = problem.message.clone();
    if !back.is_empty() {
        message.push_str(&format!("; put back as before: {back}"));
    }
    if !left.is_empty() {
        message.push_str(&format!("; written already, and not put back: {left}"));
    }
    (stays, Problem { message, ..problem })
}
