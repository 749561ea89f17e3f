//! PKIs made on the spot, and what the judges say of them. Each test draws its PKI: `═` is the
//! trust anchor, arrows go from issuer to subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod constraints;
mod form;
mod gaps;
mod hosts;
mod keys;
mod links;
mod path;
mod pki;
mod policies;
mod purposes;
mod signatures;
mod strength;
mod strict;
