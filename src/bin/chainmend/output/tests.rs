#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::input::MAX_INPUT_BYTES;

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Nothing of ours is left lying about.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(self.0.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn put(path: &Path, text: &str) -> Result<bool, Problem> {
    write(path, text.into(), Guard::NoKey)
}

#[test]
fn a_new_file_is_readable_by_all() {
    let folder = Folder::new();
    let path = folder.path("full.pem");
    assert_eq!(put(&path, "new"), Ok(true));
    assert_eq!(text(&path), "new");
    // Less the umask, whatever it is here.
    assert_eq!(mode(&path) & !0o644, 0);
    assert_eq!(mode(&path) & 0o600, 0o600);
    assert_eq!(folder.names(), ["full.pem"]);
}

#[test]
fn a_new_file_with_a_key_is_closed() {
    let folder = Folder::new();
    let path = folder.path("key.pem");
    assert_eq!(put(&path, KEY), Ok(true));
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn the_mode_is_kept() {
    let folder = Folder::new();
    for bits in [0o600, 0o640, 0o644, 0o664] {
        let path = folder.file("a.pem", "old", bits);
        assert_eq!(put(&path, "new"), Ok(true));
        assert_eq!((text(&path).as_str(), mode(&path)), ("new", bits));
    }
    assert_eq!(folder.names(), ["a.pem"]);
}

#[test]
fn the_same_bytes_leave_the_file_alone() {
    let folder = Folder::new();
    let path = folder.file("a.pem", "same", 0o444);
    let before = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().read(true).open(&path).unwrap().set_modified(before).unwrap();
    assert_eq!(put(&path, "same"), Ok(false));
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
}

#[test]
fn links_are_written_through() {
    let folder = Folder::new();
    fs::create_dir(folder.path("archive")).unwrap();
    let file = folder.file("archive/a1.pem", "old", 0o640);
    symlink("archive/a1.pem", folder.path("a.pem")).unwrap();
    symlink("a.pem", folder.path("b.pem")).unwrap();
    assert_eq!(put(&folder.path("b.pem"), "new"), Ok(true));
    assert_eq!(text(&file), "new");
    assert_eq!(mode(&file), 0o640);
    assert!(fs::symlink_metadata(folder.path("b.pem")).unwrap().is_symlink());
    assert!(fs::symlink_metadata(folder.path("a.pem")).unwrap().is_symlink());

    symlink("archive/none.pem", folder.path("dangling.pem")).unwrap();
    assert_eq!(put(&folder.path("dangling.pem"), "new"), Ok(true));
    assert_eq!(text(&folder.path("archive/none.pem")), "new");

    symlink("loop.pem", folder.path("loop.pem")).unwrap();
    assert!(put(&folder.path("loop.pem"), "new").is_err());
}

#[test]
fn a_private_key_is_not_overwritten() {
    let folder = Folder::new();
    // PKCS#8, PKCS#1 with a long length, PKCS#12: their first bytes.
    let der: [&[u8]; 3] = [&[0x30, 5, 2, 1, 0, 0x30, 0], &[0x30, 0x82, 1, 2, 2, 1, 0, 2], &[0x30, 3, 2, 1, 3]];
    let pem = [KEY.as_bytes(), b"text\n-----BEGIN RSA PRIVATE KEY-----\n"];
    for bytes in der.into_iter().chain(pem) {
        let path = folder.path("key");
        fs::write(&path, bytes).unwrap();
        let problem = put(&path, "new").unwrap_err();
        assert!(problem.message.ends_with("holds a private key, and would lose it"), "{problem}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    assert!(!holds_a_key(b""));
    assert!(!holds_a_key(&[0x30, 0x82, 1, 2, 0x30, 0x82]));
}

#[test]
fn a_file_that_changed_in_the_meantime_is_left_alone() {
    let folder = Folder::new();
    let path = folder.file("a.pem", "theirs", 0o644);
    let problem = write(&path, b"mended".to_vec(), Guard::Only(Fingerprint::of(b"old"), None)).unwrap_err();
    assert!(problem.message.contains("in the meantime"), "{problem}");

    let planned = Planned::new(&path, b"mended".to_vec(), Guard::Only(Fingerprint::of(b"theirs"), None)).unwrap();
    fs::write(&path, "theirs, later").unwrap();
    assert!(write_all(vec![planned]).1.unwrap_err().message.contains("in the meantime"));

    let planned = Planned::new(&folder.path("new.pem"), b"mended".to_vec(), Guard::NoKey).unwrap();
    fs::write(folder.path("new.pem"), KEY).unwrap();
    assert!(write_all(vec![planned]).1.is_err());
    assert_eq!(text(&folder.path("new.pem")), KEY);
    assert_eq!(text(&path), "theirs, later");
    assert_eq!(folder.names(), ["a.pem", "new.pem"]);
}

/// Two runs of `fix -i` on one file: the second finds done what it came for.
#[test]
fn a_file_that_another_run_mended_alike_is_right() {
    let folder = Folder::new();
    let path = folder.file("a.pem", "old", 0o644);
    let plan = || Planned::new(&path, b"mended".to_vec(), Guard::Only(Fingerprint::of(b"old"), None)).unwrap();
    let (first, second) = (plan(), plan());
    assert_eq!(write_all(vec![first]), (vec![true], Ok(())));
    assert_eq!(write_all(vec![second]), (vec![false], Ok(())));

    // Only its time is another.
    let path = folder.file("b.pem", "old", 0o644);
    let planned = Planned::new(&path, b"mended".to_vec(), Guard::Only(Fingerprint::of(b"old"), None)).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(UNIX_EPOCH).unwrap();
    assert_eq!(write_all(vec![planned]), (vec![true], Ok(())));
    assert_eq!(folder.names(), ["a.pem", "b.pem"]);
}

#[test]
fn a_file_that_was_removed_in_the_meantime_is_not_put_back() {
    let folder = Folder::new();
    let path = folder.path("a.pem");
    let message = |done: Result<bool, Problem>| done.unwrap_err().message;
    assert!(
        message(write(&path, b"mended".to_vec(), Guard::Only(Fingerprint::of(b"old"), None)))
            .contains("was removed by somebody else")
    );
    folder.file("a.pem", "old", 0o644);
    let planned = Planned::new(&path, b"mended".to_vec(), Guard::Only(Fingerprint::of(b"old"), None)).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(message(write_all(vec![planned]).1.map(|()| true)).contains("was removed by somebody else"));
    assert_eq!(folder.names(), [""; 0]);
}

/// The tree is searched, and then somebody puts a link where the file was.
#[test]
fn a_file_that_became_a_link_out_of_its_tree_is_left_alone() {
    let folder = Folder::new();
    fs::create_dir(folder.path("tree")).unwrap();
    let (path, elsewhere) = (folder.file("tree/a.pem", "old", 0o644), folder.file("b.pem", "old", 0o644));
    let tree = folder.path("tree").canonicalize().unwrap();
    let plan = || Planned::new(&path, b"mended".to_vec(), Guard::Only(Fingerprint::of(b"old"), Some(&tree)));
    let planned = plan().unwrap();
    fs::remove_file(&path).unwrap();
    symlink(&elsewhere, &path).unwrap();
    assert!(write_all(vec![planned]).1.is_err());
    assert!(plan().err().unwrap().message.contains("was changed by somebody else"));
    assert_eq!(text(&elsewhere), "old");
}

/// To write into what somebody else put there would be to talk to them, or to wait for them.
#[test]
fn a_file_that_became_something_else_is_left_alone() {
    let folder = Folder::new();
    let path = folder.file("a.pem", "old", 0o644);
    fs::remove_file(&path).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let problem = write(&path, b"mended".to_vec(), Guard::Only(Fingerprint::of(b"old"), None)).unwrap_err();
    assert!(problem.message.contains("was changed by somebody else"), "{problem}");
}

#[test]
fn a_place_without_a_folder_names_the_folder_that_is_missing() {
    let folder = Folder::new();
    symlink("none/x.pem", folder.path("link.pem")).unwrap();
    let help = target(&folder.path("link.pem")).unwrap_err().help.unwrap();
    assert_eq!(help, format!("mkdir -p {}", folder.path("none").display()));
    folder.file("a.pem", "", 0o644);
    let problem = target(&folder.path("a.pem/b.pem")).unwrap_err();
    assert!(problem.message.ends_with("b.pem: a part of its path is no directory"), "{problem}");
}

#[test]
fn hard_links_are_not_parted() {
    let folder = Folder::new();
    let path = folder.file("a.pem", "old", 0o644);
    fs::hard_link(&path, folder.path("b.pem")).unwrap();
    assert!(put(&path, "new").unwrap_err().message.contains("2 names (hard links)"));
    assert_eq!(text(&path), "old");
}

#[test]
fn several_files_are_all_or_nothing() {
    let folder = Folder::new();
    let (full, chain) = (folder.file("full.pem", "old", 0o644), folder.path("none/chain.pem"));
    let plan = |path: &Path| Planned::new(path, b"new".to_vec(), Guard::NoKey);
    let error = plan(&chain).err().unwrap();
    assert!(error.message.ends_with("chain.pem: no such folder"), "{error}");

    let folder_gone = folder.path("gone");
    fs::create_dir(&folder_gone).unwrap();
    let planned = vec![plan(&full).unwrap(), plan(&folder_gone.join("chain.pem")).unwrap()];
    fs::remove_dir(&folder_gone).unwrap();
    assert!(write_all(planned).1.unwrap_err().message.contains("no such folder"));
    assert_eq!(text(&full), "old");
    assert_eq!(folder.names(), ["full.pem"]);
}

#[test]
fn directories_are_no_targets() {
    let folder = Folder::new();
    assert!(put(folder.0.path(), "new").unwrap_err().message.ends_with("is a directory"));
    assert!(put(Path::new("/"), "new").unwrap_err().message.ends_with("is a directory"));
}

#[test]
fn devices_are_written_into() {
    assert_eq!(put(Path::new("/dev/null"), "new"), Ok(true));
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn descriptors_are_not_files() {
    for name in ["/dev/stdout", "/dev/stderr", "/dev/fd/63", "/proc/self/fd/1"] {
        assert!(is_descriptor(Path::new(name)), "{name}");
    }
    assert!(!is_descriptor(Path::new("/dev/null")));
    assert!(!is_descriptor(Path::new("stdout")));
}

#[test]
fn what_is_too_large_for_a_chain_is_not_replaced() {
    let folder = Folder::new();
    let path = folder.file("disk.img", "", 0o644);
    File::options().write(true).open(&path).unwrap().set_len(MAX_INPUT_BYTES + 1).unwrap();
    assert!(put(&path, "new").unwrap_err().message.ends_with("larger than any chain"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let problem = put(Path::new("/dev/full"), "new").unwrap_err();
    assert_eq!(problem.message, "cannot write /dev/full: no space left");
}

#[cfg(target_os = "linux")]
#[test]
fn extended_attributes_are_kept() {
    let folder = Folder::new();
    let path = folder.file("a.pem", "old", 0o644);
    let open = || File::open(&path).unwrap();
    // Where the file system has no attributes there are none to keep, and the file is written all the same.
    let has = rustix::fs::fsetxattr(open(), "user.chainmend", b"kept", rustix::fs::XattrFlags::empty()).is_ok();
    assert_eq!(put(&path, "new"), Ok(true));
    let mut value = vec![0; 16];
    let kept = rustix::fs::fgetxattr(open(), "user.chainmend", &mut value).map(|length| value[..length].to_vec());
    assert_eq!(kept.ok(), has.then(|| b"kept".to_vec()));
    assert_eq!(text(&path), "new");
}

/// Files a and b, of which b becomes one that may not be replaced after both were looked at.
fn overtaken_by_a_key(folder: &Folder, old: Option<&str>) -> (Vec<bool>, Problem) {
    let (a, b) = (folder.path("a.pem"), folder.path("b.pem"));
    let dated = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    if let Some(old) = old {
        folder.file("a.pem", old, 0o640);
        File::options().write(true).open(&a).unwrap().set_modified(dated).unwrap();
    }
    let planned =
        [&a, &b].map(|path| Planned::new(path, path.display().to_string().into(), Guard::NoKey).ok().unwrap());
    fs::write(&b, KEY).unwrap();
    let (written, done) = write_all(planned.into());
    assert_eq!(text(&b), KEY);
    (written, done.unwrap_err())
}

#[test]
fn what_was_replaced_is_put_back_where_a_later_file_cannot_be() {
    let folder = Folder::new();
    let (written, problem) = overtaken_by_a_key(&folder, Some("old"));
    assert_eq!(written, [false]);
    let a = folder.path("a.pem");
    assert_eq!((text(&a).as_str(), mode(&a)), ("old", 0o640));
    assert_eq!(fs::metadata(&a).unwrap().modified().unwrap(), UNIX_EPOCH + Duration::from_secs(1_000_000_000));
    assert!(problem.message.contains("b.pem holds a private key"), "{problem}");
    assert!(problem.message.ends_with(&format!("; put back as before: {}", a.display())), "{problem}");
    assert_eq!(folder.names(), ["a.pem", "b.pem"]);
}

#[test]
fn what_was_made_is_taken_away_where_a_later_file_cannot_be() {
    let folder = Folder::new();
    let (written, _) = overtaken_by_a_key(&folder, None);
    assert_eq!(written, [false]);
    assert_eq!(folder.names(), ["b.pem"]);
}

#[test]
fn what_went_into_a_pipe_is_said_to_be_written() {
    let folder = Folder::new();
    let direct = Planned::new(Path::new("/dev/null"), b"x".to_vec(), Guard::NoKey).ok().unwrap();
    let planned = Planned::new(&folder.path("b.pem"), b"y".to_vec(), Guard::NoKey).ok().unwrap();
    fs::write(folder.path("b.pem"), KEY).unwrap();
    let (written, done) = write_all(vec![direct, planned]);
    assert_eq!(written, [true]);
    let problem = done.unwrap_err();
    assert!(problem.message.ends_with("; written already, and not put back: /dev/null"), "{problem}");
}

#[test]
fn a_device_that_is_full_is_no_disk_to_make_room_on() {
    let problem = put(Path::new("/dev/full"), "new").unwrap_err();
    assert_eq!(problem.to_string(), "cannot write /dev/full: no space left\nhelp: it is no file; name one with -o");
}
