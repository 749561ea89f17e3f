//! Files out: each is whole or as it was. All targets are looked at before one is written, what
//! is written lies complete and synced beside its target before the first is renamed.

#![expect(clippy::disallowed_methods, reason = "writes the files that the user named")]

mod attributes;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use chainmend::bundle;
use chainmend::cert::Fingerprint;
use tempfile::NamedTempFile;

use crate::input::{Identity, MAX_INPUT_BYTES};
use crate::problem::{Problem, shown};

/// As many links on the way to a file as Linux follows (MAXSYMLINKS, path_resolution(7)).
const MAX_LINKS: usize = 40;

/// How often an output is looked at anew because another run wrote it meanwhile: two deploy hooks
/// at once are common, more than a few are not.
const MAX_OVERTAKEN: usize = 16;

/// What may be overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Anything that holds no private key.
    NoKey,
    /// Exactly the bytes of this SHA-256, from which the new ones were made.
    Only(Fingerprint),
}

/// A file to be written, looked at but not touched.
pub struct Planned {
    /// As the user named it.
    path: PathBuf,
    /// With links resolved.
    target: PathBuf,
    bytes: Vec<u8>,
    state: State,
    /// Whether it may replace whatever holds no key, and so also what another run puts there while
    /// this one works.
    yields: bool,
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
enum Staged {
    Temporary { planned: Planned, file: NamedTempFile },
    Direct(Planned),
    Same,
}

impl Planned {
    /// Looks whether `bytes` can go to `path`.
    pub fn new(path: &Path, bytes: Vec<u8>, guard: Guard) -> Result<Self, Problem> {
        if is_descriptor(path) {
            let (path, state) = (path.to_owned(), State::Direct);
            return Ok(Self { target: path.clone(), path, bytes, state, yields: false });
        }
        let target = resolve(path).map_err(|error| no_way(path, &error))?;
        let state = match fs::metadata(&target) {
            Ok(metadata) => look(path, &target, &bytes, metadata, guard)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::New,
            Err(error) => return Err(Problem::io("write", path, &error)),
        };
        Ok(Self { path: path.to_owned(), target, bytes, state, yields: guard == Guard::NoKey })
    }

    /// Whether both would be the same file.
    pub fn same_target(&self, other: &Self) -> bool {
        !matches!(self.state, State::Direct) && self.target == other.target
    }

    /// The same bytes for the same path, which is looked at once more.
    fn anew(self) -> Result<Self, Problem> {
        Self::new(&self.path, self.bytes, Guard::NoKey)
    }

    fn refuse(&self, error: &io::Error) -> Problem {
        let problem = Problem::io("write", &self.path, error);
        match error.kind() {
            // A file that is mounted by itself, as into a container, cannot be replaced.
            io::ErrorKind::ResourceBusy => problem.help("mount its folder instead, or write elsewhere with -o"),
            _ => problem,
        }
    }
}

/// Writes all of `files`, or none where that is in our hands. Says for each whether it was
/// written; one whose bytes were the same is left alone.
pub fn write_all(files: Vec<Planned>) -> Result<Vec<bool>, Problem> {
    let staged = files.into_iter().map(stage).collect::<Result<Vec<_>, _>>()?;
    staged.into_iter().map(|file| commit(file, MAX_OVERTAKEN)).collect()
}

/// Writes one file.
pub fn write(path: &Path, bytes: Vec<u8>, guard: Guard) -> Result<bool, Problem> {
    let written = write_all(vec![Planned::new(path, bytes, guard)?])?;
    Ok(written.contains(&true))
}

/// Why nothing can be put there: where a file may yet be made, what is missing is its folder.
fn no_way(path: &Path, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound => Problem::new(format!("cannot write {}: no such folder", shown(path))),
        _ => Problem::io("write", path, error),
    }
}

/// A name for an open descriptor, such as `/dev/stdout`: what lies behind it is written into,
/// never replaced.
fn is_descriptor(path: &Path) -> bool {
    let named = ["/dev/stdout", "/dev/stderr"].iter().any(|name| path == Path::new(name));
    named || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

/// The file that a path leads to, though it may not exist yet: a link is written through.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&target) {
            Ok(to) => target = folder_of(&target).join(to),
            Err(_) => {
                let name = target.file_name().ok_or(io::ErrorKind::IsADirectory)?;
                return Ok(folder_of(&target).canonicalize()?.join(name));
            }
        }
    }
    Err(io::Error::other("too many links"))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn look(path: &Path, target: &Path, bytes: &[u8], metadata: Metadata, guard: Guard) -> Result<State, Problem> {
    if metadata.is_dir() {
        return Err(Problem::new(format!("cannot write {}: is a directory", shown(path))));
    }
    if !metadata.is_file() {
        return Ok(State::Direct);
    }
    // Without its bytes nobody can say that it holds no key.
    let old = read_old(target, &metadata).map_err(|error| Problem::io("write", path, &error))?;
    let Some(old) = old else {
        return Err(Problem::new(format!("cannot write {}: it is larger than any chain", shown(path)))
            .help("name another file"));
    };
    if old == bytes {
        return Ok(State::Same);
    }
    match guard {
        Guard::NoKey if holds_a_key(&old) => {
            return Err(Problem::new(format!("{} holds a private key, and would lose it", shown(path)))
                .help("name another file, or mend it where it is with -i, which keeps the key"));
        }
        Guard::Only(expected) if Fingerprint::of(&old) != expected => {
            return Err(Problem::new(format!("{} was changed by somebody else in the meantime", shown(path)))
                .help("run the command again"));
        }
        _ => {}
    }
    if links(&metadata) > 1 {
        let count = links(&metadata);
        return Err(Problem::new(format!(
            "cannot write {}: the file has {count} names (hard links), and would part from the others",
            shown(path)
        ))
        .help("write elsewhere with -o, or unlink the other names"));
    }
    // Says what a rename would not: that the file is read-only or immutable.
    OpenOptions::new().write(true).open(target).map_err(|error| not_writable(path, &error))?;
    Ok(State::Replace(metadata))
}

