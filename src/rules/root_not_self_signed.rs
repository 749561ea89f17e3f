use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "root-not-self-signed",
    group: Group::Path,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("root_not_self_signed.md"),
};
