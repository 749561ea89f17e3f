use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "misordered",
    group: Group::Shape,
    severity: Severity::Warning,
    title: "the intermediates are not in order",
    breaks: Some("strict clients only; RFC 5246 forbids it"),
    hidden: None,
    cites: &["RFC 5246 §7.4.2", "RFC 8446 §4.4.2"],
    page: include_str!("misordered.md"),
};
