use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "fetch-refused",
    group: Group::Fetching,
    severity: Severity::Warning,
    title: "a URL was not asked, by chainmend's own rules",
    breaks: None,
    hidden: None,
    cites: &["RFC 5280 §8", "RFC 5280 §4.2.2.1", "RFC 6890 §2"],
    page: include_str!("fetch_refused.md"),
};
