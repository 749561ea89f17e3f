use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "wrong-key-usage",
    group: Group::Path,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("wrong_key_usage.md"),
};
