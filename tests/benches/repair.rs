//! How long it takes to search, to judge, and to mend a bundle as a whole: `cargo bench --bench repair`.
//!
//! ```text
//! root (trusted) ─ policy ─ ca ─ leaf          all keys P-256
//! ```
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unused_imports,
    reason = "a benchmark"
)]

use std::sync::Arc;

use chainmend::Repair;
use chainmend::cert::{Certificate, NameKey, Time};
use chainmend::path::{CandidatePath, Graph, Oracle, Ranking, Search, SearchBudget};
use chainmend::pool::{Candidate, CertPool};
use chainmend::report::{Source, Verdict};
use chainmend::roots::{Anchor, Roots};
use chainmend::source::LocalSource;
use chainmend::verify::{self, Context, Purpose, Revoked, SignatureCheck, Signatures};
use divan::{Bencher, black_box};

#[path = "../support/pki.rs"]
mod pki;

use pki::{Ca, Cert};

/// 2026-11-21.
const AT: i64 = 1_795_219_200;

fn main() {
    divan::main();
}

/// Leaf, its issuer, the issuer's; and the root.
struct Chain {
    certificates: [Cert; 3],
    root: Cert,
}

impl Chain {
    fn new() -> Self {
        let root = Ca::root("Acme Root");
        let policy = root.issue_ca("Acme Policy CA");
        let ca = policy.issue_ca("Acme TLS CA");
        let leaf = ca.issue_leaf(&["shop.example.com"]);
        Self { certificates: [leaf, ca, policy], root }
    }

    fn roots(&self) -> Arc<Roots> {
        Arc::new(Roots::from_certificates("acme", [parse(&self.root)]))
    }

    fn pem(&self, order: [usize; 3]) -> String {
        order.map(|at| self.certificates[at].pem()).concat()
    }
}

fn parse(certificate: &Cert) -> Certificate {
    Certificate::from_der(certificate.der()).expect("a certificate")
}

/// What the search asks, less the veto.
struct Links<'a> {
    signatures: &'a Signatures,
    roots: &'a Roots,
}

impl Oracle for Links<'_> {
    fn signature(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck {
        self.signatures.check(child, issuer)
    }
    fn anchors(&self, name: &NameKey) -> Vec<Arc<Anchor>> {
        self.roots.named(name)
    }
    fn fits(&self, _intermediate: &Certificate) -> bool {
        true
    }
    fn anchor_fits(&self, _anchor: &Certificate) -> bool {
        true
    }
    fn adjoins(&self, child: &Certificate, issuer: &Certificate) -> bool {
        verify::key_ids_agree(child, issuer)
    }
    fn allows(&self, _upper: &Certificate, _lower: &Certificate) -> bool {
        true
    }
}

/// The first path through CAs that all certified each other, of which the last is certified by the root.
/// Signatures are known already: it is the search that is timed.
#[divan::bench(args = [2, 10, 30])]
fn search_mesh(bencher: Bencher<'_, '_>, count: usize) {
    let root = Ca::root("Acme Root");
    let cas: Vec<Cert> = (0..count).map(|n| Ca::root(&format!("Acme CA {n}"))).collect();
    let leaf = cas[0].issue_leaf(&["shop.example.com"]);
    let mut pool = CertPool::new();
    let mut add = |certificate: &Cert| {
        let certificate = Arc::new(parse(certificate));
        pool.add(Candidate { certificate, source: Source::Input, place: None, url: None })
    };
    add(&leaf);
    for issuer in &cas {
        cas.iter().filter(|ca| ca.der() != issuer.der()).for_each(|ca| assert!(add(&issuer.certify(ca))));
    }
    add(&root.certify(&cas[count - 1]));
    let (signatures, roots) = (Signatures::default(), Roots::from_certificates("acme", [parse(&root)]));
    let oracle = Links { signatures: &signatures, roots: &roots };
    let (budget, ranking) = (SearchBudget::default(), Ranking::default());
    let search = || {
        let graph = Graph::reach(black_box(&pool), 0, &oracle, &budget);
        Search::new(&graph, &ranking, &budget).next().expect("a path")
    };
    assert!(search().certificates.len() <= count + 1);
    bencher.bench(search);
}

/// Both judges on one path: three signatures, or none where they are known already.
#[divan::bench(args = [false, true])]
fn judge(bencher: Bencher<'_, '_>, signatures_known: bool) {
    let chain = Chain::new();
    let anchor = Arc::new(Anchor::new(Arc::new(parse(&chain.root)), "acme"));
    let certificates = chain.certificates.iter().map(|certificate| Arc::new(parse(certificate))).collect();
    let path = CandidatePath { certificates, anchor };
    let context =
        Context { at: Time::from_unix(AT), purpose: Purpose::Server, host: None, revoked: Revoked::default() };
    let known = Signatures::default();
    assert!(verify::judge(&path, &context, &known).accepted());
    bencher.bench(|| match signatures_known {
        true => verify::judge(black_box(&path), &context, &known),
        false => verify::judge(black_box(&path), &context, &Signatures::default()),
    });
}

fn repair(bencher: Bencher<'_, '_>, pem: &str, chain: &Chain, source: LocalSource, wanted: Verdict, shared: bool) {
    let (roots, source, known) = (chain.roots(), Arc::new(source), Arc::<Signatures>::default());
    let run = || {
        let signatures = if shared { Arc::clone(&known) } else { Arc::default() };
        let repair = Repair::new(black_box(pem.as_bytes())).at(Time::from_unix(AT)).roots(Arc::clone(&roots));
        repair.source(Arc::clone(&source)).signatures(signatures).run()
    };
    assert_eq!(run().verdict, wanted);
    bencher.bench(run);
}

/// A right bundle, the first of a run.
#[divan::bench]
fn repair_right(bencher: Bencher<'_, '_>) {
    let chain = Chain::new();
    repair(bencher, &chain.pem([0, 1, 2]), &chain, LocalSource::default(), Verdict::Ok, false);
}

/// A right bundle whose signatures are known: what a run of many adds to the leaf's own.
#[divan::bench]
fn repair_right_again(bencher: Bencher<'_, '_>) {
    let chain = Chain::new();
    repair(bencher, &chain.pem([0, 1, 2]), &chain, LocalSource::default(), Verdict::Ok, true);
}

/// Intermediates in the wrong order.
#[divan::bench]
fn repair_misordered(bencher: Bencher<'_, '_>) {
    let chain = Chain::new();
    repair(bencher, &chain.pem([0, 2, 1]), &chain, LocalSource::default(), Verdict::Repairable, false);
}

/// A leaf alone, its issuers at hand.
#[divan::bench]
fn repair_leaf_alone(bencher: Bencher<'_, '_>) {
    let chain = Chain::new();
    let source = LocalSource::new(chain.certificates[1..].iter().map(|certificate| Arc::new(parse(certificate))));
    repair(bencher, &chain.certificates[0].pem(), &chain, source, Verdict::Repairable, false);
}
