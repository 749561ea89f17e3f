//! Of several valid paths, one chain; and what of the input stays above its anchor.

use std::sync::Arc;

use crate::cert::{Certificate, FingerprintPrefix};
use crate::report::{Place, Source};
use crate::roots::Anchor;

/// How to choose among valid paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// Keep what the input does right; else the total order of the documentation.
    #[default]
    Auto,
    /// The fewest certificates.
    Shortest,
}

/// A root that is preferred over others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreferredRoot {
    /// The anchor's whole common name, in any case.
    Name(String),
    /// The anchor's fingerprint.
    Sha256(FingerprintPrefix),
}

/// A certificate of a chain, and where it came from.
#[derive(Clone, Debug)]
pub struct Link {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Where it stands in an input.
    pub place: Option<Place>,
    /// Which source it came from.
    pub source: Source,
    /// The URL it came from.
    pub url: Option<String>,
}

/// A chain that verified: leaf first, in order, without its anchor. Only this room makes one and
/// only [`crate::write`] turns one into bytes, so that nothing unverified is written.
#[derive(Clone, Debug)]
pub struct Chain {
    links: Vec<Link>,
    judged: usize,
    anchor: Arc<Anchor>,
}

impl Chain {
    #[allow(dead_code)]
    pub(crate) fn new(links: Vec<Link>, judged: usize, anchor: Arc<Anchor>) -> Self {
        Self { links, judged, anchor }
    }

    /// Leaf first; the tail last.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// How many certificates form the path to the anchor; what follows is the tail.
    pub fn judged(&self) -> usize {
        self.judged
    }

    /// Where the path ends. A self-signed leaf that is trusted is its own anchor.
    pub fn anchor(&self) -> &Arc<Anchor> {
        &self.anchor
    }
}
