//! What else a text says: at which depth, of which host and file, whose chain was judged.

use std::sync::LazyLock;

use super::Meaning;
use super::find::{Finder, Hit};
use super::listing::Listing;
use super::text::Text;

/// How programs print the place of a certificate in the chain, 0 for the leaf.
pub const DEPTHS: &[&str] = &["depth #"];

/// A depth belongs to a message that begins so many bytes after it: `s_client` prints the subject,
/// perhaps long, between the two.
const BEFORE_BYTES: usize = 400;
/// A depth that follows does so at once: `certificate has expired (depth 1)`.
const BEHIND_BYTES: usize = 24;
/// A host name is no longer (RFC 1035 §2.3.4).
const HOST_BYTES: usize = 253;
/// 65535 is the last port (RFC 9293 §3.1).
const MAX_PORT_DIGITS: usize = 5;
/// A file name is looked for up to this length, as Linux limits paths.
const PATH_BYTES: usize = 4096;

/// A depth, and where it stands.
#[derive(Clone, Copy, Debug)]
struct Depth {
    at: usize,
    depth: u32,
    /// Whether the subject behind it calls itself a root.
    root: bool,
}

/// What was seen besides the messages.
#[derive(Debug, Default)]
pub struct Context {
    depths: Vec<Depth>,
    pub listing: Listing,
    pub host: Option<String>,
    pub port: Option<u16>,
    pub file: Option<String>,
    pub key: Option<String>,
    /// The chain in question is a client's.
    pub client: bool,
    /// The text is a server's log, so that an alert in it comes from a client.
    pub server_log: bool,
    /// A verification succeeded.
    pub verified: bool,
    /// One of the roots is named that expired under many servers: AddTrust's, DST Root CA X3.
    pub retired_root: bool,
    /// The verifier's depth is named.
    pub depth_setting: bool,
}

/// What a text shows besides its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// A server judges its clients' certificates.
    Client,
    /// A server tells of its own handshakes.
    ServerLog,
    /// The depth is named that a server of clients' certificates was set to.
    DepthSetting,
    /// A root that expired with many servers still sending a path to it, or the moment of it.
    Retired,
    /// A verification succeeded.
    Verified,
}

/// The words that show it.
static MARKS: &[(Mark, &[&str])] = &[
    (
        Mark::Client,
        &[
            "client SSL certificate verify error",
            "The SSL certificate error",
            "ssl_client_certificate",
            "ssl_verify_client",
            "SSLCACertificateFile",
            "AH02039",
            "AH02040",
            "AH02276",
            "ssl_c_verify",
            "ssl_client_verify",
            "failed to verify client certificate",
            "failed to verify client's certificate",
            "client certificate verification failed",
            "tls_process_client_certificate",
            "ssl3_get_client_certificate",
            "SSL client certificate not trusted",
            "SSL client CA chain cannot be verified",
            "mutual TLS",
            "mTLS",
        ],
    ),
    (
        Mark::ServerLog,
        &[
            "while SSL handshaking, client",
            "TLS handshake error from",
            "SSL_accept",
            "http: TLS handshake error",
            "accept:error",
        ],
    ),
    (Mark::DepthSetting, &["ssl_verify_depth", "verify_depth", "maximum allowed are only", "tls_verify_depth"]),
    (
        Mark::Retired,
        &[
            "DST Root CA X3",
            "AddTrust External CA Root",
            "2021-09-30T14:01:15Z",
            "Sep 30 14:01:15 2021",
            "Sep 30 14:01:15 UTC 2021",
            "2020-05-30T10:48:38Z",
            "May 30 10:48:38 2020",
            "May 30 10:48:38 UTC 2020",
        ],
    ),
    (Mark::Verified, &["SSL certificate verify ok", "The certificate is trusted", "Verification: OK"]),
];

static FINDER: LazyLock<Finder<Mark>> =
    LazyLock::new(|| Finder::new(MARKS.iter().flat_map(|(mark, texts)| texts.iter().map(|text| (*text, *mark)))));

impl Context {
    pub fn new(text: &Text, hits: &[Hit<Meaning>]) -> Self {
        let marks = FINDER.hits(text);
        let any = |mark: Mark| marks.iter().any(|hit| hit.meaning == mark);
        let zero =
            |hit: &Hit<Meaning>| matches!(hit.meaning, Meaning::Number(0)) && hit.numbers.first() == Some(&Some(0));
        let (host, port) = host(&text.plain).unzip();
        Self {
            depths: depths(text, hits),
            listing: Listing::of(&text.plain),
            host,
            port: port.flatten(),
            file: file(&text.plain),
            key: key(&text.plain),
            client: any(Mark::Client) || any(Mark::DepthSetting),
            server_log: any(Mark::ServerLog),
            verified: hits.iter().any(zero) || any(Mark::Verified),
            retired_root: any(Mark::Retired),
            depth_setting: any(Mark::DepthSetting),
        }
    }

