//! From what was named to bytes: files, pipes and standard input, each within a bound.

#![expect(clippy::disallowed_methods, reason = "reads the files that the user named")]

mod missing;
mod pipe;

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use chainmend::bundle::{self, Bundle, Form};
use chainmend::report::name_of;

use crate::live;
use crate::output;
use crate::problem::{Problem, shown};
use crate::quote;

/// The largest input that is read. A pool of 10,000 certificates is a 19 MB PEM file, and real chains
/// are under 1 MB; what is larger is a file that was named by mistake (an image, a log, `/dev/zero`),
/// which ends the reading rather than the machine. Whatever an input holds, what is made of it stays
/// below 64 MB (tests/bounds.rs): its text once, its certificates once, a kilobyte for each block. Inputs
/// that are read at a time share that room ([`crate::room`]).
pub const MAX_INPUT_BYTES: u64 = 20 * 1024 * 1024;

/// So much of a pipe is read before there has to be room for all that it may give: any chain. As many as
/// there are threads may be read at a time, and a slow one must hold up nobody.
const SMALL: u64 = 64 * 1024;

pub use missing::with_near_names;

/// What tells one file from another, whatever it is called: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity(u64, u64);

impl Identity {
    /// Of a regular file; pipes and devices have none, since writing to them replaces nothing.
    #[cfg(unix)]
    pub fn of(metadata: &fs::Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        metadata.is_file().then(|| Self(metadata.dev(), metadata.ino()))
    }

    /// Not to be had on this system.
    #[cfg(not(unix))]
    pub fn of(_metadata: &fs::Metadata) -> Option<Self> {
        None
    }

    /// Of the file that a path leads to, if there is one.
    pub fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().as_ref().and_then(Self::of)
    }

    /// Of the file that standard output goes to.
    pub fn of_stdout() -> Option<Self> {
        stream_identity(&io::stdout())
    }
}

#[cfg(unix)]
fn stream_identity(stream: &impl std::os::fd::AsFd) -> Option<Identity> {
    let file = File::from(stream.as_fd().try_clone_to_owned().ok()?);
    file.metadata().ok().as_ref().and_then(Identity::of)
}

#[cfg(not(unix))]
fn stream_identity<T>(_stream: &T) -> Option<Identity> {
    None
}

/// An input, read.
pub struct Input {
    /// The path as it was given; `-` for standard input.
    pub path: PathBuf,
    /// The path for reports.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Which file it is.
    pub identity: Option<Identity>,
    /// Whether it is a file, rather than a pipe or a device.
    pub regular: bool,
}

/// Whether this names standard input.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// An input that is open, and was asked once what it is; nothing of it is read yet.
#[derive(Debug)]
pub struct Opened<'a> {
    path: &'a Path,
    /// None for standard input.
    file: Option<File>,
    /// How many bytes it will give; 0 where that cannot be told before.
    pub size: u64,
    identity: Option<Identity>,
    regular: bool,
    /// A pipe that is read only if somebody writes to it.
    impatient: bool,
}

/// Whether a pipe that is named is waited for until somebody writes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipes {
    /// Forever: nothing else waits meanwhile.
    Await,
    /// It is one of several inputs, which would all wait with it.
    Ask,
}

/// Opens a file, a pipe, or (`-`) standard input.
pub fn open(path: &Path, pipes: Pipes) -> Result<Opened<'_>, Problem> {
    if is_stdin(path) {
        let identity = stream_identity(&io::stdin());
        return Ok(Opened { path, file: None, size: 0, identity, regular: false, impatient: false });
    }
    let unreadable = |error: io::Error| {
        let problem = Problem::io("read", path, &error);
        match live::maybe_host(path).filter(|_| error.kind() == io::ErrorKind::NotFound) {
            Some(url) => problem.help(format!("for the server: chainmend check {}", quote::word(&url))),
            None => problem,
        }
    };
    // A descriptor of our own has its writer, or had it.
    let impatient = pipes == Pipes::Ask && !output::is_descriptor(path) && path != Path::new("/dev/stdin");
    let file = if impatient { pipe::open_at_once(path) } else { File::open(path) }.map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Problem::new(format!("cannot read {}: is a directory; name the files in it", shown(path))));
    }
    if metadata.is_file() && metadata.len() > MAX_INPUT_BYTES {
        return Err(too_large(path));
    }
    let is_pipe = pipe::is_pipe(&metadata);
    if impatient && !metadata.is_file() && !is_pipe {
        pipe::wait_when_reading(&file).map_err(unreadable)?;
    }
    Ok(Opened { impatient: impatient && is_pipe, ..Opened::of(path, file, &metadata) })
}

