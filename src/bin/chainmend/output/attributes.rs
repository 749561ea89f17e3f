//! Owner, mode, and extended attributes (access lists and SELinux labels among them) of a file
//! that is replaced.

use std::fs::{File, Metadata};
use std::path::Path;

/// Gives `new` what `old` has.
///
/// # Errors
/// What could not be kept: `owner`, `group`, `mode`, `access list`, or an attribute by its name.
#[cfg(unix)]
pub fn copy(old: &Path, metadata: &Metadata, new: &File) -> Result<(), String> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let fresh = new.metadata().map_err(|_| "mode")?;
    // First the owner, since changing it clears set-id bits; then the mode.
    if fresh.uid() != metadata.uid() {
        fchown(new, Some(metadata.uid()), None).map_err(|_| "owner")?;
    }
    if fresh.gid() != metadata.gid() {
        fchown(new, None, Some(metadata.gid())).map_err(|_| "group")?;
    }
    new.set_permissions(std::fs::Permissions::from_mode(metadata.mode() & 0o7777)).map_err(|_| "mode")?;
    extended::copy(old, new)
}

/// Owners and modes are of another kind here: the read-only flag is the one that can be kept, and
/// a read-only file is not replaced.
#[cfg(not(unix))]
pub fn copy(_old: &Path, _metadata: &Metadata, _new: &File) -> Result<(), String> {
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
mod extended {
    use std::ffi::{CStr, CString};
    use std::fs::File;
    use std::path::Path;

    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;

    /// The longest list and the longest value: what Linux allows (XATTR_LIST_MAX, XATTR_SIZE_MAX).
    const MAX_BYTES: usize = 65_536;

    /// Room for the few that files have: an access list, a label.
    const FEW_BYTES: usize = 512;

    /// Hashes over the content that the kernel makes itself.
    const OF_THE_CONTENT: [&CStr; 2] = [c"security.ima", c"security.evm"];

    #[expect(clippy::disallowed_methods, reason = "opens the file that is replaced")]
    pub fn copy(old: &Path, new: &File) -> Result<(), String> {
        let old = File::open(old).map_err(|_| "access list")?;
        let wanted = names(&old)?;
        for name in names(new)?.iter().filter(|name| !wanted.contains(name)) {
            // Inherited from the folder: the old file had none.
            fremovexattr(new, name).map_err(|_| called(name))?;
        }
        for name in &wanted {
            let value = value(&old, name).map_err(|_| called(name))?;
            if self::value(new, name).is_ok_and(|has| has == value) {
                continue;
            }
            fsetxattr(new, name, &value, XattrFlags::empty()).map_err(|_| called(name))?;
        }
        Ok(())
    }

    fn names(file: &File) -> Result<Vec<CString>, String> {
        let list = match read(|list| flistxattr(file, list)) {
            Ok(list) => list,
            // A file system without attributes.
            Err(Errno::NOTSUP | Errno::NOSYS | Errno::PERM) => Vec::new(),
            Err(_) => return Err("extended attributes".to_owned()),
        };
        let names = list.split_inclusive(|b| *b == 0).filter_map(|name| CStr::from_bytes_with_nul(name).ok());
        Ok(names.filter(|name| !OF_THE_CONTENT.contains(name)).map(CStr::to_owned).collect())
    }

    fn value(file: &File, name: &CStr) -> Result<Vec<u8>, Errno> {
        read(|value| fgetxattr(file, name, value))
    }

    /// What `ask` puts into a buffer that is large enough.
    fn read(ask: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
        let with_room = |bytes: usize| {
            let mut buffer = vec![0; bytes];
            let length = ask(&mut buffer)?;
            buffer.truncate(length);
            Ok(buffer)
        };
        // There are none, as a rule, and clearing the most that there can be takes longer than asking twice.
        match with_room(FEW_BYTES) {
            Err(Errno::RANGE) => with_room(MAX_BYTES),
            done => done,
        }
    }

    fn called(name: &CStr) -> String {
        match name.to_bytes() {
            b"system.posix_acl_access" => "access list".to_owned(),
            b"security.selinux" => "SELinux label".to_owned(),
            other => format!("attribute {}", chainmend::cert::escape(&String::from_utf8_lossy(other))),
        }
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android", target_os = "macos"))))]
mod extended {
    /// Not read on this system.
    pub fn copy(_old: &std::path::Path, _new: &std::fs::File) -> Result<(), String> {
        Ok(())
    }
}