/// The bytes that stand there; `None` for a file that is larger than any input.
fn read_old(target: &Path, metadata: &Metadata) -> io::Result<Option<Vec<u8>>> {
    if metadata.len() > MAX_INPUT_BYTES {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default().saturating_add(1));
    File::open(target)?.take(MAX_INPUT_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= MAX_INPUT_BYTES))
}

/// Whether a private key may stand here: PEM, or what starts as PKCS#8, PKCS#1, SEC 1 (a SEQUENCE
/// with version 0 or 1; RFC 5958 §2, RFC 8017 A.1.2, RFC 5915 §3) or PKCS#12 (version 3; RFC 7292 §4).
fn holds_a_key(bytes: &[u8]) -> bool {
    let marker = b"PRIVATE KEY-----";
    let in_der = |bytes: &[u8]| {
        let header = match bytes {
            [0x30, length, ..] if *length < 0x80 => 2,
            [0x30, length, ..] => 2 + usize::from(*length & 0x7f),
            _ => return false,
        };
        matches!(bytes.get(header..), Some([0x02, 0x01, 0 | 1 | 3, ..]))
    };
    in_der(bytes)
        || bytes.windows(marker.len()).any(|window| window == marker)
        || bundle::read("", bytes).has_private_key()
}

fn not_writable(path: &Path, error: &io::Error) -> Problem {
    let why = match error.raw_os_error() {
        // EPERM where the mode would allow it: chattr +i or +a.
        Some(1) => "the file is immutable".to_owned(),
        _ if error.kind() == io::ErrorKind::PermissionDenied => "the file is read-only".to_owned(),
        _ => crate::problem::why(error),
    };
    Problem::new(format!("cannot write {}: {why}", shown(path)))
}

#[cfg(unix)]
fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn links(_metadata: &Metadata) -> u64 {
    1
}

fn stage(planned: Planned) -> Result<Staged, Problem> {
    let metadata = match &planned.state {
        State::Same => return Ok(Staged::Same),
        State::Direct => return Ok(Staged::Direct(planned)),
        State::Replace(metadata) => Some(metadata),
        State::New => None,
    };
    let file = temporary(&planned, metadata).map_err(|error| no_way(&planned.path, &error))?;
    if let Some(metadata) = metadata {
        attributes::copy(&planned.target, metadata, file.as_file()).map_err(|what| {
            Problem::new(format!(
                "cannot write {}: its {what} cannot be kept, so it was left alone",
                shown(&planned.path)
            ))
            .help("write elsewhere with -o, or run as the file's owner")
        })?;
    }
    let mut open = file.as_file();
    open.write_all(&planned.bytes).and_then(|()| open.sync_all()).map_err(|error| planned.refuse(&error))?;
    Ok(Staged::Temporary { planned, file })
}

/// An empty file beside the target. A new file gets 0644 less the umask, one with a key 0600; one
/// that replaces another stays closed to others until that one's mode is copied.
fn temporary(planned: &Planned, replaces: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".chainmend-");
    #[cfg(unix)]
    if replaces.is_none() && !holds_a_key(&planned.bytes) {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = replaces;
    builder.tempfile_in(folder_of(&planned.target))
}

fn commit(staged: Staged, overtaken: usize) -> Result<bool, Problem> {
    match staged {
        Staged::Same => Ok(false),
        Staged::Direct(planned) => {
            // Appending, since `>> file` means that where a descriptor is named.
            let written = OpenOptions::new().append(true).open(&planned.target);
            match written.and_then(|mut file| file.write_all(&planned.bytes)) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(planned.refuse(&error)),
                _ => Ok(true),
            }
        }
        Staged::Temporary { planned, file } => {
            let done = match &planned.state {
                State::Replace(before) if !unchanged(before, &planned.target) => {
                    if planned.yields && overtaken > 0 {
                        return commit(stage(planned.anew()?)?, overtaken - 1);
                    }
                    return Err(Problem::new(format!(
                        "{} was changed by somebody else in the meantime",
                        shown(&planned.path)
                    )));
                }
                State::Replace(_) => file.persist(&planned.target),
                _ => file.persist_noclobber(&planned.target),
            };
            if let Err(failed) = &done
                && failed.error.kind() == io::ErrorKind::AlreadyExists
                && planned.yields
                && overtaken > 0
            {
                return commit(stage(planned.anew()?)?, overtaken - 1);
            }
            done.map_err(|failed| planned.refuse(&failed.error))?;
            // The name is as good as written; a folder that cannot be synced loses at most the rename.
            let _ = File::open(folder_of(&planned.target)).and_then(|folder| folder.sync_all());
            Ok(true)
        }
    }
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
