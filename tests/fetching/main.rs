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
mod import;
mod memory;
mod names;
mod pki;
mod pool;
mod program;
mod proxy;
mod server;
#[path = "../support/mod.rs"]
mod support;
mod tls;
