//! How long it takes to read certificates: `cargo bench --bench parse`.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unused_imports,
    reason = "a benchmark"
)]

use chainmend::bundle;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};

#[path = "../support/pki.rs"]
mod pki;

use pki::{Ca, Cert, Template};

fn main() {
    divan::main();
}

/// As many leaves of one CA as asked for.
fn leaves(count: usize) -> Vec<Cert> {
    let ca = Ca::root("Acme Root G2");
    let template = Template::leaf(&["shop.example.com"]).aia("http://crt.example/ca.crt");
    (0..count as u64).map(|serial| ca.issue(template.clone().serial(serial))).collect()
}

/// A PEM bundle read as the program reads it.
#[divan::bench(args = [1, 4, 1000])]
fn read_pem(bencher: Bencher<'_, '_>, count: usize) {
    let leaves = leaves(count);
    let text = pki::pem(&leaves.iter().collect::<Vec<_>>());
    bencher
        .counter(BytesCount::new(text.len()))
        .counter(ItemsCount::new(count))
        .bench(|| bundle::read("site.pem", black_box(text.as_bytes())));
}

/// The same as PKCS#7.
#[divan::bench(args = [1, 4, 1000])]
fn read_pkcs7(bencher: Bencher<'_, '_>, count: usize) {
    let leaves = leaves(count);
    let der = pki::pkcs7(&leaves.iter().collect::<Vec<_>>());
    bencher
        .counter(BytesCount::new(der.len()))
        .counter(ItemsCount::new(count))
        .bench(|| bundle::read("site.p7b", black_box(&der)));
}

/// One certificate's fields, parsed and hashed.
#[divan::bench]
fn parse_certificate(bencher: Bencher<'_, '_>) {
    let leaf = leaves(1);
    let der = leaf[0].der();
    bencher.bench(|| chainmend::cert::Certificate::from_der(black_box(der)));
}