    /// The depth that a message is about, and whether the certificate there calls itself a root.
    pub fn depth(&self, text: &Text, hits: &[Hit<Meaning>]) -> Option<(u32, bool)> {
        hits.iter().find_map(|hit| {
            let place = text.place(hit.start, hit.end);
            let behind = self.depths.iter().find(|d| (place.end..place.end + BEHIND_BYTES).contains(&d.at));
            let before = self.depths.iter().rfind(|d| d.at <= place.start && place.start - d.at <= BEFORE_BYTES);
            let own = numbered_depth(hit).map(|depth| (depth, false));
            behind.or(before).map(|d| (d.depth, d.root)).or(own)
        })
    }
}

/// `error 20 at 0 depth`: the second number is the depth.
fn numbered_depth(hit: &Hit<Meaning>) -> Option<u32> {
    hit.numbers.get(1).copied().flatten()
}

fn depths(text: &Text, hits: &[Hit<Meaning>]) -> Vec<Depth> {
    let setting = |start: usize| text.letters.get(..start).is_some_and(|before| before.ends_with(b"verify"));
    let depth_of = |hit: &Hit<Meaning>| match hit.meaning {
        Meaning::Depth => hit.numbers.first().copied().flatten(),
        Meaning::Number(_) => numbered_depth(hit),
        Meaning::Entry(..) => None,
    };
    let depths = hits.iter().filter(|hit| !setting(hit.start)).filter_map(|hit| Some((hit, depth_of(hit)?)));
    depths
        .map(|(hit, depth)| {
            let at = text.place(hit.start, hit.end).start;
            let line = text.plain.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
            Depth { at, depth, root: line.to_ascii_lowercase().contains("root") }
        })
        .collect()
}

/// Words in front of a host name, the surest first.
const HOST_AFTER: &[&str] = &[
    "target host name '",
    "target hostname '",
    "not valid for '",
    "not valid for \"",
    "valid for name \"",
    "hostname '",
    "host name \"",
    "host name '",
    "Host: ",
    "servername ",
    "server_name ",
    "DNS name matching ",
    "://",
    "certificate of '",
    "cannot verify ",
    "Hostname ",
    "for host ",
    "connection to ",
    "connect to ",
    "verification failed for ",
    "connect to host ",
    "connecting to ",
    "CN = ",
    "CN=",
];

/// Sites that messages point to for help.
const HELP_SITES: &[&str] = &[
    "curl.se",
    "curl.haxx.se",
    "www.openssl.org",
    "go.dev",
    "golang.org",
    "nodejs.org",
    "docs.python.org",
    "letsencrypt.org",
    "github.com",
    "stackoverflow.com",
    "bit.ly",
    "aka.ms",
    "urllib3.readthedocs.io",
    "support.mozilla.org",
];

/// The host that the text speaks of, and the port behind it.
fn host(plain: &str) -> Option<(String, Option<u16>)> {
    HOST_AFTER.iter().find_map(|words| {
        plain.match_indices(words).find_map(|(at, _)| {
            let rest = plain.get(at + words.len()..)?;
            // A URL names a host, however short.
            let of_url = *words == "://" && plain.get(..at).is_some_and(|before| before.ends_with("https"));
            Some((name_at(rest).or_else(|| of_url.then(|| lone_name_at(rest)).flatten())?, port_in(rest)))
        })
    })
}

/// The port of a name that stands here, as in `mx.example:465` and Postfix's `mx.example[192.0.2.7]:25`.
fn port_in(rest: &str) -> Option<u16> {
    let name = rest.bytes().take(HOST_BYTES).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let behind = rest.get(name.count()..)?;
    let behind = match behind.strip_prefix('[') {
        Some(address) => address.split_once(']')?.1,
        None => behind,
    };
    let digits = behind.strip_prefix(':')?;
    let end = digits.bytes().take(MAX_PORT_DIGITS).take_while(u8::is_ascii_digit).count();
    digits.get(..end)?.parse().ok()
}

/// A host name of at least two labels, if the text goes on with one.
fn name_at(rest: &str) -> Option<String> {
    let end =
        rest.bytes().take(HOST_BYTES).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count();
    let name = rest.get(..end)?.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next()?;
    let shaped = name.contains('.') && name.split('.').all(|label| !label.is_empty()) && last.len() > 1;
    (shaped && last.bytes().all(|b| b.is_ascii_lowercase()) && !HELP_SITES.contains(&name.as_str())).then_some(name)
}

/// The host of a URL where it is an IPv4 address or a single label.
fn lone_name_at(rest: &str) -> Option<String> {
    let end =
        rest.bytes().take(HOST_BYTES).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count();
    let name = rest.get(..end)?.to_ascii_lowercase();
    let label = !name.contains('.') && name.starts_with(|c: char| c.is_ascii_lowercase());
    (label || name.parse::<std::net::Ipv4Addr>().is_ok()).then_some(name)
}

