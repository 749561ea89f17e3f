//! SHA-256 by the crypto provider that verifies signatures: a second implementation would ask the
//! processor for its features once more, which under a hypervisor takes as long as a signature.

use aws_lc_rs::digest::{SHA256, digest};

/// SHA-256 over these bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.iter_mut().zip(digest(&SHA256, bytes).as_ref()).for_each(|(to, from)| *to = *from);
    out
}

#[cfg(test)]
mod tests {
    use super::sha256;

    /// FIPS 180-2 appendix B.1.
    #[test]
    fn abc() {
        let hex: String = sha256(b"abc").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
