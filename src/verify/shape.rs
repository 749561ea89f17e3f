//! Strict DER where lenient parsers would read a meaning into it (RFC 5280 §4.1, X.690).
//!
//! The room `cert` reads whatever can be read, so that there is something to report. Here the frame
//! is held to the standard: OpenSSL, Go and webpki refuse what these checks refuse.

use crate::cert::der::{Element, Walk, tag};
use crate::cert::{Certificate, extension_name, oid};

const BOOLEAN: u8 = 0x01;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The part that is not DER of the right shape, in the standard's word. Looked for once in each
/// certificate: those of CAs stand in many bundles.
pub(super) fn fault(certificate: &Certificate) -> Option<&str> {
    let find = || frame_fault(certificate).map(str::to_owned).or_else(|| extension_fault(certificate));
    certificate.form.get_or_init(|| find().map(Into::into)).as_deref()
}

/// The first part of TBSCertificate that is not of its shape; of the extensions only the frame.
fn frame_fault(certificate: &Certificate) -> Option<&'static str> {
    let tbs = certificate.tbs();
    let mut top = Walk::new(tbs);
    let sequence = top.expect(tag::SEQUENCE)?;
    let mut parts = Walk::within(tbs, &sequence.body);
    if !is_minimal(&sequence) {
        return Some("tbsCertificate");
    }
    // version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, …
    if let Some(version) = parts.expect(tag::CONTEXT_0) {
        // §4.1.2.1: v1 is the default, which DER leaves out; real v1 roots write it.
        let known = matches!(tbs.get(version.body.clone()), Some([tag::INTEGER, 1, 0..=2]));
        if !known || !is_minimal(&version) {
            return Some("version");
        }
    }
    let mut position = 0;
    while let Some(part) = parts.next() {
        let good = is_minimal(&part)
            && match (position, part.tag) {
                (0, tag::INTEGER) => tbs.get(part.body.clone()).is_some_and(is_integer),
                (3, tag::SEQUENCE) => is_validity(tbs, &part),
                (5, tag::SEQUENCE) => is_key_info(tbs, &part),
                (_, tag::CONTEXT_3) => are_extensions(tbs, &part),
                _ => true,
            };
        if !good {
            return Some(match (position, part.tag) {
                (0, _) => "serialNumber",
                (1, _) => "signature",
                (2, _) => "issuer",
                (3, _) => "validity",
                (4, _) => "subject",
                (5, _) => "subjectPublicKeyInfo",
                _ => "extensions",
            });
        }
        position += 1;
    }
    None
}

/// The first extension whose inside is not of its shape.
///
/// A key identifier that cannot be read makes OpenSSL take the certificate for invalid, and so do
/// the extensions that decide; policies, access descriptions and the rest are not looked at.
fn extension_fault(certificate: &Certificate) -> Option<String> {
    let bad = certificate
        .fields()
        .extensions
        .iter()
        .find(|extension| !is_extension_value(&extension.oid, &extension.value))?;
    Some(extension_name(&bad.oid).to_owned())
}

fn is_extension_value(oid: &str, value: &[u8]) -> bool {
    match oid {
        oid::SUBJECT_ALT_NAME => sequence_of(value, |name| is_general_name(&name)),
        oid::BASIC_CONSTRAINTS => are_basic_constraints(value),
        oid::NAME_CONSTRAINTS => are_name_constraints(value),
        oid::EXTENDED_KEY_USAGE => sequence_of(value, |p| p.tag == tag::OID && value.get(p.body).is_some_and(is_oid)),
        oid::CRL_DISTRIBUTION_POINTS => sequence_of(value, |_| true),
        oid::SUBJECT_KEY_ID => {
            let mut top = Walk::new(value);
            top.expect(tag::OCTET_STRING).is_some() && top.is_empty()
        }
        oid::AUTHORITY_KEY_ID => are_authority_key_ids(value),
        _ => true,
    }
}

