//! What happens to files.
//!
//! ```text
//! root (trusted) ─ ca1 ─ ca2 ─ leaf
//! ```

use crate::support::pki::Cert;
use crate::support::run::{Folder, fingerprints_in};
use crate::support::site::{OPTIONS, Site, arguments};

/// A folder with `roots.pem` and a misordered `site.pem`, and the chain that it should become.
fn folder() -> (Folder, [Cert; 3]) {
    let site = Site::new();
    site.folder.write("site.pem", site.misordered());
    (site.folder, site.chain)
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
    let run = folder.chainmend_as_nobody(&arguments(&["fix", "-i", "closed/site.pem"])).exits(2);
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

#[test]
fn a_folder_that_is_a_link_is_written_through() {
    let (folder, chain) = folder();
    folder.write("real/cert.pem", "old\n");
    folder.link("live", "real");
    folder.chainmend(&arguments(&["fix", "site.pem", "--out-dir", "live"])).exits(0);
    assert_eq!(fingerprints_in(&folder.path("real/cert.pem")), [chain[0].fingerprint()]);
    assert_eq!(fingerprints_in(&folder.path("real/fullchain.pem")), chain.each_ref().map(Cert::fingerprint));
    assert!(folder.path("live").is_symlink());
}

#[test]
fn a_folder_is_not_made_where_nothing_can_be_written() {
    let (folder, chain) = folder();
    folder.write("locked.pem", chain[1].private_key_pem());
    folder.link("dangling", "nowhere/at/all");
    let run = folder.chainmend(&arguments(&["fix", "site.pem", "--out-dir", "dangling"])).exits(2);
    assert!(run.stderr.contains("is no folder"), "{}", run.stderr);
    assert!(!folder.exists("nowhere"));
    // That the other output holds another key shows when the folder is there already.
    folder.write("site.key", chain[0].private_key_pem());
    let words = ["fix", "site.pem", "--key", "site.key", "--with-key", "-o", "locked.pem", "--out-dir", "new/er"];
    let run = folder.chainmend(&arguments(&words)).exits(2);
    assert!(run.stderr.contains("locked.pem holds another private key"), "{}", run.stderr);
    assert!(!folder.exists("new"));
}

#[test]
fn paths_are_listed_byte_for_byte() {
    let (folder, _) = folder();
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"odd\n\xff name.pem");
    std::fs::copy(folder.path("site.pem"), folder.path(".").join(name)).unwrap();
    let words: Vec<&std::ffi::OsStr> =
        ["check", "-l"].iter().chain(&OPTIONS).map(std::ffi::OsStr::new).chain([name]).collect();
    let run = folder.chainmend(&words).exits(1);
    assert_eq!(run.stdout, b"odd\n\xff name.pem\n");
}

#[test]
fn the_diff_is_coloured_on_request_only() {
    let (folder, _) = folder();
    let plain = folder.chainmend(&arguments(&["check", "--diff", "site.pem"])).exits(1);
    assert!(!plain.stdout_text().contains('\x1b'));
    assert!(
        plain.stdout_text().starts_with("--- site.pem\n+++ site.pem\n  shop.example.com"),
        "{}",
        plain.stdout_text()
    );
    let coloured = folder.chainmend(&arguments(&["check", "--diff", "site.pem", "--color", "always"])).exits(1);
    for style in ["\x1b[31m- ", "\x1b[32m+ "] {
        assert!(coloured.stdout_text().contains(style), "{}", coloured.stdout_text());
    }
}
