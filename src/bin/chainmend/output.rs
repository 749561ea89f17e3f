//! Files out: each is whole or as it was. All targets are looked at before one is written, what
//! is written lies complete and synced beside its target before the first is renamed.

#![expect(clippy::disallowed_methods, reason = "writes the files that the user named")]

mod attributes;
mod folder;
mod growing;
mod look;
mod temporary;
mod undo;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chainmend::bundle::Bundle;
use chainmend::cert::Fingerprint;

use crate::input::Identity;
use crate::interrupt::GATE;
use crate::problem::{Problem, shown};
use crate::quote;
pub use folder::Folder;
pub use growing::Growing;
pub use look::spares_keys;
use look::{holds_a_key, look};
use temporary::Temporary;
#[cfg(unix)]
pub use temporary::abandon;
use undo::{Before, undo};

/// As many links on the way to a file as Linux follows (MAXSYMLINKS, path_resolution(7)).
const MAX_LINKS: usize = 40;

/// How often an output is looked at anew because another run wrote it meanwhile: two deploy hooks
/// at once are common, more than a few are not.
const MAX_OVERTAKEN: usize = 16;

/// What may be overwritten.
#[derive(Clone, Copy)]
pub enum Guard<'a> {
    /// Anything that holds no private key.
    NoKey,
    /// The same for a report, which may have grown larger than any file with a key.
    Report,
    /// Anything whose private keys, if it has some, may go; what is written has one, and is closed to
    /// everyone but its owner.
    Keys(&'a dyn Fn(&Bundle) -> bool),
    /// Exactly the bytes of this SHA-256, from which the new ones were made; and of what a search came across
    /// only what lies in this folder, which is called by its own name.
    Only(Fingerprint, Option<&'a Path>),
}

/// A file to be written, looked at but not touched.
pub struct Planned<'a> {
    /// As the user named it.
    path: PathBuf,
    /// With links resolved.
    target: PathBuf,
    bytes: Vec<u8>,
    state: State,
    guard: Guard<'a>,
}

enum State {
    /// There is no such file.
    New,
    /// It holds these bytes already.
    Same,
    /// A regular file, to be replaced.
    Replace(Metadata),
    /// A pipe or a device, to be written into.
    Direct,
}

