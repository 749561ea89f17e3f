use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "distrusted-root",
    group: Group::Path,
    severity: Severity::Warning,
    title: "the root is trusted only for certificates that are older than the leaf",
    breaks: Some("Firefox (SEC_ERROR_UNKNOWN_ISSUER), and whatever else keeps to Mozilla's or Chrome's distrust dates"),
    hidden: Some("in OpenSSL, curl, Go, Java, Node and Python, whose lists of roots have no such dates"),
    cites: &["NSS CKA_NSS_SERVER_DISTRUST_AFTER", "CCADB \"Distrust for TLS After Date\""],
    page: include_str!("distrusted_root.md"),
};
