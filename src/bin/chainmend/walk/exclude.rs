//! `--exclude`: globs as in `.gitignore`.

use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::problem::Problem;
use crate::quote;

/// What the user leaves out.
#[derive(Debug)]
pub struct Exclude {
    globs: Gitignore,
    /// Those that start at the root of the file system.
    absolute: Gitignore,
    /// The working directory.
    here: PathBuf,
    /// How many paths were left out.
    count: AtomicUsize,
}

impl Exclude {
    /// Globs in the order in which they were given: of several that fit a path the last counts.
    pub fn new(globs: &[String]) -> Result<Self, Problem> {
        let here = if globs.is_empty() { None } else { std::env::current_dir().ok() };
        Self::from(globs, here.unwrap_or_default())
    }

    fn from(globs: &[String], here: PathBuf) -> Result<Self, Problem> {
        let (mut relative, mut absolute) = (Vec::new(), Vec::new());
        for glob in globs {
            match from_root(glob, &here) {
                Some(glob) => absolute.push(glob),
                None => {
                    absolute.extend(glob.trim_start_matches('!').starts_with('/').then(|| glob.clone()));
                    relative.push(glob.clone());
                }
            }
        }
        let (globs, absolute) = (matcher(&relative)?, matcher(&absolute)?);
        Ok(Self { globs, absolute, here, count: AtomicUsize::new(0) })
    }

    /// Whether `path` is left out, by itself or with a folder above it. Globs count from the working
    /// directory, and from the folder that is searched where there is one; those that start with a
    /// slash also from the root, and `./a` and `../a` are that path alone.
    pub fn covers(&self, path: &Path, searched: Option<&Path>, is_folder: bool) -> bool {
        if self.globs.is_empty() && self.absolute.is_empty() {
            return false;
        }
        let whole = normal(&self.here.join(path));
        let from_root = relative(&whole);
        let mut answers = vec![ask(&self.absolute, &from_root, is_folder)];
        match whole.strip_prefix(normal(&self.here)) {
            Ok(from_here) => answers.push(ask(&self.globs, from_here, is_folder)),
            // A file elsewhere that is named: all of its path.
            Err(_) if searched.is_none() => answers.push(ask(&self.globs, &from_root, is_folder)),
            Err(_) => {}
        }
        if let Some(below) = searched.and_then(|root| path.strip_prefix(root).ok()) {
            answers.push(ask(&self.globs, below, is_folder));
        }
        let covered = !answers.contains(&Some(false)) && answers.contains(&Some(true));
        self.count.fetch_add(usize::from(covered), Ordering::Relaxed);
        covered
    }

    /// How many paths were left out so far.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

/// `./a` and `../a` are what a shell completes: that very path, for which `.gitignore` has no words.
fn from_root(glob: &str, here: &Path) -> Option<String> {
    let (not, path) = glob.strip_prefix('!').map_or(("", glob), |path| ("!", path));
    let (mut folder, mut rest) = (here.to_owned(), path);
    loop {
        if let Some(below) = rest.strip_prefix("./") {
            rest = below;
        } else if let Some(below) = rest.strip_prefix("../") {
            folder.pop();
            rest = below;
        } else {
            break;
        }
    }
    let folder = folder.join("");
    let folder = folder.to_str().filter(|_| rest.len() < path.len())?;
    Some(format!("{not}{}{rest}", literal(folder)))
}

/// A glob that fits this text and no other.
fn literal(text: &str) -> String {
    let special = |c: char| matches!(c, '\\' | '*' | '?' | '[' | ']' | '{' | '}');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

fn matcher(globs: &[String]) -> Result<Gitignore, Problem> {
    // Relative paths are asked for alone: the root is nowhere.
    let mut builder = GitignoreBuilder::new("");
    for glob in globs {
        builder.add_line(None, glob).map_err(|error| bad(glob, &error))?;
    }
    builder.build().map_err(|error| bad("", &error))
}

fn bad(glob: &str, error: &ignore::Error) -> Problem {
    let why = match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    };
    Problem::new(format!("--exclude {}: {}", quote::word(glob), chainmend::cert::escape(&why)))
        .help("a pattern as in .gitignore is wanted, such as *.old.pem")
}

/// `Some(true)` where the globs leave the path out, `Some(false)` where one with `!` takes it back.
fn ask(globs: &Gitignore, path: &Path, is_folder: bool) -> Option<bool> {
    match globs.matched_path_or_any_parents(path, is_folder) {
        _ if path.as_os_str().is_empty() => None,
        Match::Ignore(_) => Some(true),
        Match::Whitelist(_) => Some(false),
        Match::None => None,
    }
}

/// The path without `.` and `..`, as it is written: links are not looked at.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
}

