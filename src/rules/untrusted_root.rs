use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "untrusted-root",
    group: Group::Path,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("untrusted_root.md"),
};
