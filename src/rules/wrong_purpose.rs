use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "wrong-purpose",
    group: Group::Path,
    severity: Severity::Error,
    title: "a certificate is not meant for this use",
    breaks: Some("curl, Python, Node (\"unsuitable certificate purpose\"), Go (\"incompatible key usage\"), Java (of a leaf), Firefox (SEC_ERROR_INADEQUATE_CERT_TYPE)"),
    hidden: Some("in servers, which do not look at their own certificate"),
    cites: &["RFC 5280 §4.2.1.12", "CA/Browser Forum BR 7.1.2.10.6"],
    page: include_str!("wrong_purpose.md"),
};
