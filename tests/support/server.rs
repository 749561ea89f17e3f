//! A web server on the loopback, as an AIA host would be it: well-behaved or not.
//!
//! ```text
//! let server = Server::start();
//! server.serve("/ca2.crt", Answer::ok(ca2.der()));
//! server.serve("/old", Answer::redirect("/ca2.crt"));
//! server.serve("/slow", Answer::Hang);
//! … server.url("/ca2.crt") …
//! assert_eq!(server.requests(), ["/ca2.crt"]);
//! ```

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Connections that hang or drip are let go when the server stops; they look this often.
const TICK: Duration = Duration::from_millis(20);
/// A client that says nothing is let go after this long.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// What a path gives.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A status, headers, a body with its length.
    Body { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// Takes the request and says nothing until the server stops.
    Hang,
    /// Takes the request and closes the connection.
    Close,
    /// Sends headers and this body, one byte per pause.
    Drip { body: Vec<u8>, pause: Duration },
    /// Sends headers and then bytes without end, until the client has enough.
    Endless,
    /// Promises the whole body, sends half of it and closes.
    Half { body: Vec<u8> },
    /// Each answer once, in turn; the last one stays.
    InTurn(Vec<Answer>),
}

impl Answer {
    /// 200 with this body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::Body { status: 200, headers: Vec::new(), body: body.into() }
    }

    /// A status with an empty body.
    pub fn status(status: u16) -> Self {
        Self::Body { status, headers: Vec::new(), body: Vec::new() }
    }

    /// 302 to this location.
    pub fn redirect(location: impl Into<String>) -> Self {
        Self::status(302).header("Location", &location.into())
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Body { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

#[derive(Default)]
struct Shared {
    routes: Mutex<HashMap<String, Answer>>,
    log: Mutex<Vec<String>>,
    stop: AtomicBool,
}

/// A server that stops when it is dropped. Unknown paths are 404, and logged like any other.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on 127.0.0.1, on a port that the system picks.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared::default());
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Self { address, shared, thread: Some(thread) }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:PORT` and the path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What `path` gives from now on.
    pub fn serve(&self, path: &str, answer: Answer) {
        self.shared.routes.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// The paths asked so far, in order.
    pub fn requests(&self) -> Vec<String> {
        self.shared.log.lock().unwrap().clone()
    }

    /// Forgets the requests so far, and gives them.
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.log.lock().unwrap())
    }
}

/// A port of 127.0.0.1 where nobody listens. It is the local port of a connection, so nobody else is
/// given it while this lives.
pub struct ClosedPort {
    _listener: TcpListener,
    held: TcpStream,
}

impl ClosedPort {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        Self { held: TcpStream::connect(address).expect("the listener is there"), _listener: listener }
    }

    pub fn port(&self) -> u16 {
        self.held.local_addr().expect("a connected socket has an address").port()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        // Errors are the client's hanging up, which many a test wants.
        std::thread::spawn(move || answer(stream, &shared));
    }
}

fn answer(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(READ_TIMEOUT))?;
    let mut reader = BufReader::new(stream.try_clone()?.take(64 * 1024));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    // A proxy is asked for a whole URL: it is logged as it came.
    let Some(path) = request.split(' ').nth(1) else { return Ok(()) };
    shared.log.lock().unwrap().push(path.to_owned());
    let answer = next_answer(&mut shared.routes.lock().unwrap(), path);
    send(stream, answer, shared)
}

fn next_answer(routes: &mut HashMap<String, Answer>, path: &str) -> Answer {
    match routes.get_mut(path) {
        None => Answer::status(404),
        Some(Answer::InTurn(answers)) if answers.len() > 1 => answers.remove(0),
        Some(Answer::InTurn(answers)) => answers.first().cloned().unwrap_or(Answer::Close),
        Some(answer) => answer.clone(),
    }
}

fn send(mut stream: TcpStream, answer: Answer, shared: &Shared) -> std::io::Result<()> {
    match answer {
        Answer::Body { status, headers, body } => {
            stream.write_all(&head(status, &headers, Some(body.len())))?;
            stream.write_all(&body)
        }
        Answer::Hang => {
            wait_for_stop(shared);
            Ok(())
        }
        Answer::Close | Answer::InTurn(_) => Ok(()),
        Answer::Drip { body, pause } => {
            stream.write_all(&head(200, &[], Some(body.len())))?;
            for byte in body {
                if shared.stop.load(Ordering::SeqCst) {
                    break;
                }
                stream.write_all(&[byte])?;
                stream.flush()?;
                std::thread::sleep(pause);
            }
            Ok(())
        }
        Answer::Endless => {
            stream.write_all(&head(200, &[], None))?;
            let chunk = [b'A'; 16 * 1024];
            while !shared.stop.load(Ordering::SeqCst) {
                stream.write_all(&chunk)?;
            }
            Ok(())
        }
        Answer::Half { body } => {
            stream.write_all(&head(200, &[], Some(body.len())))?;
            stream.write_all(&body[..body.len() / 2])
        }
    }
}

fn wait_for_stop(shared: &Shared) {
    while !shared.stop.load(Ordering::SeqCst) {
        std::thread::sleep(TICK);
    }
}

fn head(status: u16, headers: &[(String, String)], length: Option<usize>) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Status\r\nConnection: close\r\n");
    if let Some(length) = length {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    (head + "\r\n").into_bytes()
}
