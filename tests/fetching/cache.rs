//! The cache: a second run asks nothing, and nothing in the folder can do harm.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use chainmend::report::{FetchOutcome, Source};
use chainmend::source::cache::{MAX_PER_SUBJECT, SETTLED};
use chainmend::source::ccadb::Status;
use chainmend::source::files::Contents;
use chainmend::source::{AiaSource, Cache, CacheSource, Fetch, IssuerSource};
use tempfile::TempDir;
use url::Url;

use crate::aia::{Fake, budget, said, status};
use crate::http::allowing;
use crate::import::import;
use crate::pki::Ca;
use crate::server::{Server, answer};

const URL: &str = "http://crt.example/ca.crt";

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chainmend");
    (folder, path)
}

fn url() -> Url {
    Url::parse(URL).unwrap()
}

/// What is in the folder, without what is being written.
fn files(path: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn text_of(file: &Path) -> String {
    String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned()
}

/// 2026-01-01, and the same day later.
fn first_of_january() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}
fn nine_minutes_later() -> SystemTime {
    first_of_january() + Duration::from_secs(9 * 60)
}
fn eleven_minutes_later() -> SystemTime {
    first_of_january() + Duration::from_secs(11 * 60)
}
fn a_day_later() -> SystemTime {
    first_of_january() + Duration::from_secs(24 * 60 * 60)
}
fn two_days_later() -> SystemTime {
    first_of_january() + Duration::from_secs(48 * 60 * 60)
}
fn later_than_settled() -> SystemTime {
    first_of_january() + SETTLED
}

#[test]
fn a_second_run_asks_nothing() {
    let (_folder, path) = folder();
    let ca = Ca::new("Acme CA");
    let gap = ca.gap(&["http://broken/", URL]);
    let fake = Fake::new([(URL, Ok(ca.der().to_vec()))]);
    for run in 0..2 {
        let cache = Arc::new(Cache::new(&path));
        let sources: [&dyn IssuerSource; 2] = [
            &CacheSource::new(Arc::clone(&cache)),
            &AiaSource::new(Arc::clone(&fake) as Arc<dyn Fetch>).cache(Arc::clone(&cache)),
        ];
        let mut budget = budget();
        let found = sources.map(|source| source.issuers_of(&gap, &mut budget));
        let [cached, fetched] = &found;
        assert_eq!((cached.certificates.len(), fetched.certificates.len()), if run == 0 { (0, 1) } else { (1, 0) });
        if run == 1 {
            assert_eq!(cached.certificates[0].source, Source::Cache);
            assert_eq!(cached.certificates[0].certificate, ca.certificate);
            assert_eq!(cached.certificates[0].url.as_deref(), Some(URL));
            assert_eq!(
                said(cached),
                [
                    ("http://broken/".into(), FetchOutcome::Failed, "404, under a minute ago (cached)".into()),
                    (URL.into(), FetchOutcome::Cached, String::new())
                ]
            );
            assert!(fetched.fetches.is_empty());
        }
        assert!(cache.warnings().is_empty());
    }
    assert_eq!(fake.asked(), ["http://broken/", URL]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    for file in files(&path) {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o077, 0);
    }
}

#[test]
fn within_a_run_bundles_share_what_was_fetched_and_read() {
    let (_folder, path) = folder();
    let ca = Ca::new("Acme CA");
    let cache = Arc::new(Cache::new(&path));
    let source = CacheSource::new(Arc::clone(&cache));
    let gap = ca.gap(&[URL]);
    assert!(source.issuers_of(&gap, &mut budget()).certificates.is_empty());
    cache.put(&url(), &[Arc::clone(&ca.certificate)], None);
    let mut budget = budget();
    let found = source.issuers_of(&gap, &mut budget);
    assert!(Arc::ptr_eq(&found.certificates[0].certificate, &ca.certificate));
    // Asked again for another gap of the same bundle, nothing is recorded twice.
    assert!(source.issuers_of(&gap, &mut budget).fetches.is_empty());
}

