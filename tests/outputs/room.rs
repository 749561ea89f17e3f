//! Mounts: a file system that is full or read-only, a file that is mounted by itself.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;

use crate::site;
use crate::support::run::{Run, run};
use crate::support::site::{Site, arguments};
use crate::support::trial::{trial, works};

/// A mount namespace of our own: as root, or as one who is root in a user namespace.
const NAMESPACES: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];

/// How to get a namespace in which a small tmpfs can be mounted.
fn namespace() -> Option<&'static [&'static str]> {
    let mount = ["sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"];
    NAMESPACES.into_iter().find(|namespace| works("unshare", &[namespace, &mount[..]].concat()))
}

pub fn trials() -> Vec<Trial> {
    let can_mount = namespace().is_some();
    vec![
        trial(can_mount, "a_full_disk_leaves_the_file_whole_in_place", || full_disk(&["fix", "-i", "site.pem"])),
        trial(can_mount, "a_full_disk_leaves_the_output_whole", || full_disk(&["fix", "site.pem", "-o", "out.pem"])),
        trial(can_mount, "a_full_disk_leaves_a_folder_of_files_whole", || {
            full_disk(&["fix", "site.pem", "--out-dir", "live"]);
        }),
        trial(can_mount, "a_full_disk_leaves_a_pair_of_files_whole", || {
            full_disk(&["fix", "cert.pem", "chain.pem", "--leaf-out", "cert.pem", "--chain-out", "chain.pem"]);
        }),
        trial(can_mount, "a_read_only_file_system_is_said", read_only),
        trial(can_mount, "a_file_that_is_mounted_by_itself_is_left_alone", mounted_file),
    ]
}

/// Runs a shell script in a namespace; `$C` is the program, `$OPTIONS` what it needs here.
fn in_namespace(site: &Site, script: &str) -> Run {
    let mut command = Command::new("unshare");
    command.args(namespace().unwrap()).args(["sh", "-ec", script]).current_dir(site.folder.path("."));
    command.env("C", env!("CARGO_BIN_EXE_chainmend")).env("OPTIONS", arguments(&[]).join(" "));
    command.env("CHAINMEND_CACHE_DIR", site.folder.path(".home/cache"));
    run(&mut command, None)
}

/// The disk has room for `ROOMS` pages more, one after the other: for nothing, for the directory
/// entry, for a part of the file, for all of it.
const ROOMS: usize = 12;

/// The command as it ends with ever more room: each file is the old one or the new one, and nothing
/// else lies there.
fn full_disk(words: &[&str]) {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    // Longer than the blocks that a file system hands out.
    let filler = "# a comment that belongs to the file\n".repeat(200);
    let files = [
        ("site.pem", format!("{filler}\n{}", site.misordered())),
        ("out.pem", "old\n".to_owned()),
        ("cert.pem", format!("{filler}\n{}", leaf.pem())),
        ("chain.pem", format!("{filler}\n{}{}", ca1.pem(), ca2.pem())),
        ("live/chain.pem", "old\n".to_owned()),
        ("live/fullchain.pem", "old\n".to_owned()),
    ];
    for (name, text) in &files {
        site.folder.write(&format!("old/{name}"), text);
    }
    std::fs::copy(site.folder.path("roots.pem"), site.folder.path("old/roots.pem")).unwrap();
    // What it comes to with room enough.
    site.folder.command("cp").args(["-a", "old", "new"]).status().unwrap();
    let mut command = site.folder.command(env!("CARGO_BIN_EXE_chainmend"));
    command.args(arguments(words)).current_dir(site.folder.path("new"));
    run(&mut command, None).exits(0);

    let script = format!(
        "room=0; while [ $room -lt {ROOMS} ]; do
           mkdir -p disk left/$room
           mount -t tmpfs -o size=160k tmpfs disk
           cp -a old/. disk
           # All that is left, less some pages.
           head -c 200k /dev/zero > disk/filler 2>/dev/null || true
           size=$(stat -c %s disk/filler)
           truncate -s $((size - room * 4096)) disk/filler
           status=0; (cd disk && $C {} $OPTIONS) 2> left/$room.said || status=$?
           echo $status > left/$room.status
           rm disk/filler
           cp -a disk/. left/$room
           umount disk
           room=$((room + 1))
         done",
        words.join(" ")
    );
    in_namespace(&site, &script).exits(0);

    let (mut failed, mut done) = (0, 0);
    for room in 0..ROOMS {
        let read = |name: &str| String::from_utf8(site.folder.read(&format!("left/{room}{name}"))).unwrap();
        match read(".status").trim() {
            "0" => done += 1,
            status => {
                assert_eq!(status, "2", "{}", read(".said"));
                assert!(read(".said").contains("no space left"), "{}", read(".said"));
                assert!(read(".said").contains("df -h"), "{}", read(".said"));
                failed += 1;
            }
        }
        whole(&site, &format!("left/{room}"), read(".status").trim() == "0");
    }
    assert!(failed > 0 && done > 0, "{failed} failed, {done} done: the disk was never full, or never empty enough");
}

