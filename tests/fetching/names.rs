//! Names: the address that was checked is the one that is connected to, whatever a name means a moment
//! later.
//!
//! ```text
//! ca.example ─ first question ── 127.0.0.1   opened by the test, stands for the public internet
//!            └ later ─────────── 127.0.0.2   not opened: the inside of a network
//! ```

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::{Arc, Mutex};

use chainmend::source::{FetchError, HttpFetch, Lookup};

use crate::http::{allowing, get, why};
use crate::server::{Server, answer, redirect};

/// What a name resolves to at each question, and how often it was asked; the last answer stays.
#[derive(Clone, Default)]
struct Rebinding {
    answers: Arc<Mutex<VecDeque<Vec<IpAddr>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Rebinding {
    fn new(answers: &[&[&str]]) -> Self {
        let parse = |ips: &&[&str]| ips.iter().map(|ip| ip.parse().unwrap()).collect();
        Self { answers: Arc::new(Mutex::new(answers.iter().map(parse).collect())), asked: Arc::default() }
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Lookup for Rebinding {
    fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(name.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        next.ok_or_else(|| io::Error::other("no such name"))
    }
}

fn fetching(names: &Rebinding, open: &[&str]) -> HttpFetch {
    allowing(open).lookup(names.clone())
}

/// A server within, on the same port as the one without.
fn inside(port: u16) -> Server {
    Server::on(TcpListener::bind(("127.0.0.2", port)).unwrap(), |_, stream| answer(stream, "200 OK", "", b"secret"))
}

#[test]
fn a_name_is_asked_once_and_its_checked_address_is_connected_to() {
    let outside = Server::with_body("public");
    let inside = inside(outside.port());
    let names = Rebinding::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let url = format!("http://ca.example:{}/ca.crt", outside.port());
    assert_eq!(get(&fetching(&names, &["127.0.0.1"]), &url).unwrap(), b"public");
    assert_eq!(names.asked(), 1);
    assert_eq!((outside.connections(), inside.connections()), (1, 0));
}

#[test]
fn what_a_name_means_the_second_time_is_checked_anew() {
    let outside = Server::start(|request, stream| match request.path() {
        "/" => redirect(stream, "/again"),
        _ => answer(stream, "200 OK", "", b"public"),
    });
    let inside = inside(outside.port());
    let names = Rebinding::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let url = format!("http://ca.example:{}/", outside.port());
    let error = why(get(&fetching(&names, &["127.0.0.1"]), &url));
    assert_eq!(error, "refused: ca.example resolves to 127.0.0.2, a loopback address; --allow-aia ca.example");
    assert_eq!(names.asked(), 2);
    assert_eq!((outside.connections(), inside.connections()), (1, 0));
}

#[test]
fn of_several_addresses_only_those_that_may_be_are_connected_to() {
    let outside = Server::with_body("public");
    let inside = inside(outside.port());
    for order in [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]] {
        let names = Rebinding::new(&[&order]);
        let url = format!("http://ca.example:{}/", outside.port());
        assert_eq!(get(&fetching(&names, &["127.0.0.1"]), &url).unwrap(), b"public");
    }
    assert_eq!((outside.connections(), inside.connections()), (2, 0));
    // Where the one that may be does not answer, the other is no way out.
    let port = outside.port();
    drop(outside);
    let names = Rebinding::new(&[&["127.0.0.1", "127.0.0.2"]]);
    let error = get(&fetching(&names, &["127.0.0.1"]), &format!("http://ca.example:{port}/")).unwrap_err();
    assert_eq!(error, FetchError::Connection("connection refused".into()));
    assert_eq!(inside.connections(), 0);
}

#[test]
fn no_name_leads_inside() {
    let server = Server::with_body("secret");
    let special = [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.7",
        "100.64.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "224.0.0.1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fd00::1",
        "fe80::1",
        "ff02::1",
    ];
    let redirecting = {
        let port = server.port();
        Server::start(move |_, stream| redirect(stream, &format!("http://inside.example:{port}/")))
    };
    for ip in special {
        let names = Rebinding::new(&[&[ip]]);
        let url = format!("http://ca.example:{}/", server.port());
        assert!(why(get(&fetching(&names, &[]), &url)).starts_with("refused: ca.example resolves to "), "{ip}");
        assert_eq!(names.asked(), 1, "{ip}");
        // The same behind a redirect from where it is open.
        let fetch = allowing(&["127.0.0.1"]).lookup(Rebinding::new(&[&[ip]]));
        if ip != "127.0.0.1" && ip != "::ffff:127.0.0.1" {
            let error = why(get(&fetch, &redirecting.url("/")));
            assert!(error.starts_with("refused: inside.example resolves to "), "{ip}: {error}");
        }
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_name_without_address_is_named() {
    let error = get(&fetching(&Rebinding::default(), &[]), "http://ca.example/").unwrap_err();
    assert_eq!(error, FetchError::Dns("cannot resolve ca.example: no such name".into()));
}
