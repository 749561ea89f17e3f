//! What is seen of what was named, and in which order.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "makes the files that are looked at")]

use std::os::unix::fs::symlink;

use chainmend::cert::Time;
use clap::Parser;
use tempfile::TempDir;

use super::*;
use crate::args::{Command, CommandLine};
use crate::settings::Environment;

fn settings(words: &[&str]) -> Settings {
    let (environment, now) = (Environment::default(), Time::from_unix(0));
    let words = std::iter::once(&"chainmend").chain(words);
    match CommandLine::try_parse_from(words).unwrap().command {
        Command::Fix(fix) => Settings::fix(fix.output, false, fix.common, environment, now),
        Command::Check(check) => Settings::check(check.common, environment, now),
        other => panic!("{other:?}"),
    }
    .unwrap()
}

fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    folder
}

/// What is seen, below the folder; `!` is in front of what was passed over.
fn seen(folder: &TempDir, command: &[&str], named: &[&str]) -> Vec<String> {
    let named: Vec<String> = named.iter().map(|name| folder.path().join(name).display().to_string()).collect();
    let words: Vec<&str> = command.iter().copied().chain(named.iter().map(String::as_str)).collect();
    let below = |path: &Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
    let walked = walk(&settings(&words), &[]).unwrap();
    let seen = walked.seen.iter().map(|seen| match seen {
        Seen::File(file) => below(&file.path),
        Seen::Server(server) => server.name(),
        Seen::PassedOver(path, _) => format!("!{}", below(path)),
        Seen::Problem(_, problem) => problem.message.replace(&folder.path().display().to_string(), ""),
    });
    seen.collect()
}

#[test]
fn files_are_found_by_name_in_any_case_and_in_order() {
    let folder = folder(&[
        "z.pem",
        "a.PEM",
        "m/b.Crt",
        "m/a.cer",
        "x.p7b",
        "y.P7C",
        "d.der",
        "pem",
        "a.pem.bak",
        "k.key",
        ".h.pem",
    ]);
    let expected = [".h.pem", "a.PEM", "d.der", "m/a.cer", "m/b.Crt", "x.p7b", "y.P7C", "z.pem"];
    assert_eq!(seen(&folder, &["check"], &[""]), expected);
}

#[test]
fn what_is_in_use_by_others_is_passed_over() {
    let folder = folder(&[".git/a.pem", ".hg/a.pem", "s/.svn/a.pem", "..2026/a.pem", "b.pem"]);
    symlink("..2026", folder.path().join("..data")).unwrap();
    symlink("..data/a.pem", folder.path().join("a.pem")).unwrap();
    assert_eq!(seen(&folder, &["check"], &[""]), ["a.pem", "b.pem"]);
    assert_eq!(seen(&folder, &["check"], &[".git"]), [".git/a.pem"]);
}

#[test]
fn archive_is_certbots_only_beside_live_and_renewal() {
    let certbot = folder(&["archive/x/a1.pem", "live/x/README", "renewal/x.conf", "b.pem"]);
    assert_eq!(seen(&certbot, &["check"], &[""]), ["b.pem"]);
    assert_eq!(seen(&certbot, &["check"], &["archive"]), ["archive/x/a1.pem"]);
    let own = folder(&["archive/x/a1.pem", "live/x/README"]);
    assert_eq!(seen(&own, &["check"], &[""]), ["archive/x/a1.pem"]);
}

#[test]
fn a_file_is_seen_once_and_by_its_own_name() {
    let folder = folder(&["a/z.pem", "b/y.pem"]);
    for (link, target) in [("a/a.pem", "z.pem"), ("a/b.pem", "../b/y.pem"), ("b/c.pem", "../a/z.pem")] {
        symlink(target, folder.path().join(link)).unwrap();
    }
    assert_eq!(seen(&folder, &["check"], &[""]), ["a/z.pem", "b/y.pem"]);
    // Where its own name is not searched, the first that leads to it.
    assert_eq!(seen(&folder, &["check"], &["a"]), ["a/b.pem", "a/z.pem"]);
    assert_eq!(seen(&folder, &["check"], &["b", "a"]), ["b/c.pem", "b/y.pem"]);
    // A file that is named is chosen, and is not found once more.
    assert_eq!(seen(&folder, &["check"], &["", "a/z.pem"]), ["b/y.pem", "a/z.pem"]);
}

