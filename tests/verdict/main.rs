//! The verdict, held against brute force and against OpenSSL: random PKIs with real signatures, each
//! mended through the front door.
//!
//! ```text
//! oldroot ─ cross ┐
//! root ───────────┴─ ca1 ─┬─ ca2 ─ leaf       some expired, constrained, tampered with,
//!             other ─ ca1 ┘                   some trusted, some in the file, some on the shelf
//! ```
//!
//! Needs: openssl gnutls-bin default-jdk-headless
//!
//! Where one is missing, the test that asks it counts as ignored; so does that of Python's
//! cryptography, which `tests/run` fetches. `VERDICT_PKIS=5000 cargo test --test verdict` looks at more
//! of the PKIs, `VERDICT_SEED=N` at others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test that cannot be set up has to stop; other verifiers are run on files, and the table is printed"
)]

mod clients;
mod openssl;
mod random;
mod strict;
mod truth;

#[path = "../support/mod.rs"]
mod support;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;

use chainmend::cert::{Certificate, Fingerprint, Time};
use chainmend::choose::{Chain, Order};
use chainmend::report::Source;
use chainmend::roots::Roots;
use chainmend::rules::Rule;
use chainmend::source::LocalSource;
use chainmend::verify::Purpose;
use chainmend::{KnownStore, Outcome, Repair, Settings};

use libtest_mimic::{Arguments, Trial};
use support::pki::{Ca, Template, pem};
use support::random::Random;

use random::Drawn;
use truth::{Pool, Truth};

/// How many PKIs each test looks at, and the number of the first.
fn numbers(usual: u64) -> std::ops::Range<u64> {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("VERDICT_SEED").unwrap_or(1);
    first..first + number("VERDICT_PKIS").unwrap_or(usual)
}

fn mend(drawn: &Drawn, input: &[Arc<Certificate>], settings: Settings) -> Outcome {
    Repair::new(&drawn.pem(input))
        .at(drawn.at())
        .roots(drawn.roots())
        .source(LocalSource::new(drawn.shelf()))
        .settings(Settings { leaf: Some(drawn.leaf_prefix()), purpose: drawn.purpose(), ..settings })
        .run()
}

fn prints<'a>(certificates: impl IntoIterator<Item = &'a Arc<Certificate>>) -> Vec<Fingerprint> {
    certificates.into_iter().map(|c| c.fingerprint()).collect()
}

fn chain_prints(outcome: &Outcome) -> Option<Vec<Fingerprint>> {
    outcome.chain.as_ref().map(|chain| prints(chain.links().iter().map(|l| &l.certificate)))
}

fn path_prints(chain: &Chain) -> Vec<Fingerprint> {
    prints(chain.links().iter().take(chain.judged()).map(|l| &l.certificate))
}

/// A chain is found where there is one, and only a valid one; nothing is taken from elsewhere where
/// the file suffices.
fn a_chain_is_found_where_there_is_one() {
    let (mut found, mut none) = (0, 0);
    for number in numbers(1000) {
        let drawn = Drawn::new(number);
        let outcome = mend(&drawn, &drawn.input(), Settings::default());
        let at_hand = Truth::of(&drawn, Pool::All);
        let in_file = Truth::of(&drawn, Pool::Input);
        let Some(chain) = &outcome.chain else {
            assert!(at_hand.valid.is_empty(), "{number}: a chain was missed\n{}", drawn.text());
            assert!(outcome.findings.iter().any(|f| !f.fixed), "{number}: no word why\n{}", drawn.text());
            assert!(!outcome.findings.iter().any(|f| f.rule == Rule::BeyondWebpki), "{number}\n{}", drawn.text());
            none += 1;
            continue;
        };
        found += 1;
        let path = path_prints(chain);
        assert!(at_hand.valid.iter().any(|p| p.prints() == path), "{number}: not valid\n{}", drawn.text());
        if !in_file.valid.is_empty() {
            let own = chain.links().iter().all(|l| l.source == Source::Input);
            assert!(own, "{number}: the file would have done\n{}", drawn.text());
        }
    }
    assert!(found > none / 4 && none > found / 20, "the PKIs are one-sided: {found} chains, {none} without");
}

