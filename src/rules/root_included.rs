use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "root-included",
    group: Group::Shape,
    severity: Severity::Warning,
    title: "the self-signed root is in the file",
    breaks: Some("nothing; clients use their own copy"),
    hidden: None,
    cites: &["RFC 5246 §7.4.2", "RFC 8446 §4.4.2", "RFC 5280 §6.1"],
    page: include_str!("root_included.md"),
};
