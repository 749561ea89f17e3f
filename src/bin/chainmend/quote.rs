//! File names and other words in commands that we suggest, quoted for a POSIX shell.

use std::path::Path;

use chainmend::cert::escape;

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
    let text = path.to_string_lossy();
    if text.starts_with('-') && text != "-" { word(&format!("./{text}")) } else { word(&text) }
}

/// A file name as reports hold it.
pub fn name(name: &str) -> String {
    path(Path::new(name))
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
    }
}
