use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "private-key-present",
    group: Group::Reading,
    severity: Severity::Info,
    title: "a private key stands in the file",
    breaks: None,
    hidden: None,
    cites: &["RFC 7468 §10", "RFC 7468 §14"],
    page: include_str!("private_key_present.md"),
};
