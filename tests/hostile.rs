//! Bundles that were made to cost more than they should: each ends within its budgets, and says so.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)]

mod support;

use std::fmt::Write as _;
use std::sync::Arc;

use chainmend::cert::{Certificate, Time};
use chainmend::report::Severity;
use chainmend::roots::Roots;
use chainmend::rules::Rule;
use chainmend::verify::Signatures;
use chainmend::{Outcome, Repair};
use rcgen::GeneralSubtree;
use support::pki::{self, Ca, Cert, Template};

fn parsed(certificate: &Cert) -> Certificate {
    Certificate::from_der(certificate.der()).unwrap()
}

fn mend(root: &Cert, input: &[&Cert], signatures: &Arc<Signatures>) -> Outcome {
    Repair::new(pki::pem(input).as_bytes())
        .at(Time::from_unix(1_795_219_200))
        .roots(Arc::new(Roots::from_certificates("acme", [parsed(root)])))
        .signatures(Arc::clone(signatures))
        .run()
}

fn severity(outcome: &Outcome, rule: Rule) -> Option<Severity> {
    outcome.findings.iter().find(|f| f.rule == rule).map(|f| f.severity)
}

/// Hundreds of CAs of one name, each issued by the next: for each, half of them are tried.
///
/// ```text
/// root    CA₄₀₀ ─ CA₃₉₉ ─ … ─ CA₂ ─ CA₁ ─ leaf      every CA is called "Acme CA"
/// ```
#[test]
fn a_pool_of_one_name_costs_no_more_than_the_budget() {
    let root = Ca::root("Acme Root G2");
    let mut all = vec![Template::ca("Acme CA").no_ski().aki(pki::Aki::Absent).self_signed()];
    for _ in 0..400 {
        let next = all.last().unwrap().issue(Template::ca("Acme CA").no_ski().aki(pki::Aki::Absent));
        all.push(next);
    }
    let leaf = all.last().unwrap().issue(Template::leaf(&["shop.example.com"]).aki(pki::Aki::Absent));
    all.push(leaf);
    all.reverse();
    let signatures = Arc::<Signatures>::default();
    let outcome = mend(&root, &all.iter().collect::<Vec<_>>(), &signatures);
    assert!(outcome.chain.is_none());
    assert_eq!(severity(&outcome, Rule::SearchBudget), Some(Severity::Error));
    // 80,000 pairs; the budget is 20,000, and the judges compute a few of their own.
    assert!(signatures.cost() < 20_500, "{signatures:?}");

    // The next bundle of the run has a budget of its own.
    let good = root.issue_ca("Acme TLS CA");
    let leaf = good.issue_leaf(&["shop.example.com"]);
    let outcome = mend(&root, &[&leaf, &good], &signatures);
    assert!(outcome.unchanged, "{:?}", outcome.findings);
}

/// The same with key identifiers, so that each issuer is found at the first try: what costs is to look
/// at all certificates of the name, for each of them.
#[test]
fn a_pool_of_one_name_with_key_ids_costs_no_more_than_the_budget() {
    let root = Ca::root("Acme Root G2");
    let mut all = vec![Ca::root("Acme CA")];
    for _ in 0..1_500 {
        let next = all.last().unwrap().issue_ca("Acme CA");
        all.push(next);
    }
    let leaf = all.last().unwrap().issue_leaf(&["shop.example.com"]);
    all.push(leaf);
    all.reverse();
    let outcome = mend(&root, &all.iter().collect::<Vec<_>>(), &Arc::default());
    assert!(outcome.chain.is_none());
    assert_eq!(severity(&outcome, Rule::SearchBudget), Some(Severity::Error));
}

/// Strangers cost a signature each, which is within the budget: nothing is said of one.
#[test]
fn a_good_chain_before_strangers_is_kept() {
    let root = Ca::root("Acme Root G2");
    let good = root.issue_ca("Acme TLS CA");
    let leaf = good.issue_leaf(&["shop.example.com"]);
    let mut all = vec![leaf, good];
    // Self-issued without key identifiers: for each it is asked whether it signed itself.
    let strangers =
        (0..60).map(|n| Template::ca(&format!("Stranger {n}")).no_ski().aki(pki::Aki::Absent).self_signed());
    all.extend(strangers);
    let outcome = mend(&root, &all.iter().collect::<Vec<_>>(), &Arc::default());
    assert_eq!(outcome.chain.as_ref().map(|chain| chain.links().len()), Some(2));
    assert_eq!(severity(&outcome, Rule::SearchBudget), None);
}

