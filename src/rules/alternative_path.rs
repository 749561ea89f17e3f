use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "alternative-path",
    group: Group::Choice,
    severity: Severity::Info,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("alternative_path.md"),
};
