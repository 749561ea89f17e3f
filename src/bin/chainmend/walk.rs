//! From what was named to the files that are looked at: folders are searched, and what `--exclude`
//! or a `.gitignore` names is left out.
//!
//! Nothing that is not a regular file is ever opened on the way, no linked folder entered, and the
//! order is that of the names, whatever the file system's.

#![expect(clippy::disallowed_methods, reason = "looks at what the user named")]

mod beside;
mod exclude;
#[cfg(all(test, unix))]
mod tests;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, WalkBuilder};

use crate::input::{self, Identity};
use crate::live::{self, Server};
use crate::manners;
use crate::problem::{Problem, shown};
use crate::settings::{Mode, Settings};

pub use beside::{Beside, Companion, lone_leaf};
pub use exclude::Exclude;

/// What a folder is searched for, in any case of letters.
pub const EXTENSIONS: &[&str] = &["pem", "crt", "cer", "p7b", "p7c", "der"];

/// What version control keeps there is its own.
const VERSION_CONTROL: &[&str] = &[".git", ".hg", ".svn"];

/// Why something that was found is not even opened: a pipe would wait for its writer, and to open a
/// device may set it going.
const NOT_OPENED: &str = "a pipe, a socket or a device; it was not opened";

/// A file to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// As it was named, or as the folder was named and what follows below it.
    pub path: PathBuf,
    /// Where it was found rather than chosen: the folder, links resolved, that `fix -i` stays within.
    pub tree: Option<Arc<Path>>,
}

/// What became of something that was named, or came up in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is to be judged.
    File(File),
    /// What it sends is to be judged.
    Server(Server),
    /// It was found, and is nothing to judge, for this reason.
    PassedOver(PathBuf, &'static str),
    /// It could not be looked at.
    Problem(PathBuf, Problem),
}

impl Seen {
    /// The file, if it is to be judged.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(&file.path),
            _ => None,
        }
    }
}

/// Everything that was named, looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// In the order of the command line; within a folder by name.
    pub seen: Vec<Seen>,
    /// Whether `--exclude` left something out.
    pub excluded: bool,
}

/// Looks at what was named. `outputs` are being written, and so are no inputs where they are found.
pub fn walk(settings: &Settings, outputs: &[Identity]) -> Result<Walked, Problem> {
    let mut walk = Walk {
        settings,
        exclude: Arc::new(Exclude::new(&settings.exclude)?),
        taken: outputs.iter().copied().collect(),
        seen: Vec::new(),
    };
    // A file that is named is judged as one that was chosen, also where a folder holds it.
    let kinds: Vec<Kind> = settings.bundles.iter().map(|path| Kind::of(path)).collect();
    if kinds.contains(&Kind::Folder) {
        walk.taken.extend(kinds.iter().filter_map(Kind::identity));
    }
    let mut rewritten = HashSet::new();
    for (path, kind) in settings.bundles.iter().zip(kinds) {
        if kind != Kind::Stdin && walk.exclude.covers(path, None, kind == Kind::Folder) {
            continue;
        }
        if kind != Kind::Folder {
            // `fix -i a.pem a.pem` rewrites one file once.
            let in_place = settings.mode == Mode::InPlace;
            if !in_place || kind.identity().is_none_or(|identity| rewritten.insert(identity)) {
                let seen = walk.named(path, kind);
                walk.seen.push(seen);
            }
        } else if settings.found && path.is_symlink() {
            // As a search does; what it leads to may lie anywhere.
            walk.seen.push(Seen::PassedOver(path.clone(), "a link to a folder; it was not entered"));
        } else {
            walk.folder(path);
        }
    }
    Ok(Walked { excluded: walk.exclude.count() > 0, seen: walk.seen })
}

/// What is there by a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stdin,
    Folder,
    /// A regular file; which one, where the system tells.
    File(Option<Identity>),
    /// A pipe, a socket or a device.
    Special,
    /// Nothing, or nothing that may be looked at; a server.
    Unknown,
}

impl Kind {
    fn of(path: &Path) -> Self {
        if input::is_stdin(path) {
            return Self::Stdin;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Self::Folder,
            Ok(metadata) if metadata.is_file() => Self::File(Identity::of(&metadata)),
            Ok(_) => Self::Special,
            Err(_) => Self::Unknown,
        }
    }

