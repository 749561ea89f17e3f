use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "chain-too-long",
    group: Group::Path,
    severity: Severity::Warning,
    title: "the chain has more than six intermediates",
    breaks: Some("rustls, Firefox (more than six), Java (ten certificates in all), servers with a low verify depth (\"certificate chain too long\")"),
    hidden: Some("in OpenSSL, curl, Python, Node and Go"),
    cites: &["RFC 5280 §6.1", "rustls-webpki MAX_SUB_CA_COUNT", "mozilla::pkix MAX_SUBCA_COUNT"],
    page: include_str!("chain_too_long.md"),
};
