//! The terminal: everything that is printed goes through here, since `println!` panics on a full
//! disk and on a closed pipe.

use std::io::{self, IsTerminal, Write};

use anstream::ColorChoice;
use anstream::adapter::strip_str;

use crate::args::Color;
use crate::problem::{Problem, why};

/// Writes bytes to standard output in one go. A reader that has gone away is no error.
pub fn stdout(bytes: &[u8]) -> Result<(), Problem> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Problem::new(format!("cannot write to standard output: {}", why(&error))))
        }
        _ => Ok(()),
    }
}

/// Writes styled text to standard output, plain where that is no terminal.
pub fn stdout_text(text: &str, color: Color) -> Result<(), Problem> {
    if styled(color, &io::stdout()) { stdout(text.as_bytes()) } else { stdout(plain(text).as_bytes()) }
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

/// Whether PEM on standard output is seen by a person only.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn styled(color: Color, stream: &impl anstream::stream::RawStream) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(stream) != ColorChoice::Never,
    }
}
