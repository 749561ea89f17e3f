//! caIssuers URLs: which are asked, how often, and what an answer amounts to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine};
use chainmend::path::Gap;
use chainmend::report::{FetchOutcome, Source};
use chainmend::source::aia::{
    MAX_ANSWER_BYTES, MAX_CERTIFICATE_BYTES, MAX_CERTIFICATES, MAX_REFUSALS, MAX_URL_BYTES, MAX_URLS, REQUEST_TIMEOUT,
};
use chainmend::source::{
    AiaSource, BUNDLE_TIMEOUT, Budget, Fetch, FetchError, HttpFetch, IssuerSource, Issuers, Limits, MAX_FETCHES,
};
use url::Url;

use crate::http::allowing;
use crate::pki::{Ca, pkcs7};
use crate::server::{Server, answer};

type Answer = Result<Vec<u8>, FetchError>;

/// What each URL gives, one answer after the other, and what was asked.
#[derive(Default)]
pub struct Fake {
    answers: Mutex<HashMap<String, Vec<Answer>>>,
    asked: Mutex<Vec<String>>,
}

impl Fake {
    pub fn new<const N: usize>(answers: [(&str, Answer); N]) -> Arc<Self> {
        let fake = Self::default();
        for (url, answer) in answers {
            fake.answers.lock().unwrap().entry(url.to_owned()).or_default().push(answer);
        }
        Arc::new(fake)
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Fetch for Fake {
    fn get(&self, url: &Url, _: Limits) -> Result<Vec<u8>, FetchError> {
        self.asked.lock().unwrap().push(url.to_string());
        let mut answers = self.answers.lock().unwrap();
        let Some(answers) = answers.get_mut(url.as_str()) else { return Err(status(404)) };
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    }
}

pub fn status(status: u16) -> FetchError {
    FetchError::Status { status, retry_after: None }
}

pub fn budget() -> Budget {
    Budget::new(Instant::now() + Duration::from_secs(30))
}

/// Each URL, its outcome and detail.
pub fn said(issuers: &Issuers) -> Vec<(String, FetchOutcome, String)> {
    let one = |f: &chainmend::report::FetchRecord| (f.url.clone(), f.outcome, f.detail.clone().unwrap_or_default());
    issuers.fetches.iter().map(one).collect()
}

fn record(url: &str, outcome: FetchOutcome, detail: &str) -> (String, FetchOutcome, String) {
    (url.to_owned(), outcome, detail.to_owned())
}

fn once(fake: &Arc<Fake>, gap: &Gap) -> Issuers {
    AiaSource::new(Arc::clone(fake) as Arc<dyn Fetch>).issuers_of(gap, &mut budget())
}

#[test]
fn urls_are_asked_in_order_until_one_gives_a_certificate() {
    let ca = Ca::new("Acme CA");
    let fake = Fake::new([("http://b/", Ok(ca.der().to_vec())), ("http://c/", Ok(ca.der().to_vec()))]);
    let source = AiaSource::new(Arc::clone(&fake) as Arc<dyn Fetch>);
    let gap = ca.gap(&["http://a/", "http://b/", "http://c/"]);
    let mut budget = budget();
    let first = source.issuers_of(&gap, &mut budget);
    assert_eq!(
        said(&first),
        [record("http://a/", FetchOutcome::Failed, "404"), record("http://b/", FetchOutcome::Ok, "")]
    );
    assert_eq!(first.certificates.len(), 1);
    assert_eq!(first.certificates[0].certificate, ca.certificate);
    assert_eq!(first.certificates[0].source, Source::Aia);
    assert_eq!(first.certificates[0].url.as_deref(), Some("http://b/"));
    assert_eq!(first.fetches[1].bytes, Some(ca.der().len()));
    assert!(first.more);
    let second = source.issuers_of(&gap, &mut budget);
    assert_eq!(said(&second), [record("http://c/", FetchOutcome::Ok, "")]);
    assert!(!second.more);
    let third = source.issuers_of(&gap, &mut budget);
    assert!(third.certificates.is_empty() && third.fetches.is_empty() && !third.more);
    assert_eq!(fake.asked(), ["http://a/", "http://b/", "http://c/"]);
    assert_eq!(source.requests(), 3);
}

#[test]
fn a_url_is_asked_once_for_all_bundles() {
    let ca = Ca::new("Acme CA");
    let fake = Fake::new([("http://a/x", Ok(ca.der().to_vec()))]);
    let source = AiaSource::new(Arc::clone(&fake) as Arc<dyn Fetch>);
    for url in ["http://a/x", "http://A:80/x#part", "HTTP://a/./x"] {
        let mut budget = budget();
        let issuers = source.issuers_of(&ca.gap(&[url, "http://none/"]), &mut budget);
        assert_eq!(issuers.certificates.len(), 1, "{url}");
        assert_eq!(issuers.certificates[0].url.as_deref(), Some(url));
        assert_eq!(issuers.fetches[0].milliseconds.is_some(), url == "http://a/x");
    }
    assert_eq!(fake.asked(), ["http://a/x"]);
}

#[test]
fn threads_that_want_the_same_url_share_one_request() {
    let ca = Ca::new("Acme CA");
    let der = ca.der().to_vec();
    let server = Server::start(move |_, stream| {
        thread::sleep(Duration::from_millis(200));
        answer(stream, "200 OK", "", &der);
    });
    let source = AiaSource::new(Arc::new(allowing(&["127.0.0.1"])));
    let gap = ca.gap(&[&server.url("/ca.crt")]);
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                let issuers = source.issuers_of(&gap, &mut budget());
                assert_eq!(issuers.certificates.len(), 1);
                assert_eq!(issuers.fetches[0].outcome, FetchOutcome::Ok);
            });
        }
    });
    assert_eq!(server.log(), ["GET /ca.crt HTTP/1.1"]);
}

