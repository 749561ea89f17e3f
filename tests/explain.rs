//! `chainmend explain` from outside: a rule's page, what an error text means, exit codes, JSON.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, missing_docs)]

use std::io::Write;
use std::process::{Command, Stdio};

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs `chainmend explain` with these arguments, and `input` on its standard input.
fn explain(args: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_chainmend"))
        .arg("explain")
        .args(args)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may end before it has read all: it looks at so much only.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const ISSUER: &str = "unable to get local issuer certificate";

#[test]
fn a_text_is_explained() {
    let got = explain(&["curl: (60) SSL certificate problem: unable to get local issuer certificate"], "");
    assert_eq!(got.code, 0, "{}", got.stderr);
    let wanted = "\
1 missing-intermediate  an intermediate is missing
  says  \"unable to get local issuer certificate\" (OpenSSL): the issuer of a certificate was neither sent nor is it in the client's trust store
  next: chainmend fix -i fullchain.pem
  page: chainmend explain missing-intermediate
2 untrusted-root  ";
    assert!(got.stdout.starts_with(wanted), "{}", got.stdout);
}

#[test]
fn words_need_no_quotation_marks_and_pipes_work() {
    let words: Vec<&str> = ISSUER.split(' ').collect();
    let quoted = explain(&[ISSUER], "");
    assert_eq!(explain(&words, "").stdout, quoted.stdout);
    assert_eq!(explain(&["-"], ISSUER).stdout, quoted.stdout);
    assert_eq!(explain(&["UNABLE_TO_GET_ISSUER_CERT_LOCALLY"], "").code, 0);
    assert_eq!(explain(&["-9807"], "").code, 0);
    assert_eq!(explain(&["x509:", "certificate", "signed", "by", "unknown", "authority"], "").code, 0);
}

#[test]
fn json_names_the_rules_the_most_likely_first() {
    let got = explain(&[ISSUER, "--report", "json"], "");
    assert_eq!(got.code, 0);
    let wanted = "{\"rules\":[\"missing-intermediate\",\"untrusted-root\",\"key-id-mismatch\",\"bad-signature\"],\"version\":1}\n";
    assert_eq!(got.stdout, wanted);
    for text in ["no shared cipher", "Connection refused", "the quick brown fox"] {
        let got = explain(&[text, "--report", "json"], "");
        assert_eq!((got.code, got.stdout.as_str()), (1, "{\"rules\":[],\"version\":1}\n"), "{text}");
    }
    assert_eq!(explain(&["-", "--report", "json"], "").code, 1);
}

#[test]
fn what_no_chain_mends_ends_in_1() {
    let got = explain(&["error:0A000410:SSL routines::sslv3 alert handshake failure"], "");
    assert_eq!(got.code, 1);
    assert!(got.stdout.starts_with("not about a certificate chain\n"), "{}", got.stdout);
    let got = explain(&["segmentation fault (core dumped)"], "");
    assert_eq!(got.code, 1);
    assert!(got.stdout.starts_with("nothing in this text is known"), "{}", got.stdout);
}

#[test]
fn a_misspelt_rule_gets_the_near_ones() {
    for word in ["missing_intermediate", "expired", "mis-ordered", "self-signed-leaff"] {
        let got = explain(&[word], "");
        assert_eq!((got.code, got.stdout.as_str()), (2, ""), "{word}");
        assert!(got.stderr.contains(&format!("no rule is called `{word}`; near it: ")), "{}", got.stderr);
    }
    let got = explain(&["nonesuch"], "");
    assert_eq!(got.code, 2);
    assert!(got.stderr.contains("`chainmend explain` lists them"), "{}", got.stderr);
}

#[test]
fn several_rules_show_several_pages() {
    let got = explain(&["misordered", "duplicate"], "");
    assert_eq!(got.code, 0);
    assert!(got.stdout.starts_with("misordered\n") && got.stdout.contains("\nduplicate\n"), "{}", got.stdout);
}

#[test]
fn a_file_is_read_from_standard_input() {
    let log = tempfile::Builder::new().suffix(".log").tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let name = log.path().file_name().unwrap().to_str().unwrap();
    let got = explain(&[name], "");
    assert_eq!(got.code, 2);
    assert!(got.stderr.contains(&format!("help: chainmend explain - < {name}\n")), "{}", got.stderr);
}

#[test]
fn a_text_of_any_length_is_looked_at_up_to_a_limit() {
    let got = explain(&["-"], &format!("{ISSUER}\n{}", "x ".repeat(1024 * 1024)));
    assert_eq!(got.code, 0);
    assert!(got.stdout.contains("note: only the first 1024 KiB were looked at\n"), "{}", got.stdout);
}
