use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "expires-soon",
    group: Group::Time,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("expires_soon.md"),
};