/// How many requests a child's gap causes, given what is in the cache, at this time by the cache's clock.
fn asked_again(path: &Path, ca: &Ca, clock: fn() -> SystemTime) -> usize {
    let cache = Arc::new(Cache::new(path).clock(clock));
    let fake = Fake::new([(URL, Ok(Ca::new("Acme CA").der().to_vec()))]);
    let mut budget = budget();
    let gap = ca.gap(&[URL]);
    // However old it is, what is there is handed out.
    let cached = CacheSource::new(Arc::clone(&cache)).issuers_of(&gap, &mut budget);
    assert_eq!(cached.certificates[0].certificate, ca.certificate);
    let fetched = AiaSource::new(Arc::clone(&fake) as Arc<dyn Fetch>).issuers_of(&gap, &mut budget);
    assert_eq!(fake.asked().len(), fetched.certificates.len());
    fake.asked().len()
}

#[test]
fn an_old_answer_is_used_and_its_url_may_be_asked_again() {
    let day = Duration::from_secs(24 * 60 * 60);
    let hour = Duration::from_secs(60 * 60);
    // What the server said of its answer, and whether nine minutes, a day, and a month later it is asked.
    for (lasts, asked) in [
        (None, [0, 0, 1]),
        (Some(Duration::ZERO), [0, 1, 1]),
        (Some(hour), [0, 1, 1]),
        (Some(2 * day), [0, 0, 1]),
        (Some(400 * day), [0, 0, 1]),
        (Some(Duration::from_secs(u64::MAX)), [0, 0, 1]),
    ] {
        let (_folder, path) = folder();
        let ca = Ca::new("Acme CA");
        Cache::new(&path).clock(first_of_january).put(&url(), &[Arc::clone(&ca.certificate)], lasts);
        let later: [fn() -> SystemTime; 3] = [nine_minutes_later, a_day_later, later_than_settled];
        assert_eq!(later.map(|clock| asked_again(&path, &ca, clock)), asked, "{lasts:?}");
        // By a clock that was set back since, the answer is from the future.
        assert_eq!(asked_again(&path, &ca, || SystemTime::UNIX_EPOCH), 1);
    }
}

#[test]
fn how_long_an_answer_is_good_its_server_says() {
    let ca = Ca::new("Acme CA");
    let der = ca.der().to_vec();
    let server = Server::start(move |request, stream| {
        let headers = match request.path() {
            "/hour" => "cache-control: public, max-age=3600\r\n",
            "/never" => "cache-control: no-store\r\n",
            _ => "",
        };
        answer(stream, "200 OK", headers, &der);
    });
    for (path, lasts) in [("/hour", Some(3600)), ("/never", Some(0)), ("/silent", None)] {
        let (_folder, folder) = folder();
        let cache = Arc::new(Cache::new(&folder));
        let source = AiaSource::new(Arc::new(allowing(&["127.0.0.1"]))).cache(Arc::clone(&cache));
        source.issuers_of(&ca.gap(&[&server.url(path)]), &mut budget());
        let entry = Cache::new(&folder).get(&server.url(path).parse().unwrap()).unwrap();
        assert_eq!(entry.lasts.map(|lasts| lasts.as_secs()), lasts, "{path}");
    }
}

/// A CA puts a renewed certificate where the old one was: it is asked for as soon as that is of no use.
#[test]
fn what_has_expired_since_is_asked_for_anew() {
    let (_folder, path) = folder();
    let ca = Ca::until("Acme CA", 2026, 1, 2);
    Cache::new(&path).clock(first_of_january).put(&url(), &[Arc::clone(&ca.certificate)], None);
    assert_eq!(asked_again(&path, &ca, nine_minutes_later), 0);
    assert_eq!(asked_again(&path, &ca, a_day_later), 1);
    // What was expired when it came is all there is.
    Cache::new(&path).clock(two_days_later).put(&url(), &[Arc::clone(&ca.certificate)], None);
    assert_eq!(asked_again(&path, &ca, || two_days_later() + Duration::from_secs(60)), 0);
}

#[test]
fn what_is_revoked_since_is_asked_for_anew() {
    let (_folder, path) = folder();
    let ca = Ca::new("Acme CA");
    Cache::new(&path).clock(first_of_january).put(&url(), &[Arc::clone(&ca.certificate)], None);
    assert_eq!(asked_again(&path, &ca, a_day_later), 0);
    let revoked = Contents { statuses: vec![(ca.certificate.fingerprint(), Status::Revoked)], ..Contents::default() };
    Cache::new(&path).clock(nine_minutes_later).import(&revoked).unwrap();
    assert_eq!(asked_again(&path, &ca, a_day_later), 1);
    Cache::new(&path).clock(a_day_later).put(&url(), &[Arc::clone(&ca.certificate)], None);
    assert_eq!(asked_again(&path, &ca, two_days_later), 0);
}

