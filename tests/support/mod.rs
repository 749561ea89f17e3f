//! What the tests share: drawn PKIs, a loopback server, and a way to run the program.
//!
//! A test file says `mod support;` and takes what it needs.
#![allow(dead_code, reason = "each test file takes its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test that cannot be set up has to stop, and the rooms are for the program"
)]

pub mod case;
pub mod content;
pub mod done;
pub mod normal;
pub mod pki;
pub mod random;
pub mod run;
pub mod schema;
pub mod server;
pub mod site;
pub mod stage;
pub mod tls;
pub mod trial;
pub mod world;
