use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "no-certificate",
    group: Group::Reading,
    severity: Severity::Error,
    title: "there is no certificate in the input",
    breaks: Some("nginx, Apache, HAProxy and Postfix do not load it (\"no start line\")"),
    hidden: None,
    cites: &["RFC 7468 §5"],
    page: include_str!("no_certificate.md"),
};
