use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "no-san",
    group: Group::Leaf,
    severity: Severity::Warning,
    title: "the leaf has no subject alternative name",
    breaks: Some("Go (\"certificate relies on legacy Common Name field\"), Chrome (NET::ERR_CERT_COMMON_NAME_INVALID), Firefox, Safari"),
    hidden: Some("in OpenSSL, curl, Python, Java and Node, which fall back to the common name"),
    cites: &["RFC 9525 §2", "RFC 5280 §4.2.1.6", "CA/Browser Forum BR 7.1.2.7.12"],
    page: include_str!("no_san.md"),
};
