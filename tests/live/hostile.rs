//! Servers that hang, hang up, speak something else, or do not stop.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::support::pki::{Ca, Cert};
use super::support::run::{Folder, Run};
use super::support::tls::{Manner, TlsServer};

/// root ── ca ── leaf (shop.example.com)
struct Pki {
    root: Ca,
    ca: Ca,
    leaf: Cert,
}

fn pki() -> Pki {
    let root = Ca::root("Acme Root G2");
    let ca = root.issue_ca("Acme TLS CA 2");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    Pki { root, ca, leaf }
}

/// `check https://shop.example.com`, reached at this port, with a second of time.
fn check(port: u16) -> Run {
    let folder = Folder::new();
    let connect = format!("127.0.0.1:{port}");
    let run = folder.chainmend(&["check", "https://shop.example.com", "--connect", &connect, "--timeout", "1"]);
    assert!(run.took < Duration::from_secs(10), "took {:?}", run.took);
    run
}

/// What is said of a server that does this with each connection.
fn said_of(talk: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let server = TlsServer::raw(talk);
    check(server.port()).exits(2).stderr
}

#[track_caller]
fn assert_says(said: &str, expected: &[&str]) {
    for part in expected {
        assert!(said.contains(part), "`{part}` is not in:\n{said}");
    }
}

/// Hears the client out as far as it speaks first, then says this, and hangs up.
fn answering(bytes: &'static [u8]) -> impl Fn(TcpStream) + Send + Sync {
    move |mut socket| {
        let _ = socket.read(&mut [0; 4096]);
        let _ = socket.write_all(bytes);
    }
}

/// Says this, and then nothing while the client waits.
fn saying_only(bytes: &'static [u8]) -> impl Fn(TcpStream) + Send + Sync {
    move |mut socket| {
        let _ = socket.write_all(bytes);
        while socket.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {}
    }
}

#[test]
fn a_server_that_says_nothing_is_left() {
    let said = said_of(saying_only(b""));
    assert_says(&said, &["took the connection and said nothing for 1 s", "help: ", "--timeout 6"]);
}

#[test]
fn a_server_that_stops_in_the_middle_is_left() {
    // The head of a record that never comes; and a whole one with half of a ServerHello.
    for bytes in [&b"\x16\x03\x03\x00\x7a"[..], b"\x16\x03\x03\x00\x06\x02\x00\x00\x76\x03\x03"] {
        assert_says(&said_of(saying_only(bytes)), &["began its answer and did not end it within 1 s"]);
    }
}

