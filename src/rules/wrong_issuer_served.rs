use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "wrong-issuer-served",
    group: Group::Fetching,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("wrong_issuer_served.md"),
};
