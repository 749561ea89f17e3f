//! Constraints that a root programme imposes on a root, beside those in its certificate.
//!
//! webpki-root-certs holds bare certificates; its sister webpki-roots holds what Mozilla imposes
//! ("Mozilla Applied Constraints" of CCADB). In webpki-roots 1.0.10 that is one permitted DNS
//! subtree for one root.

use crate::cert::{Certificate, GeneralName};

/// Fingerprints of roots, and the DNS subtrees that they are confined to.
const IMPOSED: &[([u8; 32], &[&str])] = &[
    // CN=TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1: Turkish domains only.
    (
        [
            0x46, 0xed, 0xc3, 0x68, 0x90, 0x46, 0xd5, 0x3a, 0x45, 0x3f, 0xb3, 0x10, 0x4a, 0xb8, 0x0d, 0xca, 0xec, 0x65,
            0x8b, 0x26, 0x60, 0xea, 0x16, 0x29, 0xdd, 0x7e, 0x86, 0x79, 0x90, 0x64, 0x87, 0x16,
        ],
        &[".tr"],
    ),
];

/// The subtrees that are imposed on this root; empty for nearly all.
pub(super) fn permitted(root: &Certificate) -> Vec<GeneralName> {
    let fingerprint = root.fingerprint();
    let found = IMPOSED.iter().find(|(root, _)| root == fingerprint.as_bytes());
    found.iter().flat_map(|(_, subtrees)| subtrees.iter()).map(|dns| GeneralName::Dns((*dns).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table's fingerprints are roots that we ship, or it is out of date.
    #[test]
    fn imposed_roots_are_mozillas() {
        let roots: Vec<Certificate> = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .map(|der| Certificate::from_der(der).unwrap())
            .filter(|root| !permitted(root).is_empty())
            .collect();
        let names: Vec<_> = roots.iter().map(Certificate::short_name).collect();
        assert_eq!(names, ["TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1"]);
        assert_eq!(permitted(&roots[0]), [GeneralName::Dns(".tr".into())]);
    }
}
