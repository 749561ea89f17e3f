//! NIST's Public Key Interoperability Test Suite: a chain for every end entity whose path is valid,
//! none for the others, and the rule that says why.
//!
//! The certificates are not the project's own. `CHAINMEND_PKITS` names a folder that holds them
//! (`certs/*.crt` of the suite's 2011 edition); `tests/run` fetches them with the PyPI package
//! cryptography-vectors. Without them every test here counts as ignored.
//!
//! Expected are the suite's results under its default settings (any policy, nothing inhibited). What
//! differs is listed: revocation by CRL is not judged here, and DSA is no algorithm of TLS any more.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot be set up has to stop; the suite is files"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use chainmend::cert::{Certificate, Time};
use chainmend::report::{Severity, Verdict};
use chainmend::roots::Roots;
use chainmend::rules::Rule;
use chainmend::source::LocalSource;
use chainmend::verify::Purpose;
use chainmend::{Repair, Settings};
use libtest_mimic::{Arguments, Failed, Trial};

/// 2020-01-01: the suite's certificates are valid from 2010 to 2030.
const AT: i64 = 1_577_836_800;

/// End entities of the suite. Fewer, and it is not the whole of it.
const END_ENTITIES: usize = 223;

/// §4.8: paths that the suite refuses under default settings though their names do not say so; the
/// certificates of these CAs require an explicit policy.
const REFUSED_POLICIES: &[&str] = &["Test4EE", "Test5EE", "Test7EE", "Test8EE", "Test9EE", "Test12EE"];

/// Invalid for what a CRL says or does not say: §4.4, §4.5.2, §4.5.5, §4.5.7, §4.7.4, §4.7.5, §4.14, §4.15.
const BY_CRL: &[&str] = &[
    "CRL",
    "Revoked",
    "SerialNumberTest",
    "istributionPoint",
    "onlyContains",
    "onlySomeReasons",
    "InvalidBasicSelfIssuedNewWithOldTest5",
    "InvalidBasicSelfIssuedOldWithNewTest2",
    "IDPwithindirect",
    "cRLIssuer",
    "cRLSignFalse",
];

/// Signed with DSA, which neither judge knows: TLS 1.3 dropped it, and so did every client.
const BY_DSA: &str = "DSA";

/// The rules by which paths are refused, by what their end entities are called.
const REASONS: &[(&str, &[Rule])] = &[
    ("nameConstraints", &[Rule::NameConstraintViolated]),
    ("athLenConstraint", &[Rule::PathLengthExceeded]),
    ("Policies", &[Rule::PolicyRejected]),
    ("Policy", &[Rule::PolicyRejected]),
    ("CertSignFalse", &[Rule::MissingCertSign]),
    ("basicConstraints", &[Rule::NotACa]),
    ("cAFalse", &[Rule::NotACa]),
    ("CRLSigningKeyTest8", &[Rule::NotACa]),
    ("CAnotAfterDate", &[Rule::ExpiredIntermediate]),
    ("EEnotAfterDate", &[Rule::ExpiredLeaf]),
    ("notBeforeDate", &[Rule::NotYetValid]),
    ("EESignature", &[Rule::BadSignature]),
    // The only candidate is not the issuer: its name is another, or it is no certificate at all (the
    // signature's BIT STRING of BadSignedCACert does not end at an octet).
    ("CASignature", &[Rule::MissingIntermediate]),
    ("NameChaining", &[Rule::MissingIntermediate]),
    ("UnknownCritical", &[Rule::UnknownCriticalExtension]),
];

