use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "not-a-ca",
    group: Group::Path,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("not_a_ca.md"),
};
