use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "superseded",
    group: Group::Shape,
    severity: Severity::Warning,
    title: "a spare certificate for the same name and key",
    breaks: Some("nothing, unless a client picks the spare and it is expired"),
    hidden: Some("in clients that try every path"),
    cites: &["RFC 4158 §2.4.2", "RFC 5280 §3.2"],
    page: include_str!("superseded.md"),
};