/// What must come of an end entity.
#[derive(Debug)]
enum Expected {
    Accepted,
    Refused(&'static [Rule]),
    /// Refused, for lack of an algorithm.
    Unsupported,
}

fn expected(name: &str) -> Expected {
    let has = |part: &&str| name.contains(*part);
    let named_valid = !name.starts_with("Invalid");
    if name.contains(BY_DSA) {
        return Expected::Unsupported;
    }
    let reason = REASONS.iter().find(|(part, _)| has(part)).map(|(_, rules)| *rules);
    let crl = BY_CRL.iter().any(has) && !name.contains("CRLSigningKeyTest8");
    let policies = name.starts_with("DifferentPolicies") && REFUSED_POLICIES.iter().any(|end| name.ends_with(end));
    if policies {
        return Expected::Refused(&[Rule::PolicyRejected]);
    }
    if named_valid || crl {
        return Expected::Accepted;
    }
    Expected::Refused(reason.unwrap_or_else(|| panic!("{name}: it is not said why this path is refused")))
}

/// The suite: what is trusted, and what lies at hand.
struct Suite {
    roots: Arc<Roots>,
    pool: Vec<Arc<Certificate>>,
}

fn read(path: &Path) -> Option<Certificate> {
    Certificate::from_der(&std::fs::read(path).unwrap()).ok()
}

/// The suite, and its end entities.
fn load(folder: &Path) -> (Suite, Vec<PathBuf>) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let is_end_entity = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().ends_with("EE.crt");
    let (ends, cas): (Vec<_>, Vec<_>) = files.into_iter().partition(is_end_entity);
    let (anchors, cas): (Vec<_>, Vec<_>) =
        cas.into_iter().partition(|path| path.ends_with("TrustAnchorRootCertificate.crt"));
    let roots = Arc::new(Roots::from_certificates("pkits", anchors.iter().filter_map(|path| read(path))));
    let pool = cas.iter().filter_map(|path| read(path)).map(Arc::new).collect();
    (Suite { roots, pool }, ends)
}

impl Suite {
    fn run(&self, name: &str, path: &Path) -> Result<(), Failed> {
        let bytes = std::fs::read(path)?;
        // Some end entities are CA certificates: each is the leaf because it says so here.
        let leaf = Certificate::from_der(&bytes).ok().map(|leaf| leaf.fingerprint().to_string().parse().unwrap());
        let outcome = Repair::new(&bytes)
            .at(Time::from_unix(AT))
            .roots(Arc::clone(&self.roots))
            .source(LocalSource::new(self.pool.clone()))
            .settings(Settings { leaf, purpose: Purpose::Any, offline: true, ..Settings::default() })
            .run();
        let errors = outcome.findings.iter().filter(|f| f.severity == Severity::Error && !f.fixed);
        let rules: Vec<Rule> = errors.map(|finding| finding.rule).collect();
        let expected = expected(name);
        let right = match &expected {
            Expected::Accepted => {
                outcome.chain.is_some() && matches!(outcome.verdict, Verdict::Ok | Verdict::Repairable)
            }
            Expected::Refused(reasons) => outcome.chain.is_none() && reasons.iter().any(|rule| rules.contains(rule)),
            // Test 6's signature is no signature at all.
            Expected::Unsupported => {
                outcome.chain.is_none()
                    && (rules.contains(&Rule::UnsupportedAlgorithm) || rules.contains(&Rule::UnreadableBlock))
            }
        };
        match right {
            true => Ok(()),
            false => Err(format!("{expected:?} was expected: {:?}, {rules:?}", outcome.verdict).into()),
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let Some(folder) = std::env::var_os("CHAINMEND_PKITS").map(PathBuf::from) else {
        let ignored = Trial::test("the_suite", || Ok(())).with_ignored_flag(true);
        return libtest_mimic::run(&arguments, vec![ignored]).exit_code();
    };
    let (suite, ends) = load(&folder);
    let suite = Arc::new(suite);
    let found = ends.len();
    let mut trials: Vec<Trial> = ends
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let suite = Arc::clone(&suite);
            Trial::test(name.clone(), move || suite.run(&name, &path))
        })
        .collect();
    trials.push(Trial::test("the_suite_is_whole", move || {
        assert_eq!(found, END_ENTITIES);
        Ok(())
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}
