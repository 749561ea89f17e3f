//! A chain out, as bytes: PEM, and which blocks of a file stay.

use crate::bundle::Bundle;
use crate::choose::Chain;

/// Which part of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Leaf and intermediates: fullchain.pem, `ssl_certificate`.
    Full,
    /// Intermediates only: chain.pem, `SSLCertificateChainFile`.
    Intermediates,
    /// The leaf only: cert.pem.
    Leaf,
}

/// The chain as PEM: RFC 7468, 64 columns, LF. With `include_root` the anchor follows
/// (not after a self-signed leaf that is its own anchor, and not in [`Part::Leaf`]).
pub fn pem(_chain: &Chain, _part: Part, _include_root: bool) -> Vec<u8> {
    Vec::new()
}

/// The text of `bundle` with its certificates replaced by the chain, which stands where the first
/// certificate stood; private keys and all other blocks, and the text that belongs to them, stay
/// where and as they were.
pub fn in_place(_bundle: &Bundle, _chain: &Chain, _include_root: bool) -> Vec<u8> {
    Vec::new()
}
