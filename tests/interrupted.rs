//! `fix` ended at random moments: each file is the old one or the new one, whole, with its key and
//! its mode; and after a kill the next run works. Where it is asked to end, nothing is left beside the
//! files, and a set of them is old or new together.
//!
//! ```text
//! root (trusted) ─ ca ─ leaf
//! ```

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has to stop")]
#![allow(clippy::disallowed_methods, reason = "times the program from outside")]

mod support;

use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use support::pki::{Ca, Cert, pem};
use support::run::Folder;

/// How often a run is killed.
const KILLS: u32 = 200;

/// How often it is asked to end, which has fewer ways to go wrong.
const ASKED: u32 = 60;

/// Spread over this multiple of what a whole run takes, so that some end before they are killed.
const SPREAD: f64 = 1.2;

/// The mode of every file; what is readable by more was so for a moment.
const MODE: u32 = 0o640;

/// Files that a command writes.
struct Written {
    folder: Folder,
    command: &'static [&'static str],
    /// Each file as it was.
    old: Vec<(&'static str, String)>,
    /// What ends it.
    signal: Signal,
}

fn pki() -> (Folder, Ca, Ca, Cert) {
    let root = Ca::root("Acme Root G2");
    let ca = root.issue_ca("Acme TLS CA 2");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let folder = Folder::new();
    folder.write("roots.pem", root.pem());
    (folder, root, ca, leaf)
}

/// Enough to write that a kill can fall into the middle of it.
fn filler() -> String {
    "# a comment that belongs to the file\n".repeat(4000)
}

/// A file with a key, mended where it is; and that key.
fn in_place(signal: Signal) -> (Written, String) {
    let (folder, root, ca, leaf) = pki();
    let key = leaf.private_key_pem();
    let old = vec![("site.pem", format!("{}{}{key}", pem(&[&ca, &leaf, &root]), filler()))];
    (Written { folder, command: &["fix", "-i", "site.pem"], old, signal }, key)
}

/// The three files of a folder.
fn out_dir(signal: Signal) -> Written {
    let (folder, _, ca, leaf) = pki();
    folder.write("site.pem", pem(&[&ca, &leaf]));
    let old = ["live/cert.pem", "live/chain.pem", "live/fullchain.pem"].map(|name| (name, filler())).to_vec();
    Written { folder, command: &["fix", "site.pem", "--out-dir", "live"], old, signal }
}

/// A file that gets the key, too.
fn with_key(signal: Signal) -> Written {
    let (folder, _, ca, leaf) = pki();
    folder.write("site.pem", format!("{}{}", pem(&[&ca, &leaf]), leaf.private_key_pem()));
    let old = vec![("out.pem", format!("{}{}", filler(), leaf.private_key_pem()))];
    Written { folder, command: &["fix", "site.pem", "--with-key", "-o", "out.pem"], old, signal }
}

#[test]
fn a_killed_run_leaves_the_old_file_or_the_new_one_whole() {
    let (written, key) = in_place(Signal::KILL);
    assert!(String::from_utf8_lossy(&written.killed()[0]).contains(&key), "the key stays");
}

#[test]
fn a_killed_run_leaves_each_file_of_a_folder_whole() {
    out_dir(Signal::KILL).killed();
}

#[test]
fn a_killed_run_leaves_each_file_of_a_pair_whole() {
    let (folder, root, ca, leaf) = pki();
    let command = &["fix", "cert.pem", "chain.pem", "--leaf-out", "cert.pem", "--chain-out", "chain.pem"];
    let cert = format!("{}\n{}", filler(), pem(&[&leaf, &ca]));
    let chain = format!("{}\n{}", filler(), pem(&[&ca, &root]));
    Written { folder, command, old: vec![("cert.pem", cert), ("chain.pem", chain)], signal: Signal::KILL }.killed();
}

#[test]
fn a_killed_run_leaves_a_key_closed() {
    with_key(Signal::KILL).killed();
}

