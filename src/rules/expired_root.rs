use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "expired-root",
    group: Group::Time,
    severity: Severity::Error,
    title: "the trusted root has expired",
    breaks: Some("OpenSSL, curl, Python, Node (\"certificate has expired\"), Go"),
    hidden: Some("in Java, rustls and Android, which do not look at a root's dates"),
    cites: &["RFC 5280 §6.1.1 (d)", "RFC 5937 §3"],
    page: include_str!("expired_root.md"),
};