#[test]
fn failures_are_remembered_for_minutes() {
    let (_folder, path) = folder();
    Cache::new(&path).clock(first_of_january).put_failure(&url(), "404");
    let gap = Ca::new("Acme CA").gap(&[URL]);
    let mut soon = budget();
    let cache = CacheSource::new(Arc::new(Cache::new(&path).clock(nine_minutes_later)));
    let issuers = cache.issuers_of(&gap, &mut soon);
    assert_eq!(said(&issuers), [(URL.into(), FetchOutcome::Failed, "404, 9 min ago (cached)".into())]);
    assert!(soon.asked.contains(URL));
    let mut later = budget();
    let cache = CacheSource::new(Arc::new(Cache::new(&path).clock(eleven_minutes_later)));
    assert!(cache.issuers_of(&gap, &mut later).fetches.is_empty());
    assert!(!later.asked.contains(URL));
}

#[test]
fn only_what_the_server_said_is_remembered() {
    use chainmend::source::FetchError;
    for (failure, kept) in [
        (status(404), 1),
        (status(503), 1),
        (FetchError::TooLarge(7), 1),
        (FetchError::TooManyRedirects(5), 1),
        (FetchError::TimedOut, 0),
        (FetchError::Dns("cannot resolve a".into()), 0),
        (FetchError::Connection("connection refused".into()), 0),
        (FetchError::Refused { why: "private".into(), option: None }, 0),
    ] {
        let (_folder, path) = folder();
        let cache = Arc::new(Cache::new(&path));
        let fake = Fake::new([(URL, Err(failure.clone()))]);
        let source = AiaSource::new(fake).cache(Arc::clone(&cache));
        source.issuers_of(&Ca::new("Acme CA").gap(&[URL]), &mut budget());
        assert_eq!(cache.list().len(), kept, "{failure:?}");
    }
}

#[test]
fn a_failure_does_not_push_out_certificates() {
    let (_folder, path) = folder();
    let ca = Ca::new("Acme CA");
    let cache = Cache::new(&path);
    cache.put(&url(), &[Arc::clone(&ca.certificate)], None);
    cache.put_failure(&url(), "404");
    assert_eq!(Cache::new(&path).get(&url()).unwrap().certificates[0].certificate, ca.certificate);
}

#[test]
fn the_issuers_name_leads_to_what_other_urls_gave_and_to_imports() {
    let (_folder, path) = folder();
    let (ca, twin) = (Ca::new("Acme CA"), Ca::new("acme  ca"));
    let cache = Cache::new(&path);
    cache.put(&url(), &[Arc::clone(&ca.certificate)], None);
    import(&path, &[&twin, &ca]);
    let source = CacheSource::new(Arc::new(Cache::new(&path)));
    let issuers = source.issuers_of(&ca.gap(&["http://elsewhere/"]), &mut budget());
    let found: Vec<_> = issuers.certificates.iter().map(|f| (f.certificate.fingerprint(), f.url.as_deref())).collect();
    assert_eq!(found, [(ca.certificate.fingerprint(), Some(URL)), (twin.certificate.fingerprint(), None)]);
    assert!(issuers.fetches.is_empty());
    for _ in 0..MAX_PER_SUBJECT + 4 {
        cache.put(&url(), &[Ca::new("Acme CA").certificate], None);
    }
    assert_eq!(cache.named(ca.gap(&[]).child.issuer_key()).unwrap().certificates.len(), MAX_PER_SUBJECT);
}

#[test]
fn what_is_kept_can_be_listed_and_cleared() {
    let (_folder, path) = folder();
    let (ca, imported) = (Ca::new("Acme CA"), Ca::new("Imported CA"));
    let cache = Cache::new(&path).clock(first_of_january);
    assert_eq!(cache.path(), path);
    assert!(cache.list().is_empty());
    assert_eq!(cache.clear().unwrap(), 0);
    cache.put(&url(), &[Arc::clone(&ca.certificate)], None);
    cache.put_failure(&Url::parse("http://a/").unwrap(), "4\n04");
    import(&path, &[&imported]);
    fs::write(path.join("README"), "not the cache's own").unwrap();
    let list = Cache::new(&path).list();
    let shown: Vec<_> = list
        .iter()
        .map(|e| (e.certificates.iter().map(|k| k.certificate.short_name()).collect::<Vec<_>>(), e.failure.as_deref()))
        .collect();
    assert_eq!(shown, [(vec![], Some("4 04")), (vec!["Acme CA".into()], None), (vec!["Imported CA".into()], None)]);
    assert_eq!(list[0].asked.date(), "2026-01-01");
    assert_eq!(cache.clear().unwrap(), 4);
    assert!(cache.get(&url()).is_none());
    assert_eq!(files(&path), [path.join("README")]);
}

