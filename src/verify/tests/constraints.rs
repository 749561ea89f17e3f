//! Name constraints of every form, and whom they concern.

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue, SanType};

use super::pki::*;
use crate::rules::Rule;
use crate::verify::{anchor_faults, constraints_allow, intermediate_faults};

const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const DIRECTORY: u8 = 0xa4;
const URI: u8 = 0x86;
const IP: u8 = 0x87;
const OTHER: u8 = 0xa0;

fn with(constraints: CustomExtension) -> impl FnOnce(&mut CertificateParams) {
    move |p| p.custom_extensions.push(constraints)
}

fn named(names: &[SanType]) -> impl FnOnce(&mut CertificateParams) {
    let names = names.to_vec();
    move |p| p.subject_alt_names = names
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

/// ```text
/// ═ Root ─→ CA (permits example.com, excludes secret.example.com) ─→ leaf
/// ```
#[test]
fn dns_names() {
    let root = root("Root");
    let ca = root.ca_with("CA", with(constraints(&[(DNS, b"example.com")], &[(DNS, b"secret.example.com")])));
    accepted(&[&ca.leaf("a.example.com"), &ca, &root]);
    let out = ca.leaf("a.example.org");
    let text = refused(&[&out, &ca, &root], 0, Rule::NameConstraintViolated);
    assert_eq!(text, "DNS name a.example.org is outside what \"CA\" permits: example.com (nameConstraints)");
    let text = refused(&[&ca.leaf("x.secret.example.com"), &ca, &root], 0, Rule::NameConstraintViolated);
    assert_eq!(text, "DNS name x.secret.example.com is excluded by \"CA\": secret.example.com (nameConstraints)");
    refused(&[&ca.leaf("*.example.com"), &ca, &root], 0, Rule::NameConstraintViolated);
    let many = ca.leaf_with("x", named(&[dns("a.example.com"), dns("b.org"), dns("c.org"), dns("d.org")]));
    let text = refused(&[&many, &ca, &root], 0, Rule::NameConstraintViolated);
    assert!(
        text.starts_with("DNS name b.org is outside") && text.ends_with("and so are 2 other names (nameConstraints)")
    );

    // A common name that is no host: without subjectAltName nothing is constrained.
    let bare = ca.leaf_with("Device 17", |p| p.subject_alt_names.clear());
    assert_eq!(failures(&judged(&[&bare, &ca, &root])), []);

    // The veto says the same, of the CA.
    let faults = intermediate_faults(&ca.certificate, &out.certificate, &now());
    let texts: Vec<_> = faults.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(texts, ["does not permit the leaf's DNS name a.example.org, only example.com (nameConstraints)"]);
    assert!(!constraints_allow(&ca.certificate, &out.certificate, true));
}

/// ```text
/// ═ Root (permits example.com) ─→ CA ─→ leaf       RFC 5937
/// ```
#[test]
fn constraints_of_the_anchor_count() {
    let trust = root_with("Root", with(constraints(&[(DNS, b"example.com")], &[])));
    let ca = trust.ca("CA");
    accepted(&[&ca.leaf("a.example.com"), &ca, &trust]);
    let leaf = ca.leaf("a.example.org");
    refused(&[&leaf, &ca, &trust], 0, Rule::NameConstraintViolated);
    assert_eq!(anchor_faults(&trust.certificate, &leaf.certificate, &now()).len(), 1);
}

/// ```text
/// ═ Root ─→ CA (10.0.0.0/8, 2001:db8::/32) ─→ leaf
/// ```
#[test]
fn ip_addresses() {
    let root = root("Root");
    let v4 = [10, 0, 0, 0, 255, 0, 0, 0];
    let mut v6 = [0; 32];
    v6[..4].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
    v6[16..20].fill(0xff);
    let ca = root.ca_with("CA", with(constraints(&[(IP, &v4), (IP, &v6)], &[])));
    let leaf = |ip: &str| ca.leaf_with("x", named(&[SanType::IpAddress(ip.parse().unwrap())]));
    accepted(&[&leaf("10.9.8.7"), &ca, &root]);
    accepted(&[&leaf("2001:db8::1"), &ca, &root]);
    let text = refused(&[&leaf("11.0.0.1"), &ca, &root], 0, Rule::NameConstraintViolated);
    assert_eq!(text, "IP address 11.0.0.1 is outside what \"CA\" permits: 10.0.0.0/8, 2001:db8::/32 (nameConstraints)");
    refused(&[&leaf("2001:db9::1"), &ca, &root], 0, Rule::NameConstraintViolated);
    let only_v4 = root.ca_with("CA", with(constraints(&[(IP, &v4)], &[])));
    let six = only_v4.leaf_with("x", named(&[SanType::IpAddress("2001:db8::1".parse().unwrap())]));
    refused(&[&six, &only_v4, &root], 0, Rule::NameConstraintViolated);
    let sparse = root.ca_with("CA", with(constraints(&[(IP, &[10, 0, 0, 0, 255, 0, 255, 0])], &[])));
    let leaf = sparse.leaf_with("x", named(&[SanType::IpAddress([10, 1, 0, 1].into())]));
    refused(&[&leaf, &sparse, &root], 0, Rule::NameConstraintViolated);
}

fn organisation(name: DnValue) -> DistinguishedName {
    let mut dn = DistinguishedName::new();
    dn.push(DnType::OrganizationName, name);
    dn
}

/// The DER of a name, by way of a certificate.
fn name_der(name: DistinguishedName) -> Vec<u8> {
    let mut params = ca_params("");
    params.distinguished_name = name;
    self_signed(params).certificate.subject().der().to_vec()
}

/// ```text
/// ═ Root ─→ CA (permits O=Acme) ─→ leaf (O=ACME, CN=a.example.com)
/// ```
#[test]
fn directory_names() {
    let root = root("Root");
    let acme = name_der(organisation("Acme".into()));
    let ca = root.ca_with("CA", with(constraints(&[(DIRECTORY, &acme)], &[])));
    let leaf = |organisation_name: &str| {
        ca.leaf_with("a.example.com", |p| {
            let text = DnValue::PrintableString(organisation_name.try_into().unwrap());
            p.distinguished_name = organisation(text);
            p.distinguished_name.push(DnType::CommonName, "a.example.com");
        })
    };
    let inside = judged(&[&leaf("ACME"), &ca, &root]);
    assert_eq!((failures(&inside), notes(&inside)), (vec![], vec![(1, Rule::BeyondWebpki)]));
    let text = refused(&[&leaf("Bcme"), &ca, &root], 0, Rule::NameConstraintViolated);
    assert_eq!(text, "directory name CN=a.example.com,O=Bcme is outside what \"CA\" permits: O=Acme (nameConstraints)");
    // An empty subject is no directory name (§4.2.1.10).
    let nameless = ca.leaf_with("a.example.com", |p| p.distinguished_name = DistinguishedName::new());
    assert_eq!(failures(&judged(&[&nameless, &ca, &root])), []);
    let not_acme = root.ca_with("CA", with(constraints(&[], &[(DIRECTORY, &acme)])));
    let leaf = not_acme.leaf_with("x.example", |p| p.distinguished_name = organisation("acme".into()));
    refused(&[&leaf, &not_acme, &root], 0, Rule::NameConstraintViolated);
}

/// ```text
/// ═ Root ─→ CA (permits example.com e-mail) ─→ leaf (rfc822Name, emailAddress)
/// ```
#[test]
fn email_addresses() {
    let root = root("Root");
    let ca = root.ca_with("CA", with(constraints(&[(EMAIL, b"example.com")], &[])));
    let leaf = |address: &str| {
        let san = SanType::Rfc822Name(address.try_into().unwrap());
        ca.leaf_with("x", named(&[dns("a.example.com"), san]))
    };
    assert_eq!(failures(&judged(&[&leaf("a@example.com"), &ca, &root])), []);
    refused(&[&leaf("a@example.org"), &ca, &root], 0, Rule::NameConstraintViolated);
    let in_subject = ca.leaf_with("a.example.com", |p| {
        let email = DnType::CustomDnType(vec![1, 2, 840, 113_549, 1, 9, 1]);
        p.distinguished_name.push(email, DnValue::Ia5String("a@example.org".try_into().unwrap()));
    });
    let text = refused(&[&in_subject, &ca, &root], 0, Rule::NameConstraintViolated);
    assert!(text.starts_with("e-mail address a@example.org is outside"), "{text}");
}

/// An SmtpUTF8Mailbox is bound by constraints on e-mail addresses (RFC 9598 §6); OpenSSL refuses, too.
///
/// ```text
/// ═ Root ─→ CA (permits example.com e-mail) ─→ leaf (otherName SmtpUTF8Mailbox)
/// ```
#[test]
fn utf8_mailboxes() {
    let root = root("Root");
    let ca = root.ca_with("CA", with(constraints(&[(EMAIL, b"example.com")], &[])));
    let leaf = |address: &str| {
        let mailbox = rcgen::OtherNameValue::Utf8String(address.into());
        let san = SanType::OtherName((vec![1, 3, 6, 1, 5, 5, 7, 8, 9], mailbox));
        ca.leaf_with("x", named(&[dns("a.example.com"), san]))
    };
    accepted(&[&leaf("jörg@example.com"), &ca, &root]);
    let text = refused(&[&leaf("jörg@example.org"), &ca, &root], 0, Rule::NameConstraintViolated);
    assert_eq!(text, "e-mail address jörg@example.org is outside what \"CA\" permits: example.com (nameConstraints)");
}

/// ```text
/// ═ Root ─→ CA (permits URIs of .example.com) ─→ leaf
/// ```
#[test]
fn uris() {
    let root = root("Root");
    let ca = root.ca_with("CA", with(constraints(&[(URI, b".example.com")], &[])));
    let leaf = |uri: &str| ca.leaf_with("x", named(&[dns("a.example.com"), SanType::URI(uri.try_into().unwrap())]));
    assert_eq!(failures(&judged(&[&leaf("spiffe://a.example.com/x"), &ca, &root])), []);
    refused(&[&leaf("spiffe://a.example.org/x"), &ca, &root], 0, Rule::NameConstraintViolated);
    let text = refused(&[&leaf("urn:a:b"), &ca, &root], 0, Rule::NameConstraintViolated);
    assert!(text.starts_with("URI urn:a:b is malformed"), "{text}");
}

/// ```text
/// ═ Root ─→ CA (constrains otherName) ─→ leaf with an otherName, and one without
/// ```
#[test]
fn forms_that_cannot_be_compared_are_refused_where_they_occur() {
    let root = root("Root");
    let upn = [6, 2, 0x2a, 3, 0xa0, 2, 0x0c, 0];
    let ca = root.ca_with("CA", with(constraints(&[], &[(OTHER, &upn)])));
    let san = SanType::OtherName((vec![1, 2, 3], rcgen::OtherNameValue::Utf8String("a".into())));
    let other = ca.leaf_with("x", named(&[dns("a.example.com"), san]));
    let text = refused(&[&other, &ca, &root], 0, Rule::NameConstraintViolated);
    assert!(text.starts_with("otherName is of a form that cannot be compared"), "{text}");
    accepted(&[&ca.leaf("a.example.com"), &ca, &root]);
    // An ediPartyName without its partyName: OpenSSL cannot read the extension that holds it.
    const EDI: u8 = 0xa5;
    let party = [0xa1, 3, 0x0c, 1, b'x'];
    for (name, refuses) in [(&party[..], false), (&[][..], true)] {
        let ca = root.ca_with("CA", with(constraints(&[(EDI, name)], &[])));
        let judgement = judged(&[&ca.leaf("a.example.com"), &ca, &root]);
        let malformed = failures(&judgement).contains(&(1, Rule::MalformedCertificate));
        assert_eq!(malformed, refuses, "{judgement:?}");
    }
}

/// ```text
/// ═ Root ─→ Top (permits O=Acme) ─→ Middle (O=Bcme) ─→ leaf (O=Acme)
/// ═ Root ─→ Top (permits O=Acme; CN=Top) ─→ Top (self-issued) ─→ leaf (O=Acme)
/// ```
#[test]
fn intermediates_are_constrained_unless_self_issued() {
    let root = root("Root");
    let acme = name_der(organisation("Acme".into()));
    let top = root.ca_with("Top", with(constraints(&[(DIRECTORY, &acme)], &[])));
    let middle = top.ca_with("Middle", |p| p.distinguished_name = organisation("Bcme".into()));
    let in_acme = |p: &mut CertificateParams| p.distinguished_name = organisation("Acme".into());
    refused(&[&middle.leaf_with("a.example", in_acme), &middle, &top, &root], 1, Rule::NameConstraintViolated);
    assert!(!constraints_allow(&top.certificate, &middle.certificate, false));

    let rollover = top.ca("Top");
    assert!(constraints_allow(&top.certificate, &rollover.certificate, false));
    assert!(!constraints_allow(&top.certificate, &rollover.certificate, true));
    let leaf = rollover.leaf_with("a.example", in_acme);
    assert_eq!(failures(&judged(&[&leaf, &rollover, &top, &root])), []);
}

/// A CA with 600 constraints above a leaf of 600 names asks for 360 000 comparisons.
#[test]
fn comparisons_of_a_path_are_bounded() {
    let root = root("Root");
    let bases: Vec<Vec<u8>> = (0..600).map(|n| format!("x{n}.example").into_bytes()).collect();
    let bases: Vec<(u8, &[u8])> = bases.iter().map(|b| (DNS, b.as_slice())).collect();
    let ca = root.ca_with("CA", with(constraints(&[], &bases)));
    let names: Vec<SanType> = (0..600).map(|n| dns(&format!("y{n}.example"))).collect();
    let leaf = ca.leaf_with("x", named(&names));
    let text = refused(&[&leaf, &ca, &root], 0, Rule::NameConstraintViolated);
    assert!(text.contains("more than 250000 comparisons"), "{text}");
    let few = ca.leaf_with("x", named(&names[..400]));
    accepted(&[&few, &ca, &root]);
}

/// A message lists four subtrees, then how many more there are.
#[test]
fn long_lists_are_cut() {
    let root = root("Root");
    let bases: Vec<Vec<u8>> = (0..6).map(|n| format!("x{n}.example").into_bytes()).collect();
    let bases: Vec<(u8, &[u8])> = bases.iter().map(|b| (DNS, b.as_slice())).collect();
    let ca = root.ca_with("CA", with(constraints(&bases, &[])));
    let text = refused(&[&ca.leaf("y.example"), &ca, &root], 0, Rule::NameConstraintViolated);
    let list = "x0.example, x1.example, x2.example, x3.example, and 2 more";
    assert_eq!(text, format!("DNS name y.example is outside what \"CA\" permits: {list} (nameConstraints)"));
}

/// A subtree that cannot be read makes the CA malformed, whatever stands below.
#[test]
fn unreadable_subtrees_are_malformed() {
    let root = root("Root");
    let ca = root.ca_with("CA", with(constraints(&[], &[(DNS, &[0xff, 0xfe])])));
    let leaf = ca.leaf_with("a.example", |p| p.subject_alt_names.clear());
    assert!(failures(&judged(&[&leaf, &ca, &root])).contains(&(1, Rule::MalformedCertificate)));
}

/// ```text
/// ═ Root ─→ CA (permits a.example, with a minimum or maximum) ─→ a.example
/// ```
#[test]
fn subtrees_have_no_minimum_or_maximum() {
    let root = root("Root");
    let ca = |bounds: &[u8]| {
        let base = [tlv(0x82, b"a.example"), bounds.to_vec()].concat();
        let value = tlv(0x30, &tlv(0xa0, &tlv(0x30, &base)));
        root.ca_with("CA", |p| p.custom_extensions = vec![extension(&[2, 5, 29, 30], true, &value)])
    };
    for bounds in [&[0x80, 1, 1][..], &[0x81, 1, 5], &[0x80, 1, 0, 0x81, 1, 0]] {
        let ca = ca(bounds);
        let text = refused(&[&ca.leaf("a.example"), &ca, &root], 1, Rule::MalformedCertificate);
        assert_eq!(text, "nameConstraints has a subtree with a minimum or maximum");
    }
    // The default, written out, is one of webpki's gaps.
    let ca = ca(&[0x80, 1, 0]);
    assert_eq!(failures(&judged(&[&ca.leaf("a.example"), &ca, &root])), []);
}

/// ```text
/// ═ Root ─→ CA (permits DNS a.example) ─→ CN www.b.example, no DNS name
/// ```
#[test]
fn a_common_name_counts_where_there_is_no_dns_name() {
    let root = root("Root");
    let permit = tlv(0x30, &tlv(0xa0, &tlv(0x30, &tlv(0x82, b"a.example"))));
    let ca = root.ca_with("CA", |p| p.custom_extensions = vec![extension(&[2, 5, 29, 30], true, &permit)]);
    let leaf = |common_name: &str, san: &[SanType]| {
        ca.leaf_with("a.example", |p| {
            p.subject_alt_names = san.to_vec();
            p.distinguished_name = name_of(common_name);
        })
    };
    let address = SanType::IpAddress("10.0.0.1".parse().unwrap());
    for san in [&[][..], std::slice::from_ref(&address)] {
        let text = refused(&[&leaf("www.b.example", san), &ca, &root], 0, Rule::NameConstraintViolated);
        assert_eq!(text, "common name www.b.example is outside what \"CA\" permits: a.example (nameConstraints)");
        for good in ["www.a.example", "Device 17", "device-17", "10.0.0.1"] {
            assert_eq!(failures(&judged(&[&leaf(good, san), &ca, &root])), [], "{good}");
        }
    }
    accepted(&[&leaf("www.b.example", &[dns("a.example")]), &ca, &root]);
    // Every common name counts, not the last alone.
    let several = ca.leaf_with("a.example", |p| {
        p.subject_alt_names = vec![address];
        p.distinguished_name = two_common_names("www.b.example", "www.a.example");
    });
    let text = refused(&[&several, &ca, &root], 0, Rule::NameConstraintViolated);
    assert!(text.starts_with("common name www.b.example is outside"), "{text}");
}

/// rcgen keeps one attribute of a type; a second stands under the same OID as a custom one.
fn two_common_names(first: &str, second: &str) -> DistinguishedName {
    let mut name = name_of(first);
    name.push(DnType::CustomDnType(vec![2, 5, 4, 3]), second);
    name
}
