use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "missing-cert-sign",
    group: Group::Path,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("missing_cert_sign.md"),
};
