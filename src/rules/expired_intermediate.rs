use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "expired-intermediate",
    group: Group::Time,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("expired_intermediate.md"),
};
