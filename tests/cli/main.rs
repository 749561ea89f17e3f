//! The program as its users meet it, where a case file cannot say it: what is left on the disk
//! after things go wrong, streams, permissions.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test looks at what the program left")]

#[path = "../support/mod.rs"]
mod support;

mod files;
mod keys;
mod pipes;
mod samples;
mod streams;
mod walk;
