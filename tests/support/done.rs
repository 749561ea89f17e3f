//! What a run left, against what the case says.

use serde_json::Value;

use super::case::{Entry, Step, indent};
use super::content;
use super::normal::Normal;
use super::pki;
use super::run::{Fingermarks, Folder, Run};
use super::schema;
use super::stage::{Stage, octal};

/// A run that is over.
pub struct Done<'a> {
    pub stage: &'a Stage<'a>,
    pub folder: &'a Folder,
    pub before: &'a [(Fingermarks, String)],
    pub run: &'a Run,
    pub step: &'a Step,
    pub normal: &'a Normal<'a>,
}

impl Done<'_> {
    pub fn compare(&self, faults: &mut Vec<String>) -> Result<(), String> {
        for entry in &self.step.expect {
            let fault = self.fault(entry).map_err(|error| format!("line {}: {error}", entry.line))?;
            faults.extend(fault.map(|fault| format!("line {}: {}: {fault}", entry.line, entry.key)));
        }
        if self.run.stderr.contains("panicked at") {
            faults.push(format!("line {}: the program panicked", self.step.line));
        }
        let named = |name: &str| {
            let entries = self.step.expect.iter();
            entries.clone().any(|e| e.key.split(' ').next() == Some(name) && e.value != "untouched")
        };
        for (marks, name) in self.before.iter().filter(|(_, name)| !named(name)) {
            if !self.folder.exists(name) {
                faults.push(format!("line {}: {name} is gone", self.step.line));
            } else if self.folder.fingermarks(name) != *marks {
                faults.push(format!("line {}: {name} was touched{}", self.step.line, self.difference(marks, name)));
            }
        }
        for name in self.folder.files() {
            if !named(&name) && !self.before.iter().any(|(_, known)| *known == name) {
                faults.push(format!("line {}: {name} appeared", self.step.line));
            }
        }
        Ok(())
    }

    fn difference(&self, before: &Fingermarks, name: &str) -> &'static str {
        let after = self.folder.fingermarks(name);
        match () {
            () if after.bytes != before.bytes => " (other bytes)",
            () if after.modified != before.modified => " (same bytes, another time)",
            () if after.inode != before.inode => " (same bytes, another inode)",
            () => " (mode, owner or link)",
        }
    }

    /// What is wrong about one expectation; nothing for those that the JSON report answers.
    fn fault(&self, entry: &Entry) -> Result<Option<String>, String> {
        let run = self.run;
        Ok(match entry.key.as_str() {
            "exit" => differ(&entry.value, &run.status.to_string()),
            "verdict" | "rules" | "chain" => None,
            "requests" => self.requests(&entry.value),
            "says" => {
                let wanted = &entry.value;
                (!self.normal.of(&run.stderr).contains(wanted)).then(|| format!("stderr does not say `{wanted}`"))
            }
            "never-says" => {
                let unwanted = &entry.value;
                self.normal.of(&run.stderr).contains(unwanted).then(|| format!("stderr says `{unwanted}`"))
            }
            "report" => diff(&entry.block.join("\n"), &self.normal.of(&run.stderr)),
            "stdout" if entry.value == "nothing" => {
                (!run.stdout.is_empty()).then(|| format!("there is something:\n{}", indent(&run.stdout_text())))
            }
            "stdout" if !entry.block.is_empty() => diff(&entry.block.join("\n"), &self.normal.of(&run.stdout_text())),
            "stdout" => self.listed(&entry.value, &run.stdout)?,
            name => match name.strip_suffix(" mode") {
                Some(name) if !self.folder.exists(name) => Some("it is not there".to_owned()),
                Some(name) => {
                    differ(&format!("{:04o}", octal(&entry.value)?), &format!("{:04o}", self.folder.mode(name)))
                }
                None => self.file(name, entry)?,
            },
        })
    }

    fn file(&self, name: &str, entry: &Entry) -> Result<Option<String>, String> {
        let there = self.folder.exists(name);
        Ok(match entry.value.as_str() {
            // Whatever is not named is looked at anyway; to say so is for the reader.
            "untouched" if self.before.iter().any(|(_, known)| known == name) => None,
            "untouched" => Some("it was not there before".to_owned()),
            "absent" => there.then(|| "it is there".to_owned()),
            _ if !there => Some("it is not there".to_owned()),
            expression if entry.exact => {
                let expected = content::bytes(expression, self.stage.world)?;
                let got = self.folder.read(name);
                (got != expected).then(|| {
                    let (expected, got) = (String::from_utf8_lossy(&expected), String::from_utf8_lossy(&got));
                    diff(&expected, &got).unwrap_or_else(|| "line ends or the last newline differ".to_owned())
                })
            }
            names => self.listed(names, &self.folder.read(name))?,
        })
    }

    fn listed(&self, names: &str, pem: &[u8]) -> Result<Option<String>, String> {
        content::certificates(names, self.stage.world)?;
        let got = match ::pem::parse_many(pem) {
            Ok(blocks) => blocks,
            Err(error) => return Ok(Some(format!("no server loads this: {error}"))),
        };
        let names_of = got
            .iter()
            .filter(|b| b.tag() == "CERTIFICATE")
            .map(|b| self.stage.world.name_of(&pki::fingerprint(b.contents())));
        Ok(differ(names, &names_of.collect::<Vec<_>>().join(" ")))
    }

    fn requests(&self, expected: &str) -> Option<String> {
        let got = self.stage.server.requests();
        match expected.parse::<usize>() {
            Ok(number) if number == got.len() => None,
            Ok(number) => Some(format!("expected {number}, got {}: {}", got.len(), got.join(" "))),
            Err(_) if expected == "none" => differ("", &got.join(" ")),
            Err(_) => differ(expected, &got.join(" ")),
        }
    }

    /// Verdicts, rules and chains, which the JSON report says most plainly.
    pub fn compare_json(&self, faults: &mut Vec<String>) -> Result<(), String> {
        let wanted = |key: &str| self.step.expect.iter().find(|e| e.key == key);
        if ["exit", "rules", "verdict", "chain"].iter().skip(1).all(|key| wanted(key).is_none()) {
            return Ok(());
        }
        if let Some(exit) = wanted("exit").filter(|e| e.value != self.run.status.to_string()) {
            faults.push(format!(
                "line {}: exit: {} with --report json\n{}",
                exit.line,
                self.run.status,
                indent(&self.run.stderr)
            ));
        }
        let report = self.folder.path(".home/report.json");
        let Ok(text) = std::fs::read(&report) else {
            faults.push(format!("line {}: no JSON report was written", self.step.line));
            return Ok(());
        };
        let report: Value = match serde_json::from_slice(&text) {
            Ok(report) => report,
            Err(error) => {
                faults.push(format!("line {}: the JSON report: {error}", self.step.line));
                return Ok(());
            }
        };
        let fault = schema::report_fault(&report);
        faults.extend(fault.map(|fault| format!("line {}: the JSON report: {fault}", self.step.line)));
        let of_bundles = |of: &dyn Fn(&Value) -> Vec<String>| -> Vec<String> {
            report["bundles"].as_array().into_iter().flatten().flat_map(of).collect()
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let names = |list: &Value| -> Vec<String> {
            let list = list.as_array().into_iter().flatten();
            list.map(|entry| self.stage.world.name_of(&text(&entry["sha256"]))).collect()
        };
        if let Some(entry) = wanted("verdict") {
            let got = of_bundles(&|bundle| vec![text(&bundle["verdict"])]).join(" ");
            faults.extend(differ(&entry.value, &got).map(|fault| format!("line {}: verdict: {fault}", entry.line)));
        }
        if let Some(entry) = wanted("chain") {
            let got = of_bundles(&|bundle| names(&bundle["chain"])).join(" ");
            faults.extend(differ(&entry.value, &got).map(|fault| format!("line {}: chain: {fault}", entry.line)));
        }
        if let Some(entry) = wanted("rules") {
            let findings = of_bundles(&|bundle| {
                let findings = bundle["findings"].as_array().into_iter().flatten();
                let one = |f: &Value| {
                    let on = self.stage.world.name_of(&text(&f["certificate"]["sha256"]));
                    format!("{} {}@{on}", text(&f["severity"]), text(&f["rule"]))
                };
                findings.map(one).collect()
            });
            faults.extend(rules_fault(&entry.value, &findings).map(|f| format!("line {}: rules: {f}", entry.line)));
        }
        std::fs::remove_file(self.folder.path(".home/report.json")).map_err(|error| error.to_string())
    }
}

