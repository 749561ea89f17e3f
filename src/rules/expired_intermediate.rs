use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "expired-intermediate",
    group: Group::Time,
    severity: Severity::Error,
    title: "an intermediate has expired",
    breaks: Some("clients that need it: curl, Python, Node (\"certificate has expired\"), Go, Java, GnuTLS"),
    hidden: Some("in browsers, and in clients that know a renewed one"),
    cites: &["RFC 5280 §6.1.3 (a)(2)", "RFC 4158 §2.4.2"],
    page: include_str!("expired_intermediate.md"),
};
