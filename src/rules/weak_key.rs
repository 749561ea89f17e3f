use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "weak-key",
    group: Group::Strength,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("weak_key.md"),
};
