use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "key-id-mismatch",
    group: Group::Path,
    severity: Severity::Error,
    title: "",
    breaks: None,
    hidden: None,
    cites: &[],
    page: include_str!("key_id_mismatch.md"),
};
