//! A chain as PKCS#7, certificates only: what Windows, IIS and keytool call a `.p7b`.

use super::{Part, certificates};
use crate::cert::der::tag;
use crate::choose::Chain;

/// 1.2.840.113549.1.7.2, signedData, and 1.2.840.113549.1.7.1, data (RFC 5652 §5.1 and §4), as DER.
const SIGNED_DATA: &[u8] = &[tag::OID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const DATA: &[u8] = &[tag::OID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];

/// The chain as a degenerate SignedData (RFC 5652 §5.1: no signers, no content), in binary; with
/// `include_root` the anchor follows.
///
/// The certificates stand in the chain's order. Their type is a SET OF, which DER would sort, but a
/// SignedData is BER (RFC 5652 §5: only signed and authenticated attributes have to be DER), and
/// programs that take the first certificate for the leaf are many: `openssl pkcs7 -print_certs`
/// prints them, and keytool and IIS list them, as they stand. All lengths are definite, so that
/// readers that know DER alone read it too.
///
/// Binary, not PEM: it is how Windows exports a `.p7b`, and what RFC 5751 §3.2.1 means by `.p7c`;
/// what reads PEM in such a file (keytool, certutil, IIS, OpenSSL with `-inform DER`) reads this.
pub fn pkcs7(chain: &Chain, include_root: bool) -> Vec<u8> {
    let all: Vec<&[u8]> =
        certificates(chain, Part::Full, include_root).into_iter().map(|certificate| certificate.der()).collect();
    // Version 1: no attribute certificates, and content of type data (RFC 5652 §5.1).
    let version: &[u8] = &[tag::INTEGER, 1, 1];
    let digest_algorithms = element(tag::SET, &[]);
    let content = element(tag::SEQUENCE, &[DATA]);
    let signers = element(tag::SET, &[]);
    let signed = [version, &digest_algorithms, &content, &element(tag::CONTEXT_0, &all), &signers];
    element(tag::SEQUENCE, &[SIGNED_DATA, &element(tag::CONTEXT_0, &[&element(tag::SEQUENCE, &signed)])])
}

/// One element of definite length (X.690, 8.1.3): its tag, its length, its content in parts.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short @ ..0x80) => out.push(short),
        _ => {
            let digits = length.to_be_bytes();
            let used = digits.iter().skip_while(|digit| **digit == 0);
            // A usize has at most eight bytes.
            out.push(0x80 | u8::try_from(used.clone().count()).unwrap_or_default());
            out.extend(used);
        }
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_as_few_bytes_as_they_can() {
        for (length, head) in [
            (0, vec![0x30, 0]),
            (0x7f, vec![0x30, 0x7f]),
            (0x80, vec![0x30, 0x81, 0x80]),
            (0xff, vec![0x30, 0x81, 0xff]),
            (0x100, vec![0x30, 0x82, 1, 0]),
            (0x1_0000, vec![0x30, 0x83, 1, 0, 0]),
        ] {
            let made = element(tag::SEQUENCE, &[&vec![7; length / 2], &vec![7; length - length / 2]]);
            assert_eq!(made, [head, vec![7; length]].concat());
        }
    }
}
