use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "duplicate",
    group: Group::Shape,
    severity: Severity::Warning,
    title: "a certificate stands in the file more than once",
    breaks: Some("nothing; it costs bytes in every handshake"),
    hidden: None,
    cites: &["RFC 5246 §7.4.2", "RFC 8446 §4.4.2"],
    page: include_str!("duplicate.md"),
};
