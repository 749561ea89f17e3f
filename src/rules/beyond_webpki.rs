use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "beyond-webpki",
    group: Group::Path,
    severity: Severity::Info,
    title: "the chain is valid, but rustls refuses it",
    breaks: Some("programs built on rustls"),
    hidden: Some("in OpenSSL, curl, GnuTLS, Java and browsers"),
    cites: &["RFC 5280 §6.1", "rustls-webpki"],
    page: include_str!("beyond_webpki.md"),
};
