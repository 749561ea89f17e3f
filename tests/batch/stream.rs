//! Results leave as they are done, in the order of the inputs, and are forgotten.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::schema;
use crate::support::trial::trial;
use crate::{Site, ended};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(true, "a_line_comes_while_the_next_bundle_waits_for_a_server", while_waiting),
        trial(true, "the_order_is_that_of_the_inputs_whatever_the_threads", order),
        trial(cfg!(target_os = "linux"), "memory_does_not_grow_with_the_bundles", memory),
        trial(cfg!(target_os = "linux"), "metrics_wait_for_the_last_bundle_outside_of_memory", metrics),
        trial(true, "check_ends_where_nobody_reads_on", hang_up),
        trial(true, "a_table_of_many_lines_is_said_piece_by_piece", pieces),
    ]
}

fn name(line: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(schema::line_fault(&line), None);
    line["inputs"][0].as_str().unwrap().to_owned()
}

fn while_waiting() {
    let site = Site::new();
    for jobs in ["1", "4"] {
        let words = ["check", "--report", "ndjson", "-j", jobs, "right.pem", "alone.pem", "wrong.pem"];
        let mut child = site.command(&words, 3).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(name(&lines.next().unwrap().unwrap()), "right.pem");
        assert!(child.try_wait().unwrap().is_none(), "the second one takes seconds");
        let rest: Vec<String> = lines.map(|line| name(&line.unwrap())).collect();
        assert_eq!(rest, ["alone.pem", "wrong.pem"]);
        assert_eq!(ended(child).0, 1);
    }
}

fn order() {
    let site = Site::new();
    let names = site.wrong(300);
    site.folder.write("list", names.join("\n"));
    for jobs in ["1", "2", "7"] {
        let command = ["check", "--report", "ndjson", "-j", jobs, "--file-list", "list"];
        let (code, stdout, stderr) = ended(site.command(&command, 1).spawn().unwrap());
        assert_eq!((code, stderr.as_str()), (1, ""));
        assert_eq!(stdout.lines().map(name).collect::<Vec<_>>(), names);
    }
}

/// The most memory that a run over a list took, in KiB.
fn peak(site: &Site, form: &str, list: &str) -> u64 {
    let mut command = site.command(&["check", "--report", form, "--file-list", list, "-j", "2"], 1);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<u64>().ok());
        most = most.max(peak.unwrap_or_default());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert_eq!(child.wait().unwrap().code(), Some(1));
    most
}

/// Ten times the bundles are not twice the memory, in each form that does not have to keep them.
fn memory() {
    let site = Site::new();
    let files = ["right.pem\n", "wrong.pem\n"].concat();
    site.folder.write("few", files.repeat(200));
    site.folder.write("many", files.repeat(2000));
    for form in ["text", "ndjson", "sarif"] {
        let (few, many) = (peak(&site, form, "few"), peak(&site, form, "many"));
        assert!(few > 0 && many < few * 2, "{form}: {few} KiB for 400, {many} KiB for 4,000");
    }
}

/// A family stands together in the text, so that what is measured has to be kept; and every bundle is there.
fn metrics() {
    let site = Site::new();
    let names = site.wrong(6000);
    site.folder.write("few", names[..600].join("\n"));
    site.folder.write("many", names.join("\n"));
    let (few, many) = (peak(&site, "prometheus", "few"), peak(&site, "prometheus", "many"));
    assert!(few > 0 && many < few * 2, "{few} KiB for 600, {many} KiB for 6,000");
    let words = ["check", "--report", "prometheus", "--file-list", "many"];
    let (_, stdout, _) = ended(site.command(&words, 1).spawn().unwrap());
    for family in ["bundle_verdict", "chain_not_after_seconds"] {
        let lines = stdout.lines().filter(|line| line.starts_with(&format!("chainmend_{family}{{")));
        assert_eq!(lines.count(), 6000, "{family}");
    }
    assert!(stdout.contains("\nchainmend_bundles{verdict=\"repairable\"} 6000\n"));

    // A folder for temporary files that is not there.
    let mut command = site.command(&words, 1);
    command.env("TMPDIR", site.folder.path("none")).args(["--report-file", "metrics.prom"]);
    let (code, _, stderr) = ended(command.spawn().unwrap());
    assert_eq!(code, 2);
    assert!(stderr.contains("cannot keep the metrics until the last bundle: no such file"), "{stderr}");
    assert!(stderr.contains("help: TMPDIR=FOLDER"), "{stderr}");
    assert!(!site.folder.path("metrics.prom").exists());
}

fn hang_up() {
    let site = Site::new();
    site.folder.write("list", "right.pem\n".repeat(100_000));
    let mut child = site.command(&["check", "--report", "ndjson", "--file-list", "list"], 1).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(name(&lines.next().unwrap().unwrap()), "right.pem");
    drop(lines);
    let start = std::time::Instant::now();
    let (code, _, stderr) = ended(child);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(start.elapsed().as_secs() < 5, "100,000 bundles would take longer");
}

fn pieces() {
    let site = Site::new();
    site.folder.write("list", "wrong.pem\n".repeat(1001) + "none.pem\n");
    let (code, _, stderr) = ended(site.command(&["check", "--file-list", "list"], 1).spawn().unwrap());
    assert_eq!(code, 2);
    let rows = stderr.lines().filter(|line| line.contains(" MEND misordered ")).count();
    assert_eq!(rows, 1001);
    assert!(stderr.contains("\n1002 files: 1001 mendable, 1 failed; "), "{stderr}");
    assert_eq!(stderr.matches("judged at").count(), 1);
}
