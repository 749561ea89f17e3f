use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "unreadable-block",
    group: Group::Reading,
    severity: Severity::Error,
    title: "a block of the file cannot be read",
    breaks: Some("nginx, Apache and Postfix do not load the file; HAProxy sends what stands before the block"),
    hidden: None,
    cites: &["RFC 7468 §3", "RFC 7468 §5"],
    page: include_str!("unreadable_block.md"),
};
