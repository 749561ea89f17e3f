use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "missing-cert-sign",
    group: Group::Path,
    severity: Severity::Error,
    title: "the issuer may not sign certificates by its key usage",
    breaks: Some("curl, Python (\"invalid CA certificate\"), Node (\"key usage does not include certificate signing\"), Go, Java, Firefox (SEC_ERROR_INADEQUATE_KEY_USAGE)"),
    hidden: Some("in rustls, which does not look"),
    cites: &["RFC 5280 §6.1.4 (n)", "RFC 5280 §4.2.1.3"],
    page: include_str!("missing_cert_sign.md"),
};