#[test]
fn who_waits_for_anothers_request_keeps_its_own_deadline() {
    /// Says that it was asked, and answers when it may.
    struct Slow(mpsc::Sender<()>, Mutex<mpsc::Receiver<()>>);
    impl Fetch for Slow {
        fn get(&self, _: &Url, _: Limits) -> Result<Vec<u8>, FetchError> {
            self.0.send(()).unwrap();
            self.1.lock().unwrap().recv_timeout(Duration::from_secs(60)).unwrap();
            Err(status(404))
        }
    }
    let ((begin, begun), (end, may_end)) = (mpsc::channel(), mpsc::channel());
    let source = AiaSource::new(Arc::new(Slow(begin, Mutex::new(may_end))));
    let gap = Ca::new("Acme CA").gap(&["http://a/"]);
    thread::scope(|scope| {
        scope.spawn(|| source.issuers_of(&gap, &mut budget()));
        begun.recv().unwrap();
        // The other one has its answer only after this.
        let issuers = source.issuers_of(&gap, &mut Budget::new(Instant::now() + Duration::from_millis(100)));
        end.send(()).unwrap();
        assert_eq!(issuers.fetches[0].detail.as_deref(), Some("timed out while another bundle asked"));
    });
}

/// A bundle with little time left must not spoil a URL for the others.
#[test]
fn a_request_cut_short_by_its_bundles_deadline_does_not_stand_for_the_run() {
    struct SlowFirst(AtomicUsize, Vec<u8>);
    impl Fetch for SlowFirst {
        fn get(&self, _: &Url, limits: Limits) -> Result<Vec<u8>, FetchError> {
            if self.0.fetch_add(1, Ordering::SeqCst) > 0 {
                return Ok(self.1.clone());
            }
            thread::sleep(limits.until.saturating_duration_since(Instant::now()));
            Err(FetchError::TimedOut)
        }
    }
    let ca = Ca::new("Acme CA");
    let source = AiaSource::new(Arc::new(SlowFirst(AtomicUsize::new(0), ca.der().to_vec())));
    let gap = ca.gap(&["http://a/"]);
    let short = source.issuers_of(&gap, &mut Budget::new(Instant::now() + Duration::from_millis(100)));
    let detail = short.fetches[0].detail.as_deref().unwrap();
    // A tenth of a second, or as much more as the machine took to wake it up.
    assert!(detail.starts_with("timed out after ") && detail.ends_with('s'), "{detail}");
    assert_eq!(source.issuers_of(&gap, &mut budget()).certificates.len(), 1);
}

#[test]
fn one_retry_follows_what_may_pass() {
    let ca = Ca::new("Acme CA");
    let good = || Ok(ca.der().to_vec());
    let busy = |seconds| Err(FetchError::Status { status: 429, retry_after: Some(seconds) });
    for (first, requests, found) in [
        (Err(status(503)), 2, true),
        (Err(status(500)), 2, true),
        (Err(FetchError::Interrupted("connection reset".into())), 2, true),
        (busy(0), 2, true),
        (busy(3600), 1, false),
        (Err(status(404)), 1, false),
        (Err(FetchError::TimedOut), 1, false),
        (Err(FetchError::Connection("connection refused".into())), 1, false),
    ] {
        let fake = Fake::new([("http://a/", first.clone()), ("http://a/", good())]);
        let issuers = once(&fake, &ca.gap(&["http://a/"]));
        assert_eq!(fake.asked().len(), requests, "{first:?}");
        assert_eq!(!issuers.certificates.is_empty(), found, "{first:?}");
        assert_eq!(issuers.fetches.len(), 1);
    }
    let fake = Fake::new([("http://a/", Err(status(503)))]);
    assert_eq!(said(&once(&fake, &ca.gap(&["http://a/"])))[0].2, "503");
    assert_eq!(fake.asked().len(), 2);
}

