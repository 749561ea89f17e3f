//! placeholder

#[cfg(test)]
mod testkit;

pub use repair::{KnownStore, Outcome, Repair, Settings};
pub mod bundle;
pub mod cert;
pub mod choose;
pub mod leaf;
pub mod path;
pub mod pool;
pub mod repair;
pub mod report;
pub mod roots;
pub mod rules;
pub mod source;
pub mod verify;
pub mod write;
