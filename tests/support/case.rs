//! A case: a folder with a `case.txt` that says what stands in which file, what is run, and what
//! must come of it. To add one, copy the folder that is nearest.
//!
//! ```text
//! A leaf alone is completed from its caIssuers URLs, one request a level.
//!
//!     root ─ ca1 ─ ca2 ─ leaf          a drawing; free text up to the first section
//!
//! at: 2026-11-21                       the frozen time (this is the default)
//! pki:                                 changes to the standard PKI: see world.rs
//!     leaf += until 2027-02-12
//! files:                               see content.rs; roots.pem holds `root` unless said otherwise
//!     site.pem 0600: key(leaf) leaf
//!     live/site.pem -> ../site.pem
//! serve:                               what the server gives
//!     /ca2.crt: der(ca2)
//!     /ca1.crt: redirect /ca1.p7c
//!     /ca1.p7c: in-turn 503 | p7-der(ca1)
//!
//! tls:                                 live servers, each on a port of its own: `[PORT:old]`
//!     old: leaf ca2                    with the key of the first
//!     new: tls1.2 asks leaf ca2 ca1    also `tls1.3`; `asks` wants a client's certificate
//!     sites: shop.example.com = leaf ca2 | blog.example.com = other ca2      by SNI
//!
//! run: chainmend fix site.pem -o out.pem
//! exit: 0
//! verdict: repaired
//! rules: missing-intermediate@leaf
//! requests: /ca2.crt /ca1.crt
//! out.pem: leaf ca2 ca1
//! says: its issuer "Acme TLS CA 2" is not in the file
//! report:
//!     …
//! ```
//!
//! Answers: an expression as in files; `404` or another status; `redirect LOCATION`; `hang`;
//! `close`; `endless`; `half-sent EXPRESSION`; `drip EXPRESSION`; `in-turn ANSWER | ANSWER`.
//!
//! Several `run:` sections are run one after the other in the same folder. `chainmend` is given
//! `--at`, `--roots roots.pem` and `--allow-aia 127.0.0.1` unless the line has them; `< FILE` is its
//! standard input; `[SHA256:leaf]` and `[PORT]` may be used; a line `env: NAME=VALUE` before `exit` is
//! put into its environment.
//!
//! | what must come of a run | |
//! |---|---|
//! | `exit: N` | always needed |
//! | `verdict: V …` | of each bundle, by the JSON report |
//! | `rules: R R@NAME R+ …` | every error and warning there is, no other; infos only if listed. `@NAME`: on that certificate; `+`: once or more; a last `...`: others may be there |
//! | `chain: NAME …` | the chain of the JSON report |
//! | `requests: N`, `requests: PATH …`, `requests: none` | what the server was asked |
//! | `FILE: NAME …` | the certificates in a file, in order |
//! | `FILE = EXPRESSION` | its very bytes |
//! | `FILE: untouched`, `FILE: absent` | same bytes, time, inode, mode; not there |
//! | `FILE mode: 0600` | |
//! | `stdout: NAME …`, `stdout: nothing` | the certificates on stdout; a block below it: its text |
//! | `says: TEXT`, `never-says: TEXT` | a part of stderr |
//! | `report:` and a block | all of stderr |
//!
//! A file that a run's lines do not name must be untouched, and none may appear. Fingerprints,
//! ports, paths of the folder, durations and the day of an import are written `[SHA256:leaf]`,
//! `[KEY-ID:ca2]`, `[PORT]`, `[FOLDER]`, `[TIME]`, `[TODAY]`.
//!
//! `UPDATE=1 cargo test --test cases` writes the `report:` and `stdout:` blocks anew;
//! `UPDATE=add` adds a `report:` to the runs that have none.

use std::path::Path;

use super::server::Server;
use super::stage::{self, Stage};
use super::world::World;

/// The frozen time of a case that names none.
pub const AT: &str = "2026-11-21";

/// `key: value` and what is indented below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub value: String,
    pub block: Vec<String>,
    /// True for `FILE = …`.
    pub exact: bool,
    /// From 1.
    pub line: usize,
}

