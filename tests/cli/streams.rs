//! Standard input and output.

use std::io::Read;
use std::process::Stdio;

use crate::support::pki::{Ca, Cert, pem};
use crate::support::run::{Folder, fingerprints};

/// ```text
/// root (trusted) ─ ca ─ leaf
/// ```
fn folder() -> (Folder, [Cert; 2]) {
    let root = Ca::root("Acme Root G2");
    let ca = root.issue_ca("Acme TLS CA 2");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let folder = Folder::new();
    folder.write("roots.pem", root.pem());
    (folder, [leaf, ca])
}

const FIX: [&str; 5] = ["fix", "-", "--offline", "--roots", "roots.pem"];

#[test]
fn a_bundle_on_stdin_gives_a_chain_on_stdout_and_the_report_on_stderr() {
    let (folder, [leaf, ca]) = folder();
    let run = folder.chainmend_with(&FIX, &[], Some(pem(&[&ca, &leaf]).as_bytes())).exits(0);
    assert_eq!(run.stdout_text(), pem(&[&leaf, &ca]));
    assert!(run.stderr.contains("leaf-not-first"), "{}", run.stderr);
}

#[test]
fn a_broken_bundle_gives_nothing_on_stdout() {
    let (folder, [leaf, _]) = folder();
    let run = folder.chainmend_with(&FIX, &[], Some(leaf.pem().as_bytes())).exits(1);
    assert!(run.stdout.is_empty());
    assert!(run.stderr.contains("missing-intermediate"), "{}", run.stderr);
}

#[test]
fn quiet_says_nothing_and_still_writes() {
    let (folder, [leaf, ca]) = folder();
    let quiet = [&FIX[..], &["-qq"]].concat();
    let run = folder.chainmend_with(&quiet, &[], Some(pem(&[&ca, &leaf]).as_bytes())).exits(0);
    assert_eq!(run.stderr, "");
    assert_eq!(fingerprints(&run.stdout), [leaf.fingerprint(), ca.fingerprint()]);
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let (folder, [leaf, ca]) = folder();
    let bundle = pem(&[&ca, &leaf]);
    let run = folder.chainmend_with(&FIX, &[], Some(bundle.as_bytes())).exits(0);
    assert!(!run.stderr.contains('\x1b'), "{}", run.stderr);
    let always = [&FIX[..], &["--color", "always"]].concat();
    assert!(folder.chainmend_with(&always, &[], Some(bundle.as_bytes())).exits(0).stderr.contains('\x1b'));
    let none = folder.chainmend_with(&FIX, &[("NO_COLOR", "1")], Some(bundle.as_bytes())).exits(0);
    assert!(!none.stderr.contains('\x1b'), "{}", none.stderr);
}

#[test]
fn a_reader_that_hangs_up_is_no_panic() {
    let (folder, [leaf, ca]) = folder();
    folder.write("site.pem", pem(&[&ca, &leaf]));
    let mut command = folder.command(env!("CARGO_BIN_EXE_chainmend"));
    command.args(["fix", "site.pem", "--offline", "--roots", "roots.pem"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_full_disk_is_exit_2() {
    let (folder, [leaf, ca]) = folder();
    folder.write("site.pem", pem(&[&ca, &leaf]));
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let mut command = folder.command(env!("CARGO_BIN_EXE_chainmend"));
    command.args(["fix", "site.pem", "--offline", "--roots", "roots.pem"]).stdout(full).stderr(Stdio::piped());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(output.status.code(), Some(2), "{said}");
}

#[test]
fn a_chain_that_went_nowhere_is_not_said_to_be_anywhere() {
    let (folder, [leaf, ca]) = folder();
    folder.write("site.pem", pem(&[&ca, &leaf]));
    for nowhere in [">/dev/null", ">&-"] {
        let mut shell = folder.command("sh");
        let line = format!("exec \"$0\" fix site.pem --offline --roots roots.pem {nowhere}");
        let output = shell.args(["-c", &line, env!("CARGO_BIN_EXE_chainmend")]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("\n the chain would be\n"), "{nowhere}: {said}");
        assert!(said.ends_with("\nnothing written; add -i or -o FILE\n"), "{nowhere}: {said}");
    }
}
