//! What README.md, the samples and the rules' pages show is what the program does.
//!
//! * A `console` block of README.md: the lines after `$ ` are run in a folder with a copy of samples/,
//!   and what they print must follow. The days that are left differ from day to day; any number does.
//! * A block below `<!-- report of tests/cases/NAME -->`: the first report of that case, as the public
//!   server it stands for would make it.
//! * Every command of ours, wherever it is shown, is one that the program understands.
//!
//! `UPDATE=1 cargo test --test readme` writes the blocks anew. Where jq or openssl is missing, the
//! test of the blocks that show them counts as ignored, and `tests/run` says so.
//!
//! Needs: jq openssl

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the files are ours"
)]
#![allow(missing_docs, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

#[allow(dead_code, unused_imports, clippy::duplicate_mod, reason = "its own tests run with the program")]
#[path = "../src/bin/chainmend/args.rs"]
mod args;
mod support;

use libtest_mimic::{Arguments, Trial};
use support::run::{Folder, run};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A block of code: what introduces it, its language, its text.
struct Block {
    before: String,
    language: String,
    text: String,
}

/// Splits a page into prose and blocks, alternately, so that it can be put together again.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let (mut before, mut open) = (String::new(), None::<Block>);
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                let before = std::mem::take(&mut before);
                open = Some(Block { before, language: language.to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text.push_str(&format!("{line}\n")),
            (None, None) => before.push_str(&format!("{line}\n")),
        }
    }
    blocks.push(Block { before, language: String::new(), text: String::new() });
    blocks
}

fn together(blocks: &[Block]) -> String {
    let (last, rest) = blocks.split_last().unwrap();
    let page: String = rest.iter().map(|b| format!("{}```{}\n{}```\n", b.before, b.language, b.text)).collect();
    page + &last.before
}

/// The days that are left until 2064.
fn without_days(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let mut out = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let days = words.get(i + 1).is_some_and(|next| next.starts_with("days")) && word.parse::<u32>().is_ok();
        out.push(if days { "N" } else { *word });
    }
    out.join(" ")
}

struct Shown {
    folder: Folder,
    path: String,
}

impl Shown {
    fn new() -> Self {
        let folder = Folder::new();
        for entry in fs::read_dir(root().join("samples")).unwrap() {
            let path = entry.unwrap().path();
            folder.write(&format!("samples/{}", path.file_name().unwrap().to_str().unwrap()), fs::read(&path).unwrap());
        }
        folder.link("bin/chainmend", env!("CARGO_BIN_EXE_chainmend"));
        let path = format!("{}:{}", folder.path("bin").display(), std::env::var("PATH").unwrap());
        Self { folder, path }
    }

    fn has(&self, program: &str) -> bool {
        self.path.split(':').any(|folder| Path::new(folder).join(program).exists())
    }

    /// The block with what its commands print.
    fn run(&self, text: &str) -> String {
        let mut out = String::new();
        for command in text.lines().filter(|line| line.starts_with("$ ")) {
            let shell = command.trim_start_matches("$ ").replace("cargo run --release -- ", "chainmend ");
            let ran = run(
                self.folder.command("sh").args(["-c", &format!("exec 2>&1; {shell}")]).env("PATH", &self.path),
                None,
            );
            out.push_str(&format!("{command}\n{}", ran.stdout_text()));
        }
        out
    }
}

/// The first report of a case, as if its server were a public one.
fn report_of(case: &str) -> String {
    let text = read(format!("tests/cases/{case}/case.txt"));
    let (_, after) = text.split_once("\nreport:\n").unwrap_or_else(|| panic!("{case} has no report"));
    let lines = after.lines().take_while(|line| line.starts_with("    ")).map(|line| &line[4..]);
    let lines = lines.filter(|line| !line.starts_with("judged at "));
    let report: String = lines.map(|line| format!("{line}\n")).collect();
    let report = report.replace("http://127.0.0.1:[PORT]", "http://crt.acme.example");
    let report = report.replace("[KEY-ID:ca2]", "5A:3F:…:91");
    let report = report.replace("roots.pem  ", "mozilla    ").replace("roots.pem\n", "mozilla\n");
    let report = report.replace("[TIME]", "0.1 s");
    report
        .replace(" --roots roots.pem", "")
        .replace(" --allow-aia 127.0.0.1", "")
        .replace(" --connect 127.0.0.1:[PORT:shop]", "")
}

/// Programs that some blocks pipe into.
const OTHERS: [&str; 2] = ["jq", "openssl"];

fn is_asked(block: &Block) -> bool {
    OTHERS.iter().any(|program| block.text.contains(&format!("{program} ")))
}

fn the_readme_shows_what_the_program_prints() {
    compare(false, 3);
}

fn the_readme_shows_what_other_programs_make_of_it() {
    compare(true, 2);
}

