//! A small HTTP server whose answers each test makes up, and a log of what was asked.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// What a handler is told: the request line and headers, and how many requests came before.
pub struct Request {
    pub head: String,
    pub before: usize,
}

impl Request {
    pub fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

type Handler = dyn Fn(&Request, &mut TcpStream) + Send + Sync;

/// Stops with the test.
pub struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
    stopped: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

/// What came to a server.
#[derive(Default)]
struct Seen {
    log: Mutex<Vec<String>>,
    /// Where each connection came from, in order.
    accepted: Mutex<Vec<SocketAddr>>,
    /// Those that the test itself made.
    own: Mutex<HashSet<SocketAddr>>,
}

impl Server {
    pub fn start(handler: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), handler)
    }

    pub fn on(listener: TcpListener, handler: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Seen>::default();
        let stopped = Arc::new(AtomicBool::new(false));
        let handler: Arc<Handler> = Arc::new(handler);
        let accepting = thread::spawn({
            let (seen, stopped) = (Arc::clone(&seen), Arc::clone(&stopped));
            move || {
                while let Ok((stream, from)) = listener.accept() {
                    if stopped.load(Ordering::SeqCst) {
                        return;
                    }
                    seen.accepted.lock().unwrap().push(from);
                    let (seen, handler) = (Arc::clone(&seen), Arc::clone(&handler));
                    thread::spawn(move || serve(stream, from, &seen, &*handler));
                }
            }
        });
        Self { address, seen, stopped, accepting: Some(accepting) }
    }

    /// A server that gives the same body to all.
    pub fn with_body(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self::start(move |_, stream| answer(stream, "200 OK", "", &body))
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many connections were made, whether anything was asked on them or not. One that the kernel has
    /// made and the server not yet seen counts as well.
    pub fn connections(&self) -> usize {
        // Connections are seen in the order in which they were made: ours is the last.
        let own = TcpStream::connect(self.address).unwrap();
        let from = own.local_addr().unwrap();
        self.seen.own.lock().unwrap().insert(from);
        while !self.seen.accepted.lock().unwrap().contains(&from) {
            thread::yield_now();
        }
        let own = self.seen.own.lock().unwrap();
        self.seen.accepted.lock().unwrap().iter().filter(|from| !own.contains(from)).count()
    }

    /// The request line of every connection that was made; empty for one that asked nothing.
    pub fn log(&self) -> Vec<String> {
        self.seen.log.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let _ = self.accepting.take().unwrap().join();
    }
}

fn serve(mut stream: TcpStream, from: SocketAddr, seen: &Seen, handler: &Handler) {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    if seen.own.lock().unwrap().contains(&from) {
        return;
    }
    let before = {
        let mut log = seen.log.lock().unwrap();
        log.push(head.lines().next().unwrap_or_default().to_owned());
        log.len() - 1
    };
    handler(&Request { head, before }, &mut stream);
    let _ = stream.shutdown(Shutdown::Both);
}

/// A well-formed answer; `headers` are whole lines.
pub fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

pub fn redirect(stream: &mut TcpStream, to: &str) {
    answer(stream, "302 Found", &format!("location: {to}\r\n"), b"");
}
