//! What is said: findings on certificates, and the report that holds them.
//!
//! The types serialise to version 1 of the JSON report; fields are only ever added.

mod names;

use serde::Serialize;

use crate::cert::{Certificate, Time};
use crate::rules::Rule;
pub use names::{name_of, path_of};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Something may go wrong, or is untidy.
    Warning,
    /// Somebody's connection fails.
    Error,
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Which certificate a finding is about, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateRef {
    /// SHA-256 fingerprint, lower-case hexadecimal; empty for a block that could not be read.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// The subject, RFC 4514.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The file it stands in, if it stands in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The line it starts at, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What a person calls it.
    #[serde(skip)]
    pub short: String,
    /// Its subject key identifier, for whoever looks for another certificate of that key.
    #[serde(skip)]
    pub key_id: Option<Vec<u8>>,
    /// From when until when it is valid, to tell it from another of the same name.
    #[serde(skip)]
    pub valid: Option<(Time, Time)>,
}

impl CertificateRef {
    /// A reference to `certificate` as it stands in `place`.
    pub fn new(certificate: &Certificate, place: Option<&Place>) -> Self {
        Self {
            sha256: certificate.fingerprint().to_string(),
            subject: certificate.subject().to_string(),
            input: place.map(|p| p.input.to_string()),
            line: place.map(|p| p.line),
            short: certificate.short_name(),
            key_id: certificate.fields().subject_key_id.clone(),
            valid: certificate.not_before().zip(certificate.not_after()),
        }
    }
}

/// A place in an input.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The input's name, as the user gave it.
    pub input: std::sync::Arc<str>,
    /// The line, from 1; in a binary file the ordinal of the certificate.
    pub line: u32,
}

/// Where a certificate was sought, and what came of it: `http://…/tls1.crt`, `404`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sought {
    /// A URL, or the sources by name.
    pub place: String,
    /// What was there.
    pub outcome: String,
}

/// What would help, for a program that makes a command of it; [`Finding::help`] says the same in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// To get the issuer from the CA, and to add it to the intermediates.
    Issuer {
        /// What to call it.
        name: String,
        /// Its key identifier, as the certificate that it issued tells it.
        key_id: Option<Vec<u8>>,
    },
    /// To trust the issuer, if it is a root.
    Root {
        /// What to call it.
        name: String,
    },
    /// To trust one of [`Settings::known_elsewhere`](crate::Settings::known_elsewhere), if clients do.
    Store {
        /// Who trusts it.
        who: String,
        /// The option that would.
        option: String,
    },
    /// To judge it as the chain of a TLS client.
    ForClient,
    /// To judge it as the chain of a TLS server.
    ForServer,
    /// To name the certificate that a CA made of this request.
    CertificateOfRequest,
    /// To get the certificate anew, or from the server: the file is empty.
    Refill,
}

/// One thing to say about one certificate, or about the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// True where the chain that was made no longer has the fault.
    pub fixed: bool,
    /// Lower case, no full stop; says what is so, without the certificate's name.
    pub message: String,
    /// What to type or do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The same as data, where it can be told so.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
    /// The certificate at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateRef>,
    /// True where the caller was told to let it pass.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignored: bool,
    /// True for damage to a block that is kept as it is, so that no chain mends it.
    #[serde(skip)]
    pub by_hand: bool,
    /// What was done about it: `reordered`, `fetched http://…, signature verified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Where a remedy was sought.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sought: Vec<Sought>,
}

impl Finding {
    /// A finding of the rule's own severity.
    pub fn new(rule: Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.info().severity,
            fixed: false,
            message: message.into(),
            help: None,
            remedy: None,
            certificate: None,
            ignored: false,
            by_hand: false,
            action: None,
            sought: Vec::new(),
        }
    }

    /// On this certificate, which stands in `place`.
    #[must_use]
    pub fn on(mut self, certificate: &Certificate, place: Option<&Place>) -> Self {
        self.certificate = Some(CertificateRef::new(certificate, place));
        self
    }

    /// At this place, where no certificate could be read.
    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        self.certificate = Some(CertificateRef {
            sha256: String::new(),
            subject: String::new(),
            input: Some(place.input.to_string()),
            line: Some(place.line),
            short: String::new(),
            key_id: None,
            valid: None,
        });
        self
    }

    /// With what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With what to do next as data.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// Mended, by doing this.
    #[must_use]
    pub fn fixed(mut self, action: impl Into<String>) -> Self {
        self.fixed = true;
        self.action = Some(action.into());
        self
    }

    /// With another severity than the rule's own.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// What became of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Right as it is.
    Ok,
    /// `fix` would mend it.
    Repairable,
    /// Mended.
    Repaired,
    /// It cannot be mended.
    Broken,
    /// Offline, and only the network could tell.
    Incomplete,
    /// No certificate can be taken from the input.
    Unreadable,
    /// Nothing to judge: a key, a trust store, a chain without its leaf.
    Skipped,
}

