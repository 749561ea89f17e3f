use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "revoked",
    group: Group::Revocation,
    severity: Severity::Error,
    title: "a certificate of the chain has been revoked",
    breaks: Some("clients that know it: Firefox (SEC_ERROR_REVOKED_CERTIFICATE), Chrome (NET::ERR_CERT_REVOKED), Windows"),
    hidden: Some("in curl, OpenSSL, Go, Java and Python, which look up no revocation unless told to"),
    cites: &["RFC 5280 §6.1.3 (a)(3)", "CCADB, All Certificate Information reports: SHA-256 Fingerprint, Revocation Status"],
    page: include_str!("revoked.md"),
};
