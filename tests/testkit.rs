//! The test kit, tested: a kit that cannot fail proves nothing.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a client for the server under test")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use x509_parser::extensions::{GeneralName, ParsedExtension};

mod support;

use support::case::Case;
use support::content;
use support::done::{diff, rules_fault};
use support::normal::Normal;
use support::pki::{self, Aki, Ca, Cert, Kind, Template};
use support::run::{Folder, fingerprints};
use support::server::{Answer, Server};
use support::world::{STANDARD, World};

fn parsed(cert: &Cert) -> x509_parser::certificate::X509Certificate<'_> {
    x509_parser::parse_x509_certificate(cert.der()).unwrap().1
}

/// Whether `issuer`'s key verifies `cert`, by the crypto alone.
fn signed_by(cert: &Cert, issuer: &Cert) -> bool {
    let anchor = pki_types::CertificateDer::from(issuer.der());
    let anchor = webpki::anchor_from_trusted_cert(&anchor).unwrap();
    let leaf = pki_types::CertificateDer::from(cert.der());
    let leaf = webpki::EndEntityCert::try_from(&leaf).unwrap();
    leaf.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &[anchor],
        &[],
        // 2026-11-21
        pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_795_219_200)),
        webpki::KeyUsage::server_auth(),
        None,
        None,
    )
    .is_ok()
}

#[test]
fn a_leaf_verifies_against_its_issuer_and_no_other() {
    let root = Ca::root("Acme Root G2");
    let leaf = root.issue_leaf(&["shop.example.com", "10.0.0.7"]);
    assert!(signed_by(&leaf, &root));
    assert!(!signed_by(&leaf, &Ca::root("Acme Root G2")), "same name, another key");
    let tampered = root.issue(leaf.again().tampered());
    assert!(!signed_by(&tampered, &root));
}

#[test]
fn keys_of_every_kind_sign() {
    for kind in [Kind::P256, Kind::P384, Kind::Ed25519, Kind::Rsa] {
        let root = Template::ca("Acme Root G2").key(kind).self_signed();
        assert!(signed_by(&root.issue_leaf(&["shop.example.com"]), &root), "{kind:?}");
    }
}

#[test]
fn a_cross_certificate_has_the_name_and_key_of_what_it_crosses() {
    let (root, old) = (Ca::root("Acme Root G2"), Ca::root("Acme Root G1"));
    let cross = old.certify(&root);
    assert_eq!(parsed(&cross).subject(), parsed(&root).subject());
    assert_eq!(parsed(&cross).public_key().raw, parsed(&root).public_key().raw);
    assert_eq!(parsed(&cross).issuer(), parsed(&old).subject());
    assert_ne!(cross.fingerprint(), root.fingerprint());
}

#[test]
fn serials_and_dates_are_the_same_in_every_run() {
    let serial = |root: &Cert| parsed(&root.issue_leaf(&["shop.example.com"])).raw_serial().to_vec();
    let (one, two) = (Ca::root("Acme Root G2"), Ca::root("Acme Root G2"));
    assert_eq!(serial(&one), serial(&two));
    let leaf = one.issue_leaf(&["shop.example.com"]);
    assert_eq!(parsed(&leaf).validity().not_before.timestamp(), 1_704_067_200);
    assert_eq!(parsed(&leaf).validity().not_after.timestamp(), 2_650_838_400);
    assert_ne!(parsed(&leaf).raw_serial(), parsed(&one.issue(leaf.again().until("2060-01-01"))).raw_serial());
}

