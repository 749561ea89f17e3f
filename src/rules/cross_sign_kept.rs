use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "cross-sign-kept",
    group: Group::Choice,
    severity: Severity::Info,
    title: "a cross-certificate above the trusted root is kept for old clients",
    breaks: None,
    hidden: None,
    cites: &["RFC 5280 §3.2", "RFC 4158 §1.5"],
    page: include_str!("cross_sign_kept.md"),
};
