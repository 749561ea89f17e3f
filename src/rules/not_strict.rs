use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "not-strict",
    group: Group::Path,
    severity: Severity::Warning,
    title: "a certificate is not of the form that strict clients ask for",
    breaks: Some("Python since 3.13 (\"Missing Authority Key Identifier\" and the like), openssl verify -x509_strict"),
    hidden: Some("in curl, browsers, Go, Java, Node, older Python"),
    cites: &["OpenSSL X509_V_FLAG_X509_STRICT", "Python ssl.VERIFY_X509_STRICT", "RFC 5280 §4.2.1.1", "RFC 5280 §4.2.1.9"],
    page: include_str!("not_strict.md"),
};
