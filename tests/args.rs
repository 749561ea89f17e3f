//! The command line from outside: help, usage errors, exit codes of what needs no certificate.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs the program in `folder`, without the caller's settings and at no terminal.
fn run_in(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chainmend"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    for name in ["ROOTS", "INTERMEDIATES", "OFFLINE", "TIMEOUT", "REPORT"] {
        command.env_remove(format!("CHAINMEND_{name}"));
    }
    command.env("CHAINMEND_CACHE_DIR", folder.join("cache")).envs(environment.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code().unwrap(), stdout: text(stdout), stderr: text(stderr) }
}

fn run(args: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), args, &[])
}

#[test]
fn help_goes_to_standard_output() {
    for args in [&["--help"][..], &["fix", "--help"], &["check", "-h"], &["cache", "list", "--help"]] {
        let help = run(args);
        assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{args:?}");
        assert!(help.stdout.contains("Usage: chainmend"), "{args:?}: {}", help.stdout);
    }
    assert_eq!(run(&["--version"]).stdout, concat!("chainmend ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn help_is_a_command_as_well() {
    for (words, option) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "fix"], &["fix", "--help"]),
        (&["cache", "help", "import"], &["cache", "import", "--help"]),
    ] {
        let (word, option) = (run(words), run(option));
        assert_eq!((word.code, word.stdout, word.stderr), (0, option.stdout, String::new()), "{words:?}");
    }
    assert_eq!(run(&["help", "frob"]).code, 2);
}

#[test]
fn an_option_of_another_program_is_no_file_of_minus_o() {
    let folder = tempfile::tempdir().unwrap();
    for (word, help) in [
        ("-out", "'--output FILE' writes the full chain; for a file of that name: -o ut"),
        ("-outform", "'--format' is the form of -o: pem or p7b; for a file of that name: -o utform"),
        ("-offline", "'--offline' has two dashes; for a file of that name: -o ffline"),
    ] {
        let got = run_in(folder.path(), &["fix", "site.pem", word, "full.pem"], &[]);
        assert_eq!(got.code, 2);
        assert!(got.stderr.starts_with(&format!("error: '{word}' is '-o' with the file ")), "{}", got.stderr);
        assert!(got.stderr.ends_with(&format!("help: {help}\n")), "{}", got.stderr);
    }
    for words in [
        &["fix", "none.pem", "-out.pem"][..],
        &["fix", "none.pem", "-o=out.pem"],
        &["fix", "none.pem", "-vv", "-o", "ut", "--", "-out"],
    ] {
        assert!(run_in(folder.path(), words, &[]).stderr.starts_with("error: cannot read none.pem"), "{words:?}");
    }
}

#[test]
fn help_has_the_options_that_scripts_use() {
    let (fix, check) = (run(&["fix", "--help"]).stdout, run(&["check", "--help"]).stdout);
    let shared = "--exclude --found --file-list --roots --partial-chain --intermediates --offline --allow-aia --timeout --include-root --leaf --key \
                  --host --purpose --at --choose --preferred-root --warn-days --ignore --fail-on --report \
                  --report-file --jobs --quiet --verbose --color";
    for option in shared.split_whitespace() {
        let has = |help: &str| ["\n", " <", "..."].iter().any(|end| help.contains(&format!("{option}{end}")));
        assert!(has(&fix) && has(&check), "{option}");
    }
    for option in ["--output", "--in-place", "--chain-out", "--leaf-out", "--exit-non-zero-on-fix"] {
        assert!(fix.contains(option), "fix {option}");
        assert!(!check.contains(option), "check {option}");
    }
    for hidden in ["--untrusted", "--preferred-chain"] {
        assert!(!fix.contains(hidden), "{hidden}");
    }
    for section in ["Exit status:", "Environment:", "Examples:"] {
        assert!(fix.contains(section) && check.contains(section), "{section}");
    }
}

