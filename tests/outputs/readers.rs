//! What other programs read of what is written.

use libtest_mimic::Trial;

use crate::site;
use crate::support::run::run;
use crate::support::site::{Site, arguments};
use crate::support::trial::{trial, works};

pub fn trials() -> Vec<Trial> {
    let openssl = works("openssl", &["version"]);
    vec![
        trial(openssl, "openssl_reads_pkcs7_in_the_order_of_the_chain", openssl_pkcs7),
        trial(openssl, "openssl_takes_the_key_in_front_of_the_chain", openssl_key),
        trial(works("keytool", &["-help"]), "java_reads_pkcs7", keytool),
    ]
}

const NAMES: [&str; 3] = ["shop.example.com", "Acme TLS CA 2", "Acme Policy CA"];

/// The names of the chain as they stand in a text, in order.
fn named(text: &str, label: &str) -> Vec<&'static str> {
    let lines = text.lines().filter(|line| line.trim_start().starts_with(label));
    lines.filter_map(|line| NAMES.into_iter().find(|name| line.contains(name))).collect()
}

fn written(words: &[&str]) -> Site {
    let site = site();
    site.folder.write("site.key", site.chain[0].private_key_pem());
    site.folder.chainmend(&arguments(&[&["fix", "site.pem"], words].concat())).exits(0);
    site
}

fn openssl_pkcs7() {
    let site = written(&["--format", "p7b", "-o", "site.p7b"]);
    let mut command = site.folder.command("openssl");
    command.args(["pkcs7", "-inform", "DER", "-in", "site.p7b", "-print_certs", "-noout"]);
    let run = run(&mut command, None).exits(0);
    assert_eq!(named(&run.stdout_text(), "subject"), NAMES, "{}", run.stdout_text());
}

fn openssl_key() {
    let site = written(&["--key", "site.key", "--with-key", "-o", "out.pem"]);
    let openssl = |arguments: &[&str]| run(site.folder.command("openssl").args(arguments), None).exits(0).stdout;
    assert_eq!(
        openssl(&["pkey", "-in", "out.pem", "-pubout"]),
        openssl(&["x509", "-in", "out.pem", "-pubkey", "-noout"])
    );
    openssl(&["verify", "-trusted", "roots.pem", "-untrusted", "out.pem", "out.pem"]);
}

fn keytool() {
    let site = written(&["--format", "p7b", "-o", "site.p7b"]);
    let mut command = site.folder.command("keytool");
    let run = run(command.args(["-J-Xshare:auto", "-printcert", "-file", "site.p7b"]), None).exits(0);
    assert_eq!(named(&run.stdout_text(), "Owner"), NAMES, "{}", run.stdout_text());
}
