use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "fetch-refused",
    group: Group::Fetching,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("fetch_refused.md"),
};
