//! Graphs of certificates that were made to cost too much: whether they can be solved or not, the
//! answer is there within a second and 64 MiB.
//!
//! Memory and time are the kernel's word, not ours: each run has `ulimit -d` and `ulimit -t`, so that a
//! run that wants more is ended by a signal. Time is the processor's, whatever else the machine does.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)]

mod support;

use std::fs;
use std::process::Command;

use rcgen::{GeneralSubtree, KeyUsagePurpose};
use support::pki::{Aki, Ca, Cert, Template, pem};

/// All that a run may take, in KiB: heap, stacks, and everything else that is written to.
const MEMORY_KIB: usize = 64 * 1024;

/// A second of processor time; a build without optimisation has twenty.
const CPU_SECONDS: u32 = if cfg!(debug_assertions) { 20 } else { 1 };

/// Runs `check` on a file with these certificates; its exit code, within the bounds.
fn check(name: &str, input: &[&Cert], trusted: &[&Cert]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("site.pem"), pem(input)).unwrap();
    fs::write(folder.path().join("roots.pem"), pem(trusted)).unwrap();
    let arguments = "check -v --offline --at 2026-11-21 --roots roots.pem site.pem";
    let script = format!("ulimit -d {MEMORY_KIB}; ulimit -t {CPU_SECONDS}; exec \"$0\" {arguments}");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_chainmend")])
        .current_dir(folder.path())
        .env_clear()
        .env("CHAINMEND_CACHE_DIR", folder.path().join("cache"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code().is_some(), "{name}: {:?} {said:.500}", output.status);
    assert!(said.len() < 256 * 1024, "{name}: the report has {} bytes", said.len());
    (output.status.code(), said)
}

/// Solvable, and then with nothing trusted; what is said then.
fn solved_and_refused(name: &str, input: &[&Cert], root: &Cert) -> String {
    let stranger = Ca::root("Nobody's Root");
    let (code, said) = check(name, input, &[root]);
    assert_eq!(code, Some(1), "{name}: strangers are to be removed: {said:.500}");
    assert!(said.contains("would send, mended"), "{name}: {said:.800}");
    let (code, said) = check(&format!("{name}-no"), input, &[&stranger]);
    assert_eq!(code, Some(1), "{name}: {said:.500}");
    assert!(!said.contains("would send, mended"), "{name}: {said:.800}");
    said
}

/// Every CA has certified every other: 30! paths.
///
/// ```text
///   leaf ── CA 0 ⇄ CA 1 ⇄ … ⇄ CA 29      every pair both ways; CA 29 is the root, or none is
/// ```
fn mesh(count: usize, template: impl Fn(usize) -> Template) -> (Vec<Cert>, Cert) {
    let cas: Vec<Cert> = (0..count).map(|n| template(n).self_signed()).collect();
    let mut all = vec![cas[0].issue_leaf(&["shop.example.com"])];
    for issuer in &cas {
        let others = cas.iter().filter(|ca| ca.template().subject != issuer.template().subject);
        all.extend(others.map(|ca| issuer.issue(ca.again())));
    }
    let root = cas.into_iter().next_back().unwrap();
    (all, root)
}

#[test]
fn a_full_mesh_of_thirty() {
    let (all, root) = mesh(30, |n| Template::ca(&format!("CA {n}")));
    let said = solved_and_refused("mesh", &all.iter().collect::<Vec<_>>(), &root);
    assert!(said.contains("its issuers only lead round in a circle, to no trusted root"), "{said:.2000}");
}

/// The same of CAs that each forbid the leaf to the next: the constraints of one meet the others' names.
#[test]
fn a_full_mesh_of_constrained_cas() {
    let (all, root) = mesh(20, |n| {
        let template = Template::ca(&format!("CA {n}"));
        let excluded = (0..40).map(|m| GeneralSubtree::DnsName(format!("x{n}-{m}.example")));
        excluded.fold(template, Template::exclude)
    });
    solved_and_refused("constrained-mesh", &all.iter().collect::<Vec<_>>(), &root);
}

/// The same without key identifiers, all of one name: only signatures tell who issued what.
#[test]
fn a_full_mesh_of_one_name() {
    let cas: Vec<Cert> = (0..20).map(|_| Template::ca("CA").no_ski().aki(Aki::Absent).self_signed()).collect();
    let mut all = vec![cas[0].issue(Template::leaf(&["shop.example.com"]).aki(Aki::Absent))];
    for (i, issuer) in cas.iter().enumerate() {
        all.extend(cas.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, ca)| issuer.issue(ca.again())));
    }
    solved_and_refused("mesh-of-one-name", &all.iter().collect::<Vec<_>>(), &cas[19]);
}

/// ```text
///   leaf ─ CA 0 ─ CA 1 ─ CA 2 ─ CA 0      and CA 2 by the root
/// ```
#[test]
fn circles() {
    let root = Ca::root("Root");
    let cas: Vec<Cert> = (0..3).map(|n| Ca::root(&format!("CA {n}"))).collect();
    let mut all = vec![cas[0].issue_leaf(&["shop.example.com"])];
    all.extend((0..3).map(|n| cas[(n + 1) % 3].issue(cas[n].again())));
    all.push(root.issue(cas[2].again()));
    solved_and_refused("circles", &all.iter().collect::<Vec<_>>(), &root);
}

