//! One file of the cache.
//!
//! ```text
//! chainmend cache 1
//! key url http://crt.acme.example/tls2.cer
//! asked 1795910400
//! lasts 86400
//! certificate 5f…0a 1307 =
//!
//! <1307 bytes of DER>
//! ```
//! `lasts` stands where the server said for how many seconds its answer is good. `=` stands for the URL of the key, `-` for none; under a subject's key, each certificate's line
//! ends in its URL. A failure has a line `failed 404` in the place of certificates.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::cert::{Certificate, Fingerprint, NameKey, Time};

use super::super::aia::MAX_ANSWER_BYTES;

/// The first line; another version is a miss.
const MAGIC: &str = "chainmend cache 1";

/// The largest file that is kept or read: the largest answer, and its lines.
pub(super) const MAX_ENTRY_BYTES: u64 = (MAX_ANSWER_BYTES + 128 * 1024) as u64;

/// What an entry is found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A URL, normalised, without its fragment.
    Url(String),
    /// A subject: SHA-256 over its comparison form.
    Subject(Fingerprint),
}

impl Key {
    /// The key of a subject.
    pub(super) fn of_subject(subject: &NameKey) -> Self {
        Self::Subject(Fingerprint::of(subject.as_bytes()))
    }

    fn line(&self) -> String {
        match self {
            Self::Url(url) => format!("key url {url}"),
            Self::Subject(hash) => format!("key subject {hash}"),
        }
    }

    /// The name of its file: 64 hexadecimal digits.
    pub(super) fn file_name(&self) -> String {
        Sha256::digest(self.line()).iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

/// A certificate that is kept, and the URL that gave it; `None` for an imported one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Where it came from.
    pub url: Option<String>,
}

/// What is known under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// When the URL was asked, or the last certificate added.
    pub asked: Time,
    /// For how long the server says that its answer stays as it is.
    pub lasts: Option<Duration>,
    /// The certificates; none for a failure.
    pub certificates: Vec<Kept>,
    /// Why the URL gave none: `404`.
    pub failure: Option<String>,
}

impl Entry {
    /// Nothing yet, under this key.
    pub(super) fn empty(key: Key) -> Self {
        Self { key, asked: Time::from_unix(0), lasts: None, certificates: Vec::new(), failure: None }
    }

    /// The file's bytes; `None` where they would be too many.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut head = format!("{MAGIC}\n{}\nasked {}\n", self.key.line(), self.asked.unix());
        if let Some(lasts) = self.lasts {
            let _ = writeln!(head, "lasts {}", lasts.as_secs());
        }
        for Kept { certificate, url } in &self.certificates {
            let url = match url.as_deref() {
                Some(url) if matches!(&self.key, Key::Url(key) if key == url) => "=",
                Some(url) => url,
                None => "-",
            };
            let _ = writeln!(head, "certificate {} {} {url}", certificate.fingerprint(), certificate.der().len());
        }
        if let Some(why) = &self.failure {
            let _ = writeln!(head, "failed {}", why.replace(char::is_control, " "));
        }
        head.push('\n');
        let mut bytes = head.into_bytes();
        for kept in &self.certificates {
            bytes.extend_from_slice(kept.certificate.der());
        }
        (bytes.len() as u64 <= MAX_ENTRY_BYTES).then_some(bytes)
    }

    /// Reads a file's bytes; `None` unless everything about them is right.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
        let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
        let mut rest = bytes.get(end + 2..)?;
        let mut lines = head.lines();
        if lines.next()? != MAGIC {
            return None;
        }
        let key = match lines.next()?.strip_prefix("key ")?.split_once(' ')? {
            ("url", url) => Key::Url(url.to_owned()),
            ("subject", hash) => Key::Subject(hash.parse().ok()?),
            _ => return None,
        };
        let asked = Time::from_unix(lines.next()?.strip_prefix("asked ")?.parse().ok()?);
        let mut entry = Self { key, asked, lasts: None, certificates: Vec::new(), failure: None };
        for line in lines {
            match line.split_once(' ')? {
                ("certificate", line) => entry.certificates.push(certificate(line, &entry.key, &mut rest)?),
                ("lasts", seconds) => entry.lasts = Some(Duration::from_secs(seconds.parse().ok()?)),
                ("failed", why) => entry.failure = Some(why.to_owned()),
                _ => return None,
            }
        }
        let either = entry.certificates.is_empty() == entry.failure.is_some();
        (either && rest.is_empty()).then_some(entry)
    }
}

fn certificate(line: &str, key: &Key, rest: &mut &[u8]) -> Option<Kept> {
    let mut words = line.splitn(3, ' ');
    let said = words.next()?;
    let length: usize = words.next()?.parse().ok()?;
    let url = match (words.next()?, key) {
        ("-", _) => None,
        ("=", Key::Url(key)) => Some(key.clone()),
        ("=", Key::Subject(_)) => return None,
        (url, _) => Some(url.to_owned()),
    };
    let der = rest.get(..length)?;
    *rest = rest.get(length..)?;
    let certificate = Certificate::from_der(der).ok()?;
    (certificate.fingerprint().to_string() == said).then(|| Kept { certificate: Arc::new(certificate), url })
}
