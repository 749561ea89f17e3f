use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "issuer-unavailable",
    group: Group::Fetching,
    severity: Severity::Warning,
    title: "the issuer could not be fetched",
    breaks: Some("clients that fetch issuers themselves (Chrome, Edge, Safari), where the chain is incomplete"),
    hidden: Some("where the server sends the intermediate"),
    cites: &["RFC 5280 §4.2.2.1"],
    page: include_str!("issuer_unavailable.md"),
};
