//! The total order among candidate paths.

use std::cmp::Reverse;

use crate::cert::{Certificate, Fingerprint, KeyKind, Time};
use crate::choose::{Chain, Order, PreferredRoot};
use crate::roots::Anchor;

/// What is preferred.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    /// Whether length comes before what stands outside the input.
    pub order: Order,
    /// The root that comes before all others.
    pub preferred_root: Option<PreferredRoot>,
}

impl Ranking {
    /// Whether a chain ends as preferred, or there is no preference.
    pub(crate) fn prefers(&self, chain: &Chain) -> bool {
        self.is_preferred(chain.anchor())
    }

    fn is_preferred(&self, anchor: &Anchor) -> bool {
        self.preferred_root.as_ref().is_none_or(|preferred| preferred.matches(anchor))
    }

    /// The preferred root comes first (where none is preferred, every root is), then those that are not
    /// distrusted for a leaf that was `issued` then; lower is better.
    pub(super) fn root_rank(&self, anchor: &Anchor, issued: Option<Time>) -> u8 {
        2 * u8::from(!self.is_preferred(anchor)) + u8::from(anchor.distrusts(issued))
    }

    /// The part of the order that is known before a path is walked to its end.
    pub(super) fn bound(&self, bound: Bound) -> Key {
        let Bound { root, mistakable, outside, length, expiry } = bound;
        match self.order {
            Order::Auto => Key(root, mistakable, outside, length, Reverse(expiry)),
            Order::Shortest => Key(root, mistakable, length, outside, Reverse(expiry)),
        }
    }
}

impl PreferredRoot {
    /// Whether this is the anchor that is meant.
    pub fn matches(&self, anchor: &Anchor) -> bool {
        match self {
            Self::Name(name) => anchor
                .certificate
                .subject()
                .common_name()
                .is_some_and(|cn| cn.trim().to_lowercase() == name.trim().to_lowercase()),
            Self::Sha256(prefix) => prefix.matches(&anchor.certificate.fingerprint()),
        }
    }
}

/// The best that a partial path can come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub(super) root: u8,
    /// Certificates at which clients that go by names go wrong.
    pub(super) mistakable: u8,
    pub(super) outside: u8,
    pub(super) length: u8,
    /// The earliest notAfter, Unix seconds.
    pub(super) expiry: i64,
}

/// Lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u8, u8, u8, u8, Reverse<i64>);

/// What decides among paths that are equal so far: strongest signatures (the weakest of the path
/// counts), latest notBefore from the leaf up, lowest SHA-256.
pub(super) type TieBreak = (Reverse<u16>, Vec<Reverse<i64>>, Vec<Fingerprint>, Fingerprint);

pub(super) fn tie_break<'a>(path: impl Iterator<Item = &'a Certificate> + Clone, anchor: &Anchor) -> TieBreak {
    let weakest = path.clone().map(strength).min().unwrap_or(0);
    let newest = path.clone().map(|c| Reverse(c.not_before().map_or(i64::MIN, |t| t.unix()))).collect();
    let prints = path.map(Certificate::fingerprint).collect();
    (Reverse(weakest), newest, prints, anchor.certificate.fingerprint())
}

/// Bits of security of a certificate's signature as far as its hash tells, and of its key
/// (NIST SP 800-57 part 1, tables 2 and 3), the lower of the two.
fn strength(certificate: &Certificate) -> u16 {
    let hash = match certificate.signature_algorithm_oid() {
        // sha256WithRSAEncryption, ecdsa-with-SHA256
        "1.2.840.113549.1.1.11" | "1.2.840.10045.4.3.2" => 128,
        // SHA-384
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => 192,
        // SHA-512
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => 256,
        // sha1WithRSAEncryption, md5WithRSAEncryption, ecdsa-with-SHA1
        "1.2.840.113549.1.1.5" | "1.2.840.113549.1.1.4" | "1.2.840.10045.4.1" => 0,
        _ => 128,
    };
    let key = match &certificate.fields().key {
        KeyKind::Rsa(bits) => match bits {
            0..2048 => 80,
            2048..3072 => 112,
            3072..7680 => 128,
            7680..15360 => 192,
            _ => 256,
        },
        KeyKind::Ec(curve) if curve == "P-384" => 192,
        KeyKind::Ec(curve) if curve == "P-521" => 256,
        KeyKind::Ed448 => 224,
        _ => 128,
    };
    hash.min(key)
}
