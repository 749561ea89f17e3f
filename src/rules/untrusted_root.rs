use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "untrusted-root",
    group: Group::Path,
    severity: Severity::Error,
    title: "the chain ends in a root that is not trusted",
    breaks: Some("clients without this root: curl, Python (\"self-signed certificate in certificate chain\"), Node, Java, Go, Chrome (NET::ERR_CERT_AUTHORITY_INVALID), Firefox"),
    hidden: Some("on machines where the root was installed"),
    cites: &["RFC 5280 §6.1.1 (d)"],
    page: include_str!("untrusted_root.md"),
};
