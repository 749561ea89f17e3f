use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "damaged-pem",
    group: Group::Reading,
    severity: Severity::Error,
    title: "the PEM text is damaged, but its certificates can be read",
    breaks: Some("nginx (\"no start line\", \"bad end line\"), Apache (AH02562, AH01903), HAProxy and Postfix do not load it, or send the leaf only"),
    hidden: Some("in tools that skip what they cannot read"),
    cites: &["RFC 7468 §2", "RFC 7468 §3"],
    page: include_str!("damaged_pem.md"),
};
