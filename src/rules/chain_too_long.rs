use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "chain-too-long",
    group: Group::Path,
    severity: Severity::Warning,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("chain_too_long.md"),
};
