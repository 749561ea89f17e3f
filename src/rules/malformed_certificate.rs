use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "malformed-certificate",
    group: Group::Reading,
    severity: Severity::Error,
    title: "a field of a certificate is not what the standard allows",
    breaks: Some("strict parsers: Go (\"x509: malformed …\"), Firefox (SEC_ERROR_BAD_DER), Java, rustls (\"BadEncoding\")"),
    hidden: Some("in OpenSSL and curl, which parse many fields only when they need them"),
    cites: &["RFC 5280 §4.1", "RFC 5280 §4.2", "X.690 §10"],
    page: include_str!("malformed_certificate.md"),
};
