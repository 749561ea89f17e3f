use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "no-san",
    group: Group::Leaf,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("no_san.md"),
};
