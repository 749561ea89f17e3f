//! Certificates for unit tests, made on the spot.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber, date_time_ymd,
};

use crate::cert::Certificate;

/// One of a few keys, the same throughout a test run.
pub(crate) fn key(index: usize) -> &'static KeyPair {
    static KEYS: OnceLock<Vec<KeyPair>> = OnceLock::new();
    &KEYS.get_or_init(|| (0..40).map(|_| KeyPair::generate().unwrap()).collect())[index]
}

/// What a test certificate says.
#[derive(Clone, Debug)]
pub(crate) struct Spec<'a> {
    pub(crate) subject: &'a str,
    pub(crate) subject_key: usize,
    pub(crate) issuer: &'a str,
    pub(crate) issuer_key: usize,
    pub(crate) ca: bool,
    pub(crate) path_len: Option<u8>,
    pub(crate) years: (i32, i32),
    pub(crate) serial: u64,
}

impl<'a> Spec<'a> {
    pub(crate) fn ca(subject: &'a str, subject_key: usize, issuer: &'a str, issuer_key: usize) -> Self {
        Self { subject, subject_key, issuer, issuer_key, ca: true, path_len: None, years: (2024, 2054), serial: 1 }
    }

    pub(crate) fn leaf(subject: &'a str, subject_key: usize, issuer: &'a str, issuer_key: usize) -> Self {
        Self { ca: false, ..Self::ca(subject, subject_key, issuer, issuer_key) }
    }

    pub(crate) fn make(&self) -> Arc<Certificate> {
        let params = params(self);
        let issuer_params = named(self.issuer);
        let issuer = Issuer::from_params(&issuer_params, key(self.issuer_key));
        let made = params.signed_by(key(self.subject_key), &issuer).unwrap();
        Arc::new(Certificate::from_der(made.der()).unwrap())
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn params(spec: &Spec<'_>) -> CertificateParams {
    let mut params = named(spec.subject);
    params.serial_number = Some(SerialNumber::from(spec.serial));
    params.not_before = date_time_ymd(spec.years.0, 1, 1);
    params.not_after = date_time_ymd(spec.years.1, 1, 1);
    if spec.ca {
        params.is_ca = IsCa::Ca(spec.path_len.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    } else {
        params.subject_alt_names = vec![rcgen::SanType::DnsName(spec.subject.try_into().unwrap())];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    }
    params
}
