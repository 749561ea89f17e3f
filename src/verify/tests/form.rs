//! Malformed parts, critical extensions, precertificates.

use super::pki::*;
use crate::rules::Rule;
use crate::verify::{Context, Purpose, Signatures, anchor_faults, intermediate_faults, judge, leaf_faults, own};

const BROKEN: &[u8] = &[0x30, 5, 1];

/// ```text
/// ═ Root ─→ CA ─→ shop.example      one extension of it is broken
/// ```
#[test]
fn deciding_extensions_must_be_readable() {
    let root = root("Root");
    for (arc, name) in [
        (15, "keyUsage"),
        (17, "subjectAltName"),
        (19, "basicConstraints"),
        (30, "nameConstraints"),
        (37, "extKeyUsage"),
    ] {
        let leaf = root.leaf_with("a.example", |p| {
            p.subject_alt_names.clear();
            p.key_usages.clear();
            p.custom_extensions = vec![extension(&[2, 5, 29, arc], false, BROKEN)];
        });
        let judgement = judged(&[&leaf, &root]);
        assert!(failures(&judgement).contains(&(0, Rule::MalformedCertificate)), "{name}: {judgement:?}");
        let text =
            &judgement.failures.iter().find(|f| f.fault.rule == Rule::MalformedCertificate).unwrap().fault.message;
        assert!(text.starts_with(name), "{text}");
    }
}

/// Real CA certificates have policies and access descriptions that strict parsers refuse: they
/// decide nothing unless they are critical.
#[test]
fn other_extensions_may_be_unreadable() {
    let root = root("Root");
    let leaf_with = |oid: &[u64], critical| {
        root.leaf_with("a.example", |p| p.custom_extensions = vec![extension(oid, critical, BROKEN)])
    };
    for oid in [&[2, 5, 29, 32][..], &[2, 5, 29, 18], &[1, 3, 6, 1, 5, 5, 7, 1, 1], &[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2]]
    {
        accepted(&[&leaf_with(oid, false), &root]);
    }
    refused(&[&leaf_with(&[2, 5, 29, 32], true), &root], 0, Rule::MalformedCertificate);
    // OpenSSL takes a certificate with these for invalid.
    for (arc, name) in [(14, "subjectKeyIdentifier"), (31, "cRLDistributionPoints"), (35, "authorityKeyIdentifier")] {
        let text = refused(&[&leaf_with(&[2, 5, 29, arc], false), &root], 0, Rule::MalformedCertificate);
        assert_eq!(text, format!("{name} is not valid DER"));
    }
}

/// RFC 5280 §4.2: no extension stands twice.
#[test]
fn extensions_stand_once() {
    let root = root("Root");
    let twice = vec![extension(&[1, 2, 3], false, &[5, 0]), extension(&[1, 2, 3], false, &[5, 0])];
    let leaf = root.leaf_with("a.example", |p| p.custom_extensions = twice);
    refused(&[&leaf, &root], 0, Rule::MalformedCertificate);
}

/// RFC 5280 §4.1.1.2: the algorithm outside is the one inside.
#[test]
fn both_signature_algorithms_are_the_same() {
    let root = root("Root");
    let sha384: Vec<u8> = ECDSA_SHA256[..11].iter().copied().chain([3]).collect();
    let leaf = root.leaf("a.example").operated(&root, |parts| parts[2] = sha384);
    let text = refused(&[&leaf, &root], 0, Rule::MalformedCertificate);
    assert!(text.starts_with("names two different signature algorithms"), "{text}");
}

/// An anchor that webpki cannot read is malformed.
#[test]
fn unreadable_anchor_is_malformed() {
    let root = root("Root");
    let mut parts = split(root.certificate.tbs());
    parts.retain(|part| part[0] != 0xa3);
    parts[0] = vec![0xa0, 3, 2, 1, 1];
    let version_two = Made { certificate: resigned(&parts, &root.key), ..root };
    assert_eq!(version_two.certificate.version(), 2);
    refused(&[&version_two.leaf("a.example"), &version_two], 1, Rule::MalformedCertificate);
}

