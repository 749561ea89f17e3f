use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "trust-store",
    group: Group::Reading,
    severity: Severity::Info,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("trust_store.md"),
};
