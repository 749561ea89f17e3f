//! The line on a terminal: there when it takes long, gone at the end, and never in a pipe.

use std::process::Stdio;

use libtest_mimic::Trial;

use crate::support::trial::trial;
use crate::{Site, ended, has};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(has("script"), "a_terminal_shows_how_far_the_work_is", shown),
        trial(has("script"), "the_line_is_not_shown_where_it_is_not_wanted", unwanted),
        trial(true, "a_pipe_has_no_line", piped),
    ]
}

/// What a terminal gets of a run that waits two seconds for a server.
fn on_terminal(site: &Site, words: &[&str], term: &str) -> String {
    let inner = site.command(words, 2);
    let words: Vec<String> = std::iter::once(inner.get_program())
        .chain(inner.get_args())
        .map(|word| word.to_str().unwrap().to_owned())
        .collect();
    // script(1) of util-linux runs a command at a terminal of its own.
    let mut command = site.folder.command("script");
    command.args(["-qec", &words.join(" "), "/dev/null"]).env("TERM", term);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    ended(command.spawn().unwrap()).1
}

const ERASE: &str = "\r\u{1b}[K";

fn shown() {
    let site = Site::new();
    let text = on_terminal(&site, &["check", "-j", "1", "wrong.pem", "alone.pem", "right.pem"], "xterm");
    let line = "1 of 3 bundles, 1 mendable, 1 request";
    assert!(text.contains(line), "{text:?}");
    let (progress, report) = text.rsplit_once(ERASE).unwrap();
    assert!(progress.contains(line) && !progress.contains("misordered"), "{text:?}");
    assert!(report.contains("misordered") && report.contains("3 files: "), "{text:?}");
    let text = on_terminal(&site, &["fix", "alone.pem", "-o", "out.pem"], "xterm");
    assert!(text.contains("0 of 1 bundle, 1 request"), "{text:?}");
}

fn unwanted() {
    let site = Site::new();
    for (words, term) in [
        (&["check", "wrong.pem", "alone.pem"][..], "dumb"),
        (&["check", "-q", "wrong.pem", "alone.pem"], "xterm"),
        (&["check", "--report", "ndjson", "wrong.pem", "alone.pem"], "xterm"),
        (&["check", "wrong.pem", "right.pem"], "xterm"),
    ] {
        let text = on_terminal(&site, words, term);
        assert!(!text.contains(" of 2 bundles"), "{words:?} {text:?}");
        assert!(!text.is_empty());
    }
}

fn piped() {
    let site = Site::new();
    let (_, _, stderr) = ended(site.command(&["check", "wrong.pem", "alone.pem"], 2).spawn().unwrap());
    assert!(!stderr.contains("bundles") && !stderr.contains('\r'), "{stderr:?}");
}
