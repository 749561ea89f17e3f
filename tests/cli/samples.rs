//! The bundles in samples/ do what their headers say, without the network.

use std::path::{Path, PathBuf};

use crate::support::run::{Folder, fingerprints_in};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn sample(name: &str) -> String {
    samples().join(name).to_str().unwrap().to_owned()
}

/// With what each needs besides the root.
const BROKEN: [(&str, bool); 5] = [
    ("broken.pem", false),
    ("misordered.pem", false),
    ("glued.pem", false),
    ("hole.pem", true),
    ("leaf-only.pem", true),
];

#[test]
fn every_broken_sample_is_mended_and_right_afterwards() {
    for (name, needs_intermediates) in BROKEN {
        let folder = Folder::new();
        let (roots, pool) = (sample("root.pem"), sample("intermediates.pem"));
        let mut options = vec!["--offline", "--roots", &roots];
        if needs_intermediates {
            folder.chainmend(&[&["fix", sample(name).as_str(), "-o", "out.pem"], &options[..]].concat()).exits(1);
            options.extend(["--intermediates", &pool]);
        }
        let check = folder.chainmend(&[&["check", sample(name).as_str()], &options[..]].concat());
        assert_eq!(check.status, 1, "{name}: {}", check.stderr);
        let fix = folder.chainmend(&[&["fix", sample(name).as_str(), "-o", "out.pem"], &options[..]].concat());
        assert_eq!(fix.status, 0, "{name}: {}", fix.stderr);
        assert_eq!(fingerprints_in(&folder.path("out.pem")), fingerprints_in(&samples().join("right.pem")), "{name}");
        // Now nothing but the root is needed.
        folder.chainmend(&["check", "out.pem", "--offline", "--roots", &roots]).exits(0);
    }
}

#[test]
fn the_right_sample_is_right() {
    Folder::new().chainmend(&["check", &sample("right.pem"), "--offline", "--roots", &sample("root.pem")]).exits(0);
}

#[test]
fn every_sample_bundle_is_valid_for_decades_and_starts_with_what_it_is() {
    for entry in std::fs::read_dir(samples()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "pem") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# "), "{}: no header", path.display());
        // Glued markers are what one sample shows; apart, every block can be looked at.
        for block in ::pem::parse_many(text.replace("----------", "-----\n-----")).unwrap() {
            if block.tag() == "CERTIFICATE" {
                let (_, cert) = x509_parser::parse_x509_certificate(block.contents()).unwrap();
                // 2060-01-01
                assert!(cert.validity().not_after.timestamp() > 2_840_140_800, "{}", path.display());
            }
        }
    }
}
