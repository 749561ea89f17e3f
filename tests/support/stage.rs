//! Plays a case: sets the stage, runs the lines.

use std::collections::BTreeMap;
use std::time::Duration;

use super::case::{AT, Case, Step};
use super::content;
use super::done::Done;
use super::normal::Normal;
use super::run::{Folder, Run};
use super::server::{Answer, Server};
use super::tls::{Manner, TlsServer};
use super::world::{self, World};

/// Between two bytes of a dripping answer.
const DRIP: Duration = Duration::from_millis(200);

/// A case in a folder, with its server and its certificates.
pub struct Stage<'a> {
    pub case: &'a Case,
    pub server: &'a Server,
    pub world: &'a World,
    pub tls: &'a BTreeMap<String, TlsServer>,
}

/// The live servers of a case.
pub fn live(lines: &[String], world: &World) -> Result<BTreeMap<String, TlsServer>, String> {
    let start = |line: &String| {
        let (name, says) = line.split_once(':').ok_or_else(|| format!("tls: `{line}` has no `:`"))?;
        let manner = manner(says, world).map_err(|error| format!("tls: {name}: {error}"))?;
        Ok((name.trim().to_owned(), TlsServer::start(manner)))
    };
    lines.iter().map(start).collect()
}

fn manner(says: &str, world: &World) -> Result<Manner, String> {
    let mut words: Vec<&str> = says.split_whitespace().collect();
    let options = words.iter().take_while(|word| ["tls1.2", "tls1.3", "asks"].contains(word)).count();
    let options: Vec<&str> = words.drain(..options).collect();
    let mut manner = match says.split_once('=') {
        None => Manner::sends(&content::certificates(&words.join(" "), world)?),
        Some(_) => words.join(" ").split('|').try_fold(Manner::by_name(), |manner, site| {
            let (name, chain) = site.split_once('=').ok_or("a site is NAME = CHAIN")?;
            Ok::<_, String>(manner.site(name.trim(), &content::certificates(chain, world)?))
        })?,
    };
    for option in options {
        manner = match option {
            "tls1.2" => manner.only(&rustls::version::TLS12),
            "tls1.3" => manner.only(&rustls::version::TLS13),
            _ => manner.asks_for_a_certificate(),
        };
    }
    Ok(manner)
}

