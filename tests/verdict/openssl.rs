//! The same certificates, put to `openssl verify`.

use std::process::Command;
use std::sync::Arc;

use chainmend::Settings;
use chainmend::cert::Certificate;
use chainmend::verify::{Purpose, SignatureCheck, Signatures};

use crate::random::Drawn;
use crate::support::run::Folder;
use crate::{mend, numbers};

/// What `openssl verify` says of a leaf with these certificates and roots at hand.
fn openssl(folder: &Folder, drawn: &Drawn, others: &[Arc<Certificate>]) -> Result<(), String> {
    folder.write("leaf.pem", drawn.pem(std::slice::from_ref(&drawn.leaf)));
    folder.write("roots.pem", drawn.pem(&drawn.trusted()));
    folder.write("others.pem", drawn.pem(others));
    let mut command = Command::new("openssl");
    let purpose = if drawn.purpose() == Purpose::Client { "sslclient" } else { "sslserver" };
    command.args(["verify", "-purpose", purpose, "-no-CApath", "-no-CAstore", "-auth_level", "2"]);
    command.args(["-attime", &drawn.at().unix().to_string(), "-CAfile"]).arg(folder.path("roots.pem"));
    if !others.is_empty() {
        command.arg("-untrusted").arg(folder.path("others.pem"));
    }
    let output = command.arg(folder.path("leaf.pem")).output().expect("it was there before");
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Whether there is an OpenSSL to ask.
pub fn is_here() -> bool {
    Command::new("openssl").arg("version").output().is_ok_and(|o| o.status.success())
}

/// A root's name and key stand within the path.
fn stops_early(drawn: &Drawn, path: &[Arc<Certificate>]) -> bool {
    let trusted = drawn.trusted();
    path.iter().skip(1).any(|c| trusted.iter().any(|t| t.entity() == c.entity()))
}

/// A self-issued certificate lacks one of the key identifiers, or one without that of its issuer has an
/// issuer whose name a root has that did not issue it.
fn goes_by_name(drawn: &Drawn, links: &[Arc<Certificate>]) -> bool {
    let signatures = Signatures::default();
    let signed = |child: &Certificate, root: &Certificate| signatures.check(child, root) == SignatureCheck::Valid;
    let trusted = drawn.trusted();
    let lacks = |c: &Certificate| c.fields().authority_key_id.is_none() || c.fields().subject_key_id.is_none();
    links.iter().filter(|c| lacks(c)).any(|c| {
        let mut namesakes = trusted.iter().filter(|t| t.entity().subject == *c.issuer_key());
        c.is_self_issued() || (c.fields().authority_key_id.is_none() && namesakes.any(|root| !signed(c, root)))
    })
}

/// Wherever OpenSSL finds a chain among the certificates at hand, so do we; and what we write it
/// accepts, but for what it does otherwise and is known for: it stops at a root below ours though that
/// is no good; it takes a self-issued certificate without an authority key identifier (a CA that
/// changed its key) for a self-signed one; and without that identifier it takes the first root of a
/// name, whatever its key.
pub fn openssl_agrees() {
    let folder = Folder::new();
    for number in numbers(60) {
        let drawn = Drawn::new(number);
        if drawn.trusted().is_empty() || drawn.purpose() == Purpose::Any {
            continue;
        }
        let mut others: Vec<_> = drawn.made.iter().filter(|m| m.in_file || m.on_shelf).collect();
        others.dedup_by_key(|m| m.certificate.fingerprint());
        let others: Vec<_> = others.into_iter().map(|m| m.certificate.clone()).collect();
        let ours = mend(&drawn, &drawn.input(), Settings::default()).chain;
        let told = |what: &str| format!("{number}: {what}\n{}", drawn.text());
        match &ours {
            None => {
                let theirs = openssl(&folder, &drawn, &others);
                assert!(theirs.is_err(), "{}", told("OpenSSL finds a chain that we do not"));
            }
            Some(chain) => {
                let links: Vec<_> = chain.links().iter().map(|l| l.certificate.clone()).collect();
                let theirs = openssl(&folder, &drawn, &links);
                if let Err(error) = theirs {
                    let known = stops_early(&drawn, &links[..chain.judged()]) || goes_by_name(&drawn, &links);
                    assert!(known, "{}\n{error}", told("OpenSSL refuses what we write"));
                }
            }
        }
    }
}