/// A thousand CAs of the issuer's name in front of it, each with another key; with key identifiers and
/// without.
#[test]
fn a_thousand_candidates_with_another_key() {
    for with_ids in [true, false] {
        let plain = |template: Template| if with_ids { template } else { template.no_ski().aki(Aki::Absent) };
        let root = Ca::root("Root");
        let impostors: Vec<Cert> = (0..1_000).map(|_| root.issue(plain(Template::ca("CA")))).collect();
        let ca = root.issue(plain(Template::ca("CA")));
        let leaf = ca.issue(plain(Template::leaf(&["shop.example.com"])));
        let all: Vec<&Cert> = [&leaf].into_iter().chain(&impostors).chain([&ca]).collect();
        solved_and_refused(if with_ids { "impostors" } else { "impostors-without-ids" }, &all, &root);
    }
}

/// A thousand certificates of the issuer's name and key in front of the good one; each wrong in a way
/// that shows by itself, or only on the whole path.
#[test]
fn a_thousand_twins() {
    let root = Ca::root("Root");
    let ca = root.issue_ca("CA");
    let policy = root.issue_ca("Policy CA");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let twin = |n: usize| match n % 4 {
        0 => root.issue(ca.again().until("2025-01-01").serial(n as u64 + 1)),
        1 => root.issue(ca.again().usages(&[KeyUsagePurpose::CrlSign]).serial(n as u64 + 1)),
        2 => policy.issue(ca.again().serial(n as u64 + 1)),
        _ => root.issue(ca.again().exclude(GeneralSubtree::DnsName("example.com".into())).serial(n as u64 + 1)),
    };
    let twins: Vec<Cert> = (0..1_000).map(twin).collect();
    let all: Vec<&Cert> = [&leaf].into_iter().chain(&twins).chain([&ca]).collect();
    solved_and_refused("twins", &all, &root);
}

/// A leaf, and each CA of a level signed by all of the next one.
fn rungs(levels: &[Vec<Cert>]) -> Vec<Cert> {
    let mut all = vec![levels[0][0].issue_leaf(&["shop.example.com"])];
    for pair in levels.windows(2) {
        all.extend(pair[0].iter().flat_map(|ca| pair[1].iter().map(|issuer| issuer.issue(ca.again()))));
    }
    all
}

/// At each of seven levels four CAs, each with a certificate from each of the level above: 4⁷ paths, and
/// what is wrong shows at the top of each.
///
/// ```text
///   leaf ─ 4 × CA ⨯ 4 × CA ⨯ … ⨯ 4 × CA ─ root
/// ```
#[test]
fn a_ladder_of_cross_certificates() {
    let root = Ca::root("Root");
    let level = |n: usize| (0..4).map(move |m| Ca::root(&format!("CA {n}.{m}"))).collect::<Vec<_>>();
    let levels: Vec<Vec<Cert>> = (0..7).map(level).collect();
    let mut all = rungs(&levels);
    // The topmost allow no intermediate below them but one.
    all.extend(levels[6].iter().map(|ca| root.issue(ca.again().pathlen(1))));
    let (code, said) = check("ladder", &all.iter().collect::<Vec<_>>(), &[&root]);
    assert_eq!(code, Some(1));
    assert!(said.contains("path-length-exceeded"), "{said:.800}");
    all.push(root.issue(levels[6][3].again()));
    solved_and_refused("solved-ladder", &all.iter().collect::<Vec<_>>(), &root);
}

/// At each level each CA forbids one of those below it, and the topmost all of two levels down: what
/// only the whole path shows, on each of 4⁶ paths.
#[test]
fn a_ladder_of_constraints_that_only_meet_on_the_whole_path() {
    let root = Ca::root("Root");
    let dir = |name: &str| GeneralSubtree::DirectoryName(support::pki::common_name(name));
    let level = |n: usize| {
        let ca = |m: usize| Template::ca(&format!("CA {n}.{m}")).exclude(dir(&format!("CA {}.{m}", n.wrapping_sub(1))));
        (0..4).map(|m| ca(m).self_signed()).collect::<Vec<_>>()
    };
    let levels: Vec<Vec<Cert>> = (0..6).map(level).collect();
    let mut all = rungs(&levels);
    let forbids = |ca: &Cert| (0..4).map(|m| dir(&format!("CA 4.{m}"))).fold(ca.again(), Template::exclude);
    all.extend(levels[5].iter().map(|ca| root.issue(forbids(ca))));
    let (code, said) = check("forbidden-ladder", &all.iter().collect::<Vec<_>>(), &[&root]);
    assert_eq!(code, Some(1));
    assert!(said.contains("name-constraint-violated"), "{said:.800}");
    all.push(root.issue(levels[5][3].again()));
    solved_and_refused("solved-forbidden-ladder", &all.iter().collect::<Vec<_>>(), &root);
}

/// Thousands of constraints over thousands of names, of each form that is compared.
#[test]
fn bombs_of_name_constraints() {
    let root = Ca::root("Root");
    let (names, bases) = (1_500, 3_000);
    let hosts: Vec<String> = (0..names).map(|n| format!("h{n}.shop.example.com")).collect();
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let excluded = (0..bases).map(|n| GeneralSubtree::DnsName(format!("x{n}.example")));
    let template = excluded.fold(Template::ca("CA"), Template::exclude);
    let ca = root.issue(template.clone());
    let twins: Vec<Cert> = (0..6).map(|n| root.issue(ca.again().serial(100 + n))).collect();
    let leaf = ca.issue_leaf(&hosts);
    let all: Vec<&Cert> = [&leaf, &ca].into_iter().chain(&twins).collect();
    let (code, said) = check("constraints", &all, &[&root]);
    // OpenSSL and Go give up here, too.
    assert_eq!(code, Some(1));
    assert!(said.contains("250000 comparisons") && said.contains("search-budget"), "{said:.800}");

    // A tenth of it is compared.
    let leaf = ca.issue_leaf(&hosts[..80]);
    let (code, said) = check("fewer-constraints", &[&leaf, &ca], &[&root]);
    assert_eq!(code, Some(0), "{said:.800}");
}
