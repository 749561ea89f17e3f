use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "root-not-self-signed",
    group: Group::Path,
    severity: Severity::Warning,
    title: "a certificate given as a root is not self-signed",
    breaks: Some("OpenSSL, Python before 3.13 and Node, if it is all they trust (\"unable to get issuer certificate\")"),
    hidden: Some("in curl, Go, GnuTLS, Java and rustls, which take any certificate as an anchor"),
    cites: &["RFC 5280 §6.1.1 (d)", "RFC 5914 §2"],
    page: include_str!("root_not_self_signed.md"),
};
