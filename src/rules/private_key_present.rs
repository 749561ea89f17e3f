use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "private-key-present",
    group: Group::Reading,
    severity: Severity::Info,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("private_key_present.md"),
};
