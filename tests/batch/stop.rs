//! Ctrl-C and `kill`: between files, with nothing half-written, and told.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::schema;
use crate::support::trial::trial;
use crate::{CHAINMEND, Site, ended, until};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(true, "what_is_told_is_what_was_done", told),
        trial(true, "it_stops_at_once_though_a_server_does_not_answer", at_once),
        trial(true, "every_report_ends_as_it_should", reports),
        trial(true, "a_signal_that_was_ignored_stays_so", ignored),
        trial(true, "it_stops_though_nobody_reads_what_it_says", unread),
        trial(true, "a_second_signal_ends_it_at_once", twice),
        trial(true, "one_bundle_ends_as_ever", alone),
        trial(true, "a_report_that_was_begun_is_taken_back", begun),
    ]
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(status.success());
}

fn told() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let site = Site::new();
        let (names, wrong, right) = (site.wrong(400), site.folder.read("wrong.pem"), site.folder.read("right.pem"));
        let words = ["fix", "-i", "--report", "ndjson", "--report-file", "report", "-j", "3"];
        let words: Vec<&str> = words.into_iter().chain(names.iter().map(String::as_str)).collect();
        let child = site.command(&words, 1).spawn().unwrap();
        until(|| site.folder.read("w0020.pem") != wrong);
        signal(&child, name);
        let (got, _, stderr) = ended(child);
        assert_eq!(got, code, "{stderr}");
        let mended: Vec<&String> = names.iter().filter(|name| site.folder.read(name) != wrong).collect();
        assert!(mended.iter().all(|name| site.folder.read(name) == right), "each is the old one or the new one");
        assert!(mended.len() < names.len(), "it was stopped");
        let report = String::from_utf8(site.folder.read("report")).unwrap();
        let lines: Vec<Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<&str> = lines.iter().map(|line| line["inputs"][0].as_str().unwrap()).collect();
        assert_eq!(told, mended, "{stderr}");
        let left = names.len() - mended.len();
        assert!(
            stderr.contains(&format!(
                "error: stopped after {} of 400 files; {left} were left as they were\n",
                mended.len()
            )),
            "{stderr}"
        );
        let temporary = site.folder.files().into_iter().filter(|name| name.contains(".chainmend-"));
        assert_eq!(temporary.collect::<Vec<_>>(), [] as [String; 0]);
    }
}

