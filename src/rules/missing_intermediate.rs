use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "missing-intermediate",
    group: Group::Shape,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("missing_intermediate.md"),
};
