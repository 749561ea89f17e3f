//! Certificate policies: RFC 5280 §6.1 with the graph of RFC 9618, any policy being good enough.

use rcgen::{CertificateParams, CustomExtension};

use super::pki::*;
use crate::cert::der::tag;
use crate::rules::Rule;

/// The DER of 2.999.N (0 is anyPolicy).
fn policy(n: u8) -> Vec<u8> {
    match n {
        0 => tlv(tag::OID, &[0x55, 0x1d, 0x20, 0x00]),
        n => tlv(tag::OID, &[0x88, 0x37, n]),
    }
}

fn policies(list: &[u8]) -> CustomExtension {
    let information: Vec<u8> = list.iter().flat_map(|n| tlv(tag::SEQUENCE, &policy(*n))).collect();
    extension(&[2, 5, 29, 32], false, &tlv(tag::SEQUENCE, &information))
}

fn mappings(list: &[(u8, u8)]) -> CustomExtension {
    let pairs = list.iter().flat_map(|(from, to)| tlv(tag::SEQUENCE, &[policy(*from), policy(*to)].concat()));
    extension(&[2, 5, 29, 33], false, &tlv(tag::SEQUENCE, &pairs.collect::<Vec<_>>()))
}

/// requireExplicitPolicy and inhibitPolicyMapping.
fn constraints(explicit: Option<&[u8]>, mapping: Option<&[u8]>) -> CustomExtension {
    let part = |tag: u8, value: Option<&[u8]>| value.map(|value| tlv(tag, value)).unwrap_or_default();
    extension(&[2, 5, 29, 36], false, &tlv(tag::SEQUENCE, &[part(0x80, explicit), part(0x81, mapping)].concat()))
}

fn require(skip: u8) -> CustomExtension {
    constraints(Some(&[skip]), None)
}

fn inhibit_any(skip: u8) -> CustomExtension {
    extension(&[2, 5, 29, 54], false, &tlv(tag::INTEGER, &[skip]))
}

/// Whether a path is accepted whose certificates, from the topmost CA to the leaf, have these
/// extensions; else the position and message of the failure.
fn judge_path(extensions: &[&[CustomExtension]]) -> Result<(), (usize, String)> {
    let (leaf, cas) = extensions.split_last().unwrap();
    let with = |list: &[CustomExtension]| {
        let list = list.to_vec();
        move |p: &mut CertificateParams| p.custom_extensions.extend(list)
    };
    let mut made = vec![root("Root")];
    for (depth, list) in cas.iter().enumerate() {
        let ca = made.last().unwrap().ca_with(&format!("CA {depth}"), with(list));
        made.push(ca);
    }
    let leaf = made.last().unwrap().leaf_with("shop.example", with(leaf));
    made.push(leaf);
    let path: Vec<&Made> = made.iter().rev().collect();
    let judgement = judged(&path);
    match judgement.failures.as_slice() {
        [] => Ok(()),
        [only] if only.fault.rule == Rule::PolicyRejected => Err((only.position, only.fault.message.clone())),
        other => panic!("{other:?}"),
    }
}

/// ```text
/// ═ Root ─→ CA 0 ─→ CA 1 ─→ shop.example     policies that nobody asks for
/// ```
#[test]
fn policies_decide_nothing_until_one_is_required() {
    assert_eq!(judge_path(&[&[policies(&[1])], &[policies(&[2])], &[policies(&[3])]]), Ok(()));
    assert_eq!(judge_path(&[&[policies(&[1])], &[], &[policies(&[3]), inhibit_any(0)]]), Ok(()));
}

/// ```text
/// ═ Root ─→ CA 0 (requires one) ─→ CA 1 ─→ shop.example
/// ```
#[test]
fn a_required_policy_holds_down_to_the_leaf() {
    let one = || policies(&[1]);
    assert_eq!(judge_path(&[&[one(), require(0)], &[policies(&[2, 1])], &[one()]]), Ok(()));
    assert_eq!(judge_path(&[&[policies(&[0]), require(0)], &[policies(&[0])], &[policies(&[7])]]), Ok(()));

    let (at, message) = judge_path(&[&[one(), require(0)], &[one()], &[policies(&[2])]]).unwrap_err();
    assert_eq!(at, 0);
    assert_eq!(
        message,
        "has no policy (certificatePolicies) that all certificates above it allow, as \"CA 0\" requires"
    );
    let (at, message) = judge_path(&[&[one(), require(0)], &[], &[one()]]).unwrap_err();
    assert_eq!((at, message.as_str()), (1, "has no certificatePolicies, as \"CA 0\" requires"));
    // The one that requires it may itself be the one without.
    assert_eq!(judge_path(&[&[require(0)], &[one()], &[one()]]).unwrap_err().0, 1);
}

/// §6.1.4 (h) and (i), §6.1.5 (a) and (b): a number of certificates may stand between.
#[test]
fn certificates_may_be_skipped() {
    let bare = |skip: u8| judge_path(&[&[require(skip)], &[], &[]]);
    assert_eq!(bare(0).unwrap_err().0, 1);
    assert_eq!(bare(1).unwrap_err().0, 0);
    // The leaf itself counts as one in the end (§6.1.5 (a)).
    assert_eq!(bare(2).unwrap_err().0, 0);
    assert_eq!(bare(3), Ok(()));
    // A lower CA cannot loosen it, and can tighten it.
    assert_eq!(judge_path(&[&[require(1)], &[require(9)], &[]]).unwrap_err().0, 0);
    assert_eq!(judge_path(&[&[require(9)], &[require(0)], &[]]).unwrap_err().0, 0);
    // The leaf's own requirement counts only where it is 0.
    assert_eq!(judge_path(&[&[], &[], &[require(0)]]).unwrap_err().0, 0);
    assert_eq!(judge_path(&[&[], &[], &[require(1)]]), Ok(()));
    // Numbers that are no number of certificates.
    let far = constraints(Some(&[0x7f; 20]), None);
    assert_eq!(judge_path(&[&[far], &[], &[]]), Ok(()));
    assert_eq!(judge_path(&[&[constraints(Some(&[0xff]), None)], &[], &[]]), Ok(()));
}

