use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "no-leaf",
    group: Group::Leaf,
    severity: Severity::Info,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("no_leaf.md"),
};
