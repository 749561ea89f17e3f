//! A list of paths: a line each, as `find` and `git ls-files` print them, or each ended by a NUL, as they
//! print them with `-print0` and `-z`.

use std::path::{Path, PathBuf};

use crate::input;
use crate::problem::{Problem, shown};

/// The paths that a file lists. It is read within the bound of every input, which is room for some
/// 250,000 paths.
pub fn read(file: &Path) -> Result<Vec<PathBuf>, Problem> {
    let bytes = input::read(file)?.bytes;
    if bytes.starts_with(b"-----BEGIN ") {
        return Err(Problem::new(format!("{} is no list of files but a file itself", shown(file)))
            .help("name it without --file-list"));
    }
    Ok(paths(&bytes))
}

/// A NUL is in no path, so that one anywhere says how the list is written.
fn paths(bytes: &[u8]) -> Vec<PathBuf> {
    let end = if bytes.contains(&0) { 0 } else { b'\n' };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut entries: Vec<&[u8]> = bytes.split(|byte| *byte == end).collect();
    // Written on Windows: every line, and not a name here and there, ends in CR.
    let lines = entries.split_last().map(|(_, lines)| lines).unwrap_or_default();
    if end == b'\n' && !lines.is_empty() && lines.iter().all(|line| line.ends_with(b"\r")) {
        entries.iter_mut().for_each(|line| *line = line.strip_suffix(b"\r").unwrap_or(line));
    }
    entries.into_iter().filter(|entry| !entry.is_empty()).map(path).collect()
}

fn path(entry: &[u8]) -> PathBuf {
    // What a list names is a file, whatever it is called.
    if entry == b"-" { PathBuf::from("./-") } else { from_bytes(entry) }
}

#[cfg(unix)]
fn from_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn lines_and_nuls_are_told_apart() {
        for (list, wanted) in [
            (b"".as_slice(), &[][..]),
            (b"\n\n", &[]),
            (b"a.pem\nb c.pem\n", &["a.pem", "b c.pem"]),
            (b"a.pem\n\n b.pem", &["a.pem", " b.pem"]),
            (b"a\nb.pem\0c.pem\0", &["a\nb.pem", "c.pem"]),
            (b"a.pem\0", &["a.pem"]),
            (b"a.pem\r\nb.pem\r\n", &["a.pem", "b.pem"]),
            (b"a.pem\r\nb.pem\r", &["a.pem", "b.pem"]),
            (b"a.pem\r\nb.pem\n", &["a.pem\r", "b.pem"]),
            (b"\xef\xbb\xbfa.pem\n", &["a.pem"]),
            (b"-\n-x.pem\n", &["./-", "-x.pem"]),
        ] {
            assert_eq!(paths(list), wanted.iter().map(PathBuf::from).collect::<Vec<_>>(), "{list:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_are_names() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(paths(b"\xff.pem\n")[0].as_os_str().as_bytes(), b"\xff.pem");
    }

    #[test]
    fn a_bundle_is_no_list() {
        let mut file = tempfile::Builder::new().suffix("site.pem").tempfile().unwrap();
        file.write_all(b"-----BEGIN CERTIFICATE-----\n").unwrap();
        assert!(read(file.path()).unwrap_err().message.ends_with("site.pem is no list of files but a file itself"));
    }
}
