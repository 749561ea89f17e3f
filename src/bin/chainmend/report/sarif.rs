//! SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"): one run, a result for each
//! finding that needs attention, and what `fix -i` would write as a fix. Section numbers are those of
//! the standard.

mod rules;

use std::collections::BTreeMap;

use chainmend::cert::escape;
use chainmend::report::{Finding, Severity, path_of};
use chainmend::rules::Rule;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::escape::uri;
use super::ground::Change;
use super::json::written;
use super::{Ending, Form, Said, Teller, words};
use crate::judged::Judged;
use crate::live;
use crate::problem::Problem;
use crate::render::View;

/// Where the schema is published.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The symbol for the folder that relative URIs start from (§3.14.14).
const ROOT: &str = "%SRCROOT%";

/// What is said of one bundle.
pub struct Part {
    /// Each written out.
    results: Vec<String>,
    rules: Vec<Rule>,
    notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

/// §3.4
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Message>,
}

/// §3.30
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<usize>,
    end_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

/// §3.29
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

/// §3.33
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
}

/// §3.28
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
}

/// §3.57
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_content: Option<Message>,
}

/// §3.56
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

/// §3.55
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Message,
    artifact_changes: Vec<ArtifactChange>,
}

/// What stands in a result's property bag (§3.8).
#[derive(Serialize)]
struct Properties {
    #[serde(skip_serializing_if = "String::is_empty")]
    sha256: String,
    fixable: bool,
}

/// §3.27
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'static str,
    kind: &'static str,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, &'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
    properties: Properties,
}

/// §3.58
#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
}

impl Part {
    /// Of what came of a bundle.
    pub fn of(judged: &Judged, view: &View) -> Self {
        let mut part = Self { results: Vec::new(), rules: Vec::new(), notifications: Vec::new() };
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        // The changes mend all of it, and are told once: applied twice they would do harm.
        let mut fix = fix(judged, view);
        for finding in words::told(judged) {
            let fixes = if finding.fixed { fix.take().into_iter().collect() } else { Vec::new() };
            let number = seen.entry(mark(finding)).or_default();
            *number += 1;
            let fingerprint = format!("{}:{number}", mark(finding));
            part.results.push(written(&result(finding, judged, view, &fingerprint, fixes)));
            part.rules.push(finding.rule);
        }
        let locations = || judged.report.inputs.first().map(|name| place(name, None)).into_iter().collect();
        let otherwise = words::otherwise(judged, view).map(Problem::new);
        for problem in judged.problems.iter().chain(&otherwise) {
            part.notifications.push(Notification { locations: locations(), ..notification(problem) });
        }
        part
    }
}

fn result<'a>(finding: &Finding, judged: &Judged, view: &View, fingerprint: &'a str, fixes: Vec<Fix>) -> Outcome<'a> {
    let over = words::is_over(finding, judged);
    let level = match finding.severity {
        // A result of another kind than `fail` has this level (§3.27.10).
        _ if over => "none",
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    Outcome {
        rule_id: finding.rule.name(),
        kind: if over { "informational" } else { "fail" },
        level,
        message: Message { text: words::lines(finding, judged, view).join("\n") },
        locations: location(finding, judged, over).into_iter().collect(),
        // The first is the one that GitHub reads.
        partial_fingerprints: [("primaryLocationLineHash", fingerprint), ("chainmend/v1", fingerprint)].into(),
        fixes,
        properties: Properties {
            sha256: finding.certificate.as_ref().map(|certificate| certificate.sha256.clone()).unwrap_or_default(),
            fixable: finding.fixed && !over,
        },
    }
}