#[test]
fn retries_over_the_wire() {
    let ca = Ca::new("Acme CA");
    let der = ca.der().to_vec();
    let server = Server::start(move |request, stream| match (request.path(), request.before) {
        (_, 0) => answer(stream, "503 Service Unavailable", "", b""),
        (_, 1) => answer(stream, "200 OK", "content-type: text/plain\r\n", &der),
        (_, 2) => answer(stream, "429 Too Many Requests", "retry-after: 1\r\n", b""),
        (_, 3) => answer(stream, "200 OK", "", &der),
        (_, 4) => {}
        _ => answer(stream, "200 OK", "", &der),
    });
    let source = AiaSource::new(Arc::new(allowing(&["127.0.0.1"])));
    for (path, least) in [("/503", 0), ("/429", 1), ("/reset", 0)] {
        let start = Instant::now();
        let issuers = source.issuers_of(&ca.gap(&[&server.url(path)]), &mut budget());
        assert_eq!(issuers.certificates.len(), 1, "{path}");
        assert!(start.elapsed() >= Duration::from_secs(least), "{path}");
    }
    assert_eq!(server.log().len(), 6);
    assert_eq!(source.requests(), 6);
}

#[test]
fn other_schemes_are_passed_over_and_recorded_once() {
    let ca = Ca::new("Acme CA");
    let fake = Fake::new([("https://b/", Ok(ca.der().to_vec()))]);
    let source = AiaSource::new(Arc::clone(&fake) as Arc<dyn Fetch>);
    let gap = ca.gap(&["ldap:///CN=CA?cACertificate", "file:///ca.crt", "not a url", "https://b/"]);
    let mut budget = budget();
    let issuers = source.issuers_of(&gap, &mut budget);
    assert_eq!(
        said(&issuers),
        [
            record("ldap:///CN=CA?cACertificate", FetchOutcome::Refused, "ldap is not fetched"),
            record("file:///ca.crt", FetchOutcome::Refused, "file is not fetched"),
            record("not a url", FetchOutcome::Refused, "not a URL: relative URL without a base"),
            record("https://b/", FetchOutcome::Ok, ""),
        ]
    );
    assert!(!issuers.more);
    assert!(source.issuers_of(&gap, &mut budget).fetches.is_empty());
}

#[test]
fn odd_urls_are_read_as_browsers_do() {
    for (text, asked) in [
        ("HTTP://CRT.Acme.EXAMPLE/a.crt", "http://crt.acme.example/a.crt"),
        ("  http://a/b c.crt\n", "http://a/b%20c.crt"),
        ("http:\\\\a\\b.crt", "http://a/b.crt"),
        ("http:a/b.crt", "http://a/b.crt"),
        ("http://a", "http://a/"),
        ("http://a/%41%2fb?x=%20", "http://a/%41%2fb?x=%20"),
        ("http://b\u{fc}cher.example/\u{e9}", "http://xn--bcher-kva.example/%C3%A9"),
        ("http://a:80/#x", "http://a/#x"),
        ("http://a/./b/../c", "http://a/c"),
    ] {
        let fake = Fake::new([]);
        let issuers = once(&fake, &Ca::new("Acme CA").gap(&[text]));
        assert_eq!(fake.asked(), [asked], "{text}");
        assert_eq!(issuers.fetches[0].url, text);
    }
}

#[test]
fn five_urls_of_a_certificate_are_asked() {
    let urls: Vec<String> = (0..40).map(|n| format!("http://a/{n}")).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let fake = Fake::new([]);
    let issuers = once(&fake, &Ca::new("Acme CA").gap(&urls));
    assert_eq!(fake.asked(), &urls[..MAX_URLS]);
    let refused = issuers.fetches.iter().filter(|fetch| fetch.outcome == FetchOutcome::Refused);
    assert_eq!(refused.count(), MAX_REFUSALS);
    assert_eq!(issuers.fetches[0].detail.as_deref(), Some("only the first 5 URLs of a certificate are asked"));
    let long = format!("http://a/{}", "x".repeat(MAX_URL_BYTES));
    let issuers = once(&fake, &Ca::new("Acme CA").gap(&[&long]));
    assert_eq!(issuers.fetches[0].detail.as_deref(), Some("longer than 8192 bytes"));
}

