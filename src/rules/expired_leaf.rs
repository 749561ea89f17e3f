use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "expired-leaf",
    group: Group::Time,
    severity: Severity::Error,
    title: "the leaf has expired",
    breaks: Some("all clients: curl, Python, Node (\"certificate has expired\"), Go, Java, Chrome (NET::ERR_CERT_DATE_INVALID), Firefox"),
    hidden: Some("in clients that do not verify"),
    cites: &["RFC 5280 §4.1.2.5", "RFC 5280 §6.1.3 (a)(2)"],
    page: include_str!("expired_leaf.md"),
};