/// Which chain it is: rule 1, else the total order.
fn the_chain_is_the_one_that_the_order_says() {
    let (mut kept, mut ordered, mut tails) = (0, 0, 0);
    for number in numbers(300) {
        let drawn = Drawn::new(number);
        let truth = Truth::of(&drawn, Pool::Input);
        if truth.valid.is_empty() {
            continue;
        }
        for (order, preferred) in
            [(Order::Auto, false), (Order::Shortest, false), (Order::Auto, true), (Order::Shortest, true)]
        {
            let preferred_root = preferred.then(|| drawn.preferred_root());
            let settings = Settings { order, preferred_root: preferred_root.clone(), ..Settings::default() };
            let outcome = mend(&drawn, &drawn.input(), settings);
            let chain = outcome.chain.as_ref().expect("there is a valid path in the file");
            let expected = truth.expected(order, preferred_root.as_ref());
            if preferred && chain.links().iter().any(|l| l.source != Source::Input) {
                // What is at hand led to the preferred root.
                continue;
            }
            kept += usize::from(expected.kept);
            ordered += usize::from(!expected.kept);
            tails += usize::from(!expected.tail.is_empty());
            let told = format!("{number} {order:?} {preferred_root:?}\n{}", drawn.text());
            assert_eq!(drawn.names(&path_prints(chain)), drawn.names(&expected.path.prints()), "{told}");
            let whole: Vec<_> = expected.path.prints().into_iter().chain(prints(&expected.tail)).collect();
            assert_eq!(drawn.names(&chain_prints(&outcome).unwrap()), drawn.names(&whole), "the tail: {told}");
        }
    }
    assert!(kept > 0 && ordered > 0 && tails > 0, "{kept} kept, {ordered} ordered, {tails} tails");
}

/// The order of the file, and how often a certificate stands there, is nothing to the chain, nor to
/// what is wrong where there is none.
fn the_order_of_the_file_decides_nothing() {
    for number in numbers(150) {
        let drawn = Drawn::new(number);
        let input = drawn.input();
        let first = mend(&drawn, &input, Settings::default());
        let mut random = Random::new(number ^ 0x5eed);
        for turn in 0..4 {
            let mut other = input.clone();
            for _ in 0..random.below(3) {
                other.push(input[random.below(input.len())].clone());
            }
            random.shuffle(&mut other);
            let again = mend(&drawn, &other, Settings::default());
            let told = || format!("{number}, turn {turn}\n{}", drawn.text());
            assert_eq!(chain_prints(&again), chain_prints(&first), "{}", told());
            let anchor = |outcome: &Outcome| outcome.chain.as_ref().map(|c| c.anchor().certificate.fingerprint());
            assert_eq!(anchor(&again), anchor(&first), "{}", told());
            if first.chain.is_none() {
                assert_eq!(errors(&again), errors(&first), "{}", told());
                assert_eq!(again.verdict, first.verdict, "{}", told());
            }
        }
    }
}

/// Errors other than those about the file's order.
fn errors(outcome: &Outcome) -> Vec<(Rule, String, String)> {
    let grave = outcome.findings.iter().filter(|f| f.severity == chainmend::report::Severity::Error);
    let mut errors: Vec<_> = grave
        .filter(|f| f.rule != Rule::LeafNotFirst)
        .map(|f| (f.rule, f.certificate.as_ref().map_or_else(String::new, |c| c.sha256.clone()), f.message.clone()))
        .collect();
    errors.sort();
    errors
}

/// An untrusted root is named with its fingerprint and, where a store that could be trusted has it,
/// the option: whether it stands in the file or only its name is known.
///
/// ```text
/// Root (the system's) ─ CA ─ leaf
/// ```
fn a_root_of_another_store_comes_with_its_option() {
    let root = Ca::root("Root");
    let ca = root.issue_ca("CA");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let roots = |of: &Ca| Roots::from_certificates("system", [Certificate::from_der(of.der()).unwrap()]);
    let system = KnownStore {
        who: "your system".to_owned(),
        option: "--roots system".to_owned(),
        roots: Arc::new(roots(&root)),
    };
    for file in [pem(&[&leaf, &ca]), pem(&[&leaf, &ca, &root])] {
        let settings = Settings { known_elsewhere: vec![system.clone()], ..Settings::default() };
        let repair = Repair::new(file.as_bytes()).at(Time::from_unix(1_795_219_200)).settings(settings);
        let outcome = repair.roots(roots(&Ca::root("Another"))).run();
        let found = outcome.findings.iter().find(|f| f.rule == Rule::UntrustedRoot).expect("it is named");
        assert_eq!(found.help.as_deref(), Some("your system trusts this root; add --roots system"));
        assert!(found.message.contains(&root.fingerprint()), "{}", found.message);
    }
}

