//! Certificates from `--intermediates`.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chainmend::cert::Certificate;
use chainmend::report::Source;
use chainmend::source::pool::LoadError;
use chainmend::source::{Budget, IssuerSource, LocalSource};

use crate::pki::Ca;

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
    assert!(LocalSource::load::<&str>(&[]).unwrap().certificates().is_empty());
}
