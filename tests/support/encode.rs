//! The encodings that the drawn PKIs need: DER by hand, PEM, PKCS#7.

use base64::Engine;
use sha2::{Digest, Sha256};

use super::Cert;

/// CERTIFICATE blocks, one after the other.
pub fn pem(certificates: &[&Cert]) -> String {
    certificates.iter().map(|c| armour("CERTIFICATE", c.der())).collect()
}

/// RFC 7468 text: 64 columns, LF.
pub fn armour(label: &str, der: &[u8]) -> String {
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(64) {
        text.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

/// Certificates only, in this order: PKCS#7 SignedData without signers (RFC 2315 §9.1), DER.
pub fn pkcs7(certificates: &[&Cert]) -> Vec<u8> {
    const SIGNED_DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    const DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let all: Vec<u8> = certificates.iter().flat_map(|c| c.der().iter().copied()).collect();
    let none = der(0x31, &[]);
    let signed = [vec![0x02, 0x01, 0x01], none.clone(), der(0x30, DATA), der(0xa0, &all), none].concat();
    der(0x30, &[SIGNED_DATA.to_vec(), der(0xa0, &der(0x30, &signed))].concat())
}

/// [`pkcs7`] in BER: every length that may be is indefinite (X.690, 8.1.3.6).
pub fn pkcs7_ber(certificates: &[&Cert]) -> Vec<u8> {
    const SIGNED_DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    const DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let open = |tag: u8, content: &[u8]| [&[tag, 0x80][..], content, &[0, 0]].concat();
    let all: Vec<u8> = certificates.iter().flat_map(|c| c.der().iter().copied()).collect();
    let signed = [&[0x02, 1, 1, 0x31, 0][..], &open(0x30, DATA), &open(0xa0, &all), &[0x31, 0]].concat();
    open(0x30, &[SIGNED_DATA, &open(0xa0, &open(0x30, &signed))].concat())
}

/// [`pkcs7`] between BEGIN PKCS7 and END PKCS7.
pub fn pkcs7_pem(certificates: &[&Cert]) -> String {
    armour("PKCS7", &pkcs7(certificates))
}

/// SHA-256, lower-case hexadecimal.
pub fn fingerprint(der: &[u8]) -> String {
    hex(&Sha256::digest(der))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// authorityInfoAccess with these caIssuers URLs (RFC 5280 §4.2.2.1).
pub fn ca_issuers(urls: &[String]) -> Vec<u8> {
    const CA_ISSUERS: &[u8] = &[0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2];
    let all: Vec<u8> =
        urls.iter().flat_map(|url| der(0x30, &[CA_ISSUERS.to_vec(), der(0x86, url.as_bytes())].concat())).collect();
    der(0x30, &all)
}

/// One DER element: tag, length, content.
pub fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
        out.push(0x80 | bytes.len() as u8);
        out.extend(bytes);
    }
    out.extend_from_slice(content);
    out
}

/// The content of a non-negative INTEGER.
pub fn unsigned(value: u64) -> Vec<u8> {
    let mut bytes: Vec<u8> = value.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
    if bytes.first().is_none_or(|b| b & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    bytes
}

/// The content of 2.999.N, an object identifier that nobody may use in earnest; `None`: anyPolicy.
fn policy(policy: Option<u8>) -> Vec<u8> {
    let content = match policy {
        Some(n) => vec![0x88, 0x37, n],
        None => vec![0x55, 0x1d, 0x20, 0x00],
    };
    der(0x06, &content)
}

/// certificatePolicies without qualifiers (RFC 5280 §4.2.1.4); `None` is anyPolicy.
pub fn policies(policies: &[Option<u8>]) -> Vec<u8> {
    der(0x30, &policies.iter().flat_map(|p| der(0x30, &policy(*p))).collect::<Vec<_>>())
}

/// policyMappings of one policy to anyPolicy, which RFC 5280 §4.2.1.5 forbids.
pub fn mapping_to_any(from: u8) -> Vec<u8> {
    der(0x30, &der(0x30, &[policy(Some(from)), policy(None)].concat()))
}