fn relative(path: &Path) -> PathBuf {
    path.components().filter(|component| matches!(component, Component::Normal(_))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(globs: &[&str], path: &str) -> bool {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        let exclude = Exclude::from(&globs, PathBuf::from("/work")).unwrap();
        exclude.covers(Path::new(path), None, false)
    }

    #[test]
    fn globs_are_those_of_gitignore() {
        for (glob, path, expected) in [
            ("*.old.pem", "certs/site.old.pem", true),
            ("*.old.pem", "certs/site.pem", false),
            ("tests/fixtures/**", "tests/fixtures/a/b.pem", true),
            ("tests/fixtures/**", "./tests/fixtures/b.pem", true),
            ("tests/fixtures/**", "x/../tests/fixtures/b.pem", true),
            ("tests/fixtures/**", "/work/tests/fixtures/b.pem", true),
            ("tests/fixtures/**", "/elsewhere/tests/b.pem", false),
            ("fixtures", "tests/fixtures/b.pem", true),
            ("fixtures/", "tests/fixtures/b.pem", true),
            ("fixtures/", "tests/fixtures", false),
            ("/fixtures", "tests/fixtures/b.pem", false),
            ("/tests", "tests/fixtures/b.pem", true),
            ("/etc/ssl/*.pem", "/etc/ssl/a.pem", true),
            ("/etc/ssl/*.pem", "etc/ssl/a.pem", true),
            ("./a.pem", "a.pem", true),
            ("./a.pem", "./a.pem", true),
            ("./a.pem", "certs/a.pem", false),
            ("./certs/", "certs/sub/a.pem", true),
            ("./certs/*.pem", "certs/a.pem", true),
            ("./a.pem", "/a.pem", false),
            ("../old", "../old/a.pem", true),
            ("../old", "old/a.pem", false),
            (".././../a.pem", "/a.pem", true),
            ("..a", "..a", true),
            ("work", "certs/a.pem", false),
            ("old", "/elsewhere/old/a.pem", true),
            ("a.pem", "A.pem", false),
            ("", "a.pem", false),
        ] {
            assert_eq!(covers(&[glob], path), expected, "{glob} {path}");
        }
        assert!(!covers(&["*.pem", "!keep.pem"], "certs/keep.pem"));
        assert!(covers(&["!keep.pem", "*.pem"], "certs/keep.pem"));
        assert!(!covers(&["*.pem", "!./keep.pem"], "keep.pem"));
        let odd = Exclude::from(&["./*.pem".to_owned()], PathBuf::from("/[wo]rk{*")).unwrap();
        assert!(odd.covers(Path::new("a.pem"), None, false));
        assert!(!odd.covers(Path::new("/work/a.pem"), None, false));
    }

    #[test]
    fn globs_also_count_from_the_folder_that_is_searched() {
        let exclude = Exclude::new(&["sub/a.pem".to_owned()]).unwrap();
        assert!(exclude.covers(Path::new("certs/sub/a.pem"), Some(Path::new("certs")), false));
        assert!(!exclude.covers(Path::new("certs/sub/a.pem"), None, false));
        assert_eq!(exclude.count(), 1);
        // The folder that was named is not left out by a name above it.
        let exclude = Exclude::new(&["ssl".to_owned()]).unwrap();
        assert!(!exclude.covers(Path::new("/etc/ssl/a.pem"), Some(Path::new("/etc/ssl")), false));
    }

    #[test]
    fn a_glob_that_is_none_is_said() {
        let problem = Exclude::new(&["{a".to_owned()]).err().unwrap();
        assert!(problem.message.starts_with("--exclude '{a'"), "{}", problem.message);
    }
}
