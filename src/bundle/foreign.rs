//! What a file is that holds no certificate: named by its first bytes, so that whoever looks for one
//! sees at once which file was taken for it.

use super::loose::quoted;

/// How far into a text its own word for what it is may stand.
const MAX_HEAD: usize = 1024;

/// A kind of file, and what to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// What it is called: `an HTML page`.
    pub(crate) noun: &'static str,
    /// What to do, with FILE for the file's name and STEM for that without its ending, each a word.
    help: &'static str,
}

impl Foreign {
    /// What to do with a file of this name.
    pub(crate) fn help_for(&self, name: &str) -> String {
        let stem = match name.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() && !stem.ends_with('/') && !ending.contains('/') => stem,
            _ if name == "-" => "new",
            _ => name,
        };
        let word = |word| match word {
            "FILE" if name != "-" => quoted(name),
            "STEM.p12" => quoted(&format!("{stem}.p12")),
            "STEM.pem" => quoted(&format!("{stem}.pem")),
            other => other.to_owned(),
        };
        self.help.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }
}

const UNPACK: &str = "unpack it first";
const DECRYPT: &str = "decrypt it first";
const WRONG: &str = "name the file with the certificate";
const DOWNLOAD: &str = "download it again: what was saved is a page of the server, perhaps its error";
const KEYTOOL: &str = "keytool -importkeystore -srckeystore FILE -destkeystore STEM.p12 -deststoretype PKCS12 && \
                       openssl pkcs12 -in STEM.p12 -nokeys -out STEM.pem";

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

    #[test]
    fn what_to_do_names_the_file() {
        let help = |bytes: &[u8], file: &str| name(bytes).map(|foreign| foreign.help_for(file)).unwrap_or_default();
        let keytool = |file: &str, p12: &str, pem: &str| {
            format!(
                "keytool -importkeystore -srckeystore {file} -destkeystore {p12} -deststoretype PKCS12 && \
                 openssl pkcs12 -in {p12} -nokeys -out {pem}"
            )
        };
        let jks = b"\xfe\xed\xfe\xed";
        assert_eq!(help(jks, "a/shop.jks"), keytool("a/shop.jks", "a/shop.p12", "a/shop.pem"));
        assert_eq!(help(jks, "my store.jks"), keytool("'my store.jks'", "'my store.p12'", "'my store.pem'"));
        assert_eq!(help(jks, ".keystore"), keytool(".keystore", ".keystore.p12", ".keystore.pem"));
        assert_eq!(help(jks, "-"), keytool("FILE", "new.p12", "new.pem"));
        assert_eq!(help(b"\x1f\x8b", "c.gz"), "gunzip it first, or: gunzip -c c.gz | chainmend check -");
    }
}
