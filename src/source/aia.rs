//! The caIssuers URLs of a certificate (RFC 5280 §4.2.2.1): what the network has to say.
//!
//! ```text
//! gap ─ URLs of its child, in order ─ asked in this run? ─ yes ─ the same answer once more
//!                                          └ no ─ one request (and one retry) ─ certificates
//! ```

#![expect(clippy::disallowed_methods, reason = "fetching ends by the clock")]

mod answer;
mod flight;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use url::Url;

use crate::cert::Certificate;
use crate::path::Gap;
use crate::report::{FetchOutcome, Source};

use super::cache::Cache;
use super::{Budget, Fetch, FetchError, Fetched, Found, IssuerSource, Issuers, Limits};
use answer::Answer;
use flight::{Flight, Flights, Pilot, Seat};

/// One request, redirects and all: `kTimeoutMilliseconds` of Chromium's `cert_issuer_source_aia.cc`.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// URLs that are asked for one certificate: `kMaxFetchesPerCert` of Chromium's
/// `cert_issuer_source_aia.cc`. Real certificates have one or two.
pub const MAX_URLS: usize = 5;

/// The longest URL that is asked: what RFC 9110 §4.1 recommends servers to take, and some.
pub const MAX_URL_BYTES: usize = 8192;

/// URLs of one certificate that are not asked and still recorded, each with its reason; a
/// certificate may hold thousands.
pub const MAX_REFUSALS: usize = 16;

/// The same for a bundle: an answer may hold hundreds of certificates with URLs of their own.
pub const MAX_BUNDLE_REFUSALS: usize = 64;

/// The largest answer: room for a PKCS#7 bundle of many certificates, such as a bridge CA's.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// The largest certificate in an answer: `kMaxResponseBytes` of Chromium's
/// `cert_issuer_source_aia.cc`.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// Certificates that are taken from one answer; the largest bridge's PKCS#7 holds some forty.
pub const MAX_CERTIFICATES: usize = 256;

/// Bytes of certificates that are held for the other bundles of a run, each URL being asked once:
/// room for ten thousand real ones. With a cache on disk the rest is found there.
pub const MAX_HELD_BYTES: usize = 16 * 1024 * 1024;

/// The pause before the one retry, where the server names none.
pub const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// The longest Retry-After that is waited for: what one request may take.
pub const MAX_RETRY_AFTER: Duration = REQUEST_TIMEOUT;

/// Fetches issuers from caIssuers URLs. Each URL is asked at most once a run, over all bundles and
/// threads: share one source among them.
pub struct AiaSource {
    fetch: Arc<dyn Fetch>,
    cache: Option<Arc<Cache>>,
    flights: Flights,
    requests: AtomicUsize,
    /// Bytes of the certificates in `flights`.
    held: AtomicUsize,
}

impl AiaSource {
    /// A source that fetches by `fetch` and remembers nothing beyond the run.
    pub fn new(fetch: Arc<dyn Fetch>) -> Self {
        Self {
            fetch,
            cache: None,
            flights: Flights::default(),
            requests: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
        }
    }