#[test]
fn what_is_not_there_is_a_usage_error() {
    for option in [
        "--connect=a",
        "--against=a",
        "--together",
        "--diff",
        "-l",
        "--with-key",
        "--out-dir=a",
        "--format=pem",
        "--password-file=a",
        "--report=yaml",
        "--choose=widest",
    ] {
        let got = run(&["fix", option, "a.pem"]);
        assert_eq!(got.code, 2, "{option}");
        assert!(got.stderr.starts_with("error: "), "{option}: {}", got.stderr);
    }
    for command in [&["filter", "a"][..], &["show", "a"], &["cache", "import"], &[], &["fix"], &["check"]] {
        assert_eq!(run(command).code, 2, "{command:?}");
    }
}

#[test]
fn options_that_exclude_each_other() {
    for line in ["fix -i a -o b", "fix -i a --chain-out b", "fix -i a --leaf-out b", "check -q -v a", "check -i a"] {
        let got = run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(got.code, 2, "{line}: {}", got.stderr);
    }
}

#[test]
fn unknown_rules_bring_near_ones() {
    for line in ["check --ignore missordered a", "fix --fail-on missordered a", "explain missordered"] {
        let got = run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(got.code, 2, "{line}");
        assert!(got.stderr.contains("no rule is called `missordered`; near it: misordered"), "{}", got.stderr);
    }
}

#[test]
fn usage_errors_of_meaning() {
    for (line, message) in [
        ("check --purpose client a", "--purpose client needs --roots"),
        ("check --key k a b", "--key is for one bundle"),
        ("check --key k .", "--key is for one bundle, and . is a folder"),
        ("fix --found a", "--found is for check and fix -i"),
        ("check --exclude {a b", "--exclude '{a': unclosed alternate group"),
        ("check - -", "- is named twice"),
        ("check - --key -", "- is named twice"),
        ("fix a --chain-out - --leaf-out -", "two outputs are standard output"),
        ("check --at soon a", "--at soon: not a time"),
        ("check --host a:b a", "not a host name"),
        ("filter --password-file p", "--password-file is for PKCS#12, and filter reads PEM"),
        ("fix a --report json", "standard output holds the chain"),
    ] {
        let got = run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(got.code, 2, "{line}");
        assert!(got.stderr.starts_with("error: ") && got.stderr.contains(message), "{line}: {}", got.stderr);
        assert_eq!(got.stdout, "");
    }
}

#[test]
fn inputs_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("certs")).unwrap();
    for command in [&["check"][..], &["fix"], &["fix", "-i"], &["fix", "-o", "out.pem"]] {
        let with = |name| run_in(folder.path(), &[command, &[name]].concat(), &[]);
        let missing = with("none.pem");
        assert_eq!((missing.code, missing.stdout.as_str()), (2, ""), "{command:?}");
        assert_eq!(missing.stderr, "error: cannot read none.pem: no such file\n", "{command:?}");
        let directory = with("certs");
        assert_eq!(directory.code, 2);
        assert!(directory.stderr.contains("error: no certificate in certs: it holds no *.pem"), "{}", directory.stderr);
    }
    assert!(!folder.path().join("out.pem").exists());
}

#[test]
fn every_missing_file_is_named() {
    let got = run(&["check", "a.pem", "b.pem"]);
    assert_eq!(got.code, 2);
    for name in ["a.pem", "b.pem"] {
        assert!(got.stderr.contains(&format!("cannot read {name}: no such file")), "{}", got.stderr);
    }
    assert!(got.stderr.contains("2 files: 2 failed"), "{}", got.stderr);
    assert_eq!(run(&["check", "-qq", "a.pem", "b.pem"]).stderr, "");
}

