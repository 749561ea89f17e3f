//! Certificate policies: RFC 5280 §6.1 with the graph of RFC 9618, for an initial set of
//! any-policy.
//!
//! Everything that a caller could ask for stands at its most permissive: any policy will do, mapping
//! and anyPolicy are allowed, no explicit policy is required. Then only two things refuse a path: a
//! CA that requires an explicit policy (requireExplicitPolicy) above certificates that have none in
//! common, and a mapping from or to anyPolicy.
//!
//! With that initial set RFC 9618 asks only whether the graph is empty, never which node hangs on
//! which: a node stands at depth *i* only below one at *i* - 1, and pruning takes none from the
//! lowest level. So the lowest level is all that is kept, and the work is linear in the policies.

use std::collections::{HashMap, HashSet};

use super::{Failure, Fault};
use crate::cert::der::{Walk, tag};
use crate::cert::{Certificate, oid};
use crate::rules::Rule;

/// anyPolicy, 2.5.29.32.0 (§4.2.1.4), the content of its DER.
const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];

/// The lowest level of the valid_policy_graph: each valid_policy with its expected_policy_set, as
/// the contents of their object identifiers.
type Level<'a> = HashMap<&'a [u8], Vec<&'a [u8]>>;

/// What is carried from a certificate to the one below it (§6.1.2 (a), (d), (e), (f)).
struct State<'a> {
    /// The lowest level; empty stands for a graph that is NULL.
    level: Level<'a>,
    /// How many non-self-issued certificates may follow before one needs a valid policy.
    explicit_policy: usize,
    /// The same, until policies are no longer mapped.
    policy_mapping: usize,
    /// The same, until anyPolicy no longer counts.
    inhibit_any_policy: usize,
    /// Whose requireExplicitPolicy counts.
    required_by: Option<&'a Certificate>,
}

/// The first breach of the policies on a path, `certificates` being those from the leaf to the one
/// below the anchor. The fault is that of the certificate where it shows.
pub(super) fn breach(certificates: &[&Certificate]) -> Option<Failure> {
    if !certificates.iter().any(|certificate| speaks_of_policies(certificate)) {
        return None;
    }
    let n = certificates.len();
    let mut state = State {
        level: Level::from([(ANY_POLICY, vec![ANY_POLICY])]),
        explicit_policy: n + 1,
        policy_mapping: n + 1,
        inhibit_any_policy: n + 1,
        required_by: None,
    };
    for (position, certificate) in certificates.iter().enumerate().rev() {
        let is_last = position == 0;
        state.descend(certificate, is_last);
        let mut fault = state.fault(certificate);
        if !is_last {
            fault = fault.or_else(|| state.prepare(certificate));
        } else if fault.is_none() {
            state.wrap_up(certificate);
            fault = state.fault(certificate);
        }
        if let Some(fault) = fault {
            return Some(Failure { position, fault });
        }
    }
    None
}

/// Whether a certificate has an extension that can refuse a path.
fn speaks_of_policies(certificate: &Certificate) -> bool {
    let extensions = &certificate.fields().extensions;
    extensions.iter().any(|e| e.oid == oid::POLICY_CONSTRAINTS || e.oid == oid::POLICY_MAPPINGS)
}

impl<'a> State<'a> {
    /// §6.1.3 (d) and (e): the next level of the graph.
    fn descend(&mut self, certificate: &'a Certificate, is_last: bool) {
        let Some(policies) = policies(certificate) else { return self.level.clear() };
        let any = self.level.contains_key(ANY_POLICY);
        let expected: HashSet<&[u8]> = self.level.values().flatten().copied().collect();
        // (d)(1)
        let named = policies.iter().filter(|p| **p != ANY_POLICY && (any || expected.contains(*p)));
        let mut level: Level<'a> = named.map(|policy| (*policy, vec![*policy])).collect();
        // (d)(2)
        let counts = self.inhibit_any_policy > 0 || (!is_last && certificate.is_self_issued());
        if counts && policies.contains(&ANY_POLICY) {
            for policy in expected {
                level.entry(policy).or_insert_with(|| vec![policy]);
            }
        }
        self.level = level;
    }

