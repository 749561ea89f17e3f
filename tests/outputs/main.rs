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

use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Trial};

use support::pki::{Ca, Cert, pem};
use support::run::{Fingermarks, Folder};

/// A folder with `roots.pem` and a misordered `site.pem`, and the chain that it should become.
struct Site {
    folder: Folder,
    chain: [Cert; 3],
}

impl Site {
    fn new() -> Self {
        let root = Ca::root("Acme Root G2");
        let ca1 = root.issue_ca("Acme Policy CA");
        let ca2 = ca1.issue_ca("Acme TLS CA 2");
        let leaf = ca2.issue_leaf(&["shop.example.com"]);
        let folder = Folder::new();
        folder.write("roots.pem", root.pem());
        let site = Self { folder, chain: [leaf, ca2, ca1] };
        site.folder.write("site.pem", site.misordered());
        site
    }

    fn misordered(&self) -> String {
        let [leaf, ca2, ca1] = &self.chain;
        pem(&[leaf, ca1, ca2])
    }

    fn mended(&self) -> String {
        pem(&self.chain.each_ref())
    }
}

const OPTIONS: [&str; 3] = ["--offline", "--roots", "roots.pem"];

fn arguments<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [words, &OPTIONS[..]].concat()
}

/// That a file is as it was, to the inode.
fn untouched(site: &Site, name: &str, before: &Fingermarks) {
    assert_eq!(site.folder.fingermarks(name), *before, "{name}");
}

/// Whether a program is there and ends well.
fn works(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A test that counts as ignored unless it can be run.
fn trial(can_run: bool, name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
    .with_ignored_flag(!can_run)
}

fn main() -> ExitCode {
    let trials = [room::trials(), owners::trials(), readers::trials()];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}