/// §4.2.1.1: keyIdentifier, authorityCertIssuer, authorityCertSerialNumber, each optional.
fn are_authority_key_ids(value: &[u8]) -> bool {
    let mut top = Walk::new(value);
    let Some(sequence) = top.expect(tag::SEQUENCE) else { return false };
    let mut parts = Walk::within(value, &sequence.body);
    for optional in [0x80, 0xa1, 0x82] {
        let _ = parts.expect(optional);
    }
    parts.is_empty() && top.is_empty()
}

/// X.690 §10.1: the length takes the fewest octets.
fn is_minimal(element: &Element) -> bool {
    let octets = match element.body.len() {
        0..=0x7f => 1,
        0x80..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xff_ffff => 4,
        _ => 5,
    };
    element.body.start - element.whole.start == 1 + octets
}

/// X.690 §8.3: at least one octet, and no padding. OpenSSL reads no certificate whose serial number is
/// anything else; negative ones it reads.
fn is_integer(content: &[u8]) -> bool {
    match content {
        [] => false,
        [_] => true,
        [first, second, ..] => !matches!((first, second), (0, 0..=0x7f) | (0xff, 0x80..)),
    }
}

/// §4.1.2.5: two times, UTCTime or GeneralizedTime.
fn is_validity(der: &[u8], validity: &Element) -> bool {
    let mut times = Walk::within(der, &validity.body);
    let mut time = || times.next().is_some_and(|time| is_time(der, &time) && is_minimal(&time));
    time() && time() && times.is_empty()
}

