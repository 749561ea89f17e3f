use super::{Group, Info};
use crate::report::Severity;

pub(super) const INFO: Info = Info {
    name: "weak-signature",
    group: Group::Strength,
    severity: Severity::Error,
    title: "a signature uses SHA-1 or MD5",
    breaks: Some("OpenSSL 3, curl, Python (\"CA signature digest algorithm too weak\"), Go (\"insecure algorithm SHA1-RSA\"), Chrome, Firefox, GnuTLS"),
    hidden: Some("in Java, for private CAs"),
    cites: &["CA/Browser Forum BR 7.1.3.2", "RFC 6151 §2", "RFC 9155 §2"],
    page: include_str!("weak_signature.md"),
};
