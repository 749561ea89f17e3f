use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "beyond-webpki",
    group: Group::Path,
    severity: Severity::Info,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("beyond_webpki.md"),
};
