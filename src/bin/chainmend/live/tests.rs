//! What names a server, and what is said where none answers.

use std::path::Path;

use super::*;

fn server(text: &str) -> Result<(String, u16), String> {
    let server = named(Path::new(text)).expect("a URL").map_err(|problem| problem.to_string())?;
    Ok((server.host_text(), server.port))
}

#[test]
fn a_url_names_a_host_and_a_port() {
    for (text, host, port) in [
        ("https://shop.example.com", "shop.example.com", 443),
        ("HTTPS://Shop.Example.COM./", "shop.example.com", 443),
        ("https://shop.example.com:8443/path?query#part", "shop.example.com", 8443),
        ("https://bücher.example", "xn--bcher-kva.example", 443),
        ("https://[::1]:8443", "[::1]", 8443),
        ("https://10.0.0.7", "10.0.0.7", 443),
        ("https://localhost:1", "localhost", 1),
    ] {
        assert_eq!(server(text), Ok((host.to_owned(), port)), "{text}");
    }
}

#[test]
fn what_is_no_server_is_said_with_what_to_type() {
    for (text, expected) in [
        ("https://", "https://: empty host\nhelp: https://HOST or"),
        ("https://a b", "invalid international domain name"),
        ("https://x:99999", "invalid port number"),
        ("https://x:0", "0 is no port"),
        ("https://[::1", "invalid IPv6 address"),
        ("https://user:secret@x", "a user name or a password in a URL is not wanted"),
        (
            "http://x.example:80/a",
            "no certificate is sent over plain HTTP\nhelp: for the server: chainmend check https://x.example",
        ),
        ("file:///etc/a.pem", "a file is named by its path\nhelp: chainmend check /etc/a.pem"),
        (
            "smtp://mx.example",
            "smtp:// is not built yet\nhelp: where it speaks TLS from the start: chainmend check https://mx.example:465\nelse: openssl s_client -starttls smtp -showcerts -connect mx.example:PORT </dev/null | chainmend check -",
        ),
        ("imap://mx.example:143/", "-connect mx.example:143 </dev/null"),
        ("postgres://db.example", "postgres:// is not built yet\nhelp: openssl s_client -starttls postgres"),
        ("gopher://x", "gopher:// is none of the URLs that are known\nhelp: a live server is https://HOST[:PORT]"),
        (
            "htps://x.example",
            "htps:// is none of the URLs that are known\nhelp: for the server: chainmend check https://x.example",
        ),
        ("tls://x.example:443/", "help: for the server: chainmend check https://x.example:443"),
    ] {
        let said = server(text).expect_err(text);
        assert!(said.contains(expected), "{text}: {said}");
    }
    for file in ["site.pem", "./https", "a//b", "1://x", "://x", "C:\\x", "a b://c"] {
        assert_eq!(named(Path::new(file)), None, "{file}");
    }
}

