use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "issuer-unavailable",
    group: Group::Fetching,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("issuer_unavailable.md"),
};
