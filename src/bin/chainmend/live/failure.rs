//! Why a server's certificates were not had, and what to try next.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use chainmend::cert::{clip, escape};
use chainmend::verify::Host;
use rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible};

use super::name::{Address, Server};
use crate::problem::Problem;
use crate::quote;

/// So much is quoted of what a server says that does not speak TLS.
const MAX_QUOTE: usize = 60;

/// Why a server's certificates were not had.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The name is none.
    NoSuchHost(String),
    /// The resolver did not answer in time.
    Resolver(String),
    /// No connection to this address, for this reason.
    Connect(SocketAddr, ErrorKind, String),
    /// The time was up after so many bytes of an answer.
    TimedOut(usize),
    /// The server hung up after so many bytes of an answer.
    Closed(usize),
    /// It answered, but not in TLS: with this.
    NotTls(Vec<u8>),
    /// Its answer had no end, or is larger than TLS clients take.
    TooMuch,
    /// The host's name cannot be asked for.
    NoName,
    /// The handshake failed.
    Tls(Error),
    /// Anything else that the system said.
    Io(String),
}

/// Protocols whose servers speak first, or answer a TLS greeting in their own words: how they begin,
/// what they are called, and openssl's word for them.
const GREETINGS: &[(&str, &str, &str)] = &[
    ("* OK", "IMAP", "imap"),
    ("* BYE", "IMAP", "imap"),
    ("+OK", "POP3", "pop3"),
    ("-ERR", "POP3", "pop3"),
    ("200 ", "NNTP", "nntp"),
    ("201 ", "NNTP", "nntp"),
    ("<?xml", "XMPP", "xmpp"),
    ("<stream", "XMPP", "xmpp"),
];

/// The server that did not answer as it should, and how it was asked.
struct Asked<'a> {
    server: &'a Server,
    connect: Option<&'a Address>,
    limit: Duration,
    carry: &'a str,
}

impl Failure {
    /// In words, and with what to type next.
    pub fn told(self, server: &Server, connect: Option<&Address>, limit: Duration, carry: &str) -> Problem {
        let asked = Asked { server, connect, limit, carry };
        let name = asked.name();
        match self {
            Self::NoSuchHost(host) => {
                Problem::new(format!("cannot reach {name}: no such host: {host}")).help(asked.elsewhere("ADDRESS"))
            }
            Self::Resolver(host) => Problem::new(format!("cannot reach {name}: no answer to who {host} is"))
                .help(asked.elsewhere("ADDRESS")),
            Self::Connect(address, kind, why) => asked.unconnected(address, kind, &why),
            Self::TimedOut(received) => asked.timed_out(received),
            Self::Closed(0) => Problem::new(format!("{name} hung up without a word"))
                .help(format!("it may want another name or another port: {}", asked.elsewhere("HOST:PORT"))),
            Self::Closed(_) => {
                Problem::new(format!("{name} hung up in the middle of the handshake")).help(asked.openssl())
            }
            Self::NotTls(greeting) => asked.not_tls(&greeting),
            Self::TooMuch => asked.too_much(),
            Self::NoName => {
                Problem::new(format!("{name}: not a name that a server can be asked for")).help(asked.openssl())
            }
            Self::Tls(error) => asked.refused(&error),
            Self::Io(why) => Problem::new(format!("cannot reach {name}: {why}")),
        }
    }
}