/// §4.1.2.5.1 and §4.1.2.5.2: with seconds, without fractions of them, in GMT.
fn is_time(der: &[u8], time: &Element) -> bool {
    let digits = match time.tag {
        UTC_TIME => 12,
        GENERALIZED_TIME => 14,
        _ => return false,
    };
    match der.get(time.body.clone()) {
        Some([written @ .., b'Z']) => written.len() == digits && written.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// §4.1.2.7: an AlgorithmIdentifier and a BIT STRING of whole octets.
fn is_key_info(der: &[u8], info: &Element) -> bool {
    let mut parts = Walk::within(der, &info.body);
    let algorithm = parts.expect(tag::SEQUENCE).is_some_and(|a| is_minimal(&a));
    let bits = parts.expect(tag::BIT_STRING).filter(is_minimal);
    algorithm && bits.is_some_and(|bits| der.get(bits.body.start) == Some(&0)) && parts.is_empty()
}

/// §4.1.2.9: a SEQUENCE OF Extension in an explicit tag.
fn are_extensions(der: &[u8], explicit: &Element) -> bool {
    let mut outer = Walk::within(der, &explicit.body);
    let Some(list) = outer.expect(tag::SEQUENCE).filter(is_minimal) else { return false };
    let mut extensions = Walk::within(der, &list.body);
    while !extensions.is_empty() {
        let Some(extension) = extensions.expect(tag::SEQUENCE).filter(is_minimal) else { return false };
        if is_extension(der, &extension).is_none() {
            return false;
        }
    }
    outer.is_empty()
}

/// extnID, critical (FALSE is the default, and written by some), extnValue, nothing else.
fn is_extension(der: &[u8], extension: &Element) -> Option<()> {
    let mut parts = Walk::within(der, &extension.body);
    let oid = der.get(parts.expect(tag::OID).filter(is_minimal)?.body)?;
    if let Some(critical) = parts.expect(BOOLEAN) {
        matches!(der.get(critical.body), Some([0 | 0xff])).then_some(())?;
    }
    let value = parts.expect(tag::OCTET_STRING).filter(is_minimal)?;
    (is_oid(oid) && value.body.end == extension.body.end).then_some(())
}

/// A SEQUENCE, and nothing after it, of elements that are all good.
fn sequence_of(value: &[u8], good: impl Fn(Element) -> bool) -> bool {
    let mut top = Walk::new(value);
    let list = top.expect(tag::SEQUENCE).filter(is_minimal);
    list.is_some_and(|list| all(value, &list, good)) && top.is_empty()
}

/// Whether all elements within one are good.
fn all(der: &[u8], outer: &Element, good: impl Fn(Element) -> bool) -> bool {
    let mut inner = Walk::within(der, &outer.body);
    while !inner.is_empty() {
        if !inner.next().is_some_and(|element| is_minimal(&element) && good(element)) {
            return false;
        }
    }
    true
}

/// §4.2.1.6: one of the nine forms, constructed or not as it must be.
fn is_general_name(name: &Element) -> bool {
    matches!(name.tag, 0xa0 | 0x81 | 0x82 | 0xa3 | 0xa4 | 0xa5 | 0x86 | 0x87 | 0x88)
}

/// §4.2.1.9: cA (FALSE is the default, and written by some), pathLenConstraint, nothing else.
fn are_basic_constraints(value: &[u8]) -> bool {
    let mut top = Walk::new(value);
    let Some(sequence) = top.expect(tag::SEQUENCE).filter(is_minimal) else { return false };
    let mut parts = Walk::within(value, &sequence.body);
    let ca = parts.expect(BOOLEAN).is_none_or(|ca| matches!(value.get(ca.body), Some([0 | 0xff])));
    // X.690 §8.3.2: not negative, no padding.
    let length = parts.expect(tag::INTEGER).is_none_or(|length| match value.get(length.body) {
        Some([first]) => *first < 0x80,
        Some([first, second, ..]) => *first < 0x80 && (*first != 0 || *second >= 0x80),
        _ => false,
    });
    ca && length && parts.is_empty() && top.is_empty()
}

/// §4.2.1.10: permitted, then excluded subtrees.
fn are_name_constraints(value: &[u8]) -> bool {
    let mut top = Walk::new(value);
    let Some(sequence) = top.expect(tag::SEQUENCE).filter(is_minimal) else { return false };
    let mut lists = Walk::within(value, &sequence.body);
    let mut list = |tag| {
        lists.expect(tag).is_none_or(|list| is_minimal(&list) && all(value, &list, |tree| is_subtree(value, &tree)))
    };
    list(PERMITTED) && list(EXCLUDED) && lists.is_empty() && top.is_empty()
}

const PERMITTED: u8 = 0xa0;
const EXCLUDED: u8 = 0xa1;

fn is_subtree(value: &[u8], tree: &Element) -> bool {
    let mut parts = Walk::within(value, &tree.body);
    tree.tag == tag::SEQUENCE && parts.next().is_some_and(|base| is_general_name(&base))
}

/// Whether a subtree writes its minimum or maximum. §4.2.1.10: the one is always the default, which
/// DER leaves out, the other always absent.
pub(super) fn has_subtree_bounds(name_constraints: &[u8]) -> bool {
    let value = name_constraints;
    let bounded = |tree: &Element| {
        let mut parts = Walk::within(value, &tree.body);
        parts.next().is_some() && !parts.is_empty()
    };
    !sequence_of(value, |list| all(value, &list, |tree| !bounded(&tree)))
}

/// Whether a subtree has a minimum other than 0, or a maximum: §4.2.1.10 forbids both, and nobody knows
/// what they mean.
pub(super) fn has_forbidden_bounds(name_constraints: &[u8]) -> bool {
    let value = name_constraints;
    let allowed = |tree: &Element| {
        let mut parts = Walk::within(value, &tree.body);
        let _base = parts.next();
        let minimum = parts.expect(0x80).is_none_or(|minimum| matches!(value.get(minimum.body), Some([0])));
        minimum && parts.is_empty()
    };
    !sequence_of(value, |list| all(value, &list, |tree| allowed(&tree)))
}

/// X.690 §8.19: no arc is cut short, none starts with a padding octet.
fn is_oid(content: &[u8]) -> bool {
    let mut fresh = true;
    for octet in content {
        if fresh && *octet == 0x80 {
            return false;
        }
        fresh = octet & 0x80 == 0;
    }
    fresh && !content.is_empty()
}
