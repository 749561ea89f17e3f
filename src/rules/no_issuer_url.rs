use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "no-issuer-url",
    group: Group::Fetching,
    severity: Severity::Warning,
    title: "the certificate does not say where its issuer can be had",
    breaks: Some("clients that fetch issuers themselves (Chrome, Edge, Safari), where the chain is incomplete"),
    hidden: Some("where the server sends the intermediate"),
    cites: &["RFC 5280 §4.2.2.1", "CA/Browser Forum BR 7.1.2.7.7"],
    page: include_str!("no_issuer_url.md"),
};
