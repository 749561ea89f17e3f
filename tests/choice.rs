//! How a chain is chosen, sentence by sentence: of several valid paths, which one it is. (That what stands
//! outside the input counts first, and with `shortest` second, is held against brute force in
//! src/path/tests.rs.)

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot be set up has to stop"
)]

mod support;

use std::sync::Arc;

use chainmend::cert::{Certificate, FingerprintPrefix, Time};
use chainmend::choose::{Order, PreferredRoot};
use chainmend::roots::Roots;
use chainmend::rules::Rule;
use chainmend::source::LocalSource;
use chainmend::{Outcome, Repair, Settings};
use support::pki::{Aki, Ca, Cert, Kind, Template, pem};

fn parsed(certificate: &Cert) -> Certificate {
    Certificate::from_der(certificate.der()).unwrap()
}

/// What is mended of these, at 2026-11-21.
struct Given<'a> {
    file: &'a [&'a Cert],
    at_hand: &'a [&'a Cert],
    trusted: &'a [&'a Cert],
}

impl Given<'_> {
    fn mend(&self, settings: Settings) -> Outcome {
        Repair::new(pem(self.file).as_bytes())
            .at(Time::from_unix(1_795_219_200))
            .roots(Roots::from_certificates("test", self.trusted.iter().map(|root| parsed(root))))
            .source(LocalSource::new(self.at_hand.iter().map(|cert| Arc::new(parsed(cert)))))
            .settings(settings)
            .run()
    }

    /// The chain, by default and with these settings.
    fn gives(&self, settings: Settings, expected: &[&Cert]) {
        let outcome = self.mend(settings);
        let chain = outcome.chain.as_ref().unwrap_or_else(|| panic!("no chain: {:#?}", outcome.findings));
        let found: Vec<String> = chain.links().iter().map(|l| l.certificate.fingerprint().to_string()).collect();
        let wanted: Vec<String> = expected.iter().map(|c| c.fingerprint()).collect();
        let names: Vec<String> = chain.links().iter().map(|l| l.certificate.short_name()).collect();
        assert_eq!(found, wanted, "{names:?} to {}", chain.anchor().certificate.short_name());
    }
}

fn auto() -> Settings {
    Settings::default()
}

fn shortest() -> Settings {
    Settings { order: Order::Shortest, ..Settings::default() }
}

fn preferring(name: &str) -> Settings {
    Settings { preferred_root: Some(PreferredRoot::Name(name.to_owned())), ..Settings::default() }
}

/// "If the input forms one linear chain, in whatever order it stood, that chain is kept as far as it is
/// valid": a shorter path is at hand.
///
/// ```text
/// Root ─┬─ Policy ─ CA (in the file) ─┬─ leaf
///       └─ CA, valid longer ──────────┘
/// ```
#[test]
fn a_linear_input_is_kept() {
    let root = Ca::root("Root");
    let policy = root.issue_ca("Policy");
    let ca = policy.issue_ca("CA");
    let short = root.issue(ca.again().until("2060-01-01"));
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    for file in [[&leaf, &ca, &policy], [&policy, &leaf, &ca], [&ca, &policy, &leaf]] {
        let given = Given { file: &file, at_hand: &[&short], trusted: &[&root] };
        given.gives(auto(), &[&leaf, &ca, &policy]);
        // "`shortest` and `--preferred-root` skip rule 1 and keep no tail."
        let both = Given { file: &[&leaf, &ca, &policy, &short], ..given };
        both.gives(shortest(), &[&leaf, &short]);
    }
}

/// "…less duplicates, roots and strangers".
#[test]
fn duplicates_roots_and_strangers_do_not_make_it_less_linear() {
    let (root, other) = (Ca::root("Root"), Ca::root("Other"));
    let policy = root.issue_ca("Policy");
    let ca = policy.issue_ca("CA");
    let short = root.issue(ca.again().until("2060-01-01"));
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let stranger = other.issue_ca("Stray CA");
    let file = [&leaf, &ca, &stranger, &policy, &root, &ca, &other];
    Given { file: &file, at_hand: &[&short], trusted: &[&root] }.gives(auto(), &[&leaf, &ca, &policy]);
}

