use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "name-encoding-differs",
    group: Group::Path,
    severity: Severity::Info,
    title: "issuer and subject are the same name in different bytes",
    breaks: Some("clients that compare bytes: Go, rustls, GnuTLS, Firefox"),
    hidden: Some("in OpenSSL, curl, Python, Node, Java and Chrome, which compare as RFC 5280 says"),
    cites: &["RFC 5280 §7.1", "RFC 5280 §6.1.3 (a)(4)"],
    page: include_str!("name_encoding_differs.md"),
};