    /// Answers are kept here, for [`super::CacheSource`] in this run and later ones.
    #[must_use]
    pub fn cache(mut self, cache: Arc<Cache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Requests made so far, retries included.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// The answer for a URL, from this run's memory or the network.
    fn answer_for(&self, url: &Url, budget: &mut Budget) -> Answer {
        let key = key_of(url);
        loop {
            match self.flights.take_seat(&key, budget.fetches > 0 && Instant::now() < budget.until) {
                Seat::Pilot(pilot) => {
                    let (answer, whole) = self.ask(url, budget);
                    return if whole { self.land(pilot, answer) } else { answer };
                }
                Seat::Passenger(flight) => match self.wait_for(&flight, budget.until) {
                    Some(Some(answer)) => return answer.shared(),
                    // The one who asked ran out of its own time: now it is our turn.
                    Some(None) => {}
                    None => return Answer::failed("timed out while another bundle asked"),
                },
                Seat::None if budget.fetches == 0 => {
                    return Answer::refused("not asked: this bundle has used up its requests", None);
                }
                Seat::None => return Answer::refused("not asked: the time for fetching was up", None),
            }
        }
    }

    /// What [`Flight::wait`] gives; most flights have landed long ago.
    fn wait_for(&self, flight: &Flight, until: Instant) -> Option<Option<Answer>> {
        let mut outcome = flight.landed().map(Some);
        if outcome.is_none() {
            self.fetch.while_waiting(&mut || outcome = flight.wait(until));
        }
        outcome
    }

    /// Lets the answer stand for the run. Once too much is held, only that it was had.
    fn land(&self, pilot: Pilot<'_>, answer: Answer) -> Answer {
        let bytes = answer.held();
        if self.held.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= MAX_HELD_BYTES {
            return pilot.land(answer);
        }
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        pilot.land(Answer::failed("answered another bundle; too much was fetched in this run to keep it"));
        answer
    }

    /// Asks, once more if that may help. The flag says whether the answer may stand for the run:
    /// not if it is only this bundle's time that ran out.
    fn ask(&self, url: &Url, budget: &mut Budget) -> (Answer, bool) {
        let start = Instant::now();
        let mut cut = start + REQUEST_TIMEOUT > budget.until;
        let mut result = self.request(url, budget);
        if let Some(pause) = result.as_ref().err().and_then(pause_before_retry)
            && budget.fetches > 0
            && Instant::now() + pause < budget.until
        {
            self.fetch.while_waiting(&mut || thread::sleep(pause));
            cut = Instant::now() + REQUEST_TIMEOUT > budget.until;
            result = self.request(url, budget);
        }
        let elapsed = start.elapsed();
        let cut_short = cut && result == Err(FetchError::TimedOut);
        if let Some(cache) = self.cache.as_deref() {
            remember(cache, url, &result);
        }
        (Answer::of(result.map(|fetched| fetched.body), elapsed), !cut_short)
    }

    fn request(&self, url: &Url, budget: &mut Budget) -> Result<Fetched, FetchError> {
        budget.fetches = budget.fetches.saturating_sub(1);
        let until = budget.until.min(Instant::now() + REQUEST_TIMEOUT);
        let result = self.fetch.fetch(url, Limits { bytes: MAX_ANSWER_BYTES, until });
        if !matches!(result, Err(FetchError::Refused { .. })) {
            self.requests.fetch_add(1, Ordering::Relaxed);
        }
        result
    }
}

impl IssuerSource for AiaSource {
    fn issuers_of(&self, gap: &Gap, budget: &mut Budget) -> Issuers {
        let mut issuers = Issuers::default();
        let places = places(&gap.child);
        for (text, why) in places.refused {
            if budget.refused < MAX_BUNDLE_REFUSALS && budget.asked.insert(text.clone()) {
                budget.refused += 1;
                issuers.fetches.push(Answer::refused(&why, None).record(text));
            }
        }
        let mut urls = places.urls.into_iter();
        for (text, url) in urls.by_ref() {
            if !budget.asked.insert(key_of(&url)) {
                continue;
            }
            let answer = self.answer_for(&url, budget);
            issuers.certificates.extend(answer.certificates().map(|certificate| Found {
                certificate: Arc::clone(certificate),
                source: Source::Aia,
                url: Some(text.clone()),
            }));
            let record = answer.record(text);
            let refused = record.outcome == FetchOutcome::Refused;
            budget.refused += usize::from(refused);
            if !refused || budget.refused <= MAX_BUNDLE_REFUSALS {
                issuers.fetches.push(record);
            }
            if !issuers.certificates.is_empty() {
                break;
            }
        }
        issuers.more = urls.any(|(_, url)| !budget.asked.contains(&key_of(&url)));
        issuers
    }
}

/// How long to wait before the one retry; `None` where it would not help or take too long.
fn pause_before_retry(error: &FetchError) -> Option<Duration> {
    if !error.is_transient() {
        return None;
    }
    let pause = match error {
        FetchError::Status { retry_after: Some(seconds), .. } => Duration::from_secs(*seconds),
        _ => RETRY_PAUSE,
    };
    (pause <= MAX_RETRY_AFTER).then_some(pause)
}

/// Puts into the cache what the server said. What only this network, this moment or our own rules
/// said is not kept: a name that did not resolve, a connection refused, the time that ran out.
fn remember(cache: &Cache, url: &Url, result: &Result<Fetched, FetchError>) {
    match result {
        Ok(fetched) => match answer::decode(&fetched.body) {
            Ok(certificates) => cache.put(url, &certificates, fetched.fresh_for),
            Err(detail) => cache.put_failure(url, &detail),
        },
        Err(error @ (FetchError::Status { .. } | FetchError::TooLarge(_) | FetchError::TooManyRedirects(_))) => {
            cache.put_failure(url, &error.to_string())
        }
        Err(_) => {}
    }
}

/// What a URL is known by: a fragment is never sent, so it makes no other URL.
pub(super) fn key_of(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

/// The caIssuers URLs of a certificate.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Those to ask, as they stand and as they are understood.
    pub(super) urls: Vec<(String, Url)>,
    /// Those not to ask, and why.
    pub(super) refused: Vec<(String, String)>,
}

/// What the authorityInfoAccess extension of `child` offers.
pub(super) fn places(child: &Certificate) -> Places {
    let mut places = Places::default();
    for text in &child.fields().ca_issuers {
        let why = match Url::parse(text.trim()) {
            _ if text.len() > MAX_URL_BYTES => format!("longer than {MAX_URL_BYTES} bytes"),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => format!("{} is not fetched", url.scheme()),
            Ok(url) if places.urls.len() < MAX_URLS => {
                places.urls.push((text.clone(), url));
                continue;
            }
            Ok(_) => format!("only the first {MAX_URLS} URLs of a certificate are asked"),
            Err(error) => format!("not a URL: {error}"),
        };
        if places.refused.len() < MAX_REFUSALS {
            places.refused.push((text.clone(), why));
        }
    }
    places
}
