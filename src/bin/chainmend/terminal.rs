//! The terminal: everything that is printed goes through here, since `println!` panics on a full
//! disk and on a closed pipe.

use std::io::{self, IsTerminal, Write};

use anstream::ColorChoice;
use anstream::adapter::strip_str;

use crate::args::Color;
use crate::problem::{Problem, why};

/// Writes bytes to standard output in one go. A reader that has gone away is no error.
pub fn stdout(bytes: &[u8]) -> Result<(), Problem> {
    stdout_if_read(bytes).map(drop)
}

/// Writes bytes to standard output in one go; says whether somebody still reads it.
pub fn stdout_if_read(bytes: &[u8]) -> Result<bool, Problem> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => {
            let problem = Problem::new(format!("cannot write to standard output: {}", why(&error)));
            Err(match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    problem.help("what came of it is not whole; make room where it goes, and run the command again")
                }
                _ => problem,
            })
        }
        Ok(()) => Ok(true),
    }
}

/// Writes styled text to standard output, plain where that is no terminal.
pub fn stdout_text(text: &str, color: Color) -> Result<(), Problem> {
    stdout(for_stdout(text, color).as_bytes())
}

/// Styled text as standard output is to have it.
pub fn for_stdout(text: &str, color: Color) -> String {
    if styled(color, &io::stdout()) { text.to_owned() } else { plain(text) }
}

/// Writes styled text to standard error, plain where that is no terminal. When even that fails
/// there is nobody left to tell.
pub fn stderr_text(text: &str, color: Color) {
    let mut err = io::stderr().lock();
    let _ = if styled(color, &err) { err.write_all(text.as_bytes()) } else { err.write_all(plain(text).as_bytes()) };
}

/// Text without its styles.
pub fn plain(text: &str) -> String {
    strip_str(text).to_string()
}

/// Where standard output leads, as far as it matters for what is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdout {
    /// To a file or a program.
    Kept,
    /// To a terminal: it is seen by a person only.
    Shown,
    /// To the null device. So it does where whoever started the program had closed it: std opens that in
    /// its place before anything else is done, and nothing tells the two apart any more.
    Lost,
}

/// Where it leads.
pub fn stdout_leads() -> Stdout {
    if stdout_is_terminal() {
        Stdout::Shown
    } else if stdout_is_null() {
        Stdout::Lost
    } else {
        Stdout::Kept
    }
}

/// Whether PEM on standard output is seen by a person only.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

#[cfg(unix)]
fn stdout_is_null() -> bool {
    use rustix::fs::{FileType, fstat, stat};
    let is_device = |mode| FileType::from_raw_mode(mode) == FileType::CharacterDevice;
    fstat(io::stdout()).is_ok_and(|out| {
        is_device(out.st_mode)
            && stat("/dev/null").is_ok_and(|null| is_device(null.st_mode) && null.st_rdev == out.st_rdev)
    })
}

#[cfg(not(unix))]
fn stdout_is_null() -> bool {
    false
}

/// Whether somebody sees standard error as it is written, on a terminal that can take a line back.
#[expect(clippy::disallowed_methods, reason = "TERM says what the terminal can do")]
pub fn stderr_is_live() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
}

fn styled(color: Color, stream: &impl anstream::stream::RawStream) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(stream) != ColorChoice::Never,
    }
}
