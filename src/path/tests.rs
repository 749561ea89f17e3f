//! The search held against brute force, over random graphs of CAs.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::*;
use crate::cert::{Entity, Fingerprint};
use crate::choose::Order;
use crate::pool::{Candidate, CertPool};
use crate::report::Source;
use crate::testkit::Spec;

/// An oracle that knows the truth by construction.
#[derive(Default)]
struct Truth {
    /// Certificate -> the entity whose key signed it.
    signer: HashMap<Fingerprint, Entity>,
    unfit: HashSet<Fingerprint>,
    mistakable: HashSet<Fingerprint>,
    /// (upper, lower) that may not stand on one path.
    forbidden: HashSet<(Fingerprint, Fingerprint)>,
    anchors: Vec<Arc<Anchor>>,
}

impl Oracle for Truth {
    fn signature(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck {
        match self.signer.get(&child.fingerprint()) {
            Some(entity) if entity == issuer.entity() => SignatureCheck::Valid,
            _ => SignatureCheck::Invalid,
        }
    }
    fn anchors(&self, name: &NameKey) -> Vec<Arc<Anchor>> {
        self.anchors.iter().filter(|a| a.certificate.entity().subject == *name).cloned().collect()
    }
    fn fits(&self, intermediate: &Certificate) -> bool {
        !self.unfit.contains(&intermediate.fingerprint())
    }
    fn anchor_fits(&self, anchor: &Certificate) -> bool {
        self.fits(anchor)
    }
    fn adjoins(&self, _: &Certificate, _: &Certificate) -> bool {
        true
    }
    fn is_mistakable(&self, child: &Certificate, _: Option<&Entity>) -> bool {
        self.mistakable.contains(&child.fingerprint())
    }
    fn allows(&self, upper: &Certificate, lower: &Certificate) -> bool {
        !self.forbidden.contains(&(upper.fingerprint(), lower.fingerprint()))
    }
}

/// xorshift64*, so that every run draws the same graphs.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }
    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }
}

/// Some names have two keys, some keys two names.
const ENTITIES: [(&str, usize); 7] = [("A", 1), ("A", 2), ("B", 3), ("C", 4), ("C", 3), ("D", 5), ("E", 6)];

struct Drawn {
    pool: CertPool,
    truth: Truth,
}

fn draw(dice: &mut Dice) -> Drawn {
    let mut pool = CertPool::new();
    let mut truth = Truth::default();
    let add = |pool: &mut CertPool, truth: &mut Truth, spec: &Spec<'_>, source| {
        let certificate = spec.make();
        let signer = Spec::ca(spec.issuer, spec.issuer_key, spec.issuer, spec.issuer_key).make().entity().clone();
        truth.signer.insert(certificate.fingerprint(), signer);
        pool.add(Candidate { certificate: certificate.clone(), source, place: None, url: None });
        certificate
    };
    let (name, key) = ENTITIES[dice.roll(7)];
    add(&mut pool, &mut truth, &Spec::leaf("leaf.example", 0, name, key), Source::Input);
    let mut made = Vec::new();
    for serial in 0..4 + dice.roll(11) {
        let (subject, issuer) = (ENTITIES[dice.roll(7)], ENTITIES[dice.roll(7)]);
        let mut spec = Spec::ca(subject.0, subject.1, issuer.0, issuer.1);
        spec.serial = serial as u64 + 2;
        spec.years.1 = 2040 + dice.roll(3) as i32;
        spec.path_len = dice.one_in(3).then(|| dice.roll(3) as u8);
        let source = if dice.one_in(2) { Source::Aia } else { Source::Input };
        let certificate = add(&mut pool, &mut truth, &spec, source);
        if dice.one_in(6) {
            truth.unfit.insert(certificate.fingerprint());
        }
        if dice.one_in(5) {
            truth.mistakable.insert(certificate.fingerprint());
        }
        if !made.is_empty() && dice.one_in(4) {
            let other: &Arc<Certificate> = &made[dice.roll(made.len())];
            truth.forbidden.insert((certificate.fingerprint(), other.fingerprint()));
        }
        made.push(certificate);
    }
    for _ in 0..1 + dice.roll(2) {
        let (name, key) = ENTITIES[dice.roll(7)];
        let mut spec = Spec::ca(name, key, name, key);
        spec.path_len = dice.one_in(4).then(|| dice.roll(2) as u8);
        let certificate = spec.make();
        truth.anchors.push(Arc::new(Anchor::new(certificate, "test")));
    }
    Drawn { pool, truth }
}

