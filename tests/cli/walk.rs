//! Folders that are searched, where a case file cannot draw them: pipes, what is closed, and many files.
//!
//! ```text
//! root (trusted) ─ ca1 ─ ca2 ─ leaf
//! ```

use crate::support::pki::{Cert, pem};
use crate::support::run::{Folder, fingerprints_in};
use crate::support::site::{Site, arguments};

/// A folder with `roots.pem` and a misordered `certs/site.pem`; leaf, ca2, ca1.
fn folder() -> (Folder, [Cert; 3]) {
    let site = Site::new();
    site.folder.write("certs/site.pem", site.misordered());
    (site.folder, site.chain)
}

fn pipe(folder: &Folder, name: &str) {
    let made = folder.command("mkfifo").arg(folder.path(name)).status().unwrap();
    assert!(made.success());
}

#[test]
fn a_pipe_that_is_found_is_not_opened() {
    let (folder, _) = folder();
    // Opened for reading it would wait for a writer, forever.
    pipe(&folder, "certs/pipe.pem");
    std::os::unix::fs::symlink("pipe.pem", folder.path("certs/to-pipe.pem")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path("certs/zero.pem")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(folder.path("certs/socket.pem")).unwrap();
    let run = folder.chainmend(&arguments(&["check", "certs"])).exits(1);
    assert!(run.stderr.contains("5 files: 1 mendable, 4 skipped"), "{}", run.stderr);
    for name in ["pipe", "to-pipe", "zero", "socket"] {
        assert!(run.stderr.contains(&format!("certs/{name}.pem ")), "{name}: {}", run.stderr);
    }
    let run = folder.chainmend(&arguments(&["check", "--found", "certs/pipe.pem", "certs/zero.pem"])).exits(0);
    assert!(run.stderr.contains("2 files: 2 skipped"), "{}", run.stderr);
    folder.chainmend(&arguments(&["fix", "certs", "-o", "out.pem"])).exits(0);
    drop(socket);
}

/// Hooks name links to folders, and `find -name '*.pem'` names folders.
#[test]
fn a_folder_that_was_found_is_no_alarm() {
    let (folder, _) = folder();
    std::fs::create_dir(folder.path("empty.pem")).unwrap();
    std::os::unix::fs::symlink("certs", folder.path("linked.pem")).unwrap();
    for command in [&["check"][..], &["fix", "-i"]] {
        let run = folder.chainmend(&arguments(&[command, &["--found", "empty.pem", "linked.pem"]].concat())).exits(0);
        assert!(run.stderr.contains("empty.pem   skip no-certificate  a folder without such files"), "{}", run.stderr);
        assert!(run.stderr.contains("linked.pem  skip no-certificate  a link to a folder; it was not entered"));
    }
    folder.chainmend(&arguments(&["check", "empty.pem"])).exits(2);
    folder.chainmend(&arguments(&["check", "linked.pem"])).exits(1);
}

#[test]
fn a_folder_or_file_that_is_closed_is_a_problem_and_the_rest_is_done() {
    let (folder, chain) = folder();
    folder.write("certs/closed/a.pem", "");
    folder.write("certs/secret.pem", "");
    folder.set_mode("certs/secret.pem", 0o000);
    folder.set_mode("certs/closed", 0o000);
    // Anybody may rewrite the rest.
    folder.set_mode("certs", 0o777);
    folder.set_mode("certs/site.pem", 0o666);
    let run = folder.chainmend_as_nobody(&arguments(&["check", "certs"]));
    folder.set_mode("certs/closed", 0o755);
    let run = run.exits(2);
    assert!(run.stderr.contains("cannot read certs/closed: permission denied"), "{}", run.stderr);
    assert!(run.stderr.contains("cannot read certs/secret.pem: permission denied"), "{}", run.stderr);
    assert!(run.stderr.contains("3 files: 1 mendable, 2 failed"), "{}", run.stderr);
    std::fs::remove_file(folder.path("certs/secret.pem")).unwrap();
    folder.chainmend(&arguments(&["fix", "-i", "certs"])).exits(0);
    assert_eq!(fingerprints_in(&folder.path("certs/site.pem")), chain.each_ref().map(Cert::fingerprint));
}

#[test]
fn a_file_with_two_names_is_seen_once() {
    let (folder, _) = folder();
    std::fs::hard_link(folder.path("certs/site.pem"), folder.path("certs/twin.pem")).unwrap();
    let run = folder.chainmend(&arguments(&["check", "certs"])).exits(1);
    assert!(run.stderr.contains("1 file: 1 mendable"), "{}", run.stderr);
    // Replaced, its names would part: nothing is lost, and it is an error.
    let run = folder.chainmend(&arguments(&["fix", "-i", "certs"])).exits(2);
    assert!(run.stderr.contains("2 names"), "{}", run.stderr);
    assert_eq!(folder.read("certs/site.pem"), folder.read("certs/twin.pem"));
}

#[test]
fn a_read_only_file_that_is_found_is_an_error() {
    let (folder, _) = folder();
    folder.set_mode("certs/site.pem", 0o444);
    let run = folder.chainmend_as_nobody(&arguments(&["fix", "-i", "certs"])).exits(2);
    assert!(run.stderr.contains("cannot write certs/site.pem: the file is read-only"), "{}", run.stderr);
}

#[test]
fn the_working_directory_is_searched_without_dots_in_names() {
    let (folder, _) = folder();
    for here in [".", "./"] {
        let run = folder.chainmend(&arguments(&["check", here])).exits(1);
        assert!(
            run.stderr.contains("\ncerts/site.pem:") || run.stderr.starts_with("certs/site.pem:"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("roots.pem 2 skip") || run.stderr.contains("skip trust-store"), "{}", run.stderr);
    }
}

#[test]
fn a_file_that_is_named_is_chosen_also_where_a_folder_holds_it() {
    let (folder, [leaf, ca2, ca1]) = folder();
    folder.write("certs/cert.pem", leaf.pem());
    folder.write("certs/chain.pem", pem(&[&ca2, &ca1]));
    let run = folder.chainmend(&arguments(&["check", "certs"])).exits(1);
    assert!(run.stderr.contains("3 files: 1 mendable, 2 skipped"), "{}", run.stderr);
    let line = ["check", "certs", "certs/cert.pem", "--intermediates", "certs/chain.pem"];
    let run = folder.chainmend(&arguments(&line)).exits(1);
    assert!(run.stderr.contains("3 files: 2 mendable, 1 skipped"), "{}", run.stderr);
}

/// More files than a command can name: the folder is suggested, with what was left out.
#[test]
fn of_many_files_the_folder_is_suggested() {
    let (folder, _) = folder();
    for number in 0..21 {
        folder.write(&format!("certs/{number}.pem"), folder.read("certs/site.pem"));
    }
    let run = folder.chainmend(&arguments(&["check", "certs", "--exclude", "*.old.pem"])).exits(1);
    let next = "next: chainmend fix -i --roots roots.pem --exclude '*.old.pem' certs\n";
    assert!(run.stderr.contains(next), "{}", run.stderr);
    folder.chainmend(&arguments(&["fix", "-i", "--exclude", "*.old.pem", "certs"])).exits(0);
    folder.chainmend(&arguments(&["check", "certs"])).exits(0);
}

/// A report is written whatever happens, and so not over what a search would find.
#[test]
fn a_report_goes_over_no_file_that_is_found() {
    let (folder, _) = folder();
    let line = ["check", "certs", "--report", "json", "--report-file", "certs/site.pem"];
    let before = folder.fingermarks("certs/site.pem");
    let run = folder.chainmend(&arguments(&line)).exits(2);
    assert!(run.stderr.contains("--report-file would overwrite certs/site.pem, in certs"), "{}", run.stderr);
    assert_eq!(folder.fingermarks("certs/site.pem"), before);
}

#[test]
fn a_json_report_says_why_a_file_was_left() {
    let (folder, [leaf, ca2, ca1]) = folder();
    let der: Vec<u8> = [&leaf, &ca1, &ca2].iter().flat_map(|cert| cert.der().to_vec()).collect();
    folder.write("other/site.der", der);
    let run = folder.chainmend(&arguments(&["fix", "-i", "other", "--report", "json"])).exits(1);
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(report["bundles"][0]["verdict"], "repairable");
    let problem = &report["bundles"][0]["problems"][0];
    assert_eq!(problem["message"], "other/site.der is DER, and only PEM is rewritten in place");
    assert_eq!(problem["help"], "chainmend fix --roots roots.pem other/site.der -o other/site.pem");
}

/// What a report lists is bounded: names in a heading, reasons for what was left.
#[test]
fn long_lists_are_cut() {
    let (folder, [leaf, ca2, ca1]) = folder();
    for number in 0..21 {
        let der: Vec<u8> = [&leaf, &ca1, &ca2].iter().flat_map(|cert| cert.der().to_vec()).collect();
        folder.write(&format!("der/{number}.der"), der);
    }
    let run = folder.chainmend(&arguments(&["fix", "-i", "der"])).exits(1);
    assert_eq!(run.stderr.matches("left: der/").count(), 20, "{}", run.stderr);
    assert_eq!(run.stderr.matches("chainmend fix --roots roots.pem der/").count(), 20, "{}", run.stderr);
    let run = folder.chainmend(&arguments(&["fix", "der", "-o", "out.pem"])).exits(0);
    let names = "der/0.der + der/1.der + der/10.der + der/11.der + der/12.der + der/13.der + 15 more files: MENDED";
    assert!(run.stderr.starts_with(names), "{}", run.stderr);
}

#[test]
fn a_list_may_be_of_names_that_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let (folder, [leaf, ca2, ca1]) = folder();
    let names: [&[u8]; 4] = [b"\xff\xfe.pem", b"two\nlines.pem", b"-i.pem", b" .pem"];
    for name in names {
        std::fs::write(folder.path("").join(OsStr::from_bytes(name)), pem(&[&leaf, &ca1, &ca2])).unwrap();
    }
    let list: Vec<u8> = names.iter().flat_map(|name| [name, b"\0".as_slice()]).flatten().copied().collect();
    folder.write("list", &list);
    let listed = folder.chainmend(&arguments(&["check", "-l", "--file-list", "list"])).exits(1);
    assert_eq!(listed.stdout, names.map(|name| [name, b"\n"].concat()).concat());
    let fix = arguments(&["fix", "-i", "--file-list", "-"]);
    let run = folder.chainmend_with(&fix, &[], Some(&list)).exits(0);
    assert!(run.stderr.contains("4 files: 4 mended"), "{}", run.stderr);
    for name in names {
        let got = std::fs::read(folder.path("").join(OsStr::from_bytes(name))).unwrap();
        assert_eq!(String::from_utf8(got).unwrap(), pem(&[&leaf, &ca2, &ca1]));
    }
}

/// A report is text and spells such a name as it can; a command has its bytes.
#[test]
fn a_name_that_is_no_text_is_typed_by_its_bytes() {
    use std::os::unix::ffi::OsStringExt;
    let (folder, _) = folder();
    let name = std::ffi::OsString::from_vec(b"certs/z\xfc'rich.pem".to_vec());
    std::fs::rename(folder.path("certs/site.pem"), folder.path("").join(&name)).unwrap();
    let run = folder.chainmend(&arguments(&["check", "certs"])).exits(1);
    let typed = r"chainmend fix -i --roots roots.pem $'certs/z\xfc\'rich.pem'";
    assert!(run.stderr.contains(typed), "{}", run.stderr);
}

#[test]
fn a_line_break_in_a_name_is_told_from_what_looks_like_its_spelling() {
    let (folder, _) = folder();
    for name in ["certs/two\nlines.pem", r"certs/two\x0Alines.pem"] {
        std::fs::copy(folder.path("certs/site.pem"), folder.path(name)).unwrap();
    }
    let run = folder.chainmend(&arguments(&["check", "certs"])).exits(1);
    for shown in [r"certs/two\x0Alines.pem:", r"certs/two\x5Cx0Alines.pem:"] {
        assert!(run.stderr.contains(shown), "{}", run.stderr);
    }
}

/// Looking through a folder for each file of a long list would take its time.
#[test]
fn near_names_are_told_of_files_that_are_typed() {
    let (folder, _) = folder();
    let told = |list: &str| {
        folder.write("list", list);
        let run = folder.chainmend(&arguments(&["check", "--file-list", "list"])).exits(2);
        run.stderr.matches("help: near it: certs/site.pem").count()
    };
    assert_eq!(told("certs/sit.pem\ncerts/sites.pem\n"), 2);
    assert_eq!(told(&(0..21).map(|n| format!("certs/site{n}.pem\n")).collect::<String>()), 0);
}