    /// §6.1.3 (f) and §6.1.5 (g): where an explicit policy is required, one must be valid.
    fn fault(&self, certificate: &Certificate) -> Option<Fault> {
        if self.explicit_policy > 0 || !self.level.is_empty() {
            return None;
        }
        let by = self.required_by.map_or_else(String::new, |by| format!(", as \"{}\" requires", by.short_name()));
        let message = match policies(certificate) {
            None => format!("has no certificatePolicies{by}"),
            Some(_) => format!("has no policy (certificatePolicies) that all certificates above it allow{by}"),
        };
        Some(Fault::new(Rule::PolicyRejected, message))
    }

    /// §6.1.4 (a), (b), (h), (i) and (j).
    fn prepare(&mut self, certificate: &'a Certificate) -> Option<Fault> {
        let mappings = mappings(certificate);
        if mappings.iter().any(|(from, to)| *from == ANY_POLICY || *to == ANY_POLICY) {
            let message = "maps policies from or to anyPolicy (policyMappings), which is not allowed";
            return Some(Fault::new(Rule::PolicyRejected, message));
        }
        self.map(&mappings);
        if !certificate.is_self_issued() {
            for counter in [&mut self.explicit_policy, &mut self.policy_mapping, &mut self.inhibit_any_policy] {
                *counter = counter.saturating_sub(1);
            }
        }
        let constraints = constraints(certificate);
        if let Some(skip) = constraints.require_explicit_policy {
            self.require_explicit(skip, certificate);
        }
        if let Some(skip) = constraints.inhibit_policy_mapping {
            self.policy_mapping = self.policy_mapping.min(skip);
        }
        if let Some(skip) = inhibit_any_policy(certificate) {
            self.inhibit_any_policy = self.inhibit_any_policy.min(skip);
        }
        None
    }

    /// §6.1.4 (b): what is expected below a mapped policy is what it was mapped to.
    fn map(&mut self, mappings: &[(&'a [u8], &'a [u8])]) {
        let mut to: Level<'a> = Level::new();
        for (issuer_domain, subject_domain) in mappings {
            to.entry(issuer_domain).or_default().push(subject_domain);
        }
        let any = self.level.contains_key(ANY_POLICY);
        for (policy, expected) in to {
            if self.policy_mapping == 0 {
                self.level.remove(policy);
            } else if any || self.level.contains_key(policy) {
                self.level.insert(policy, expected);
            }
        }
    }

    /// §6.1.5 (a) and (b).
    fn wrap_up(&mut self, certificate: &'a Certificate) {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        if constraints(certificate).require_explicit_policy == Some(0) {
            self.require_explicit(0, certificate);
        }
    }

    fn require_explicit(&mut self, skip: usize, by: &'a Certificate) {
        if skip < self.explicit_policy {
            (self.explicit_policy, self.required_by) = (skip, Some(by));
        }
    }
}

fn extension<'a>(certificate: &'a Certificate, dotted: &str) -> Option<&'a [u8]> {
    let extensions = certificate.fields().extensions.iter();
    extensions.filter(|e| e.oid == dotted).map(|e| e.value.as_slice()).next()
}

/// The elements of a SEQUENCE in `der`, as far as they can be read.
fn elements(der: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut walk = Walk::new(der).expect(tag::SEQUENCE).map(|sequence| Walk::within(der, &sequence.body));
    std::iter::from_fn(move || {
        let element = walk.as_mut()?.next()?;
        Some((element.tag, der.get(element.body)?))
    })
}

