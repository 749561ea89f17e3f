use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "unrelated",
    group: Group::Shape,
    severity: Severity::Warning,
    title: "a certificate has nothing to do with the chain",
    breaks: Some("nothing; it costs bytes in every handshake"),
    hidden: None,
    cites: &["RFC 5246 §7.4.2", "RFC 8446 §4.4.2"],
    page: include_str!("unrelated.md"),
};
