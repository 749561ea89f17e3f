//! Which certificate of a bundle is the leaf.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::cert::{Certificate, Fingerprint, FingerprintPrefix, NameKey};

/// What is known about the leaf beforehand.
pub struct Wanted<'a> {
    /// `--leaf`: the start of its fingerprint.
    pub fingerprint: Option<&'a FingerprintPrefix>,
    /// Whether a private key at hand belongs to it; `None` where there is no key or it can't tell.
    pub owns_key: &'a dyn Fn(&Certificate) -> Option<bool>,
    /// Whether that key was named (`--key`) rather than found in the input.
    pub key_is_named: bool,
    /// Whether it is valid for the host that was asked for; `None` where none was.
    pub serves_host: &'a dyn Fn(&Certificate) -> Option<bool>,
    /// The certificate that a live server sends first: clients take it for the leaf, whatever it is.
    pub sent_first: Option<Arc<Certificate>>,
    /// Whether the user's own roots name it.
    pub is_named_root: &'a dyn Fn(&Certificate) -> bool,
}

/// What came of looking for the leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identified {
    /// This one.
    Leaf(Arc<Certificate>),
    /// One of these, and nothing to choose by.
    Ambiguous(Vec<Arc<Certificate>>),
    /// None: a chain without its leaf, or certificates of CAs.
    None,
    /// None: only self-signed CA certificates, a trust store.
    TrustStore,
    /// No certificate has the fingerprint that was asked for.
    NoSuchFingerprint,
}

/// Finds the leaf among `certificates`: whoever issues nobody and is no CA; where there are several,
/// the one that the fingerprint, the key or the host tells.
///
/// A CA certificate is the leaf only where the fingerprint, the named key or the host tells that it is
/// meant, or where it stands alone and the user's own roots name it; and where a server sends it
/// first, and no end entity.
pub fn identify(certificates: &[Arc<Certificate>], wanted: &Wanted<'_>) -> Identified {
    let all = unique(certificates);
    if let Some(prefix) = wanted.fingerprint {
        return match all.iter().filter(|c| prefix.matches(&c.fingerprint())).cloned().collect::<Vec<_>>() {
            found if found.is_empty() => Identified::NoSuchFingerprint,
            found => one_or_ambiguous(found),
        };
    }
    let mut issued: HashMap<&NameKey, Vec<&Arc<Certificate>>> = HashMap::new();
    for certificate in &all {
        issued.entry(certificate.issuer_key()).or_default().push(certificate);
    }
    let ends: Vec<Arc<Certificate>> =
        all.iter().filter(|c| !is_authority(c) && !issues_any(c, &issued)).cloned().collect();
    // A self-signed certificate beside one that is not is a root of the old kind, without extensions.
    let by_others: Vec<Arc<Certificate>> = ends.iter().filter(|c| !c.is_self_issued()).cloned().collect();
    let candidates = if by_others.is_empty() { ends } else { by_others };
    match (candidates.len(), &wanted.sent_first) {
        (0, Some(first)) => Identified::Leaf(first.clone()),
        (0, None) => without_end_entity(&all, wanted),
        (1, _) => one_or_ambiguous(candidates),
        (_, Some(first)) if candidates.contains(first) => Identified::Leaf(first.clone()),
        _ => narrow(candidates, wanted),
    }
}

fn unique(certificates: &[Arc<Certificate>]) -> Vec<Arc<Certificate>> {
    let mut seen: HashSet<Fingerprint> = HashSet::new();
    certificates.iter().filter(|c| seen.insert(c.fingerprint())).cloned().collect()
}

/// A CA by its own word: basicConstraints, or, where that is missing, the right to sign certificates.
fn is_authority(certificate: &Certificate) -> bool {
    let fields = certificate.fields();
    match fields.basic_constraints {
        Some(constraints) => constraints.ca,
        None => fields.key_usage.is_some_and(|usage| usage.key_cert_sign()),
    }
}

/// Whether another certificate names this one as its issuer, and no key identifier speaks against it.
fn issues_any(certificate: &Arc<Certificate>, issued: &HashMap<&NameKey, Vec<&Arc<Certificate>>>) -> bool {
    let own_key = &certificate.fields().subject_key_id;
    let children = issued.get(&certificate.entity().subject).map(Vec::as_slice).unwrap_or_default();
    children.iter().any(|child| {
        let wanted = child.fields().authority_key_id.as_ref().and_then(|aki| aki.key_id.as_ref());
        let contradicts = matches!((wanted, own_key), (Some(wanted), Some(own)) if wanted != own);
        !Arc::ptr_eq(child, certificate) && !contradicts
    })
}

fn without_end_entity(all: &[Arc<Certificate>], wanted: &Wanted<'_>) -> Identified {
    if let [lone] = all
        && (wanted.is_named_root)(lone)
    {
        return Identified::Leaf(lone.clone());
    }
    let by_key = |c: &Certificate| wanted.key_is_named && (wanted.owns_key)(c) == Some(true);
    let by_host = |c: &Certificate| (wanted.serves_host)(c) == Some(true);
    for test in [&by_key as &dyn Fn(&Certificate) -> bool, &by_host] {
        let meant: Vec<_> = all.iter().filter(|c| test(c)).cloned().collect();
        if !meant.is_empty() {
            return one_or_ambiguous(meant);
        }
    }
    if !all.is_empty() && all.iter().all(|c| c.is_self_issued()) { Identified::TrustStore } else { Identified::None }
}

/// Several end entities: the key tells, then the host.
fn narrow(candidates: Vec<Arc<Certificate>>, wanted: &Wanted<'_>) -> Identified {
    let mut candidates = candidates;
    for test in [wanted.owns_key, wanted.serves_host] {
        let fitting: Vec<_> = candidates.iter().filter(|c| test(c) == Some(true)).cloned().collect();
        if !fitting.is_empty() {
            candidates = fitting;
        }
    }
    one_or_ambiguous(candidates)
}

fn one_or_ambiguous(mut found: Vec<Arc<Certificate>>) -> Identified {
    match (found.len(), found.pop()) {
        (1, Some(leaf)) => Identified::Leaf(leaf),
        (_, Some(last)) => {
            found.push(last);
            Identified::Ambiguous(found)
        }
        (_, None) => Identified::None,
    }
}