/// Why a file that was found is not read.
pub enum Unread {
    /// It is nothing to judge.
    PassedOver(&'static str),
    /// It could not be read.
    Problem(Problem),
}

/// Opens a file that was found rather than chosen, and was regular when it was: it is read if it still
/// is, and whoever may be at the other end of what took its place is not waited for. It may be gone by now.
pub fn open_found(path: &Path) -> Result<Opened<'_>, Unread> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Unread::PassedOver("there is no such file any more"),
        _ if leads_nowhere(path) => Unread::PassedOver("a link that leads to no file"),
        _ => Unread::Problem(Problem::io("read", path, &error)),
    };
    let file = pipe::open_at_once(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Unread::PassedOver("no regular file; it was not read"));
    }
    if metadata.len() > MAX_INPUT_BYTES {
        return Err(Unread::PassedOver("larger than any chain; it was not read"));
    }
    Ok(Opened::of(path, file, &metadata))
}

impl<'a> Opened<'a> {
    fn of(path: &'a Path, file: File, metadata: &fs::Metadata) -> Self {
        let (identity, regular) = (Identity::of(metadata), metadata.is_file());
        let size = if regular { metadata.len() } else { 0 };
        Self { path, file: Some(file), size, identity, regular, impatient: false }
    }

    /// Reads it to its end.
    pub fn read(&self) -> Result<Input, Problem> {
        self.read_growing(|| ())
    }

    /// The same; `grows` is called before more is kept of what told no size than [`SMALL`].
    pub fn read_growing(&self, grows: impl FnOnce()) -> Result<Input, Problem> {
        let bytes = match &self.file {
            None => {
                mind_terminal();
                growing(io::stdin().lock(), self.path, grows)?
            }
            Some(file) if self.impatient => match pipe::first(file) {
                Ok(Some(first)) => growing(first.chain(file), self.path, grows)?,
                Ok(None) => return Err(nobody_writes(self.path)),
                Err(error) => return Err(Problem::io("read", self.path, &error)),
            },
            Some(file) if self.size == 0 => growing(file, self.path, grows)?,
            Some(file) => bounded(file, self.size, self.path)?,
        };
        let name = name_of(self.path);
        let (identity, regular) = (self.identity, self.regular);
        Ok(Input { path: self.path.to_owned(), name, bytes, identity, regular })
    }

    /// Which file it is.
    pub fn identity(&self) -> Option<Identity> {
        self.identity
    }
}

/// Reads a file, a pipe, or (`-`) standard input.
pub fn read(path: &Path) -> Result<Input, Problem> {
    open(path, Pipes::Await).map_err(|problem| with_near_names(problem, path))?.read()
}

/// Reads a file that was found, as [`open_found`] opens it.
pub fn read_found(path: &Path) -> Result<Input, Unread> {
    open_found(path)?.read().map_err(Unread::Problem)
}

/// Whether this is a symbolic link in a circle, or to somewhere below what is no folder.
fn leads_nowhere(path: &Path) -> bool {
    let closed = |error: io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    path.is_symlink() && fs::metadata(path).is_err_and(|error| !closed(error))
}

/// Says so where somebody has to type standard input.
pub fn mind_terminal() {
    if io::stdin().is_terminal() {
        crate::terminal::stderr_text("reading from the terminal; Ctrl-D ends it\n", crate::args::Color::Never);
    }
}

/// The bytes of an input, read. `password` opens PKCS#12 where that is built in.
pub fn bundle(name: &str, bytes: Vec<u8>, password: &str) -> Bundle {
    #[cfg(feature = "pkcs12")]
    return bundle::read_with_password(name, bytes, password);
    #[cfg(not(feature = "pkcs12"))]
    {
        let _ = password;
        bundle::read_owned(name, bytes)
    }
}

