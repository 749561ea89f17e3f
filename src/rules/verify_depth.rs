use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "verify-depth",
    group: Group::Path,
    severity: Severity::Info,
    title: "a client's chain is longer than servers follow by default",
    breaks: Some("nginx (\"unable to get local issuer certificate\") and Apache, until their verify depth is raised"),
    hidden: Some("in servers without such a limit: Go, Java, Node, Envoy"),
    cites: &["nginx ssl_verify_depth", "Apache SSLVerifyDepth", "OpenSSL X509_VERIFY_PARAM_set_depth"],
    page: include_str!("verify_depth.md"),
};