impl Stage<'_> {
    /// All runs in a new folder: as text, or with the JSON report. Errors are the case's own
    /// mistakes; faults the program's.
    pub fn play(&self, json: bool, faults: &mut Vec<String>) -> Result<Vec<(String, String)>, String> {
        let folder = self.folder()?;
        self.serve()?;
        let mut said = Vec::new();
        for step in &self.case.steps {
            self.server.take_requests();
            let before: Vec<_> = folder.files().into_iter().map(|n| (folder.fingermarks(&n), n)).collect();
            let run = self.run(step, &folder, json.then_some("json"))?;
            let normal = Normal { folder: &folder, server: self.server, world: self.world, tls: self.tls };
            said.push((normal.of(&run.stderr), normal.of(&run.stdout_text())));
            let done = Done { stage: self, folder: &folder, before: &before, run: &run, step, normal: &normal };
            if json {
                done.compare_json(faults)?;
            } else {
                done.compare(faults)?;
            }
        }
        Ok(said)
    }

    /// All runs in a new folder, each with this form of report in a file; what stood in it, for those runs
    /// that had none of their own.
    pub fn reports(&self, form: &str) -> Result<Vec<Vec<u8>>, String> {
        let folder = self.folder()?;
        self.serve()?;
        let mut reports = Vec::new();
        for step in &self.case.steps {
            self.run(step, &folder, Some(form))?;
            let report = folder.path(".home/report.json");
            if let Ok(bytes) = std::fs::read(&report) {
                reports.push(bytes);
                std::fs::remove_file(report).map_err(|error| error.to_string())?;
            }
        }
        Ok(reports)
    }

    fn folder(&self) -> Result<Folder, String> {
        let folder = Folder::new();
        if !self.case.files.iter().any(|line| line.starts_with("roots.pem")) {
            folder.write("roots.pem", self.world.get("root")?.pem());
        }
        for line in &self.case.files {
            if let Some((name, target)) = line.split_once(" -> ") {
                folder.link(name.trim(), target.trim());
                continue;
            }
            let (name, expression) = line.split_once(':').ok_or_else(|| format!("files: `{line}` has no `:`"))?;
            let (name, mode) = name.trim().split_once(' ').map_or((name.trim(), None), |(n, m)| (n, Some(m)));
            folder.write(name, content::bytes(expression, self.world).map_err(|error| format!("{name}: {error}"))?);
            folder.set_mode(name, octal(mode.unwrap_or("0644"))?);
        }
        Ok(folder)
    }

    fn serve(&self) -> Result<(), String> {
        for line in &self.case.serve {
            let (path, answer) = line.split_once(':').ok_or_else(|| format!("serve: `{line}` has no `:`"))?;
            self.server.serve(path.trim(), self.answer(answer).map_err(|error| format!("{path}: {error}"))?);
        }
        Ok(())
    }

    fn answer(&self, text: &str) -> Result<Answer, String> {
        let text = text.trim();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        Ok(match word {
            "hang" => Answer::Hang,
            "close" => Answer::Close,
            "endless" => Answer::Endless,
            "redirect" => Answer::redirect(rest.replace("[PORT]", &self.server.port().to_string())),
            "drip" => Answer::Drip { body: content::bytes(rest, self.world)?, pause: DRIP },
            "half-sent" => Answer::Half { body: content::bytes(rest, self.world)? },
            "in-turn" => {
                Answer::InTurn(rest.split('|').map(|answer| self.answer(answer)).collect::<Result<Vec<_>, _>>()?)
            }
            status if status.parse::<u16>().is_ok() => Answer::status(status.parse().unwrap_or_default()),
            _ => Answer::ok(content::bytes(text, self.world)?),
        })
    }

    fn run(&self, step: &Step, folder: &Folder, report: Option<&str>) -> Result<Run, String> {
        let (line, stdin) = match step.command.split_once(" < ") {
            Some((line, file)) => (line, Some(folder.read(file.trim()))),
            None => (step.command.as_str(), None),
        };
        let mut words = world::words(&self.filled(line)?)?;
        if words.first().is_none_or(|word| word != "chainmend") {
            return Err(format!("`{line}` does not run chainmend"));
        }
        words.remove(0);
        let lacks = |option: &str, words: &[String]| !words.iter().any(|w| w.split('=').next() == Some(option));
        if words.first().is_some_and(|word| word == "fix" || word == "check") {
            let at = self.case.at.as_deref().unwrap_or(AT);
            for (option, value) in [("--at", at), ("--roots", "roots.pem"), ("--allow-aia", "127.0.0.1")] {
                if lacks(option, &words) {
                    words.extend([option.to_owned(), value.to_owned()]);
                }
            }
            if let Some(form) = report.filter(|_| lacks("--report", &words)) {
                words.extend(["--report", form, "--report-file", ".home/report.json"].map(str::to_owned));
            }
        }
        let variables: Vec<_> = step.variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        Ok(folder.chainmend_with(&words, &variables, stdin.as_deref()))
    }

    /// Placeholders in what a case says, filled in.
    fn filled(&self, text: &str) -> Result<String, String> {
        let mut text = text.replace("[PORT]", &self.server.port().to_string());
        for (name, server) in self.tls {
            text = text.replace(&format!("[PORT:{name}]"), &server.port().to_string());
        }
        while let Some(start) = text.find("[SHA256:") {
            let end = text[start..].find(']').ok_or("`[SHA256:` is not closed")? + start;
            let fingerprint = self.world.get(&text[start + 8..end])?.fingerprint();
            text.replace_range(start..=end, &fingerprint);
        }
        Ok(text)
    }
}

pub fn octal(text: &str) -> Result<u32, String> {
    u32::from_str_radix(text, 8).map_err(|_| format!("`{text}` is no mode"))
}