/// "…with its tail if every certificate there is in date, not known to be revoked, and a CA fit for the
/// purpose; the topmost's issuer need not be trusted. An expired tail is cut."
///
/// ```text
/// Old (not trusted) ─ Root (cross) ─┐
/// Root (trusted) ───────────────────┴─ CA ─ leaf
/// ```
#[test]
fn a_good_tail_stays_and_another_is_cut() {
    let (root, old) = (Ca::root("Root"), Ca::root("Old"));
    let ca = root.issue_ca("CA");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let good = old.issue(root.again().until("2050-01-01"));
    let given = |tail: &Cert, kept: bool| {
        let file = [&leaf, &ca, tail];
        let given = Given { file: &file, at_hand: &[], trusted: &[&root] };
        given.gives(auto(), if kept { &file } else { &file[..2] });
        given.gives(shortest(), &file[..2]);
        given.gives(preferring("root"), &file[..2]);
        let outcome = given.mend(auto());
        // "A good tail is never a reason for exit 1."
        assert_eq!(outcome.unchanged, kept);
        outcome.findings.iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert!(given(&good, true).contains(&Rule::CrossSignKept));
    let expired = old.issue(root.again().until("2025-01-01"));
    assert!(given(&expired, false).contains(&Rule::StaleCrossSign));
    let early = old.issue(root.again().from("2030-01-01"));
    assert!(given(&early, false).contains(&Rule::StaleCrossSign));
    let for_mail = old.issue(root.again().purposes(&[rcgen::ExtendedKeyUsagePurpose::EmailProtection]));
    assert!(given(&for_mail, false).contains(&Rule::StaleCrossSign));
    let no_ca = old.issue(root.again().basic(support::pki::Basic::NotCa));
    assert!(given(&no_ca, false).contains(&Rule::StaleCrossSign));
}

/// "The preferred root" comes first, before what is shorter.
///
/// ```text
/// Root ─┬───────── CA ─┬─ leaf
/// Far ──┴ Policy ─ CA ─┘
/// ```
#[test]
fn the_preferred_root_comes_first() {
    let (root, far) = (Ca::root("Root"), Ca::root("Far Root"));
    let ca = root.issue_ca("CA");
    let policy = far.issue_ca("Policy");
    let twin = policy.issue(ca.again());
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let given = Given { file: &[&leaf, &ca, &twin, &policy], at_hand: &[], trusted: &[&root, &far] };
    given.gives(auto(), &[&leaf, &ca]);
    // "NAME: the anchor's whole CN, in any case."
    given.gives(preferring("FAR root"), &[&leaf, &twin, &policy]);
    given.gives(preferring("Far"), &[&leaf, &ca]);
    let prefix: FingerprintPrefix = far.fingerprint()[..16].parse().unwrap();
    let by_print = Settings { preferred_root: Some(PreferredRoot::Sha256(prefix)), ..Settings::default() };
    given.gives(by_print, &[&leaf, &twin, &policy]);
}

/// "The anchor in date": an expired one makes no path.
#[test]
fn the_anchor_is_in_date() {
    let (old, new) = (Template::ca("Old Root").until("2026-01-01").self_signed(), Ca::root("New Root"));
    let ca = old.issue_ca("CA");
    let policy = new.issue_ca("Policy");
    let twin = policy.issue(ca.again().until("2040-01-01"));
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    Given { file: &[&leaf, &ca], at_hand: &[&twin, &policy], trusted: &[&old, &new] }
        .gives(auto(), &[&leaf, &twin, &policy]);
}

/// "Fewest certificates; latest earliest expiry; strongest signatures; latest notBefore; lowest
/// SHA-256": each decides where those before it are equal, whatever those after it say.
///
/// ```text
/// Root ─┬─ CA ─┬─ leaf
///       └─ CA ─┘       both at hand
/// ```
#[test]
fn each_criterion_decides_after_those_before_it() {
    let root = Ca::root("Root");
    let policy = root.issue_ca("Policy");
    let ca = root.issue(Template::ca("CA").until("2050-01-01"));
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let wins = |better: &Cert, worse: &Cert, above: &[&Cert], why: &str| {
        for at_hand in [[better, worse], [worse, better]] {
            let all: Vec<&Cert> = at_hand.into_iter().chain(above.iter().copied()).collect();
            let given = Given { file: &[&leaf], at_hand: &all, trusted: &[&root] };
            let chain = given.mend(auto()).chain.unwrap();
            let found = chain.links()[1].certificate.fingerprint().to_string();
            assert_eq!(found, better.fingerprint(), "{why}");
        }
    };
    let short = root.issue(ca.again().until("2030-01-01"));
    let long = policy.issue(ca.again().until("2052-01-01"));
    wins(&short, &long, &[&policy], "fewest certificates, though it expires first");
    let later = root.issue(ca.again().until("2052-01-01"));
    let newer = root.issue(ca.again().until("2051-01-01").from("2025-01-01"));
    wins(&later, &newer, &[], "latest earliest expiry, though it is older");
    let rsa = root.issue(Template::ca("RSA Policy").key(Kind::Rsa));
    let older_but_strong = policy.issue(ca.again().from("2023-01-01"));
    let newer_but_weak = rsa.issue(ca.again().from("2025-01-01"));
    wins(&older_but_strong, &newer_but_weak, &[&policy, &rsa], "strongest signatures, though it is older");
    let newer = root.issue(ca.again().from("2025-01-01"));
    let older = root.issue(ca.again().from("2023-01-01"));
    wins(&newer, &older, &[], "latest notBefore");
    let twins = [root.issue(ca.again().serial(1)), root.issue(ca.again().serial(2))];
    let (low, high) = if twins[0].fingerprint() < twins[1].fingerprint() { (0, 1) } else { (1, 0) };
    wins(&twins[low], &twins[high], &[], "lowest SHA-256");
}

/// "An expired intermediate whose fresh twin (same subject and key) can be had is replaced."
#[test]
fn an_expired_intermediate_is_replaced_by_its_twin() {
    let root = Ca::root("Root");
    let ca = root.issue(Template::ca("CA").until("2026-01-01"));
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let twin = root.issue(ca.again().until("2040-01-01"));
    let impostor = root.issue_ca("CA");
    Given { file: &[&leaf, &ca], at_hand: &[&impostor, &twin], trusted: &[&root] }.gives(auto(), &[&leaf, &twin]);
}

/// "A self-signed certificate that isn't trusted is never written: every other certificate with its name
/// and key is tried."
#[test]
fn an_untrusted_root_gives_way_to_a_cross_certificate() {
    let (new, old) = (Ca::root("New Root"), Ca::root("Old Root"));
    let ca = new.issue_ca("CA");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let cross = old.issue(new.again());
    let file = [&leaf, &ca, &new];
    Given { file: &file, at_hand: &[&cross], trusted: &[&old] }.gives(auto(), &[&leaf, &ca, &cross]);
    let outcome = Given { file: &file, at_hand: &[], trusted: &[&old] }.mend(auto());
    assert!(outcome.chain.is_none());
    let said = outcome.findings.iter().find(|finding| finding.rule == Rule::UntrustedRoot).unwrap();
    assert!(said.message.contains(&new.fingerprint()), "{}", said.message);
}

/// "A self-signed leaf that is itself an anchor is written, never stripped."
#[test]
fn a_trusted_self_signed_leaf_is_its_own_chain() {
    let leaf = Template::leaf(&["shop.example.com"]).self_signed();
    Given { file: &[&leaf], at_hand: &[], trusted: &[&leaf] }.gives(auto(), &[&leaf]);
}

/// "Several anchors with one name: all keys are tried."
#[test]
fn every_anchor_of_a_name_is_tried() {
    let roots: Vec<Ca> = (0..5).map(|_| Ca::root("Root")).collect();
    for root in &roots {
        let ca = root.issue_ca("CA");
        let leaf = ca.issue_leaf(&["shop.example.com"]);
        let trusted: Vec<&Cert> = roots.iter().collect();
        Given { file: &[&leaf, &ca], at_hand: &[], trusted: &trusted }.gives(auto(), &[&leaf, &ca]);
    }
}

/// Whether a tail fits its issuer is seen by what is trusted, not by what is left out: else what was kept
/// with it would be cut without it.
///
/// ```text
/// Old (trusted, serial 7) ── Root (cross; names serial 8) ─┐
/// Root (trusted) ──────────────────────────────────────────┴─ CA ─ leaf
/// CA ── Old (serial 8)
/// ```
#[test]
fn a_tail_is_judged_alike_with_and_without_what_is_left_out() {
    let old = Template::ca("Old").serial(7).self_signed();
    let root = Ca::root("Root");
    let ca = root.issue_ca("CA");
    let back = ca.issue(old.again().serial(8));
    let cross = old.issue(root.again().aki(Aki::IssuerAndSerial(old.template().subject.clone(), 8)));
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let trusted = [&root, &old];
    for file in [&[&leaf, &ca, &cross, &back][..], &[&leaf, &ca, &cross], &[&leaf, &ca]] {
        Given { file, at_hand: &[], trusted: &trusted }.gives(auto(), &[&leaf, &ca]);
    }
    Given { file: &[&leaf, &ca, &cross], at_hand: &[], trusted: &[&root] }.gives(auto(), &[&leaf, &ca, &cross]);
}
