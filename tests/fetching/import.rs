//! What is imported: ten thousand certificates, and the list of revoked ones.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chainmend::cert::Certificate;
use chainmend::source::Cache;
use chainmend::source::cache::ImportReport;
use chainmend::source::cache::imported::MAX_PER_NAME;
use chainmend::source::ccadb::Status;
use chainmend::source::files::{Contents, read};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, date_time_ymd};

use crate::pki::{Ca, pkcs7};

/// What a process of its own imports.
pub fn import(path: &Path, cas: &[&Ca]) -> ImportReport {
    let certificates = cas.iter().map(|ca| Arc::clone(&ca.certificate)).collect();
    Cache::new(path).import(&Contents { certificates, ..Contents::default() }).unwrap()
}

fn report_on(path: &Path, statuses: &[(&Ca, Status)]) -> ImportReport {
    let statuses = statuses.iter().map(|(ca, status)| (ca.certificate.fingerprint(), *status)).collect();
    Cache::new(path).import(&Contents { statuses, ..Contents::default() }).unwrap()
}

fn is_known(path: &Path, ca: &Ca) -> bool {
    Cache::new(path).imported(&ca.certificate.subject().key()).contains(&ca.certificate)
}

#[test]
fn what_is_imported_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chainmend");
    let [a, b, c] = ["A", "B", "C"].map(Ca::new);
    let twin = Ca::new("A");
    assert_eq!(import(&path, &[&a, &b, &a]), ImportReport { new: 2, ..ImportReport::default() });
    assert_eq!(import(&path, &[&b, &c, &twin]), ImportReport { new: 2, known: 1, ..ImportReport::default() });
    assert!([&a, &b, &c, &twin].into_iter().all(|ca| is_known(&path, ca)));
    assert_eq!(Cache::new(&path).imported(&a.certificate.subject().key()).len(), 2);
    assert!(!is_known(&path, &Ca::new("D")));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(path.join("imported")).unwrap().permissions().mode() & 0o077, 0);
    assert_eq!(Cache::new(&path).clear().unwrap(), 1);
    assert!(!is_known(&path, &a));
}

#[test]
fn of_one_name_those_that_last_longest_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cas: Vec<Ca> = (0..MAX_PER_NAME as i32 + 2).map(|n| Ca::until("Acme CA", 2100 - n, 1, 1)).collect();
    let report = import(folder.path(), &cas.iter().collect::<Vec<_>>());
    assert_eq!(report, ImportReport { new: MAX_PER_NAME, left_out: 2, ..ImportReport::default() });
    assert!(is_known(folder.path(), &cas[MAX_PER_NAME - 1]) && !is_known(folder.path(), &cas[MAX_PER_NAME]));
}

/// CCADB's report with the PEM of all CA certificates that it knows.
#[test]
fn ten_thousand_are_imported_and_looked_up_in_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.csv");
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut text = String::from("SHA-256 Fingerprint,X.509 Certificate (PEM)\n");
    for n in 0..10_000 {
        let mut params = CertificateParams::default();
        params.not_after = date_time_ymd(2060, 1, 1);
        params.distinguished_name.push(DnType::CommonName, format!("CA {n}"));
        text += &format!("x,\"{}\"\n", params.self_signed(&key).unwrap().pem().trim());
    }
    fs::write(&report, text).unwrap();
    let path = folder.path().join("cache");
    let start = Instant::now();
    let contents = read(&report).unwrap().contents;
    assert_eq!(Cache::new(&path).import(&contents).unwrap().new, 10_000);
    // Measured with optimisation: 0.2 s. Here there is none, and other tests run beside it.
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    // A process that needs one of them.
    let name = contents.certificates[4711].subject().key();
    let one = || {
        let start = Instant::now();
        assert_eq!(Cache::new(&path).imported(&name), [Arc::clone(&contents.certificates[4711])]);
        start.elapsed()
    };
    // The fastest of some: any of them may have had to wait for its turn.
    let fastest = (0..50).map(|_| one()).min().unwrap();
    assert!(fastest < Duration::from_millis(10), "{fastest:?}");
    // What is fetched later pushes none of it out.
    Cache::new(&path).limits(1, 1).put_failure(&"http://a/".parse().unwrap(), "404");
    assert!(!Cache::new(&path).imported(&name).is_empty());
    assert_eq!(Cache::new(&path).list().iter().filter(|entry| entry.failure.is_none()).count(), 10_000);
}

