//! Links the unwinder into the program: libgcc_s.so.1 asks the processor for its features when it
//! is loaded, and that is a tenth of the time of a short run (tests/benches/startup.py).

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a build script is told by the environment, and tells by printing"
)]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/bin/chainmend/build.rs");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let gnu = variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu";
    if !gnu || variable("HOST") != variable("TARGET") || variable("PROFILE") != "release" {
        return;
    }
    // GCC names a file that it has not by its bare name.
    let Ok(found) = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output() else { return };
    let archive = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    if Path::new(&archive).is_absolute() && Path::new(&archive).exists() {
        for argument in ["-Wl,--whole-archive", archive.as_str(), "-Wl,--no-whole-archive"] {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
}
