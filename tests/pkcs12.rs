//! PKCS#12 as OpenSSL writes it, in each of its ciphers: read with the feature `pkcs12`, and without it
//! the command that makes PEM of it does what it says.
//!
//! Needs: openssl
//!
//! Where it is missing these tests count as ignored. `cargo test --features pkcs12 --test pkcs12`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Output};

use libtest_mimic::Arguments;
use support::pki::{Ca, Cert, pem};
use support::tls::{Manner, TlsServer};
use support::trial::trial;
use tempfile::TempDir;

const PASSWORD: &str = "gehéim €";

/// root ── ca ── leaf, in a folder with what OpenSSL needs to make a container of it.
struct Stage {
    folder: TempDir,
    leaf: Cert,
    ca: Cert,
}

impl Stage {
    fn new() -> Self {
        let root = Ca::root("Acme Root G2");
        let ca = root.issue_ca("Acme TLS CA 2");
        let leaf = ca.issue_leaf(&["shop.example.com"]);
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        put("roots.pem", &root.pem());
        put("leaf.pem", &leaf.pem());
        put("ca.pem", &ca.pem());
        put("key.pem", &leaf.private_key_pem());
        put("other.pem", &ca.issue_leaf(&["blog.example.com"]).private_key_pem());
        put("password", &format!("{PASSWORD}\r\nand a second line\n"));
        put("wrong", "guess\n");
        Self { folder, leaf, ca }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes `site.p12`; false where this OpenSSL has no such cipher.
    fn export(&self, options: &str, password: &str) -> bool {
        let words = "pkcs12 -export -inkey key.pem -in leaf.pem -certfile ca.pem -out site.p12 -passout env:PASSWORD";
        let words = words.split(' ').chain(options.split_whitespace());
        let made = Command::new("openssl").args(words).env("PASSWORD", password).current_dir(self.path()).output();
        made.unwrap().status.success()
    }

    fn chainmend(&self, line: &str, password: Option<&str>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chainmend"));
        command.args(line.split(' ')).args(["--roots", "roots.pem", "--offline", "--at", "2026-11-21"]);
        command.current_dir(self.path()).env_clear().env("CHAINMEND_CACHE_DIR", self.path().join("cache"));
        command.envs(password.map(|password| ("CHAINMEND_PASSWORD", password)));
        command.output().unwrap()
    }

    fn fullchain(&self) -> String {
        pem(&[&self.leaf, &self.ca])
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn expect(output: &Output, exit: i32, parts: &[&str]) {
    assert_eq!(output.status.code(), Some(exit), "{}", said(output));
    for part in parts {
        assert!(said(output).contains(part), "`{part}` is not in:\n{}", said(output));
    }
}

/// Options of `openssl pkcs12 -export`, each another way to encrypt; the last needs no password.
const CIPHERS: &[&str] = &[
    "",
    "-legacy",
    "-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg SHA1",
    "-certpbe PBE-SHA1-2DES -keypbe PBE-SHA1-2DES",
    "-legacy -certpbe PBE-SHA1-RC2-128 -keypbe PBE-SHA1-RC2-40",
    "-certpbe AES-128-CBC -keypbe AES-192-CBC",
    "-certpbe DES-EDE3-CBC",
    "-iter 1 -nomac",
    "-iter 300000",
    "-certpbe NONE -keypbe NONE -nomac",
];

fn every_cipher_is_read() {
    let stage = Stage::new();
    let mut read = 0;
    for cipher in CIPHERS {
        for password in [PASSWORD, ""] {
            if !stage.export(cipher, password) {
                continue;
            }
            let output = stage.chainmend("fix site.p12", Some(password).filter(|password| !password.is_empty()));
            expect(&output, 0, &["site.p12"]);
            assert_eq!(String::from_utf8_lossy(&output.stdout), stage.fullchain(), "{cipher}");
            read += 1;
        }
    }
    assert!(read >= CIPHERS.len(), "OpenSSL made {read} containers only");
}

fn the_password_comes_from_a_file_or_the_environment() {
    let stage = Stage::new();
    assert!(stage.export("", PASSWORD));
    expect(&stage.chainmend("check site.p12 --password-file password", None), 0, &["site.p12: OK"]);
    // The option counts before the environment.
    expect(&stage.chainmend("check site.p12 --password-file password", Some("guess")), 0, &["site.p12: OK"]);
    let wrong = "the password does not open this PKCS#12";
    expect(&stage.chainmend("check site.p12 --password-file wrong", None), 2, &[wrong, "--password-file FILE"]);
    expect(&stage.chainmend("check site.p12", Some("guess")), 2, &[wrong]);
    // Without one: an encrypted container is passed over, but nothing is made of it.
    let needs = "the PKCS#12 needs a password";
    expect(&stage.chainmend("check site.p12", None), 0, &["SKIPPED", needs, "--password-file FILE"]);
    expect(&stage.chainmend("fix site.p12 -o out.pem", None), 2, &[needs, "--password-file FILE"]);
    assert!(!stage.path().join("out.pem").exists());
    expect(&stage.chainmend("check site.p12 --password-file none", None), 2, &["none: no such file"]);
}

fn its_key_counts_and_is_never_written() {
    let stage = Stage::new();
    assert!(stage.export("", PASSWORD));
    let output = stage.chainmend("fix site.p12 -o out.pem", Some(PASSWORD));
    expect(&output, 0, &[]);
    assert_eq!(fs::read_to_string(stage.path().join("out.pem")).unwrap(), stage.fullchain());
    let output = stage.chainmend("fix site.p12 --report json", Some(PASSWORD));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("PRIVATE"));
    // The key inside is held against the leaf without being asked for, and a named one too.
    fs::copy(stage.path().join("site.p12"), stage.path().join("right.p12")).unwrap();
    fs::copy(stage.path().join("other.pem"), stage.path().join("key.pem")).unwrap();
    expect(&stage.chainmend("check leaf.pem --key right.p12", Some(PASSWORD)), 1, &["missing-intermediate"]);
    expect(&stage.chainmend("check right.p12 --key other.pem", Some(PASSWORD)), 1, &["key-mismatch"]);
}

fn a_container_is_not_rewritten_in_place() {
    let stage = Stage::new();
    // The leaf twice, and its issuer elsewhere.
    fs::rename(stage.path().join("ca.pem"), stage.path().join("ca.crt")).unwrap();
    fs::copy(stage.path().join("leaf.pem"), stage.path().join("ca.pem")).unwrap();
    assert!(stage.export("", PASSWORD));
    let before = fs::read(stage.path().join("site.p12")).unwrap();
    let output = stage.chainmend("fix -i site.p12 --intermediates ca.crt --password-file password", None);
    let help = "site.p12 is PKCS#12, and only PEM is rewritten in place";
    expect(&output, 2, &[help, "--password-file password site.p12 -o site.pem"]);
    assert_eq!(fs::read(stage.path().join("site.p12")).unwrap(), before);
}

/// A file that a server is held against, and one with a key, are opened as inputs are.
fn other_options_take_a_container_too() {
    let stage = Stage::new();
    assert!(stage.export("", PASSWORD));
    let server = TlsServer::start(Manner::sends(&[&stage.leaf, &stage.ca]));
    let line = format!("check https://shop.example.com --connect 127.0.0.1:{} --against site.p12", server.port());
    expect(&stage.chainmend(&line, Some(PASSWORD)), 0, &["OK, and what site.p12 holds"]);
    let named = format!("{line} --password-file password");
    expect(&stage.chainmend(&named, None), 0, &["OK, and what site.p12 holds"]);
    let wrong = "no certificate in site.p12, which --against names: the password does not open this PKCS#12";
    expect(&stage.chainmend(&line, Some("guess")), 2, &[wrong, "help: --password-file FILE"]);
    let none = "no certificate in site.p12, which --against names: the PKCS#12 needs a password";
    expect(&stage.chainmend(&line, None), 2, &[none, "help: --password-file FILE"]);
    let key = "no private key in site.p12: the PKCS#12 needs a password";
    expect(&stage.chainmend("check leaf.pem --key site.p12", None), 2, &[key, "help: --password-file FILE"]);
}

/// What the help says to type is typed.
fn the_command_in_the_help_makes_pem_of_it() {
    for cipher in ["", "-legacy", "-legacy -certpbe PBE-SHA1-RC4-128"] {
        let stage = Stage::new();
        if !stage.export(cipher, PASSWORD) {
            continue;
        }
        let output = stage.chainmend("fix site.p12 -o out.pem", None);
        expect(&output, 2, &[]);
        let said = said(&output);
        let Some((_, command)) = said.split_once("help: openssl") else {
            assert!(cfg!(feature = "pkcs12") && said.contains("--password-file"), "{said}");
            continue;
        };
        let command = format!("openssl{} -passin env:PASSWORD", command.lines().next().unwrap());
        assert_eq!(command.contains(" -legacy "), cipher.contains("-legacy"), "{command}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &command]).env("PASSWORD", PASSWORD).current_dir(stage.path());
        let made = shell.output().unwrap();
        assert!(made.status.success(), "{command}: {}", String::from_utf8_lossy(&made.stderr));
        expect(&stage.chainmend("check site.pem", None), 0, &["site.pem: OK"]);
    }
}

fn without_the_feature_the_way_out_is_named() {
    let stage = Stage::new();
    fs::write(stage.path().join("my site.pfx"), [&[0x30, 0x82, 1, 0, 2, 1, 3][..], &[0; 253]].concat()).unwrap();
    fs::rename(stage.path().join("my site.pfx"), stage.path().join("site.pfx")).unwrap();
    let help = "openssl pkcs12 -in site.pfx -nokeys -out site.pem";
    expect(&stage.chainmend("check site.pfx", None), 0, &["SKIPPED", "PKCS#12 is not read", help]);
    expect(&stage.chainmend("fix site.pfx -o out.pem", None), 2, &[help]);
    // Beside the CA's certificates it may hold the leaf.
    expect(&stage.chainmend("fix site.pfx ca.pem -o out.pem", None), 1, &["no-leaf", &format!("next: {help}")]);
    let against = "check https://127.0.0.1:1 --against site.pfx";
    expect(&stage.chainmend(against, None), 2, &["--against names: PKCS#12 is not read", help]);
    let option = stage.chainmend("check site.pfx --password-file password", None);
    expect(&option, 2, &["which this chainmend does not read", "--features pkcs12", "openssl pkcs12"]);
    // The environment is set for other programs and files, too.
    expect(&stage.chainmend("check leaf.pem --intermediates ca.pem", Some("secret")), 1, &["missing-intermediate"]);
}

fn main() -> ExitCode {
    let has_openssl = Command::new("openssl").arg("version").output().is_ok();
    let feature = cfg!(feature = "pkcs12");
    let mut trials =
        vec![trial(has_openssl, "the_command_in_the_help_makes_pem_of_it", the_command_in_the_help_makes_pem_of_it)];
    if feature {
        trials.extend([
            trial(has_openssl, "every_cipher_is_read", every_cipher_is_read),
            trial(
                has_openssl,
                "the_password_comes_from_a_file_or_the_environment",
                the_password_comes_from_a_file_or_the_environment,
            ),
            trial(has_openssl, "its_key_counts_and_is_never_written", its_key_counts_and_is_never_written),
            trial(has_openssl, "a_container_is_not_rewritten_in_place", a_container_is_not_rewritten_in_place),
            trial(has_openssl, "other_options_take_a_container_too", other_options_take_a_container_too),
        ]);
    } else {
        trials.push(trial(true, "without_the_feature_the_way_out_is_named", without_the_feature_the_way_out_is_named));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