#[test]
fn the_last_word_on_a_certificate_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let [a, b] = ["A", "B"].map(Ca::new);
    let revoked = |ca: &Ca| Cache::new(path).revoked().contains(&ca.certificate.fingerprint());
    assert!(!revoked(&a) && Cache::new(path).revoked().as_of().is_none());
    let report = report_on(path, &[(&a, Status::Revoked), (&b, Status::NotRevoked)]);
    assert_eq!((report.revoked, report.newly_revoked), (1, 1));
    assert!(revoked(&a) && !revoked(&b) && Cache::new(path).revoked().as_of().is_some());
    // A report on another certificate says nothing of this one, and one with certificates nothing at all.
    let report = report_on(path, &[(&b, Status::Revoked)]);
    assert_eq!((report.revoked, report.newly_revoked), (2, 1));
    assert_eq!(import(path, &[&a]).revoked, 2);
    assert!(revoked(&a) && revoked(&b));
    assert_eq!(report_on(path, &[(&a, Status::NotRevoked)]).revoked, 1);
    assert!(!revoked(&a) && revoked(&b));
    assert!(Cache::new(path).warnings().is_empty());
    assert_eq!(Cache::new(path).clear().unwrap(), 2);
    assert!(!revoked(&b));
}

/// Whoever may write to the folder makes nobody fail by it: at most the imports are not there.
#[test]
fn a_file_that_is_torn_foreign_or_forged_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let cas: Vec<Ca> = (0..5).map(|n| Ca::new(&format!("CA {n}"))).collect();
    let all: Vec<&Ca> = cas.iter().collect();
    import(path, &all);
    report_on(path, &cas.iter().map(|ca| (ca, Status::Revoked)).collect::<Vec<_>>());
    for name in ["imported", "revoked"] {
        let file = path.join(name);
        let good = fs::read(&file).unwrap();
        let look = || {
            let cache = Cache::new(path);
            let found: Vec<Arc<Certificate>> =
                all.iter().flat_map(|ca| cache.imported(&ca.certificate.subject().key())).collect();
            assert!(found.iter().all(|certificate| all.iter().any(|ca| ca.certificate == *certificate)));
            let listed = cache.revoked().fingerprints().len();
            let warned = cache.warnings().len();
            assert!(listed == 5 || (listed == 0 && warned == 1), "{listed} listed, {warned} warnings");
            cache.list();
            if name == "imported" { found.len() } else { listed }
        };
        assert_eq!(look(), 5);
        // Every bit of the head and index, and cut short everywhere.
        for at in (0..good.len().min(600)).chain([good.len() - 1]) {
            let mut bad = good.clone();
            bad[at] ^= 0x80;
            fs::write(&file, &bad).unwrap();
            let found = look();
            assert!(found < 5 || (name == "revoked" && at >= 20), "{name}, octet {at}");
            fs::write(&file, &good[..at]).unwrap();
            assert!(look() < 5, "{name} cut at {at}");
        }
        for foreign in [&b""[..], b"chainmend", &[0xff; 4096]] {
            fs::write(&file, foreign).unwrap();
            assert_eq!(look(), 0);
        }
        fs::remove_file(&file).unwrap();
        symlink("/dev/zero", &file).unwrap();
        assert_eq!(look(), 0);
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert_eq!(look(), 0);
        fs::remove_dir(&file).unwrap();
        fs::write(&file, &good).unwrap();
        assert_eq!(look(), 5);
    }
}

#[test]
fn imports_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cas: Vec<Ca> = (0..16).map(|n| Ca::new(&format!("CA {n}"))).collect();
    thread::scope(|scope| {
        for ca in &cas {
            let path = folder.path();
            scope.spawn(move || {
                import(path, &[ca]);
                report_on(path, &[(ca, Status::Revoked)]);
            });
        }
    });
    assert!(cas.iter().all(|ca| is_known(folder.path(), ca)));
    assert_eq!(Cache::new(folder.path()).revoked().fingerprints().len(), 16);
}

