//! What webpki is known to refuse though RFC 5280 allows it and OpenSSL accepts it.
//!
//! Each entry looks at the path itself: a refusal is explained only where the path has what webpki
//! lacks *and* webpki's error is the one that comes of it. Each has a test in which webpki refuses
//! and rfc5280 accepts.

use std::fmt;

use ::webpki::Error;

use super::constraints::{self, Budget};
use super::rfc5280::{MANY_INTERMEDIATES, is_its_own_anchor};
use super::signatures::has_ecdsa_parameters;
use super::{Context, pss, shape};
use crate::cert::der::{Walk, tag};
use crate::cert::{Certificate, GeneralName, oid};
use crate::path::CandidatePath;

/// Why webpki does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It cannot read the anchor.
    Anchor(Error),
    /// It refuses the path.
    Path(Error),
    /// It went another way.
    OtherPath,
    /// The time is before 1970 and cannot be put to it.
    BeforeTheEpoch,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anchor(error) | Self::Path(error) => write!(f, "{error:?}"),
            Self::OtherPath => f.write_str("it went another way through these certificates"),
            Self::BeforeTheEpoch => f.write_str("it knows no time before 1970"),
        }
    }
}

/// Something that webpki lacks.
pub(crate) struct Gap {
    /// What it is called in the tests, one for each.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests go through the list by name"))]
    pub(crate) name: &'static str,
    /// Why rustls clients refuse, for the note.
    pub(crate) reason: &'static str,
    /// Whether this refusal can come of it.
    refusal: fn(&Refusal) -> bool,
    /// The position of the certificate that has what webpki lacks, if there is one on the path.
    at: fn(&CandidatePath, &Context) -> Option<usize>,
}

/// The gap that explains a refusal, and the position of the certificate it is about.
pub(super) fn explain(refusal: &Refusal, path: &CandidatePath, context: &Context) -> Option<(&'static Gap, usize)> {
    let masked = is_masked(refusal, path);
    let mut fitting = GAPS.iter().filter(|gap| masked || (gap.refusal)(refusal));
    fitting.find_map(|gap| Some((gap, (gap.at)(path, context)?)))
}

/// Whether webpki's error hides the true one. Intermediates are a set to it: where two issuers have
/// the same name it tries both, and reports the wrong one's signature rather than what it found on
/// the path itself, whose signatures are all good.
fn is_masked(refusal: &Refusal, path: &CandidatePath) -> bool {
    let issuers = || links(path).map(|(_, issuer)| &issuer.entity().subject);
    let twins = issuers().enumerate().any(|(at, subject)| issuers().skip(at + 1).any(|other| other == subject));
    twins && *refusal == Refusal::Path(Error::InvalidSignatureForPublicKey)
}

macro_rules! path_error {
    ($($error:pat),+) => {
        |refusal| matches!(refusal, Refusal::Path($($error)|+))
    };
}

/// Extensions that webpki processes; any other makes it refuse where it is critical.
const WEBPKI_CRITICAL: &[&str] = &[
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::EXTENDED_KEY_USAGE,
    oid::CRL_DISTRIBUTION_POINTS,
];

/// webpki reads no certificate whose length takes more than two octets (four stand before it), and
/// no path length of more than one.
const WEBPKI_MAX_CERTIFICATE: usize = 4 + 0xffff;
const WEBPKI_MAX_PATH_LENGTH: u32 = 0xff;