impl Asked<'_> {
    fn name(&self) -> String {
        escape(&self.server.name())
    }

    fn port(&self) -> u16 {
        self.connect.and_then(|address| address.port).unwrap_or(self.server.port)
    }

    /// The command again, with the server reached elsewhere.
    fn elsewhere(&self, what: &str) -> String {
        format!("chainmend check{} {} --connect {what}", self.carry, quote::path(&self.server.typed))
    }

    fn again(&self, more: &str) -> String {
        let connect = self.connect.map_or_else(String::new, |address| format!(" --connect {}", address.typed));
        format!("chainmend check{} {}{connect}{more}", self.carry, quote::path(&self.server.typed))
    }

    /// What openssl gets, read as a file: it speaks old protocols, too.
    fn openssl(&self) -> String {
        self.openssl_with("")
    }

    fn openssl_with(&self, more: &str) -> String {
        let host = match self.connect {
            Some(address) if address.host.contains(':') => format!("[{}]", address.host),
            Some(address) => address.host.clone(),
            None => self.server.host_text(),
        };
        let name = match &self.server.host {
            Host::Dns(name) => format!(" -servername {}", quote::word(name)),
            Host::Ip(_) => " -noservername".to_owned(),
        };
        let at = quote::word(&format!("{host}:{}", self.port()));
        let host = quote::word(&self.server.host.to_string());
        format!(
            "openssl s_client{more} -showcerts -connect {at}{name} </dev/null | chainmend check{} --host {host} -",
            self.carry
        )
    }

    fn unconnected(&self, address: SocketAddr, kind: ErrorKind, why: &str) -> Problem {
        let name = self.name();
        let elsewhere = self.elsewhere("HOST:PORT");
        match kind {
            ErrorKind::ConnectionRefused => {
                Problem::new(format!("cannot reach {name}: connection refused, nobody listens at {address}"))
                    .help(format!("start the server, or say where it listens: {elsewhere}"))
            }
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                Problem::new(format!("cannot reach {name}: no answer from {address} within {}", self.seconds()))
                    .help(format!("a firewall may drop it, and no proxy is used; to reach it elsewhere: {elsewhere}"))
            }
            _ => Problem::new(format!("cannot reach {name}: {why} ({address})"))
                .help(format!("no proxy is used; to reach it elsewhere: {elsewhere}")),
        }
    }

    fn seconds(&self) -> String {
        format!("{} s", self.limit.as_secs())
    }

    fn timed_out(&self, received: usize) -> Problem {
        let (name, seconds) = (self.name(), self.seconds());
        let more = self.again(&format!(" --timeout {}", self.limit.as_secs().saturating_mul(6)));
        match received {
            0 => Problem::new(format!("{name} took the connection and said nothing for {seconds}"))
                .help(format!("a port without TLS may wait so, too; a slow server gets more time: {more}")),
            _ => Problem::new(format!("{name} began its answer and did not end it within {seconds}"))
                .help(format!("a slow server gets more time: {more}")),
        }
    }

    fn not_tls(&self, greeting: &[u8]) -> Problem {
        let text = String::from_utf8_lossy(greeting);
        let first = text.lines().next().unwrap_or_default();
        let name = self.name();
        let is_mail = || first.contains("SMTP") || !first.contains("FTP") && self.port() != 21;
        let known = GREETINGS.iter().find(|(start, ..)| text.starts_with(start));
        let (protocol, word) = match known {
            Some((_, protocol, word)) => (*protocol, *word),
            None if text.starts_with("220") && is_mail() => ("SMTP", "smtp"),
            None if text.starts_with("220") => ("FTP", "ftp"),
            None if text.starts_with("HTTP/") => return self.plain_http(),
            None if text.starts_with("SSH-") => {
                return Problem::new(format!("{name} speaks SSH, and not TLS")).help(self.elsewhere("HOST:PORT"));
            }
            None => {
                let quoted = clip(&escape(first), MAX_QUOTE);
                return Problem::new(format!("{name} does not speak TLS; it says: {quoted}"))
                    .help(format!("where another port does: {}", self.elsewhere("HOST:PORT")));
            }
        };
        Problem::new(format!(
            "{name} speaks {protocol}, and TLS only when it is asked to (STARTTLS), which is not built yet"
        ))
        .help(self.openssl_with(&format!(" -starttls {word}")))
    }

    fn plain_http(&self) -> Problem {
        let host = self.server.host_text();
        let tls = match self.port() {
            443 => format!("https://{host}:PORT"),
            _ => format!("https://{host}"),
        };
        Problem::new(format!("{} answers in plain HTTP, not in TLS", self.name())).help(format!(
            "name the port of HTTPS: chainmend check{} {}",
            self.carry,
            quote::word(&tls)
        ))
    }

    fn too_much(&self) -> Problem {
        Problem::new(format!("{} sends more than TLS clients take (64 KiB a message)", self.name()))
            .help("look at the file that it loads: a list of trusted CAs is no chain")
    }

    /// The handshake failed: what the alert or rustls says.
    fn refused(&self, error: &Error) -> Problem {
        let name = self.name();
        match error {
            Error::AlertReceived(alert) => self.alert(*alert),
            Error::NoCertificatesPresented => Problem::new(format!("{name} sends no certificate"))
                .help("its configuration names none for this host; no client accepts that"),
            Error::PeerIncompatible(why) => {
                Problem::new(format!("{name} speaks only what is too old: {}", old(why))).help(self.old_openssl())
            }
            Error::InvalidMessage(
                InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
            ) => self.too_much(),
            other => Problem::new(format!("{name} does not speak TLS as it should: {}", escape(&other.to_string())))
                .help(self.openssl()),
        }
    }

    fn alert(&self, alert: AlertDescription) -> Problem {
        let name = self.name();
        let said = |words: &str, alert: &str| Problem::new(format!("{name} {words} (TLS alert {alert})"));
        match alert {
            AlertDescription::UnrecognisedName => said("has no site of this name", "unrecognized_name")
                .help(format!("if it is another machine's: {}", self.elsewhere("HOST:PORT"))),
            AlertDescription::ProtocolVersion => {
                said("speaks only versions of TLS that are too old", "protocol_version").help(self.old_openssl())
            }
            AlertDescription::InsufficientSecurity => {
                said("speaks only ciphers that are too old", "insufficient_security").help(self.old_openssl())
            }
            AlertDescription::HandshakeFailure => {
                let help = format!(
                    "it may speak only old ciphers, or have no certificate for this name:\n{}",
                    self.old_openssl()
                );
                said("found no way to speak to us", "handshake_failure").help(help)
            }
            AlertDescription::InternalError => said("failed", "internal_error")
                .help("look at the server's log: it may have no certificate for this name, or none at all"),
            AlertDescription::AccessDenied => {
                said("does not let us in", "access_denied").help(self.elsewhere("HOST:PORT"))
            }
            AlertDescription::NoApplicationProtocol => {
                said("wants a protocol to be named", "no_application_protocol").help(self.openssl_with(" -alpn h2"))
            }
            AlertDescription::CloseNotify => {
                said("ended the conversation", "close_notify").help(self.elsewhere("HOST:PORT"))
            }
            other => said("refused the handshake", &snake(&format!("{other:?}"))).help(self.openssl()),
        }
    }

    /// OpenSSL with all the old things that it has left.
    fn old_openssl(&self) -> String {
        self.openssl_with(" -cipher ALL:@SECLEVEL=0")
    }
}

/// What rustls does not speak, and the server does not do without.
fn old(why: &PeerIncompatible) -> &'static str {
    match why {
        PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig => {
            "a version of TLS before 1.2"
        }
        _ => "ciphers or key exchanges that no client should use",
    }
}

/// `DecodeError` as the standard writes it: `decode_error`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() && !out.ends_with(|last: char| !last.is_ascii_alphanumeric()) {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
