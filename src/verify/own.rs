//! What is wrong with a certificate for itself, whatever path it stands on.

use super::constraints::{self, Budget};
use super::{Context, Fault, names, purpose, revoked, shape, strength, time};
use crate::cert::{Certificate, GeneralName, Malformed, extension_name, oid};
use crate::rules::Rule;

/// Critical extensions that take part in the decision, or (CRL distribution points, as in OpenSSL
/// and webpki) say something that may be passed over without revocation checks. A critical key
/// identifier is none of them: RFC 5280 §4.2.1.1 and §4.2.1.2 forbid it, OpenSSL and webpki refuse it.
const KNOWN_CRITICAL: &[&str] = &[
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::EXTENDED_KEY_USAGE,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
];

/// Extensions whose content decides. One of these that cannot be read refuses the certificate,
/// critical or not; the others only where they are critical, since real CA certificates have
/// policies and access descriptions that strict parsers refuse and clients take. What clients do
/// refuse of key identifiers and distribution points is in [`shape`].
const DECIDING: &[&str] = &[
    "extensions",
    "subjectPublicKeyInfo",
    "basicConstraints",
    "keyUsage",
    "extKeyUsage",
    "nameConstraints",
    "subjectAltName",
];

/// The leaf: dates, revocation, form, critical extensions, its key, its signature's algorithm, extKeyUsage,
/// keyUsage, host.
pub(super) fn leaf(leaf: &Certificate, context: &Context) -> Vec<Fault> {
    let mut faults = common(leaf, context, Rule::ExpiredLeaf);
    faults.extend(revoked::fault(leaf, &context.revoked));
    // A self-issued leaf may be its own anchor, whose signature nobody judges; where it is not,
    // the link to its issuer is judged.
    if !leaf.is_self_issued() {
        faults.extend(strength::signature_fault(leaf));
    }
    faults.extend(purpose::key_usage_fault(leaf, context.purpose));
    if let Some(host) = &context.host {
        faults.extend(names::host_fault(leaf, host));
    }
    faults
}

/// An intermediate, without its constraints.
pub(super) fn intermediate(intermediate: &Certificate, context: &Context) -> Vec<Fault> {
    let mut faults = common(intermediate, context, Rule::ExpiredIntermediate);
    faults.extend(revoked::fault(intermediate, &context.revoked));
    faults.extend(strength::signature_fault(intermediate));
    faults.extend(ca_fault(intermediate));
    faults
}

/// An anchor, without its constraints. Its signature is not looked at (RFC 5280 §6.1: the anchor
/// is no part of the path); the rest of it is, as RFC 5937 asks and OpenSSL does.
pub(super) fn anchor(anchor: &Certificate, context: &Context) -> Vec<Fault> {
    let mut faults = common(anchor, context, Rule::ExpiredRoot);
    faults.extend(anchor_ca_fault(anchor));
    faults
}

/// The constraints of an issuer against the leaf's names, told of the issuer.
pub(super) fn constraint_fault(upper: &Certificate, leaf: &Certificate, budget: &mut Budget) -> Option<Fault> {
    let breach = constraints::breach(upper, leaf, true, budget)?;
    Some(Fault::new(Rule::NameConstraintViolated, breach.of_the_upper()))
}

fn common(certificate: &Certificate, context: &Context, expired: Rule) -> Vec<Fault> {
    let mut faults = malformed(certificate);
    faults.extend(time::validity_fault(certificate, context.at, expired));
    faults.extend(critical_fault(certificate));
    if certificate.fields().precertificate {
        faults.push(precertificate());
    }
    faults.extend(strength::key_fault(certificate));
    faults.extend(purpose::purpose_fault(certificate, context.purpose));
    faults
}

fn precertificate() -> Fault {
    let message = "is a precertificate: it was made for the transparency logs, and no client takes it";
    Fault::new(Rule::Precertificate, message.to_owned())
        .help("use the certificate that the CA issued after it, with the same serial number")
}

