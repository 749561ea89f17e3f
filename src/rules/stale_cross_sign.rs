use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "stale-cross-sign",
    group: Group::Choice,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("stale_cross_sign.md"),
};
