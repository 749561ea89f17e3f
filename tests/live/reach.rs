//! How a server is reached, and what it is asked for.

use super::support::pki::{Ca, Cert};
use super::support::run::{Folder, Run};
use super::support::server::ClosedPort;
use super::support::tls::{Manner, TlsServer};

/// root ── ca ── leaf (shop.example.com, 127.0.0.1, ::1)
fn stage() -> (Folder, Ca, Cert) {
    let root = Ca::root("Acme Root G2");
    let ca = root.issue_ca("Acme TLS CA 2");
    let leaf = ca.issue_leaf(&["shop.example.com", "xn--bcher-kva.example", "127.0.0.1", "::1"]);
    let folder = Folder::new();
    folder.write("roots.pem", root.pem());
    (folder, ca, leaf)
}

fn check(folder: &Folder, arguments: &[&str]) -> Run {
    folder.chainmend(&[&["check", "--roots", "roots.pem", "--offline", "--timeout", "5"], arguments].concat())
}

#[test]
fn the_host_is_asked_for_and_an_address_is_not() {
    let (folder, ca, leaf) = stage();
    let server = TlsServer::start(Manner::sends(&[&leaf, &ca]));
    let connect = format!("127.0.0.1:{}", server.port());
    check(&folder, &["https://Shop.Example.com.", "--connect", &connect]).exits(0);
    check(&folder, &["https://bücher.example", "--connect", &connect]).exits(0);
    check(&folder, &[&format!("https://{connect}")]).exits(0);
    let names = server.names();
    assert_eq!(names, [Some("shop.example.com".to_owned()), Some("xn--bcher-kva.example".to_owned()), None]);
}

#[test]
fn servers_of_one_key_exchange_are_understood() {
    use rustls::crypto::aws_lc_rs::kx_group::{SECP384R1, X25519, X25519MLKEM768};
    let (folder, ca, leaf) = stage();
    for group in [X25519, SECP384R1, X25519MLKEM768] {
        let server = TlsServer::start(Manner::sends(&[&leaf, &ca]).exchanges(group));
        check(&folder, &[&format!("https://127.0.0.1:{}", server.port())]).exits(0);
    }
}

#[test]
fn the_port_of_the_url_counts_where_connect_has_none() {
    let (folder, ca, leaf) = stage();
    let server = TlsServer::start(Manner::sends(&[&leaf, &ca]));
    let url = format!("https://shop.example.com:{}", server.port());
    check(&folder, &[&url, "--connect", "127.0.0.1"]).exits(0);
    // A name goes through the system's resolver.
    check(&folder, &[&url, "--connect", "localhost"]).exits(0);
}

#[test]
fn an_ipv6_address_is_reached() {
    let (folder, ca, leaf) = stage();
    let Ok(server) = TlsServer::start_at("[::1]:0", Manner::sends(&[&leaf, &ca])) else {
        eprintln!("no IPv6 on this machine's loopback");
        return;
    };
    let run = check(&folder, &["-v", &format!("https://[::1]:{}", server.port())]).exits(0);
    assert!(run.stderr.contains(&format!("reached [::1]:{}, TLS 1.3", server.port())), "{}", run.stderr);
    assert_eq!(server.names(), [None]);
}

#[test]
fn nobody_at_the_port() {
    let (folder, ..) = stage();
    let closed = ClosedPort::new();
    let port = closed.port();
    let run = check(&folder, &[&format!("https://127.0.0.1:{port}")]).exits(2);
    let expected =
        format!("cannot reach https://127.0.0.1:{port}: connection refused, nobody listens at 127.0.0.1:{port}");
    assert!(run.stderr.contains(&expected), "{}", run.stderr);
    assert!(run.stderr.contains("help: start the server, or say where it listens: chainmend check"), "{}", run.stderr);
}

#[test]
fn a_name_that_cannot_be() {
    let (folder, ..) = stage();
    // No label is longer than 63 characters: no resolver asks anybody.
    let url = format!("https://{}.example", "x".repeat(64));
    let run = check(&folder, &[&url]).exits(2);
    assert!(run.stderr.contains(": no such host: xxx"), "{}", run.stderr);
    assert!(run.stderr.contains(" --connect ADDRESS\n"), "{}", run.stderr);
}

#[test]
fn proxies_are_for_fetching_alone() {
    let (folder, ca, leaf) = stage();
    let server = TlsServer::start(Manner::sends(&[&leaf, &ca]));
    let url = format!("https://127.0.0.1:{}", server.port());
    let proxy = "http://127.0.0.1:1";
    let variables = [("https_proxy", proxy), ("http_proxy", proxy), ("all_proxy", proxy)];
    folder.chainmend_with(&["check", "--roots", "roots.pem", &url], &variables, None).exits(0);
}

#[test]
fn json_says_what_was_sent_and_what_failed() {
    let (folder, ca, leaf) = stage();
    folder.write("site.pem", leaf.pem() + &ca.pem());
    let server = TlsServer::start(Manner::sends(&[&leaf, &ca]));
    let dead = ClosedPort::new();
    let (good, bad) = (format!("https://127.0.0.1:{}/", server.port()), format!("https://127.0.0.1:{}", dead.port()));
    let run = check(&folder, &["--report", "json", "--against", "site.pem", &good, &bad]).exits(2);
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let [sent, failed] = report["bundles"].as_array().unwrap().as_slice() else { panic!("two bundles: {report}") };
    assert_eq!(sent["inputs"], serde_json::json!([good]));
    assert_eq!(sent["verdict"], "ok");
    assert_eq!(sent["against"], serde_json::json!({"input": "site.pem", "same": true}));
    let chain = sent["chain"].as_array().unwrap();
    let sources: Vec<_> = chain.iter().map(|link| (link["source"].as_str(), link["line"].as_u64())).collect();
    assert_eq!(sources, [(Some("server"), Some(1)), (Some("server"), Some(2))]);
    assert_eq!((failed["verdict"].as_str(), failed.get("against")), (Some("unreadable"), None));
    let message = failed["problems"][0]["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("cannot reach {bad}: connection refused")), "{message}");
}
