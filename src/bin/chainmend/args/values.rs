//! The values that options take, and how they are read.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use chainmend::cert::FingerprintPrefix;
use chainmend::choose::PreferredRoot;
use chainmend::roots::RootStore;
use chainmend::rules::Rule;
use clap::ValueEnum;

use super::near;

/// Shells whose completions can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, clippy::enum_variant_names, reason = "that is the shell's name")]
pub enum Shell {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What the leaf is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PurposeArg {
    /// A TLS server
    #[default]
    Server,
    /// A TLS client
    Client,
    /// Either
    Any,
}

/// Which of several valid paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Choose {
    /// Keep what the bundle does right
    #[default]
    Auto,
    /// The fewest certificates
    Shortest,
}

/// The form of `-o`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// PEM
    #[default]
    Pem,
    /// PKCS#7, binary, certificates only
    P7b,
}

/// The form of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportForm {
    /// For people
    #[default]
    Text,
    /// For programs, version 1
    Json,
    /// The same, a line for each bundle as soon as it is done
    Ndjson,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// Annotations in a workflow of GitHub
    Github,
    /// Metrics for node_exporter's textfile collector
    Prometheus,
}

impl ReportForm {
    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Prometheus => "prometheus",
        }
    }
}

/// The form of a list of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListForm {
    /// For people
    #[default]
    Text,
    /// For programs, version 1
    Json,
}

/// A rule that may pass: everywhere, or on one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The rule.
    pub rule: Rule,
    /// The certificate, if only one is meant.
    pub certificate: Option<FingerprintPrefix>,
}

/// What `--timeout` takes: at least a second, at most a day, which no hook outlives.
pub const TIMEOUT_SECONDS: RangeInclusive<u64> = 1..=86_400;

/// How many at a time: one at least.
pub fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "a number is wanted, 1 at least".to_owned())
}

/// `mozilla`, `system`, or else a path.
pub fn root_store(path: PathBuf) -> RootStore {
    match path.to_str() {
        Some("mozilla") => RootStore::Mozilla,
        Some("system") => RootStore::System,
        _ => RootStore::Path(path),
    }
}

/// A fingerprint, or else a common name.
pub(super) fn preferred_root(text: &str) -> Result<PreferredRoot, String> {
    match text.parse() {
        Ok(fingerprint) => Ok(PreferredRoot::Sha256(fingerprint)),
        Err(_) if text.trim().is_empty() => Err("a common name or a fingerprint is wanted".to_owned()),
        Err(_) => Ok(PreferredRoot::Name(text.trim().to_owned())),
    }
}

/// `RULE` or `RULE=SHA256`.
pub(super) fn ignore(text: &str) -> Result<Ignore, String> {
    let (name, certificate) = match text.split_once('=') {
        Some((name, digits)) => (name, Some(digits.parse::<FingerprintPrefix>().map_err(|e| e.to_string())?)),
        None => (text, None),
    };
    Ok(Ignore { rule: rule(name)?, certificate })
}

/// The rule of this name.
///
/// # Errors
/// There is none; the message offers near names.
pub fn rule(name: &str) -> Result<Rule, String> {
    name.parse::<Rule>().map_err(|unknown| match near::rules(name).as_slice() {
        [] => format!("{unknown}; `chainmend explain` lists them"),
        names => format!("{unknown}; near it: {}", names.join(", ")),
    })
}
