use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "name-constraint-violated",
    group: Group::Path,
    severity: Severity::Error,
    title: "a name in the chain is outside what an issuer may certify",
    breaks: Some("all clients: curl, Python, Node (\"permitted subtree violation\", \"excluded subtree violation\"), Go, Java, Firefox (SEC_ERROR_CERT_NOT_IN_NAME_SPACE)"),
    hidden: Some("in old clients that do not know name constraints"),
    cites: &["RFC 5280 §6.1.3 (b)", "RFC 5280 §6.1.3 (c)", "RFC 5280 §4.2.1.10"],
    page: include_str!("name_constraint_violated.md"),
};
