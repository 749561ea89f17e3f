//! extKeyUsage along the path and keyUsage of the leaf.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose as Eku, KeyUsagePurpose as Ku};

use super::pki::*;
use crate::rules::Rule;
use crate::verify::{Context, Purpose, Signatures, judge};

fn with(purposes: &[Eku]) -> impl FnOnce(&mut CertificateParams) {
    let purposes = purposes.to_vec();
    move |p| p.extended_key_usages = purposes
}

fn rules(made: &[&Made], purpose: Purpose) -> Vec<(usize, Rule)> {
    failures(&judge(&path(made), &Context { purpose, ..now() }, &Signatures::default()))
}

/// ```text
/// ═ Root ─→ CA ─→ leaf     extKeyUsage on each in turn
/// ```
#[test]
fn purposes_hold_along_the_path() {
    use Purpose::{Any, Client, Server};
    let trust = root("Root");
    let ca = trust.ca("CA");
    let server = ca.leaf_with("a.example", with(&[Eku::ServerAuth]));
    let client = ca.leaf_with("a.example", with(&[Eku::ClientAuth]));
    let any = ca.leaf_with("a.example", with(&[Eku::Any]));
    for (leaf, purpose, good) in [
        (&server, Server, true),
        (&server, Client, false),
        (&server, Any, true),
        (&client, Server, false),
        (&client, Client, true),
        (&client, Any, true),
        (&any, Server, false),
        (&any, Client, false),
        (&any, Any, false),
    ] {
        let expected = if good { vec![] } else { vec![(0, Rule::WrongPurpose)] };
        assert_eq!(rules(&[leaf, &ca, &trust], purpose), expected);
    }

    let mail = trust.ca_with("CA", with(&[Eku::EmailProtection]));
    let text = refused(&[&mail.leaf("a.example"), &mail, &trust], 1, Rule::WrongPurpose);
    assert_eq!(text, "allows emailProtection; serverAuth is wanted (extKeyUsage)");
    // Server-gated crypto counts for nothing.
    let gated = trust.ca_with("CA", with(&[Eku::Other(vec![1, 3, 6, 1, 4, 1, 311, 10, 3, 3])]));
    refused(&[&gated.leaf("a.example"), &gated, &trust], 1, Rule::WrongPurpose);
    // The anchor's own extKeyUsage counts.
    let mail = root_with("Root", with(&[Eku::EmailProtection]));
    refused(&[&mail.leaf("a.example"), &mail], 1, Rule::WrongPurpose);
}

/// ```text
/// ═ Root ─→ CA (clientAuth) ─→ leaf (serverAuth)     for either purpose
/// ```
#[test]
fn one_purpose_holds_all_along() {
    let root = root("Root");
    let ca = root.ca_with("CA", with(&[Eku::ClientAuth]));
    let leaf = ca.leaf_with("a.example", with(&[Eku::ServerAuth]));
    assert_eq!(rules(&[&leaf, &ca, &root], Purpose::Any), [(1, Rule::WrongPurpose)]);
    let both = ca.leaf_with("a.example", with(&[Eku::ServerAuth, Eku::ClientAuth]));
    assert_eq!(rules(&[&both, &ca, &root], Purpose::Any), []);
}

/// An empty list allows nothing.
#[test]
fn empty_list_of_purposes_allows_nothing() {
    let root = root("Root");
    let leaf = root.leaf_with("a.example", |p| {
        p.custom_extensions = vec![extension(&[2, 5, 29, 37], false, &[0x30, 0])];
    });
    let judgement = judged(&[&leaf, &root]);
    assert!(!judgement.accepted());
    assert!(judgement.failures.iter().all(|f| f.position == 0), "{judgement:?}");
}

#[test]
fn key_usage_of_the_leaf_fits_its_purpose() {
    use Purpose::{Any, Client, Server};
    let root = root("Root");
    for (usages, purpose, good) in [
        (vec![], Server, true),
        (vec![Ku::DigitalSignature], Server, true),
        (vec![Ku::KeyEncipherment], Server, true),
        (vec![Ku::KeyAgreement], Client, true),
        (vec![Ku::KeyEncipherment], Client, false),
        (vec![Ku::KeyEncipherment], Any, true),
        (vec![Ku::ContentCommitment], Server, false),
        (vec![Ku::KeyCertSign, Ku::CrlSign], Any, false),
    ] {
        let leaf = root.leaf_with("a.example", |p| p.key_usages = usages.clone());
        let expected = if good { vec![] } else { vec![(0, Rule::WrongKeyUsage)] };
        assert_eq!(rules(&[&leaf, &root], purpose), expected, "{usages:?} {purpose:?}");
    }
    let leaf = root.leaf_with("a.example", |p| p.key_usages = vec![Ku::KeyCertSign]);
    let text = refused(&[&leaf, &root], 0, Rule::WrongKeyUsage);
    assert_eq!(
        text,
        "has a key for keyCertSign; TLS needs digitalSignature, keyEncipherment or keyAgreement (keyUsage)"
    );
}

/// The help names the option where the certificate fits the other purpose.
#[test]
fn help_points_to_the_other_purpose() {
    let root = root("Root");
    let leaf = root.leaf_with("a.example", with(&[Eku::ClientAuth]));
    let judgement = judged(&[&leaf, &root]);
    assert_eq!(judgement.failures[0].fault.help.as_deref(), Some("for the chain of a TLS client: --purpose client"));
}
