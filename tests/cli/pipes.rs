//! Pipes among several inputs: who writes late is waited for, and nobody waits for one without a writer.
//!
//! ```text
//! root (trusted) ─ ca1 ─ ca2 ─ leaf
//! ```

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::support::site::{Site, arguments};

/// A folder with `roots.pem`, a `right.pem`, a misordered `wrong.pem`, and a `pipe.pem`.
fn folder() -> (Site, PathBuf) {
    let site = Site::new();
    site.folder.write("right.pem", site.mended());
    site.folder.write("wrong.pem", site.misordered());
    let made = site.folder.command("mkfifo").arg(site.folder.path("pipe.pem")).status().unwrap();
    assert!(made.success());
    let pipe = site.folder.path("pipe.pem");
    (site, pipe)
}

/// Writes into the pipe in two parts, the first of them late.
fn slowly(pipe: PathBuf, text: String) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut pipe = File::options().write(true).open(pipe).unwrap();
        let (first, second) = text.split_at(text.len() / 2);
        for part in [first, second] {
            thread::sleep(Duration::from_millis(400));
            pipe.write_all(part.as_bytes()).unwrap();
        }
    })
}

#[test]
fn a_pipe_without_a_writer_holds_up_nobody() {
    let (Site { folder, .. }, _) = folder();
    folder.write("list", "right.pem\npipe.pem\n");
    let named = ["check", "right.pem", "pipe.pem"];
    for line in [&named[..], &["check", "-j", "1", "pipe.pem", "right.pem"], &["check", "--file-list", "list"]] {
        let run = folder.chainmend(&arguments(line)).exits(2);
        let said = "error: cannot read pipe.pem: nobody writes to this pipe\nhelp: name it alone";
        assert!(run.stderr.contains(said), "{}", run.stderr);
        assert!(run.stderr.contains("2 files: 1 ok, 1 failed"), "{}", run.stderr);
    }
    let run = folder.chainmend(&arguments(&[&named[..], &["--report", "ndjson"]].concat())).exits(2);
    let verdicts: Vec<serde_json::Value> =
        run.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&verdicts[0]["verdict"], &verdicts[1]["verdict"]), (&"ok".into(), &"unreadable".into()));
}

#[test]
fn a_writer_that_takes_its_time_is_waited_for() {
    let (site, pipe) = folder();
    let folder = &site.folder;
    for line in [&["check", "right.pem", "pipe.pem"][..], &["check", "pipe.pem"]] {
        let writer = slowly(pipe.clone(), site.misordered());
        let run = folder.chainmend(&arguments(line)).exits(1);
        assert!(run.stderr.contains("misordered"), "{}", run.stderr);
        writer.join().unwrap();
    }
    // All that one bundle is made of is needed.
    let writer = slowly(pipe, site.misordered());
    folder.chainmend(&arguments(&["fix", "right.pem", "pipe.pem", "-o", "out.pem"])).exits(0);
    writer.join().unwrap();
}

#[test]
fn a_descriptor_is_read_to_its_end() {
    let (site, _) = folder();
    let late = |line: &str| {
        let line = format!("{{ sleep 0.4; cat wrong.pem; }} | {line} --offline --roots roots.pem");
        let mut shell = site.folder.command("sh");
        shell.args(["-c", &line]).env("CHAINMEND", env!("CARGO_BIN_EXE_chainmend"));
        crate::support::run::run(&mut shell, None).exits(1)
    };
    for name in ["/dev/stdin", "/dev/fd/0", "-"] {
        let run = late(&format!("\"$CHAINMEND\" check right.pem {name}"));
        assert!(run.stderr.contains("2 files: 1 ok, 1 mendable"), "{name}: {}", run.stderr);
    }
}

/// What is no file is neither opened nor waited for where only files are rewritten.
#[test]
fn in_place_only_files_are_opened() {
    let (site, _) = folder();
    let folder = &site.folder;
    let run = folder.chainmend(&arguments(&["fix", "-i", "pipe.pem", "/dev/zero", "-", "wrong.pem"])).exits(2);
    for said in [
        "pipe.pem is a pipe or a device, and cannot be rewritten in place",
        "/dev/zero is a pipe or a device, and cannot be rewritten in place",
        "standard input cannot be rewritten in place",
        "4 files: 1 mended, 3 failed",
    ] {
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    assert_eq!(folder.read("wrong.pem"), site.mended().as_bytes());
    let run = folder.chainmend(&arguments(&["fix", "-i", "pipe.pem"])).exits(2);
    assert!(run.stderr.contains("help: chainmend fix --roots roots.pem pipe.pem -o fullchain.pem"), "{}", run.stderr);
}