#[test]
fn a_json_report_is_whole_whatever_happens() {
    let folder = tempfile::tempdir().unwrap();
    let line = ["check", "a.pem", "b.pem", "--report", "json", "--at", "2027-01-01"];
    let got = run_in(folder.path(), &line, &[]);
    assert_eq!(got.code, 2);
    let report: serde_json::Value = serde_json::from_str(&got.stdout).unwrap();
    assert_eq!(report["version"], 1);
    assert_eq!(report["at"], "2027-01-01T00:00:00Z");
    assert_eq!(report["bundles"][1]["inputs"][0], "b.pem");
    assert_eq!(report["bundles"][1]["verdict"], "unreadable");
    assert!(got.stdout.ends_with("}\n"));

    let to_file = run_in(folder.path(), &[&line[..], &["--report-file", "r.json"]].concat(), &[]);
    assert_eq!((to_file.code, to_file.stdout.as_str()), (2, ""));
    assert_eq!(fs::read_to_string(folder.path().join("r.json")).unwrap(), got.stdout);

    let environment = run_in(folder.path(), &["check", "a.pem"], &[("CHAINMEND_REPORT", "json")]);
    assert!(environment.stdout.starts_with("{\"version\":1,"), "{}", environment.stdout);
}

#[cfg(unix)]
#[test]
fn outputs_that_would_overwrite_an_input() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site.pem");
    fs::write(&site, "text\n").unwrap();
    std::os::unix::fs::symlink("site.pem", folder.path().join("link.pem")).unwrap();
    for option in ["-o", "--chain-out", "--leaf-out", "--report-file"] {
        let got = run_in(folder.path(), &["fix", "site.pem", option, "link.pem"], &[]);
        assert_eq!(got.code, 2, "{option}");
        assert!(got.stderr.contains("would overwrite the input site.pem"), "{option}: {}", got.stderr);
    }
    let got = run_in(folder.path(), &["fix", "other.pem", "-o", "out", "--report-file", "./out"], &[]);
    assert_eq!(got.code, 2);
    assert!(got.stderr.contains("--report-file and -o are one file"), "{}", got.stderr);
    let onto = fs::File::options().append(true).open(&site).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chainmend"));
    let got = command.args(["fix", "site.pem"]).current_dir(folder.path()).stdout(onto).output().unwrap();
    assert_eq!(got.status.code(), Some(2));
    let stderr = String::from_utf8(got.stderr).unwrap();
    assert!(stderr.contains("standard output would overwrite the input site.pem"), "{stderr}");
    assert_eq!(fs::read_to_string(&site).unwrap(), "text\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_none() {
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let program = || Command::new(env!("CARGO_BIN_EXE_chainmend"));
    for args in [&["explain"][..], &["completions", "bash"], &["cache", "path"], &["check", "x", "--report", "json"]] {
        let got = program().args(args).stdout(full()).output().unwrap();
        assert_eq!(got.status.code(), Some(2), "{args:?}");
        let stderr = String::from_utf8(got.stderr).unwrap();
        assert!(stderr.contains("cannot write to standard output: no space left"), "{args:?}: {stderr}");
    }
    // Nobody reads: what was asked for is done all the same.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let got = program().args(["completions", "zsh"]).stdout(writer).output().unwrap();
    assert_eq!((got.status.code(), got.stderr.as_slice()), (Some(0), &b""[..]));
    // A report that nobody can read changes no exit code.
    let got = program().args(["check", "/none"]).stderr(full()).status().unwrap();
    assert_eq!(got.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_report_may_go_to_a_descriptor() {
    let got = run(&["check", "a.pem", "--report", "json", "--report-file", "/dev/stdout"]);
    assert_eq!(got.code, 2);
    assert!(got.stdout.starts_with("{\"version\":1,"), "{} {}", got.stdout, got.stderr);
}

#[test]
fn explain_lists_and_shows() {
    let list = run(&["explain"]);
    assert_eq!(list.code, 0);
    assert!(list.stdout.contains("\n  missing-intermediate"), "{}", list.stdout);
    assert!(!list.stdout.contains('\u{1b}'));
    let page = run(&["explain", "missing-intermediate"]);
    assert!(page.stdout.starts_with("missing-intermediate\n"), "{}", page.stdout);
    assert!(run(&["explain", "misordered", "--color", "always"]).stdout.starts_with("\u{1b}[1mmisordered"));
    let json = run(&["explain", "misordered", "--report", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json, serde_json::json!({ "version": 1, "rules": ["misordered"] }));
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let got = run(&["completions", shell]);
        assert_eq!(got.code, 0, "{shell}");
        assert!(got.stdout.contains("--chain-out") || got.stdout.contains("chain-out"), "{shell}");
    }
}

#[test]
fn the_cache_has_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let got = run_in(folder.path(), &["cache", "path"], &[]);
    assert_eq!((got.code, got.stdout), (0, format!("{}\n", folder.path().join("cache").display())));
    assert!(!folder.path().join("cache").exists());
}

#[test]
fn a_json_report_says_what_could_not_be_done() {
    let folder = tempfile::tempdir().unwrap();
    let json = |args: &[&str]| {
        let got = run_in(folder.path(), &[args, &["--report", "json"]].concat(), &[]);
        assert_eq!(got.code, 2, "{args:?}");
        let report: serde_json::Value = serde_json::from_str(&got.stdout).unwrap();
        assert_eq!(report["version"], 1);
        (report, got.stderr)
    };
    let (report, stderr) = json(&["check", "a.pem"]);
    assert_eq!(report["bundles"][0]["problems"][0]["message"], "cannot read a.pem: no such file");
    assert_eq!(report["problems"], serde_json::json!([]));
    assert_eq!(stderr, "error: cannot read a.pem: no such file\n");

    // Nothing was looked at: what is wrong is said of no bundle.
    let (report, stderr) = json(&["check", "a.pem", "--roots", "none.pem"]);
    assert_eq!(report["bundles"], serde_json::json!([]));
    assert_eq!(report["problems"][0]["message"], "cannot read the roots in none.pem: no such file");
    assert_eq!(stderr, "error: cannot read the roots in none.pem: no such file\n");
    let (report, _) = json(&["check", "a.pem", "--intermediates", "none.pem"]);
    assert_eq!(report["problems"][0]["message"], "cannot read the intermediates in none.pem: no such file");

    // Where the report would do harm there is none.
    fs::write(folder.path().join("a.pem"), "text\n").unwrap();
    let got = run_in(folder.path(), &["check", "a.pem", "--report", "json", "--report-file", "a.pem"], &[]);
    assert_eq!((got.code, got.stdout.as_str()), (2, ""));
    assert_eq!(fs::read_to_string(folder.path().join("a.pem")).unwrap(), "text\n");
}

#[test]
fn an_encrypted_container_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    // PFX ::= SEQUENCE { version INTEGER { v3(3) }, … } (RFC 7292 §4)
    let container = [&[0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x03][..], &[0; 253]].concat();
    fs::write(folder.path().join("site.p12"), container).unwrap();
    for command in [&["check"][..], &["fix", "-i"]] {
        let got = run_in(folder.path(), &[command, &["site.p12"]].concat(), &[]);
        assert_eq!(got.code, 0, "{}", got.stderr);
        assert!(got.stderr.starts_with("site.p12: SKIPPED\n"), "{}", got.stderr);
        assert!(got.stderr.contains("openssl pkcs12 -in site.p12 -nokeys"), "{}", got.stderr);
    }
    let got = run_in(folder.path(), &["fix", "site.p12", "-o", "out.pem"], &[]);
    assert_eq!(got.code, 2);
    assert!(got.stderr.contains("help: openssl pkcs12 -in site.p12 -nokeys"), "{}", got.stderr);
    assert!(!folder.path().join("out.pem").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_printed_is_an_error() {
    for args in [&["--help"][..], &["--version"], &["fix", "-h"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let got = Command::new(env!("CARGO_BIN_EXE_chainmend")).args(args).stdout(full).status().unwrap();
        assert_eq!(got.code(), Some(2), "{args:?}");
    }
}
