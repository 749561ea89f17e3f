use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "name-encoding-differs",
    group: Group::Path,
    severity: Severity::Info,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("name_encoding_differs.md"),
};