/// Every valid path, by trying everything: (mistakable, outside the input, length, earliest expiry,
/// certificates, anchor).
type Brute = BTreeSet<(usize, usize, usize, std::cmp::Reverse<i64>, Vec<Fingerprint>, Fingerprint)>;

fn brute(drawn: &Drawn, way: &[usize], paths: &mut Brute) {
    let get = |i: &usize| &drawn.pool.get(*i).unwrap().certificate;
    let top = get(way.last().unwrap());
    let signer = &drawn.truth.signer[&top.fingerprint()];
    let inner: Vec<_> = way[1..].iter().map(get).filter(|c| !c.is_self_issued()).collect();
    let limit = |c: &Certificate| c.fields().basic_constraints.and_then(|b| b.path_len).unwrap_or(u32::MAX) as usize;
    for anchor in &drawn.truth.anchors {
        if anchor.certificate.entity() == signer && limit(&anchor.certificate) >= inner.len() {
            let mistakable = way.iter().filter(|i| drawn.truth.mistakable.contains(&get(i).fingerprint())).count();
            let outside = way.iter().filter(|i| drawn.pool.get(**i).unwrap().source != Source::Input).count();
            let expiry = way.iter().map(|i| get(i).not_after().unwrap().unix()).min().unwrap();
            let prints = way.iter().map(|i| get(i).fingerprint()).collect();
            paths.insert((
                mistakable,
                outside,
                way.len(),
                std::cmp::Reverse(expiry),
                prints,
                anchor.certificate.fingerprint(),
            ));
        }
    }
    if way.len() == MAX_CERTIFICATES {
        return;
    }
    for (index, candidate) in drawn.pool.of(signer) {
        let c = &candidate.certificate;
        let fits = drawn.truth.fits(c)
            && limit(c) >= inner.len()
            && way.iter().all(|i| get(i).entity() != c.entity())
            && way[1..].iter().all(|i| drawn.truth.allows(c, get(i)))
            && drawn.truth.signer[&c.fingerprint()] != *c.entity();
        if fits {
            brute(drawn, &[way, &[index]].concat(), paths);
        }
    }
}

/// How many graphs are drawn.
const GRAPHS: usize = 12_000;

/// Of many thousand random graphs, with shared names and keys, cross-signs, path lengths, unfit
/// certificates and forbidden pairs, the search finds a path exactly where there is one, the best one
/// first, and each path once.
#[test]
fn agrees_with_brute_force() {
    let mut dice = Dice(0x5eed_cafe);
    let (mut solvable, mut several) = (0, 0);
    for round in 0..GRAPHS {
        let drawn = draw(&mut dice);
        let mut truth = Brute::new();
        brute(&drawn, &[0], &mut truth);
        let budget = SearchBudget::default();
        let graph = Graph::reach(&drawn.pool, 0, &drawn.truth, &budget);
        let ranking = Ranking::default();
        let found: Vec<Found> = Search::new(&graph, &ranking, &budget).take(200).collect();
        let keys: Vec<_> = found
            .iter()
            .map(|f| {
                let certificates: Vec<_> = f.certificates.iter().map(|i| drawn.pool.get(*i).unwrap()).collect();
                let outside = certificates.iter().filter(|c| c.source != Source::Input).count();
                let expiry = certificates.iter().map(|c| c.certificate.not_after().unwrap().unix()).min().unwrap();
                let prints: Vec<_> = certificates.iter().map(|c| c.certificate.fingerprint()).collect();
                let mistakable = prints.iter().filter(|print| drawn.truth.mistakable.contains(print)).count();
                let anchor = f.anchor.certificate.fingerprint();
                (mistakable, outside, prints.len(), std::cmp::Reverse(expiry), prints, anchor)
            })
            .collect();
        assert_eq!(keys.iter().cloned().collect::<Brute>(), truth, "round {round}: other paths");
        assert_eq!(keys.len(), truth.len(), "round {round}: a path twice");
        let ranks: Vec<_> = keys.iter().map(|k| (k.0, k.1, k.2, k.3)).collect();
        assert!(ranks.is_sorted(), "round {round}: not in the order of choice: {ranks:?}");
        solvable += usize::from(!truth.is_empty());
        several += usize::from(truth.len() > 1);
        if truth.is_empty() {
            assert!(!graph.gaps().is_empty() || found.is_empty());
        }
    }
    // The draw is worth something: many graphs have a path, many have more than one, many none.
    let share = |of: usize| GRAPHS * of / 100;
    assert!(solvable > share(20) && several > share(6) && solvable < share(90), "{solvable}, {several} with several");
}

