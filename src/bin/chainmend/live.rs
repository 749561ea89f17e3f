//! Live servers: what a TLS server sends is the bundle. The user named the server, so it is reached
//! wherever it is, also on a private address, and under `--offline`, which is about issuers.
//!
//! The handshake goes as far as the server's certificates and no further: nothing is verified here
//! (that is what the rest of the program is for), nothing is asked of the server, and no certificate
//! of ours is shown. Everything has a limit: time, bytes, addresses.

mod failure;
mod handshake;
mod meant;
mod name;
mod reach;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use meant::maybe_host;
pub use name::{Address, Server, authority, is_server, named};

use crate::problem::Problem;
use failure::Failure;

/// Name, connection and handshake together take at most so long, unless `--timeout` says otherwise:
/// as long as Chromium waits for an issuer. Real servers answer within a second.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// What a server sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The entries of its Certificate message, in order.
    pub certificates: Vec<Vec<u8>>,
    /// The address that answered, and the version of TLS that it spoke: `127.0.0.1:443, TLS 1.3`.
    pub reached: String,
}

/// Asks a server for its certificates.
///
/// In: the server; where to reach it, if elsewhere; how long it may take; options for the commands
/// that are suggested, each with a space in front.
pub fn ask(server: &Server, connect: Option<&Address>, limit: Duration, carry: &str) -> Result<Sent, Problem> {
    let deadline = reach::Deadline::after(limit);
    let told = |failure: Failure| failure.told(server, connect, limit, carry);
    let (socket, address) = reach::connect(server, connect, deadline).map_err(told)?;
    let (certificates, version) = handshake::certificates(&socket, &server.host, deadline).map_err(told)?;
    Ok(Sent { certificates, reached: format!("{address}, {version}") })
}
