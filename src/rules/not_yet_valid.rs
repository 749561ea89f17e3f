use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "not-yet-valid",
    group: Group::Time,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("not_yet_valid.md"),
};
