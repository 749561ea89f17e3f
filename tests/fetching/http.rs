//! The transport against servers that mean ill.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use chainmend::source::{Allow, Fetch, FetchError, Guard, HttpFetch, Limits};
use url::Url;

use crate::server::{Server, answer, redirect};
use crate::support::server::ClosedPort;

pub fn allowing(what: &[&str]) -> HttpFetch {
    HttpFetch::new(Guard::new(what.iter().map(|text| text.parse::<Allow>().unwrap()).collect()))
}

pub fn get_within(fetch: &HttpFetch, url: &str, bytes: usize, time: Duration) -> Result<Vec<u8>, FetchError> {
    fetch.get(&Url::parse(url).unwrap(), Limits { bytes, until: Instant::now() + time })
}

pub fn get(fetch: &HttpFetch, url: &str) -> Result<Vec<u8>, FetchError> {
    get_within(fetch, url, 1 << 20, Duration::from_secs(10))
}

pub fn why(result: Result<Vec<u8>, FetchError>) -> String {
    match result.unwrap_err() {
        FetchError::Refused { why, option } => format!("refused: {why}; {}", option.unwrap_or_default()),
        other => other.to_string(),
    }
}

#[test]
fn a_body_comes_whole_by_a_plain_get() {
    let server = Server::start(|request, stream| answer(stream, "200 OK", "", request.head.as_bytes()));
    let head = String::from_utf8(get(&allowing(&["127.0.0.1"]), &server.url("/a%20b?c#fragment")).unwrap()).unwrap();
    assert!(head.starts_with("GET /a%20b?c HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("user-agent: chainmend/{}\r\n", env!("CARGO_PKG_VERSION"))), "{head}");
    for absent in ["cookie", "referer", "authorization"] {
        assert!(!head.to_lowercase().contains(absent), "{head}");
    }
}

#[test]
fn no_spelling_of_a_loopback_or_private_address_gets_a_connection() {
    let server = Server::with_body("secret");
    let fetch = allowing(&[]);
    let port = server.port();
    for (host, said) in [
        ("127.0.0.1", "127.0.0.1 is a loopback address"),
        ("127.1", "127.0.0.1 is a loopback address"),
        ("2130706433", "127.0.0.1 is a loopback address"),
        ("0x7f000001", "127.0.0.1 is a loopback address"),
        ("0x7f.1", "127.0.0.1 is a loopback address"),
        ("0177.0.0.1", "127.0.0.1 is a loopback address"),
        ("%31%32%37.0.0.1", "127.0.0.1 is a loopback address"),
        ("127。0。0。1", "127.0.0.1 is a loopback address"),
        ("127.0.0.1.", "127.0.0.1 is a loopback address"),
        ("0", "0.0.0.0 is the unspecified address"),
        ("[::1]", "::1 is a loopback address"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1 is an IPv4-mapped address"),
        ("[::ffff:7f00:1]", "::ffff:127.0.0.1 is an IPv4-mapped address"),
        ("[::127.0.0.1]", "::7f00:1 is an IPv4-compatible address"),
        ("[::]", ":: is the unspecified address"),
        ("[64:ff9b::127.0.0.1]", "64:ff9b::7f00:1 is a NAT64 address"),
        ("[2002:7f00:1::]", "2002:7f00:1:: is a 6to4 address"),
        ("localhost", "localhost resolves to 127.0.0.1, a loopback address"),
        ("LOCALHOST.", "localhost resolves to 127.0.0.1, a loopback address"),
        ("pki.localhost", "pki.localhost resolves to 127.0.0.1, a loopback address"),
        ("169.254.169.254", "169.254.169.254 is a link-local address"),
        ("10.0.0.7", "10.0.0.7 is a private address"),
    ] {
        let error = why(get(&fetch, &format!("http://{host}:{port}/")));
        assert!(error.starts_with(&format!("refused: {said}; --allow-aia ")), "{host}: {error}");
    }
    assert_eq!(server.log(), Vec::<String>::new());
}

#[test]
fn the_option_that_is_named_opens_the_way() {
    let server = Server::with_body("hello");
    let url = format!("http://localhost:{}/", server.port());
    let error = get(&allowing(&[]), &url).unwrap_err();
    let FetchError::Refused { option: Some(option), .. } = error else { panic!("{error:?}") };
    assert_eq!(option, "--allow-aia localhost");
    for opening in ["localhost", "127.0.0.0/8", "private"] {
        assert_eq!(get(&allowing(&[opening]), &url).unwrap(), b"hello", "{opening}");
    }
    assert_eq!(server.log().len(), 3);
    assert!(get(&allowing(&["other.example", "10.0.0.0/8"]), &url).is_err());
    assert_eq!(server.log().len(), 3);
}

#[test]
fn credentials_and_other_schemes_are_refused() {
    let server = Server::with_body("hello");
    let fetch = allowing(&["private"]);
    let with_user = format!("http://user:secret@127.0.0.1:{}/", server.port());
    assert_eq!(why(get(&fetch, &with_user)), "refused: a URL with a user name or password is not fetched; ");
    let with_password = format!("http://:secret@127.0.0.1:{}/", server.port());
    assert_eq!(why(get(&fetch, &with_password)), "refused: a URL with a user name or password is not fetched; ");
    assert_eq!(why(get(&fetch, "file:///etc/passwd")), "refused: file is not fetched, only http and https; ");
    assert_eq!(why(get(&fetch, "ldap://x/y")), "refused: ldap is not fetched, only http and https; ");
    assert_eq!(server.log(), Vec::<String>::new());
}

#[test]
fn five_redirects_are_followed_and_six_are_not() {
    let server = Server::start(|request, stream| match request.path()[1..].parse::<usize>().unwrap() {
        0 => answer(stream, "200 OK", "", b"there"),
        left => redirect(stream, &format!("/{}", left - 1)),
    });
    let fetch = allowing(&["127.0.0.1"]);
    assert_eq!(get(&fetch, &server.url("/5")).unwrap(), b"there");
    assert_eq!(server.log().len(), 6);
    assert_eq!(get(&fetch, &server.url("/6")), Err(FetchError::TooManyRedirects(5)));
    assert_eq!(server.log().len(), 12);
}

#[test]
fn a_redirect_loop_ends() {
    let server = Server::start(|_, stream| redirect(stream, "/again"));
    assert_eq!(get(&allowing(&["127.0.0.1"]), &server.url("/")), Err(FetchError::TooManyRedirects(5)));
    assert_eq!(server.log().len(), 6);
}

#[test]
fn redirects_lead_only_where_a_url_may() {
    let inner = Server::with_body("secret");
    let inner_port = inner.port();
    let server = Server::start(move |request, stream| {
        let target = match request.path() {
            "/file" => "file:///etc/passwd".to_owned(),
            "/private" => "http://10.0.0.7/".to_owned(),
            "/mapped" => format!("http://[::ffff:127.0.0.2]:{inner_port}/"),
            "/name" => format!("//localhost:{inner_port}/"),
            "/user" => format!("http://user:pw@127.0.0.1:{inner_port}/"),
            "/none" => "http://".to_owned(),
            path => panic!("{path}"),
        };
        redirect(stream, &target);
    });
    let fetch = allowing(&["127.0.0.1/32"]);
    let said = |path: &str| why(get(&fetch, &server.url(path)));
    assert_eq!(said("/file"), "refused: redirects to file:///etc/passwd: file is not fetched, only http and https; ");
    assert_eq!(
        said("/private"),
        "refused: redirects to http://10.0.0.7/: 10.0.0.7 is a private address; --allow-aia 10.0.0.7"
    );
    assert!(said("/mapped").contains("::ffff:127.0.0.2 is an IPv4-mapped address"));
    assert!(!said("/user").contains("pw"));
    assert!(said("/none").contains("which is no URL"));
    assert_eq!(inner.log(), Vec::<String>::new());
    // 127.0.0.1 was opened by its address, so a name that resolves to it is open too.
    assert_eq!(get(&fetch, &server.url("/name")).unwrap(), b"secret");
}

#[test]
fn a_gzip_bomb_goes_off_within_the_limit() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..200 {
        gzip.write_all(&[0; 1 << 20]).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    assert!(bomb.len() < 1 << 20, "the bomb itself fits into the limit");
    let server = Server::start(move |_, stream| answer(stream, "200 OK", "content-encoding: gzip\r\n", &bomb));
    let start = Instant::now();
    assert_eq!(get(&allowing(&["127.0.0.1"]), &server.url("/")), Err(FetchError::TooLarge(1 << 20)));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn gzip_itself_is_understood() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(b"hello").unwrap();
    let body = gzip.finish().unwrap();
    let server = Server::start(move |_, stream| answer(stream, "200 OK", "content-encoding: gzip\r\n", &body));
    assert_eq!(get(&allowing(&["127.0.0.1"]), &server.url("/")).unwrap(), b"hello");
}

#[test]
fn a_body_without_end_is_cut_at_the_limit() {
    let server = Server::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    assert_eq!(get(&allowing(&["127.0.0.1"]), &server.url("/")), Err(FetchError::TooLarge(1 << 20)));
}

#[test]
fn a_body_that_says_it_is_too_large_is_not_read() {
    let server = Server::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n");
        thread::sleep(Duration::from_secs(60));
    });
    // Whoever waited for a body would run out of time.
    assert_eq!(get(&allowing(&["127.0.0.1"]), &server.url("/")), Err(FetchError::TooLarge(1 << 20)));
}

#[test]
fn a_limit_is_reached_but_not_passed() {
    let server = Server::with_body([b'x'; 1000]);
    let fetch = allowing(&["127.0.0.1"]);
    let time = Duration::from_secs(10);
    assert_eq!(get_within(&fetch, &server.url("/"), 1000, time).unwrap().len(), 1000);
    assert_eq!(get_within(&fetch, &server.url("/"), 999, time), Err(FetchError::TooLarge(999)));
}

#[test]
fn whatever_dribbles_ends_with_the_deadline() {
    let server = Server::start(|request, stream| {
        let start: &[u8] = match request.path() {
            "/body" => b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n",
            "/head" => b"HTTP/1.1 200 OK\r\nx: ",
            "/continue" => b"",
            _ => return thread::sleep(Duration::from_secs(60)),
        };
        let _ = stream.write_all(start);
        let more: &[u8] = if request.path() == "/continue" { b"HTTP/1.1 100 Continue\r\n\r\n" } else { b"x" };
        while stream.write_all(more).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    });
    let fetch = allowing(&["127.0.0.1"]);
    for path in ["/body", "/head", "/continue", "/silence"] {
        let start = Instant::now();
        let result = get_within(&fetch, &server.url(path), 1 << 20, Duration::from_millis(200));
        assert_eq!(result, Err(FetchError::TimedOut), "{path}");
        assert!(start.elapsed() < Duration::from_secs(20), "{path}");
    }
}

#[test]
fn redirects_share_one_deadline() {
    let server = Server::start(|_, stream| {
        thread::sleep(Duration::from_millis(150));
        redirect(stream, "/again");
    });
    let result = get_within(&allowing(&["127.0.0.1"]), &server.url("/"), 1 << 20, Duration::from_millis(300));
    assert_eq!(result, Err(FetchError::TimedOut));
}

#[test]
fn a_status_is_told_with_its_retry_after() {
    let server = Server::start(|request, stream| match request.path() {
        "/gone" => answer(stream, "410 Gone", "", b"gone"),
        "/not-modified" => answer(stream, "304 Not Modified", "", b""),
        "/nowhere" => answer(stream, "302 Found", "", b""),
        _ => answer(stream, "429 Too Many Requests", "retry-after: 7\r\n", b""),
    });
    let fetch = allowing(&["127.0.0.1"]);
    let status = |path: &str| get(&fetch, &server.url(path)).unwrap_err();
    assert_eq!(status("/gone"), FetchError::Status { status: 410, retry_after: None });
    assert_eq!(status("/not-modified"), FetchError::Status { status: 304, retry_after: None });
    assert_eq!(status("/nowhere"), FetchError::Status { status: 302, retry_after: None });
    assert_eq!(status("/busy"), FetchError::Status { status: 429, retry_after: Some(7) });
}

#[test]
fn a_connection_that_breaks_may_be_tried_again() {
    let server = Server::start(|request, stream| match request.path() {
        "/closed" => {}
        "/half" => drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")),
        "/chunk" => drop(stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhal")),
        _ => drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncon")),
    });
    let fetch = allowing(&["127.0.0.1"]);
    for path in ["/closed", "/half", "/chunk", "/head"] {
        let error = get(&fetch, &server.url(path)).unwrap_err();
        assert!(matches!(error, FetchError::Interrupted(_)) && error.is_transient(), "{path}: {error:?}");
    }
}

#[test]
fn other_failures_are_named() {
    let fetch = allowing(&["private"]);
    let closed = ClosedPort::new();
    assert_eq!(
        get(&fetch, &format!("http://127.0.0.1:{}/", closed.port())),
        Err(FetchError::Connection("connection refused".into()))
    );
    // A label longer than 63 bytes: no resolver asks the network for it.
    let name = format!("{}.invalid", "a".repeat(64));
    let error = get(&fetch, &format!("http://{name}/")).unwrap_err();
    assert!(matches!(&error, FetchError::Dns(why) if why.starts_with(&format!("cannot resolve {name}: "))));
    let garbage = Server::start(|_, stream: &mut TcpStream| drop(stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n")));
    let error = get(&fetch, &garbage.url("/")).unwrap_err();
    assert!(matches!(&error, FetchError::Other(why) if why.starts_with("no usable HTTP answer: ")), "{error:?}");
    let plain = Server::start(|_, stream| answer(stream, "400 Bad Request", "", b""));
    let error = get(&fetch, &format!("https://127.0.0.1:{}/", plain.port())).unwrap_err();
    assert_eq!(error, FetchError::Tls("TLS: the server does not speak TLS".into()));
}

#[test]
fn a_caller_within_a_runtime_of_its_own_is_served() {
    let server = Server::with_body("hello");
    let fetch = allowing(&["127.0.0.1"]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let body = runtime.block_on(async { get(&fetch, &server.url("/")) });
    assert_eq!(body.unwrap(), b"hello");
}

#[test]
fn one_transport_serves_many_threads() {
    let server = Server::with_body("hello");
    let fetch = allowing(&["127.0.0.1"]);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..8 {
                    assert_eq!(get(&fetch, &server.url("/")).unwrap(), b"hello");
                }
            });
        }
    });
    assert_eq!(server.log().len(), 64);
}
