//! Fingerprints, and how users type them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::hex_digit;

/// SHA-256 over a certificate's DER.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

/// For tables in memory: eight bytes of a hash that nobody can choose at will tell as much as all.
impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let start = self.0.first_chunk().copied().unwrap_or_default();
        state.write_u64(u64::from_ne_bytes(start));
    }
}

impl Fingerprint {
    /// The fingerprint of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(crate::verify::sha256(bytes))
    }

    /// A fingerprint that was read back from its bytes.
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 lower-case hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 64];
        let of = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.iter_mut().zip(of).for_each(|(to, digit)| *to = hex_digit(digit));
        f.write_str(str::from_utf8(&digits).unwrap_or_default())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// All 64 digits, with or without colons, in any case.
impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let FingerprintPrefix(digits) = text.parse()?;
        let mut bytes = [0; 32];
        let pairs = (0..64).step_by(2).map(|at| digits.get(at..at + 2));
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            *byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or(NotAFingerprint)?;
        }
        Ok(Self(bytes))
    }
}

/// The start of a fingerprint, as users type it: 8 to 64 hexadecimal digits, with or without
/// colons, in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FingerprintPrefix(String);

impl FingerprintPrefix {
    /// The fewest digits that are taken as a fingerprint.
    pub const MIN_DIGITS: usize = 8;

    /// Whether `fingerprint` starts with these digits.
    pub fn matches(&self, fingerprint: &Fingerprint) -> bool {
        fingerprint.to_string().starts_with(&self.0)
    }
}

impl fmt::Display for FingerprintPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 fingerprint: 8 to 64 hexadecimal digits are wanted, with or without colons")]
pub struct NotAFingerprint;

impl FromStr for FingerprintPrefix {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let digits: String = text.trim().chars().filter(|c| *c != ':').map(|c| c.to_ascii_lowercase()).collect();
        let fits = (Self::MIN_DIGITS..=64).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        if fits { Ok(Self(digits)) } else { Err(NotAFingerprint) }
    }
}
