//! What a file is that holds no certificate: named by its first bytes, so that whoever looks for one
//! sees at once which file was taken for it.

/// How far into a text its own word for what it is may stand.
const MAX_HEAD: usize = 1024;

/// A kind of file, and what to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// What it is called: `an HTML page`.
    pub(crate) noun: &'static str,
    /// What to do.
    pub(crate) help: &'static str,
}

const UNPACK: &str = "unpack it first";
const DECRYPT: &str = "decrypt it first";
const WRONG: &str = "name the file with the certificate";
const DOWNLOAD: &str = "download it again: what was saved is a page of the server, perhaps its error";
const KEYTOOL: &str =
    "keytool -importkeystore -srckeystore FILE -destkeystore new.p12 -deststoretype PKCS12 makes PKCS#12 of it";

/// First bytes, and what starts with them. JKS and JCEKS: sun.security.provider.JavaKeyStore; the others
/// as in file(1).
const STARTS: &[(&[u8], &str, &str)] = &[
    (b"\x1f\x8b", "compressed with gzip", "gunzip it first, or: gunzip -c FILE | chainmend check -"),
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (b"\xfd7zXZ\0", "compressed with xz", UNPACK),
    (b"BZh", "compressed with bzip2", UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"\xfe\xed\xfe\xed", "a Java keystore (JKS)", KEYTOOL),
    (b"\xce\xce\xce\xce", "a Java keystore (JCEKS)", KEYTOOL),
    (b"%PDF-", "a PDF document", WRONG),
    (b"\x89PNG", "an image", WRONG),
    (b"\xff\xd8\xff", "an image", WRONG),
    (b"GIF8", "an image", WRONG),
    (b"\x7fELF", "a program", WRONG),
    (b"version https://git-lfs.github.com/", "a pointer of Git LFS", "git lfs pull fetches what it points to"),
    (b"$ANSIBLE_VAULT", "encrypted with Ansible Vault", DECRYPT),
    (b"age-encryption.org/", "encrypted with age", DECRYPT),
    (b"ssh-", "an SSH public key", WRONG),
    (b"ecdsa-sha2-", "an SSH public key", WRONG),
    (b"#!", "a script", WRONG),
];

/// What these bytes are, if that is known here.
pub(crate) fn name(bytes: &[u8]) -> Option<Foreign> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some((_, noun, help)) = STARTS.iter().find(|(start, ..)| text.starts_with(start)) {
        return Some(Foreign { noun, help });
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some(Foreign { noun: "a tar archive", help: UNPACK });
    }
    if !bytes.is_empty() && bytes.iter().all(|b| *b == 0) {
        return Some(Foreign { noun: "nothing but zero bytes", help: "get it anew: its content was lost" });
    }
    let head = text.trim_ascii_start();
    let head = head.get(..MAX_HEAD.min(head.len())).unwrap_or_default().to_ascii_lowercase();
    let holds = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    if head.starts_with(b"<") && (holds(b"<html") || holds(b"<!doctype html")) {
        return Some(Foreign { noun: "an HTML page", help: DOWNLOAD });
    }
    if holds(b"enc[aes256_gcm,") {
        return Some(Foreign { noun: "encrypted with SOPS", help: DECRYPT });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_first_bytes() {
        let noun = |bytes: &[u8]| name(bytes).map(|foreign| foreign.noun);
        for (start, expected, _) in STARTS {
            assert_eq!(noun(&[start, &b" and more"[..]].concat()), Some(*expected));
        }
        let page = "\u{feff}\n<!DOCTYPE html>\n<HTML><body>404</body></HTML>";
        assert_eq!(noun(page.as_bytes()), Some("an HTML page"));
        assert_eq!(noun(b"<html><head>"), Some("an HTML page"));
        assert_eq!(noun(b"<?xml version='1.0'?><html/>"), Some("an HTML page"));
        assert_eq!(
            noun(&[b"site.pem".to_vec(), vec![0; 249], b"ustar\x0000".to_vec()].concat()),
            Some("a tar archive")
        );
        assert_eq!(noun(&[0; 10]), Some("nothing but zero bytes"));
        assert_eq!(noun(b"tls.crt: ENC[AES256_GCM,data:AAAA]"), Some("encrypted with SOPS"));
        for other in [&b""[..], b"remember to renew\n", b"<note/>", b"{\"error\":\"not found\"}"] {
            assert_eq!(noun(other), None);
        }
    }
}
