use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "search-budget",
    group: Group::Path,
    severity: Severity::Error,
    title: "the search for a path was given up",
    breaks: Some("clients with budgets of their own give up too: Go, rustls"),
    hidden: None,
    cites: &["CVE-2018-16875", "RFC 4158 §2"],
    page: include_str!("search_budget.md"),
};
