//! A small PKI by rcgen, and surgery on DER for what rcgen cannot make.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, SigningKey, date_time_ymd,
};

use crate::cert::der::{Walk, tag};
use crate::cert::{Certificate, Time};
use crate::path::CandidatePath;
use crate::roots::Anchor;
use crate::rules::Rule;
use crate::verify::{Context, Judgement, Purpose, Revoked, Signatures, judge};

/// When the tests judge, unless they say otherwise: 2026-11-21T12:00:00Z.
pub(super) fn now() -> Context {
    Context { at: Time::from_unix(1_795_262_400), purpose: Purpose::Server, host: None, revoked: Revoked::default() }
}

/// A certificate with what made it.
pub(super) struct Made {
    pub(super) certificate: Arc<Certificate>,
    pub(super) key: Arc<KeyPair>,
    pub(super) params: CertificateParams,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name_of(name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2060, 1, 1);
    params
}

/// A name of one common name.
pub(super) fn name_of(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// What a CA certificate says.
pub(super) fn ca_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// What a leaf says.
pub(super) fn leaf_params(host: &str) -> CertificateParams {
    let mut params = params(host);
    params.subject_alt_names = vec![SanType::DnsName(host.try_into().unwrap())];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

pub(super) fn read(der: &[u8]) -> Arc<Certificate> {
    Arc::new(Certificate::from_der(der).unwrap())
}

fn new_key() -> Arc<KeyPair> {
    Arc::new(KeyPair::generate().unwrap())
}

/// A self-signed root.
pub(super) fn root(name: &str) -> Made {
    root_with(name, |_| {})
}

pub(super) fn root_with(name: &str, edit: impl FnOnce(&mut CertificateParams)) -> Made {
    let mut params = ca_params(name);
    edit(&mut params);
    self_signed(params)
}

pub(super) fn self_signed(params: CertificateParams) -> Made {
    let key = new_key();
    let made = params.self_signed(&*key).unwrap();
    Made { certificate: read(made.der()), key, params }
}

impl Made {
    /// Issues an intermediate.
    pub(super) fn ca(&self, name: &str) -> Made {
        self.ca_with(name, |_| {})
    }

    pub(super) fn ca_with(&self, name: &str, edit: impl FnOnce(&mut CertificateParams)) -> Made {
        let mut params = ca_params(name);
        edit(&mut params);
        self.issue(params, new_key())
    }

    /// Issues a leaf.
    pub(super) fn leaf(&self, host: &str) -> Made {
        self.leaf_with(host, |_| {})
    }

    pub(super) fn leaf_with(&self, host: &str, edit: impl FnOnce(&mut CertificateParams)) -> Made {
        let mut params = leaf_params(host);
        edit(&mut params);
        self.issue(params, new_key())
    }

    /// Issues a certificate with these parameters for this key.
    pub(super) fn issue(&self, params: CertificateParams, key: Arc<KeyPair>) -> Made {
        let issuer = Issuer::from_params(&self.params, &*self.key);
        let made = params.signed_by(&*key, &issuer).unwrap();
        Made { certificate: read(made.der()), key, params }
    }

    /// This certificate with the parts of its TBSCertificate changed, and signed again.
    pub(super) fn operated(self, issuer: &Made, edit: impl FnOnce(&mut Vec<Vec<u8>>)) -> Made {
        let mut parts = split(self.certificate.tbs());
        edit(&mut parts);
        Made { certificate: resigned(&parts, &issuer.key), ..self }
    }
}

/// The elements within a SEQUENCE.
pub(super) fn split(sequence: &[u8]) -> Vec<Vec<u8>> {
    let body = Walk::new(sequence).expect(tag::SEQUENCE).unwrap().body;
    let mut walk = Walk::within(sequence, &body);
    std::iter::from_fn(|| walk.next()).map(|element| sequence[element.whole].to_vec()).collect()
}

/// AlgorithmIdentifier of ecdsa-with-SHA256.
pub(super) const ECDSA_SHA256: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

/// A certificate of these parts, signed with a P-256 key.
pub(super) fn resigned(parts: &[Vec<u8>], key: &KeyPair) -> Arc<Certificate> {
    let tbs = tlv(tag::SEQUENCE, &parts.concat());
    let signature = key.sign(&tbs).unwrap();
    certificate(&tbs, &ECDSA_SHA256, &signature)
}

pub(super) fn certificate(tbs: &[u8], algorithm: &[u8], signature: &[u8]) -> Arc<Certificate> {
    let bits = tlv(tag::BIT_STRING, &[&[0], signature].concat());
    read(&tlv(tag::SEQUENCE, &[tbs, algorithm, &bits].concat()))
}

/// A DER element.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let header = match length {
        0..=0x7f => vec![tag, length as u8],
        0x80..=0xff => vec![tag, 0x81, length as u8],
        0x100..=0xffff => vec![tag, 0x82, (length >> 8) as u8, length as u8],
        _ => vec![tag, 0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8],
    };
    [&header, content].concat()
}

