use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "intermediate-expires-first",
    group: Group::Time,
    severity: Severity::Warning,
    title: "an intermediate expires before the leaf",
    breaks: Some("nothing yet; all clients once the intermediate has expired"),
    hidden: Some("until the day"),
    cites: &["RFC 5280 §6.1.3 (a)(2)"],
    page: include_str!("intermediate_expires_first.md"),
};