#[test]
fn a_bundle_causes_no_more_than_its_requests() {
    let fake = Fake::new([]);
    let source = AiaSource::new(Arc::clone(&fake) as Arc<dyn Fetch>);
    let ca = Ca::new("Acme CA");
    let mut budget = budget();
    let mut last = Issuers::default();
    for n in 0..=MAX_FETCHES {
        last = source.issuers_of(&ca.gap(&[&format!("http://a/{n}")]), &mut budget);
    }
    assert_eq!(fake.asked().len(), MAX_FETCHES);
    assert_eq!(
        said(&last),
        [record("http://a/20", FetchOutcome::Refused, "not asked: this bundle has used up its requests")]
    );
    // What another bundle has asked is free.
    let shared = source.issuers_of(&ca.gap(&["http://a/0#again"]), &mut Budget { asked: Default::default(), ..budget });
    assert_eq!(said(&shared), [record("http://a/0#again", FetchOutcome::Failed, "404")]);
}

#[test]
fn nothing_is_asked_when_the_time_is_up() {
    let fake = Fake::new([]);
    let source = AiaSource::new(Arc::clone(&fake) as Arc<dyn Fetch>);
    let issuers = source.issuers_of(&Ca::new("Acme CA").gap(&["http://a/"]), &mut Budget::new(Instant::now()));
    assert_eq!(said(&issuers), [record("http://a/", FetchOutcome::Refused, "not asked: the time for fetching was up")]);
    assert!(fake.asked().is_empty());
}

#[test]
fn a_server_that_hangs_ends_with_the_bundles_deadline() {
    let server = Server::start(|_, _| thread::sleep(Duration::from_secs(60)));
    let source = AiaSource::new(Arc::new(allowing(&["127.0.0.1"])));
    let start = Instant::now();
    let mut budget = Budget::new(start + Duration::from_millis(500));
    let issuers = source.issuers_of(&Ca::new("Acme CA").gap(&[&server.url("/1"), &server.url("/2")]), &mut budget);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(issuers.fetches[0].outcome, FetchOutcome::Failed);
    assert_eq!(issuers.fetches[1].outcome, FetchOutcome::Refused);
    assert_eq!(server.connections(), 1);
}

#[test]
fn refusals_carry_the_option_that_would_allow_them() {
    let source = AiaSource::new(Arc::new(HttpFetch::new(Default::default())));
    let issuers = source.issuers_of(&Ca::new("Acme CA").gap(&["http://10.0.0.7/ca.crt"]), &mut budget());
    assert_eq!(said(&issuers)[0].1, FetchOutcome::Refused);
    assert_eq!(issuers.fetches[0].detail.as_deref(), Some("10.0.0.7 is a private address"));
    assert_eq!(issuers.fetches[0].option.as_deref(), Some("--allow-aia 10.0.0.7"));
    assert_eq!(source.requests(), 0);
}

#[test]
fn an_answer_is_read_whatever_its_form() {
    let (ca, other) = (Ca::new("Acme CA"), Ca::new("Other CA"));
    let several = format!("text\n{}{}{}", ca.pem(), other.pem(), ca.pem());
    for (what, body, found) in [
        ("DER", ca.der().to_vec(), 1),
        ("PEM", ca.pem().into_bytes(), 1),
        ("DER and a newline", [ca.der(), b"\n"].concat(), 1),
        ("base64 without markers", BASE64_STANDARD.encode(ca.der()).into_bytes(), 1),
        ("several, one of them twice", several.into_bytes(), 2),
        ("PKCS#7, one of them twice", pkcs7(&[&other, &ca, &other]), 2),
        ("PKCS#7 as base64", BASE64_STANDARD.encode(pkcs7(&[&ca, &other])).into_bytes(), 2),
        (
            "PKCS#7 as PEM",
            pem::encode(&pem::Pem::new("PKCS7", pkcs7(&[&ca, &other]))).replace('\n', "\r\n").into_bytes(),
            2,
        ),
    ] {
        let issuers = once(&Fake::new([("http://a/", Ok(body))]), &ca.gap(&["http://a/"]));
        assert_eq!(issuers.certificates.len(), found, "{what}");
    }
}

