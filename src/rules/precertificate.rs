use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "precertificate",
    group: Group::Leaf,
    severity: Severity::Error,
    title: "the leaf is a precertificate, not the certificate",
    breaks: Some("all clients: OpenSSL, curl (\"unhandled critical extension\"), Go, Java, Firefox (SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION)"),
    hidden: None,
    cites: &["RFC 6962 §3.1", "RFC 5280 §4.2"],
    page: include_str!("precertificate.md"),
};
