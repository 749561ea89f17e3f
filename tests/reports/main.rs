//! Reports for machines, held against what reads them: schemas, parsers, and the files themselves.
//!
//! ```text
//! root (trusted) ─ ca1 ─ ca2 ─ leaf
//! ```
//!
//! Two things come from elsewhere, and what needs them counts as ignored without: the schema of SARIF
//! 2.1.0 (`CHAINMEND_SARIF_SCHEMA`) and prometheus-client for Python (`CHAINMEND_PROMETHEUS`). `tests/run`
//! gets both.
//!
//! Needs: python3

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has to stop"
)]
#![allow(clippy::disallowed_methods, reason = "looks at what the program wrote")]

mod cases;
mod files;
mod github;
mod json;
mod prometheus;
mod sarif;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use support::pki::{Ca, Cert};
use support::run::{Folder, Run};

/// A folder with `roots.pem` and `issuers.pem`, and the chain of `shop.example.com`.
struct Site {
    folder: Folder,
    root: Cert,
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
        folder.write("issuers.pem", format!("{}{}", ca2.pem(), ca1.pem()));
        Self { folder, root, chain: [leaf, ca2, ca1] }
    }

    /// Runs the program with a form of report.
    fn run(&self, form: &str, words: &[&str]) -> Run {
        let options = ["--report", form, "--roots", "roots.pem", "--offline", "--at", "2026-11-21"];
        self.folder.chainmend(&[words, &options[..]].concat())
    }
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
    let trials =
        [cases::trials(), files::trials(), github::trials(), json::trials(), prometheus::trials(), sarif::trials()];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}