/// The known gaps, the more telling ones first.
pub(crate) const GAPS: &[Gap] = &[
    Gap {
        name: "time-before-1970",
        reason: "they know no time before 1970",
        refusal: |refusal| *refusal == Refusal::BeforeTheEpoch,
        at: |_, context| (context.at.unix() < 0).then_some(0),
    },
    Gap {
        name: "trusted-leaf",
        reason: "it trusts the leaf itself, which they do of no leaf that another CA issued",
        refusal: path_error!(Error::UnknownIssuer),
        at: |path, _| is_its_own_anchor(path).then_some(0),
    },
    Gap {
        name: "self-signed-leaf",
        reason: "it trusts a self-signed certificate whose own signature they cannot check",
        refusal: path_error!(
            Error::UnsupportedSignatureAlgorithmContext(_),
            Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_),
            Error::InvalidSignatureForPublicKey
        ),
        at: |path, _| is_its_own_anchor(path).then_some(0),
    },
    Gap {
        name: "ca-leaf",
        reason: "its leaf is a CA certificate (basicConstraints: cA is set)",
        refusal: path_error!(Error::CaUsedAsEndEntity),
        at: |path, _| path.certificates.first().filter(|leaf| leaf.is_ca()).map(|_| 0),
    },
    Gap {
        name: "old-version",
        reason: "its leaf is an X.509 v1 or v2 certificate",
        refusal: path_error!(Error::UnsupportedCertVersion, Error::BadDer),
        at: |path, _| path.certificates.first().filter(|leaf| leaf.version() < 3).map(|_| 0),
    },
    Gap {
        name: "long-path",
        reason: "it has more than six intermediates",
        refusal: path_error!(Error::MaximumPathDepthExceeded),
        at: |path, _| (path.certificates.len() > MANY_INTERMEDIATES + 1).then_some(0),
    },
    Gap {
        name: "critical-policies",
        reason: "a policy extension is critical",
        refusal: path_error!(Error::UnsupportedCriticalExtension),
        at: |path, _| path.certificates.iter().position(|c| has_critical_policies(c)),
    },
    Gap {
        name: "directory-name-constraints",
        reason: "a CA constrains directory names",
        refusal: path_error!(Error::NameConstraintViolation),
        at: |path, _| constrained(path, |base| matches!(base, GeneralName::Directory(_))),
    },
    Gap {
        name: "email-constraints",
        reason: "a CA constrains e-mail addresses, and there is one below it",
        refusal: path_error!(Error::NameConstraintViolation),
        at: |path, _| constrained(path, |base| matches!(base, GeneralName::Email(_))),
    },
    Gap {
        name: "uri-constraints",
        reason: "a CA constrains URIs, and there is one below it",
        refusal: path_error!(Error::NameConstraintViolation),
        at: |path, _| constrained(path, |base| matches!(base, GeneralName::Uri(_))),
    },
    Gap {
        name: "self-issued-names",
        reason: "a self-issued CA has a name outside the constraints of one above it",
        refusal: path_error!(Error::NameConstraintViolation),
        at: |path, _| self_issued_breach(path),
    },
    Gap {
        name: "name-encoding",
        reason: "an issuer's name is written otherwise than its subject",
        refusal: path_error!(Error::UnknownIssuer),
        at: |path, _| links(path).position(|(child, issuer)| child.issuer() != issuer.subject()),
    },
    Gap {
        name: "self-issued-path-length",
        reason: "they count self-issued certificates in the path length",
        refusal: path_error!(Error::PathLenConstraintViolated),
        at: |path, _| self_issued_path_length(path),
    },
    Gap {
        name: "large-path-length",
        reason: "a path length is above 255",
        refusal: path_error!(Error::BadDer, Error::TrailingData(_)),
        at: |path, _| path.certificates.iter().position(|c| has_large_path_length(c)),
    },
    Gap {
        name: "subtree-bounds",
        reason: "a CA's name constraints write a minimum or maximum",
        refusal: path_error!(Error::BadDer, Error::TrailingData(_)),
        at: |path, _| links(path).position(|(_, issuer)| has_subtree_bounds(issuer)).map(|below| below + 1),
    },
    Gap {
        name: "unique-identifiers",
        reason: "a certificate has a unique identifier, a relic of X.509 v2",
        refusal: path_error!(Error::BadDer, Error::TrailingData(_)),
        at: |path, _| path.certificates.iter().position(|c| has_unique_identifiers(c)),
    },
    Gap {
        name: "large-certificate",
        reason: "a certificate is larger than 64 KiB",
        refusal: path_error!(Error::BadDer, Error::TrailingData(_)),
        at: |path, _| path.certificates.iter().position(|c| c.der().len() > WEBPKI_MAX_CERTIFICATE),
    },
    Gap {
        name: "dates-before-1970",
        reason: "a certificate is valid since before 1970",
        refusal: path_error!(Error::BadDerTime),
        at: |path, _| path.certificates.iter().position(|c| c.not_before().is_some_and(|from| from.unix() < 0)),
    },
    Gap {
        name: "rsa-pss",
        reason: "a signature is RSA-PSS with parameters that they lack",
        refusal: path_error!(
            Error::UnsupportedSignatureAlgorithmContext(_),
            Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        ),
        at: |path, _| path.certificates.iter().position(|c| c.signature_algorithm_oid() == pss::OID),
    },
    Gap {
        name: "ecdsa-parameters",
        reason: "an ECDSA signature names parameters (NULL), of which ECDSA has none",
        refusal: path_error!(
            Error::UnsupportedSignatureAlgorithmContext(_),
            Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        ),
        at: |path, _| path.certificates.iter().position(|c| has_ecdsa_parameters(c)),
    },
];

