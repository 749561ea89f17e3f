use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "malformed-certificate",
    group: Group::Reading,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("malformed_certificate.md"),
};
