//! The host that the leaf must be valid for, and leaves without any.

use rcgen::SanType;

use super::pki::*;
use crate::rules::Rule;
use crate::verify::{Context, Host, Purpose, Signatures, host_matches, judge};

fn host(text: &str) -> Host {
    text.parse().unwrap()
}

#[test]
fn leaf_is_valid_for_its_names_only() {
    let root = root("Root");
    let leaf = root.leaf_with("shop.example", |p| {
        p.subject_alt_names.push(SanType::DnsName("*.cdn.shop.example".try_into().unwrap()));
        p.subject_alt_names.push(SanType::IpAddress([192, 0, 2, 7].into()));
        p.subject_alt_names.push(SanType::IpAddress("2001:db8::7".parse().unwrap()));
    });
    for (name, good) in [
        ("shop.example", true),
        ("SHOP.example.", true),
        ("a.cdn.shop.example", true),
        ("cdn.shop.example", false),
        ("www.shop.example", false),
        ("192.0.2.7", true),
        ("192.0.2.8", false),
        ("[2001:db8::7]", true),
    ] {
        assert_eq!(host_matches(&leaf.certificate, &host(name)), good, "{name}");
    }
    let context = Context { host: Some(host("www.shop.example")), ..now() };
    let judgement = judge(&path(&[&leaf, &root]), &context, &Signatures::default());
    assert_eq!(failures(&judgement), [(0, Rule::HostMismatch)]);
    assert_eq!(
        message(&judgement),
        "is not valid for www.shop.example; it is for shop.example, *.cdn.shop.example, 192.0.2.7, 2001:db8::7"
    );
    let context = Context { host: Some(host("shop.example")), ..now() };
    assert!(judge(&path(&[&leaf, &root]), &context, &Signatures::default()).accepted());
}

/// The common name is no substitute (RFC 9525 §6.3), and a server's leaf without names is noted.
#[test]
fn common_name_is_no_host() {
    let root = root("Root");
    let bare = root.leaf_with("shop.example", |p| p.subject_alt_names.clear());
    assert!(!host_matches(&bare.certificate, &host("shop.example")));
    let judgement = judged(&[&bare, &root]);
    assert_eq!((failures(&judgement), notes(&judgement)), (vec![], vec![(0, Rule::NoSan)]));
    let mail = root.leaf_with("shop.example", |p| {
        p.subject_alt_names = vec![SanType::Rfc822Name("a@shop.example".try_into().unwrap())];
    });
    assert_eq!(notes(&judged(&[&mail, &root])), [(0, Rule::NoSan)]);
    // A client needs none.
    let context = Context { purpose: Purpose::Client, ..now() };
    let judgement = judge(&path(&[&bare, &root]), &context, &Signatures::default());
    assert_eq!((failures(&judgement), notes(&judgement)), (vec![], vec![]));
}

/// A message lists five names, then how many more there are.
#[test]
fn long_lists_are_cut() {
    let root = root("Root");
    let leaf = root.leaf_with("a0.example", |p| {
        p.subject_alt_names = (0..8).map(|n| SanType::DnsName(format!("a{n}.example").try_into().unwrap())).collect();
    });
    let context = Context { host: Some(host("b.example")), ..now() };
    let judgement = judge(&path(&[&leaf, &root]), &context, &Signatures::default());
    let list = "a0.example, a1.example, a2.example, a3.example, a4.example and 3 more";
    assert_eq!(message(&judgement), format!("is not valid for b.example; it is for {list}"));
}