/// One `run:` and what must come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub command: String,
    pub variables: Vec<(String, String)>,
    pub expect: Vec<Entry>,
    pub line: usize,
}

/// A `case.txt`, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    pub title: String,
    pub drawing: Vec<String>,
    pub at: Option<String>,
    pub pki: Vec<String>,
    pub files: Vec<String>,
    pub serve: Vec<String>,
    pub tls: Vec<String>,
    pub steps: Vec<Step>,
}

const SECTIONS: &[&str] = &["at", "pki", "files", "serve", "tls", "run"];
/// What may stand after a `run:` besides files, whose names have a dot or a slash.
const EXPECTATIONS: &[&str] =
    &["env", "exit", "verdict", "rules", "chain", "requests", "stdout", "says", "never-says", "report"];

impl Case {
    /// Reads the text; an error names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines: Vec<&str> = text.lines().collect();
        let starts = |line: &str| SECTIONS.iter().any(|s| line.starts_with(&format!("{s}:")));
        let first = lines.iter().position(|line| starts(line)).ok_or("no section")?;
        let (preamble, rest) = lines.split_at(first);
        let mut case = Case {
            title: preamble.first().map(|line| line.trim().to_owned()).unwrap_or_default(),
            drawing: preamble.iter().skip(1).map(|line| (*line).to_owned()).collect(),
            ..Case::default()
        };
        if case.title.is_empty() {
            return Err("line 1: a case starts with a sentence that says what it shows".to_owned());
        }
        if case.drawing.iter().all(|line| line.trim().is_empty()) {
            return Err("line 2: a case has a drawing below its first sentence".to_owned());
        }
        for entry in entries(rest, first + 1)? {
            let line = entry.line;
            case.take(entry).map_err(|error| format!("line {line}: {error}"))?;
        }
        match case.steps.iter().find(|step| !step.expect.iter().any(|e| e.key == "exit")) {
            Some(step) => Err(format!("line {}: a run without `exit:`", step.line)),
            None if case.steps.is_empty() => Err("nothing is run".to_owned()),
            None => Ok(case),
        }
    }

    fn take(&mut self, entry: Entry) -> Result<(), String> {
        let inline = |entry: Entry| -> Vec<String> {
            let value = Some(entry.value).filter(|v| !v.is_empty());
            value.into_iter().chain(entry.block).filter(|line| !line.trim().is_empty()).collect()
        };
        match (entry.key.as_str(), self.steps.last_mut()) {
            ("at", None) => self.at = Some(entry.value),
            ("pki", None) => self.pki = inline(entry),
            ("files", None) => self.files = inline(entry),
            ("serve", None) => self.serve = inline(entry),
            ("tls", None) => self.tls = inline(entry),
            ("run", _) => self.steps.push(Step {
                command: entry.value,
                variables: Vec::new(),
                expect: Vec::new(),
                line: entry.line,
            }),
            ("env", Some(step)) => {
                let (name, value) = entry.value.split_once('=').ok_or("`env:` is NAME=VALUE")?;
                step.variables.push((name.to_owned(), value.to_owned()));
            }
            (key, Some(step)) if EXPECTATIONS.contains(&key) || key.contains(['.', '/']) => step.expect.push(entry),
            (key, _) => return Err(format!("`{key}` is no section here")),
        }
        Ok(())
    }

    /// Runs the case; what went wrong, line by line.
    pub fn run(&self) -> Result<(), Vec<String>> {
        self.played().map(drop)
    }

    /// Runs the case; gives what stderr and stdout were, for `UPDATE`.
    pub fn played(&self) -> Result<Vec<(String, String)>, Vec<String>> {
        let server = Server::start();
        let world = World::new(&self.pki, &server.url("")).map_err(|error| vec![format!("pki: {error}")])?;
        let tls = stage::live(&self.tls, &world).map_err(|error| vec![error])?;
        let stage = Stage { case: self, server: &server, world: &world, tls: &tls };
        let mut faults = Vec::new();
        let said = stage.play(false, &mut faults).map_err(|error| vec![error])?;
        let json = ["rules", "verdict", "chain"];
        if self.steps.iter().any(|step| step.expect.iter().any(|e| json.contains(&e.key.as_str()))) {
            stage.play(true, &mut faults).map_err(|error| vec![error])?;
        }
        if faults.is_empty() {
            return Ok(said);
        }
        for (step, (stderr, _)) in self.steps.iter().zip(&said) {
            faults.push(format!("$ {}\n{}", step.command, indent(stderr)));
        }
        Err(faults)
    }

    /// The text with its `report:` and `stdout:` blocks as `said`; with `add`, every run gets a report.
    pub fn updated(&self, text: &str, said: &[(String, String)], add: bool) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        // From the end, so that line numbers stay right.
        for (step, (stderr, stdout)) in self.steps.iter().zip(said).rev() {
            let end = step.expect.iter().map(|e| e.line + e.block.len()).max().unwrap_or(step.line);
            if add && !step.expect.iter().any(|e| e.key == "report") {
                lines.splice(end..end, std::iter::once("report:".to_owned()).chain(indented(stderr)));
            }
            for entry in step.expect.iter().rev() {
                let block = entry.line..entry.line + entry.block.len();
                match entry.key.as_str() {
                    "report" => drop(lines.splice(block, indented(stderr))),
                    "stdout" if !entry.block.is_empty() => drop(lines.splice(block, indented(stdout))),
                    _ => {}
                }
            }
        }
        lines.join("\n") + "\n"
    }
}