/// How the files of certificates are called, and words in the names of those that are none of ours.
const ENDINGS: &[&str] = &[".pem", ".crt", ".cer", ".p7b"];
const OTHERS: &[&str] = &[
    "key",
    "ca-cert",
    "cacert",
    "ca-bundle",
    "ca.crt",
    "ca.pem",
    "root",
    "trust",
    "/ca/",
    "site-packages",
    "dhparam",
    "csr",
];

/// The certificate file that the text speaks of.
fn file(plain: &str) -> Option<String> {
    paths(plain)
        .find(|path| ends(path, ENDINGS) && !OTHERS.iter().any(|other| path.to_ascii_lowercase().contains(other)))
        .map(str::to_owned)
}

/// The file of the private key that the text speaks of.
fn key(plain: &str) -> Option<String> {
    let named =
        |path: &str| ends(path, &[".key"]) || (ends(path, ENDINGS) && path.to_ascii_lowercase().contains("key"));
    paths(plain).find(|path| named(path)).map(str::to_owned)
}

fn ends(path: &str, endings: &[&str]) -> bool {
    let lower = path.to_ascii_lowercase();
    endings.iter().any(|ending| lower.len() > ending.len() && lower.ends_with(ending))
}

/// Whatever in the text might be a path.
fn paths(plain: &str) -> impl Iterator<Item = &str> {
    let part_of_path =
        |c: char| c.is_alphanumeric() || matches!(c, '/' | '\\' | '.' | '_' | '-' | '+' | '@' | ':' | '~');
    let words = plain.split(move |c| !part_of_path(c)).filter(|word| word.len() <= PATH_BYTES);
    let words = words.map(|word| word.trim_matches([':', '.']).rsplit("file:").next().unwrap_or_default());
    words.filter(|word| !word.is_empty() && !word.contains("://") && !word.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_can_be_found() {
        for (mark, texts) in MARKS {
            for text in *texts {
                let hits = FINDER.hits(&Text::new(format!("x {text} y").as_bytes()));
                assert!(hits.iter().any(|hit| hit.meaning == *mark), "{text}");
            }
        }
    }

    #[test]
    fn hosts_are_found() {
        for (text, name) in [
            ("Get \"https://shop.example.com/v2/\": x509: …", Some("shop.example.com")),
            ("target host name 'a.example.org'\nhttps://curl.se/docs/sslcerts.html", Some("a.example.org")),
            ("More details here: https://curl.se/docs/sslcerts.html", None),
            ("depth=0 CN = shop.example.com", Some("shop.example.com")),
            ("CN=R3", None),
            ("https://10.0.0.1/", Some("10.0.0.1")),
            ("https://localhost:8443/", Some("localhost")),
            ("https://10.0.0.999/", None),
            ("postgres://db/x", None),
            ("https://curl.se/", None),
        ] {
            assert_eq!(host(text).map(|(name, _)| name).as_deref(), name, "{text}");
        }
    }

    #[test]
    fn ports_are_found_behind_their_host() {
        for (text, port) in [
            ("Get \"https://shop.example.com:8443/v2/\": x509: …", Some(8443)),
            ("Get \"https://shop.example.com/v2/\": x509: …", None),
            ("certificate verification failed for mx.example.com[192.0.2.7]:25: untrusted issuer", Some(25)),
            ("certificate verification failed for mx.example.com[192.0.2.7", None),
            ("https://shop.example.com:99999/", None),
            ("https://shop.example.com: no", None),
        ] {
            assert_eq!(host(text).and_then(|(_, port)| port), port, "{text}");
        }
    }

    #[test]
    fn files_are_found() {
        for (text, name) in [
            ("cannot load certificate \"/etc/nginx/site.pem\": PEM_read_bio", Some("/etc/nginx/site.pem")),
            (
                "AH02565: Certificate and private key a:443:0 from /etc/ssl/a.crt and /etc/ssl/a.key do not match",
                Some("/etc/ssl/a.crt"),
            ),
            ("SSL_CTX_use_PrivateKey_file(\"/etc/site.key.pem\")", None),
            ("CAfile: /etc/ssl/certs/ca-certificates.crt", None),
            ("file:///etc/site.pem", Some("///etc/site.pem")),
        ] {
            assert_eq!(file(text).as_deref(), name, "{text}");
        }
        assert_eq!(key("from /etc/ssl/a.crt and /etc/ssl/a.key do").as_deref(), Some("/etc/ssl/a.key"));
        assert_eq!(key("(\"/etc/site-key.pem\")").as_deref(), Some("/etc/site-key.pem"));
    }
}