/// `shortest` puts length before what stands outside the input, though not before what clients mistake.
#[test]
fn shortest_puts_length_first() {
    let mut dice = Dice(0xd1ce);
    let ranking = Ranking { order: Order::Shortest, preferred_root: None };
    let mut differs = 0;
    for _ in 0..3000 {
        let drawn = draw(&mut dice);
        let mut truth = Brute::new();
        brute(&drawn, &[0], &mut truth);
        let graph = Graph::reach(&drawn.pool, 0, &drawn.truth, &SearchBudget::default());
        let first = Search::new(&graph, &ranking, &SearchBudget::default()).next();
        let shortest = truth.iter().map(|p| (p.0, p.2)).min().map(|p| p.1);
        assert_eq!(first.map(|f| f.certificates.len()), shortest);
        differs += usize::from(shortest != truth.first().map(|p| p.2));
    }
    assert!(differs >= 4, "{differs} graphs tell the orders apart");
}

/// A full mesh: every CA has certified every other, 30 × 29 certificates; one of them is trusted, or none.
///
/// ```text
///   leaf ── CA 1 ⇄ CA 2 ⇄ … ⇄ CA 30      every pair both ways
/// ```
#[test]
fn a_full_mesh_of_thirty_is_solved_and_refused_within_the_budget() {
    let names: Vec<String> = (0..30).map(|i| format!("CA {i}")).collect();
    let mut pool = CertPool::new();
    let mut truth = Truth::default();
    let mut specs = vec![Spec::leaf("leaf.example", 39, &names[0], 1)];
    for (i, subject) in names.iter().enumerate() {
        for (j, issuer) in names.iter().enumerate().filter(|(j, _)| *j != i) {
            specs.push(Spec::ca(subject, i + 1, issuer, j + 1));
        }
    }
    let roots: Vec<_> = names.iter().enumerate().map(|(i, n)| Spec::ca(n, i + 1, n, i + 1).make()).collect();
    for spec in &specs {
        let certificate = spec.make();
        let signer = roots[names.iter().position(|n| n == spec.issuer).unwrap()].entity().clone();
        truth.signer.insert(certificate.fingerprint(), signer);
        pool.add(Candidate { certificate, source: Source::Input, place: None, url: None });
    }
    let budget = SearchBudget::default();
    let ranking = Ranking::default();
    let refused = Graph::reach(&pool, 0, &truth, &budget);
    let mut search = Search::new(&refused, &ranking, &budget);
    assert!(search.next().is_none());
    assert!(!search.is_exhausted(), "nothing was left out");

    truth.anchors.push(Arc::new(Anchor::new(roots[29].clone(), "test")));
    let solved = Graph::reach(&pool, 0, &truth, &budget);
    let found: Vec<Found> = Search::new(&solved, &ranking, &budget).take(17).collect();
    assert_eq!(found.len(), 17);
    assert_eq!(found[0].certificates.len(), 2);
}

/// 120 namesakes with other keys in front of the right one: found. webpki alone gives up at 100.
#[test]
fn many_namesakes_do_not_hide_the_issuer() {
    let mut pool = CertPool::new();
    let mut truth = Truth::default();
    let leaf = Spec::leaf("leaf.example", 0, "CA", 1).make();
    let right = Spec::ca("CA", 1, "Root", 2).make();
    let root = Spec::ca("Root", 2, "Root", 2).make();
    truth.signer.insert(leaf.fingerprint(), right.entity().clone());
    truth.signer.insert(right.fingerprint(), root.entity().clone());
    pool.add(Candidate { certificate: leaf, source: Source::Input, place: None, url: None });
    for serial in 0..120 {
        let wrong = Spec { serial, ..Spec::ca("CA", 3 + (serial as usize % 36), "Root", 2) }.make();
        truth.signer.insert(wrong.fingerprint(), root.entity().clone());
        pool.add(Candidate { certificate: wrong, source: Source::Input, place: None, url: None });
    }
    pool.add(Candidate { certificate: right.clone(), source: Source::Input, place: None, url: None });
    truth.anchors.push(Arc::new(Anchor::new(root, "test")));
    let graph = Graph::reach(&pool, 0, &truth, &SearchBudget::default());
    let ranking = Ranking::default();
    let found = Search::new(&graph, &ranking, &SearchBudget::default()).next().unwrap();
    assert_eq!(pool.get(found.certificates[1]).unwrap().certificate, right);
}
