use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "superseded",
    group: Group::Shape,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("superseded.md"),
};
