use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "self-signed-leaf",
    group: Group::Leaf,
    severity: Severity::Error,
    title: "the leaf is self-signed and not trusted",
    breaks: Some("all clients: curl, Python (\"self-signed certificate\"), Node (DEPTH_ZERO_SELF_SIGNED_CERT), Java, Go, browsers"),
    hidden: Some("in clients that were told to trust it or to skip verification"),
    cites: &["RFC 5280 §6.1", "RFC 5280 §3.2"],
    page: include_str!("self_signed_leaf.md"),
};
