//! `fix -i` killed at random moments: the file is the old one or the new one, whole, with its key
//! and its mode; and after a kill the next run works.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has to stop")]
#![allow(clippy::disallowed_methods, reason = "times the program from outside")]

mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::pki::{Ca, pem};
use support::run::Folder;

/// How often a run is killed.
const KILLS: u32 = 200;

/// Spread over this multiple of what a whole run takes, so that some end before they are killed.
const SPREAD: f64 = 1.2;

#[test]
fn a_killed_run_leaves_the_old_file_or_the_new_one_whole() {
    let root = Ca::root("Acme Root G2");
    let ca = root.issue_ca("Acme TLS CA 2");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    // Enough to write that a kill can fall into the middle of it.
    let filler = "# a comment that belongs to the key\n".repeat(4000);
    let old = format!("{}{filler}{}", pem(&[&ca, &leaf, &root]), leaf.private_key_pem()).into_bytes();

    let folder = Folder::new();
    folder.write("roots.pem", root.pem());
    let run = |wait: Option<Duration>| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chainmend"))
            .args(["fix", "-i", "site.pem", "--roots", "roots.pem", "--offline"])
            .current_dir(folder.path("."))
            .env("CHAINMEND_CACHE_DIR", folder.path("cache"))
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
            child.kill().unwrap();
        }
        child.wait().unwrap()
    };

    folder.write("site.pem", &old);
    folder.set_mode("site.pem", 0o640);
    let start = Instant::now();
    assert!(run(None).success());
    let whole = start.elapsed();
    let new = folder.read("site.pem");
    assert_ne!(new, old);
    assert!(String::from_utf8_lossy(&new).contains(&leaf.private_key_pem()), "the key stays");

    let (mut olds, mut news) = (0, 0);
    for kill in 0..KILLS * 5 {
        if kill >= KILLS && olds > 0 && news > 0 {
            break;
        }
        folder.write("site.pem", &old);
        folder.set_mode("site.pem", 0o640);
        // A low-discrepancy walk over the run: every phase of it is hit, in no regular order. On a
        // machine that has become slower since the first run, the walk grows longer.
        let moment = f64::from(kill) * 0.618_033_988_749_895 % 1.0;
        run(Some(whole.mul_f64(moment * SPREAD * f64::from(1 + kill / KILLS))));
        let now = folder.read("site.pem");
        match () {
            () if now == old => olds += 1,
            () if now == new => news += 1,
            () => panic!("kill {kill}: {} bytes that are neither the old file nor the new one", now.len()),
        }
        assert_eq!(folder.mode("site.pem"), 0o640, "kill {kill}");
    }
    assert!(olds > 0 && news > 0, "{olds} old, {news} new: the kills did not fall on both sides of the rename");

    folder.write("site.pem", &old);
    assert!(run(None).success(), "what a kill left behind is in nobody's way");
    assert_eq!(folder.read("site.pem"), new);
}
