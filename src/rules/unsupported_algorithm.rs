use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "unsupported-algorithm",
    group: Group::Strength,
    severity: Severity::Error,
    title: "a key or signature of a kind that cannot be verified here",
    breaks: Some("most clients: Java, Go, rustls, browsers; each supports a different set"),
    hidden: Some("in clients that know the algorithm, often OpenSSL"),
    cites: &["RFC 5280 §4.1.1.2", "RFC 8446 §4.2.3"],
    page: include_str!("unsupported_algorithm.md"),
};