#[test]
fn an_answer_without_a_certificate_is_named() {
    let base64 = BASE64_STANDARD.encode("hello");
    for (body, detail) in [
        (&b"<!DOCTYPE html><title>Moved"[..], "an HTML page, not a certificate"),
        (b"\x30\x03\x02\x01\x01", "no certificate in it"),
        (base64.as_bytes(), "no certificate in it"),
        (b"", "an empty answer"),
    ] {
        let issuers = once(&Fake::new([("http://a/", Ok(body.to_vec()))]), &Ca::new("Acme CA").gap(&["http://a/"]));
        assert_eq!(said(&issuers), [record("http://a/", FetchOutcome::Failed, detail)]);
        assert_eq!(issuers.fetches[0].bytes, Some(body.len()));
    }
}

#[test]
fn answers_are_bounded() {
    let ca = Ca::new("Acme CA");
    // A leaf whose URL makes it larger than a certificate may be here.
    let large = ca.gap(&[&format!("http://a/{}", "x".repeat(70_000))]).child;
    let issuers = once(&Fake::new([("http://a/", Ok(large.der().to_vec()))]), &ca.gap(&["http://a/"]));
    assert_eq!(said(&issuers)[0].2, "a certificate larger than 64 KiB");
    let server = Server::with_body(vec![b'x'; MAX_ANSWER_BYTES + 1]);
    let source = AiaSource::new(Arc::new(allowing(&["127.0.0.1"])));
    let issuers = source.issuers_of(&ca.gap(&[&server.url("/")]), &mut budget());
    assert_eq!(said(&issuers)[0].2, "larger than 1 MiB");
    let many: String = (0..MAX_CERTIFICATES + 1).map(|n| Ca::new(&format!("CA {n}")).pem()).collect();
    let issuers = once(&Fake::new([("http://a/", Ok(many.into_bytes()))]), &ca.gap(&["http://a/"]));
    assert_eq!(issuers.certificates.len(), MAX_CERTIFICATES);
}

#[test]
fn a_fetch_that_panics_leaves_no_one_waiting() {
    struct Broken(AtomicUsize);
    impl Fetch for Broken {
        fn get(&self, _: &Url, _: Limits) -> Result<Vec<u8>, FetchError> {
            assert!(self.0.fetch_add(1, Ordering::SeqCst) > 0, "the first fetch breaks");
            Err(status(404))
        }
    }
    let source = AiaSource::new(Arc::new(Broken(AtomicUsize::new(0))));
    let gap = Ca::new("Acme CA").gap(&["http://a/"]);
    thread::scope(|scope| assert!(scope.spawn(|| source.issuers_of(&gap, &mut budget())).join().is_err()));
    assert_eq!(said(&source.issuers_of(&gap, &mut budget())), [record("http://a/", FetchOutcome::Failed, "404")]);
}

/// 10 s a request and 30 s a bundle, whatever the transport does with them.
#[test]
fn a_request_has_its_time_and_the_bundle_its_own() {
    #[derive(Default)]
    struct Clock(Mutex<Vec<(Duration, usize)>>);
    impl Fetch for Clock {
        fn get(&self, _: &Url, limits: Limits) -> Result<Vec<u8>, FetchError> {
            let left = limits.until.saturating_duration_since(Instant::now());
            self.0.lock().unwrap().push((left, limits.bytes));
            Err(status(404))
        }
    }
    assert_eq!((REQUEST_TIMEOUT, BUNDLE_TIMEOUT), (Duration::from_secs(10), Duration::from_secs(30)));
    assert_eq!((MAX_ANSWER_BYTES, MAX_CERTIFICATE_BYTES, MAX_URLS, MAX_FETCHES), (1 << 20, 64 << 10, 5, 20));
    let clock = Arc::new(Clock::default());
    let source = AiaSource::new(Arc::clone(&clock) as Arc<dyn Fetch>);
    let ca = Ca::new("Acme CA");
    source.issuers_of(&ca.gap(&["http://a/"]), &mut Budget::new(Instant::now() + BUNDLE_TIMEOUT));
    source.issuers_of(&ca.gap(&["http://b/"]), &mut Budget::new(Instant::now() + Duration::from_secs(3)));
    let seen = clock.0.lock().unwrap();
    let within =
        |n: usize, most: u64| seen[n].0 <= Duration::from_secs(most) && seen[n].0 > Duration::from_secs(most - 1);
    assert!(within(0, 10) && within(1, 3), "{seen:?}");
    assert!(seen.iter().all(|(_, bytes)| *bytes == MAX_ANSWER_BYTES));
}
