//! Owners, modes, access lists, attributes.

use std::process::Command;

use libtest_mimic::Trial;
use rustix::fs::XattrFlags;

use crate::support::run::{Folder, is_root};
use crate::support::site::arguments;
use crate::support::trial::{trial, works};
use crate::{site, untouched};

/// An access list that lets nobody (65534) read, as the kernel keeps it: version 2, and of each entry
/// tag, permissions and id (owner, that user, group, mask, others).
const NOBODY_MAY_READ: [u8; 44] = [
    2, 0, 0, 0, //
    0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, //
    0x02, 0, 4, 0, 0xfe, 0xff, 0x00, 0x00, //
    0x04, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, //
    0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, //
    0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, //
];

const ACCESS_LIST: &str = "system.posix_acl_access";

fn set(folder: &Folder, name: &str, attribute: &str, value: &[u8]) -> bool {
    rustix::fs::setxattr(folder.path(name), attribute, value, XattrFlags::empty()).is_ok()
}

fn get(folder: &Folder, name: &str, attribute: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 4096];
    let length = rustix::fs::getxattr(folder.path(name), attribute, &mut value).ok()?;
    value.truncate(length);
    Some(value)
}

pub fn trials() -> Vec<Trial> {
    let probe = Folder::new();
    probe.write("probe", "");
    let path = probe.path("probe").into_os_string().into_string().unwrap();
    let immutable = is_root() && works("chattr", &["+i", &path]) && works("chattr", &["-i", &path]);
    let lists = set(&probe, "probe", ACCESS_LIST, &NOBODY_MAY_READ);
    let labels = is_root() && set(&probe, "probe", "security.chainmend", b"label");
    vec![
        trial(is_root(), "a_file_whose_owner_cannot_be_kept_is_left_alone", anothers_file),
        trial(is_root(), "a_folder_that_may_not_be_written_to_is_said", closed_folder),
        trial(immutable, "an_immutable_file_is_left_alone", immutable_file),
        trial(lists, "an_access_list_is_kept", access_list),
        trial(lists && is_root(), "a_key_is_shut_off_from_an_access_list", key_behind_access_list),
        trial(labels, "a_file_whose_label_cannot_be_kept_is_left_alone", label),
    ]
}

fn anothers_file() {
    let site = site();
    site.folder.write("theirs/site.pem", site.misordered());
    site.folder.set_mode("theirs/site.pem", 0o666);
    site.folder.give_to_nobody("theirs");
    let before = site.folder.fingermarks("theirs/site.pem");
    let run = site.folder.chainmend_as_nobody(&arguments(&["fix", "-i", "theirs/site.pem"])).exits(2);
    assert!(run.stderr.contains("its owner cannot be kept, so it was left alone"), "{}", run.stderr);
    assert!(
        run.stderr.contains("help: write elsewhere with -o, or run it as the file's owner or root"),
        "{}",
        run.stderr
    );
    untouched(&site, "theirs/site.pem", &before);
    assert_eq!(site.folder.files(), ["roots.pem", "site.pem", "theirs/site.pem"]);
}

fn closed_folder() {
    let site = site();
    site.folder.write("closed/old.pem", "old\n");
    for output in [["-o", "closed/out.pem"], ["--out-dir", "closed"], ["--out-dir", "closed/new"]] {
        let words = arguments(&[&["fix", "site.pem"], &output[..]].concat());
        let run = site.folder.chainmend_as_nobody(&words).exits(2);
        assert!(run.stderr.contains("permission denied"), "{}", run.stderr);
        assert!(run.stderr.contains("help: run it as a user who may write to the folder closed"), "{}", run.stderr);
    }
    assert_eq!(site.folder.files(), ["closed/old.pem", "roots.pem", "site.pem"]);
}

fn immutable_file() {
    for flag in ["i", "a"] {
        let site = site();
        let before = site.folder.fingermarks("site.pem");
        let chattr = |change: String| Command::new("chattr").arg(change).arg(site.folder.path("site.pem")).status();
        chattr(format!("+{flag}")).unwrap();
        let run = site.folder.chainmend(&arguments(&["fix", "-i", "site.pem"]));
        let dry = site.folder.chainmend(&arguments(&["fix", "-i", "--diff", "site.pem"]));
        chattr(format!("-{flag}")).unwrap();
        let (run, _) = (run.exits(2), dry.exits(2));
        assert!(run.stderr.contains("cannot write site.pem: the file is immutable"), "{}", run.stderr);
        assert!(run.stderr.contains("chattr -i -a site.pem"), "{}", run.stderr);
        untouched(&site, "site.pem", &before);
        assert_eq!(site.folder.files(), ["roots.pem", "site.pem"]);
    }
}

fn access_list() {
    let site = site();
    site.folder.set_mode("site.pem", 0o640);
    assert!(set(&site.folder, "site.pem", ACCESS_LIST, &NOBODY_MAY_READ));
    site.folder.chainmend(&arguments(&["fix", "-i", "site.pem"])).exits(0);
    assert_eq!(site.folder.read("site.pem"), site.mended().into_bytes());
    assert_eq!(get(&site.folder, "site.pem", ACCESS_LIST).as_deref(), Some(&NOBODY_MAY_READ[..]));
}

fn key_behind_access_list() {
    let site = site();
    site.folder.write("site.key", site.chain[0].private_key_pem());
    site.folder.write("out.pem", "old\n");
    assert!(set(&site.folder, "out.pem", ACCESS_LIST, &NOBODY_MAY_READ));
    let words = arguments(&["fix", "site.pem", "--key", "site.key", "--with-key", "-o", "out.pem"]);
    site.folder.chainmend(&words).exits(0);
    assert_eq!(site.folder.mode("out.pem"), 0o600);
    let read = site.folder.chainmend_as_nobody(&["check", "out.pem", "--offline"]);
    assert!(read.stderr.contains("permission denied"), "{}", read.stderr);
}

/// As with an SELinux label: attributes below `security.` are for root to set.
fn label() {
    let site = site();
    site.folder.write("theirs/site.pem", site.misordered());
    assert!(set(&site.folder, "theirs/site.pem", "security.chainmend", b"label"));
    site.folder.give_to_nobody("theirs");
    site.folder.give_to_nobody("theirs/site.pem");
    let before = site.folder.fingermarks("theirs/site.pem");
    let run = site.folder.chainmend_as_nobody(&arguments(&["fix", "-i", "theirs/site.pem"])).exits(2);
    assert!(run.stderr.contains("its attribute security.chainmend cannot be kept"), "{}", run.stderr);
    untouched(&site, "theirs/site.pem", &before);
    // Whoever may set it keeps it, however long.
    let long = [b'x'; 1000];
    assert!(set(&site.folder, "theirs/site.pem", "security.long", &long));
    site.folder.chainmend(&arguments(&["fix", "-i", "theirs/site.pem"])).exits(0);
    assert_eq!(get(&site.folder, "theirs/site.pem", "security.chainmend").as_deref(), Some(&b"label"[..]));
    assert_eq!(get(&site.folder, "theirs/site.pem", "security.long").as_deref(), Some(&long[..]));
    assert_eq!(site.folder.fingermarks("theirs/site.pem").owner, before.owner);
}
