//! Certificates that are known to be revoked: lists that somebody else keeps.

use std::fmt;
use std::sync::{Arc, LazyLock};

use super::Fault;
use crate::cert::{Certificate, Fingerprint, Time};
use crate::rules::Rule;

/// Fingerprints of revoked certificates, and the day by which they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevokedList {
    /// In ascending order.
    fingerprints: Vec<Fingerprint>,
    as_of: Option<Time>,
}

impl RevokedList {
    /// A list of these certificates; `as_of` is when it was taken over, for the report.
    pub fn new(fingerprints: impl IntoIterator<Item = Fingerprint>, as_of: Option<Time>) -> Self {
        let mut fingerprints: Vec<Fingerprint> = fingerprints.into_iter().collect();
        // What was read from a sorted file is left as it is.
        fingerprints.sort();
        fingerprints.dedup();
        Self { fingerprints, as_of }
    }

    /// Whether the certificate of this fingerprint is on it.
    pub fn contains(&self, fingerprint: &Fingerprint) -> bool {
        self.fingerprints.binary_search(fingerprint).is_ok()
    }

    /// The fingerprints, in ascending order.
    pub fn fingerprints(&self) -> &[Fingerprint] {
        &self.fingerprints
    }

    /// When the list was taken over.
    pub fn as_of(&self) -> Option<Time> {
        self.as_of
    }
}

type Lazy = LazyLock<RevokedList, Box<dyn FnOnce() -> RevokedList + Send>>;

/// The lists of revoked certificates that a path is held against; by default none. A certificate on
/// one of them is as good as expired (RFC 5280 §6.1.3 (a)(3)): no path goes through it, and another
/// one of the same subject and key takes its place. Anchors are not looked up: whom to trust is the
/// user's own decision.
///
/// Making one costs nothing, and so does cloning it: a list is read when the first certificate is
/// looked up.
#[derive(Clone, Default)]
pub struct Revoked(Vec<Arc<Lazy>>);

impl Revoked {
    /// One list, which `load` reads at the first question.
    pub fn lazy(load: impl FnOnce() -> RevokedList + Send + 'static) -> Self {
        Self(vec![Arc::new(LazyLock::new(Box::new(load)))])
    }

    /// These lists and those.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The first list that has this certificate.
    pub fn listing(&self, fingerprint: &Fingerprint) -> Option<&RevokedList> {
        self.0.iter().map(|list| LazyLock::force(list)).find(|list| list.contains(fingerprint))
    }
}

impl From<RevokedList> for Revoked {
    fn from(list: RevokedList) -> Self {
        Self::lazy(|| list)
    }
}

impl fmt::Debug for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Revoked({} lists)", self.0.len())
    }
}

/// §6.1.3 (a)(3): the certificate is not revoked, as far as the lists know.
pub(super) fn fault(certificate: &Certificate, revoked: &Revoked) -> Option<Fault> {
    let list = revoked.listing(&certificate.fingerprint())?;
    let message = match list.as_of() {
        Some(day) => format!("revoked, by the list that was imported {}", day.date()),
        None => "revoked, by the list at hand".to_owned(),
    };
    Some(Fault::new(Rule::Revoked, message))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_list_is_read_once_and_only_when_it_is_asked() {
        static READ: AtomicUsize = AtomicUsize::new(0);
        let one = Fingerprint::of(b"one");
        let lazy = Revoked::lazy(move || {
            READ.fetch_add(1, Ordering::SeqCst);
            RevokedList::new([one], None)
        });
        let both = Revoked::from(RevokedList::new([Fingerprint::of(b"two")], None)).and(lazy.clone());
        assert_eq!(READ.load(Ordering::SeqCst), 0);
        assert!(both.listing(&one).is_some() && both.listing(&Fingerprint::of(b"two")).is_some());
        assert!(both.listing(&Fingerprint::of(b"three")).is_none() && lazy.listing(&one).is_some());
        assert_eq!(READ.load(Ordering::SeqCst), 1);
        assert!(Revoked::default().listing(&one).is_none());
    }

    #[test]
    fn a_list_holds_each_certificate_once_in_order() {
        let [a, b] = [&b"a"[..], b"b"].map(Fingerprint::of);
        let list = RevokedList::new([b, a, b], Some(Time::from_unix(0)));
        assert!(list.fingerprints().is_sorted() && list.fingerprints().len() == 2);
        assert_eq!(list.as_of(), Some(Time::from_unix(0)));
    }
}