/// certificatePolicies (§4.2.1.4): a SEQUENCE of PolicyInformation, of which the identifiers count.
/// A certificate whose policies cannot be read has none.
fn policies(certificate: &Certificate) -> Option<Vec<&[u8]>> {
    let value = extension(certificate, oid::CERTIFICATE_POLICIES)?;
    let mut walk = Walk::new(value);
    let sequence = walk.expect(tag::SEQUENCE)?;
    let mut information = Walk::within(value, &sequence.body);
    let policies = std::iter::from_fn(|| {
        let body = information.expect(tag::SEQUENCE)?.body;
        value.get(Walk::within(value, &body).expect(tag::OID)?.body)
    });
    Some(policies.collect())
}

/// What is odd about certificatePolicies without refusing a path here: they cannot be read, are none
/// (the SEQUENCE has at least one), or one stands twice (§4.2.1.4 forbids it).
pub(super) fn oddity(certificate: &Certificate) -> Option<&'static str> {
    let value = extension(certificate, oid::CERTIFICATE_POLICIES)?;
    let Some(policies) = policies(certificate).filter(|policies| elements(value).count() == policies.len()) else {
        return Some("its certificatePolicies cannot be read");
    };
    let distinct = policies.iter().collect::<HashSet<_>>().len();
    match policies.len() {
        0 => Some("its certificatePolicies are empty"),
        all => (distinct < all).then_some("names a certificate policy twice"),
    }
}

/// policyMappings (§4.2.1.5): pairs of issuerDomainPolicy and subjectDomainPolicy.
fn mappings(certificate: &Certificate) -> Vec<(&[u8], &[u8])> {
    let Some(value) = extension(certificate, oid::POLICY_MAPPINGS) else { return Vec::new() };
    let mut walk = Walk::new(value);
    let Some(sequence) = walk.expect(tag::SEQUENCE) else { return Vec::new() };
    let mut pairs = Walk::within(value, &sequence.body);
    let pairs = std::iter::from_fn(|| {
        let body = pairs.expect(tag::SEQUENCE)?.body;
        let mut pair = Walk::within(value, &body);
        Some((value.get(pair.expect(tag::OID)?.body)?, value.get(pair.expect(tag::OID)?.body)?))
    });
    pairs.collect()
}

/// policyConstraints (§4.2.1.11).
#[derive(Default)]
struct Constraints {
    require_explicit_policy: Option<usize>,
    inhibit_policy_mapping: Option<usize>,
}

/// `[0]` and `[1]`, implicitly tagged INTEGERs.
const REQUIRE_EXPLICIT_POLICY: u8 = 0x80;
const INHIBIT_POLICY_MAPPING: u8 = 0x81;

fn constraints(certificate: &Certificate) -> Constraints {
    let mut constraints = Constraints::default();
    for (tag, body) in elements(extension(certificate, oid::POLICY_CONSTRAINTS).unwrap_or_default()) {
        match tag {
            REQUIRE_EXPLICIT_POLICY => constraints.require_explicit_policy = skip_certs(body),
            INHIBIT_POLICY_MAPPING => constraints.inhibit_policy_mapping = skip_certs(body),
            _ => {}
        }
    }
    constraints
}

/// inhibitAnyPolicy (§4.2.1.14): an INTEGER.
fn inhibit_any_policy(certificate: &Certificate) -> Option<usize> {
    let value = extension(certificate, oid::INHIBIT_ANY_POLICY)?;
    skip_certs(value.get(Walk::new(value).expect(tag::INTEGER)?.body)?)
}

/// SkipCerts, the content of an INTEGER from 0 on; what is larger than any path is as good as
/// `usize::MAX`, what is negative or empty is none.
fn skip_certs(body: &[u8]) -> Option<usize> {
    if body.first()? & 0x80 != 0 {
        return None;
    }
    Some(body.iter().fold(0usize, |number, byte| {
        number.checked_mul(256).and_then(|high| high.checked_add(usize::from(*byte))).unwrap_or(usize::MAX)
    }))
}
