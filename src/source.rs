//! Where missing issuers come from: what the user gave ([`LocalSource`]), what earlier runs fetched
//! ([`CacheSource`]), and the caIssuers URLs of the certificates themselves ([`AiaSource`]).
//!
//! A source hands over whatever may be the issuer. It never judges validity, and it never prints.
//!
//! What the program has, in this order, for certificates with public CAs:
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use chainmend::Repair;
//! use chainmend::roots::{RootStore, Roots};
//! use chainmend::source::{AiaSource, Cache, CacheSource, Guard, HttpFetch, Proxies};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # let fullchain = Vec::new();
//! let cache = Arc::new(Cache::new("/var/cache/acme/issuers"));
//! let http = HttpFetch::new(Guard::default()).proxies(Proxies::from_env());
//! let outcome = Repair::new(&fullchain)
//!     .roots(Roots::load(&[RootStore::Mozilla], false)?)
//!     .source(CacheSource::new(Arc::clone(&cache)))
//!     .source(AiaSource::new(Arc::new(http)).cache(cache))
//!     .run();
//! # drop(outcome);
//! # Ok(())
//! # }
//! ```
//!
//! Sources are shared by many repairs in an `Arc`: `Arc<AiaSource>` is a source, too. Without any,
//! nothing is asked.

pub mod address;
pub mod aia;
pub mod cache;
pub mod ccadb;
pub mod files;
pub mod http;
pub mod pool;

pub use address::{Allow, Guard};
pub use aia::AiaSource;
pub use cache::{Cache, CacheSource};
pub use http::{HttpFetch, Lookup, Proxies};
pub use pool::LocalSource;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use url::Url;

use crate::cert::{Certificate, count};
use crate::path::Gap;
use crate::report::{FetchRecord, Source};

/// A certificate that a source had.
#[derive(Clone, Debug)]
pub struct Found {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Which source.
    pub source: Source,
    /// The URL it came from.
    pub url: Option<String>,
}

/// What a source says to a gap.
#[derive(Clone, Debug, Default)]
pub struct Issuers {
    /// Candidates, unverified: whether one fits is for the search to say.
    pub certificates: Vec<Found>,
    /// What was asked to get them.
    pub fetches: Vec<FetchRecord>,
    /// True where asking again for the same gap may bring others (the next URL).
    pub more: bool,
}

/// What a bundle may still spend on fetching, and what it has asked.
#[derive(Debug)]
pub struct Budget {
    /// When all fetching for this bundle ends.
    pub until: Instant,
    /// How many more requests this bundle may cause.
    pub fetches: usize,
    /// The URLs that were asked or refused for this bundle.
    pub asked: HashSet<String>,
    /// Refusals that were recorded for this bundle.
    pub refused: usize,
    /// The URLs that were looked up in the cache for this bundle.
    pub looked_up: HashSet<String>,
}

/// All fetching for a bundle, unless the user says otherwise. A person waits this long; nothing
/// that can be had takes longer.
pub const BUNDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Requests that one bundle may cause, retries included, redirects not. Real chains need one or
/// two; this is room for two URLs at each of eight certificates, and some retries.
pub const MAX_FETCHES: usize = 20;

impl Budget {
    /// A fresh budget: [`MAX_FETCHES`] requests, all of them ended at `until`.
    pub fn new(until: Instant) -> Self {
        Self { until, fetches: MAX_FETCHES, asked: HashSet::new(), refused: 0, looked_up: HashSet::new() }
    }
}

/// A source of issuer certificates.
pub trait IssuerSource: Send + Sync {
    /// Candidates for the issuer of `gap.child`. None here: empty, which is no error. Called again
    /// for the same gap while [`Issuers::more`] was true and the gap is still open.
    fn issuers_of(&self, gap: &Gap, budget: &mut Budget) -> Issuers;

    /// Whether these are certificates that the user gave, which are asked before those of the roots;
    /// others are asked after them.
    fn is_given(&self) -> bool {
        false
    }
}

impl<T: IssuerSource + ?Sized> IssuerSource for Arc<T> {
    fn issuers_of(&self, gap: &Gap, budget: &mut Budget) -> Issuers {
        (**self).issuers_of(gap, budget)
    }

    fn is_given(&self) -> bool {
        (**self).is_given()
    }
}

/// Bounds for one fetch.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes of the body, counted after decompression.
    pub bytes: usize,
    /// When the fetch must have ended, redirects and all.
    pub until: Instant,
}

/// Why a URL gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Not asked, by our own rules: which address or scheme, and which option would allow it.
    #[error("{why}")]
    Refused {
        /// What was refused: `10.0.0.7 is a private address`.
        why: String,
        /// The option that would allow it: `--allow-aia 10.0.0.7`.
        option: Option<String>,
    },
    /// An HTTP status that is no success.
    #[error("{status}")]
    Status {
        /// The code.
        status: u16,
        /// Retry-After in seconds, if it was sent.
        retry_after: Option<u64>,
    },
    /// The time was up.
    #[error("timed out")]
    TimedOut,
    /// The body went past the limit.
    #[error("larger than {}", size(*.0))]
    TooLarge(usize),
    /// More redirects than are followed.
    #[error("more than {0} redirects")]
    TooManyRedirects(usize),
    /// The name did not resolve.
    #[error("{0}")]
    Dns(String),
    /// The connection could not be made, or broke.
    #[error("{0}")]
    Connection(String),
    /// The connection was made and broke before the answer was whole; a second try may succeed.
    #[error("{0}")]
    Interrupted(String),
    /// TLS failed.
    #[error("{0}")]
    Tls(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// `1 MiB`, `999 bytes`.
fn size(bytes: usize) -> String {
    match bytes {
        _ if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => count(bytes, "byte"),
    }
}

impl FetchError {
    /// Whether asking once more may help: the server is busy or stumbled (429, 5xx), or the
    /// connection broke.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            Self::Interrupted(_) => true,
            _ => false,
        }
    }
}

