//! Why something could not be done: exit 2, with a help line where there is one.

use std::fmt;
use std::io;
use std::path::Path;

use chainmend::cert::escape;
use chainmend::report::{self, name_of};

/// Something that could not be read, written or understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Lower case, no full stop.
    pub message: String,
    /// What to type instead.
    pub help: Option<String>,
}

impl Problem {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// `cannot read X: no such file`.
    pub fn io(verb: &str, path: &Path, error: &io::Error) -> Self {
        let problem = Self::new(format!("cannot {verb} {}: {}", shown(path), why(error)));
        let closed = error.kind() == io::ErrorKind::PermissionDenied && verb.starts_with("read");
        if closed { problem.help("run it as a user who may read it") } else { problem }
    }
}

/// A path for people.
pub fn shown(path: &Path) -> String {
    shown_name(&name_of(path))
}

/// The name of a path, as reports hold it, for people: what could steer the terminal, and what cannot be
/// seen, is spelt as [`name_of`] spells a byte that is no UTF-8 (`\x0A`), and so is a backslash before what
/// would read as such.
pub fn shown_name(name: &str) -> String {
    if name.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'\\') {
        return name.to_owned();
    }
    let spelt = |text: &str| text.bytes().map(|byte| format!("\\x{byte:02X}")).collect::<String>();
    let mut out = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        let text = c.to_string();
        let rest = name.get(at..).unwrap_or_default();
        if escape(&text) != text || is_spelt_control(rest) {
            out.push_str(&spelt(&text));
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a text begins with `\x00` to `\x1F`, or `\x7F`: in a name these are four characters.
fn is_spelt_control(text: &str) -> bool {
    let byte = text.strip_prefix("\\x").and_then(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok());
    byte.is_some_and(|byte| byte.is_ascii_control())
}

/// The system's reason in our words, without its number.
pub fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is no directory".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::StorageFull => "no space left".to_owned(),
        io::ErrorKind::ResourceBusy => "the file is in use as a mount point".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            escape(&lower_first(text))
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

impl From<&Problem> for report::Problem {
    fn from(problem: &Problem) -> Self {
        Self { message: problem.message.clone(), help: problem.help.clone() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        self.help.iter().try_for_each(|help| write!(f, "\nhelp: {help}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_names_are_shown_alike() {
        for (name, wanted) in [
            ("a b.pem", "a b.pem"),
            ("zürich.pem", "zürich.pem"),
            ("a\nb", r"a\x0Ab"),
            ("a\u{1b}[2J", r"a\x1B[2J"),
            (r"a\x0Ab", r"a\x5Cx0Ab"),
            (r"a\x5Cb\nc", r"a\x5Cb\nc"),
            (r"a\xFFb", r"a\xFFb"),
            ("\u{202e}", r"\xE2\x80\xAE"),
        ] {
            assert_eq!(shown_name(name), wanted);
        }
    }

    #[test]
    fn system_errors_are_plain_words() {
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(
            Problem::io("read", Path::new("a\nb.pem"), &missing).message,
            r"cannot read a\x0Ab.pem: no such file"
        );
        assert_eq!(why(&io::Error::other("Strange thing (os error 99)")), "strange thing");
    }
}
