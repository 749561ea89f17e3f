use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "unknown-critical-extension",
    group: Group::Path,
    severity: Severity::Error,
    title: "a critical extension that nobody knows",
    breaks: Some("all clients: curl, Python, Node, Go (\"unhandled critical extension\"), Java, Firefox (SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION)"),
    hidden: None,
    cites: &["RFC 5280 §4.2", "RFC 5280 §6.1.4 (o)", "RFC 5280 §6.1.5 (f)"],
    page: include_str!("unknown_critical_extension.md"),
};
