use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "trust-store",
    group: Group::Reading,
    severity: Severity::Info,
    title: "the file holds self-signed CA certificates only",
    breaks: None,
    hidden: None,
    cites: &["RFC 5280 §6.1.1 (d)"],
    page: include_str!("trust_store.md"),
};