    fn identity(&self) -> Option<Identity> {
        if let Self::File(identity) = self { *identity } else { None }
    }
}

struct Walk<'a> {
    settings: &'a Settings,
    exclude: Arc<Exclude>,
    /// Files that are not judged where they come up in a folder: outputs, and what was seen already.
    taken: HashSet<Identity>,
    seen: Vec<Seen>,
}

/// A file of a folder, on its way to be judged.
struct Entry {
    path: PathBuf,
    is_link: bool,
    identity: Option<Identity>,
}

impl Walk<'_> {
    fn named(&self, path: &Path, kind: Kind) -> Seen {
        match live::named(path) {
            Some(Ok(server)) => return Seen::Server(server),
            Some(Err(problem)) => return Seen::Problem(path.to_owned(), problem),
            None => {}
        }
        let found = self.settings.found && kind != Kind::Stdin;
        if found && kind == Kind::Special {
            return Seen::PassedOver(path.to_owned(), NOT_OPENED);
        }
        if self.settings.mode == Mode::InPlace && matches!(kind, Kind::Special | Kind::Stdin) {
            return Seen::Problem(path.to_owned(), manners::no_file(path, &self.settings.carry));
        }
        let tree = if found { tree_of(path) } else { None };
        Seen::File(File { path: path.to_owned(), tree })
    }

    /// Everything in a folder, and below it.
    fn folder(&mut self, root: &Path) {
        let tree: Arc<Path> = root.canonicalize().unwrap_or_else(|_| root.to_owned()).into();
        let excluded = self.exclude.count();
        let mut entries: Vec<Result<Entry, Seen>> = Vec::new();
        for entry in walker(root, &self.exclude) {
            match entry {
                Ok(entry) => entries.extend(self.entry(root, &entry)),
                Err(error) => entries.push(Err(unreadable(root, &error))),
            }
        }
        if entries.is_empty() && excluded == self.exclude.count() {
            self.seen.push(match self.settings.found {
                true => Seen::PassedOver(root.to_owned(), "a folder without such files"),
                false => Seen::Problem(root.to_owned(), nothing_in(root)),
            });
            return;
        }
        // Of a file with several names that of its own counts, and else the first.
        let own = entries.iter().flatten().filter(|entry| !entry.is_link).filter_map(|entry| entry.identity);
        let own: HashSet<Identity> = own.collect();
        for entry in entries {
            match entry {
                Ok(Entry { is_link: true, identity: Some(identity), .. }) if own.contains(&identity) => {}
                Ok(entry) => {
                    if entry.identity.is_none_or(|identity| self.taken.insert(identity)) {
                        self.seen.push(Seen::File(File { path: entry.path, tree: Some(Arc::clone(&tree)) }));
                    }
                }
                Err(seen) => self.seen.push(seen),
            }
        }
    }

    /// What to do with an entry of a folder, if it is called as certificates are.
    fn entry(&self, root: &Path, entry: &DirEntry) -> Option<Result<Entry, Seen>> {
        let file_type = entry.file_type().filter(|file_type| !file_type.is_dir())?;
        if entry.depth() == 0 || !is_called_so(entry.file_name()) {
            return None;
        }
        if self.exclude.covers(entry.path(), Some(root), false) {
            return None;
        }
        let path = plain(root, entry.path());
        Some(match looked_at(entry.path(), file_type) {
            Ok(metadata) if metadata.is_dir() => return None,
            Ok(metadata) if metadata.is_file() => {
                Ok(Entry { path, is_link: file_type.is_symlink(), identity: Identity::of(&metadata) })
            }
            Ok(_) => Err(Seen::PassedOver(path, NOT_OPENED)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Seen::PassedOver(path, "a link to a file that is not there"))
            }
            Err(_) if file_type.is_symlink() => Err(Seen::PassedOver(path, "a link that leads to no file")),
            Err(error) => {
                let problem = Problem::io("read", &path, &error);
                Err(Seen::Problem(path, problem))
            }
        })
    }
}

/// What an entry is, or what it links to.
fn looked_at(path: &Path, file_type: FileType) -> io::Result<Metadata> {
    if file_type.is_symlink() { fs::metadata(path) } else { path.symlink_metadata() }
}