fn at_once() {
    let site = Site::new();
    let names = site.wrong(20);
    let words: Vec<&str> =
        ["fix", "-i", "-j", "2", "alone.pem"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let child = site.command(&words, 60).spawn().unwrap();
    // The other thread does all others meanwhile.
    until(|| site.folder.read("w0019.pem") == site.folder.read("right.pem"));
    let start = Instant::now();
    signal(&child, "INT");
    let (code, _, stderr) = ended(child);
    assert_eq!(code, 130);
    assert!(start.elapsed().as_secs() < 5, "{stderr}");
    assert!(stderr.contains("20 files: 20 mended; "), "{stderr}");
    assert!(stderr.ends_with("error: stopped after 20 of 21 files; 1 was left as it was\n"), "{stderr}");
}

fn reports() {
    for (form, wanted) in [
        ("text", "1 file: 1 ok"),
        ("json", "\"problems\":[{\"message\":\"stopped after 1 of 3 files; 2 were not looked at\"}]}\n"),
        ("sarif", "\"text\":\"stopped after 1 of 3 files; 2 were not looked at\""),
        ("github", "::error title=chainmend::stopped after 1 of 3 files; 2 were not looked at\n"),
        ("ndjson", "\"inputs\":[\"right.pem\"]"),
        ("prometheus", "as it was"),
    ] {
        let site = Site::new();
        site.folder.write("report", "as it was");
        let words = [
            "check",
            "-j",
            "1",
            "-l",
            "--report",
            form,
            "--report-file",
            "report",
            "wrong.pem",
            "alone.pem",
            "right.pem",
        ];
        let mut words = words.to_vec();
        words.swap(8, 10);
        let child = site.command(&words, 60).spawn().unwrap();
        // The second one is under way as soon as its request is there.
        until(|| !site._server.requests().is_empty());
        signal(&child, "INT");
        let (code, _, stderr) = ended(child);
        assert_eq!(code, 130, "{form}: {stderr}");
        assert!(stderr.ends_with("error: stopped after 1 of 3 files; 2 were not looked at\n"), "{form}: {stderr}");
        let report = String::from_utf8(site.folder.read("report")).unwrap();
        assert!(report.contains(wanted), "{form}: {report}");
        if form == "json" {
            assert_eq!(schema::report_fault(&serde_json::from_str(&report).unwrap()), None);
        }
    }
}

fn ignored() {
    for name in ["INT", "HUP"] {
        let site = Site::new();
        let mut shell = site.folder.command("sh");
        shell.args(["-c", &format!("trap '' {name}; exec \"$0\" \"$@\""), CHAINMEND]);
        let child = site.with(shell, &["check", "right.pem", "alone.pem"], 2).spawn().unwrap();
        until(|| !site._server.requests().is_empty());
        signal(&child, name);
        let (code, _, stderr) = ended(child);
        assert_eq!(code, 1, "{name}: {stderr}");
        assert!(stderr.contains("2 files: 1 ok, 1 broken"), "{name}: {stderr}");
    }
}

/// A run over so many files that what it says does not fit a pipe, which stands still because nobody reads.
fn stuck(site: &Site, names: &[String], form: &[&str]) -> Child {
    let words: Vec<&str> =
        ["fix", "-i", "-v"].iter().chain(form).copied().chain(names.iter().map(String::as_str)).collect();
    let child = site.command(&words, 1).spawn().unwrap();
    let wrong = site.folder.read("wrong.pem");
    let mended = || names.iter().filter(|name| site.folder.read(name) != wrong).count();
    until(|| {
        let before = mended();
        std::thread::sleep(Duration::from_millis(300));
        before > 0 && mended() == before
    });
    child
}

fn unread() {
    for (form, is_told) in [(&["--report", "ndjson"][..], true), (&["--report", "json"], true), (&["-j", "2"], false)] {
        let site = Site::new();
        let (names, wrong, right) = (site.wrong(600), site.folder.read("wrong.pem"), site.folder.read("right.pem"));
        let mut child = stuck(&site, &names, form);
        signal(&child, "INT");
        let start = Instant::now();
        until(|| child.try_wait().unwrap().is_some());
        assert!(start.elapsed() < Duration::from_secs(10), "{form:?}");
        let (code, _, stderr) = ended(child);
        assert_eq!(code, 130, "{form:?}: {stderr}");
        let mended: Vec<&String> = names.iter().filter(|name| site.folder.read(name) != wrong).collect();
        assert!(mended.len() < names.len() && mended.iter().all(|name| site.folder.read(name) == right), "{form:?}");
        let (done, left) = (mended.len(), names.len() - mended.len());
        let last = format!(
            "error: stopped after {done} of 600 files; {left} were left as they were; the report on them is not whole\n"
        );
        // Where it is standard error that nobody reads, there is nobody to tell.
        assert_eq!(stderr.ends_with(&last), is_told, "{form:?}: {stderr}");
        assert_eq!(site.folder.files().iter().find(|name| name.contains(".chainmend-")), None, "{form:?}");
    }
}

/// How often the program's threads have slept (proc(5)); more than can be once it has ended.
fn wakings(child: &Child) -> u64 {
    let threads = std::fs::read_dir(format!("/proc/{}/task", child.id())).into_iter().flatten().flatten();
    let statuses: Vec<String> = threads.filter_map(|t| std::fs::read_to_string(t.path().join("status")).ok()).collect();
    let slept = statuses.iter().filter_map(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse::<u64>().ok()
    });
    if statuses.iter().any(|status| status.contains("State:\tZ")) { u64::MAX } else { slept.sum() }
}

fn twice() {
    let site = Site::new();
    let names = site.wrong(600);
    let mut child = stuck(&site, &names, &["--report", "ndjson"]);
    // Of two signals that wait to be taken the lower one is first, whether they wait in the kernel or have been
    // caught and not yet read: so the second is sent when whoever reads them wakes up now and then, as it does
    // once it has the first.
    let wakings = wakings(&child);
    signal(&child, "TERM");
    until(|| self::wakings(&child) > wakings + 5);
    let start = Instant::now();
    signal(&child, "INT");
    until(|| child.try_wait().unwrap().is_some());
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(ended(child).0, 143, "by the first one's number");
}

fn alone() {
    let site = Site::new();
    let child = site.command(&["check", "alone.pem"], 60).spawn().unwrap();
    until(|| !site._server.requests().is_empty());
    signal(&child, "INT");
    assert_eq!(ended(child).0, -2, "by the signal itself");
}

/// Nothing but the report is written, and the temporary file that it grows in goes with the program.
fn begun() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let site = Site::new();
        site.folder.write("report", "as it was");
        let words = ["check", "alone.pem", "--report", "json", "--report-file", "report"];
        let child = site.command(&words, 60).spawn().unwrap();
        until(|| !site._server.requests().is_empty());
        assert!(site.folder.files().iter().any(|name| name.contains(".chainmend-")));
        signal(&child, name);
        assert_eq!(ended(child).0, code);
        assert_eq!(site.folder.read("report"), b"as it was");
        assert_eq!(site.folder.files().iter().find(|name| name.contains(".chainmend-")), None);
    }
}
