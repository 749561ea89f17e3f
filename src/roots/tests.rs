//! Stores in memory, in files and in directories.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)]

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use std::fs;

use super::*;

/// A self-signed CA of this name with a key of its own, and the key.
fn root(name: &str) -> (Certificate, CertificateParams, KeyPair) {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2060, 1, 1);
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().unwrap();
    let certificate = Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
    (certificate, params, key)
}

/// A CA that `issuer` signed.
fn below(name: &str, issuer: &(Certificate, CertificateParams, KeyPair)) -> Certificate {
    let (_, params, key) = root(name);
    let issuer = Issuer::from_params(&issuer.1, &issuer.2);
    Certificate::from_der(params.signed_by(&key, &issuer).unwrap().der()).unwrap()
}

fn pem(certificate: &Certificate) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE", certificate.der()))
}

fn store(path: &Path) -> RootStore {
    RootStore::Path(path.to_owned())
}

#[test]
fn mozillas_list_is_read_whole_and_found_by_name_and_key() {
    let roots = Roots::load(&[RootStore::Mozilla], false).unwrap();
    for der in TLS_SERVER_ROOT_CERTS {
        let certificate = Certificate::from_der(der).unwrap();
        let found = roots.of(certificate.entity());
        assert_eq!(found.iter().filter(|anchor| *anchor.certificate == certificate).count(), 1);
        assert_eq!(&*found[0].store, "mozilla");
    }
    assert!(roots.named(&root("nobody").0.entity().subject).is_empty());
}

#[test]
fn names_are_compared_as_rfc_5280_asks() {
    let (certificate, ..) = root("Big  CA");
    let (asked, ..) = root(" big ca");
    let roots = Roots::from_certificates("memory", [certificate]);
    assert_eq!(roots.named(&asked.entity().subject).len(), 1);
    assert!(roots.of(asked.entity()).is_empty(), "another key");
}

#[test]
fn several_keys_under_one_name_are_all_found() {
    let roots = Roots::from_certificates("memory", [root("one").0, root("one").0]);
    assert_eq!(roots.named(&root("one").0.entity().subject).len(), 2);
}

#[test]
fn a_file_holds_anchors_and_intermediates() {
    let anchor = root("anchor");
    let intermediate = below("intermediate", &anchor);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.pem");
    fs::write(&path, format!("{0}{1}{0}", pem(&anchor.0), pem(&intermediate))).unwrap();

    let roots = Roots::load(&[store(&path)], false).unwrap();
    assert_eq!(roots.of(anchor.0.entity()).len(), 1);
    assert_eq!(&*roots.of(anchor.0.entity())[0].store, path.to_str().unwrap());
    assert!(roots.of(intermediate.entity()).is_empty());
    assert_eq!(roots.intermediates().len(), 1);

    let roots = Roots::load(&[store(&path)], true).unwrap();
    assert_eq!(roots.of(intermediate.entity()).len(), 1);
    assert!(roots.intermediates().is_empty());
}

#[test]
fn a_self_issued_certificate_of_another_key_is_no_anchor() {
    // old --signs--> new key, same name: a key rollover.
    let old = root("rollover");
    let new = below("rollover", &old);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.der");
    fs::write(&path, [old.0.der(), new.der()].concat()).unwrap();
    let roots = Roots::load(&[store(&path)], false).unwrap();
    assert_eq!(roots.named(&old.0.entity().subject).len(), 1);
    assert_eq!(roots.intermediates().len(), 1);
}