#[test]
fn a_file_that_is_named_twice_is_rewritten_once() {
    let folder = folder(&["a.pem"]);
    symlink("a.pem", folder.path().join("b.pem")).unwrap();
    let named = ["a.pem", "b.pem", "none.pem", "none.pem"];
    assert_eq!(seen(&folder, &["fix", "-i"], &named), ["a.pem", "none.pem", "none.pem"]);
    assert_eq!(seen(&folder, &["check"], &named), named);
}

#[test]
fn a_link_may_leave_the_tree_and_is_known_to() {
    let folder = folder(&["in/a.pem", "out/b.pem"]);
    symlink("../out/b.pem", folder.path().join("in/out.pem")).unwrap();
    symlink("a.pem", folder.path().join("in/in.pem")).unwrap();
    symlink("in", folder.path().join("way-in")).unwrap();
    for root in ["in", "way-in"] {
        let root = folder.path().join(root);
        let tree: Option<Arc<Path>> = Some(root.canonicalize().unwrap().into());
        let leaves = |name: &str| leaves_its_tree(&File { path: root.join(name), tree: tree.clone() });
        assert_eq!([leaves("a.pem"), leaves("in.pem"), leaves("out.pem")], [false, false, true]);
    }
    // Outside of the working directory a file's own folder is the tree.
    let file = |name: &str| {
        let path = folder.path().join(name);
        File { tree: tree_of(&path), path }
    };
    assert!(leaves_its_tree(&file("in/out.pem")));
    assert!(!leaves_its_tree(&file("in/in.pem")));
}

#[test]
fn a_gitignore_counts_up_to_the_repository() {
    let folder = folder(&["repo/sub/a.pem", "repo/sub/b.pem", "repo/.git/HEAD", "plain/sub/a.pem", "plain/sub/b.pem"]);
    fs::write(folder.path().join(".gitignore"), "a.pem\n").unwrap();
    fs::write(folder.path().join("repo/.gitignore"), "b.pem\n").unwrap();
    for root in ["repo", "repo/sub"] {
        assert_eq!(seen(&folder, &["check"], &[root]), ["repo/sub/a.pem"], "{root}");
    }
    for root in ["plain", "plain/sub"] {
        assert_eq!(seen(&folder, &["check"], &[root]), ["plain/sub/b.pem"], "{root}");
    }
}

#[test]
fn an_empty_folder_is_a_problem() {
    let folder = folder(&["none/a.txt", "ignored/.gitignore", "ignored/a.pem", "some/a.pem"]);
    fs::write(folder.path().join("ignored/.gitignore"), "*.pem\n").unwrap();
    let none = "no certificate in /none: it holds no *.pem, *.crt, *.cer, *.p7b, *.p7c, *.der";
    assert_eq!(seen(&folder, &["check"], &["none", "some"]), [none, "some/a.pem"]);
    let message = |name: &str| nothing_in(&folder.path().join(name)).message;
    assert!(
        message("ignored")
            .ends_with("/ignored: a .gitignore names every *.pem, *.crt, *.cer, *.p7b, *.p7c, *.der in it")
    );
    assert!(!message("none").contains(".gitignore"));
    // What the user leaves out is no mistake.
    assert_eq!(seen(&folder, &["check", "--exclude", "a.pem"], &["some"]), [""; 0]);
}

#[test]
fn an_output_is_no_input_where_it_is_found() {
    let folder = folder(&["a.pem", "out.pem"]);
    let out = Identity::at(&folder.path().join("out.pem")).unwrap();
    let words = ["fix", folder.path().to_str().unwrap()];
    assert_eq!(walk(&settings(&words), &[out]).unwrap().seen.len(), 1);
}
