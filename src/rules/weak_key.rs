use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "weak-key",
    group: Group::Strength,
    severity: Severity::Error,
    title: "a key is too weak",
    breaks: Some("OpenSSL at level 2, curl, Python (\"EE certificate key too weak\", \"CA certificate key too weak\"), Safari, Chrome, Firefox"),
    hidden: Some("in Node and Java down to RSA 1024"),
    cites: &["CA/Browser Forum BR 6.1.5", "NIST SP 800-57 Part 1 §5.6"],
    page: include_str!("weak_key.md"),
};
