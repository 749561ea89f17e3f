//! Runs the built program as a user would, in a folder of its own and an environment of ours.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use super::pki;

/// A run that takes longer has hung. The program's own limits (30 s of fetching) lie within.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The user and the group that own nothing.
const NOBODY: u32 = 65534;

/// Whether the tests run as root.
pub fn is_root() -> bool {
    let own = TempDir::new().expect("a temporary folder can be made");
    std::fs::metadata(own.path()).expect("it is ours").uid() == 0
}

/// A folder for one test; gone when it is dropped.
pub struct Folder {
    folder: TempDir,
}

/// What a run left.
#[derive(Clone, Debug)]
pub struct Run {
    /// The exit status; 128 and the signal's number where one ended it.
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
    pub took: Duration,
}

impl Run {
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The same run, if it ended with this status.
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "\nstderr:\n{}\nstdout:\n{}", self.stderr, self.stdout_text());
        self
    }
}

/// What must not change about a file that is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingermarks {
    pub bytes: Vec<u8>,
    pub modified: SystemTime,
    pub inode: u64,
    pub mode: u32,
    pub owner: (u32, u32),
    /// Where it points, if it is a symbolic link.
    pub link: Option<PathBuf>,
}

impl Folder {
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("chainmend-test-").expect("a temporary folder can be made");
        std::fs::create_dir(folder.path().join(".home")).expect("it is ours");
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, folders included, with a modification time well in the past, so that any
    /// later write shows.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("it is ours");
        std::fs::write(&path, bytes).expect("it is ours");
        let file = std::fs::File::options().write(true).open(&path).expect("just written");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)).expect("it is ours");
        path
    }

    pub fn set_mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), PermissionsExt::from_mode(mode)).expect("it is ours");
    }

    pub fn mode(&self, name: &str) -> u32 {
        std::fs::metadata(self.path(name)).expect("the file exists").mode() & 0o7777
    }

    pub fn link(&self, name: &str, target: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a link stands in a folder")).expect("it is ours");
        std::os::unix::fs::symlink(target, path).expect("it is ours");
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// What must be the same before and after, if the file is to be untouched.
    pub fn fingermarks(&self, name: &str) -> Fingermarks {
        let path = self.path(name);
        let meta = std::fs::symlink_metadata(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        Fingermarks {
            // A link may lead to no file.
            bytes: std::fs::read(&path).unwrap_or_default(),
            modified: meta.modified().expect("this system keeps times"),
            inode: meta.ino(),
            mode: meta.mode(),
            owner: (meta.uid(), meta.gid()),
            link: std::fs::read_link(&path).ok(),
        }
    }

    /// Every file and link below the folder, but not the program's home, by name.
    pub fn files(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("it is ours") {
                let path = entry.expect("it is ours").path();
                if path == self.path(".home") {
                    continue;
                }
                if path.is_dir() && !path.is_symlink() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.folder.path()).expect("below it");
                    names.push(name.to_str().expect("our own names").to_owned());
                }
            }
        }
        names.sort();
        names
    }

    /// `chainmend` with these arguments.
    pub fn chainmend<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Run {
        self.chainmend_with(arguments, &[], None)
    }

    /// `chainmend` with variables added to the environment, and with something on stdin.
    pub fn chainmend_with<A: AsRef<OsStr>>(
        &self,
        arguments: &[A],
        variables: &[(&str, &str)],
        stdin: Option<&[u8]>,
    ) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_chainmend"));
        command.args(arguments).envs(variables.iter().copied());
        run(&mut command, stdin)
    }

    /// The same, run as somebody who owns nothing here, since root may write anywhere; as whoever runs
    /// the tests where that is not root.
    pub fn chainmend_as_nobody(&self, arguments: &[&str]) -> Run {
        if !is_root() {
            return self.chainmend(arguments);
        }
        // Where the program was built may be closed to others. Copied by another program: one that a
        // thread of ours had written to might be busy still when it is run.
        let copied = self.command("cp").args([env!("CARGO_BIN_EXE_chainmend"), ".home/chainmend"]).status();
        assert!(copied.is_ok_and(|status| status.success()), "the program cannot be copied");
        for (name, mode) in [("", 0o755), (".home", 0o777), (".home/chainmend", 0o755)] {
            self.set_mode(name, mode);
        }
        let mut command = self.command(self.path(".home/chainmend").to_str().expect("our own names"));
        run(command.args(arguments).uid(NOBODY).gid(NOBODY), None)
    }

    /// Gives a file away, which only root may.
    pub fn give_to_nobody(&self, name: &str) {
        std::os::unix::fs::chown(self.path(name), Some(NOBODY), Some(NOBODY)).expect("only for root");
    }

    /// A program in this folder, with nothing of the tester's environment but PATH. The time zone
    /// is an odd one, so that a local time in a report shows.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path(".home"))
            .env("XDG_CACHE_HOME", self.path(".home/cache"))
            .env("TZ", "Asia/Kathmandu")
            .env("LC_ALL", "C.UTF-8");
        if let Some(profile) = std::env::var_os("LLVM_PROFILE_FILE") {
            command.env("LLVM_PROFILE_FILE", profile);
        }
        command
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a command to its end, or to [`TIMEOUT`].
pub fn run(command: &mut Command, stdin: Option<&[u8]>) -> Run {
    let start = Instant::now();
    command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin_pipe = child.stdin.take();
    let mut stdout_pipe = child.stdout.take().expect("piped");
    let mut stderr_pipe = child.stderr.take().expect("piped");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if let (Some(pipe), Some(bytes)) = (&mut stdin_pipe, stdin) {
                // A program that does not read its input has hung up; that is its right.
                let _ = pipe.write_all(bytes);
            }
            drop(stdin_pipe);
        });
        let stdout = scope.spawn(move || read_all(&mut stdout_pipe));
        let stderr = scope.spawn(move || read_all(&mut stderr_pipe));
        let status = loop {
            if let Some(status) = child.try_wait().expect("the child is ours") {
                break status;
            }
            if start.elapsed() > TIMEOUT {
                let _ = child.kill();
                let _ = child.wait();
                panic!("still running after {TIMEOUT:?}: {command:?}");
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let took = start.elapsed();
        let signal = std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or_default();
        Run {
            status: status.code().unwrap_or(128 + signal),
            stdout: stdout.join().expect("reading does not panic"),
            stderr: String::from_utf8_lossy(&stderr.join().expect("reading does not panic")).into_owned(),
            took,
        }
    })
}

fn read_all(pipe: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = pipe.read_to_end(&mut bytes);
    bytes
}

/// The fingerprints of the CERTIFICATE blocks in a PEM text, in order. Strict on purpose: text
/// that a server would not load gives a panic, not a shorter list.
pub fn fingerprints(text: &[u8]) -> Vec<String> {
    let blocks = ::pem::parse_many(text).expect("PEM that servers load");
    assert_eq!(
        blocks.len(),
        text.split(|b| *b == b'\n').filter(|line| line.starts_with(b"-----BEGIN ")).count(),
        "a block is lost in:\n{}",
        String::from_utf8_lossy(text)
    );
    blocks.iter().filter(|b| b.tag() == "CERTIFICATE").map(|b| pki::fingerprint(b.contents())).collect()
}

/// The fingerprints in a file.
pub fn fingerprints_in(path: &Path) -> Vec<String> {
    fingerprints(&std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