/// An extension by its OID's arcs.
pub(super) fn extension(oid: &[u64], critical: bool, value: &[u8]) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(oid, value.to_vec());
    extension.set_criticality(critical);
    extension
}

/// A nameConstraints extension of (tag of the GeneralName, content).
pub(super) fn constraints(permitted: &[(u8, &[u8])], excluded: &[(u8, &[u8])]) -> CustomExtension {
    let list = |outer: u8, bases: &[(u8, &[u8])]| {
        let trees: Vec<u8> = bases.iter().flat_map(|(t, base)| tlv(tag::SEQUENCE, &tlv(*t, base))).collect();
        if trees.is_empty() { trees } else { tlv(outer, &trees) }
    };
    let both = [list(0xa0, permitted), list(0xa1, excluded)].concat();
    extension(&[2, 5, 29, 30], true, &tlv(tag::SEQUENCE, &both))
}

/// Leaf first, the anchor last.
pub(super) fn path(made: &[&Made]) -> CandidatePath {
    let (anchor, below) = made.split_last().unwrap();
    path_of(below.iter().map(|m| Arc::clone(&m.certificate)).collect(), &anchor.certificate)
}

pub(super) fn path_of(certificates: Vec<Arc<Certificate>>, anchor: &Arc<Certificate>) -> CandidatePath {
    let anchor = Anchor::new(Arc::clone(anchor), "test");
    CandidatePath { certificates, anchor: Arc::new(anchor) }
}

/// What both judges say now, for a server; less what strict clients want besides, which most of these
/// certificates lack on purpose or for brevity, and which has tests of its own.
pub(super) fn judged(made: &[&Made]) -> Judgement {
    let mut judgement = judge(&path(made), &now(), &Signatures::default());
    judgement.notes.retain(|note| note.fault.rule != Rule::NotStrict);
    judgement
}

/// Position and rule of each failure.
pub(super) fn failures(judgement: &Judgement) -> Vec<(usize, Rule)> {
    judgement.failures.iter().map(|f| (f.position, f.fault.rule)).collect()
}

pub(super) fn notes(judgement: &Judgement) -> Vec<(usize, Rule)> {
    let notes = judgement.notes.iter().filter(|note| note.fault.rule != Rule::NotStrict);
    notes.map(|f| (f.position, f.fault.rule)).collect()
}

/// The message of the only failure.
pub(super) fn message(judgement: &Judgement) -> &str {
    match judgement.failures.as_slice() {
        [only] => &only.fault.message,
        other => panic!("not exactly one failure: {other:#?}"),
    }
}

/// Fails unless both judges accept without a word.
#[track_caller]
pub(super) fn accepted(made: &[&Made]) {
    assert_eq!(judged(made), Judgement::default());
}

/// Fails unless there is exactly one failure, of this rule at this position; returns its message.
#[track_caller]
pub(super) fn refused(made: &[&Made], position: usize, rule: Rule) -> String {
    let judgement = judged(made);
    assert_eq!(failures(&judgement), [(position, rule)], "{judgement:#?}");
    message(&judgement).to_owned()
}
