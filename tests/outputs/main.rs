//! What becomes of files where the system gets in the way: full disks, read-only and bind mounts,
//! immutable files, other owners, access lists; and what other programs make of what is written.
//!
//! ```text
//! root (trusted) ─ ca1 ─ ca2 ─ leaf          site.pem is misordered
//! ```
//!
//! Each test asks for something that not every system grants (root, a mount namespace, attributes of
//! the file system, another program). Where it is not to be had, the test counts as ignored.
//!
//! Needs: openssl

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has to stop")]
#![allow(clippy::disallowed_methods, reason = "looks at what the program left")]

mod owners;
mod readers;
mod room;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use libtest_mimic::Arguments;

use support::run::Fingermarks;
use support::site::Site;

/// With a misordered `site.pem`.
fn site() -> Site {
    let site = Site::new();
    site.folder.write("site.pem", site.misordered());
    site
}

/// That a file is as it was, to the inode.
fn untouched(site: &Site, name: &str, before: &Fingermarks) {
    assert_eq!(site.folder.fingermarks(name), *before, "{name}");
}

fn main() -> ExitCode {
    let trials = [room::trials(), owners::trials(), readers::trials()];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}
