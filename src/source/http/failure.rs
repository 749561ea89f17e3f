//! What went wrong, in words that say what to do about it.

#![expect(clippy::disallowed_methods, reason = "a Retry-After that is a date counts from now")]

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;
use std::time::SystemTime;

use url::Url;

use super::super::FetchError;
use super::super::address::Forbidden;
use super::forbidden;

const CUT_SHORT: &str = "connection closed before the answer was whole";

/// The failure that a reqwest error stands for.
pub(super) fn of(error: &reqwest::Error, url: &Url) -> FetchError {
    let top: &(dyn Error + 'static) = error;
    let chain = || causes(top);
    if let Some(found) = chain().find_map(|error| error.downcast_ref::<Forbidden>()) {
        return forbidden(found.clone());
    }
    let deepest = chain().last().unwrap_or(top).to_string();
    if error.is_dns() {
        let host = url.host_str().unwrap_or_default();
        let reason = deepest.rsplit(": ").next().unwrap_or_default();
        return FetchError::Dns(format!("cannot resolve {host}: {reason}"));
    }
    if let Some(io) = chain().filter_map(|error| error.downcast_ref::<io::Error>()).last() {
        match innermost(io).kind() {
            ErrorKind::ConnectionRefused => return FetchError::Connection("connection refused".to_owned()),
            ErrorKind::NetworkUnreachable => return FetchError::Connection("network unreachable".to_owned()),
            ErrorKind::HostUnreachable => return FetchError::Connection("host unreachable".to_owned()),
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                return FetchError::Interrupted("connection reset".to_owned());
            }
            ErrorKind::UnexpectedEof => return FetchError::Interrupted(CUT_SHORT.to_owned()),
            // rustls's own errors come in this wrapping.
            ErrorKind::InvalidData if error.is_connect() => return FetchError::Tls(tls(&deepest)),
            _ => {}
        }
    }
    if error.is_timeout() {
        return FetchError::TimedOut;
    }
    // hyper's words; its types are no dependency of this crate. Other words only cost the retry.
    if deepest.contains("before message") {
        return FetchError::Interrupted(CUT_SHORT.to_owned());
    }
    // The words of hyper-util, which asks a proxy to connect.
    if deepest.starts_with("tunnel error") {
        let host = url.host_str().unwrap_or_default();
        return FetchError::Connection(format!("the proxy did not connect to {host}"));
    }
    if error.is_connect() {
        return FetchError::Connection(format!("cannot connect: {deepest}"));
    }
    FetchError::Other(format!("no usable HTTP answer: {deepest}"))
}

/// An error and what caused it, one after the other.
fn causes<'a>(top: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(top), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        error.source()
    })
}

/// An I/O error may be wrapped in others, which [`Error::source`] does not show.
fn innermost(mut error: &io::Error) -> &io::Error {
    while let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        error = inner;
    }
    error
}

/// What a person makes of rustls's words.
fn tls(text: &str) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("UnknownIssuer", "the server's own certificate is not trusted"),
        ("certificate expired", "the server's own certificate has expired"),
        ("Expired", "the server's own certificate has expired"),
        ("not valid yet", "the server's own certificate is not valid yet"),
        ("NotValidYet", "the server's own certificate is not valid yet"),
        ("not valid for name", "the server's own certificate is for another name"),
        ("NotValidForName", "the server's own certificate is for another name"),
        ("CaUsedAsEndEntity", "the server's own certificate is a CA certificate"),
        ("InvalidContentType", "the server does not speak TLS"),
    ];
    match WORDS.iter().find(|(theirs, _)| text.contains(theirs)) {
        Some((_, ours)) => format!("TLS: {ours}"),
        None => format!("TLS: {text}"),
    }
}

/// Retry-After (RFC 9110 §10.2.3) in seconds: a number, or a date from now.
pub(super) fn retry_after(value: &str) -> Option<u64> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(seconds);
    }
    Some(http_date(value)?.saturating_sub(now()?))
}

/// An HTTP-date (RFC 9110 §5.6.7) in Unix seconds.
pub(super) fn http_date(value: &str) -> Option<u64> {
    let date = jiff::fmt::rfc2822::parse(value).ok()?;
    u64::try_from(date.timestamp().as_second()).ok()
}

/// The clock, in Unix seconds.
pub(super) fn now() -> Option<u64> {
    Some(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        assert_eq!(retry_after("7"), Some(7));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
        assert!(retry_after("Wed, 01 Jan 2200 00:00:00 GMT").is_some_and(|seconds| seconds > 1_000_000));
        assert_eq!(retry_after("soon"), None);
        assert_eq!(retry_after("-1"), None);
    }

    #[test]
    fn tls_failures_say_what_is_wrong_with_the_server() {
        assert_eq!(tls("invalid peer certificate: UnknownIssuer"), "TLS: the server's own certificate is not trusted");
        assert_eq!(tls("received corrupt message of type InvalidContentType"), "TLS: the server does not speak TLS");
        assert_eq!(tls("something new"), "TLS: something new");
    }
}
