//! The table of readers: each shape of file that the world writes, read by chainmend and by the PEM
//! readers of the Rust world. chainmend finds every certificate that any of them finds, and where it
//! finds more than the others it says what is odd about the file.
//!
//! `cargo test --test readers -- --nocapture` prints the table.

#![allow(clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chainmend::bundle;
use pki_types::CertificateDer;
use pki_types::pem::PemObject;
use support::pki::{Ca, Cert, armour, pem, pkcs7, pkcs7_pem};
use x509_parser::pem::Pem;

/// What a reader found, and whether it complained.
struct Read {
    found: BTreeSet<Vec<u8>>,
    complained: bool,
}

/// Only what is a certificate counts: readers that hand out blocks hand out others too.
fn certificates(blocks: impl IntoIterator<Item = Vec<u8>>) -> BTreeSet<Vec<u8>> {
    blocks.into_iter().filter(|der| chainmend::cert::Certificate::from_der(der).is_ok()).collect()
}

fn by_pem(bytes: &[u8]) -> Read {
    match pem::parse_many(bytes) {
        Ok(blocks) => Read { found: certificates(blocks.into_iter().map(|b| b.into_contents())), complained: false },
        Err(_) => Read { found: BTreeSet::new(), complained: true },
    }
}

fn by_pki_types(bytes: &[u8]) -> Read {
    let (good, bad): (Vec<_>, Vec<_>) = CertificateDer::pem_slice_iter(bytes).take(100).partition(Result::is_ok);
    let found = certificates(good.into_iter().flatten().map(|c| c.to_vec()));
    Read { found, complained: !bad.is_empty() }
}

fn by_x509_parser(bytes: &[u8]) -> Read {
    let (good, bad): (Vec<_>, Vec<_>) = Pem::iter_from_buffer(bytes).take(100).partition(Result::is_ok);
    Read { found: certificates(good.into_iter().flatten().map(|b| b.contents)), complained: !bad.is_empty() }
}

fn by_chainmend(bytes: &[u8]) -> Read {
    let read = bundle::read("file", bytes);
    let found = read.certificates().map(|(_, certificate)| certificate.der().to_vec()).collect();
    // A form that is no PEM is said by the bundle's form.
    let complained = !read.findings.is_empty() || read.form != bundle::Form::Pem;
    Read { found, complained }
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect()
}

