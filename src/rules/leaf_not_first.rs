use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "leaf-not-first",
    group: Group::Shape,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("leaf_not_first.md"),
};
