use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "wrong-purpose",
    group: Group::Path,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("wrong_purpose.md"),
};
