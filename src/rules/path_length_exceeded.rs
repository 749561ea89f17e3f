use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "path-length-exceeded",
    group: Group::Path,
    severity: Severity::Error,
    title: "more intermediates than an issuer's path length allows",
    breaks: Some("all clients: curl, Python, Node (\"path length constraint exceeded\"), Go (\"too many intermediates for path length constraint\"), Java, Firefox"),
    hidden: None,
    cites: &["RFC 5280 §6.1.4 (l)", "RFC 5280 §6.1.4 (m)", "RFC 5280 §4.2.1.9"],
    page: include_str!("path_length_exceeded.md"),
};
