use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "host-mismatch",
    group: Group::Leaf,
    severity: Severity::Error,
    title: "the leaf is not valid for the host",
    breaks: Some("all clients: curl (\"no alternative certificate subject name matches\"), Java, Go, Node (ERR_TLS_CERT_ALTNAME_INVALID), browsers"),
    hidden: Some("in clients that do not check names"),
    cites: &["RFC 9525 §6", "RFC 5280 §4.2.1.6"],
    page: include_str!("host_mismatch.md"),
};
