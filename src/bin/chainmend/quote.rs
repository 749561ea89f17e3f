//! File names and other words in commands that we suggest, quoted for a POSIX shell.

use std::path::Path;

use chainmend::cert::escape;
use chainmend::report::path_of;

/// A word for the shell: bare where that is safe, else in single quotes.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | ',' | '=' | '+' | '@' | '%');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    // What could steer the terminal is spelt in hexadecimal, as $'…' of ksh, bash and zsh reads it.
    if escape(text) != text {
        return format!("$'{}'", text.chars().map(spelt).collect::<String>());
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn spelt(c: char) -> String {
    match c {
        '\'' | '\\' => format!("\\{c}"),
        _ if escape(&c.to_string()) == c.to_string() => c.to_string(),
        _ => c.to_string().bytes().map(|byte| format!("\\x{byte:02x}")).collect(),
    }
}

/// A file name for the shell; one that starts with a dash is no option.
pub fn path(path: &Path) -> String {
    let Some(text) = path.to_str() else { return bytes(path.as_os_str().as_encoded_bytes()) };
    if text.starts_with('-') && text != "-" { word(&format!("./{text}")) } else { word(text) }
}

/// A name that is not UTF-8: what is, as it is, and every other byte by its number.
fn bytes(name: &[u8]) -> String {
    let dash = if name.starts_with(b"-") { "./" } else { "" };
    let chunks = name.utf8_chunks().map(|chunk| {
        let strange: String = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")).collect();
        chunk.valid().chars().map(spelt).collect::<String>() + &strange
    });
    format!("$'{dash}{}'", chunks.collect::<String>())
}

/// A file name as reports hold it.
pub fn name(name: &str) -> String {
    path(&path_of(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_to_paste() {
        for (name_, quoted) in [
            ("site.pem", "site.pem"),
            ("my site.pem", "'my site.pem'"),
            ("-x.pem", "./-x.pem"),
            ("-", "-"),
            ("- x", "'./- x'"),
            ("it's", r"'it'\''s'"),
            ("$(rm x)", "'$(rm x)'"),
            ("", "''"),
            ("~root", "'~root'"),
            ("zürich.pem", "zürich.pem"),
            ("*.pem", "'*.pem'"),
        ] {
            assert_eq!(name(name_), quoted, "{name_}");
        }
        assert_eq!(name("a\u{1b}'[\n"), r"$'a\x1b\'[\x0a'");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let quoted = |name: &[u8]| path(Path::new(std::ffi::OsStr::from_bytes(name)));
            assert_eq!(quoted("z\u{fc}\n".as_bytes()), "$'zü\\x0a'");
            assert_eq!(quoted(b"-\xfe'\xff.pem"), r"$'./-\xfe\'\xff.pem'");
        }
    }
}
