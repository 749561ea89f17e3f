//! Live servers that do not do as they should: what is said, and that it ends.
//!
//! What right servers are told is in the cases (tests/cases/live-*). Every server here is a thread on
//! a loopback port of its own.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod hostile;
mod reach;
