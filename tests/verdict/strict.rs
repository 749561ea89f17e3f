//! What strict clients refuse, put to `openssl verify -x509_strict`.

use std::process::Command;

use chainmend::Repair;
use chainmend::cert::{Certificate, Time};
use chainmend::roots::Roots;
use chainmend::rules::Rule;
use rcgen::KeyUsagePurpose;

use crate::support::pki::{Aki, Basic, Ca, Template, pem};
use crate::support::run::Folder;

/// When all of it is valid.
const AT: i64 = 1_795_219_200;

const CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
const ALTERNATIVE_NAME: &[u64] = &[2, 5, 29, 17];

/// A change to one of the three certificates.
type Edit = fn(Template) -> Template;

/// What is changed about root, CA and leaf. Each is accepted by `openssl verify` without the flag.
const VARIANTS: &[(&str, Edit, Edit, Edit)] = &[
    ("nothing", |t| t, |t| t, |t| t),
    ("root without keyUsage", |t| t.usages(&[]), |t| t, |t| t),
    ("root without subjectKeyIdentifier", |t| t.no_ski(), |t| t, |t| t),
    ("root without authorityKeyIdentifier", |t| t.aki(Aki::Absent), |t| t, |t| t),
    ("root's basicConstraints not critical", loose_ca, |t| t, |t| t),
    ("CA without keyUsage", |t| t, |t| t.usages(&[]), |t| t),
    ("CA without subjectKeyIdentifier", |t| t, |t| t.no_ski(), |t| t),
    ("CA without authorityKeyIdentifier", |t| t, |t| t.aki(Aki::Absent), |t| t),
    ("CA's basicConstraints not critical", |t| t, loose_ca, |t| t),
    ("CA with a path length", |t| t, |t| t.pathlen(0), |t| t),
    ("leaf without authorityKeyIdentifier", |t| t, |t| t, |t| t.aki(Aki::Absent)),
    ("leaf without subjectKeyIdentifier", |t| t, |t| t, |t| t.no_ski()),
    ("leaf without basicConstraints", |t| t, |t| t, |t| t.basic(Basic::Absent)),
    ("leaf without subjectAltName", |t| t, |t| t, |t| Template { names: Vec::new(), ..t }),
    (
        "leaf with keyCertSign",
        |t| t,
        |t| t,
        |t| t.usages(&[KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign]),
    ),
    ("leaf with an empty subject", |t| t, |t| t, |t| Template { subject: rcgen::DistinguishedName::new(), ..t }),
    (
        "leaf with an empty subject and a subjectAltName that is not critical",
        |t| t,
        |t| t,
        |t| {
            let san = vec![0x30, 11, 0x82, 9, b'a', b'.', b'e', b'x', b'a', b'm', b'p', b'l', b'e'];
            Template { subject: rcgen::DistinguishedName::new(), names: Vec::new(), ..t }.extension(
                ALTERNATIVE_NAME,
                false,
                san,
            )
        },
    ),
    ("leaf without keyUsage", |t| t, |t| t, |t| t.usages(&[])),
    (
        "leaf with an empty subject and no keyUsage",
        |t| t,
        |t| t,
        |t| Template { subject: rcgen::DistinguishedName::new(), ..t.usages(&[]) },
    ),
];

/// `cA` set, in an extension that is not critical.
fn loose_ca(template: Template) -> Template {
    template.basic(Basic::Absent).extension(CONSTRAINTS, false, vec![0x30, 3, 0x01, 0x01, 0xff])
}

fn openssl(folder: &Folder, chain: [&Ca; 3], flags: &[&str]) -> Result<(), String> {
    let [leaf, ca, root] = chain;
    folder.write("leaf.pem", pem(&[leaf]));
    folder.write("ca.pem", pem(&[ca]));
    folder.write("root.pem", pem(&[root]));
    let output = Command::new("openssl")
        .args(["verify", "-no-CApath", "-no-CAstore", "-attime", &AT.to_string()])
        .args(flags)
        .arg("-CAfile")
        .arg(folder.path("root.pem"))
        .arg("-untrusted")
        .arg(folder.path("ca.pem"))
        .arg(folder.path("leaf.pem"))
        .output()
        .expect("it was there before");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// `not-strict` is said of exactly the chains that OpenSSL refuses when it is strict.
///
/// ```text
/// Root ─ CA ─ leaf        one of them changed
/// ```
pub fn strict_openssl_agrees() {
    let folder = Folder::new();
    let (mut strict, mut loose) = (0, 0);
    for (what, of_root, of_ca, of_leaf) in VARIANTS {
        let root = of_root(Template::ca("Root").until("2064-01-01"));
        let ca = of_ca(Template::ca("CA"));
        let leaf = of_leaf(Template::leaf(&["a.example"]));
        let made = [leaf.clone().issued_by(&ca), ca.clone().issued_by(&root), root.clone().self_signed()];
        let [leaf, ca, root] = &made;
        assert_eq!(openssl(&folder, [leaf, ca, root], &[]), Ok(()), "{what}");
        let outcome = Repair::new(pem(&[leaf, ca]).as_bytes())
            .at(Time::from_unix(AT))
            .roots(Roots::from_certificates("test", [Certificate::from_der(root.der()).unwrap()]))
            .run();
        assert!(outcome.chain.is_some(), "{what}: {:?}", outcome.findings);
        let noted = outcome.findings.iter().any(|finding| finding.rule == Rule::NotStrict);
        let theirs = openssl(&folder, [leaf, ca, root], &["-x509_strict"]);
        assert_eq!(theirs.is_err(), noted, "{what}: {theirs:?}, {:?}", outcome.findings);
        *(if noted { &mut strict } else { &mut loose }) += 1;
    }
    assert!(strict >= 10 && loose >= 4, "{strict} {loose}");
}
