//! Roots that Mozilla trusts for what they issued up to a day, and for nothing later.
//!
//! webpki-root-certs holds bare certificates, and keeps a root for 398 days after that day. The days
//! are those of NSS's certdata.txt (`CKA_NSS_SERVER_DISTRUST_AFTER`; CCADB: "Distrust for TLS After
//! Date"), of NSS 3.123.1, as far as the root is among those that we ship.

use crate::cert::{Fingerprint, Time};

/// Fingerprints of roots, and the last second whose certificates are trusted.
const DISTRUSTED: &[([u8; 32], i64)] = &[
    // CN=Izenpe.com: 2026-04-15T23:59:59Z.
    (
        [
            0x25, 0x30, 0xcc, 0x8e, 0x98, 0x32, 0x15, 0x02, 0xba, 0xd9, 0x6f, 0x9b, 0x1f, 0xba, 0x1b, 0x09, 0x9e, 0x2d,
            0x29, 0x9e, 0x0f, 0x45, 0x48, 0xbb, 0x91, 0x4f, 0x36, 0x3b, 0xc0, 0xd4, 0x53, 0x1f,
        ],
        1_776_297_599,
    ),
];

/// When Mozilla ceased to trust what this root issues, if it did.
pub(super) fn after(root: &Fingerprint) -> Option<Time> {
    let found = DISTRUSTED.iter().find(|(known, _)| known == root.as_bytes());
    found.map(|(_, seconds)| Time::from_unix(*seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Certificate;

    /// The table's fingerprints are roots that we ship, or it is out of date.
    #[test]
    fn distrusted_roots_are_mozillas() {
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| Certificate::from_der(der).unwrap());
        let names: Vec<String> =
            roots.filter_map(|root| Some(format!("{} {}", root.short_name(), after(&root.fingerprint())?))).collect();
        assert_eq!(names, ["Izenpe.com 2026-04-15T23:59:59Z"]);
    }
}