fn links(path: &CandidatePath) -> impl Iterator<Item = (&Certificate, &Certificate)> {
    let issuers = path.certificates.iter().skip(1).chain([&path.anchor.certificate]);
    path.certificates.iter().zip(issuers).map(|(child, issuer)| (&**child, &**issuer))
}

fn has_critical_policies(certificate: &Certificate) -> bool {
    certificate.fields().extensions.iter().any(|e| e.critical && !WEBPKI_CRITICAL.contains(&e.oid.as_str()))
}

/// The lowest issuer with a constraint of a form.
fn constrained(path: &CandidatePath, form: fn(&GeneralName) -> bool) -> Option<usize> {
    links(path)
        .position(|(_, issuer)| {
            let constraints = issuer.fields().name_constraints.iter();
            constraints.flat_map(|nc| nc.permitted.iter().chain(&nc.excluded)).any(|base| form(&base))
        })
        .map(|below| below + 1)
}

/// A self-issued intermediate whose names would be refused if it were not exempt (RFC 5280 §6.1.3
/// (b) and (c)).
fn self_issued_breach(path: &CandidatePath) -> Option<usize> {
    let mut budget = Budget::default();
    path.certificates.iter().enumerate().skip(1).filter(|(_, c)| c.is_self_issued()).map(|(at, _)| at).find(|at| {
        let uppers = path.certificates.iter().skip(at + 1).chain([&path.anchor.certificate]);
        let lower = path.certificates.get(*at);
        lower.is_some_and(|lower| {
            uppers.into_iter().any(|upper| constraints::breach(upper, lower, true, &mut budget).is_some())
        })
    })
}

/// A CA whose path length is exceeded only where self-issued intermediates count.
fn self_issued_path_length(path: &CandidatePath) -> Option<usize> {
    let limit = |c: &Certificate| c.fields().basic_constraints.and_then(|bc| bc.path_len);
    let exceeded =
        |(at, c): &(usize, &std::sync::Arc<Certificate>)| limit(c).is_some_and(|limit| at - 1 > limit as usize);
    path.certificates.iter().enumerate().skip(1).find(exceeded).map(|(at, _)| at)
}

fn has_large_path_length(certificate: &Certificate) -> bool {
    let length = certificate.fields().basic_constraints.and_then(|bc| bc.path_len);
    length.is_some_and(|length| length > WEBPKI_MAX_PATH_LENGTH)
}

fn has_subtree_bounds(issuer: &Certificate) -> bool {
    let extensions = issuer.fields().extensions.iter();
    extensions.filter(|e| e.oid == oid::NAME_CONSTRAINTS).any(|e| shape::has_subtree_bounds(&e.value))
}

/// issuerUniqueID or subjectUniqueID (RFC 5280 §4.1.2.8).
fn has_unique_identifiers(certificate: &Certificate) -> bool {
    let tbs = certificate.tbs();
    let mut top = Walk::new(tbs);
    let Some(sequence) = top.expect(tag::SEQUENCE) else { return false };
    let mut parts = Walk::within(tbs, &sequence.body);
    std::iter::from_fn(|| parts.next()).any(|part| matches!(part.tag, tag::CONTEXT_1 | tag::CONTEXT_2))
}
