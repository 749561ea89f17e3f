//! What programs print, and the rule that each text points to first.

use super::texts::{FIRST, NONE};
use super::*;

#[test]
fn texts_point_to_their_rule() {
    let mut wrong = Vec::new();
    for (first, text) in FIRST.iter().filter(|(first, _)| first.parse::<Rule>().is_ok()) {
        let got = rules(text);
        if got.first() != Some(first) {
            wrong.push(format!("{first} expected, got {got:?}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (first, _) in FIRST {
        assert!(first.parse::<Rule>().is_ok() || DESIGNED.contains(first), "{first}");
    }
}

#[test]
fn what_is_not_about_a_chain_has_no_rule() {
    for text in NONE {
        assert_eq!(rules(text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn the_depth_tells_the_leaf_from_its_issuers() {
    let expired =
        |depth: &str| rules(&format!("{depth}\nverify error:num=10:certificate has expired\nverify return:1"));
    assert_eq!(expired("depth=0 CN = shop.example.com"), ["expired-leaf"]);
    assert_eq!(expired("depth=1 CN = Acme TLS CA")[..2], ["expired-intermediate", "expired-root"]);
    assert_eq!(expired("depth=2 CN = Acme Root G2")[0], "expired-root");
    assert_eq!(expired("")[..2], ["expired-leaf", "expired-intermediate"]);
    assert_eq!(rules("certificate has expired (depth 1)")[0], "expired-intermediate");
    assert_eq!(rules("error 10 at 0 depth lookup: certificate has expired"), ["expired-leaf"]);
    // A setting is no depth.
    assert_eq!(rules("ssl_verify_depth 1; certificate has expired")[0], "expired-leaf");
    assert_eq!(rules("depth=1 CN = X\n20: unable to get local issuer certificate")[0], "untrusted-root");
    assert_eq!(rules("depth=0 CN = X\n20: unable to get local issuer certificate")[0], "missing-intermediate");
}

#[test]
fn a_date_that_is_known_tells_which_root_expired() {
    let text = "x509: certificate has expired or is not yet valid: current time 2021-10-01T00:00:00Z is after 2021-09-30T14:01:15Z";
    assert_eq!(rules(text)[..2], ["expired-root", "stale-cross-sign"]);
}

/// ```text
/// leaf ── intermediate ── root        which of them the server sent
/// ```
#[test]
fn a_listing_of_the_chain_outweighs_the_message() {
    let said = "PKIX path building failed: unable to find valid certification path to requested target\n";
    let listed = |list: &str| rules(&format!("{said}Certificate chain\n{list}---\n"));
    let leaf = " 0 s:CN = a.example\n   i:CN = CA\n";
    assert_eq!(listed(leaf), ["missing-intermediate", "untrusted-root"]);
    assert_eq!(listed(" 0 s:CN = a.example\n   i:CN = a.example\n")[0], "self-signed-leaf");
    assert_eq!(listed(&format!("{leaf} 1 s:CN = CA\n   i:CN = Root\n"))[0], "untrusted-root");
    let whole = listed(&format!("{leaf} 1 s:CN = CA\n   i:CN = Root\n 2 s:CN = Root\n   i:CN = Root\n"));
    assert!(whole.contains(&"root-included"), "{whole:?}");
    let gap = listed(&format!("{leaf} 1 s:CN = Other CA\n   i:CN = Root\n"));
    assert_eq!(gap[0], "missing-intermediate");
    assert!(gap.contains(&"unrelated"), "{gap:?}");
    // Nothing was refused: only what is wrong with the list itself counts.
    assert_eq!(rules(&format!("{leaf}Verify return code: 0 (ok)")), Vec::<&str>::new());
    assert_eq!(rules(&format!("{leaf}{}Verify return code: 0 (ok)", leaf.replace(" 0 s", " 1 s"))), ["duplicate"]);
}

#[test]
fn an_alert_is_the_other_sides_word() {
    let server = diagnose(b"SSL_do_handshake() failed (SSL: error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:SSL alert number 48) while SSL handshaking, client: 192.0.2.7");
    assert_eq!(server.rules()[0], Rule::MissingIntermediate);
    assert_eq!(server.remarks, ["the alert came from a client: look at the chain that this server sends"]);
    // The same words about an alert that was sent are this side's own refusal.
    let sent =
        diagnose(b"* TLSv1.3 (OUT), TLS alert, unknown CA (560):\n* SSL certificate problem: self-signed certificate");
    assert_eq!((sent.rules(), sent.remarks.len()), (vec![Rule::SelfSignedLeaf], 0));
    assert_eq!(rules("SSL alert number 45")[0], "expired-leaf");
    assert_eq!(rules("The TLS protocol defined fatal alert code is 48.")[0], "missing-intermediate");
}

#[test]
fn a_servers_words_about_its_clients_are_told_apart() {
    let got = diagnose(b"client SSL certificate verify error: (20:unable to get local issuer certificate) while reading client request headers");
    assert!(got.client);
    assert!(!diagnose(b"curl: (60) SSL certificate problem: unable to get local issuer certificate").client);
    // 22 is the depth that the verifier was set to, 25 the path length that a CA allows.
    assert_eq!(rules("(25:path length constraint exceeded)"), ["path-length-exceeded"]);
    assert!(rules("(22:certificate chain too long)").contains(&"chain-too-long"));
}

#[test]
fn pasted_logs_are_read_whatever_they_went_through() {
    for text in [
        "2026-11-21T10:00:00Z web1 nginx[12]: \u{1b}[31munable to get local issuer certificate\u{1b}[0m",
        "unable to get local issuer certi\r\nficate",
        "unable to get local\nissuer certificate",
        "{\"msg\":\"Error: unable to get local issuer certificate\\n    at TLSSocket\"}",
        "{\\\"err\\\":\\\"unable\\u0020to get local issuer certificate\\\"}",
        "UNABLE TO GET LOCAL ISSUER CERTIFICATE",
        "> unable to get local issuer&nbsp;certificate",
        "unable%20to%20get%20local%20issuer%20certificate",
        "Fehler beim Prüfen (verify error:num=20:lokales Ausstellerzertifikat fehlt)",
        "証明書の検証に失敗しました (Verify return code: 20)",
    ] {
        assert_eq!(rules(text).first(), Some(&"missing-intermediate"), "{text:?}");
    }
}

#[test]
fn host_and_file_are_taken_from_the_text() {
    let got = diagnose(
        b"nginx: [emerg] cannot load certificate \"/etc/nginx/site.pem\": PEM_read_bio_X509() failed (bad end line)",
    );
    assert_eq!(got.file.as_deref(), Some("/etc/nginx/site.pem"));
    let got = diagnose(b"Get \"https://shop.example.com/v2/\": x509: certificate signed by unknown authority");
    assert_eq!(got.host.as_deref(), Some("shop.example.com"));
}

#[test]
fn an_unknown_text_gets_the_nearest() {
    let got = diagnose(b"the syntax of a constraint is unsupported");
    assert!(got.causes.is_empty() && got.elsewhere.is_none());
    assert!(got.nearest.iter().any(|near| near.rule == Some(Rule::NameConstraintViolated)), "{:?}", got.nearest);
    assert!(diagnose(b"the quick brown fox jumps").nearest.is_empty());
}
