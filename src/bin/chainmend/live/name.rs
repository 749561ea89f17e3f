//! What names a server: `https://HOST[:PORT]`, and `--connect HOST[:PORT]`.

use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};

use chainmend::report::name_of;
use chainmend::verify::Host;
use url::Url;

use super::meant::is_https_misspelt;
use crate::problem::{Problem, shown};
use crate::quote;

/// The port of HTTPS (RFC 9110 §4.2.2).
const HTTPS: u16 = 443;

/// Mail, directories and the like, which speak TLS from the start on a port of their own, or after a
/// word: the scheme, that port (0: none), and openssl's name for the word.
const NOT_YET: &[(&str, u16, &str)] = &[
    ("smtp", 465, "smtp"),
    ("smtps", 465, "smtp"),
    ("submission", 465, "smtp"),
    ("submissions", 465, "smtp"),
    ("lmtp", 0, "lmtp"),
    ("imap", 993, "imap"),
    ("imaps", 993, "imap"),
    ("pop3", 995, "pop3"),
    ("pop3s", 995, "pop3"),
    ("ftp", 990, "ftp"),
    ("ftps", 990, "ftp"),
    ("ldap", 636, "ldap"),
    ("ldaps", 636, "ldap"),
    ("nntp", 563, "nntp"),
    ("nntps", 563, "nntp"),
    ("sieve", 0, "sieve"),
    ("xmpp", 5223, "xmpp"),
    ("irc", 6697, "irc"),
    ("ircs", 6697, "irc"),
    ("mysql", 0, "mysql"),
    ("postgres", 0, "postgres"),
    ("postgresql", 0, "postgres"),
];

/// A live server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// As it was typed; its name in reports.
    pub typed: PathBuf,
    /// The host, in ASCII: what is asked for (SNI), and what the leaf has to be valid for.
    pub host: Host,
    /// The port.
    pub port: u16,
}

impl Server {
    /// As it was typed.
    pub fn name(&self) -> String {
        name_of(&self.typed)
    }

    /// The host as it stands in a URL and in other programs' `HOST:PORT`.
    pub fn host_text(&self) -> String {
        host_text(&self.host)
    }
}

/// `HOST:PORT`, as `--connect` takes it.
pub fn authority(host: &Host, port: u16) -> String {
    format!("{}:{port}", host_text(host))
}

fn host_text(host: &Host) -> String {
    match host {
        Host::Dns(name) => name.clone(),
        Host::Ip(IpAddr::V4(ip)) => ip.to_string(),
        Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]"),
    }
}

/// Where a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// As it was typed, quoted for the shell.
    pub typed: String,
    /// A name or an address for the resolver.
    pub host: String,
    /// Without it, the port of the URL.
    pub port: Option<u16>,
}

impl Address {
    /// Reads the value of `--connect`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let bad = |help: &str| {
            Err(Problem::new(format!("--connect {}: not a host or HOST:PORT", quote::word(text))).help(help))
        };
        if text.contains("://") {
            return bad("the host alone is wanted, without https://");
        }
        let typed = quote::word(text);
        if text.parse::<Ipv6Addr>().is_ok() {
            return Ok(Self { typed, host: text.to_owned(), port: None });
        }
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => {
                (host, rest.strip_prefix(':').map_or(if rest.is_empty() { None } else { Some(rest) }, Some))
            }
            None => text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let Ok(port) = port.map(str::parse).transpose() else { return bad("a port is a number up to 65535") };
        if port == Some(0) {
            return bad("a port is a number from 1 to 65535");
        }
        // A zone (`fe80::1%eth0`) is for the resolver.
        let host = match host.split('%').next().unwrap_or_default().parse::<Ipv6Addr>() {
            Ok(_) => host.to_owned(),
            Err(_) => match url::Host::parse(host.trim_end_matches('.')) {
                Ok(url::Host::Domain(name)) if !name.is_empty() => name,
                Ok(url::Host::Ipv4(ip)) => ip.to_string(),
                _ => return bad("a name, an address, or an IPv6 address in brackets: [2001:db8::1]:443"),
            },
        };
        Ok(Self { typed, host, port })
    }
}

/// Whether a name in a report is a server's.
pub fn is_server(name: &str) -> bool {
    name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
}

/// The server that was named, if what was named is a URL.
pub fn named(path: &Path) -> Option<Result<Server, Problem>> {
    let text = path.to_str()?;
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then(|| match scheme.to_ascii_lowercase().as_str() {
        "https" => server(path, text),
        scheme => Err(other(path, scheme, rest)),
    })
}

fn server(path: &Path, text: &str) -> Result<Server, Problem> {
    let bad = |why: &str| {
        Problem::new(format!("{}: {why}", shown(path)))
            .help("https://HOST or https://HOST:PORT; an IPv6 address in brackets: https://[2001:db8::1]")
    };
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        let problem =
            Problem::new("a user name or a password in a URL is not wanted: nothing is asked but certificates");
        return Err(problem.help("https://HOST or https://HOST:PORT"));
    }
    let host = match url.host() {
        Some(url::Host::Domain(name)) => Host::Dns(name.trim_end_matches('.').to_owned()),
        Some(url::Host::Ipv4(ip)) => Host::Ip(ip.into()),
        Some(url::Host::Ipv6(ip)) => Host::Ip(ip.into()),
        None => return Err(bad("no host in it")),
    };
    let port = url.port().unwrap_or(HTTPS);
    if port == 0 || matches!(&host, Host::Dns(name) if name.is_empty()) {
        return Err(bad(if port == 0 { "0 is no port" } else { "no host in it" }));
    }
    Ok(Server { typed: path.to_owned(), host, port })
}

/// Why a URL of another scheme names no bundle, and what does.
fn other(path: &Path, scheme: &str, rest: &str) -> Problem {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let url = |port: u16| {
        quote::word(&format!("https://{host}{}", if port == HTTPS { String::new() } else { format!(":{port}") }))
    };
    match scheme {
        "http" => Problem::new(format!("{}: no certificate is sent over plain HTTP", shown(path)))
            .help(format!("for the server: chainmend check {}", url(HTTPS))),
        "file" => Problem::new(format!("{}: a file is named by its path", shown(path)))
            .help(format!("chainmend check {}", quote::word(rest))),
        _ => match NOT_YET.iter().find(|(known, ..)| *known == scheme) {
            Some((_, tls_port, word)) => {
                let at = if authority == host { format!("{host}:PORT") } else { authority.to_owned() };
                let mut help = String::new();
                if *tls_port != 0 {
                    help = format!("where it speaks TLS from the start: chainmend check {}\nelse: ", url(*tls_port));
                }
                help.push_str(&format!(
                    "openssl s_client -starttls {word} -showcerts -connect {} </dev/null | chainmend check -",
                    quote::word(&at),
                ));
                Problem::new(format!("{}: {scheme}:// is not built yet", shown(path))).help(help)
            }
            None => {
                let problem = Problem::new(format!("{}: {scheme}:// is none of the URLs that are known", shown(path)));
                problem.help(match is_https_misspelt(scheme) {
                    true => format!("for the server: chainmend check {}", quote::word(&format!("https://{authority}"))),
                    false => "a live server is https://HOST[:PORT]; a file is named by its path".to_owned(),
                })
            }
        },
    }
}
