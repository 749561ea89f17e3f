//! Writes the bundles in samples/ anew: `cargo run --example make-samples`.
//!
//! Every certificate is valid from 2024 to 2064, for `shop.example.com`, from a made-up CA:
//!
//! ```text
//! Sample Root G2 ─ Sample Policy CA ─ Sample TLS CA 2 ─ shop.example.com
//! (root.pem)       └──── intermediates.pem ────┘
//! ```
//!
//! Keys are made anew each time and thrown away, but for the leaf's: shop.key is a sample, and a
//! secret to nobody. Names, dates and serials stay the same; keys, and so signatures, do not.
#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a maker of samples writes files and stops where it cannot"
)]

use std::path::Path;

#[allow(
    dead_code,
    unused_imports,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the tests' own PKI maker; most of it is for them"
)]
#[path = "../tests/support/pki.rs"]
mod pki;

use pki::{Ca, Cert, Template, pem};

const UNTIL: &str = "2064-01-01";

fn main() {
    let root = Template::ca("Sample Root G2").until(UNTIL).self_signed();
    let policy = root.issue(Template::ca("Sample Policy CA").until(UNTIL));
    let tls = policy.issue(Template::ca("Sample TLS CA 2").until(UNTIL).pathlen(0));
    let leaf = tls.issue(Template::leaf(&["shop.example.com", "www.shop.example.com"]).until(UNTIL));
    let stranger = Ca::root("Sample Stray Root").issue(Template::ca("Sample Stray CA").until(UNTIL));

    write("root.pem", "what the clients trust: --roots samples/root.pem", &pem(&[&root]));
    write(
        "intermediates.pem",
        "what a caIssuers URL would give: --intermediates samples/intermediates.pem",
        &pem(&[&policy, &tls]),
    );
    write("right.pem", "nothing wrong here: leaf, issuer, its issuer", &pem(&[&leaf, &tls, &policy]));
    write("leaf-only.pem", "the leaf alone: works in some browsers, fails in curl, Java, Go, Python", &pem(&[&leaf]));
    write("misordered.pem", "root included, intermediates in the wrong order", &pem(&[&leaf, &root, &policy, &tls]));
    write(
        "broken.pem",
        "the leaf not first, the root in the middle, an intermediate twice",
        &pem(&[&tls, &leaf, &root, &policy, &tls]),
    );
    write(
        "hole.pem",
        "an intermediate missing, a stranger in its place: needs intermediates.pem",
        &pem(&[&leaf, &stranger, &policy]),
    );
    write(
        "glued.pem",
        "END and BEGIN on one line: nginx, Apache and HAProxy do not start",
        &glued(&[&leaf, &tls, &policy]),
    );
    write("shop.key", "SAMPLE KEY of shop.example.com, a secret to nobody: never use it", &leaf.private_key_pem());
}

/// As `cat` writes files that lack their last newline.
fn glued(certificates: &[&Cert]) -> String {
    pem(certificates).replace("-----\n-----BEGIN", "----------BEGIN")
}

fn write(name: &str, what: &str, pem: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
    std::fs::write(&path, format!("# {name}: {what}\n# written by `cargo run --example make-samples`\n{pem}"))
        .expect("samples/ can be written");
    println!("{}", path.display());
}
