use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "not-yet-valid",
    group: Group::Time,
    severity: Severity::Error,
    title: "a certificate is not valid yet",
    breaks: Some("all clients: curl, Python, Node (\"certificate is not yet valid\"), Go, Java, Chrome (NET::ERR_CERT_DATE_INVALID), Firefox"),
    hidden: None,
    cites: &["RFC 5280 §4.1.2.5", "RFC 5280 §6.1.3 (a)(2)"],
    page: include_str!("not_yet_valid.md"),
};
