//! A file that is written bit by bit, and takes its place when it is whole: a report on more bundles
//! than memory should hold. Whoever reads it meanwhile, as node_exporter may at any time, reads the
//! one before.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::temporary::Temporary;
use super::{Guard, Planned, State, attributes, refused, sync_folder, temporary};
use crate::problem::Problem;

/// A file on its way.
pub struct Growing {
    /// As the user named it.
    path: PathBuf,
    /// With links resolved.
    target: PathBuf,
    to: BufWriter<Box<dyn Write + Send>>,
    /// Beside the target; none where a pipe or a device is written into as it comes.
    file: Option<Temporary>,
}

impl Growing {
    /// Looks whether a file can go to `path`, which must hold no private key, and begins it.
    pub fn begin(path: &Path) -> Result<Self, Problem> {
        let planned = Planned::new(path, Vec::new(), Guard::Report)?;
        let (to, file) = Self::open(&planned).map_err(|error| refused(path, &error))?;
        Ok(Self { path: planned.path, target: planned.target, to: BufWriter::new(to), file })
    }

    fn open(planned: &Planned<'_>) -> io::Result<(Box<dyn Write + Send>, Option<Temporary>)> {
        let before = match &planned.state {
            State::Direct => return Ok((Box::new(File::options().append(true).open(&planned.target)?), None)),
            State::New => None,
            // An empty file holds what is planned so far.
            State::Same => Some(fs::metadata(&planned.target)?),
            State::Replace(metadata) => Some(metadata.clone()),
        };
        let file = temporary(planned, before.as_ref())?;
        if let Some(before) = &before {
            attributes::copy(&planned.target, before, file.as_file())
                .map_err(|what| io::Error::other(format!("its {what} cannot be kept")))?;
        }
        Ok((Box::new(file.as_file().try_clone()?), Some(file)))
    }

    /// Adds to it.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let written = self.to.write_all(bytes);
        self.minding(written)
    }

    /// What was added is seen by whoever reads a pipe.
    pub fn flush(&mut self) -> Result<(), Problem> {
        let flushed = if self.file.is_none() { self.to.flush() } else { Ok(()) };
        self.minding(flushed)
    }

    /// It is whole: it takes its place.
    pub fn finish(mut self) -> Result<(), Problem> {
        let flushed = self.to.flush();
        self.minding(flushed)?;
        let Some(file) = self.file.take() else { return Ok(()) };
        let synced = file.as_file().sync_all();
        self.minding(synced)?;
        file.persist(&self.target).map_err(|error| refused(&self.path, &error))?;
        sync_folder(&self.target);
        Ok(())
    }

    /// A reader that has gone away is no error.
    fn minding(&self, result: io::Result<()>) -> Result<(), Problem> {
        match result {
            Err(error) if self.file.is_some() || error.kind() != io::ErrorKind::BrokenPipe => {
                Err(refused(&self.path, &error))
            }
            _ => Ok(()),
        }
    }
}