impl std::fmt::Display for Verdict {
    /// As in the JSON report: `repairable`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}

/// Where a certificate of the chain came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The bundle itself.
    Input,
    /// `--intermediates`.
    Intermediates,
    /// Certificates of `--roots` that are no anchors; `intermediates` in the JSON report.
    #[serde(rename = "intermediates")]
    Roots,
    /// The cache of earlier fetches.
    Cache,
    /// A caIssuers URL.
    Aia,
    /// A live server.
    Server,
}

/// A certificate of the chain, as reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainEntry {
    /// RFC 4514.
    pub subject: String,
    /// RFC 4514.
    pub issuer: String,
    /// Lower-case hexadecimal digits.
    pub serial: String,
    /// Fingerprint.
    pub sha256: String,
    /// RFC 3339.
    pub not_before: Option<Time>,
    /// RFC 3339.
    pub not_after: Option<Time>,
    /// Where it came from.
    pub source: Source,
    /// The URL it was fetched from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The file it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The line it starts at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What a person calls it.
    #[serde(skip)]
    pub short: String,
    /// True above the anchor: sent on purpose for old clients.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tail: bool,
    /// On a path that failed: what is wrong here, `expired`.
    #[serde(skip)]
    pub fault: Option<String>,
}

/// The trust anchor that a chain ends in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnchorEntry {
    /// RFC 4514.
    pub subject: String,
    /// Fingerprint.
    pub sha256: String,
    /// `mozilla`, `system`, or the path that was given.
    pub store: String,
    /// What a person calls it.
    #[serde(skip)]
    pub short: String,
    /// On a path that failed: what is wrong here, `expired`.
    #[serde(skip)]
    pub fault: Option<String>,
}

/// What became of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FetchOutcome {
    /// Certificates came.
    Ok,
    /// Certificates came from the cache.
    Cached,
    /// Not asked, by our own rules.
    Refused,
    /// Asked in vain.
    Failed,
}

/// One URL, asked or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FetchRecord {
    /// As it stands in the certificate.
    pub url: String,
    /// What came of it.
    pub outcome: FetchOutcome,
    /// `404`, `timed out after 10 s`, `10.0.0.7 is a private address`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where it was refused: the option that would allow it, `--allow-aia 10.0.0.7`.
    #[serde(skip)]
    pub option: Option<String>,
    /// Length of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
    /// How long it took; `None` where another bundle of the run had asked already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
}

/// Something that could not be read, written or understood, rather than a certificate at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Lower case, no full stop; names the file.
    pub message: String,
    /// What to type instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// What a live server sends, held against a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Against {
    /// The file, as it was named.
    pub input: String,
    /// Whether the server sends the certificates of the file, in its order, and no others.
    pub same: bool,
}

/// What is said about one bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BundleReport {
    /// The inputs' names.
    pub inputs: Vec<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// Everything there is to say, the gravest first.
    pub findings: Vec<Finding>,
    /// The chain that was made or found right; empty if there is none.
    pub chain: Vec<ChainEntry>,
    /// Where it ends.
    pub anchor: Option<AnchorEntry>,
    /// URLs asked.
    pub fetches: Vec<FetchRecord>,
    /// Files written.
    pub outputs: Vec<String>,
    /// What could not be read or written.
    pub problems: Vec<Problem>,
    /// Whether a live server sends what a file holds, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    /// Where there is no chain: the ways up from the leaf that were tried, the nearest miss first; that
    /// one is explained by the findings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// How many more ways were tried than `attempts` tells of; 64 are looked at, at most.
    #[serde(skip_serializing_if = "is_zero")]
    pub attempts_left_out: usize,
}

impl BundleReport {
    /// A report that says no more than what became of these inputs.
    pub fn new(inputs: Vec<String>, verdict: Verdict) -> Self {
        Self {
            inputs,
            verdict,
            findings: Vec::new(),
            chain: Vec::new(),
            anchor: None,
            fetches: Vec::new(),
            outputs: Vec::new(),
            problems: Vec::new(),
            against: None,
            attempts: Vec::new(),
            attempts_left_out: 0,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A way up from the leaf that is no valid path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The certificates, leaf first, the anchor left out.
    pub chain: Vec<ChainEntry>,
    /// The trust anchor that it ends in, if it reaches one.
    pub anchor: Option<AnchorEntry>,
    /// What is wrong with it, each on its certificate, without help.
    pub findings: Vec<Finding>,
    /// True where it has every fault of an attempt before it: mending that one is the shorter way.
    #[serde(skip)]
    pub repeats: bool,
}

/// The version of the JSON report; it rises only if a field changes its meaning or goes.
pub const VERSION: u32 = 1;

/// The whole report, as `--report json` writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// The time for which was judged.
    pub at: Time,
    /// One for each bundle, in input order.
    pub bundles: Vec<BundleReport>,
    /// What kept every bundle from being looked at: a trust store that cannot be read.
    pub problems: Vec<Problem>,
}

impl Report {
    /// A report of this version.
    pub fn new(at: Time, bundles: Vec<BundleReport>) -> Self {
        Self { version: VERSION, at, bundles, problems: Vec::new() }
    }
}
