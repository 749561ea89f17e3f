//! Runs every folder of tests/cases as a test of its own. What a case may say: tests/support/case.rs.
#![allow(clippy::disallowed_methods, reason = "the cases are files")]

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

mod support;

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut trials = Vec::new();
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            let name = entry.file_name().to_string_lossy().into_owned();
            trials.push(Trial::test(name, move || support::case::run_folder(&path).map_err(Failed::from)));
        }
    }
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    assert!(!trials.is_empty(), "no cases in {}", folder.display());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
