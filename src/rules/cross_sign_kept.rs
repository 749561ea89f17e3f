use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "cross-sign-kept",
    group: Group::Choice,
    severity: Severity::Info,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("cross_sign_kept.md"),
};
