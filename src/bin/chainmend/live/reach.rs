//! To a connected socket: names are resolved, addresses tried one after the other.

#![expect(clippy::disallowed_methods, reason = "times what the user waits for")]

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::name::{Address, Server};

/// So many addresses of a name are tried: large sites have up to eight.
const MAX_ADDRESSES: usize = 8;

/// Every address but the last gets at least so long, even where many share the time: one that does
/// not answer must not keep the next from being tried.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// When everything has to be over.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn after(limit: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(limit).unwrap_or(now))
    }

    /// The time that is left; `None` where there is none.
    pub fn left(self) -> Option<Duration> {
        self.0.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}

/// Connects to a server, or to where `--connect` says it is; the socket and its other end.
pub fn connect(
    server: &Server,
    connect: Option<&Address>,
    deadline: Deadline,
) -> Result<(TcpStream, SocketAddr), Failure> {
    let port = connect.and_then(|address| address.port).unwrap_or(server.port);
    let name = match (connect, &server.host) {
        (Some(address), _) => address.host.clone(),
        (None, host) => host.to_string(),
    };
    let addresses = match name.parse::<IpAddr>() {
        Ok(ip) => vec![SocketAddr::new(ip, port)],
        Err(_) => resolve(&name, port, deadline)?,
    };
    let mut failure = Failure::NoSuchHost(name.clone());
    let count = addresses.len();
    for (position, address) in addresses.into_iter().enumerate() {
        let Some(left) = deadline.left() else { break };
        let others = u32::try_from(count - position).unwrap_or(1);
        let share = if others == 1 { left } else { (left / others).max(LEAST_WAIT).min(left) };
        match TcpStream::connect_timeout(&address, share) {
            Ok(socket) => return Ok((socket, address)),
            Err(error) => failure = Failure::Connect(address, error.kind(), crate::problem::why(&error)),
        }
    }
    Err(failure)
}

/// The system's resolver knows no deadline: it is asked on a thread that may be left behind.
fn resolve(name: &str, port: u16, deadline: Deadline) -> Result<Vec<SocketAddr>, Failure> {
    let (sender, receiver) = mpsc::channel();
    let asked = name.to_owned();
    thread::Builder::new()
        .spawn(move || {
            let addresses = (asked.as_str(), port).to_socket_addrs();
            // Nobody listens any more where the time was up.
            let _ = sender.send(addresses.map(|all| all.take(MAX_ADDRESSES).collect::<Vec<_>>()));
        })
        .map_err(|error| Failure::Io(crate::problem::why(&error)))?;
    match receiver.recv_timeout(deadline.left().unwrap_or_default()) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Err(Failure::Resolver(name.to_owned())),
        Ok(_) => Err(Failure::NoSuchHost(name.to_owned())),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(Failure::Resolver(name.to_owned())),
    }
}
