use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "root-included",
    group: Group::Shape,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("root_included.md"),
};
