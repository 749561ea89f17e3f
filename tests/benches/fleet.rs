//! What the benchmarks measure with: made-up bundles by the thousand, and the least that judging them
//! could cost. `tests/benches/batch.py` calls it:
//!
//! ```text
//! cargo run --release --example fleet -- tree   DIR BUNDLES CAS   right bundles, in a tree
//!                                        leaves DIR LEAVES URL    leaves alone; issuers are at URL
//!                                        pool   DIR CAS ROOTS     a pool of CAs, a folder of roots
//!                                        floor  CA FILE…          reads, decodes, parses, one signature each
//! ```
//!
//! ```text
//! Acme Root (roots.pem) ─ Acme Policy CA ─ Acme TLS CA n ─ n-m.example.com
//!                          └── intermediates.pem ──┘
//! ```
//!
//! All keys are P-256; all leaves have the same one, since making keys would take most of the time.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a maker of files stops where it cannot"
)]

use std::fs;
use std::path::Path;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use x509_parser::parse_x509_certificate;

#[allow(
    dead_code,
    unused_imports,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the tests' own PKI maker; most of it is for them"
)]
#[path = "../support/pki.rs"]
mod pki;

use pki::{Ca, Cert, Template, alternative_name, common_name, pem};

/// What fills a certificate of the pool up to the size that real ones have: CCADB's 10,000 take 19 MB
/// as PEM.
const PADDING: usize = 900;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<usize>().expect("a number");
    match words.as_slice() {
        ["tree", dir, bundles, cas] => tree(Path::new(dir), number(bundles), number(cas)),
        ["leaves", dir, leaves, url] => self::leaves(Path::new(dir), number(leaves), url),
        ["pool", dir, cas, roots] => pool(Path::new(dir), number(cas), number(roots)),
        ["floor", ca, files @ ..] => floor(Path::new(ca), files),
        _ => panic!("usage: see the top of tests/benches/fleet.rs"),
    }
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::write(path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// One more leaf: only its name and its serial differ.
fn another(base: &Template, name: &str, serial: usize) -> Template {
    Template {
        subject: common_name(name),
        names: vec![alternative_name(name)],
        serial: Some(serial as u64),
        ..base.clone()
    }
}

/// `tree/CA/BUNDLE.pem`, bundle by bundle of each CA in turn.
fn tree(dir: &Path, bundles: usize, cas: usize) {
    let root = Ca::root("Acme Root");
    let policy = root.issue_ca("Acme Policy CA");
    let base = Template::leaf(&["example.com"]);
    let mut intermediates = vec![policy.clone()];
    for n in 0..cas {
        let ca = policy.issue_ca(&format!("Acme TLS CA {n}"));
        let folder = dir.join(format!("tree/{n:03}"));
        fs::create_dir_all(&folder).expect("a folder");
        for m in 0..bundles / cas {
            let leaf = ca.issue(another(&base, &format!("{n}-{m}.example.com"), m + 1));
            write(&folder.join(format!("{m:05}.pem")), pem(&[&leaf, &ca, &policy]));
        }
        intermediates.push(ca);
    }
    write(&dir.join("roots.pem"), root.pem());
    write(&dir.join("ca.der"), intermediates[1].der());
    write(&dir.join("intermediates.pem"), pem(&intermediates.iter().collect::<Vec<_>>()));
}

/// `leaves/NUMBER.pem`, all of one CA; `ca1.crt` and `ca2.crt` are what stands at the URLs.
fn leaves(dir: &Path, count: usize, url: &str) {
    let root = Ca::root("Acme Root");
    let policy = root.issue_ca("Acme Policy CA");
    let ca = policy.issue(Template::ca("Acme TLS CA").aia(&format!("{url}/ca1.crt")));
    let base = Template::leaf(&["example.com"]).aia(&format!("{url}/ca2.crt"));
    fs::create_dir_all(dir.join("leaves")).expect("a folder");
    for m in 0..count {
        let leaf = ca.issue(another(&base, &format!("{m}.example.com"), m + 1));
        write(&dir.join(format!("leaves/{m:05}.pem")), leaf.pem());
    }
    write(&dir.join("roots.pem"), root.pem());
    write(&dir.join("intermediates.pem"), pem(&[&ca, &policy]));
    write(&dir.join("ca1.crt"), policy.der());
    write(&dir.join("ca2.crt"), ca.der());
}

/// `pool.pem` and the folder `roots/`; `leaf.pem` needs one of the former, which needs one of the
/// latter. `right.pem` needs none of them but `root.pem`, and `leaf.pem` besides it only `ca.pem`.
fn pool(dir: &Path, cas: usize, roots: usize) {
    fs::create_dir_all(dir.join("roots")).expect("a folder");
    let mut root = Ca::root("Acme Root");
    for n in 0..roots {
        root = Ca::root(&format!("Acme Root {n}"));
        write(&dir.join(format!("roots/{n:03}.pem")), root.pem());
    }
    let base = Template::ca("Acme TLS CA").extension(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, vec![0x55; PADDING]);
    let issue = |n| root.issue(Template { subject: common_name(&format!("Acme TLS CA {n}")), ..base.clone() });
    let pool: Vec<Cert> = (0..cas).map(issue).collect();
    let ca = &pool[cas / 2];
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    write(&dir.join("pool.pem"), pem(&pool.iter().collect::<Vec<_>>()));
    write(&dir.join("ca.pem"), ca.pem());
    write(&dir.join("leaf.pem"), leaf.pem());
    write(&dir.join("right.pem"), pem(&[&leaf, ca]));
    write(&dir.join("root.pem"), root.pem());
}

/// The least that judging right bundles of one CA could cost, on one thread.
fn floor(ca: &Path, files: &[&str]) {
    let ca = fs::read(ca).expect("the CA of the leaves");
    let (_, ca) = parse_x509_certificate(&ca).expect("a certificate");
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &ca.public_key().subject_public_key.data);
    for file in files {
        let text = fs::read(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let blocks = ::pem::parse_many(&text).expect("PEM");
        let parsed: Vec<_> =
            blocks.iter().map(|block| parse_x509_certificate(block.contents()).expect("a certificate").1).collect();
        let leaf = &parsed[0];
        key.verify(leaf.tbs_certificate.as_ref(), &leaf.signature_value.data).expect("the CA's own leaf");
    }
    println!("{} bundles", files.len());
}
