use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "key-mismatch",
    group: Group::Leaf,
    severity: Severity::Error,
    title: "the private key does not belong to the leaf",
    breaks: Some("nginx (\"key values mismatch\"), Apache (AH02565), HAProxy (\"inconsistencies between private key and certificate\") do not start"),
    hidden: Some("until the server is restarted or reloaded"),
    cites: &["RFC 8446 §4.4.3", "RFC 5280 §4.1.2.7"],
    page: include_str!("key_mismatch.md"),
};
