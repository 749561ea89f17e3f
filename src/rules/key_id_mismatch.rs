use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "key-id-mismatch",
    group: Group::Path,
    severity: Severity::Error,
    title: "the authority key identifier names another issuer",
    breaks: Some("OpenSSL, curl, Python (\"unable to get local issuer certificate\"), Node (UNABLE_TO_VERIFY_LEAF_SIGNATURE)"),
    hidden: Some("in Java, Go, rustls, Chrome and Firefox, which go by name and signature"),
    cites: &["RFC 5280 §4.2.1.1", "RFC 5280 §4.2.1.2"],
    page: include_str!("key_id_mismatch.md"),
};
