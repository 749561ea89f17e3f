//! What strict clients refuse: OpenSSL's `X509_V_FLAG_X509_STRICT`, which Python sets by default
//! since 3.13 (`ssl.VERIFY_X509_STRICT`); and what Go, Chrome or GnuTLS alone refuse.
//!
//! It asks for what RFC 5280 asks of those who issue certificates, not of those who judge them. The
//! public CAs comply; CAs made by hand often lack a key identifier or the critical flag. Some of what
//! the flag refuses (a critical key identifier, two different signature algorithms) both judges
//! refuse for everybody, and it is not asked here again.

use super::{Failure, Fault, policies};
use crate::cert::der::{Walk, tag};
use crate::cert::{Certificate, Fields, oid};
use crate::rules::Rule;

/// What a strict client has against each certificate of a path, in the words of the report: from the
/// leaf to the anchor, whose own form counts too. A certificate that is alone on its path is let be.
pub(super) fn notes(certificates: &[&Certificate]) -> Vec<Failure> {
    if certificates.len() < 2 {
        return Vec::new();
    }
    let last = certificates.len() - 1;
    let all = certificates.iter().enumerate();
    all.filter_map(|(position, certificate)| {
        let mut faults = faults(certificate, position > 0, position == last);
        if let Some(issuer) = certificates.get(position + 1) {
            faults.extend(extension_faults(certificate, issuer));
        }
        let message = || format!("{}, which strict clients refuse", faults.join("; "));
        (!faults.is_empty()).then(|| Failure { position, fault: Fault::new(Rule::NotStrict, message()) })
    })
    .collect()
}

/// The order and the conditions are those of `check_extensions()` in OpenSSL's x509_vfy.c; the serial
/// number is Go's.
fn faults(certificate: &Certificate, issues: bool, is_last: bool) -> Vec<&'static str> {
    let fields = certificate.fields();
    let mut faults = Vec::new();
    let mut add = |bad: bool, what: &'static str| faults.extend(bad.then_some(what));
    let is_ca = fields.basic_constraints.is_some_and(|bc| bc.ca);
    // RFC 5280 §4.2.1.9
    add(issues && !is_ca, "has no basicConstraints that make it a CA");
    let path_length = fields.basic_constraints.is_some_and(|bc| bc.path_len.is_some());
    add(path_length && !is_ca, "has a pathLenConstraint and is no CA");
    add(
        path_length && is_ca && fields.key_usage.is_some_and(|usage| !usage.key_cert_sign()),
        "has a pathLenConstraint without keyCertSign",
    );
    add(is_ca && !is_critical(fields, oid::BASIC_CONSTRAINTS), "its basicConstraints are not critical");
    // §4.2.1.3
    add(is_ca && fields.key_usage.is_none(), "is a CA without keyUsage");
    add(!is_ca && fields.key_usage.is_some_and(|usage| usage.key_cert_sign()), "has keyCertSign and is no CA");
    // §4.1.2.4, §4.1.2.6, §4.2.1.6
    let nameless = certificate.entity().subject.is_empty();
    let names = fields.subject_alt_names.as_ref();
    add(certificate.issuer_key().is_empty(), "its issuer field is empty");
    add(
        nameless && (is_ca || names.is_none() || fields.key_usage.is_some_and(|usage| usage.crl_sign())),
        "its subject is empty",
    );
    add(
        nameless && names.is_some() && !is_critical(fields, oid::SUBJECT_ALT_NAME),
        "its subject is empty, and its subjectAltName is not critical",
    );
    add(names.is_some_and(|names| names.is_empty()), "its subjectAltName is empty");
    // §4.1.2.2; Go since 1.23 does not even read it.
    add(certificate.serial().first().is_some_and(|first| *first >= 0x80), "its serial number is negative");
    if certificate.version() < 3 {
        // §4.1
        add(!fields.extensions.is_empty(), "has extensions and is not version 3");
        return faults;
    }
    // §4.2.1.1, §4.2.1.2
    add(!is_last && fields.issuer_key_id().is_none(), "has no authorityKeyIdentifier");
    add(is_ca && fields.subject_key_id.is_none(), "is a CA without subjectKeyIdentifier");
    faults
}

/// Extensions that some clients look into and OpenSSL's flag does not; none of the anchor's, of which
/// clients have their own copy.
fn extension_faults(certificate: &Certificate, issuer: &Certificate) -> Vec<&'static str> {
    let fields = certificate.fields();
    let mut faults = Vec::new();
    // §4.2.1.10: an empty sequence must not be. Go does not read it.
    let unconstrained =
        fields.name_constraints.as_ref().is_some_and(|nc| nc.permitted.is_empty() && nc.excluded.is_empty());
    faults.extend(unconstrained.then_some("its nameConstraints are empty"));
    // §4.2.1.4; Go and Chrome do not read it.
    faults.extend(policies::oddity(certificate));
    // RFC 7633 §4.2.2; GnuTLS refuses.
    let features = tls_features(certificate);
    let lacks = tls_features(issuer).iter().any(|wanted| !features.contains(wanted));
    faults.extend(lacks.then_some("lacks a TLS feature that its issuer has (RFC 7633)"));
    faults
}

/// The content of the TLS feature extension: the numbers of TLS extensions (RFC 7633 §4.1).
fn tls_features(certificate: &Certificate) -> Vec<&[u8]> {
    let mut extensions = certificate.fields().extensions.iter();
    let Some(extension) = extensions.find(|extension| extension.oid == oid::TLS_FEATURE) else { return Vec::new() };
    let value = extension.value.as_slice();
    let Some(sequence) = Walk::new(value).expect(tag::SEQUENCE) else { return Vec::new() };
    let mut walk = Walk::within(value, &sequence.body);
    std::iter::from_fn(|| walk.expect(tag::INTEGER)).filter_map(|number| value.get(number.body)).collect()
}

fn is_critical(fields: &Fields, dotted: &str) -> bool {
    fields.extensions.iter().any(|extension| extension.oid == dotted && extension.critical)
}
