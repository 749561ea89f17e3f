use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "alternative-path",
    group: Group::Choice,
    severity: Severity::Info,
    title: "there is more than one valid chain",
    breaks: None,
    hidden: None,
    cites: &["RFC 4158 §3", "RFC 5280 §3.2"],
    page: include_str!("alternative_path.md"),
};
