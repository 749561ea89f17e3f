//! samples/report.svg is what the program prints, before and after: `UPDATE=1 cargo test --test
//! picture` draws it anew.
//!
//! ```text
//! Acme Root G2 ─ Acme Policy CA ─ Acme TLS CA 2 ─ shop.example.com
//! (trusted)                       http://crt.acme.example/tls2.crt
//! ```
//!
//! The CA's server is a proxy on the loopback, so that the picture shows the name of a public one. The
//! days that are left differ from day to day; any number does.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the files are ours"
)]
#![allow(missing_docs, reason = "a test")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use support::pki::{Ca, Template, pem};
use support::run::{Folder, run};
use support::server::{Answer, Server};

const URL: &str = "http://crt.acme.example/tls2.crt";
const UNTIL: &str = "2064-01-01";
/// What is typed, and how it ends.
const SCENE: [(&str, i32); 3] =
    [("chainmend check site.pem", 1), ("chainmend fix -i -qq site.pem", 0), ("chainmend check site.pem", 0)];

/// As wide as a page of documentation; longer lines are broken, as a terminal breaks them.
const COLUMNS: usize = 104;
/// Pixels: of a character (at most: fonts differ), of a line, around it all.
const CHARACTER: usize = 9;
const LINE: usize = 20;
const EDGE: usize = 18;
const FONT: usize = 14;

#[test]
fn the_picture_is_what_the_program_prints() {
    let svg = svg(&scene());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/report.svg");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &svg).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(without_days(&committed), without_days(&svg), "UPDATE=1 cargo test --test picture");
}

/// The terminal, with its colours.
fn scene() -> String {
    let root = Ca::root("Acme Root G2");
    let policy = root.issue(Template::ca("Acme Policy CA").until(UNTIL));
    let tls = policy.issue(Template::ca("Acme TLS CA 2").until(UNTIL).pathlen(0));
    let leaf = tls.issue(Template::leaf(&["shop.example.com"]).until(UNTIL).aia(URL));
    let server = Server::start();
    server.serve(URL, Answer::ok(tls.der()));
    let folder = Folder::new();
    folder.write("roots.pem", pem(&[&root]));
    folder.write("site.pem", pem(&[&leaf, &root, &policy]));
    let proxy = server.url("");
    let mut shown = String::new();
    for (command, status) in SCENE {
        let mut words = command.split(' ');
        assert_eq!(words.next(), Some("chainmend"));
        let mut typed = folder.command(env!("CARGO_BIN_EXE_chainmend"));
        typed.args(words).args(["--color", "always"]).env("http_proxy", &proxy).env("CHAINMEND_ROOTS", "roots.pem");
        let done = run(&mut typed, None).exits(status);
        // The roots are those of the scene; a user's would be the default.
        let report = done.stderr.replace("trusted by roots.pem", "trusted by mozilla  ");
        let gap = if shown.is_empty() { "" } else { "\n" };
        write!(shown, "{gap}\x1b[2m$\x1b[0m \x1b[1m{command}\x1b[0m\n{report}").unwrap();
    }
    assert_eq!(server.requests(), [URL], "one request: check keeps what it fetched");
    shown.trim_end().to_owned()
}

