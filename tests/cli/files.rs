//! What happens to files.
//!
//! ```text
//! root (trusted) ─ ca1 ─ ca2 ─ leaf
//! ```

use std::os::unix::process::CommandExt;

use crate::support::pki::{Ca, Cert, pem};
use crate::support::run::{Folder, Run, fingerprints_in, run};

/// A folder with `roots.pem` and a misordered `site.pem`, and the chain that it should become.
fn folder() -> (Folder, [Cert; 3]) {
    let root = Ca::root("Acme Root G2");
    let ca1 = root.issue_ca("Acme Policy CA");
    let ca2 = ca1.issue_ca("Acme TLS CA 2");
    let leaf = ca2.issue_leaf(&["shop.example.com"]);
    let folder = Folder::new();
    folder.write("roots.pem", root.pem());
    folder.write("site.pem", pem(&[&leaf, &ca1, &ca2]));
    (folder, [leaf, ca2, ca1])
}

const OPTIONS: [&str; 3] = ["--offline", "--roots", "roots.pem"];

fn arguments<'a>(first: &[&'a str]) -> Vec<&'a str> {
    [first, &OPTIONS[..]].concat()
}

/// Runs the program as somebody who owns nothing here, since root may write anywhere.
pub fn as_nobody(folder: &Folder, arguments: &[&str]) -> Run {
    const NOBODY: u32 = 65534;
    folder.write("mine", "");
    let me = folder.fingermarks("mine").owner.0;
    std::fs::remove_file(folder.path("mine")).unwrap();
    if me != 0 {
        return folder.chainmend(arguments);
    }
    // Where the program was built may be closed to others.
    // A program that a thread of ours had written to might be busy still when it is run.
    let copied = folder.command("cp").args([env!("CARGO_BIN_EXE_chainmend"), ".home/chainmend"]).status().unwrap();
    assert!(copied.success());
    for (name, mode) in [("", 0o755), (".home", 0o777), (".home/chainmend", 0o755)] {
        folder.set_mode(name, mode);
    }
    let mut command = folder.command(folder.path(".home/chainmend").to_str().unwrap());
    run(command.args(arguments).uid(NOBODY).gid(NOBODY), None)
}

#[test]
fn an_output_that_cannot_be_written_is_exit_2_and_nothing_is_left_behind() {
    let (folder, _) = folder();
    let before = folder.files();
    let run = folder.chainmend(&arguments(&["fix", "site.pem", "-o", "no/such/folder/out.pem"])).exits(2);
    assert!(run.stderr.contains("no/such/folder"), "{}", run.stderr);
    assert_eq!(folder.files(), before);
}

#[test]
fn a_folder_that_cannot_be_written_leaves_the_file_alone() {
    let (folder, _) = folder();
    folder.write("closed/site.pem", folder.read("site.pem"));
    let before = folder.fingermarks("closed/site.pem");
    folder.set_mode("closed/site.pem", 0o444);
    folder.set_mode("closed", 0o555);
    let run = as_nobody(&folder, &arguments(&["fix", "-i", "closed/site.pem"])).exits(2);
    assert!(run.stderr.contains("closed/site.pem"), "{}", run.stderr);
    folder.set_mode("closed", 0o755);
    assert_eq!(folder.read("closed/site.pem"), before.bytes);
    assert_eq!(folder.files().len(), 3);
}

#[test]
fn a_mended_file_leaves_no_other_file_behind() {
    let (folder, chain) = folder();
    let before = folder.files();
    folder.chainmend(&arguments(&["fix", "-i", "site.pem"])).exits(0);
    assert_eq!(folder.files(), before);
    assert_eq!(fingerprints_in(&folder.path("site.pem")), chain.each_ref().map(Cert::fingerprint));
}

#[test]
fn owner_and_mode_are_kept() {
    let (folder, _) = folder();
    folder.set_mode("site.pem", 0o640);
    // Only root may give files away; for others the owner stays as it is in any case.
    let _ = std::os::unix::fs::chown(folder.path("site.pem"), Some(65534), Some(65534));
    let before = folder.fingermarks("site.pem");
    folder.chainmend(&arguments(&["fix", "-i", "site.pem"])).exits(0);
    let after = folder.fingermarks("site.pem");
    assert_ne!(after.bytes, before.bytes);
    assert_eq!((after.owner, after.mode), (before.owner, before.mode));
}

#[test]
fn a_second_run_in_place_changes_nothing() {
    let (folder, _) = folder();
    folder.chainmend(&arguments(&["fix", "-i", "site.pem"])).exits(0);
    let mended = folder.fingermarks("site.pem");
    folder.chainmend(&arguments(&["fix", "-i", "site.pem"])).exits(0);
    assert_eq!(folder.fingermarks("site.pem"), mended);
}

#[test]
fn a_file_with_two_names_is_mended_or_left_alone() {
    let (folder, chain) = folder();
    std::fs::hard_link(folder.path("site.pem"), folder.path("twin.pem")).unwrap();
    let run = folder.chainmend(&arguments(&["fix", "-i", "site.pem"]));
    // Replacing a file atomically parts its names: that, or the file is left alone and it is an error.
    if run.status == 0 {
        let expected = chain.each_ref().map(Cert::fingerprint);
        assert_eq!(fingerprints_in(&folder.path("site.pem")), expected);
    } else {
        assert_eq!(run.status, 2, "{}", run.stderr);
        assert_eq!(folder.read("site.pem"), folder.read("twin.pem"));
    }
}

#[test]
fn many_runs_at_once_leave_one_whole_file() {
    let (folder, chain) = folder();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| folder.chainmend(&arguments(&["fix", "site.pem", "-o", "out.pem"])).exits(0));
        }
    });
    assert_eq!(fingerprints_in(&folder.path("out.pem")), chain.each_ref().map(Cert::fingerprint));
    assert_eq!(folder.files(), ["out.pem", "roots.pem", "site.pem"]);
}