/// Puts the certificate into the cache; the file that holds it.
fn filled(path: &Path, ca: &Ca) -> PathBuf {
    Cache::new(path).put(&url(), &[Arc::clone(&ca.certificate)], None);
    files(path).into_iter().find(|file| text_of(file).contains("key url")).unwrap()
}

#[test]
fn a_poisoned_torn_or_foreign_file_is_a_miss() {
    let (_folder, path) = folder();
    let (ca, other) = (Ca::new("Acme CA"), Ca::new("Other CA"));
    let file = filled(&path, &ca);
    let good = fs::read(&file).unwrap();
    let head = good.len() - ca.der().len();
    let with = |from: &str, to: &str| {
        let text = String::from_utf8(good[..head].to_vec()).unwrap();
        assert!(text.contains(from), "{text}");
        [text.replacen(from, to, 1).as_bytes(), ca.der()].concat()
    };
    // Between spaces: the same digits may stand in the time or in the fingerprint.
    let length = format!(" {} ", ca.der().len());
    let bad: Vec<Vec<u8>> = vec![
        vec![],
        b"\n\n".to_vec(),
        good[..good.len() - 1].to_vec(),
        good[..head].to_vec(),
        good[..head / 2].to_vec(),
        [&good[..], b"x"].concat(),
        [&good[..head], &vec![0; ca.der().len()][..]].concat(),
        [&good[..head], other.der()].concat(),
        with("cache 1", "cache 2"),
        with("key url http://crt.example/ca.crt", "key url http://other.example/ca.crt"),
        with("key url", "key subject"),
        with("asked ", "asked x"),
        with(&length, " 99999999999999999999 "),
        with(&length, " 18446744073709551615 "),
        with(&length, " 0 "),
        with(" =\n", " \n\n"),
        with("certificate ", "failed "),
        with("certificate ", "failed x\ncertificate "),
        ca.der().to_vec(),
        vec![0xff; 1 << 20],
    ];
    for (n, bytes) in bad.iter().enumerate() {
        fs::write(&file, bytes).unwrap();
        let cache = Cache::new(&path);
        assert!(cache.get(&url()).is_none(), "{n}");
        assert!(cache.list().len() <= 1 && cache.warnings().is_empty(), "{n}");
        // And it is written over.
        cache.put(&url(), &[Arc::clone(&ca.certificate)], None);
        assert!(Cache::new(&path).get(&url()).is_some(), "{n}");
    }
    fs::write(&file, &good).unwrap();
    assert!(Cache::new(&path).get(&url()).is_some());
}