/// ```text
/// ═ Root ─→ CA ─→ shop.example      an unknown critical extension on each in turn
/// ```
#[test]
fn critical_extensions_are_known() {
    let odd = |p: &mut rcgen::CertificateParams| p.custom_extensions.push(extension(&[1, 2, 3, 4], true, &[5, 0]));
    let trust = root("Root");
    let leaf = trust.leaf_with("a.example", odd);
    let text = refused(&[&leaf, &trust], 0, Rule::UnknownCriticalExtension);
    assert_eq!(text, "has a critical extension that clients do not know: 1.2.3.4");
    let ca = trust.ca_with("CA", odd);
    refused(&[&ca.leaf("a.example"), &ca, &trust], 1, Rule::UnknownCriticalExtension);
    let trust = root_with("Root", odd);
    refused(&[&trust.leaf("a.example"), &trust], 1, Rule::UnknownCriticalExtension);
    // Critical key identifiers are against the standard, and refused by OpenSSL and webpki.
    let aki = extension(&[2, 5, 29, 35], true, &[0x30, 0]);
    let leaf = root("Root");
    let leaf = leaf.leaf_with("a.example", |p| p.custom_extensions.push(aki));
    assert!(!crate::verify::leaf_faults(&leaf.certificate, &now()).is_empty());
}

/// ```text
/// ═ Root ─→ shop.example (with the poison of RFC 6962 §3.1)
/// ```
#[test]
fn precertificates_are_refused() {
    let root = root("Root");
    let poison = extension(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 3], true, &[5, 0]);
    let leaf = root.leaf_with("a.example", |p| p.custom_extensions = vec![poison]);
    refused(&[&leaf, &root], 0, Rule::Precertificate);
}

/// Dates that do not parse are a fault at every place of a path.
#[test]
fn unreadable_dates_are_malformed() {
    let trust = root("Root");
    let dates = |parts: &mut Vec<Vec<u8>>| {
        let bad = tlv(0x17, b"2013012345Z");
        parts[4] = tlv(0x30, &[bad.clone(), bad].concat());
    };
    let leaf = trust.leaf("a.example").operated(&trust, dates);
    refused(&[&leaf, &trust], 0, Rule::MalformedCertificate);
    let other = root("Other");
    let odd = root("Odd").operated(&other, dates);
    let faults = anchor_faults(&odd.certificate, &leaf.certificate, &now());
    assert_eq!(faults.iter().map(|f| f.rule).collect::<Vec<_>>(), [Rule::MalformedCertificate]);
    let judgement = judge(&path(&[&leaf, &odd]), &now(), &Signatures::default());
    assert!(failures(&judgement).contains(&(1, Rule::MalformedCertificate)));
}

/// No root of Mozilla's is refused for itself, on a day when all of them were in date.
#[test]
fn mozillas_roots_are_fit_anchors() {
    let leaf = root("Root").leaf_with("a.tr", |p| p.subject_alt_names.clear());
    let context = Context { purpose: Purpose::Server, ..now() };
    for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        let root = read(der);
        let faults = anchor_faults(&root, &leaf.certificate, &context);
        let in_date = root.not_after().unwrap() >= context.at;
        assert!(faults.is_empty() || !in_date, "{root:?}: {faults:?}");
        assert_eq!(own::anchor(&root, &context).is_empty(), in_date);
    }
}

/// ```text
/// ═ Root ─→ CA (constrained) ─→ a.example       a few bits of leaf or CA changed, then signed again
/// ```
///
/// Whatever the bytes: no panic, and what the veto drops, the judges refuse.
#[test]
fn veto_and_judge_agree_on_odd_bytes() {
    const ROUNDS: usize = 3000;
    let root = root("Root");
    let ca = root.ca_with("CA", |p| p.custom_extensions = vec![constraints(&[(0x82, b"a.example")], &[(0x81, b"x")])]);
    let leaf = ca.leaf_with("a.example", |p| p.use_authority_key_identifier_extension = true);
    let mut state: u64 = 42;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let (mut refused, mut accepted) = (0, 0);
    for round in 0..ROUNDS {
        let (target, issuer) = if round % 2 == 0 { (&leaf, &ca) } else { (&ca, &root) };
        let mut tbs = target.certificate.tbs().to_vec();
        let at = random(tbs.len());
        tbs[at] = random(256) as u8;
        let signature = rcgen::SigningKey::sign(&*issuer.key, &tbs).unwrap();
        let bits = tlv(3, &[&[0], &signature[..]].concat());
        let der = tlv(0x30, &[&tbs[..], &ECDSA_SHA256, &bits].concat());
        let Ok(odd) = crate::cert::Certificate::from_der(&der) else { continue };
        let odd = std::sync::Arc::new(odd);
        let (l, c) = if round % 2 == 0 { (&odd, &ca.certificate) } else { (&leaf.certificate, &odd) };
        let vetoed = !leaf_faults(l, &now()).is_empty() || !intermediate_faults(c, l, &now()).is_empty();
        let path = path_of(vec![l.clone(), c.clone()], &root.certificate);
        let judgement = judge(&path, &now(), &Signatures::default());
        assert!(!(vetoed && judgement.accepted()), "{at}: {judgement:?}");
        if judgement.accepted() { accepted += 1 } else { refused += 1 }
    }
    assert!(refused > ROUNDS / 4 && accepted > ROUNDS / 10, "{refused} {accepted}");
}