/// Text with SGR sequences, as they are on a terminal with a dark background.
fn svg(text: &str) -> String {
    let lines: Vec<Vec<Piece>> = text.lines().flat_map(|line| broken(pieces(line))).collect();
    let width = COLUMNS * CHARACTER + 2 * EDGE;
    let height = lines.len() * LINE + 2 * EDGE;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>chainmend check, fix and check again: before and after</title>\n\
         <desc>what the program prints, drawn by: UPDATE=1 cargo test --test picture</desc>\n\
         <style>\n\
         rect {{ fill: #0d1117 }}\n\
         text {{ font: {FONT}px ui-monospace, SFMono-Regular, Menlo, Consolas, \"DejaVu Sans Mono\", monospace; fill: #e6edf3; white-space: pre }}\n\
         .bold {{ font-weight: bold }} .dim {{ fill: #8b949e }}\n\
         .red {{ fill: #ff7b72 }} .green {{ fill: #56d364 }} .yellow {{ fill: #e3b341 }} .cyan {{ fill: #76e3ea }}\n\
         </style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\"/>\n"
    );
    for (number, line) in lines.iter().enumerate() {
        let y = EDGE + number * LINE + FONT;
        write!(out, "<text x=\"{EDGE}\" y=\"{y}\" xml:space=\"preserve\">").unwrap();
        for (classes, text) in line {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            match classes.is_empty() {
                true => out.push_str(&text),
                false => write!(out, "<tspan class=\"{}\">{text}</tspan>", classes.join(" ")).unwrap(),
            }
        }
        out.push_str("</text>\n");
    }
    out + "</svg>\n"
}

/// Text of one style: the classes of the style.
type Piece = (Vec<&'static str>, String);

/// Where a row goes on that was broken between words: below the words of a finding.
const HANG: usize = 11;

/// A line in rows of the picture, broken between words where there are some; one row at least.
fn broken(line: Vec<Piece>) -> Vec<Vec<Piece>> {
    let (mut rows, mut used) = (vec![Vec::new()], 0);
    for (classes, text) in line {
        let mut rest: Vec<char> = text.chars().collect();
        while !rest.is_empty() {
            if used == COLUMNS {
                rows.push(Vec::new());
                used = 0;
            }
            let mut tail = rest.split_off(rest.len().min(COLUMNS - used));
            if let (false, Some(space)) = (tail.is_empty(), rest.iter().rposition(|c| *c == ' ')) {
                let word = rest.split_off(space + 1);
                tail = [vec![' '; HANG], word, tail].concat();
                used = COLUMNS;
            } else {
                used += rest.len();
            }
            rows.last_mut().unwrap().push((classes.clone(), rest.into_iter().collect()));
            rest = tail;
        }
    }
    rows
}

/// A line in pieces of one style each.
fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut style: Vec<&'static str> = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let start = rest.find("\x1b[").unwrap_or(rest.len());
        if start > 0 {
            pieces.push((style.clone(), rest[..start].to_owned()));
        }
        let Some((codes, after)) = rest[start..].strip_prefix("\x1b[").and_then(|rest| rest.split_once('m')) else {
            break;
        };
        for code in codes.split(';') {
            match code {
                "" | "0" => style.clear(),
                "1" => style.push("bold"),
                "2" => style.push("dim"),
                "31" => style.push("red"),
                "32" => style.push("green"),
                "33" => style.push("yellow"),
                "36" => style.push("cyan"),
                other => panic!("draw SGR {other}, too"),
            }
        }
        rest = after;
    }
    pieces
}

/// `to 2064-01-01, 13553 days` with any number of days.
fn without_days(text: &str) -> String {
    let parts: Vec<&str> = text.split(" days").collect();
    let (last, rest) = parts.split_last().unwrap();
    let stripped = rest.iter().map(|part| format!("{} days", part.trim_end_matches(|c: char| c.is_ascii_digit())));
    stripped.collect::<String>() + last
}

#[test]
fn a_style_ends_where_the_terminal_ends_it() {
    let (bold_red, plain) = (vec!["bold", "red"], Vec::new());
    let wanted = vec![(bold_red, "error".to_owned()), (plain, " & so on".to_owned())];
    assert_eq!(pieces("\x1b[1m\x1b[31merror\x1b[0m & so on"), wanted);
    assert!(svg("a <b>").contains("a &lt;b&gt;"));
}

#[test]
fn a_long_line_is_broken_between_words() {
    let rows = broken(vec![(vec![], "word ".repeat(COLUMNS / 5) + "another")]);
    let texts: Vec<&str> = rows.iter().map(|row| row[0].1.as_str()).collect();
    assert_eq!(texts, ["word ".repeat(COLUMNS / 5).as_str(), "           another"]);
    // Or, as a terminal does, anywhere.
    let rows = broken(vec![(vec!["red"], "x".repeat(COLUMNS - 1)), (vec![], "yz".to_owned())]);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][1], (vec![], "y".to_owned()));
    assert_eq!(rows[1], [(vec![], "z".to_owned())]);
    assert_eq!(broken(Vec::new()).len(), 1);
}

#[test]
fn only_the_number_of_days_may_differ() {
    assert_eq!(without_days("to 2064-01-01, 13553 days  x"), without_days("to 2064-01-01, 9 days  x"));
    assert_ne!(without_days("to 2064-01-01, 13553 days  x"), without_days("to 2064-01-02, 13553 days  x"));
}
