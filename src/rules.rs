//! The rules: every thing that chainmend can say about a chain, each one page.
//!
//! A rule is a module of its own under `rules/`, whose `INFO` says what it is called and who
//! breaks, and a Markdown page of the same name. The page is the one text for rustdoc,
//! `chainmend explain` and the documentation.

use std::fmt;
use std::str::FromStr;

use crate::report::Severity;

/// Where in the table of rules a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Reading the file.
    Reading,
    /// Which certificate is the leaf, and whether it fits.
    Leaf,
    /// Which certificates stand in the file, and in what order.
    Shape,
    /// Dates.
    Time,
    /// The path to a trust anchor.
    Path,
    /// Keys and signatures.
    Strength,
    /// Fetching issuers.
    Fetching,
    /// Which of several valid paths.
    Choice,
    /// What its CA has revoked.
    Revocation,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reading => "reading",
            Self::Leaf => "leaf",
            Self::Shape => "shape",
            Self::Time => "time",
            Self::Path => "path",
            Self::Strength => "strength",
            Self::Fetching => "fetching",
            Self::Choice => "choice",
            Self::Revocation => "revocation",
        })
    }
}

/// What is fixed about a rule.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// The name that users grep for, kebab-case.
    pub name: &'static str,
    /// Its place in the table.
    pub group: Group,
    /// How bad it is, unless the finding says otherwise.
    pub severity: Severity,
    /// One line: what the rule is about.
    pub title: &'static str,
    /// One line for the report: which programs fail, with the words they use.
    pub breaks: Option<&'static str>,
    /// One line for the report: where the fault does not show.
    pub hidden: Option<&'static str>,
    /// The standards or programs that it rests on: `RFC 5280 §6.1.3 (a)(2)`.
    pub cites: &'static [&'static str],
    /// The page, Markdown.
    pub page: &'static str,
}

macro_rules! rules {
    ($($module:ident $variant:ident,)*) => {
        $(mod $module;)*

        /// A rule, by its name in the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = include_str!(concat!("rules/", stringify!($module), ".md"))] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of the table.
            pub const ALL: &'static [Rule] = &[$(Rule::$variant,)*];

            /// Name, severity, page.
            pub fn info(self) -> &'static Info {
                match self {
                    $(Rule::$variant => &$module::INFO,)*
                }
            }
        }
    };
}

rules! {
    damaged_pem DamagedPem,
    unreadable_block UnreadableBlock,
    private_key_present PrivateKeyPresent,
    no_certificate NoCertificate,
    trust_store TrustStore,
    split_files SplitFiles,
    server_differs ServerDiffers,
    malformed_certificate MalformedCertificate,
    ambiguous_leaf AmbiguousLeaf,
    no_leaf NoLeaf,
    self_signed_leaf SelfSignedLeaf,
    key_mismatch KeyMismatch,
    host_mismatch HostMismatch,
    no_san NoSan,
    precertificate Precertificate,
    leaf_not_first LeafNotFirst,
    misordered Misordered,
    duplicate Duplicate,
    root_included RootIncluded,
    unrelated Unrelated,
    superseded Superseded,
    missing_intermediate MissingIntermediate,
    expired_leaf ExpiredLeaf,
    expired_intermediate ExpiredIntermediate,
    expired_root ExpiredRoot,
    not_yet_valid NotYetValid,
    expires_soon ExpiresSoon,
    intermediate_expires_first IntermediateExpiresFirst,
    untrusted_root UntrustedRoot,
    root_not_self_signed RootNotSelfSigned,
    distrusted_root DistrustedRoot,
    bad_signature BadSignature,
    not_a_ca NotACa,
    missing_cert_sign MissingCertSign,
    key_id_mismatch KeyIdMismatch,
    path_length_exceeded PathLengthExceeded,
    name_constraint_violated NameConstraintViolated,
    policy_rejected PolicyRejected,
    unknown_critical_extension UnknownCriticalExtension,
    wrong_purpose WrongPurpose,
    wrong_key_usage WrongKeyUsage,
    chain_too_long ChainTooLong,
    name_encoding_differs NameEncodingDiffers,
    mistakable_issuer MistakableIssuer,
    beyond_webpki BeyondWebpki,
    not_strict NotStrict,
    search_budget SearchBudget,
    verify_depth VerifyDepth,
    weak_key WeakKey,
    weak_signature WeakSignature,
    unsupported_algorithm UnsupportedAlgorithm,
    issuer_unavailable IssuerUnavailable,
    fetch_refused FetchRefused,
    wrong_issuer_served WrongIssuerServed,
    no_issuer_url NoIssuerUrl,
    alternative_path AlternativePath,
    cross_sign_kept CrossSignKept,
    stale_cross_sign StaleCrossSign,
    revoked Revoked,
}

impl Rule {
    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no rule of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no rule is called `{0}`")]
pub struct UnknownRule(pub String);

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name).ok_or_else(|| UnknownRule(name.to_owned()))
    }
}

impl serde::Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests;
