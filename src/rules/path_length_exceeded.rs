use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "path-length-exceeded",
    group: Group::Path,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("path_length_exceeded.md"),
};
