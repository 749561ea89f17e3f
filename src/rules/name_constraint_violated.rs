use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "name-constraint-violated",
    group: Group::Path,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("name_constraint_violated.md"),
};
