//! Names in other formats' clothes.

use std::path::Path;

/// A path as a URI: relative to `%SRCROOT%`, or absolute (RFC 8089).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    /// Percent-encoded.
    pub uri: String,
    /// Whether it is relative.
    pub is_relative: bool,
}

/// The URI of a file. Every byte that RFC 3986 §2.3 does not name unreserved is percent-encoded, so
/// that a name in any encoding, with any character, is one.
pub fn uri(path: &Path) -> Uri {
    let is_relative = !path.is_absolute();
    let encoded: String = bytes_of(path).iter().map(|byte| percent(*byte)).collect();
    let plain = encoded.strip_prefix("./").unwrap_or(&encoded);
    match (is_relative, plain.starts_with('/')) {
        (true, _) => Uri { uri: plain.to_owned(), is_relative },
        (false, true) => Uri { uri: format!("file://{plain}"), is_relative },
        // A drive's letter.
        (false, false) => Uri { uri: format!("file:///{}", plain.replacen("%3A", ":", 1)), is_relative },
    }
}

#[cfg(unix)]
fn bytes_of(path: &Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}

#[cfg(not(unix))]
fn bytes_of(path: &Path) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
}

fn percent(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uris() {
        for (path, wanted) in [
            ("site.pem", "site.pem"),
            ("./certs/a.pem", "certs/a.pem"),
            ("../a.pem", "../a.pem"),
            ("my site #1?.pem", "my%20site%20%231%3F.pem"),
            ("100%.pem", "100%25.pem"),
            ("zürich.pem", "z%C3%BCrich.pem"),
            ("c:a.pem", "c%3Aa.pem"),
        ] {
            assert_eq!(uri(Path::new(path)), Uri { uri: wanted.to_owned(), is_relative: true }, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_are_uris() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"/srv/\xff a.pem"));
        assert_eq!(uri(path), Uri { uri: "file:///srv/%FF%20a.pem".to_owned(), is_relative: false });
    }
}
