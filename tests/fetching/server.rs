//! A small HTTP server whose answers each test makes up, and a log of what was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
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
    port: u16,
    log: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(handler: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), handler)
    }

    pub fn on(listener: TcpListener, handler: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let handler: Arc<Handler> = Arc::new(handler);
        let accepting = thread::spawn({
            let (log, stopped) = (Arc::clone(&log), Arc::clone(&stopped));
            move || {
                for stream in listener.incoming() {
                    if stopped.load(Ordering::SeqCst) {
                        return;
                    }
                    let (log, handler) = (Arc::clone(&log), Arc::clone(&handler));
                    let stream = stream.unwrap();
                    thread::spawn(move || serve(stream, &log, &*handler));
                }
            }
        });
        Self { port, log, stopped, accepting: Some(accepting) }
    }

    /// A server that gives the same body to all.
    pub fn with_body(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self::start(move |_, stream| answer(stream, "200 OK", "", &body))
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The request line of every connection that was made; empty for one that asked nothing.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.accepting.take().unwrap().join();
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<String>>, handler: &Handler) {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    let before = {
        let mut log = log.lock().unwrap();
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
