//! Proxies: the name goes to the proxy, the proxy itself is reached wherever it is, and what the
//! guard says of addresses stays.

use std::process::Command;

use chainmend::source::{FetchError, Proxies};

use crate::http::{allowing, get, why};
use crate::server::{Server, answer};

/// A proxy that answers itself, with the request line that it was sent.
fn proxy() -> Server {
    Server::start(|request, stream| answer(stream, "200 OK", "", request.head.lines().next().unwrap().as_bytes()))
}

fn text(result: Result<Vec<u8>, FetchError>) -> String {
    String::from_utf8(result.unwrap()).unwrap()
}

#[test]
fn a_name_goes_to_the_proxy_unresolved() {
    let proxy = proxy();
    for host in ["127.0.0.1", "localhost"] {
        let address = format!("{host}:{}", proxy.port());
        let fetch = allowing(&[]).proxies(Proxies::new(Some(&address), None, ""));
        assert_eq!(text(get(&fetch, "http://ca.invalid/a.crt")), "GET http://ca.invalid/a.crt HTTP/1.1");
    }
}

#[test]
fn credentials_of_a_proxy_reach_it() {
    let proxy = Server::start(|request, stream| {
        answer(stream, "200 OK", "", request.header("proxy-authorization").unwrap_or("none").as_bytes());
    });
    let address = format!("http://user:p%40ss@127.0.0.1:{}", proxy.port());
    let proxies = Proxies::new(Some(&address), None, "");
    assert!(!format!("{proxies:?}").contains("p%40ss"));
    // base64 of user:p@ss
    assert_eq!(text(get(&allowing(&[]).proxies(proxies), "http://ca.invalid/")), "Basic dXNlcjpwQHNz");
}

#[test]
fn addresses_in_urls_are_refused_before_the_proxy_hears_of_them() {
    let proxy = proxy();
    let address = format!("http://127.0.0.1:{}", proxy.port());
    let fetch = allowing(&[]).proxies(Proxies::new(Some(&address), Some(&address), ""));
    for url in ["http://127.0.0.1/", "http://0x7f.1/", "https://[::1]/", "http://10.0.0.7/", "http://localhost/"] {
        assert!(why(get(&fetch, url)).starts_with("refused: "), "{url}");
    }
    assert_eq!(proxy.log(), Vec::<String>::new());
}

#[test]
fn https_asks_the_proxy_to_connect() {
    let proxy = Server::start(|_, stream| answer(stream, "403 Forbidden", "", b""));
    let address = format!("http://127.0.0.1:{}", proxy.port());
    let fetch = allowing(&[]).proxies(Proxies::new(None, Some(&address), ""));
    assert_eq!(
        get(&fetch, "https://ca.invalid/"),
        Err(FetchError::Connection("the proxy did not connect to ca.invalid".into()))
    );
    assert_eq!(proxy.log(), ["CONNECT ca.invalid:443 HTTP/1.1"]);
}

#[test]
fn hosts_without_proxy_are_asked_directly_and_under_the_guard() {
    let (proxy, server) = (proxy(), Server::with_body("direct"));
    let address = format!("http://127.0.0.1:{}", proxy.port());
    let proxies = Proxies::new(Some(&address), None, "localhost, 127.0.0.0/8");
    let url = format!("http://localhost:{}/", server.port());
    assert!(why(get(&allowing(&[]).proxies(proxies.clone()), &url)).starts_with("refused: localhost resolves to"));
    assert_eq!(text(get(&allowing(&["localhost"]).proxies(proxies), &url)), "direct");
    assert_eq!(proxy.log(), Vec::<String>::new());
}

#[test]
fn a_url_that_names_the_proxys_own_host_is_under_the_guard() {
    let proxy = proxy();
    let address = format!("http://localhost:{}", proxy.port());
    let fetch = allowing(&[]).proxies(Proxies::new(Some(&address), None, ""));
    assert!(why(get(&fetch, &format!("http://localhost:{}/admin", proxy.port()))).starts_with("refused: "));
    assert_eq!(proxy.log(), Vec::<String>::new());
}

#[test]
fn a_proxy_that_cannot_be_used_is_not_gone_round() {
    let server = Server::with_body("direct");
    for (address, said) in [
        ("socks5://127.0.0.1:1080", "a socks5 proxy is not supported, only http and https"),
        ("http://", "the proxy in the environment is no URL"),
    ] {
        let fetch = allowing(&["private"]).proxies(Proxies::new(Some(address), None, ""));
        assert_eq!(get(&fetch, &server.url("/")), Err(FetchError::Other(said.into())));
    }
    assert_eq!(server.log(), Vec::<String>::new());
}

/// Environment variables belong to the whole process, so each case is a process of its own: this
/// test once more, told by a variable to say what it sees.
#[test]
fn the_usual_variables_are_read() {
    const ASKED: &str = "CHAINMEND_TEST_PROXIES";
    if std::env::var_os(ASKED).is_some() {
        println!("{:?}", Proxies::from_env());
        return;
    }
    let seen = |variables: &[(&str, &str)]| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.args(["--exact", "proxy::the_usual_variables_are_read", "--nocapture", "--test-threads=1"]);
        let output = command.env(ASKED, "1").envs(variables.iter().copied()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let start = text.find("Proxies {").unwrap();
        text[start..].lines().next().unwrap().to_owned()
    };
    assert_eq!(seen(&[]), r#"Proxies { hosts: [], none_for: "" }"#);
    assert_eq!(
        seen(&[("http_proxy", "http://a:1"), ("HTTPS_PROXY", "b:2"), ("no_proxy", "x.example")]),
        r#"Proxies { hosts: ["a", "b"], none_for: "x.example" }"#
    );
    assert_eq!(seen(&[("all_proxy", "a:1")]), r#"Proxies { hosts: ["a", "a"], none_for: "" }"#);
    assert_eq!(seen(&[("HTTP_PROXY", ""), ("ALL_PROXY", "")]), r#"Proxies { hosts: [], none_for: "" }"#);
    assert_eq!(
        seen(&[("HTTP_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")]),
        r#"Proxies { hosts: [], none_for: "" }"#
    );
}
