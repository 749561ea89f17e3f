use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "not-a-ca",
    group: Group::Path,
    severity: Severity::Error,
    title: "the issuer is not a CA certificate",
    breaks: Some("all clients: curl, Python (\"invalid CA certificate\"), Node, Go, Java, Firefox (SEC_ERROR_CA_CERT_INVALID), GnuTLS (\"The certificate issuer is not a CA\")"),
    hidden: None,
    cites: &["RFC 5280 §6.1.4 (k)", "RFC 5280 §4.2.1.9"],
    page: include_str!("not_a_ca.md"),
};