/// Expected `rule` or `rule@name`, got `severity rule@name`; infos count only if they are expected.
pub fn rules_fault(expected: &str, got: &[String]) -> Option<String> {
    let mut left: Vec<&String> = got.iter().collect();
    let mut missing = Vec::new();
    let others = expected.trim_end().ends_with("...");
    for word in expected.split_whitespace().filter(|rule| *rule != "none" && *rule != "...") {
        let (rule, more) = word.strip_suffix('+').map_or((word, false), |rule| (rule, true));
        let fits = |finding: &&String| {
            let named = finding.split(' ').nth(1).unwrap_or_default();
            named == rule || !rule.contains('@') && named.split('@').next() == Some(rule)
        };
        match left.iter().position(&fits) {
            Some(place) => drop(left.remove(place)),
            None => missing.push(rule.to_owned()),
        }
        if more {
            left.retain(|finding| !fits(finding));
        }
    }
    left.retain(|finding| !others && !finding.starts_with("info "));
    if missing.is_empty() && left.is_empty() {
        return None;
    }
    let extra: Vec<&str> = left.iter().map(|s| s.as_str()).collect();
    Some(format!("missing [{}], unexpected [{}]", missing.join(", "), extra.join(", ")))
}

fn differ(expected: &str, got: &str) -> Option<String> {
    let normal = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (expected, got) = (normal(expected), normal(got));
    (expected != got).then(|| format!("expected `{expected}`, got `{got}`"))
}

/// Lines that were expected (`-`) and came (`+`), with those that both have.
pub fn diff(expected: &str, got: &str) -> Option<String> {
    let (a, b): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), got.lines().collect());
    if a == b {
        return None;
    }
    // common[i][j]: the longest common subsequence of a[i..] and b[j..].
    let mut common = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::from("expected (-) and got (+):"));
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push_str(&format!("\n      {}", a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && common[i + 1][j] >= common[i][j + 1] {
            out.push_str(&format!("\n    - {}", a[i]));
            i += 1;
        } else {
            out.push_str(&format!("\n    + {}", b[j]));
            j += 1;
        }
    }
    Some(out)
}
