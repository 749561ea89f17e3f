//! What a report calls a file.
//!
//! A report is text, and on Unix a path need not be: any bytes but NUL may stand in it. A path that is no
//! UTF-8 is spelt so that no two paths are called alike, and so that a name leads back to its path.

use std::path::{Path, PathBuf};

/// The name of a path: the path itself where that is UTF-8, with `\xFF` for each byte that is not. A
/// backslash that would be taken for the start of such a byte, or of itself, is `\x5C`.
#[cfg(unix)]
pub fn name_of(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    if let Some(text) = path.to_str().filter(|_| !bytes.contains(&b'\\')) {
        return text.to_owned();
    }
    let mut name = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        let text = chunk.valid();
        for (at, c) in text.char_indices() {
            match spelt_byte(text.as_bytes().get(at..).unwrap_or_default()) {
                Some(_) => name.push_str(r"\x5C"),
                None => name.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| name.push_str(&format!("\\x{byte:02X}")));
    }
    name
}

/// The path of a name that [`name_of`] gave.
#[cfg(unix)]
pub fn path_of(name: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let byte = spelt_byte(rest);
        bytes.push(byte.unwrap_or(*first));
        rest = byte.and_then(|_| rest.get(SPELT..)).unwrap_or(after);
    }
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

/// The length of `\xFF`.
#[cfg(unix)]
const SPELT: usize = 4;

/// The byte that a text spells at its start, if it is one that [`name_of`] may spell: one that is not ASCII,
/// or the backslash.
#[cfg(unix)]
fn spelt_byte(text: &[u8]) -> Option<u8> {
    let digits = text.get(..SPELT)?.strip_prefix(b"\\x")?;
    let upper = digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F'));
    let byte = u8::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| upper)?, 16).ok()?;
    (!byte.is_ascii() || byte == b'\\').then_some(byte)
}

/// The name of a path. Here the backslash stands between folders, and paths that are no text are as good as
/// none.
#[cfg(not(unix))]
pub fn name_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The path of a name.
#[cfg(not(unix))]
pub fn path_of(name: &str) -> PathBuf {
    PathBuf::from(name)
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use proptest::prelude::*;

    use super::*;

    fn named(path: &[u8]) -> String {
        name_of(Path::new(OsStr::from_bytes(path)))
    }

    #[test]
    fn bytes_that_are_no_text_are_spelt() {
        for (path, name) in [
            (b"site.pem".as_slice(), "site.pem"),
            ("z\u{fc}rich\n.pem".as_bytes(), "z\u{fc}rich\n.pem"),
            (b"x\xff.pem", r"x\xFF.pem"),
            (b"x\xfe.pem", r"x\xFE.pem"),
            (b"\xe2\x82.pem", r"\xE2\x82.pem"),
            (r"a\b.pem".as_bytes(), r"a\b.pem"),
            (r"a\x41\xff\n".as_bytes(), r"a\x41\xff\n"),
            (r"x\xFF.pem".as_bytes(), r"x\x5CxFF.pem"),
            (r"x\x5CxFF.pem".as_bytes(), r"x\x5Cx5CxFF.pem"),
            (b"\\\xff", r"\\xFF"),
        ] {
            assert_eq!(named(path), name);
            assert_eq!(path_of(name).as_os_str().as_bytes(), path, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_leads_back_to_its_path(path in "[\\\\xF5C8\u{fc}]{0,12}", strange in any::<[u8; 3]>(), at in 0_usize..12) {
            let mut path = path.into_bytes();
            let at = at.min(path.len());
            path.splice(at..at, strange);
            let back = path_of(&named(&path));
            prop_assert_eq!(back.as_os_str().as_bytes(), path);
        }
    }
}