/// Goes through a folder by name, as git would: `.gitignore` counts, in the folders above, too, up to
/// that of the repository; without a repository up to the root. Hidden files count: acme.sh keeps
/// its certificates in `~/.acme.sh`.
fn walker(root: &Path, exclude: &Arc<Exclude>) -> ignore::Walk {
    let (named, exclude) = (root.to_owned(), Arc::clone(exclude));
    let whole = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let in_repository = whole.ancestors().any(|folder| folder.join(".git").exists());
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(false)
        .parents(true)
        .git_ignore(true)
        .require_git(in_repository)
        .follow_links(false)
        .sort_by_file_name(OsStr::cmp)
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|file_type| file_type.is_dir());
            let left_out =
                || is_beneath_notice(entry, is_folder) || is_folder && exclude.covers(entry.path(), Some(&named), true);
            entry.depth() == 0 || !left_out()
        });
    builder.build()
}

fn is_beneath_notice(entry: &DirEntry, is_folder: bool) -> bool {
    let name = entry.file_name();
    // Kubernetes' atomic writer: `tls.crt` links to `..data/tls.crt`, and `..data` to `..2026_11_21…`.
    // The file is seen once, by the name that programs read.
    name.as_encoded_bytes().starts_with(b"..")
        || is_folder && VERSION_CONTROL.iter().any(|folder| name == *folder)
        || is_folder && name == "archive" && is_certbots(entry.path())
}

/// certbot's `archive` holds every version there was, most of them expired. The current ones are
/// those that `live` links to, and are seen there.
fn is_certbots(archive: &Path) -> bool {
    archive.parent().is_some_and(|etc| etc.join("live").is_dir() && etc.join("renewal").is_dir())
}

fn is_called_so(name: &OsStr) -> bool {
    let extension = Path::new(name).extension().and_then(OsStr::to_str).unwrap_or_default();
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Whether `file` is there and a search of `folder` could come across it.
pub fn may_find(folder: &Path, file: &Path) -> bool {
    let inside = || file.canonicalize().ok().zip(folder.canonicalize().ok()).is_some_and(|(f, d)| f.starts_with(d));
    file.file_name().is_some_and(is_called_so) && inside()
}

/// The path for reports: what is in `.` needs no `./`.
fn plain(root: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix(root) {
        Ok(below) if root.as_os_str() == "." || root.as_os_str() == "./" => below.to_owned(),
        _ => path.to_owned(),
    }
}

fn unreadable(root: &Path, error: &ignore::Error) -> Seen {
    let path = plain(root, path_of(error).unwrap_or(root));
    let problem = match error.io_error() {
        Some(why) => Problem::io("read", &path, why),
        None => Problem::new(format!("cannot read {}: {}", shown(&path), chainmend::cert::escape(&error.to_string()))),
    };
    Seen::Problem(path, problem)
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

/// A folder without a single file to look at is a mistake: a wrong name, or a `.gitignore`.
fn nothing_in(root: &Path) -> Problem {
    let patterns: Vec<String> = EXTENSIONS.iter().map(|extension| format!("*.{extension}")).collect();
    let (folder, patterns) = (shown(root), patterns.join(", "));
    let ignored = WalkBuilder::new(root)
        .standard_filters(false)
        .filter_entry(|entry| {
            let is_folder = entry.file_type().is_some_and(|file_type| file_type.is_dir());
            entry.depth() == 0 || !is_beneath_notice(entry, is_folder)
        })
        .build()
        .flatten()
        .any(|entry| entry.file_type().is_some_and(|file_type| file_type.is_file()) && is_called_so(entry.file_name()));
    match ignored {
        true => Problem::new(format!("no certificate in {folder}: a .gitignore names every {patterns} in it"))
            .help("name the files themselves, which are read all the same"),
        false => Problem::new(format!("no certificate in {folder}: it holds no {patterns}"))
            .help("files of other names are read where they are named"),
    }
}

/// The folder that a found file belongs to: the working directory, as for a hook in a repository,
/// or, outside of it, the folder it lies in.
fn tree_of(path: &Path) -> Option<Arc<Path>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let here = Path::new(".").canonicalize().ok().filter(|here| folder.starts_with(here));
    Some(here.unwrap_or(folder).into())
}

/// Whether writing through `file` would write outside of the tree it was found in.
pub fn leaves_its_tree(file: &File) -> bool {
    file.tree.as_ref().is_some_and(|tree| file.path.canonicalize().is_ok_and(|target| !target.starts_with(tree)))
}
