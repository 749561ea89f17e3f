use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "missing-intermediate",
    group: Group::Shape,
    severity: Severity::Error,
    title: "an intermediate is missing",
    breaks: Some("curl, Python (\"unable to get local issuer certificate\"), Node (\"unable to verify the first certificate\"), Java, Go, GnuTLS"),
    hidden: Some("in Chrome, Edge and Safari, which fetch it, and in Firefox, which knows most intermediates"),
    cites: &["RFC 5246 §7.4.2", "RFC 8446 §4.4.2", "RFC 5280 §4.2.2.1"],
    page: include_str!("missing_intermediate.md"),
};