/// What only the whole path shows may be wrong with many candidates; the good one behind them is found.
///
/// ```text
/// Root ─┬─ 40 × CA for clients only, valid longer ─┐
///       └─ CA for servers ─────────────────────────┴─ leaf for servers        --purpose any
/// ```
fn many_refused_candidates_do_not_hide_the_chain() {
    let root = Ca::root("Root");
    let ca = root.issue_ca("CA");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let client = |serial| {
        root.issue(
            ca.again().until("2060-01-01").purposes(&[rcgen::ExtendedKeyUsagePurpose::ClientAuth]).serial(serial),
        )
    };
    let twins: Vec<Ca> = (1..=40).map(client).collect();
    let file: Vec<&Ca> = [&leaf].into_iter().chain(&twins).chain([&ca]).collect();
    let outcome = Repair::new(pem(&file).as_bytes())
        .at(Time::from_unix(1_795_219_200))
        .roots(Roots::from_certificates("test", [Certificate::from_der(root.der()).unwrap()]))
        .settings(Settings { purpose: Purpose::Any, ..Settings::default() })
        .run();
    let chain = outcome.chain.expect("there is one");
    let print = chain.links().last().map(|link| link.certificate.fingerprint().to_string());
    assert_eq!(print, Some(ca.fingerprint()));
}

/// Mozilla distrusts what a root issued after a day: the path to another root is preferred, and where
/// there is none, that is said.
///
/// ```text
/// Old Root (to be removed) ─ CA, valid longer ─┐
/// New Root ───────────────── CA ───────────────┴─ leaf, issued 2024-01-01
/// ```
fn a_distrusted_root_comes_last_and_is_said() {
    let (old, new) = (Ca::root("Old Root"), Ca::root("New Root"));
    let ca = new.issue_ca("CA");
    let twin = old.issue(ca.again().until("2060-01-01"));
    let leaf = ca.issue(Template::leaf(&["shop.example.com"]).until("2062-01-01"));
    let parsed = |cert: &Ca| Certificate::from_der(cert.der()).unwrap();
    let mend = |trusted: &[&Ca], distrusted_after: i64| {
        let roots = Roots::from_certificates("test", trusted.iter().map(|root| parsed(root)));
        let outcome = Repair::new(pem(&[&leaf]).as_bytes())
            .at(Time::from_unix(1_795_219_200))
            .roots(roots.distrusting(&parsed(&old).fingerprint(), Time::from_unix(distrusted_after)))
            .source(LocalSource::new([&ca, &twin].map(|cert| Arc::new(parsed(cert)))))
            .run();
        let said = outcome.findings.iter().find(|finding| finding.rule == Rule::DistrustedRoot);
        let said = said.map(|finding| finding.message.clone());
        (outcome.chain.expect("there is one").anchor().certificate.short_name(), said)
    };
    let issued = 1_704_067_200;
    // The notBefore itself is still trusted.
    assert_eq!(mend(&[&old, &new], issued), ("Old Root".to_owned(), None));
    assert_eq!(mend(&[&old, &new], issued - 1), ("New Root".to_owned(), None));
    let said = "is distrusted for certificates issued after 2023-12-31, and the leaf was issued 2024-01-01";
    assert_eq!(mend(&[&old], issued - 1), ("Old Root".to_owned(), Some(said.to_owned())));
}

/// What is mended is right: mended again it stays as it is.
fn what_is_mended_is_right() {
    for number in numbers(150) {
        let drawn = Drawn::new(number);
        let Some(chain) = mend(&drawn, &drawn.input(), Settings::default()).chain else { continue };
        let mended: Vec<_> = chain.links().iter().map(|l| l.certificate.clone()).collect();
        let again = mend(&drawn, &mended, Settings::default());
        assert!(again.unchanged, "{number}: {:#?}\n{}", again.findings, drawn.text());
    }
}

fn main() -> ExitCode {
    let test = |name: &str, run: fn()| {
        Trial::test(name, move || {
            run();
            Ok(())
        })
    };
    let trials = vec![
        test("a_chain_is_found_where_there_is_one", a_chain_is_found_where_there_is_one),
        test("the_chain_is_the_one_that_the_order_says", the_chain_is_the_one_that_the_order_says),
        test("the_order_of_the_file_decides_nothing", the_order_of_the_file_decides_nothing),
        test("a_root_of_another_store_comes_with_its_option", a_root_of_another_store_comes_with_its_option),
        test("many_refused_candidates_do_not_hide_the_chain", many_refused_candidates_do_not_hide_the_chain),
        test("a_distrusted_root_comes_last_and_is_said", a_distrusted_root_comes_last_and_is_said),
        test("what_is_mended_is_right", what_is_mended_is_right),
        test("strict_openssl_agrees", strict::strict_openssl_agrees).with_ignored_flag(!openssl::is_here()),
        test("openssl_accepts", clients::openssl_accepts).with_ignored_flag(!openssl::is_here()),
        test("gnutls_accepts", clients::gnutls_accepts).with_ignored_flag(!clients::is_here("certtool")),
        test("java_accepts", clients::java_accepts).with_ignored_flag(!clients::is_here("javac")),
        test("cryptography_accepts", clients::cryptography_accepts).with_ignored_flag(!clients::has_cryptography()),
        test("openssl_agrees", openssl::openssl_agrees).with_ignored_flag(!openssl::is_here()),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