/// Runs and compares the blocks that ask other programs, or those that do not.
fn compare(others: bool, at_least: usize) {
    let page = read("README.md");
    let mut blocks = blocks(&page);
    assert!(together(&blocks) == page, "blocks are opened and closed");
    let shown = Shown::new();
    let mut compared = 0;
    for block in &mut blocks {
        let wanted = match block.before.trim_end().rsplit_once("<!-- report of tests/cases/") {
            Some((_, case)) if case.ends_with("-->") && !case.contains('\n') && !others => {
                let command = block.text.lines().next().unwrap_or_default();
                format!("{command}\n{}", report_of(case.trim_end_matches("-->").trim()))
            }
            _ if block.language != "console" => continue,
            _ if is_asked(block) != others => continue,
            _ => shown.run(&block.text),
        };
        compared += 1;
        if std::env::var_os("UPDATE").is_some() {
            block.text = wanted;
        } else {
            assert_eq!(without_days(&block.text), without_days(&wanted), "UPDATE=1 cargo test --test readme");
        }
    }
    assert!(compared >= at_least, "README.md shows its reports");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root().join("README.md"), together(&blocks)).unwrap();
    }
}

/// The commands of ours in a text of shell or of comments: from the program's name to the end of the
/// command.
fn commands(text: &str) -> Vec<Vec<String>> {
    let text = text.replace("\\\n", " ").replace("cargo run --release -- ", "chainmend ");
    let mut found = Vec::new();
    for line in text.lines() {
        for (start, _) in line.match_indices("chainmend ") {
            let (before, after) = line.split_at(start);
            let verb = after.split_whitespace().nth(1).unwrap_or_default();
            let is_start = before.is_empty() || before.ends_with([' ', '\'', '`', '(']);
            if is_start && ["fix", "check", "explain", "cache", "completions"].contains(&verb) {
                let end = after.find(['|', '&', ';', '>', '<', '`', '\'', '#']).unwrap_or(after.len());
                found.push(after[..end].split_whitespace().map(|word| word.replace('"', "")).collect());
            }
        }
    }
    found
}

fn every_command_that_is_shown_is_one() {
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut add_page = |name: &str| {
        let page = read(name);
        let code: String = blocks(&page).into_iter().filter(|b| b.language != "rust").map(|b| b.text).collect();
        // In prose only what is between backticks: `chainmend check site.pem`.
        let spans: String = page.split('`').skip(1).step_by(2).map(|span| format!("{}\n", span.trim())).collect();
        texts.push((name.to_owned(), code + &spans));
    };
    add_page("README.md");
    add_page("CONTRIBUTING.md");
    for entry in fs::read_dir(root().join("src/rules")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            add_page(&format!("src/rules/{}", path.file_name().unwrap().to_str().unwrap()));
        }
    }
    for entry in fs::read_dir(root().join("samples")).unwrap() {
        let path = entry.unwrap().path();
        texts.push((format!("samples/{}", path.file_name().unwrap().to_str().unwrap()), read(&path)));
    }
    texts.push(("help".to_owned(), read("src/bin/chainmend/args/sections.rs")));
    let mut count = 0;
    for (name, text) in &texts {
        for command in commands(text) {
            // `chainmend explain RULE` stands for any rule.
            let words = command.iter().map(|word| if word == "RULE" { "misordered" } else { word.as_str() });
            let words: Vec<&str> = words.collect();
            if words.contains(&"…") || words.len() < 3 && words[1] != "explain" {
                continue;
            }
            count += 1;
            match args::CommandLine::try_parse_from(&words) {
                // Hooks name the files.
                Err(error) if error.kind() != clap::error::ErrorKind::MissingRequiredArgument => {
                    panic!("{name}: {}\n{error}", words.join(" "))
                }
                _ => {}
            }
        }
    }
    assert!(count > 80, "only {count} commands were found");
}

fn every_sample_is_shown_or_tested() {
    let sources = [
        "README.md",
        "tests/cli/samples.rs",
        "tests/servers/support.py",
        "tests/servers/test_nginx.py",
        "tests/hooks/test_samples.py",
    ];
    let used: String = sources.iter().map(read).collect();
    for entry in fs::read_dir(root().join("samples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let text = read(format!("samples/{name}"));
        let code = name == "make.rs" || name.ends_with(".svg") || name.ends_with(".json");
        assert!(text.starts_with("# ") || text.starts_with("#!/bin/sh\n# ") || code, "samples/{name}");
        assert!(name == "make.rs" || used.contains(&name), "nothing uses samples/{name}");
    }
}

fn main() -> ExitCode {
    let test = |name: &str, run: fn()| {
        Trial::test(name, move || {
            run();
            Ok(())
        })
    };
    let shown = Shown::new();
    let missing = OTHERS.iter().any(|program| !shown.has(program));
    let trials = vec![
        test("the_readme_shows_what_the_program_prints", the_readme_shows_what_the_program_prints),
        test("the_readme_shows_what_other_programs_make_of_it", the_readme_shows_what_other_programs_make_of_it)
            .with_ignored_flag(missing),
        test("every_command_that_is_shown_is_one", every_command_that_is_shown_is_one),
        test("every_sample_is_shown_or_tested", every_sample_is_shown_or_tested),
    ];
    // One at a time: with UPDATE each rewrites the page.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials).exit_code()
}
