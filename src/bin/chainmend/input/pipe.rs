//! Named pipes: whether somebody writes to one is found out without waiting for it.

#![expect(clippy::disallowed_methods, reason = "opens what the user named")]

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// A writer that was started together with us opens its end a moment later: it is asked for so often,
/// with such a pause, a quarter of a second in all.
const ASKED: usize = 25;
const PAUSE: Duration = Duration::from_millis(10);

/// What a pipe has at most, for what is asked with.
const FIRST: usize = 4096;

/// Whether this is a pipe.
#[cfg(unix)]
pub fn is_pipe(metadata: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

/// There are none by name on this system.
#[cfg(not(unix))]
pub fn is_pipe(_metadata: &Metadata) -> bool {
    false
}

/// Opens for reading without waiting for whoever is to write; reading does not wait either.
#[cfg(unix)]
pub fn open_at_once(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    File::options().read(true).custom_flags(i32::try_from(flags).unwrap_or_default()).open(path)
}

/// Nothing waits on this system.
#[cfg(not(unix))]
pub fn open_at_once(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// From now on reading waits for what is written.
#[cfg(unix)]
pub fn wait_when_reading(file: &File) -> io::Result<()> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    Ok(fcntl_setfl(file, fcntl_getfl(file)? - OFlags::NONBLOCK)?)
}

/// It does.
#[cfg(not(unix))]
pub fn wait_when_reading(_file: &File) -> io::Result<()> {
    Ok(())
}

/// The first bytes of a pipe that was opened at once, none if its writer has not written yet; `None` if
/// nobody writes to it. What follows is waited for.
///
/// A pipe without a writer is at its end (pipe(7)); one whose writer has written nothing would block.
pub fn first(mut pipe: &File) -> io::Result<Option<impl Read>> {
    let mut bytes = vec![0; FIRST];
    for _ in 0..ASKED {
        let read = match pipe.read(&mut bytes) {
            Ok(0) => {
                thread::sleep(PAUSE);
                continue;
            }
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        wait_when_reading(pipe)?;
        bytes.truncate(read);
        return Ok(Some(io::Cursor::new(bytes)));
    }
    Ok(None)
}
