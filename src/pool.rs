//! The certificates at hand, each once, and where each was first seen.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::cert::{Certificate, Entity, Fingerprint, NameKey};
use crate::report::{Place, Source};

/// A certificate at hand, and where it came from.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Which source had it first.
    pub source: Source,
    /// Where it stands in an input.
    pub place: Option<Place>,
    /// The URL it came from.
    pub url: Option<String>,
}

/// Every certificate once (by its DER), indexed by subject.
///
/// The order is that of arrival, so that what the input says first counts as its provenance; nothing
/// that is chosen later depends on it.
#[derive(Debug, Default)]
pub struct CertPool {
    candidates: IndexMap<Fingerprint, Candidate>,
    by_subject: HashMap<NameKey, Vec<usize>>,
}

impl CertPool {
    /// An empty pool.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a certificate; `false` where the same bytes were there before (their provenance stays).
    pub fn add(&mut self, candidate: Candidate) -> bool {
        let fingerprint = candidate.certificate.fingerprint();
        if self.candidates.contains_key(&fingerprint) {
            return false;
        }
        let subject = candidate.certificate.entity().subject.clone();
        let (index, _) = self.candidates.insert_full(fingerprint, candidate);
        self.by_subject.entry(subject).or_default().push(index);
        true
    }

    /// How many certificates there are.
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// The certificate at this index.
    pub fn get(&self, index: usize) -> Option<&Candidate> {
        self.candidates.get_index(index).map(|(_, candidate)| candidate)
    }

    /// Its index, if the certificate is here.
    pub fn index_of(&self, fingerprint: &Fingerprint) -> Option<usize> {
        self.candidates.get_index_of(fingerprint)
    }

    /// All of them, in order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Candidate)> {
        self.candidates.values().enumerate()
    }

    /// Those with this subject, compared as RFC 5280 §7.1 has it.
    pub fn named(&self, subject: &NameKey) -> impl Iterator<Item = (usize, &Candidate)> {
        let indices = self.by_subject.get(subject).map(Vec::as_slice).unwrap_or_default();
        indices.iter().filter_map(|&index| self.get(index).map(|candidate| (index, candidate)))
    }

    /// How many have this subject.
    pub fn count_named(&self, subject: &NameKey) -> usize {
        self.by_subject.get(subject).map_or(0, Vec::len)
    }

    /// Those with this subject and key.
    pub fn of(&self, entity: &Entity) -> impl Iterator<Item = (usize, &Candidate)> {
        self.named(&entity.subject).filter(move |(_, c)| c.certificate.entity().key == entity.key)
    }
}
