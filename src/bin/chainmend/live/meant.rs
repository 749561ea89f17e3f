//! What may have been meant by the name of a file that is not there: a server.

use std::path::Path;

use strsim::osa_distance;
use url::Url;

/// Endings of files, none of which is a top-level domain.
const FILE_ENDINGS: &[&str] = &[
    "pem",
    "crt",
    "cer",
    "cert",
    "der",
    "p7b",
    "p7c",
    "p7s",
    "p12",
    "pfx",
    "jks",
    "key",
    "csr",
    "crl",
    "txt",
    "json",
    "yaml",
    "yml",
    "conf",
    "cfg",
    "bak",
    "old",
    "orig",
    "tmp",
    "log",
    "gz",
    "tar",
    "chain",
    "bundle",
    "fullchain",
];

/// What people put before a host whose certificates they want to see, and no URL of ours begins with.
const MEANS_TLS: &[&str] = &["tls", "ssl", "tcp", "wss", "h2"];

/// So many letters of `https` may be wrong: `htps`, `httpss`, `ttps`.
const MAX_SLIPS: usize = 1;

/// Whether the scheme of a URL stands for `https`.
pub(super) fn is_https_misspelt(scheme: &str) -> bool {
    MEANS_TLS.contains(&scheme) || scheme != "http" && osa_distance(scheme, "https") <= MAX_SLIPS
}

/// The URL of the server that may have been meant by the name of a file that is not there:
/// `example.com`, `shop:443`, `10.0.0.7`, `https:/example.com`.
pub fn maybe_host(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    let authority = match misspelt_url(text) {
        Some(authority) => authority,
        None => Some(text.strip_suffix('/').unwrap_or(text)).filter(|text| is_host(text))?,
    };
    let forbidden = |c: char| matches!(c, '/' | '\\' | ' ' | '@' | '*' | '?' | '#');
    let url = format!("https://{authority}");
    (!authority.contains(forbidden) && Url::parse(&url).is_ok()).then_some(url)
}

/// Host and port of what is nearly a URL: `https:/HOST`, `https//HOST`, `https;//HOST`, `http:HOST`;
/// empty where there is none.
fn misspelt_url(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked(text.find(|c: char| !c.is_ascii_alphanumeric())?)?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && !is_https_misspelt(&scheme) {
        return None;
    }
    let host = rest.trim_start_matches([':', ';', '.', '/', '\\']);
    let marks = rest.strip_suffix(host)?;
    let authority = host.split(['/', '?', '#']).next()?;
    // `http/site.pem` is a file in a folder, and in `https:8443` there is no host.
    let is_marked = marks.starts_with(':') || marks.ends_with("//") || marks.ends_with("\\\\");
    let is_port = authority.bytes().all(|b| b.is_ascii_digit());
    is_marked.then_some(if is_port { "" } else { authority })
}

/// Whether this looks like a host, or a host and a port, and not like a file.
fn is_host(text: &str) -> bool {
    let Ok(url) = Url::parse(&format!("https://{text}")) else { return false };
    // A URL leaves out the port that is its scheme's own.
    let has_port = || url.port().is_some() || text.ends_with(":443");
    match url.host() {
        Some(url::Host::Domain("localhost")) => true,
        Some(url::Host::Domain(name)) => {
            let last = name.rsplit('.').next().unwrap_or_default();
            let is_label = last.len() >= 2 && last.bytes().all(|b| b.is_ascii_alphabetic());
            let is_label = is_label || last.starts_with("xn--") || !name.contains('.') && has_port();
            (name.contains('.') || has_port()) && is_label && !FILE_ENDINGS.contains(&last) && !name.contains("..")
        }
        // `1` and `0x7f` are addresses to a URL, and names of files to everybody else.
        Some(url::Host::Ipv4(ip)) => text.starts_with(&ip.to_string()),
        Some(url::Host::Ipv6(_)) => true,
        None => false,
    }
}