/// Every file in the folder is as in `old` or as in `new`; all of them as in `new` where it was done.
fn whole(site: &Site, folder: &str, done: bool) {
    let named = |tree: &str| -> Vec<String> {
        let prefix = format!("{tree}/");
        site.folder.files().iter().filter_map(|name| name.strip_prefix(&prefix).map(str::to_owned)).collect()
    };
    for name in named(folder) {
        let (now, new) = (site.folder.read(&format!("{folder}/{name}")), format!("new/{name}"));
        let new = site.folder.exists(&new).then(|| site.folder.read(&new));
        let old = site.folder.exists(&format!("old/{name}")).then(|| site.folder.read(&format!("old/{name}")));
        assert!(new.is_some(), "{folder}/{name} was left lying");
        assert!(new.as_ref() == Some(&now) || old.as_ref() == Some(&now), "{folder}/{name} is neither old nor new");
        assert!(!done || new == Some(now), "{folder}/{name} is not as it should be");
    }
    assert!(named("old").iter().all(|name| named(folder).contains(name)), "{folder}: a file is gone");
}

fn read_only() {
    let site = site();
    let run = in_namespace(
        &site,
        "mkdir disk; mount -t tmpfs tmpfs disk; cp roots.pem site.pem disk; mount -o remount,ro disk; cd disk
         cp site.pem ../before
         status=0; $C fix -i site.pem $OPTIONS || status=$?
         cmp site.pem ../before
         for output in '-o out.pem' '--out-dir live'; do
           more=0; $C fix site.pem $output $OPTIONS || more=$?
           status=$status$more
         done
         exit $((status - 222 + 2))",
    );
    let run = run.exits(2);
    assert_eq!(run.stderr.matches("the file system is read-only").count(), 3, "{}", run.stderr);
}

fn mounted_file() {
    let site = site();
    site.folder.write("live/chain.pem", "old\n");
    let before = ["site.pem", "live/chain.pem"].map(|name| site.folder.fingermarks(name));
    let run = in_namespace(
        &site,
        "mount --bind site.pem site.pem; mount --bind live/chain.pem live/chain.pem
         status=0; $C fix -i site.pem $OPTIONS || status=$?
         more=0; $C fix site.pem --out-dir live $OPTIONS || more=$?
         exit $((status + more))",
    );
    let run = run.exits(4);
    assert_eq!(run.stderr.matches("mount its folder instead").count(), 2, "{}", run.stderr);
    for (name, before) in ["site.pem", "live/chain.pem"].iter().zip(before) {
        crate::untouched(&site, name, &before);
    }
    let left: Vec<String> = site.folder.files();
    assert_eq!(left, ["live/chain.pem", "roots.pem", "site.pem"], "none of a set is written where one cannot be");
    assert!(!Path::new(&site.folder.path("live/cert.pem")).exists());
}
