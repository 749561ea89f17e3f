use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "stale-cross-sign",
    group: Group::Choice,
    severity: Severity::Warning,
    title: "a cross-certificate above the trusted root has expired, is revoked or does not fit",
    breaks: Some("OpenSSL before 1.1.0, GnuTLS before 3.6.14, which go through it all the same"),
    hidden: Some("in current clients, which stop at the root they trust"),
    cites: &["RFC 5280 §6.1.3 (a)(2)", "RFC 4158 §2.4.2"],
    page: include_str!("stale_cross_sign.md"),
};
