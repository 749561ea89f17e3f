use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "expires-soon",
    group: Group::Time,
    severity: Severity::Warning,
    title: "a certificate expires soon",
    breaks: Some("nothing yet"),
    hidden: Some("until the day"),
    cites: &["RFC 5280 §4.1.2.5"],
    page: include_str!("expires_soon.md"),
};