/// RFC 5280 §4.1 and §4.2: parts that cannot be read, and on which the decision rests.
fn malformed(certificate: &Certificate) -> Vec<Fault> {
    let fields = certificate.fields();
    let mut faults: Vec<Fault> =
        fields.malformed.iter().filter(|m| decides(certificate, m)).map(malformed_fault).collect();
    // Dates that cannot be read at all are told by those who compare them.
    let has_dates = certificate.not_before().is_some() && certificate.not_after().is_some();
    let tells = |part: &&str| faults.is_empty() && (has_dates || *part != "validity");
    if let Some(part) = shape::fault(certificate).filter(tells) {
        faults.push(Fault::new(Rule::MalformedCertificate, format!("{part} is not valid DER")));
    }
    // §4.1.1.2 and §4.1.2.3: the two AlgorithmIdentifiers must be the same.
    if certificate.signature_algorithm() != certificate.inner_signature_algorithm() {
        let message = "names two different signature algorithms, one inside and one outside what is signed".to_owned();
        faults.push(Fault::new(Rule::MalformedCertificate, message));
    }
    let unreadable = |name: &GeneralName| matches!(name, GeneralName::Other(u8::MAX));
    let constraints = fields.name_constraints.iter();
    if constraints.flat_map(|nc| nc.permitted.iter().chain(&nc.excluded)).any(|base| unreadable(&base)) {
        let message = "nameConstraints holds a subtree that cannot be read".to_owned();
        faults.push(Fault::new(Rule::MalformedCertificate, message));
    }
    let mut bounded = fields.extensions.iter().filter(|e| e.oid == oid::NAME_CONSTRAINTS);
    if faults.is_empty() && bounded.any(|e| shape::has_forbidden_bounds(&e.value)) {
        // §4.2.1.10: minimum is 0, maximum absent. OpenSSL refuses with error 49.
        let message = "nameConstraints has a subtree with a minimum or maximum".to_owned();
        faults.push(Fault::new(Rule::MalformedCertificate, message));
    }
    faults
}

fn malformed_fault(malformed: &Malformed) -> Fault {
    Fault::new(Rule::MalformedCertificate, format!("{} {}", malformed.what, malformed.why))
}

/// Whether an unreadable part takes part in the decision. §4.2: an extension that stands twice
/// makes the certificate invalid whichever it is (OpenSSL, Go and webpki refuse it).
fn decides(certificate: &Certificate, malformed: &Malformed) -> bool {
    let critical = || {
        let mut extensions = certificate.fields().extensions.iter();
        extensions.any(|e| e.critical && extension_name(&e.oid) == malformed.what)
    };
    malformed.why == "stands twice" || DECIDING.contains(&malformed.what.as_str()) || critical()
}

/// RFC 5280 §6.1.4 (o) and §6.1.5 (f): a critical extension that is not processed. The anchor's are
/// looked at too, as in OpenSSL and Go.
fn critical_fault(certificate: &Certificate) -> Option<Fault> {
    let unknown = |oid: &str| !KNOWN_CRITICAL.contains(&oid) && oid != oid::PRECERTIFICATE_POISON;
    let extensions = certificate.fields().extensions.iter();
    let list: Vec<&str> =
        extensions.filter(|e| e.critical && unknown(&e.oid)).map(|e| extension_name(&e.oid)).collect();
    if list.is_empty() {
        return None;
    }
    let message = format!("has a critical extension that clients do not know: {}", list.join(", "));
    Some(Fault::new(Rule::UnknownCriticalExtension, message))
}

/// Whether a part of a certificate could not be read.
pub(super) fn is_unreadable(certificate: &Certificate, what: &str) -> bool {
    certificate.fields().malformed.iter().any(|m| m.what == what)
}

/// RFC 5280 §6.1.4 (k) and (n): cA and keyCertSign. One of them is named, the first.
fn ca_fault(certificate: &Certificate) -> Option<Fault> {
    let fields = certificate.fields();
    let is_ca = certificate.version() >= 3 && certificate.is_ca();
    if !is_unreadable(certificate, "basicConstraints") && !is_ca {
        let message = match (certificate.version(), fields.basic_constraints) {
            (version @ ..=2, _) => format!("is an X.509 v{version} certificate, which cannot be an intermediate CA"),
            (_, None) => "has no basicConstraints, so it is no CA".to_owned(),
            (_, Some(_)) => "is no CA (basicConstraints: cA is not set)".to_owned(),
        };
        return Some(Fault::new(Rule::NotACa, message));
    }
    cert_sign_fault(certificate)
}

/// §6.1.4 (n): where keyUsage is present, keyCertSign is set.
fn cert_sign_fault(certificate: &Certificate) -> Option<Fault> {
    let usage = certificate.fields().key_usage?;
    if usage.key_cert_sign() {
        return None;
    }
    let message = "is a CA whose key may not sign certificates (keyUsage: keyCertSign is not set)".to_owned();
    Some(Fault::new(Rule::MissingCertSign, message))
}

/// An anchor is a CA by being trusted, unless it says otherwise. §6.1.4 (k) leaves v1 to other
/// means; a v3 anchor without basicConstraints passes where keyUsage sets keyCertSign, as OpenSSL's
/// `X509_check_ca` has it.
fn anchor_ca_fault(anchor: &Certificate) -> Option<Fault> {
    let fields = anchor.fields();
    let message = match fields.basic_constraints {
        Some(constraints) if !constraints.ca => "is no CA (basicConstraints: cA is not set)",
        None if anchor.version() >= 3 && fields.key_usage.is_none() && !is_unreadable(anchor, "basicConstraints") => {
            "has neither basicConstraints nor keyUsage, so it is no CA"
        }
        _ => return cert_sign_fault(anchor),
    };
    Some(Fault::new(Rule::NotACa, message.to_owned()))
}
