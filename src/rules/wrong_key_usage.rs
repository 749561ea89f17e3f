use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "wrong-key-usage",
    group: Group::Path,
    severity: Severity::Error,
    title: "the leaf's key usage does not allow TLS",
    breaks: Some("Java (\"KeyUsage does not allow digital signatures\"), Chrome (ERR_SSL_KEY_USAGE_INCOMPATIBLE), Firefox (SEC_ERROR_INADEQUATE_KEY_USAGE)"),
    hidden: Some("in OpenSSL, curl, Python, Node, Go and rustls"),
    cites: &["RFC 5280 §4.2.1.3", "RFC 8446 §4.4.2.2"],
    page: include_str!("wrong_key_usage.md"),
};
