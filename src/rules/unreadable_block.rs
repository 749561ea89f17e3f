use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "unreadable-block",
    group: Group::Reading,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("unreadable_block.md"),
};
