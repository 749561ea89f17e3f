use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "mistakable-issuer",
    group: Group::Path,
    severity: Severity::Warning,
    title: "clients that look for an issuer by name may take another key for it",
    breaks: Some(
        "OpenSSL and what uses it: curl, Python, Node (\"certificate signature failure\", \"self-signed certificate in certificate chain\"), GnuTLS",
    ),
    hidden: Some("in Go, Java, rustls, browsers"),
    cites: &["RFC 5280 §4.2.1.1", "RFC 5280 §4.2.1.2", "OpenSSL X509_check_issued(3)"],
    page: include_str!("mistakable_issuer.md"),
};
