use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "split-files",
    group: Group::Reading,
    severity: Severity::Warning,
    title: "the leaf alone; its chain stands in another file of the folder",
    breaks: Some("nothing where the server is given both files; where it is given this one, as for a missing issuer"),
    hidden: None,
    cites: &["Apache mod_ssl, SSLCertificateChainFile", "certbot, README in live/NAME"],
    page: include_str!("split_files.md"),
};
