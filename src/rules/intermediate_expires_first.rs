use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "intermediate-expires-first",
    group: Group::Time,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("intermediate_expires_first.md"),
};
