//! Certificates from `--intermediates`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chainmend::cert::Certificate;
use chainmend::report::Source;
use chainmend::source::files::LoadError;
use chainmend::source::{Budget, IssuerSource, LocalSource};

use crate::pki::{Ca, pkcs7};

fn budget() -> Budget {
    Budget::new(Instant::now() + Duration::from_secs(30))
}

#[test]
fn every_certificate_of_the_issuers_name_is_a_candidate_once() {
    let (ca, twin, stranger) = (Ca::new("Acme CA"), Ca::new("ACME  ca"), Ca::new("Other CA"));
    let all = [&stranger, &ca, &twin, &ca].map(|ca| Arc::clone(&ca.certificate));
    let source = LocalSource::new(all);
    assert_eq!(source.certificates().len(), 4);
    let issuers = source.issuers_of(&ca.gap(&[]), &mut budget());
    let found: Vec<&Certificate> = issuers.certificates.iter().map(|found| &*found.certificate).collect();
    assert_eq!(found, [&*ca.certificate, &*twin.certificate]);
    assert!(issuers.certificates.iter().all(|found| found.source == Source::Intermediates && found.url.is_none()));
    assert!(!issuers.more && issuers.fetches.is_empty());
    let nobody = Ca::new("Nobody").gap(&[]);
    assert!(source.issuers_of(&nobody, &mut budget()).certificates.is_empty());
}

#[test]
fn a_path_that_cannot_be_read_or_holds_nothing_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.pem");
    let error = LocalSource::load(&[&missing]).unwrap_err();
    assert!(matches!(&error, LoadError::Read { path, .. } if *path == missing));
    assert!(error.to_string().starts_with("cannot read "), "{error}");
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "nothing here").unwrap();
    assert_eq!(LocalSource::load(&[&empty]).unwrap_err().to_string(), format!("no certificate in {}", empty.display()));
    assert!(matches!(LocalSource::load(&[folder.path()]), Err(LoadError::Empty { .. })));
    // A folder of which nothing could be read is not called empty.
    let large = folder.path().join("large.pem");
    fs::File::create(&large).unwrap().set_len(300 << 20).unwrap();
    let error = LocalSource::load(&[folder.path()]).unwrap_err().to_string();
    assert_eq!(error, format!("{} is larger than 256 MiB", large.display()));
    assert!(LocalSource::load::<&str>(&[]).unwrap().certificates().is_empty());
}

#[test]
fn files_and_directories_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let [a, b, c, hidden, below, linked] = ["A", "B", "C", "Hidden", "Below", "Linked"].map(Ca::new);
    fs::create_dir(path("certs")).unwrap();
    fs::write(path("certs/2.pem"), a.pem()).unwrap();
    fs::write(path("certs/1.p7c"), pkcs7(&[&b, &c])).unwrap();
    fs::write(path("certs/README"), "no certificate").unwrap();
    fs::write(path("certs/.hidden.pem"), hidden.pem()).unwrap();
    fs::create_dir(path("certs/below")).unwrap();
    fs::write(path("certs/below/x.pem"), below.pem()).unwrap();
    fs::write(path("linked.der"), linked.der()).unwrap();
    symlink(path("linked.der"), path("certs/3.crt")).unwrap();
    symlink(path("nowhere"), path("certs/4.crt")).unwrap();
    let names = |paths: &[PathBuf]| {
        let source = LocalSource::load(paths).unwrap();
        assert!(source.warnings().is_empty(), "{:?}", source.warnings());
        source.certificates().iter().map(|c| c.short_name()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[path("certs")]), ["B", "C", "A", "Linked", "Below"]);
    assert_eq!(names(&[path("linked.der"), path("certs/2.pem")]), ["Linked", "A"]);
}

#[test]
fn what_is_damaged_is_told_and_the_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let [a, b] = ["A", "B"].map(Ca::new);
    let torn = b.pem().replace("MI", "M!");
    fs::write(path("pool.pem"), format!("# pool\n{}{torn}{torn}", a.pem())).unwrap();
    let source = LocalSource::load(&[path("pool.pem")]).unwrap();
    assert_eq!(source.certificates().len(), 1);
    let [warning] = &source.warnings()[..] else { panic!("{:?}", source.warnings()) };
    assert!(warning.contains("pool.pem: 2 blocks could not be read, at lines "), "{warning}");
    fs::write(path("torn.pem"), torn).unwrap();
    let error = LocalSource::load(&[path("torn.pem")]).unwrap_err();
    assert!(matches!(&error, LoadError::Damaged { lost, .. } if lost.len() == 1), "{error}");
}

/// Of a large pool a block is read when its name is asked for, and not before.
#[test]
fn of_a_large_pool_what_was_asked_for_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pool.pem");
    // Its name can be read, and its end cannot.
    let (ca, other) = (Ca::new(&"Acme ".repeat(40)), Ca::new("Other CA"));
    let whole = ca.pem().replace("\r\n", "\n");
    let last = whole.trim_end().len() - "-----END CERTIFICATE-----".len() - 8;
    let torn = format!("{}!{}", &whole[..last], &whole[last + 1..]);
    let others = other.pem().replace("\r\n", "\n").repeat(2_000);
    fs::write(&file, format!("{others}{torn}")).unwrap();
    let source = LocalSource::load(&[&file]).unwrap();
    assert!(source.certificates().is_empty() && source.warnings().is_empty());
    assert_eq!(source.issuers_of(&other.gap(&[]), &mut budget()).certificates.len(), 1);
    assert!(source.warnings().is_empty());
    for _ in 0..2 {
        assert!(source.issuers_of(&ca.gap(&[]), &mut budget()).certificates.is_empty());
        let line = others.lines().count() + 1;
        let [warning] = &source.warnings()[..] else { panic!("{:?}", source.warnings()) };
        assert!(warning.starts_with(&format!("{}:{line}: ", file.display())), "{warning}");
    }
}

/// The pool of a platform that holds every intermediate there is: only what is asked for is parsed.
#[test]
fn ten_thousand_certificates_are_indexed_at_once() {
    let (ca, other) = (Ca::new("Acme CA"), Ca::new("Other CA"));
    let mut all = vec![Arc::clone(&other.certificate); 10_000];
    all.push(Arc::clone(&ca.certificate));
    let source = LocalSource::new(all);
    let gap = ca.gap(&[]);
    let start = Instant::now();
    assert_eq!(source.issuers_of(&gap, &mut budget()).certificates.len(), 1);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
