use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "wrong-issuer-served",
    group: Group::Fetching,
    severity: Severity::Warning,
    title: "the URL gave certificates, but not the issuer",
    breaks: Some("clients that fetch issuers themselves (Chrome, Edge, Safari), where the chain is incomplete"),
    hidden: Some("where the server sends the intermediate"),
    cites: &["RFC 5280 §4.2.2.1", "RFC 5280 §6.1.3 (a)(1)"],
    page: include_str!("wrong_issuer_served.md"),
};