/// What a URL gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The body.
    pub body: Vec<u8>,
    /// For how long it stays as it is, if the server says so (RFC 9111 §4.2.1).
    pub fresh_for: Option<Duration>,
}

/// The transport: how bytes are had from a URL.
///
/// [`AiaSource`] asks it for the caIssuers URLs of certificates whose issuer is missing; what it
/// answers may be a certificate in DER or PEM, or PKCS#7. [`HttpFetch`] is the one of the program;
/// one of your own may go through another client, a mirror, or a map:
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Arc;
///
/// use chainmend::Repair;
/// use chainmend::cert::{Certificate, Time};
/// use chainmend::report::{FetchOutcome, Verdict};
/// use chainmend::roots::Roots;
/// use chainmend::source::{AiaSource, Fetch, FetchError, Limits, Url};
///
/// /// A simulated internet.
/// struct Pages(HashMap<&'static str, Vec<u8>>);
///
/// impl Fetch for Pages {
///     fn get(&self, url: &Url, limits: Limits) -> Result<Vec<u8>, FetchError> {
///         match self.0.get(url.as_str()) {
///             Some(page) if page.len() > limits.bytes => Err(FetchError::TooLarge(limits.bytes)),
///             Some(page) => Ok(page.clone()),
///             None => Err(FetchError::Status { status: 404, retry_after: None }),
///         }
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
/// # let params = |name: &str, ca: bool| {
/// #     let mut params = CertificateParams::new(if ca { vec![] } else { vec![name.to_owned()] }).unwrap();
/// #     params.distinguished_name.push(DnType::CommonName, name);
/// #     if ca {
/// #         params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
/// #         params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
/// #     }
/// #     params
/// # };
/// # // root ── intermediate ── leaf, whose authorityInfoAccess names http://ca.example/ca.crt
/// # let root_key = KeyPair::generate()?;
/// # let root = params("Example Root", true).self_signed(&root_key)?;
/// # let root_issuer = Issuer::new(params("Example Root", true), root_key);
/// # let intermediate_key = KeyPair::generate()?;
/// # let intermediate = params("Example CA", true).signed_by(&intermediate_key, &root_issuer)?;
/// # let intermediate_issuer = Issuer::new(params("Example CA", true), intermediate_key);
/// # let url = b"http://ca.example/ca.crt";
/// # let location = [&[0x30, 36, 0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2, 0x86, 24][..], &url[..]].concat();
/// # let access = [&[0x30, 38][..], &location].concat();
/// # let mut leaf = params("shop.example.com", false);
/// # leaf.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access)];
/// # let leaf = leaf.signed_by(&KeyPair::generate()?, &intermediate_issuer)?;
/// # let (root, intermediate, site_pem) = (root.der().to_vec(), intermediate.der().to_vec(), leaf.pem());
/// // The file holds a leaf alone, which names http://ca.example/ca.crt as the place of its issuer.
/// let pages = Pages(HashMap::from([("http://ca.example/ca.crt", intermediate)]));
///
/// let outcome = Repair::new(site_pem.as_bytes())
///     .at(Time::from_unix(1_795_219_200)) // 2026-11-21
///     .roots(Roots::from_certificates("example", [Certificate::from_der(&root)?]))
///     .source(AiaSource::new(Arc::new(pages)))
///     .run();
///
/// assert_eq!(outcome.verdict, Verdict::Repairable);
/// assert_eq!(outcome.chain.map(|chain| chain.links().len()), Some(2));
/// let asked: Vec<_> = outcome.fetches.iter().map(|fetch| (fetch.url.as_str(), fetch.outcome)).collect();
/// assert_eq!(asked, [("http://ca.example/ca.crt", FetchOutcome::Ok)]);
/// # Ok(())
/// # }
/// ```
pub trait Fetch: Send + Sync {
    /// The body of `url`, within `limits`.
    ///
    /// # Errors
    /// [`FetchError`], which never stops a run: the issuer is then unavailable there.
    fn get(&self, url: &Url, limits: Limits) -> Result<Vec<u8>, FetchError>;

    /// The same, and for how long it stays so; by default nobody knows.
    ///
    /// # Errors
    /// As [`Fetch::get`].
    fn fetch(&self, url: &Url, limits: Limits) -> Result<Fetched, FetchError> {
        self.get(url, limits).map(|body| Fetched { body, fresh_for: None })
    }

    /// Called with every other wait for a server: for an answer that another thread has asked for, and
    /// for the moment to ask once more. Does `wait`; one who bounds how many threads compute at a time
    /// can let another go on meanwhile.
    fn while_waiting(&self, wait: &mut dyn FnMut()) {
        wait();
    }
}
