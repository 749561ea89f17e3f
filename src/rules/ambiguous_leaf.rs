use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "ambiguous-leaf",
    group: Group::Leaf,
    severity: Severity::Error,
    title: "several certificates could be the leaf",
    breaks: Some("the server presents whichever certificate stands first"),
    hidden: Some("for names that both certificates cover"),
    cites: &["RFC 8446 §4.4.2"],
    page: include_str!("ambiguous_leaf.md"),
};