/// What tells a finding from others in the file, wherever in it the certificate stands and whatever the
/// file is called.
fn mark(finding: &Finding) -> String {
    let certificate = finding.certificate.as_ref().map(|certificate| certificate.sha256.as_str()).unwrap_or_default();
    let about = if certificate.is_empty() { &finding.message } else { certificate };
    let digest = Sha256::digest(format!("{}\n{about}", finding.rule.name()));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn location(finding: &Finding, judged: &Judged, over: bool) -> Option<Location> {
    let certificate = finding.certificate.as_ref();
    let input = certificate.and_then(|certificate| certificate.input.as_deref());
    let input = input.or_else(|| judged.report.inputs.first().map(String::as_str))?;
    // The lines of a file that was rewritten are others now.
    let lines = certificate.and_then(|c| judged.ground.lines(input, c.line)).filter(|_| !over);
    let mut location = place(input, lines);
    let named = certificate.filter(|certificate| !certificate.subject.is_empty());
    location.logical_locations = named
        .map(|c| LogicalLocation { name: escape(&c.short), fully_qualified_name: escape(&c.subject) })
        .into_iter()
        .collect();
    Some(location)
}

fn place(input: &str, lines: Option<(u32, u32)>) -> Location {
    let region = lines.map(|(first, last)| Region {
        start_line: first as usize,
        start_column: None,
        end_line: last as usize,
        end_column: None,
    });
    let physical_location = PhysicalLocation { artifact_location: artifact(input), region };
    Location { physical_location, logical_locations: Vec::new() }
}

fn artifact(input: &str) -> ArtifactLocation {
    if input == "-" {
        let description = Some(Message { text: "standard input".to_owned() });
        return ArtifactLocation { uri: None, uri_base_id: None, description };
    }
    if live::is_server(input) {
        return ArtifactLocation { uri: Some(input.to_owned()), uri_base_id: None, description: None };
    }
    let uri = uri(&path_of(input));
    let uri_base_id = uri.is_relative.then_some(ROOT);
    ArtifactLocation { uri: Some(uri.uri), uri_base_id, description: None }
}

/// What `fix -i` would write, as changes to the file as it is.
fn fix(judged: &Judged, view: &View) -> Option<Fix> {
    let (name, changes) = judged.ground.changed()?;
    let text = words::mend(judged, view)?;
    let replacements = changes.iter().map(replacement).collect();
    let artifact_changes = vec![ArtifactChange { artifact_location: artifact(name), replacements }];
    Some(Fix { description: Message { text }, artifact_changes })
}

fn replacement(change: &Change) -> Replacement {
    Replacement {
        deleted_region: Region {
            start_line: change.from.line,
            start_column: Some(change.from.column),
            end_line: change.to.line,
            end_column: Some(change.to.column),
        },
        inserted_content: Some(Message { text: change.inserted.clone() }).filter(|m| !m.text.is_empty()),
    }
}

fn notification(problem: &Problem) -> Notification {
    Notification { level: "error", message: Message { text: words::problem(problem) }, locations: Vec::new() }
}

/// The log as it grows: results come as they are, what they refer to comes behind them.
#[derive(Default)]
pub struct Sarif {
    any: bool,
    rules: Vec<Rule>,
    notifications: Vec<Notification>,
}

impl Form for Sarif {
    fn begin(&mut self, _teller: &Teller<'_>) -> String {
        let base = Message { text: "the folder that chainmend was run in".to_owned() };
        let bases = BTreeMap::from([(ROOT, BTreeMap::from([("description", base)]))]);
        format!(
            "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"columnKind\":\"unicodeCodePoints\",\"originalUriBaseIds\":{},\"results\":[",
            written(&bases)
        )
    }

    fn add(&mut self, said: Said) -> String {
        let Said::Sarif(part) = said else { return String::new() };
        self.rules.extend(part.rules);
        self.rules.sort_unstable();
        self.rules.dedup();
        self.notifications.extend(part.notifications);
        let results = part.results.join(",");
        if results.is_empty() {
            return results;
        }
        if std::mem::replace(&mut self.any, true) { format!(",{results}") } else { results }
    }

    fn end(&mut self, teller: &Teller<'_>, ending: &Ending, put: &mut dyn FnMut(&str)) -> Result<(), Problem> {
        self.notifications.extend(ending.problem.iter().map(notification));
        let judged_at = teller.settings.at_given.then_some(teller.settings.at);
        put(&format!(
            "],\"tool\":{},\"invocations\":[{}]}}]}}\n",
            rules::tool(&self.rules),
            written(&Invocation {
                execution_successful: ending.code < 2,
                exit_code: ending.code,
                tool_execution_notifications: &self.notifications,
                properties: InvocationProperties { judged_at },
            })
        ));
        Ok(())
    }
}

/// §3.20
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    exit_code: u8,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tool_execution_notifications: &'a [Notification],
    properties: InvocationProperties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InvocationProperties {
    /// The time of `--at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    judged_at: Option<chainmend::cert::Time>,
}
