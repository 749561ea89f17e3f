//! Where reports go: to standard output, or into a file that others may read at any time.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::pki::{Template, pem};
use crate::support::site::Site;
use crate::support::trial::trial;

const FORMS: [&str; 5] = ["json", "ndjson", "sarif", "github", "prometheus"];

pub fn trials() -> Vec<Trial> {
    vec![
        trial(true, "a_report_file_is_the_old_one_or_the_new_one", whole),
        trial(true, "a_report_goes_to_standard_output_or_into_the_file", ways),
        trial(true, "a_report_goes_nowhere_that_holds_something_else", refused),
        trial(true, "files_whose_names_are_no_text_are_told_apart", strange),
        trial(true, "the_same_run_says_the_same", deterministic),
        trial(true, "a_report_on_a_full_disk_is_exit_2", full),
        trial(true, "a_report_replaces_one_that_is_larger_than_any_chain", large),
        trial(true, "a_report_file_keeps_its_mode", mode),
        trial(true, "a_reader_that_hangs_up_is_no_error", hang_up),
        trial(true, "mending_goes_on_though_nobody_reads_on", mended_unread),
    ]
}

/// With `right.pem` and `wrong.pem`.
fn site() -> Site {
    let site = crate::site();
    site.folder.write("right.pem", site.mended());
    site.folder.write("wrong.pem", site.misordered());
    site
}

fn ways() {
    let site = site();
    for form in FORMS {
        let run = site.run(form, &["check", "wrong.pem"]).exits(1);
        assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{form}: {}", run.stderr);
        let filed = site.run(form, &["check", "wrong.pem", "--report-file", "report"]).exits(1);
        assert!(filed.stdout.is_empty() && filed.stderr.is_empty(), "{form}: {}", filed.stderr);
        let quiet = site.run(form, &["check", "wrong.pem", "-qq"]).exits(1);
        assert_eq!(run.stdout_text().is_empty(), quiet.stdout_text().is_empty(), "{form}");
    }
}

/// A broken file must not hide behind another one that is called nearly so.
fn strange() {
    let site = crate::site();
    let leaf = site.chain[2].issue(Template::leaf(&["old.example.com"]).until("2026-01-01"));
    site.folder.write("odd/a.pem", site.mended());
    let files = [(b"x\xff.pem", site.mended()), (b"x\xfe.pem", pem(&[&leaf, &site.chain[2]]))];
    for (name, text) in files {
        std::fs::write(site.folder.path("odd").join(OsStr::from_bytes(name)), text).unwrap();
    }
    let names = ["odd/a.pem", r"odd/x\xFE.pem", r"odd/x\xFF.pem"];
    let report: Value = serde_json::from_slice(&site.run("json", &["check", "odd"]).exits(1).stdout).unwrap();
    let bundles = report["bundles"].as_array().unwrap();
    assert_eq!(bundles.iter().map(|bundle| &bundle["inputs"][0]).collect::<Vec<_>>(), names);
    let lines = site.run("ndjson", &["check", "odd"]).exits(1).stdout_text();
    let metrics = site.run("prometheus", &["check", "odd"]).exits(1).stdout_text();
    for (name, verdict) in names.iter().zip(["ok", "broken", "ok"]) {
        let spelt = name.replace('\\', r"\\");
        assert!(lines.contains(&format!("\"inputs\":[\"{spelt}\"],\"verdict\":\"{verdict}\"")), "{lines}");
        let measured = format!("chainmend_bundle_verdict{{bundle=\"{spelt}\",verdict=\"{verdict}\"}} 1\n");
        assert!(metrics.contains(&measured), "{metrics}");
    }
}

fn refused() {
    let site = site();
    for form in FORMS {
        for words in [&["fix", "wrong.pem"][..], &["check", "wrong.pem", "-l"], &["fix", "-i", "wrong.pem", "--diff"]] {
            let run = site.run(form, words).exits(2);
            assert!(run.stderr.contains(&format!("cannot hold a {form} report")), "{}", run.stderr);
        }
        let run = site.run(form, &["check", "wrong.pem", "--report-file", "right.pem"]);
        assert_eq!(run.status, 1, "another file may be written over: {}", run.stderr);
        site.folder.write("right.pem", "x");
        site.run(form, &["check", "wrong.pem", "right.pem", "--report-file", "right.pem"]).exits(2);
    }
    let variable = [("CHAINMEND_REPORT", "github")];
    let options = ["check", "wrong.pem", "--roots", "roots.pem", "--offline"];
    let run = site.folder.chainmend_with(&options, &variable, None).exits(1);
    assert!(run.stdout_text().starts_with("::warning file=wrong.pem,"), "{}", run.stdout_text());
    let run = site.folder.chainmend_with(&options, &[("CHAINMEND_REPORT", "yaml")], None).exits(2);
    assert!(run.stderr.contains("ndjson"), "{}", run.stderr);
}