#[test]
fn a_directory_is_read_file_by_file() {
    let (one, two) = (root("one").0, root("two").0);
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("one.pem"), pem(&one)).unwrap();
    fs::write(dir.path().join("two.der"), two.der()).unwrap();
    fs::write(dir.path().join("README"), "nothing here").unwrap();
    fs::write(dir.path().join(".old.pem"), pem(&root("old").0)).unwrap();
    fs::create_dir(dir.path().join("below")).unwrap();
    fs::write(dir.path().join("below/three.pem"), pem(&root("three").0)).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("one.pem", dir.path().join("0a1b2c3d.0")).unwrap();
        std::os::unix::fs::symlink("gone.pem", dir.path().join("dangling.0")).unwrap();
    }
    let roots = Roots::load(&[store(dir.path())], false).unwrap();
    assert_eq!(roots.of(one.entity()).len(), 1);
    assert_eq!(roots.of(two.entity()).len(), 1);
    for passed_over in ["three", "old"] {
        assert!(roots.named(&root(passed_over).0.entity().subject).is_empty());
    }
    assert!(roots.warnings().is_empty());
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let one = root("one").0;
    let dir = tempfile::tempdir().unwrap();
    let large = dir.path().join("large.pem");
    // It takes no room on the disk.
    fs::File::create(&large).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
    let alone = Roots::load(&[store(dir.path())], false).unwrap_err().to_string();
    assert_eq!(alone, format!("cannot read {}: larger than 64 MiB", large.display()));
    fs::write(dir.path().join("one.pem"), pem(&one)).unwrap();
    let roots = Roots::load(&[store(dir.path())], false).unwrap();
    assert_eq!(roots.of(one.entity()).len(), 1);
    assert_eq!(roots.warnings(), [format!("{} is larger than 64 MiB", large.display())]);
}

#[test]
fn a_missing_path_and_an_empty_one_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Roots::load(&[store(&dir.path().join("gone"))], false).unwrap_err();
    assert!(matches!(missing, RootsError::Read { .. }), "{missing}");
    let empty = Roots::load(&[store(dir.path())], false).unwrap_err();
    assert!(matches!(empty, RootsError::Empty { .. }), "{empty}");
}

#[test]
fn one_certificate_in_two_stores_is_found_once() {
    let anchor = root("anchor").0;
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a.pem"), dir.path().join("b.pem"));
    fs::write(&a, pem(&anchor)).unwrap();
    fs::write(&b, pem(&anchor)).unwrap();
    let roots = Roots::load(&[store(&b), store(&a)], false).unwrap();
    let found = roots.of(anchor.entity());
    assert_eq!(found.len(), 1);
    assert_eq!(&*found[0].store, b.to_str().unwrap());
}

/// A device that never ends is no store.
#[cfg(unix)]
#[test]
fn files_are_read_up_to_a_limit() {
    let error = Roots::load(&[RootStore::Path("/dev/zero".into())], false).unwrap_err().to_string();
    assert!(error.ends_with("larger than 64 MiB"), "{error}");
}

/// What OpenSSL and p11-kit write: a certificate with what it is trusted for behind it.
#[test]
fn a_trusted_certificate_is_an_anchor_for_what_its_block_says() {
    const SERVER: [u8; 10] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
    const CLIENT: [u8; 10] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2];
    let block = |certificate: &Certificate, list: u8, oid: [u8; 10]| {
        let aux = [&[0x30, 12, list, 10], &oid[..]].concat();
        pem::encode(&pem::Pem::new("TRUSTED CERTIFICATE", [certificate.der(), &aux].concat()))
    };
    let [server, not_server, client] = ["server", "not server", "client"].map(|name| root(name).0);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bundle.trust.crt");
    let blocks = [block(&server, 0x30, SERVER), block(&not_server, 0xa0, SERVER), block(&client, 0x30, CLIENT)];
    fs::write(&path, blocks.concat()).unwrap();
    for (purpose, trusted) in [
        (Purpose::Server, [true, false, false]),
        (Purpose::Client, [false, true, true]),
        (Purpose::Any, [true, true, true]),
    ] {
        let roots = Roots::load_for(&[store(&path)], false, purpose).unwrap();
        for (certificate, trusted) in [&server, &not_server, &client].into_iter().zip(trusted) {
            assert_eq!(!roots.of(certificate.entity()).is_empty(), trusted, "{purpose:?} {certificate:?}");
            assert_eq!(!roots.is_distrusted(certificate), trusted);
            assert_eq!(!roots.intermediates().iter().any(|c| **c == *certificate), trusted);
        }
    }
}
