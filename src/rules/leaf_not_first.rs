use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "leaf-not-first",
    group: Group::Shape,
    severity: Severity::Error,
    title: "the leaf is not the first certificate",
    breaks: Some("nginx (\"key values mismatch\"), HAProxy (\"inconsistencies between private key and certificate\"), Apache (AH02565) do not start"),
    hidden: None,
    cites: &["RFC 8446 §4.4.2", "RFC 5246 §7.4.2"],
    page: include_str!("leaf_not_first.md"),
};