/// Dates that some read and OpenSSL and webpki do not: without seconds, with fractions, of another zone.
#[test]
fn dates_are_written_as_der_asks() {
    let root = root("Root");
    let dates = |from: (u8, &[u8]), to: (u8, &[u8])| {
        let validity = tlv(0x30, &[tlv(from.0, from.1), tlv(to.0, to.1)].concat());
        root.leaf("a.example").operated(&root, |parts| parts[4] = validity.clone())
    };
    let good: (u8, &[u8]) = (0x18, b"20600101000000Z");
    // GeneralizedTime before 2050 is read by all.
    accepted(&[&dates((0x18, b"20200101000000Z"), good), &root]);
    for bad in [&b"2001010000Z"[..], b"200101000000+0000", b"200101000000"] {
        refused(&[&dates((0x17, bad), good), &root], 0, Rule::MalformedCertificate);
    }
    refused(&[&dates((0x17, b"200101000000Z"), (0x18, b"20600101000000.5Z")), &root], 0, Rule::MalformedCertificate);
}

/// OpenSSL reads no serial number that is padded or empty. A negative one it reads.
#[test]
fn serial_numbers_are_integers() {
    let root = root("Root");
    let leaf = |serial: &[u8]| root.leaf("a.example").operated(&root, |parts| parts[1] = tlv(2, serial));
    for bad in [&[][..], &[0, 5], &[0xff, 0x80]] {
        let text = refused(&[&leaf(bad), &root], 0, Rule::MalformedCertificate);
        assert_eq!(text, "serialNumber is not valid DER");
    }
    for good in [&[0][..], &[0, 0x80], &[0x7f; 40]] {
        accepted(&[&leaf(good), &root]);
    }
    accepted(&[&leaf(&[0xfb]), &root]);
}

/// Frames that lenient parsers read a meaning into.
#[test]
fn frames_are_strict() {
    let root = root("Root");
    let refuse = |edit: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let leaf = root.leaf("a.example").operated(&root, edit);
        refused(&[&leaf, &root], 0, Rule::MalformedCertificate)
    };
    assert_eq!(refuse(&|parts| parts[0] = vec![0xa0, 3, 2, 1, 3]), "version is not valid DER");
    // A length in more octets than needed.
    let long = |part: &[u8]| [&[part[0], 0x81], &part[1..]].concat();
    assert_eq!(refuse(&|parts| parts[5] = long(&parts[5])), "subject is not valid DER");
    let extensions = |oid: &[u8], value: &[u8]| {
        let one = tlv(0x30, &[tlv(6, oid), tlv(4, value)].concat());
        tlv(0xa3, &tlv(0x30, &one))
    };
    // An arc cut short, a third part in basicConstraints, a subtree that is no SEQUENCE.
    for (oid, value) in [
        (&[0x55, 0x1d, 0x93][..], &[0x30, 0][..]),
        (&[0x55, 0x1d, 19], &[0x30, 5, 1, 1, 0, 5, 0]),
        (&[0x55, 0x1d, 30], &[0x30, 4, 0xa0, 2, 0x31, 0]),
    ] {
        let leaf = root.leaf("a.example").operated(&root, |parts| *parts.last_mut().unwrap() = extensions(oid, value));
        let judgement = judged(&[&leaf, &root]);
        assert!(failures(&judgement).contains(&(0, Rule::MalformedCertificate)), "{oid:02x?}: {judgement:?}");
    }
}