/// ```text
/// ═ Root ─→ CA 0 (1 means 2 below) ─→ CA 1 ─→ shop.example
/// ```
#[test]
fn a_policy_may_be_mapped() {
    let mapped = |leaf: u8| {
        judge_path(&[&[policies(&[1]), require(0), mappings(&[(1, 2)])], &[policies(&[2, 1])], &[policies(&[leaf])]])
    };
    assert_eq!(mapped(2), Ok(()));
    assert_eq!(mapped(1).unwrap_err().0, 0, "mapped away");
    // anyPolicy above stands for the policy that is mapped.
    let any = |leaf: u8| judge_path(&[&[policies(&[0]), require(0), mappings(&[(1, 2)])], &[policies(&[leaf])]]);
    assert_eq!(any(2), Ok(()));
    // Several to one, one to several.
    let lists = &[(1, 2), (1, 3), (4, 3)];
    assert_eq!(judge_path(&[&[policies(&[1]), require(0), mappings(lists)], &[policies(&[3])]]), Ok(()));
    assert_eq!(judge_path(&[&[policies(&[5]), require(0), mappings(lists)], &[policies(&[3])]]).unwrap_err().0, 0);
    // Inhibited from the next certificate on: what is mapped there is no policy any more.
    let top = [policies(&[1]), constraints(Some(&[0]), Some(&[0]))];
    assert_eq!(
        judge_path(&[&top, &[policies(&[1]), mappings(&[(1, 2)])], &[policies(&[2])]]).unwrap_err().0,
        0,
        "mapping is inhibited"
    );
    assert_eq!(judge_path(&[&top, &[policies(&[1])], &[policies(&[1])]]), Ok(()));
}

/// §6.1.4 (a), whether or not anybody requires a policy.
#[test]
fn any_policy_is_not_mapped() {
    for pair in [(1, 0), (0, 1)] {
        let (at, message) = judge_path(&[&[policies(&[0]), mappings(&[pair])], &[policies(&[1])]]).unwrap_err();
        assert_eq!(
            (at, message.as_str()),
            (1, "maps policies from or to anyPolicy (policyMappings), which is not allowed")
        );
    }
}

/// §6.1.3 (d)(2) and §6.1.4 (j): anyPolicy counts until it is inhibited.
#[test]
fn any_policy_may_be_inhibited() {
    let top = |skip: u8| [policies(&[1]), require(0), inhibit_any(skip)];
    assert_eq!(judge_path(&[&top(0), &[policies(&[0])], &[policies(&[1])]]).unwrap_err().0, 1);
    assert_eq!(judge_path(&[&top(1), &[policies(&[0])], &[policies(&[1])]]), Ok(()));
    assert_eq!(judge_path(&[&top(1), &[policies(&[1])], &[policies(&[0])]]).unwrap_err().0, 0);
    assert_eq!(judge_path(&[&top(2), &[policies(&[0])], &[policies(&[0])]]), Ok(()));
}

/// ```text
/// ═ Root ─→ CA 0 (inhibits anyPolicy) ─→ CA 0 (self-issued, anyPolicy) ─→ shop.example
/// ```
///
/// A self-issued CA certificate counts for nothing (§6.1.4 (h)) and may still say anyPolicy; a
/// self-issued leaf may not.
#[test]
fn self_issued_certificates_are_exempt() {
    let add = |list: Vec<CustomExtension>| move |p: &mut CertificateParams| p.custom_extensions.extend(list);
    let root = root("Root");
    let upper = root.ca_with("CA", add(vec![policies(&[1]), require(0), inhibit_any(0)]));
    let lower = upper.ca_with("CA", add(vec![policies(&[0])]));
    let leaf = lower.leaf_with("shop.example", add(vec![policies(&[1])]));
    assert_eq!(failures(&judged(&[&leaf, &lower, &upper, &root])), []);
    let leaf = upper.leaf_with("CA", add(vec![policies(&[0])]));
    assert_eq!(failures(&judged(&[&leaf, &upper, &root])), [(0, Rule::PolicyRejected)]);
}

/// RFC 9618 was written because the tree of RFC 5280 grows with the product of the mappings: here it
/// would have 4000 to the power of 4 nodes, and this test no end.
#[test]
fn the_work_is_linear() {
    let oid = |n: u16| tlv(tag::OID, &[0x88, 0x37, 0x80 | (n >> 7) as u8, (n & 0x7f) as u8]);
    let many = |f: &dyn Fn(u16) -> Vec<u8>| -> Vec<u8> { (1..4000).flat_map(|n| tlv(tag::SEQUENCE, &f(n))).collect() };
    let policies = extension(&[2, 5, 29, 32], false, &tlv(tag::SEQUENCE, &many(&oid)));
    let mapping = many(&|n| [oid(1), oid(n)].concat());
    let mappings = extension(&[2, 5, 29, 33], false, &tlv(tag::SEQUENCE, &mapping));
    let ca = [policies.clone(), mappings, require(0)];
    let path = [&ca[..], &ca, &ca, &ca, &[policies]];
    assert_eq!(judge_path(&path), Ok(()));
}
