use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "bad-signature",
    group: Group::Path,
    severity: Severity::Error,
    title: "the signature does not verify with the issuer's key",
    breaks: Some("all clients: Python (\"certificate signature failure\"), Node (CERT_SIGNATURE_FAILURE), Go, Java, Firefox (SEC_ERROR_BAD_SIGNATURE), GnuTLS"),
    hidden: Some("in clients that know another certificate of the issuer"),
    cites: &["RFC 5280 §6.1.3 (a)(1)", "RFC 5280 §4.1.1.3"],
    page: include_str!("bad_signature.md"),
};
