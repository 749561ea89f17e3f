use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "no-issuer-url",
    group: Group::Fetching,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("no_issuer_url.md"),
};