fn entries(lines: &[&str], first: usize) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = Vec::new();
    for (offset, line) in lines.iter().enumerate() {
        let number = first + offset;
        if line.starts_with('#') {
            continue;
        }
        if line.starts_with([' ', '\t']) || line.is_empty() {
            // An empty line belongs to the block if more of it follows; cut off below.
            entries.last_mut().ok_or("text before the first section")?.block.push(outdented(line).to_owned());
            continue;
        }
        let (key, value, exact) = split_entry(line).ok_or_else(|| format!("line {number}: no `key: value`"))?;
        entries.push(Entry { key, value, exact, block: Vec::new(), line: number });
    }
    for entry in &mut entries {
        while entry.block.last().is_some_and(|line| line.trim().is_empty()) {
            entry.block.pop();
        }
    }
    Ok(entries)
}

fn split_entry(line: &str) -> Option<(String, String, bool)> {
    let colon = line.find(": ").or_else(|| line.strip_suffix(':').map(str::len));
    match (line.find(" = "), colon) {
        (Some(equals), colon) if colon.is_none_or(|colon| equals < colon) => {
            Some((line[..equals].trim().to_owned(), line[equals + 3..].trim().to_owned(), true))
        }
        (_, Some(colon)) => Some((line[..colon].trim().to_owned(), line[colon + 1..].trim().to_owned(), false)),
        _ => None,
    }
}

fn outdented(line: &str) -> &str {
    line.strip_prefix("    ").unwrap_or_else(|| line.trim_start())
}

fn indented(text: &str) -> Vec<String> {
    text.lines().map(|line| if line.is_empty() { String::new() } else { format!("    {line}") }).collect()
}

pub fn indent(text: &str) -> String {
    indented(text).join("\n")
}

/// Reads and runs a case's folder; with `UPDATE` set, writes its texts anew.
pub fn run_folder(folder: &Path) -> Result<(), String> {
    let path = folder.join("case.txt");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let case = Case::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    match std::env::var("UPDATE").ok().filter(|mode| !mode.is_empty()) {
        None => case.run().map_err(|faults| format!("{}\n{}", path.display(), faults.join("\n"))),
        Some(mode) => {
            // The texts are what is being written: look only at the rest.
            let mut rest = case.clone();
            for step in &mut rest.steps {
                step.expect.retain(|e| e.key != "report" && (e.key != "stdout" || e.block.is_empty()));
            }
            let said = rest.played().map_err(|faults| format!("{}\n{}", path.display(), faults.join("\n")))?;
            std::fs::write(&path, case.updated(&text, &said, mode == "add")).map_err(|error| error.to_string())
        }
    }
}
