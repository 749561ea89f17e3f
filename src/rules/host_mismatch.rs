use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "host-mismatch",
    group: Group::Leaf,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("host_mismatch.md"),
};