#[test]
fn a_link_is_not_followed_a_pipe_not_opened_a_folder_not_read() {
    let (_folder, path) = folder();
    let ca = Ca::new("Acme CA");
    let file = filled(&path, &ca);
    let elsewhere = path.join("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert!(Cache::new(&path).get(&url()).is_none());
    fs::remove_file(&file).unwrap();
    if Command::new("mkfifo").arg(&file).status().is_ok_and(|status| status.success()) {
        assert!(Cache::new(&path).get(&url()).is_none());
        fs::remove_file(&file).unwrap();
    }
    fs::create_dir(&file).unwrap();
    let cache = Cache::new(&path);
    assert!(cache.get(&url()).is_none());
    cache.put(&url(), &[Arc::clone(&ca.certificate)], None);
    assert_eq!(cache.warnings().len(), 1);
}

#[test]
fn many_may_write_at_once() {
    let (_folder, path) = folder();
    let cas: Vec<Ca> = (0..4).map(|_| Ca::new("Acme CA")).collect();
    thread::scope(|scope| {
        for ca in &cas {
            let path = &path;
            scope.spawn(move || {
                for _ in 0..50 {
                    let cache = Cache::new(path);
                    cache.put(&url(), &[Arc::clone(&ca.certificate)], None);
                    let read = Cache::new(path).get(&url()).unwrap();
                    assert_eq!(read.certificates.len(), 1);
                    assert!(cache.warnings().is_empty(), "{:?}", cache.warnings());
                }
            });
        }
    });
    // One file for the URL, one for the name.
    assert_eq!(files(&path).len(), 2);
}

#[test]
fn the_least_recently_used_go_first() {
    let (_folder, path) = folder();
    let ca = Ca::new("Acme CA");
    let nth = |n: usize| Url::parse(&format!("http://a/{n}")).unwrap();
    let set_age = |n: usize, days: u64| {
        let used = SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
        let needle = format!("key url http://a/{n}\n");
        let file = files(&path).into_iter().find(|f| text_of(f).contains(&needle)).unwrap();
        fs::File::open(&file).unwrap().set_modified(used).unwrap();
        file
    };
    let cache = Cache::new(&path);
    for n in 0..40 {
        cache.put(&nth(n), &[Arc::clone(&ca.certificate)], None);
    }
    assert_eq!(files(&path).len(), 41);
    let old: Vec<PathBuf> = (0..40).map(|n| set_age(n, 100 + n as u64)).collect();
    // Used, so that it is young again.
    assert!(Cache::new(&path).get(&nth(39)).is_some());
    assert!(fs::metadata(&old[39]).unwrap().mtime() > fs::metadata(&old[0]).unwrap().mtime());
    Cache::new(&path).limits(16, 1 << 30).put(&nth(40), &[Arc::clone(&ca.certificate)], None);
    assert_eq!(files(&path).len(), 12);
    assert!(old[39].exists() && old[0].exists() && !old[38].exists());
    let bytes = fs::metadata(&old[0]).unwrap().len();
    Cache::new(&path).limits(1000, bytes * 8).put(&nth(41), &[Arc::clone(&ca.certificate)], None);
    assert!(files(&path).len() <= 6, "{}", files(&path).len());
}

#[test]
fn what_a_dead_process_left_is_swept_away() {
    let (_folder, path) = folder();
    let cache = Cache::new(&path);
    cache.put_failure(&url(), "404");
    let (dead, alive) = (path.join(".new-dead"), path.join(".new-alive"));
    for file in [&dead, &alive] {
        fs::write(file, "half").unwrap();
    }
    let day = Duration::from_secs(24 * 60 * 60);
    fs::File::open(&dead).unwrap().set_modified(SystemTime::now() - day).unwrap();
    Cache::new(&path).put_failure(&url(), "404");
    assert!(!dead.exists() && alive.exists());
}

#[test]
fn without_a_folder_all_goes_on() {
    let (folder, path) = folder();
    let ca = Ca::new("Acme CA");
    // A file in the place of the folder: nobody can write there, not even root.
    fs::write(&path, "in the way").unwrap();
    let cache = Arc::new(Cache::new(path.join("below")));
    let fake = Fake::new([(URL, Ok(ca.der().to_vec()))]);
    let gap = ca.gap(&[URL]);
    let source = AiaSource::new(Arc::clone(&fake) as Arc<dyn Fetch>).cache(Arc::clone(&cache));
    assert!(CacheSource::new(Arc::clone(&cache)).issuers_of(&gap, &mut budget()).certificates.is_empty());
    assert_eq!(source.issuers_of(&gap, &mut budget()).certificates.len(), 1);
    cache.put_failure(&Url::parse("http://b/").unwrap(), "404");
    let warnings = cache.warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].starts_with(&format!("cannot write the cache {}: ", path.join("below").display())));
    // The run itself still remembers.
    assert_eq!(CacheSource::new(cache).issuers_of(&gap, &mut budget()).certificates.len(), 1);
    drop(folder);
}

#[test]
fn a_folder_that_only_can_be_read_is_read() {
    let (_folder, path) = folder();
    let ca = Ca::new("Acme CA");
    Cache::new(&path).put(&url(), &[Arc::clone(&ca.certificate)], None);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o500)).unwrap();
    let cache = Cache::new(&path);
    assert!(cache.get(&url()).is_some());
    cache.put_failure(&Url::parse("http://b/").unwrap(), "404");
    // Root may write even so.
    assert_eq!(cache.warnings().is_empty(), files(&path).len() == 3);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
}
