use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "no-leaf",
    group: Group::Leaf,
    severity: Severity::Info,
    title: "no certificate in the input is a leaf",
    breaks: None,
    hidden: None,
    cites: &["RFC 5280 §4.2.1.9", "RFC 8446 §4.4.2"],
    page: include_str!("no_leaf.md"),
};
