use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "damaged-pem",
    group: Group::Reading,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("damaged_pem.md"),
};
