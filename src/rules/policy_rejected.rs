use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "policy-rejected",
    group: Group::Path,
    severity: Severity::Error,
    title: "a CA requires certificate policies that the chain does not have",
    breaks: Some("clients that judge policies: Java, Chrome, Go since 1.24, Windows"),
    hidden: Some("in OpenSSL, curl, Python and Node, which judge policies only when asked to"),
    cites: &["RFC 5280 §6.1.3 (f)", "RFC 5280 §6.1.4 (a)", "RFC 5280 §6.1.5 (g)", "RFC 9618 §5"],
    page: include_str!("policy_rejected.md"),
};
