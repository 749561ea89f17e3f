//! Tests that need what a machine may lack: they count as ignored there, and `tests/run` says so.

use std::process::{Command, Stdio};

use libtest_mimic::Trial;

/// A test that counts as ignored unless it can be run.
pub fn trial(can_run: bool, name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
    .with_ignored_flag(!can_run)
}

/// Whether a program is there and ends well.
pub fn works(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