#[test]
fn connect_takes_names_and_addresses_with_a_port_or_without() {
    for (text, host, port) in [
        ("10.0.0.7", "10.0.0.7", None),
        ("10.0.0.7:8443", "10.0.0.7", Some(8443)),
        ("lb.example:443", "lb.example", Some(443)),
        ("LB.example.", "lb.example", None),
        ("::1", "::1", None),
        ("[::1]", "::1", None),
        ("[fe80::1%eth0]:443", "fe80::1%eth0", Some(443)),
        ("bücher.example", "xn--bcher-kva.example", None),
    ] {
        let address = Address::parse(text).expect(text);
        assert_eq!((address.host.as_str(), address.port), (host, port), "{text}");
    }
    for text in ["https://x", "x:", "x:0", "x:70000", "x:y", "", "[::1", "a b", "[::1]x", "1.2.3.4.5:x"] {
        assert!(Address::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_host_where_no_file_is() {
    for (text, url) in [
        ("example.com", Some("https://example.com")),
        ("shop.example.com:8443", Some("https://shop.example.com:8443")),
        ("localhost:8443", Some("https://localhost:8443")),
        ("10.0.0.7", Some("https://10.0.0.7")),
        ("[::1]:443", Some("https://[::1]:443")),
        ("shop:443", Some("https://shop:443")),
        ("web1:8443", Some("https://web1:8443")),
        ("www.example.com/", Some("https://www.example.com")),
        ("https:/shop", Some("https://shop")),
        ("https:/shop.example.com:8443/path?query", Some("https://shop.example.com:8443")),
        ("https//shop", Some("https://shop")),
        ("https:shop", Some("https://shop")),
        ("https;//shop", Some("https://shop")),
        ("https:\\\\shop", Some("https://shop")),
        ("HTTPS:///shop", Some("https://shop")),
        ("http:shop", Some("https://shop")),
        ("http:/shop.example.com", Some("https://shop.example.com")),
        ("htps:/shop.example.com", Some("https://shop.example.com")),
        ("https:[::1]:8443", Some("https://[::1]:8443")),
        ("bücher.example", Some("https://bücher.example")),
        ("site.pem", None),
        ("fullchain", None),
        ("tls.key", None),
        ("certs/example.com", None),
        ("12", None),
        ("a..b.com", None),
        ("*.example.com", None),
        ("https", None),
        ("https:", None),
        ("https:/", None),
        ("https:8443", None),
        ("https/site", None),
        ("https.conf", None),
        ("http/site.pem", None),
        ("https:/me@shop", None),
        ("https:/a b", None),
        ("site.pem:443", None),
        ("c:1", Some("https://c:1")),
        ("", None),
        ("-", None),
    ] {
        assert_eq!(maybe_host(Path::new(text)).as_deref(), url, "{text}");
    }
}

fn told(failure: Failure) -> String {
    let server = named(Path::new("https://shop.example.com:8443")).expect("a URL").expect("a good one");
    failure.told(&server, None, TIMEOUT, " --roots r.pem").to_string()
}

#[test]
fn failures_are_said_plainly() {
    use rustls::{AlertDescription, Error};

    for (failure, expected) in [
        (
            Failure::NoSuchHost("shop.example.com".into()),
            "cannot reach https://shop.example.com:8443: no such host: shop.example.com\nhelp: chainmend check --roots r.pem https://shop.example.com:8443 --connect ADDRESS",
        ),
        (Failure::TimedOut(0), "took the connection and said nothing for 10 s"),
        (Failure::TimedOut(5), "began its answer and did not end it within 10 s"),
        (Failure::Closed(0), "hung up without a word"),
        (Failure::Closed(9), "hung up in the middle of the handshake"),
        (
            Failure::NotTls(b"HTTP/1.1 400 Bad Request\r\n".into()),
            "answers in plain HTTP, not in TLS\nhelp: name the port of HTTPS: chainmend check --roots r.pem https://shop.example.com",
        ),
        (Failure::NotTls(b"SSH-2.0-x\r\n".into()), "speaks SSH, and not TLS"),
        (
            Failure::NotTls(b"220 mx ESMTP\r\n".into()),
            "openssl s_client -starttls smtp -showcerts -connect shop.example.com:8443 -servername shop.example.com </dev/null | chainmend check --roots r.pem --host shop.example.com -",
        ),
        (Failure::NotTls(b"220 FTP here\r\n".into()), "-starttls ftp"),
        (Failure::NotTls(b"* OK ready".into()), "-starttls imap"),
        (Failure::NotTls(b"\x1b[31mhello\n".into()), "does not speak TLS; it says: "),
        (
            Failure::Tls(Error::AlertReceived(AlertDescription::UnrecognisedName)),
            "has no site of this name (TLS alert unrecognized_name)",
        ),
        (Failure::Tls(Error::AlertReceived(AlertDescription::HandshakeFailure)), "-cipher ALL:@SECLEVEL=0"),
        (
            Failure::Tls(Error::AlertReceived(AlertDescription::BadRecordMac)),
            "refused the handshake (TLS alert bad_record_mac)",
        ),
        (Failure::Tls(Error::NoCertificatesPresented), "sends no certificate"),
        (Failure::TooMuch, "sends more than TLS clients take"),
    ] {
        let said = told(failure.clone());
        assert!(said.contains(expected), "{failure:?}: {said}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
}