/// Why nothing came out of a PKCS#12, and what would open it.
pub fn locked(bundle: &Bundle) -> Option<(&str, &str)> {
    let finding = bundle.findings.iter().find(|_| bundle.form == Form::Pkcs12)?;
    Some((&finding.message, finding.help.as_deref()?))
}

/// Reads to the end; `size` is how much to expect.
fn bounded(mut reader: impl Read, size: u64, path: &Path) -> Result<Vec<u8>, Problem> {
    // Room for one more: a file that gives what it has, and no more, is at its end.
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default().saturating_add(1)];
    let read = reader.read(&mut bytes).unwrap_or_default();
    bytes.truncate(read);
    if bytes.len() as u64 == size { Ok(bytes) } else { rest(reader, bytes, path) }
}

/// Reads to the end; `grows` is called before more than [`SMALL`] is kept.
fn growing(mut reader: impl Read, path: &Path, grows: impl FnOnce()) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    reader.by_ref().take(SMALL).read_to_end(&mut bytes).map_err(|error| Problem::io("read", path, &error))?;
    if (bytes.len() as u64) < SMALL {
        return Ok(bytes);
    }
    grows();
    rest(reader, bytes, path)
}

/// The rest after what has been read.
fn rest(reader: impl Read, mut bytes: Vec<u8>, path: &Path) -> Result<Vec<u8>, Problem> {
    let room = (MAX_INPUT_BYTES + 1).saturating_sub(bytes.len() as u64);
    reader.take(room).read_to_end(&mut bytes).map_err(|error| Problem::io("read", path, &error))?;
    if bytes.len() as u64 > MAX_INPUT_BYTES { Err(too_large(path)) } else { Ok(bytes) }
}

fn nobody_writes(path: &Path) -> Problem {
    Problem::new(format!("cannot read {}: nobody writes to this pipe", shown(path)))
        .help("name it alone, and its writer is waited for")
}

fn too_large(path: &Path) -> Problem {
    Problem::new(format!("cannot read {}: larger than {} MiB", shown(path), MAX_INPUT_BYTES / 1024 / 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(path: &Path) -> String {
        read(path).err().unwrap().message
    }

    #[test]
    fn what_cannot_be_read_is_said_plainly() {
        let folder = tempfile::tempdir().unwrap();
        assert!(message(&folder.path().join("none.pem")).ends_with("none.pem: no such file"));
        assert!(message(folder.path()).ends_with(": is a directory; name the files in it"));
        let file = folder.path().join("a.pem");
        fs::write(&file, "x").unwrap();
        assert!(message(&file.join("b")).ends_with("b: a part of its path is no directory"));
    }

    #[test]
    fn inputs_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("large.pem");
        File::create(&file).unwrap().set_len(MAX_INPUT_BYTES + 1).unwrap();
        assert!(message(&file).ends_with(": larger than 20 MiB"));
        // Without a length that could be asked for first.
        let mut told = 0;
        let endless = growing(io::repeat(b'x'), &file, || told += 1);
        assert!(endless.err().unwrap().message.ends_with(": larger than 20 MiB"));
        assert_eq!(told, 1);
        let small = growing(io::repeat(b'x').take(SMALL - 1), &file, || told += 1);
        assert_eq!((small.ok().unwrap().len() as u64, told), (SMALL - 1, 1));
        File::options().write(true).open(&file).unwrap().set_len(MAX_INPUT_BYTES).unwrap();
        assert_eq!(read(&file).ok().unwrap().bytes.len() as u64, MAX_INPUT_BYTES);
    }

    #[cfg(unix)]
    #[test]
    fn one_file_is_one_file_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link, other) = (folder.path().join("a"), folder.path().join("b"), folder.path().join("c"));
        fs::write(&file, "x").unwrap();
        fs::write(&other, "x").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let identity = |p: &Path| read(p).ok().unwrap().identity;
        assert_eq!(identity(&file), identity(&link));
        assert_ne!(identity(&file), identity(&other));
        assert_eq!(identity(&file), Identity::at(&link));
    }
}