#[test]
fn a_server_that_drips_is_left_in_time() {
    let said = said_of(|mut socket| {
        let record = [&b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03"[..], &[7; 200]].concat();
        for byte in record {
            if socket.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    assert_says(&said, &["began its answer and did not end it within 1 s"]);
}

#[test]
fn a_server_that_hangs_up_is_said_to() {
    assert_says(&said_of(drop), &["https://shop.example.com hung up without a word", "--connect HOST:PORT"]);
    assert_says(&said_of(answering(b"\x16\x03\x03\x00\x7a\x02")), &["hung up in the middle of the handshake"]);
}

#[test]
fn another_protocol_is_named() {
    let http = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let said = said_of(answering(http));
    assert_says(&said, &["answers in plain HTTP, not in TLS", "help: name the port of HTTPS"]);
    let said = said_of(saying_only(b"220 mx.example.com ESMTP ready\r\n"));
    assert_says(
        &said,
        &["speaks SMTP", "not built yet", "openssl s_client -starttls smtp -showcerts -connect 127.0.0.1:"],
    );
    assert_says(&said_of(saying_only(b"* OK IMAP4rev1\r\n")), &["speaks IMAP", "-starttls imap"]);
    assert_says(&said_of(saying_only(b"SSH-2.0-OpenSSH_9.9\r\n")), &["speaks SSH, and not TLS"]);
    let said = said_of(answering(b"\x1b[31mERR\x07 unknown command\r\n"));
    assert_says(&said, &["does not speak TLS; it says: ", "ERR"]);
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn alerts_are_said_in_words() {
    for (alert, expected) in [
        (b"\x15\x03\x03\x00\x02\x02\x28", "found no way to speak to us (TLS alert handshake_failure)"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "speaks only versions of TLS that are too old (TLS alert protocol_version)"),
        (b"\x15\x03\x03\x00\x02\x02\x70", "has no site of this name (TLS alert unrecognized_name)"),
        (b"\x15\x03\x03\x00\x02\x02\x50", "failed (TLS alert internal_error)"),
        (b"\x15\x03\x03\x00\x02\x02\x32", "refused the handshake (TLS alert decode_error)"),
    ] {
        assert_says(&said_of(answering(alert)), &[expected, "help: "]);
    }
}

#[test]
fn an_old_protocol_is_left_to_openssl() {
    // A ServerHello of TLS 1.0.
    let mut hello = b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01".to_vec();
    hello.extend([7; 32]);
    hello.extend(b"\x00\xc0\x13\x00");
    let hello: &'static [u8] = hello.leak();
    let said = said_of(answering(hello));
    assert_says(
        &said,
        &[
            "speaks only what is too old: a version of TLS before 1.2",
            "help: openssl s_client -cipher ALL:@SECLEVEL=0 -showcerts -connect 127.0.0.1:",
            " -servername shop.example.com </dev/null | chainmend check --host shop.example.com -",
        ],
    );
}

#[test]
fn an_answer_without_end_is_cut() {
    // Records of a handshake message that claims 16 MB; records of empty warnings.
    let mut first = b"\x16\x03\x03\x40\x00\x02\xff\xff\xff".to_vec();
    first.resize(5 + 0x4000, 7);
    let mut next = b"\x16\x03\x03\x40\x00".to_vec();
    next.resize(5 + 0x4000, 7);
    let warnings = b"\x15\x03\x03\x00\x02\x01\x70".repeat(1000);
    for (first, next) in [(first, next), (warnings.clone(), warnings)] {
        let said = said_of(move |mut socket| {
            let mut more = socket.write_all(&first).is_ok();
            while more {
                more = socket.write_all(&next).is_ok();
            }
        });
        assert_says(&said, &["error: https://shop.example.com ", "help: "]);
        assert!(!said.contains("within 1 s"), "it was left for its time alone:\n{said}");
    }
}

#[test]
fn a_certificate_message_of_megabytes_is_refused() {
    let Pki { leaf, .. } = pki();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let entries = [leaf.der().to_vec(), vec![0x30; 3_000_000]];
        let server = TlsServer::start(Manner::sends_entries(&entries, &leaf).only(version));
        assert_says(&check(server.port()).exits(2).stderr, &["sends more than TLS clients take (64 KiB a message)"]);
    }
}

#[test]
fn a_long_chain_that_clients_take_is_read() {
    let Pki { root, ca, leaf } = pki();
    let others: Vec<Cert> = (0..40).map(|n| root.issue_ca(&format!("Acme Other CA {n}"))).collect();
    let chain: Vec<&Cert> = [&leaf, &ca].into_iter().chain(&others).collect();
    let server = TlsServer::start(Manner::sends(&chain));
    let folder = Folder::new();
    folder.write("roots.pem", root.pem());
    let connect = format!("127.0.0.1:{}", server.port());
    let run = folder
        .chainmend(&["check", "https://shop.example.com", "--connect", &connect, "--roots", "roots.pem", "--offline"])
        .exits(1);
    assert_says(&run.stderr, &["NEEDS MENDING, 40 problems", "warning[unrelated] https://shop.example.com #3"]);
}

#[test]
fn what_is_no_certificate_is_named_by_its_place() {
    let Pki { root, ca, leaf } = pki();
    let folder = Folder::new();
    folder.write("roots.pem", root.pem());
    let check = |entries: &[Vec<u8>]| {
        let server = TlsServer::start(Manner::sends_entries(entries, &leaf));
        let connect = format!("127.0.0.1:{}", server.port());
        let options = ["--roots", "roots.pem", "--offline", "--timeout", "5"];
        folder.chainmend(&[&["check", "https://shop.example.com", "--connect", &connect], &options[..]].concat())
    };
    let (der, ca) = (leaf.der().to_vec(), ca.der().to_vec());
    let said = check(&[der.clone(), b"no certificate".to_vec(), ca.clone()]).exits(1).stderr;
    assert_says(&said, &["NEEDS MENDING", "error[unreadable-block] https://shop.example.com #2"]);
    let said = check(&[der, [&ca[..], b"more"].concat()]).exits(1).stderr;
    assert_says(&said, &["error[unreadable-block] https://shop.example.com #2"]);
    let said = check(&[b"no certificate".to_vec()]).exits(2).stderr;
    assert_says(&said, &["https://shop.example.com: NOT READABLE", "no certificate"]);
}

#[test]
fn many_servers_that_hang_take_the_time_of_one() {
    let server = TlsServer::raw(saying_only(b""));
    let connect = format!("127.0.0.1:{}", server.port());
    let urls: Vec<String> = (0..12).map(|n| format!("https://shop{n}.example.com")).collect();
    let mut arguments = vec!["check", "--timeout", "1", "--connect", &connect];
    arguments.extend(urls.iter().map(String::as_str));
    let run = Folder::new().chainmend(&arguments).exits(2);
    assert!(run.took < Duration::from_secs(8), "took {:?}", run.took);
    assert_says(&run.stderr, &["12 servers: 12 failed"]);
}