/// Twins of one CA, each with a thousand constraints, over a leaf with a name of 48 KiB: a comparison
/// costs what it reads.
///
/// ```text
/// root ─ CA (excludes 1,000 e-mail domains) ─ leaf (one e-mail address, 48 KiB)
///      └ CA, twelve times
/// ```
#[test]
fn constraints_cost_no_more_than_the_budget() {
    let root = Ca::root("Acme Root G2");
    let excluded = |n: usize| (0..1000).map(move |m| GeneralSubtree::Rfc822Name(format!("x{n}-{m}.example")));
    let constrained = |n: usize| excluded(n).fold(Template::ca("Acme TLS CA"), Template::exclude);
    let first = root.issue(constrained(0));
    let mut all: Vec<Cert> = (1..12).map(|n| root.issue(constrained(n).key_of(&first))).collect();
    let address = format!("{}@shop.example", "a".repeat(48 * 1024));
    let name = pki::der(0x30, &pki::der(0x81, address.as_bytes()));
    let leaf = first.issue(Template::leaf(&[]).extension(&[2, 5, 29, 17], false, name));
    all.insert(0, leaf);
    all.push(first);
    let outcome = mend(&root, &all.iter().collect::<Vec<_>>(), &Arc::default());
    assert!(severity(&outcome, Rule::SearchBudget).is_some(), "{:?}", outcome.findings.first());
}

/// Thousands of extensions, purposes and URLs in one certificate.
#[test]
fn a_certificate_of_a_thousand_extensions_is_malformed() {
    let root = Ca::root("Acme Root G2");
    let many =
        (0..1000).fold(Template::leaf(&["shop.example.com"]), |t, n| t.extension(&[1, 3, 9999, n], false, vec![5, 0]));
    let outcome = mend(&root, &[&root.issue(many)], &Arc::default());
    assert_eq!(severity(&outcome, Rule::MalformedCertificate), Some(Severity::Error));

    let purpose = [6, 1, 0x2a].repeat(10_000);
    let purposes =
        Template::leaf(&["shop.example.com"]).purposes(&[]).extension(&[2, 5, 29, 37], false, pki::der(0x30, &purpose));
    let outcome = mend(&root, &[&root.issue(purposes)], &Arc::default());
    assert_eq!(severity(&outcome, Rule::MalformedCertificate), Some(Severity::Error));

    let urls: Vec<String> = (0..2000).map(|n| format!("http://ca.example/{n}")).collect();
    let leaf = parsed(&root.issue(Template::leaf(&["a"]).extension(
        &[1, 3, 6, 1, 5, 5, 7, 1, 1],
        false,
        pki::ca_issuers(&urls),
    )));
    assert_eq!(leaf.fields().ca_issuers, urls[..chainmend::cert::MAX_CA_ISSUERS]);
}

/// Names that are long, or that a terminal would act on.
#[test]
fn what_stands_for_a_certificate_is_short_and_plain() {
    let long = Template::ca(&"A".repeat(100_000)).self_signed();
    assert_eq!(parsed(&long).short_name().chars().count(), chainmend::cert::MAX_SHOWN + 1);
    let mut odd = String::new();
    for c in ['\u{1b}', '\u{9b}', '\u{202e}', '\u{61c}', '\u{200b}', '\u{e0041}', '\u{ad}'] {
        let _ = write!(odd, "a{c}");
    }
    let short = parsed(&Template::ca(&odd).self_signed()).short_name();
    assert_eq!(short, r"a\u{1b}a\u{9b}a\u{202e}a\u{61c}a\u{200b}a\u{e0041}a\u{ad}");
}

/// A good leaf among ten thousand copies of its issuer: told of one by one up to a limit.
#[test]
fn findings_are_listed_up_to_a_limit() {
    let root = Ca::root("Acme Root G2");
    let good = root.issue_ca("Acme TLS CA");
    let leaf = good.issue_leaf(&["shop.example.com"]);
    let mut all = vec![&leaf];
    all.resize(10_500, &good);
    let outcome = mend(&root, &all, &Arc::default());
    assert!(outcome.chain.is_some());
    let duplicates = outcome.findings.iter().filter(|f| f.rule == Rule::Duplicate).count();
    assert_eq!(duplicates, 1_000);
    assert!(outcome.findings.iter().any(|f| f.message.starts_with("9498 more certificates")), "the rest is counted");
}

/// Two hundred certificates of one CA, none of which names a URL for its issuer: a few are told of.
///
/// ```text
/// leaf ─ ca, 200 certificates of one key ─ [nobody]
/// ```
#[test]
fn ends_without_a_url_are_told_of_up_to_a_limit() {
    let root = Ca::root("Acme Root G2");
    let nobody = Ca::root("Nobody");
    let first = nobody.issue(Template::ca("Acme CA"));
    let mut all = vec![first.issue_leaf(&["shop.example.com"])];
    all.extend((2..202).map(|n| nobody.issue(first.again().serial(n))));
    let outcome = mend(&root, &all.iter().collect::<Vec<_>>(), &Arc::default());
    assert!(outcome.chain.is_none());
    assert_eq!(outcome.findings.iter().filter(|f| f.rule == Rule::NoIssuerUrl).count(), 64);
}
