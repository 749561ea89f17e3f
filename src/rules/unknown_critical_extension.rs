use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "unknown-critical-extension",
    group: Group::Path,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("unknown_critical_extension.md"),
};
