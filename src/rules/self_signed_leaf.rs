use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "self-signed-leaf",
    group: Group::Leaf,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("self_signed_leaf.md"),
};