/// Name, bytes, and how many certificates are there to be found.
type Shape = (&'static str, Vec<u8>, usize);

fn text(s: String) -> Vec<u8> {
    s.into_bytes()
}

/// PEM as it is handed on: copied, cut, edited, encoded anew.
fn pem_shapes(leaf: &Cert, ca: &Cert) -> Vec<Shape> {
    let both = pem(&[leaf, ca]);
    let (first, second) = (pem(&[leaf]), pem(&[ca]));
    let lines: Vec<&str> = first.lines().collect();
    let body = lines[1..lines.len() - 1].join("");
    let cut = &second[..second.len() - 60];
    let indented = |s: &str| s.lines().map(|l| format!("    {l}\n")).collect::<String>();
    let wide = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n{second}");
    let broken = first.replacen(&lines[2][..4], "!!!!", 1);
    vec![
        ("as it should be", text(both.clone()), 2),
        ("byte-order mark", text(format!("\u{feff}{both}")), 2),
        ("UTF-16, little end first", utf16(&both, u16::to_le_bytes), 2),
        ("UTF-16, big end first", utf16(&both, u16::to_be_bytes), 2),
        ("CRLF", text(both.replace('\n', "\r\n")), 2),
        ("CR alone", text(both.replace('\n', "\r")), 2),
        ("END and BEGIN glued", text(format!("{}{second}", first.trim_end())), 2),
        ("indented", text(indented(&both)), 2),
        ("trailing spaces", text(both.replace('\n', "  \n")), 2),
        ("blank lines inside", text(both.replace('\n', "\n\n")), 2),
        ("base64 in one line", text(wide), 2),
        ("RFC 1421 headers", text(first.replacen('\n', "\nComment: made here\n\n", 1) + &second), 2),
        ("X509 CERTIFICATE", text(both.replace(" CERTIFICATE", " X509 CERTIFICATE")), 2),
        (
            "TRUSTED CERTIFICATE",
            text(armour("TRUSTED CERTIFICATE", &[leaf.der(), &[0x30, 0x00]].concat()) + &second),
            2,
        ),
        (
            "Bag Attributes between",
            text(format!("Bag Attributes\n    localKeyID: 01\n{first}subject=CN = x\n{second}")),
            2,
        ),
        ("last block cut short", text(format!("{first}{cut}")), 1),
        ("last END missing", text(format!("{first}{}", second.replace("-----END CERTIFICATE-----\n", ""))), 2),
        ("a bad block before a good one", text(format!("{broken}{second}")), 1),
        ("BEGIN without END", text(format!("{}\n{}\n{both}", lines[0], lines[1])), 2),
        ("END of another label", text(first.replace("END CERTIFICATE", "END X509 CRL") + &second), 2),
        ("quoted in a mail", text(both.lines().map(|l| format!("> {l}\n")).collect()), 2),
    ]
}

/// Other forms, and PEM inside of other formats.
fn other_shapes(leaf: &Cert, ca: &Cert) -> Vec<Shape> {
    let both = pem(&[leaf, ca]);
    vec![
        ("DER", leaf.der().to_vec(), 1),
        ("DER after DER", [leaf.der(), ca.der()].concat(), 2),
        ("base64 without markers", text(STANDARD.encode(leaf.der())), 1),
        ("PKCS#7 in DER", pkcs7(&[leaf, ca]), 2),
        ("PKCS#7 in PEM", text(pkcs7_pem(&[leaf, ca])), 2),
        ("JSON with \\n", text(format!("{{\"bundle\":\"{}\"}}", both.replace('\n', "\\n"))), 2),
        ("every line numbered", text(both.lines().enumerate().map(|(n, l)| format!("{n:>3}: {l}\n")).collect()), 2),
        ("a diff", text(both.lines().map(|l| format!("+{l}\n")).collect()), 2),
        ("HTML", text(format!("<p>{}</p>", both.replace('\n', "<br>\n"))), 2),
        ("an environment file", text(format!("CERT=\"{}\"\n", both.replace('\n', "\\n"))), 2),
        ("a header from nginx", text(both.replace('\n', "%0A").replace(' ', "%20").replace('+', "%2B")), 2),
        (
            "a JSON Web Key",
            text(format!("{{\"x5c\":[\"{}\",\"{}\"]}}", STANDARD.encode(leaf.der()), STANDARD.encode(ca.der()))),
            2,
        ),
        (
            "a Kubernetes Secret",
            text(format!("apiVersion: v1\nkind: Secret\ndata:\n  tls.crt: {}\n", STANDARD.encode(both.as_bytes()))),
            2,
        ),
    ]
}

#[test]
fn finds_what_any_other_reader_finds_and_says_what_they_lose() {
    let root = Ca::root("Acme Root G2");
    let ca = root.issue_ca("Acme TLS CA 2");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let mut more = 0;
    println!("{:32} {:>9} {:>4} {:>9} {:>11}", "", "chainmend", "pem", "pki-types", "x509-parser");
    for (name, bytes, there) in [pem_shapes(&leaf, &ca), other_shapes(&leaf, &ca)].concat() {
        let ours = by_chainmend(&bytes);
        let others = [by_pem(&bytes), by_pki_types(&bytes), by_x509_parser(&bytes)];
        let cell = |read: &Read| format!("{}{}", read.found.len(), if read.complained { "!" } else { "" });
        let [a, b, c] = &others;
        println!("{name:32} {:>9} {:>4} {:>9} {:>11}", cell(&ours), cell(a), cell(b), cell(c));

        assert_eq!(ours.found.len(), there, "{name}: certificates that chainmend finds");
        for other in &others {
            assert!(other.found.is_subset(&ours.found), "{name}: another reader finds more");
        }
        if others.iter().any(|other| other.found.len() < ours.found.len() && !other.complained) {
            more += 1;
            assert!(ours.complained, "{name}: a reader loses a certificate in silence, and chainmend says nothing");
        }
    }
    assert!(more >= 8, "only in {more} shapes does a reader lose something in silence");
}
