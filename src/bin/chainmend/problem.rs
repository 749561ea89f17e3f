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
        Self::new(format!("cannot {verb} {}: {}", shown(path), why(error)))
    }
}

/// A path for people: control characters are escaped.
pub fn shown(path: &Path) -> String {
    escape(&name_of(path))
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
    fn system_errors_are_plain_words() {
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(
            Problem::io("read", Path::new("a\nb.pem"), &missing).message,
            "cannot read a\\nb.pem: no such file".replace("\\n", &escape("\n"))
        );
        assert_eq!(why(&io::Error::other("Strange thing (os error 99)")), "strange thing");
    }
}
