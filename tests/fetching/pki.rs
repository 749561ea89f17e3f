//! Certificates with the caIssuers URLs that a test asks for.

use std::sync::Arc;

use chainmend::cert::Certificate;
use chainmend::path::{Gap, Why};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
    date_time_ymd,
};

/// ```text
/// Root ─ issues ─ a leaf for each list of URLs
///   └ Twin: the same name, another key
/// ```
pub struct Ca {
    params: CertificateParams,
    key: KeyPair,
    pub certificate: Arc<Certificate>,
}

impl Ca {
    pub fn new(name: &str) -> Self {
        Self::until(name, 2060, 1, 1)
    }

    /// One whose certificate ends at the start of this day.
    pub fn until(name: &str, year: i32, month: u8, day: u8) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = params(name);
        params.not_after = date_time_ymd(year, month, day);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = read(params.self_signed(&key).unwrap().der());
        Self { params, key, certificate }
    }

    /// A leaf, and the gap above it.
    pub fn gap(&self, urls: &[&str]) -> Gap {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = params("leaf.example");
        if !urls.is_empty() {
            params.custom_extensions.push(ca_issuers(urls));
        }
        let issuer = Issuer::from_params(&self.params, &self.key);
        let child = read(params.signed_by(&key, &issuer).unwrap().der());
        assert_eq!(child.fields().ca_issuers, urls);
        Gap { child, why: Why::NoIssuer }
    }

    pub fn der(&self) -> &[u8] {
        self.certificate.der()
    }

    pub fn pem(&self) -> String {
        pem::encode(&pem::Pem::new("CERTIFICATE", self.der()))
    }
}

fn read(der: &[u8]) -> Arc<Certificate> {
    Arc::new(Certificate::from_der(der).unwrap())
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2060, 1, 1);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// authorityInfoAccess with these caIssuers URLs (RFC 5280 §4.2.2.1).
fn ca_issuers(urls: &[&str]) -> CustomExtension {
    const CA_ISSUERS: &[u8] = &[0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    let one = |url: &&str| tlv(0x30, &[CA_ISSUERS, &tlv(0x86, url.as_bytes())].concat());
    let all: Vec<u8> = urls.iter().flat_map(one).collect();
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tlv(0x30, &all))
}

/// A certs-only PKCS#7 (RFC 5652 §5.1, degenerate SignedData), DER.
pub fn pkcs7(cas: &[&Ca]) -> Vec<u8> {
    const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    const DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    let certificates: Vec<u8> = cas.iter().flat_map(|ca| ca.der().to_vec()).collect();
    let (version, empty_set) = ([0x02, 0x01, 0x01], [0x31, 0x00]);
    let content = [&version[..], &empty_set, &tlv(0x30, DATA), &tlv(0xa0, &certificates), &empty_set].concat();
    tlv(0x30, &[SIGNED_DATA, &tlv(0xa0, &tlv(0x30, &content))].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        short @ 0..0x80 => out.push(short as u8),
        long => {
            let bytes = (long as u32).to_be_bytes();
            out.push(0x84);
            out.extend(bytes);
        }
    }
    out.extend(content);
    out
}
