use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "server-differs",
    group: Group::Reading,
    severity: Severity::Error,
    title: "the server does not send what the file holds",
    breaks: Some("nobody by itself; but what was mended or renewed in the file does not reach the clients"),
    hidden: None,
    cites: &["RFC 8446 §4.4.2", "RFC 5246 §7.4.2"],
    page: include_str!("server_differs.md"),
};
