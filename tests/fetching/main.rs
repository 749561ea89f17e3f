//! Fetching: what is asked, what is refused, and that nothing a server does gets out of hand.
//!
//! Every server here is a thread on a loopback port of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

mod aia;
mod cache;
mod http;
mod pki;
mod pool;
mod proxy;
mod server;
