//! Which certificate of a bundle is the leaf.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::cert::{Certificate, Fields, Fingerprint, FingerprintPrefix, NameKey};

/// Of a bundle with so many certificates at most, what is read here is kept: the search and the
/// verdict ask for it again. In larger ones most are strangers that nobody asks for again, and a pool
/// of ten thousand has no room for it.
const MAX_KEPT: usize = 64;

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
    let kept = all.len() <= MAX_KEPT;
    let glance = |c: &Certificate| c.glance(|fields| Traits::of(fields).into_owned());
    let traits: Vec<Traits<'_>> = all.iter().map(|c| if kept { Traits::of(c.fields()) } else { glance(c) }).collect();
    let mut issued = Issued::default();
    all.iter().zip(&traits).for_each(|(certificate, traits)| issued.add(certificate.issuer_key(), traits));
    let ends = all.iter().zip(&traits).filter(|(c, traits)| !traits.is_authority && !issues_any(c, traits, &issued));
    let ends: Vec<Arc<Certificate>> = ends.map(|(c, _)| c.clone()).collect();
    // A self-signed certificate beside one that is not is a root of the old kind, without extensions.
    let by_others: Vec<Arc<Certificate>> = ends.iter().filter(|c| !c.is_self_issued()).cloned().collect();
    let candidates = match by_others.is_empty() {
        true if holds_roots(&all, &traits) && !ends.iter().any(|c| (wanted.owns_key)(c) == Some(true)) => Vec::new(),
        true => ends,
        false => by_others,
    };
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

/// What tells whether a certificate issues another; looked at in every certificate of the input.
struct Traits<'a> {
    /// A CA by its own word: basicConstraints, or, where that is missing, the right to sign certificates.
    is_authority: bool,
    /// A CA, or, as before there was basicConstraints (X.509 v1), nothing that says otherwise.
    may_be_root: bool,
    own_key_id: Option<Cow<'a, [u8]>>,
    issuer_key_id: Option<Cow<'a, [u8]>>,
}

impl<'a> Traits<'a> {
    fn of(fields: &'a Fields) -> Self {
        Self {
            is_authority: match fields.basic_constraints {
                Some(constraints) => constraints.ca,
                None => fields.key_usage.is_some_and(|usage| usage.key_cert_sign()),
            },
            may_be_root: fields.basic_constraints.is_none_or(|constraints| constraints.ca),
            own_key_id: fields.subject_key_id.as_deref().map(Cow::Borrowed),
            issuer_key_id: fields.issuer_key_id().map(Cow::Borrowed),
        }
    }

    /// The same, whatever becomes of the certificate's fields.
    fn into_owned(self) -> Traits<'static> {
        let owned = |id: Cow<'_, [u8]>| Cow::Owned(id.into_owned());
        let (own_key_id, issuer_key_id) = (self.own_key_id.map(owned), self.issuer_key_id.map(owned));
        Traits { own_key_id, issuer_key_id, ..self }
    }

    /// Whether `child`'s key identifier, if both have one, does not speak against this one as issuer.
    fn may_issue(&self, child: &Self) -> bool {
        !matches!((&child.issuer_key_id, &self.own_key_id), (Some(wanted), Some(own)) if wanted != own)
    }
}

/// How many certificates name an issuer; and how many of them with this key identifier, or with none.
#[derive(Default)]
struct Issued<'a> {
    all: HashMap<&'a NameKey, usize>,
    by_key_id: HashMap<(&'a NameKey, Option<&'a [u8]>), usize>,
}

impl<'a> Issued<'a> {
    fn add(&mut self, issuer: &'a NameKey, child: &'a Traits) {
        *self.all.entry(issuer).or_default() += 1;
        *self.by_key_id.entry((issuer, child.issuer_key_id.as_deref())).or_default() += 1;
    }

    fn by(&self, name: &'a NameKey, issuer: &'a Traits) -> usize {
        let with = |id| self.by_key_id.get(&(name, id)).copied().unwrap_or_default();
        match issuer.own_key_id.as_deref() {
            Some(id) => with(Some(id)) + with(None),
            None => self.all.get(name).copied().unwrap_or_default(),
        }
    }
}

/// Whether two certificates or more are roots, which no chain has: of what nobody issued nothing is a leaf
/// then. Lists of roots hold some of the old kind, and self-signed servers that were added to be trusted.
fn holds_roots(all: &[Arc<Certificate>], traits: &[Traits]) -> bool {
    all.iter().zip(traits).filter(|(c, traits)| c.is_self_issued() && traits.may_be_root).nth(1).is_some()
}

/// Whether another certificate names this one as its issuer, and no key identifier speaks against it.
fn issues_any<'a>(certificate: &'a Certificate, traits: &'a Traits, issued: &Issued<'a>) -> bool {
    let itself = certificate.is_self_issued() && traits.may_issue(traits);
    issued.by(&certificate.entity().subject, traits) > usize::from(itself)
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