#[test]
fn a_run_that_is_asked_to_end_leaves_nothing_beside_the_file() {
    in_place(Signal::TERM).0.killed();
}

#[test]
fn a_run_that_is_asked_to_end_leaves_a_folder_old_or_new() {
    out_dir(Signal::TERM).killed();
}

#[test]
fn a_run_that_is_asked_to_end_leaves_no_key_lying_about() {
    with_key(Signal::TERM).killed();
}

impl Written {
    fn lay_out(&self) {
        for (name, text) in &self.old {
            self.folder.write(name, text);
            self.folder.set_mode(name, MODE);
        }
    }

    fn now(&self) -> Vec<Vec<u8>> {
        self.old.iter().map(|(name, _)| self.folder.read(name)).collect()
    }

    fn run(&self, wait: Option<Duration>) -> ExitStatus {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chainmend"))
            .args(self.command)
            .args(["--roots", "roots.pem", "--offline"])
            .current_dir(self.folder.path("."))
            .env("CHAINMEND_CACHE_DIR", self.folder.path(".home/cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        if let Some(wait) = wait {
            // A sleep is too coarse for a run of some milliseconds.
            let until = Instant::now() + wait;
            while Instant::now() < until {
                std::hint::spin_loop();
            }
            // It may be over; it has not been waited for, so that its number is nobody else's.
            kill_process(Pid::from_child(&child), self.signal).unwrap();
        }
        child.wait().unwrap()
    }

    /// Kills the run again and again; gives the files as they become.
    fn killed(&self) -> Vec<Vec<u8>> {
        self.lay_out();
        let old = self.now();
        let start = Instant::now();
        assert!(self.run(None).success());
        let whole = start.elapsed();
        let new = self.now();
        assert!(old.iter().zip(&new).all(|(old, new)| old != new), "each file is one that has to change");
        let names = self.folder.files();

        let (mut olds, mut news) = (0, 0);
        let enough = if self.signal == Signal::KILL { KILLS } else { ASKED };
        for kill in 0..enough * 5 {
            if kill >= enough && olds > 0 && news > 0 {
                break;
            }
            self.lay_out();
            // A low-discrepancy walk over the run: every phase of it is hit, in no regular order. On a
            // machine that has become slower since the first run, the walk grows longer.
            let moment = f64::from(kill) * 0.618_033_988_749_895 % 1.0;
            self.run(Some(whole.mul_f64(moment * SPREAD * f64::from(1 + kill / enough))));
            let now = self.now();
            for (((name, _), now), (old, new)) in self.old.iter().zip(&now).zip(old.iter().zip(&new)) {
                let bytes = now.len();
                assert!(now == old || now == new, "kill {kill}: {name}, {bytes} bytes, is neither old nor new");
                assert_eq!(self.folder.mode(name) & !MODE, 0, "kill {kill}: {name}");
            }
            assert!(self.signal == Signal::KILL || now == old || now == new, "kill {kill}: one without the other");
            olds += u32::from(now == old);
            news += u32::from(now == new);
            self.clear_up(&names, kill);
        }
        assert!(olds > 0 && news > 0, "{olds} old, {news} new: the kills did not fall on both sides of the rename");

        self.lay_out();
        assert!(self.run(None).success(), "what a kill left behind is in nobody's way");
        assert_eq!(self.now(), new);
        new
    }

    /// What a kill left behind was never readable by more than the files themselves.
    fn clear_up(&self, names: &[String], kill: u32) {
        for name in self.folder.files().iter().filter(|name| !names.contains(name)) {
            let may_be = self.signal == Signal::KILL && name.contains(".chainmend-");
            assert!(may_be, "kill {kill}: {name} appeared");
            let with_key = self.command.contains(&"--with-key") && !self.folder.read(name).is_empty();
            let allowed = if with_key { 0o600 } else { MODE };
            assert_eq!(self.folder.mode(name) & !allowed, 0, "kill {kill}: {name}");
            if kill.is_multiple_of(2) {
                std::fs::remove_file(self.folder.path(name)).unwrap();
            }
        }
    }
}
