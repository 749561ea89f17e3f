//! Many bundles in one run: results that come as they are done, lists, Ctrl-C, the line on a terminal,
//! and `chainmend filter`.
//!
//! ```text
//! root (trusted) ─ ca1 ─ ca2 ─ leaf          leaf names http://127.0.0.1:PORT/ca2.crt
//! ```
//!
//! What needs a program that is not there counts as ignored.
//!
//! Needs: parallel

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has to stop"
)]
#![allow(clippy::disallowed_methods, reason = "watches the program from outside")]

mod filter;
mod progress;
mod share;
mod stop;
mod stream;
#[path = "../support/mod.rs"]
mod support;

use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Arguments;

use support::pki::{Cert, Template};
use support::run::Folder;
use support::server::{Answer, Server};
use support::site;
use support::trial::works;

const CHAINMEND: &str = env!("CARGO_BIN_EXE_chainmend");

/// Longer than anything here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(50);

/// A folder with `roots.pem`, `right.pem`, `wrong.pem`, and `alone.pem`, whose issuer is on a server that
/// does not answer.
struct Site {
    folder: Folder,
    chain: [Cert; 3],
    _server: Server,
}

impl Site {
    fn new() -> Self {
        let server = Server::start();
        server.serve("/ca2.crt", Answer::Hang);
        let leaf = Template::leaf(&["shop.example.com"]).aia(&server.url("/ca2.crt"));
        let site = site::Site::with(leaf);
        site.folder.write("right.pem", site.mended());
        site.folder.write("wrong.pem", site.misordered());
        site.folder.write("alone.pem", site.chain[0].pem());
        Self { folder: site.folder, chain: site.chain, _server: server }
    }

    /// So many files to mend; their names.
    fn wrong(&self, count: usize) -> Vec<String> {
        let names: Vec<String> = (0..count).map(|number| format!("w{number:04}.pem")).collect();
        names.iter().for_each(|name| drop(self.folder.write(name, self.folder.read("wrong.pem"))));
        names
    }

    /// A command that asks the silent server for so many seconds.
    fn command(&self, words: &[&str], timeout: u32) -> Command {
        if signals_are_ignored() {
            let mut env = self.folder.command("env");
            env.args(["--default-signal=INT,HUP", CHAINMEND]);
            return self.with(env, words, timeout);
        }
        self.with(self.folder.command(CHAINMEND), words, timeout)
    }

    /// The same for a command that starts it.
    fn with(&self, mut command: Command, words: &[&str], timeout: u32) -> Command {
        command.args(words).args(["--roots", "roots.pem", "--allow-aia", "127.0.0.1", "--at", "2026-11-21"]);
        command.args(["--timeout", &timeout.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Whether Ctrl-C, or the end of a terminal, passes by what is started from here: a shell starts a script's
/// jobs in the background so (POSIX, "Asynchronous Lists"), as does nohup, and every program hands it on.
fn signals_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    // SIGHUP is 1, SIGINT is 2, and so these are the first two bits.
    u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 0b11 != 0)
}

/// Waits for the end of a child, whose output is small.
fn ended(child: Child) -> (i32, String, String) {
    let output = child.wait_with_output().unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status).unwrap_or_default();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-signal), text(output.stdout), text(output.stderr))
}

/// Waits until something is so.
fn until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether a program is there.
fn has(program: &str) -> bool {
    works(program, &["--version"])
}

fn main() -> ExitCode {
    let trials = [stream::trials(), filter::trials(), stop::trials(), progress::trials(), share::trials()];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}
