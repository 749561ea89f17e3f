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

use libtest_mimic::Arguments;

use support::pki::pem;
use support::run::Run;
use support::site::Site;

/// With its intermediates in `issuers.pem`.
fn site() -> Site {
    let site = Site::new();
    let [_, ca2, ca1] = &site.chain;
    site.folder.write("issuers.pem", pem(&[ca2, ca1]));
    site
}

impl Site {
    /// Runs the program with a form of report.
    fn run(&self, form: &str, words: &[&str]) -> Run {
        let options = ["--report", form, "--roots", "roots.pem", "--offline", "--at", "2026-11-21"];
        self.folder.chainmend(&[words, &options[..]].concat())
    }
}

fn main() -> ExitCode {
    let trials =
        [cases::trials(), files::trials(), github::trials(), json::trials(), prometheus::trials(), sarif::trials()];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}