#[test]
fn extensions_say_what_the_template_says() {
    let root = Ca::root("Acme Root G2");
    let leaf = root.issue(
        Template::leaf(&["shop.example.com"])
            .aia("ldap://directory.example/ca")
            .aia("http://crt.example/ca.crt")
            .aki(Aki::IssuerAndSerial(root.template().subject.clone(), 0x8001)),
    );
    let cert = parsed(&leaf);
    let urls: Vec<_> = cert
        .extensions()
        .iter()
        .filter_map(|e| match e.parsed_extension() {
            ParsedExtension::AuthorityInfoAccess(aia) => Some(aia),
            _ => None,
        })
        .flat_map(|aia| aia.iter())
        .map(|access| match &access.access_location {
            GeneralName::URI(url) => (*url).to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(urls, ["ldap://directory.example/ca", "http://crt.example/ca.crt"]);
    let aki = cert.extensions().iter().find_map(|e| match e.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(aki) => Some(aki.clone()),
        _ => None,
    });
    let aki = aki.unwrap();
    assert_eq!(aki.key_identifier.unwrap().0, root.key_id());
    assert_eq!(aki.authority_cert_serial.unwrap(), [0x00, 0x80, 0x01]);
    assert!(matches!(&aki.authority_cert_issuer.unwrap()[..], [GeneralName::DirectoryName(name)]
        if name == parsed(&root).subject()));
    assert_eq!(
        parsed(&root.issue(Template::ca("X").pathlen(0)))
            .basic_constraints()
            .unwrap()
            .unwrap()
            .value
            .path_len_constraint,
        Some(0)
    );
    assert!(parsed(&root.issue(Template::ca("X").aki(Aki::Absent).no_ski())).extensions().len() == 2);
}

#[test]
fn broken_certificates_are_broken_where_they_should_be() {
    let root = Ca::root("Acme Root G2");
    let leaf = || Template::leaf(&["shop.example.com"]);
    let weak = root.issue(leaf().weak_key());
    assert!(signed_by(&weak, &root));
    match parsed(&weak).public_key().parsed().unwrap() {
        x509_parser::public_key::PublicKey::RSA(key) => assert_eq!(key.key_size(), 1024),
        other => panic!("{other:?}"),
    }
    let odd = root.issue(leaf().odd_algorithm());
    assert_eq!(parsed(&odd).signature_algorithm.algorithm.to_id_string(), "1.2.840.10045.4.3.127");
    assert_eq!(parsed(&odd).signature_algorithm, parsed(&odd).tbs_certificate.signature);
}

#[test]
fn every_standard_certificate_is_made() {
    let world = World::new(&[], "http://127.0.0.1:1").unwrap();
    assert_eq!(world.all().count(), STANDARD.len());
    let subject = |name: &str| parsed(world.get(name).unwrap()).subject().to_string();
    assert_eq!(subject("cross"), subject("root"));
    assert_eq!(subject("samename"), subject("ca2"));
    assert!(signed_by(world.get("leaf").unwrap(), world.get("ca2new").unwrap()));
    assert!(!signed_by(world.get("leaf").unwrap(), world.get("samename").unwrap()));
}

#[test]
fn lines_change_the_world_and_mistakes_in_them_are_named() {
    let world = |lines: &[&str]| World::new(&lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>(), "http://h");
    let changed = world(&["leaf += until 2027-10-02 aia none", r#"a = ca "A" by b"#, r#"b = ca "B" by a"#]).unwrap();
    assert_eq!(changed.get("leaf").unwrap().template().not_after, "2027-10-02");
    assert!(changed.get("leaf").unwrap().template().aia.is_empty());
    assert!(signed_by(changed.get("leaf").unwrap(), changed.get("ca2").unwrap()));
    for (line, error) in [
        ("leaf = server x by ca2", "neither root, ca, leaf nor again"),
        ("leaf += bye ca2", "`bye` is no option"),
        ("leaf += by nobody", "no certificate is called `nobody`"),
        ("loop = again loop", "defined by itself"),
        ("nobody += by ca1", "not defined yet"),
        ("leaf += until", "lacks its value"),
    ] {
        let got = world(&[line]).unwrap_err();
        assert!(got.contains(error), "{line}: {got}");
    }
}

#[test]
fn contents_are_written_as_they_are_described() {
    let world = World::new(&[], "").unwrap();
    let bytes = |expression: &str| content::bytes(expression, &world).unwrap();
    let [leaf, ca2] = ["leaf", "ca2"].map(|name| world.get(name).unwrap());
    assert_eq!(bytes("leaf ca2"), pki::pem(&[leaf, ca2]).as_bytes());
    assert_eq!(fingerprints(&bytes("leaf ca2")), [leaf.fingerprint(), ca2.fingerprint()]);
    assert_eq!(bytes("der(leaf ca2)"), [leaf.der(), ca2.der()].concat());
    assert_eq!(bytes(r#""a\n" bom("b")"#), b"a\n\xef\xbb\xbfb");
    assert!(String::from_utf8(bytes("glued(leaf ca2)")).unwrap().contains("-----END CERTIFICATE----------BEGIN"));
    assert!(String::from_utf8(bytes("crlf(leaf)")).unwrap().ends_with("-----\r\n"));
    assert_eq!(bytes("half(leaf)").len(), bytes("leaf").len() / 2);
    assert_eq!(bytes("broken(leaf)").iter().filter(|b| **b == b'!').count(), 1);
    assert_eq!(bytes("utf16(\"a\")"), [0xff, 0xfe, b'a', 0]);
    for wrong in ["nobody", "bom(leaf", "leaf)", "loud(leaf)", "(leaf)", "\"a"] {
        assert!(content::bytes(wrong, &world).is_err(), "{wrong}");
    }
}

const CASE: &str = "\
A leaf alone: it is completed.

    root ─ leaf   a drawing: with a colon

at: 2026-01-02
pki:
    leaf += until 2027-02-12
files:
    site.pem: leaf

serve:
    /ca2.crt: der(ca2)

run: chainmend fix site.pem -o out.pem
env: CHAINMEND_OFFLINE=0
exit: 0
out.pem: leaf ca2
# a remark
out.pem mode: 0644
site.pem = leaf
report:
    site.pem: MENDED

     error[x] = y
run: chainmend check out.pem
exit: 1
";

#[test]
fn a_case_is_read() {
    let case = Case::parse(CASE).unwrap();
    assert_eq!(case.title, "A leaf alone: it is completed.");
    assert_eq!(case.drawing[1].trim(), "root ─ leaf   a drawing: with a colon");
    assert_eq!(case.at.as_deref(), Some("2026-01-02"));
    assert_eq!(case.pki, ["leaf += until 2027-02-12"]);
    assert_eq!(case.files, ["site.pem: leaf"]);
    assert_eq!(case.serve, ["/ca2.crt: der(ca2)"]);
    let [first, second] = &case.steps[..] else { panic!("{:?}", case.steps) };
    assert_eq!(first.command, "chainmend fix site.pem -o out.pem");
    assert_eq!(first.variables, [("CHAINMEND_OFFLINE".to_owned(), "0".to_owned())]);
    let keys: Vec<_> = first.expect.iter().map(|e| (e.key.as_str(), e.exact)).collect();
    assert_eq!(
        keys,
        [("exit", false), ("out.pem", false), ("out.pem mode", false), ("site.pem", true), ("report", false)]
    );
    assert_eq!(first.expect[4].block, ["site.pem: MENDED", "", " error[x] = y"]);
    assert_eq!(second.line, 25);
}

#[test]
fn mistakes_in_a_case_are_named() {
    for (from, to, error) in [
        ("exit: 0\n", "", "a run without `exit:`"),
        ("exit: 0", "exits: 0", "`exits` is no section here"),
        ("exit: 0", "exit 0", "no `key: value`"),
        ("A leaf alone: it is completed.", "", "a case starts with a sentence"),
        ("    root ─ leaf   a drawing: with a colon\n", "", "a case has a drawing"),
    ] {
        let got = Case::parse(&CASE.replace(from, to)).unwrap_err();
        assert!(got.contains(error), "{to}: {got}");
    }
    assert!(Case::parse("Nothing.\nat: 2026-01-01\n").is_err());
}

#[test]
fn every_expectation_can_fail() {
    let passes = "Shown.\n\n    root ─ leaf\n\nfiles:\n    site.pem: leaf\nrun: chainmend --version\nexit: 0\nsite.pem: leaf\n\
        site.pem = leaf\nsite.pem: untouched\nsite.pem mode: 0644\nout.pem: absent\nrequests: none\nrequests: 0\n\
        never-says: panicked\n";
    assert_eq!(Case::parse(passes).unwrap().run(), Ok(()));
    for wrong in [
        "exit: 7",
        "site.pem: leaf ca2",
        "site.pem = leaf ca2",
        "site.pem = crlf(leaf)",
        "site.pem: absent",
        "site.pem mode: 0600",
        "out.pem: leaf",
        "stdout: leaf",
        "stdout:\n    other words",
        "requests: 1",
        "requests: /ca2.crt",
        "says: other words",
        "report:\n    other words",
        "verdict: ok",
        "rules: misordered",
        "chain: leaf",
    ] {
        let case = passes.replace("exit: 0\n", if wrong.starts_with("exit") { "" } else { "exit: 0\n" });
        let faults = Case::parse(&format!("{case}{wrong}\n")).unwrap().run().unwrap_err();
        let name = wrong.split([':', '=']).next().unwrap().trim();
        let told = faults.iter().any(|f| f.contains(&format!(": {name}")) || f.contains("no JSON report"));
        assert!(told, "{wrong}: {faults:?}");
    }
    for mistake in ["site.pem: nobody", "none.pem: untouched", "site.pem = loud(leaf)", "site.pem mode: none"] {
        assert!(Case::parse(&format!("{passes}{mistake}\n")).unwrap().run().is_err(), "{mistake}");
    }
}

#[test]
fn updating_changes_only_what_was_said() {
    let case = Case::parse(CASE).unwrap();
    let said = |first: &str, second: &str| vec![(first.to_owned(), String::new()), (second.to_owned(), String::new())];
    let same = case.updated(CASE, &said("site.pem: MENDED\n\n error[x] = y\n", "fine\n"), false);
    assert_eq!(same, CASE);
    let added = case.updated(CASE, &said("one\n", "fine\n"), true);
    assert!(added.contains("report:\n    one\nrun:"), "{added}");
    assert!(added.ends_with("exit: 1\nreport:\n    fine\n"), "{added}");
    Case::parse(&added).unwrap();
}

#[test]
fn rules_are_compared_both_ways() {
    let got = ["error missing-intermediate@leaf".to_owned(), "info alternative-path@ca1".to_owned()];
    assert_eq!(rules_fault("missing-intermediate", &got), None);
    assert_eq!(rules_fault("missing-intermediate@leaf alternative-path", &got), None);
    assert!(rules_fault("missing-intermediate@ca2", &got).is_some());
    assert!(rules_fault("none", &got).is_some());
    assert!(rules_fault("missing-intermediate misordered", &got).is_some());
    assert!(rules_fault("missing-intermediate missing-intermediate", &got).is_some());
    let twice = [got[0].clone(), got[0].clone(), "warning misordered@ca1".to_owned()];
    assert_eq!(rules_fault("missing-intermediate+ misordered", &twice), None);
    assert!(rules_fault("missing-intermediate misordered", &twice).is_some());
    assert_eq!(rules_fault("misordered ...", &twice), None);
    assert!(rules_fault("duplicate ...", &twice).is_some());
}

#[test]
fn a_diff_shows_what_was_expected_and_what_came() {
    assert_eq!(diff("a\nb", "a\nb"), None);
    let shown = diff("a\nb\nc", "a\nx\nc").unwrap();
    assert!(shown.contains("\n      a\n    - b\n    + x\n      c"), "{shown}");
}

#[test]
fn what_differs_from_run_to_run_is_replaced() {
    let (folder, server) = (Folder::new(), Server::start());
    let world = World::new(&[], &server.url("")).unwrap();
    let normal = Normal { folder: &folder, server: &server, world: &world, tls: &BTreeMap::new() };
    let leaf = world.get("leaf").unwrap();
    let (hash, id) = (leaf.fingerprint(), pki::hex(&leaf.key_id()).to_uppercase());
    let colons = hash.as_bytes().chunks(2).map(|b| String::from_utf8_lossy(b)).collect::<Vec<_>>().join(":");
    let text = format!(
        "{hash} {} {colons} key id {}:{}:…:{} {} {} in 0.1 s, 41 ms, 83 days, 3 s",
        &hash[..8],
        &id[..2],
        &id[2..4],
        &id[38..],
        folder.path("out.pem").display(),
        server.url("/ca.crt"),
    );
    assert_eq!(
        normal.of(&text),
        "[SHA256:leaf] [SHA256:leaf] [SHA256:leaf] key id [KEY-ID:leaf] [FOLDER]/out.pem \
         http://127.0.0.1:[PORT]/ca.crt in [TIME], [TIME], 83 days, 3 s"
    );
}

fn get(server: &Server, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn the_server_answers_and_keeps_count() {
    let server = Server::start();
    server.serve("/a", Answer::ok("hello"));
    server.serve("/b", Answer::redirect("/a"));
    server.serve("/c", Answer::InTurn(vec![Answer::status(503), Answer::ok("later")]));
    server.serve("/d", Answer::Half { body: b"12345678".to_vec() });
    server.serve("/e", Answer::Close);
    assert!(get(&server, "/a").ends_with("Content-Length: 5\r\n\r\nhello"));
    assert!(get(&server, "/b").contains("302 Status") && get(&server, "/b").contains("Location: /a\r\n"));
    assert!(get(&server, "/c").contains("503") && get(&server, "/c").ends_with("later"));
    assert!(get(&server, "/d").ends_with("\r\n\r\n1234"));
    assert_eq!(get(&server, "/e"), "");
    assert!(get(&server, "/none").contains("404"));
    assert_eq!(server.take_requests(), ["/a", "/b", "/b", "/c", "/c", "/d", "/e", "/none"]);
    assert!(server.requests().is_empty());
}

#[test]
fn a_file_that_is_written_again_leaves_fingermarks() {
    let folder = Folder::new();
    folder.write("site.pem", "same");
    let before = folder.fingermarks("site.pem");
    assert_eq!(before, folder.fingermarks("site.pem"));
    std::fs::write(folder.path("site.pem"), "same").unwrap();
    assert_ne!(before, folder.fingermarks("site.pem"));
    folder.link("live/site.pem", "../site.pem");
    assert_eq!(folder.files(), ["live/site.pem", "site.pem"]);
}