/// A planned file whose bytes lie on disk, beside the target.
enum Staged<'a> {
    Temporary { planned: Planned<'a>, file: Temporary },
    Direct(Planned<'a>),
    Same,
}

impl<'a> Planned<'a> {
    /// Looks whether `bytes` can go to `path`.
    pub fn new(path: &Path, bytes: Vec<u8>, guard: Guard<'a>) -> Result<Self, Problem> {
        if is_descriptor(path) {
            let (path, state) = (path.to_owned(), State::Direct);
            return Ok(Self { target: path.clone(), path, bytes, state, guard });
        }
        let target = target(path)?;
        // What was a file when it was read may be a link by now.
        if matches!(guard, Guard::Only(_, Some(tree)) if !target.starts_with(tree)) {
            return Err(overtaken(path));
        }
        let state = match fs::metadata(&target) {
            Ok(metadata) => look(path, &target, &bytes, metadata, guard)?,
            // What somebody took away is not put back.
            Err(error) if error.kind() == io::ErrorKind::NotFound => match guard {
                Guard::Only(..) => return Err(overtaken(path)),
                Guard::NoKey | Guard::Report | Guard::Keys(_) => State::New,
            },
            Err(error) => return Err(refused(path, &error)),
        };
        Ok(Self { path: path.to_owned(), target, bytes, state, guard })
    }

    /// The same bytes for the same path, which is looked at once more.
    fn anew(self) -> Result<Self, Problem> {
        Self::new(&self.path, self.bytes, self.guard)
    }

    fn refuse(&self, error: &io::Error) -> Problem {
        refused(&self.path, error)
    }
}

/// The file that a path leads to, links resolved; found before there is anything to write.
///
/// # Errors
/// A directory, a folder that does not exist, links that lead nowhere.
pub fn target(path: &Path) -> Result<PathBuf, Problem> {
    let target = resolve(path).map_err(|error| refused(path, &error))?;
    if target.is_dir() { Err(refused(path, &io::ErrorKind::IsADirectory.into())) } else { Ok(target) }
}

/// Writes all of `files`, or none: every one lies complete on its disk before the first takes its place,
/// and where one cannot, those before it are put back. Says for each whether it is written, up to the
/// first that could not be; one whose bytes were the same is left alone.
pub fn write_all(files: Vec<Planned<'_>>) -> (Vec<bool>, Result<(), Problem>) {
    let staged = match files.into_iter().map(stage).collect::<Result<Vec<_>, _>>() {
        Ok(staged) => staged,
        Err(problem) => return (Vec::new(), Err(problem)),
    };
    GATE.enter();
    let several = staged.len() > 1;
    let mut written = Vec::new();
    for file in staged {
        match commit(file, MAX_OVERTAKEN, several) {
            Ok(before) => written.push(before),
            Err(problem) => {
                let (stays, problem) = undo(&written, problem);
                return (stays, Err(problem));
            }
        }
    }
    (written.iter().map(Option::is_some).collect(), Ok(()))
}

/// Writes one file.
pub fn write(path: &Path, bytes: Vec<u8>, guard: Guard<'_>) -> Result<bool, Problem> {
    let staged = stage(Planned::new(path, bytes, guard)?)?;
    GATE.enter();
    commit(staged, MAX_OVERTAKEN, false).map(|before| before.is_some())
}

/// Why nothing can be put there, and what to do about it. Where a file may yet be made, what is missing
/// is its folder.
fn refused(path: &Path, error: &io::Error) -> Problem {
    let place = follow(path).unwrap_or_else(|_| path.to_owned());
    let folder = quote::path(folder_of(&place));
    let elsewhere = "write elsewhere with -o";
    match error.kind() {
        io::ErrorKind::NotFound => {
            Problem::new(format!("cannot write {}: no such folder", shown(path))).help(format!("mkdir -p {folder}"))
        }
        io::ErrorKind::IsADirectory => {
            let inside = quote::path(&path.join("fullchain.pem"));
            Problem::io("write", path, error).help(format!("name a file in it, such as {inside}"))
        }
        // A device has no room to make, and what stands beside it neither.
        io::ErrorKind::StorageFull if place.exists() && !place.is_file() => {
            Problem::io("write", path, error).help("it is no file; name one with -o")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Problem::io("write", path, error)
            .help(format!("nothing was replaced; make room, which is shown by  df -h {folder}")),
        io::ErrorKind::PermissionDenied => Problem::io("write", path, error)
            .help(format!("run it as a user who may write to the folder {folder}, or {elsewhere}")),
        io::ErrorKind::ReadOnlyFilesystem => Problem::io("write", path, error).help(elsewhere),
        // A file that is mounted by itself, as into a container, cannot be replaced.
        io::ErrorKind::ResourceBusy => {
            Problem::io("write", path, error).help(format!("mount its folder instead, or {elsewhere}"))
        }
        _ => Problem::io("write", path, error),
    }
}

/// Whether this names standard output, as `-` does.
pub fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// A name for an open descriptor, such as `/dev/stdout`: what lies behind it is written into,
/// never replaced.
pub fn is_descriptor(path: &Path) -> bool {
    let named = ["/dev/stdout", "/dev/stderr"].iter().any(|name| path == Path::new(name));
    named || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

/// Where a path leads to, though there may be nothing yet: a link is written through.
fn follow(path: &Path) -> io::Result<PathBuf> {
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&target) {
            Ok(to) => target = folder_of(&target).join(to),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("too many links"))
}

/// The same, in a folder that is there and is called by its own name.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let target = follow(path)?;
    let name = target.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let folder = folder_of(&target).canonicalize()?;
    if folder.is_dir() { Ok(folder.join(name)) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn stage(planned: Planned<'_>) -> Result<Staged<'_>, Problem> {
    let metadata = match &planned.state {
        State::Same => return Ok(Staged::Same),
        State::Direct => return Ok(Staged::Direct(planned)),
        State::Replace(metadata) => Some(metadata),
        State::New => None,
    };
    let file = temporary(&planned, metadata).map_err(|error| refused(&planned.path, &error))?;
    if let Some(metadata) = metadata {
        attributes::copy(&planned.target, metadata, file.as_file()).map_err(|what| {
            if !unchanged(metadata, &planned.target) {
                return overtaken(&planned.path);
            }
            Problem::new(format!(
                "cannot write {}: its {what} cannot be kept, so it was left alone",
                shown(&planned.path)
            ))
            .help("write elsewhere with -o, or run it as the file's owner or root")
        })?;
        if matches!(planned.guard, Guard::Keys(_)) {
            close(file.as_file()).map_err(|error| planned.refuse(&error))?;
        }
    }
    let mut open = file.as_file();
    open.write_all(&planned.bytes).and_then(|()| open.sync_all()).map_err(|error| planned.refuse(&error))?;
    Ok(Staged::Temporary { planned, file })
}

/// An empty file beside the target. A new file gets 0644 less the umask, one with a key 0600; one
/// that replaces another stays closed to others until that one's mode is copied.
fn temporary(planned: &Planned<'_>, replaces: Option<&Metadata>) -> io::Result<Temporary> {
    let is_open = replaces.is_none() && !holds_a_key(&planned.bytes);
    Temporary::make(folder_of(&planned.target), is_open.then_some(0o644))
}

/// Readable and writable by the owner alone; where there is an access list, that shuts it too.
#[cfg(unix)]
fn close(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn close(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Puts a file in its place, and gives what was there before, if it was not the same: as far as to put it
/// back where `keeps`. `tries` is how often it may be looked at anew.
fn commit(staged: Staged<'_>, tries: usize, keeps: bool) -> Result<Option<Before>, Problem> {
    match staged {
        Staged::Same => Ok(None),
        Staged::Direct(planned) => {
            // Appending, since `>> file` means that where a descriptor is named.
            let written = OpenOptions::new().append(true).open(&planned.target);
            match written.and_then(|mut file| file.write_all(&planned.bytes)) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(planned.refuse(&error)),
                _ => Ok(Some(Before::of(&planned, keeps))),
            }
        }
        Staged::Temporary { planned, file } => {
            let was = Before::of(&planned, keeps);
            let done = match &planned.state {
                State::Replace(before) if !unchanged(before, &planned.target) => return again(planned, tries, keeps),
                State::Replace(_) => file.persist(&planned.target),
                _ => file.persist_noclobber(&planned.target),
            };
            match done {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return again(planned, tries, keeps),
                Err(error) => return Err(planned.refuse(&error)),
                Ok(()) => {}
            }
            sync_folder(&planned.target);
            Ok(Some(was))
        }
    }
}

/// After a rename: the name is as good as written, and a folder that cannot be synced loses at most that.
fn sync_folder(target: &Path) {
    let _ = File::open(folder_of(target)).and_then(|folder| folder.sync_all());
}

/// Somebody else was faster. What stands there now is looked at as if it had stood there from the
/// start: two runs that mend one file agree, and only a file that says something else is left alone.
fn again(planned: Planned<'_>, tries: usize, keeps: bool) -> Result<Option<Before>, Problem> {
    match tries.checked_sub(1) {
        Some(tries) => commit(stage(planned.anew()?)?, tries, keeps),
        None => Err(overtaken(&planned.path)),
    }
}

/// What was done to the file since it was looked at.
fn overtaken(path: &Path) -> Problem {
    let done = if path.exists() { "changed" } else { "removed" };
    Problem::new(format!("{} was {done} by somebody else in the meantime", shown(path))).help("run the command again")
}

fn unchanged(before: &Metadata, target: &Path) -> bool {
    fs::metadata(target).is_ok_and(|now| {
        now.len() == before.len()
            && now.modified().ok() == before.modified().ok()
            && Identity::of(&now) == Identity::of(before)
    })
}

#[cfg(all(test, unix))]
mod tests;