fn deterministic() {
    let site = site();
    let files: Vec<String> = (0..50).map(|number| format!("f{number:02}.pem")).collect();
    for (number, file) in files.iter().enumerate() {
        let from = ["right.pem", "wrong.pem"][number % 2];
        site.folder.write(file, site.folder.read(from));
    }
    let mut words: Vec<&str> = files.iter().map(String::as_str).collect();
    words.insert(0, "check");
    for form in FORMS {
        let told = |jobs: &str| {
            let text = site.run(form, &[&words[..], &["-j", jobs]].concat()).exits(1).stdout_text();
            let timed = |line: &&str| !line.starts_with("chainmend_last_run_");
            text.lines().filter(timed).map(|line| format!("{line}\n")).collect::<String>()
        };
        let one = told("1");
        assert_eq!(told("4"), one, "{form}");
        if form == "prometheus" {
            continue;
        }
        let places: Vec<usize> = files.iter().filter_map(|file| one.find(file.as_str())).collect();
        assert!(places.is_sorted() && places.len() >= 25, "{form}: {places:?}");
    }
}

/// While the program writes a report again and again, whoever reads it finds a whole one.
fn whole() {
    let site = site();
    let words = ["check", "right.pem", "wrong.pem", "--report-file", "metrics.prom"];
    site.run("prometheus", &words).exits(1);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) {
                let text = String::from_utf8(site.folder.read("metrics.prom")).unwrap();
                assert!(text.ends_with('\n') && text.contains("\nchainmend_last_run_timestamp_seconds "), "{text}");
                reads += 1;
            }
            reads
        });
        // Held open, so that its inode is not given to another.
        let before = std::fs::File::open(site.folder.path("metrics.prom")).unwrap();
        for _ in 0..20 {
            site.run("prometheus", &words).exits(1);
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
        assert_ne!(
            std::fs::metadata(site.folder.path("metrics.prom")).unwrap().ino(),
            before.metadata().unwrap().ino()
        );
    });
    let left: Vec<String> = site.folder.files().into_iter().filter(|name| name.contains(".chainmend-")).collect();
    assert!(left.is_empty(), "{left:?}");
}

fn full() {
    let site = site();
    for form in FORMS {
        let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
        let mut command = site.folder.command(env!("CARGO_BIN_EXE_chainmend"));
        command.args(["check", "wrong.pem", "--roots", "roots.pem", "--offline", "--report", form]);
        let output = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{form}: {said}");
        assert!(said.contains("cannot write to standard output: no space left"), "{form}: {said}");
    }
}

fn large() {
    let site = site();
    site.folder.write("report.json", "x");
    let file = std::fs::File::options().write(true).open(site.folder.path("report.json")).unwrap();
    file.set_len(40 * 1024 * 1024).unwrap();
    site.run("json", &["check", "right.pem", "--report-file", "report.json"]).exits(0);
    assert!(site.folder.read("report.json").starts_with(b"{\"version\":1,"));
    site.folder.write("key.pem", site.chain[0].private_key_pem());
    let run = site.run("json", &["check", "right.pem", "--report-file", "key.pem"]).exits(2);
    assert!(run.stderr.contains("holds a private key"), "{}", run.stderr);
}

fn mode() {
    let site = site();
    for mode in [0o600, 0o640, 0o666] {
        site.folder.write("old.prom", "x");
        site.folder.set_mode("old.prom", mode);
        site.run("prometheus", &["check", "right.pem", "--report-file", "old.prom"]).exits(0);
        assert_eq!(site.folder.mode("old.prom"), mode);
    }
    site.run("prometheus", &["check", "right.pem", "--report-file", "new.prom"]).exits(0);
    assert_eq!(site.folder.mode("new.prom") & 0o444, 0o444, "node_exporter reads it");
}

fn hang_up() {
    let site = site();
    for form in FORMS {
        let mut command = site.folder.command(env!("CARGO_BIN_EXE_chainmend"));
        command.args(["check", "wrong.pem", "right.pem", "--roots", "roots.pem", "--offline", "--report", form]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{form}");
        assert!(output.status.code().is_some_and(|code| code < 2), "{form}: {}", output.status);
    }
}

fn mended_unread() {
    let site = site();
    let names: Vec<String> = (0..20).map(|number| format!("w{number}.pem")).collect();
    names.iter().for_each(|name| drop(site.folder.write(name, site.folder.read("wrong.pem"))));
    let mut command = site.folder.command(env!("CARGO_BIN_EXE_chainmend"));
    command.args(["fix", "-i", "--roots", "roots.pem", "--offline", "--report", "ndjson"]).args(&names);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    for name in &names {
        assert_eq!(site.folder.read(name), site.folder.read("right.pem"), "{name}");
    }
}