#[test]
fn an_import_that_cannot_be_written_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let contents = Contents { certificates: vec![Ca::new("A").certificate], ..Contents::default() };
    assert!(Cache::new(file.join("below")).import(&contents).is_err());
}

/// PEM in any column, in single quotes or none, whatever the column is called.
#[test]
fn reports_are_read_whatever_their_columns() {
    let [a, b] = ["A", "B"].map(Ca::new);
    let (one, two) = (a.pem(), b.pem().replace('\n', "\r\n"));
    let names = |text: &str| {
        let contents = Contents::of(text.as_bytes());
        contents.certificates.iter().map(|c| c.short_name()).collect::<Vec<_>>()
    };
    assert_eq!(names(&format!("\"CA Owner\",\"PEM Info\"\n\"x\",\"'{one}'\"\n\"y\",\"'{two}'\"\n")), ["A", "B"]);
    assert_eq!(names(&format!("\u{feff}SHA-256 Fingerprint,X.509 Certificate (PEM)\r\nx,\"{one}\"\r\n")), ["A"]);
    assert_eq!(names(&format!("PEM\n\"{one}\"\n\"{two}\"")), ["A", "B"]);
    // No header that is known: PEM in a table is PEM in a text.
    assert_eq!(names(&format!("a,b\n1,\"{one}\"\n2,\"{two}\"\n")), ["A", "B"]);
    // One row that is damaged costs one row.
    let half = &one[..one.len() / 2];
    assert_eq!(names(&format!("n,PEM Info\n1,\"{half}\"\n2\n3,\"{two}\"\n4,\"{one}")), ["B", "A"]);
    // Whom a row without fingerprint is about, its certificate says.
    let revoked = Contents::of(format!("Revocation Status,PEM Info\nRevoked,\"'{one}'\"\n").as_bytes());
    assert_eq!(revoked.statuses, [(a.certificate.fingerprint(), Status::Revoked)]);
}

/// `openssl crl2pkcs7 -nocrl -certfile pool.pem`: one block, larger than any chain's.
#[test]
fn a_pool_may_be_one_block() {
    let a = Ca::new(&"A".repeat(200));
    let armoured = |der: &[u8]| pem::encode(&pem::Pem::new("PKCS7", der)).into_bytes();
    let pool = armoured(&pkcs7(&vec![&a; 14_000]));
    assert!(pool.len() > 8 << 20, "{}", pool.len());
    let contents = Contents::of(&pool);
    assert_eq!((contents.certificates.len(), contents.lost), (14_000, Vec::new()));
    // A chain is not as large, and says so.
    let chain = chainmend::bundle::read("site.pem", &pool);
    assert!(chain.certificates().next().is_none());
    assert!(chain.findings[0].message.contains("the block is larger than 8 MiB"), "{:?}", chain.findings);
    // Nor is a pool endless.
    let endless = armoured(&vec![0x30; 50 << 20]);
    let lost = Contents::of(&endless).lost;
    assert!(lost.len() == 1 && lost[0].why.contains("the block is larger than 64 MiB"), "{lost:?}");
    // More certificates than are read of a file.
    let lost = Contents::of(&armoured(&pkcs7(&vec![&a; 16_385]))).lost;
    assert!(lost.len() == 1 && lost[0].why.contains("more than 16384 certificates"), "{lost:?}");
}

#[test]
fn a_folder_gives_what_can_be_read_and_names_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let [a, b] = ["A", "B"].map(Ca::new);
    fs::write(path("a.p7c"), pkcs7(&[&a])).unwrap();
    fs::write(path("b.csv"), format!("PEM Info\n\"{}\"\n", b.pem())).unwrap();
    fs::write(path("c.txt"), "nothing").unwrap();
    // As large as no file may be; it takes no room on the disk.
    fs::File::create(path("d.pem")).unwrap().set_len(300 << 20).unwrap();
    let read = read(folder.path()).unwrap();
    assert_eq!(read.contents.certificates.len(), 2);
    let failed: Vec<String> = read.failed.iter().map(ToString::to_string).collect();
    assert_eq!(failed, [format!("{} is larger than 256 MiB", path("d.pem").display())]);
}
