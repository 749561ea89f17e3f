//! What a URL gave, and how it is recorded.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::bundle;
use crate::cert::Certificate;
use crate::report::{FetchOutcome, FetchRecord};

use super::super::FetchError;
use super::{MAX_CERTIFICATE_BYTES, MAX_CERTIFICATES};

/// What came of a URL.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    certificates: Arc<[Arc<Certificate>]>,
    outcome: FetchOutcome,
    detail: Option<String>,
    option: Option<String>,
    bytes: Option<usize>,
    milliseconds: Option<u64>,
}

impl Answer {
    fn empty(outcome: FetchOutcome, detail: &str) -> Self {
        Self {
            certificates: Arc::default(),
            outcome,
            detail: Some(detail.to_owned()),
            option: None,
            bytes: None,
            milliseconds: None,
        }
    }

    /// Not asked, and the option that would change that.
    pub(super) fn refused(why: &str, option: Option<String>) -> Self {
        Self { option, ..Self::empty(FetchOutcome::Refused, why) }
    }

    /// Asked in vain.
    pub(super) fn failed(why: &str) -> Self {
        Self::empty(FetchOutcome::Failed, why)
    }

    /// What a fetch that took `elapsed` amounts to.
    pub(super) fn of(result: Result<Vec<u8>, FetchError>, elapsed: Duration) -> Self {
        let milliseconds = Some(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
        match result {
            Ok(bytes) => {
                let length = Some(bytes.len());
                let answer = match decode(&bytes) {
                    Ok(certificates) => Self {
                        certificates: certificates.into(),
                        outcome: FetchOutcome::Ok,
                        detail: None,
                        ..Self::failed("")
                    },
                    Err(detail) => Self::failed(&detail),
                };
                Self { bytes: length, milliseconds, ..answer }
            }
            Err(FetchError::Refused { why, option }) => Self::refused(&why, option),
            Err(FetchError::TimedOut) => {
                Self { milliseconds, ..Self::failed(&format!("timed out after {}", in_words(elapsed))) }
            }
            Err(error) => Self { milliseconds, ..Self::failed(&error.to_string()) },
        }
    }

    /// The same answer for another bundle, which took no time of its own.
    pub(super) fn shared(&self) -> Self {
        Self { milliseconds: None, ..self.clone() }
    }

    /// Bytes of its certificates.
    pub(super) fn held(&self) -> usize {
        self.certificates.iter().map(|certificate| certificate.der().len()).sum()
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.certificates.iter()
    }

    /// The record of it, for the URL as it stands in the certificate.
    pub(super) fn record(&self, url: String) -> FetchRecord {
        FetchRecord {
            url,
            outcome: self.outcome,
            detail: self.detail.clone(),
            option: self.option.clone(),
            bytes: self.bytes,
            milliseconds: self.milliseconds,
        }
    }
}

fn in_words(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(1) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{:.0} s", elapsed.as_secs_f64())
    }
}

/// The certificates of a body, each once: DER, PEM, bare base64 or PKCS#7, whatever Content-Type
/// said. RFC 5280 §4.2.2.1 asks for DER or certs-only PKCS#7; servers send all of these.
pub(super) fn decode(body: &[u8]) -> Result<Vec<Arc<Certificate>>, String> {
    let mut seen = HashSet::new();
    let mut certificates = bundle::certificates_in(body);
    certificates.retain(|certificate| seen.insert(certificate.fingerprint()));
    let found = certificates.len();
    certificates.retain(|certificate| certificate.der().len() <= MAX_CERTIFICATE_BYTES);
    certificates.truncate(MAX_CERTIFICATES);
    match (certificates.is_empty(), found) {
        (false, _) => Ok(certificates),
        (true, 0) => Err(what_else(body).to_owned()),
        (true, _) => Err(format!("a certificate larger than {} KiB", MAX_CERTIFICATE_BYTES / 1024)),
    }
}

fn what_else(body: &[u8]) -> &'static str {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let starts_with = |tag: &str| body.get(..tag.len()).is_some_and(|b| b.eq_ignore_ascii_case(tag.as_bytes()));
    if body.is_empty() {
        "an empty answer"
    } else if ["<!doctype html", "<html", "<head", "<body", "<!--"].iter().any(|tag| starts_with(tag)) {
        "an HTML page, not a certificate"
    } else {
        "no certificate in it"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_named() {
        assert_eq!(what_else(b"\xef\xbb\xbf \n<!DOCTYPE HTML><title>404"), "an HTML page, not a certificate");
        assert_eq!(what_else(b"<HTML>"), "an HTML page, not a certificate");
        assert_eq!(what_else(b"  \r\n"), "an empty answer");
        assert_eq!(what_else(b"<?xml version='1.0'?><Error>"), "no certificate in it");
    }

    #[test]
    fn time_is_said_in_seconds_or_milliseconds() {
        assert_eq!(in_words(Duration::from_millis(10_003)), "10 s");
        assert_eq!(in_words(Duration::from_millis(999)), "999 ms");
    }
}
