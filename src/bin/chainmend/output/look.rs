//! What stands where a file is to be written, and whether it may be replaced.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use chainmend::bundle;
use chainmend::cert::Fingerprint;

use super::{Guard, State, overtaken, refused};
use crate::input::MAX_INPUT_BYTES;
use crate::problem::{Problem, shown};
use crate::quote;

/// Looks at the file; `path` is what the user calls it.
pub(super) fn look(
    path: &Path,
    target: &Path,
    bytes: &[u8],
    metadata: Metadata,
    guard: Guard<'_>,
) -> Result<State, Problem> {
    if !metadata.is_file() {
        return match guard {
            Guard::Keys(_) => {
                Err(Problem::new(format!("{} is no regular file, and a private key goes into no other", shown(path)))
                    .help("name a file"))
            }
            // What was read was a regular file. To open a pipe would be to wait for who reads it.
            Guard::Only(..) => Err(overtaken(path)),
            _ => Ok(State::Direct),
        };
    }
    // Without its bytes nobody can say that it holds no key.
    let old = read_old(target, &metadata).map_err(|error| refused(path, &error))?;
    let old = match old {
        Some(old) => old,
        None if matches!(guard, Guard::Report) => b"larger than any file with a key".to_vec(),
        None => {
            return Err(Problem::new(format!("cannot write {}: it is larger than any chain", shown(path)))
                .help("name another file"));
        }
    };
    let closes = matches!(guard, Guard::Keys(_)) && is_open_to_others(&metadata);
    if old == bytes && !closes {
        return Ok(State::Same);
    }
    match guard {
        Guard::NoKey | Guard::Report if holds_a_key(&old) => return Err(would_lose_key(path)),
        Guard::Keys(may_go) if holds_a_key(&old) && !may_go(&bundle::read("", &old)) => {
            return Err(Problem::new(format!("{} holds another private key, and would lose it", shown(path)))
                .help("name another file, or move that one away first"));
        }
        Guard::Only(expected, _) if Fingerprint::of(&old) != expected => {
            return Err(overtaken(path));
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
    may_be_replaced(path, target, &metadata)?;
    Ok(State::Replace(metadata))
}

/// That no private key stands in `target`, which the user calls `path`.
pub fn spares_keys(path: &Path, target: &Path) -> Result<(), Problem> {
    let Ok(metadata) = fs::metadata(target) else { return Ok(()) };
    match metadata.is_file().then(|| read_old(target, &metadata)) {
        Some(Ok(Some(old))) if holds_a_key(&old) => Err(would_lose_key(path)),
        _ => Ok(()),
    }
}

fn would_lose_key(path: &Path) -> Problem {
    Problem::new(format!("{} holds a private key, and would lose it", shown(path)))
        .help("name another file, or mend it where it is with -i, which keeps the key")
}

/// Says what a rename would not: that the file is read-only or immutable, or a mount of its own.
fn may_be_replaced(path: &Path, target: &Path, metadata: &Metadata) -> Result<(), Problem> {
    let refuse = |why: &str, help: String| Err(Problem::new(format!("cannot write {}: {why}", shown(path))).help(help));
    let name = quote::path(path);
    let traits = Traits::of(target);
    if traits.immutable {
        return refuse(
            "the file is immutable",
            format!("chattr -i -a {name}  makes it changeable; or write elsewhere with -o"),
        );
    }
    if traits.mounted {
        return Err(refused(path, &io::ErrorKind::ResourceBusy.into()));
    }
    // Root may write all the same; but whoever took the right from the owner meant it.
    let read_only =
        || refuse("the file is read-only", format!("chmod u+w {name}  makes it writable; or write elsewhere with -o"));
    if metadata.permissions().readonly() || !is_writable_by_owner(metadata) {
        return read_only();
    }
    match OpenOptions::new().write(true).open(target) {
        Ok(_) => Ok(()),
        // EPERM where the mode would allow it: chattr +i or +a.
        Err(error) if error.raw_os_error() == Some(1) => {
            refuse("the file is immutable", format!("chattr -i -a {name}"))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => refuse(
            "the file is not writable for you",
            "run it as the file's owner, or write elsewhere with -o".to_owned(),
        ),
        Err(error) => Err(refused(path, &error)),
    }
}

#[cfg(unix)]
fn is_writable_by_owner(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o200 != 0
}

#[cfg(not(unix))]
fn is_writable_by_owner(_metadata: &Metadata) -> bool {
    true
}

/// Whether others than the owner may do anything with it.
#[cfg(unix)]
fn is_open_to_others(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_metadata: &Metadata) -> bool {
    false
}

/// What a file system may say of a file.
#[derive(Default)]
struct Traits {
    /// `chattr +i` or `+a`.
    immutable: bool,
    /// Something is mounted here: the file itself, as into a container.
    mounted: bool,
}

impl Traits {
    /// Nothing, where the system cannot say: then the rename does.
    #[cfg(target_os = "linux")]
    fn of(target: &Path) -> Self {
        use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
        let Ok(stat) = statx(CWD, target, AtFlags::empty(), StatxFlags::empty()) else { return Self::default() };
        let has = |attribute| stat.stx_attributes.intersects(attribute);
        Self {
            immutable: has(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND),
            mounted: has(StatxAttributes::MOUNT_ROOT),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn of(_target: &Path) -> Self {
        Self::default()
    }
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
pub(super) fn holds_a_key(bytes: &[u8]) -> bool {
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

#[cfg(unix)]
fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn links(_metadata: &Metadata) -> u64 {
    1
}
