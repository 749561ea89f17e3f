//! Chains whose certificates were changed at any place of their DER, and signed anew or not, through
//! whole repairs: no panic, no long run, nothing but what verified.
//!
//! ```text
//! root ─ policy CA ─ issuing CA ─ leaf        old root ─ cross-certificate of root
//!           └ constrained, with policies          ▲ any of these, changed
//! ```
//! `CHAINMEND_ROUNDS=100000 cargo test --release --test damaged_chains` looks further.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)]

mod support;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use chainmend::cert::{Certificate, Time};
use chainmend::path::Gap;
use chainmend::report::{Source, Verdict};
use chainmend::roots::Roots;
use chainmend::source::{Budget, Found, IssuerSource, Issuers};
use chainmend::verify::Signatures;
use chainmend::write::{Part, pem};
use chainmend::{Outcome, Repair, Settings};
use support::pki::{self, Ca, Cert, Template};
use support::random::Random;

/// Rounds of each test, unless the environment says otherwise: some seconds in a debug build.
const ROUNDS: u64 = 1_500;

/// The longest that one repair may take, in a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(5);

/// A DER value as a tree, so that a change anywhere leaves all lengths around it right.
#[derive(Clone)]
enum Tree {
    Inner(u8, Vec<Tree>),
    /// An OCTET or BIT STRING (with its first byte) that holds DER.
    Wrapped(u8, Vec<u8>, Vec<Tree>),
    Leaf(u8, Vec<u8>),
}

/// Tag, content and rest of the first element; only what certificates have.
fn element(der: &[u8]) -> Option<(u8, Range<usize>)> {
    let (tag, first) = (*der.first()?, usize::from(*der.get(1)?));
    let (start, length) = match first {
        0..=0x7f => (2, first),
        0x81..=0x83 => {
            let bytes = der.get(2..2 + first - 0x80)?;
            (2 + bytes.len(), bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b)))
        }
        _ => return None,
    };
    der.get(start..start + length)?;
    Some((tag, start..start + length))
}

fn forest(mut der: &[u8]) -> Option<Vec<Tree>> {
    let mut trees = Vec::new();
    while !der.is_empty() {
        let (tag, body) = element(der)?;
        let content = &der[body.clone()];
        let inner = |from: usize| content.get(from..).filter(|c| !c.is_empty()).and_then(forest);
        trees.push(match tag {
            _ if tag & 0x20 != 0 => {
                forest(content).map_or_else(|| Tree::Leaf(tag, content.into()), |t| Tree::Inner(tag, t))
            }
            4 if inner(0).is_some() => Tree::Wrapped(tag, Vec::new(), inner(0)?),
            _ => Tree::Leaf(tag, content.into()),
        });
        der = &der[body.end..];
    }
    Some(trees)
}

impl Tree {
    fn der(&self) -> Vec<u8> {
        let all = |trees: &[Tree]| trees.iter().flat_map(Tree::der).collect::<Vec<u8>>();
        match self {
            Tree::Inner(tag, trees) => pki::der(*tag, &all(trees)),
            Tree::Wrapped(tag, front, trees) => pki::der(*tag, &[front.clone(), all(trees)].concat()),
            Tree::Leaf(tag, content) => pki::der(*tag, content),
        }
    }

    fn children(&mut self) -> Option<&mut Vec<Tree>> {
        match self {
            Tree::Inner(_, trees) | Tree::Wrapped(_, _, trees) => Some(trees),
            Tree::Leaf(..) => None,
        }
    }

    fn size(&self) -> usize {
        match self {
            Tree::Inner(_, trees) | Tree::Wrapped(_, _, trees) => 1 + trees.iter().map(Tree::size).sum::<usize>(),
            Tree::Leaf(..) => 1,
        }
    }

    /// The `n`th node in preorder.
    fn node(&mut self, mut n: usize) -> &mut Tree {
        if n == 0 || self.children().is_none() {
            return self;
        }
        n -= 1;
        let trees = self.children().unwrap();
        let mut index = 0;
        while n >= trees[index].size() {
            n -= trees[index].size();
            index += 1;
        }
        trees[index].node(n)
    }
}

/// What stands in no certificate that a CA made.
const ODD: &[&[u8]] = &[
    b"",
    b"\0",
    b"\xff",
    b"\x80\0\0\0\0\0\0\0\0",
    b"\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"99991231235959Z",
    b"00000000000000Z",
    b"691231235959Z",
    b"20240230000000Z",
    b"\x1b[31m\r\n\0",
    b"\xe2\x80\xae\xf0\x9f\x92\xa9",
    b"\xc3\x28\xa0\xa1",
    b"*.",
    b"*",
    b".",
    b"http://[::1",
    b"http://127.0.0.1:99999/",
    b"ldap:///",
    b"HTTP://\xc3\xa4.example/",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a",
    b"\x2a\x86\x48\xce\x3d\x04\x03\x04",
    b"\x2b\x65\x70",
    b"\x55\x1d\x1e",
    b"\x55\x1d\x11",
];

const TAGS: &[u8] = &[
    1, 2, 3, 4, 5, 6, 0x0a, 0x0c, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1c, 0x1e, 0x30, 0x31, 0x80, 0x81, 0x82, 0x86, 0x87,
    0x88, 0xa0, 0xa1, 0xa3, 0xa4, 0x9f, 0xbf,
];

fn change(random: &mut Random, tree: &mut Tree) {
    let at = random.below(tree.size());
    let other = tree.clone().node(random.below(tree.size())).clone();
    let node = tree.node(at);
    let choice = random.below(9);
    match (choice, &mut *node) {
        (0, Tree::Inner(tag, _) | Tree::Wrapped(tag, ..) | Tree::Leaf(tag, _)) => *tag = TAGS[random.below(TAGS.len())],
        (1, Tree::Leaf(_, content)) => *content = ODD[random.below(ODD.len())].into(),
        (2, Tree::Leaf(_, content)) if !content.is_empty() => {
            let at = random.below(content.len());
            content[at] ^= 1 << random.below(8);
        }
        (3, Tree::Leaf(_, content)) => content.truncate(content.len() / 2),
        (4, Tree::Leaf(_, content)) => *content = content.repeat(1 + random.below(40)),
        (5, _) => *node = other,
        (6, Tree::Inner(_, trees) | Tree::Wrapped(_, _, trees)) if !trees.is_empty() => {
            let at = random.below(trees.len());
            trees.remove(at);
        }
        (7, Tree::Inner(_, trees) | Tree::Wrapped(_, _, trees)) if !trees.is_empty() => {
            let copy = trees[random.below(trees.len())].clone();
            let times = 1 + if random.one_in(8) { random.below(200) } else { 0 };
            let at = random.below(trees.len() + 1);
            trees.splice(at..at, std::iter::repeat_n(copy, times));
        }
        (8, Tree::Inner(_, trees)) => trees.reverse(),
        _ => {}
    }
}

/// A certificate and whose key signed it.
struct Signed {
    der: Vec<u8>,
    issuer: EcdsaKeyPair,
}

impl Signed {
    fn of(certificate: &Cert, issuer: &Cert) -> Self {
        let issuer = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, &issuer.private_key_der());
        Self { der: certificate.der().to_vec(), issuer: issuer.unwrap() }
    }

    /// Changed in one to four places, and mostly signed anew.
    fn damaged(&self, random: &mut Random) -> Vec<u8> {
        let mut whole = forest(&self.der).unwrap().remove(0);
        let Tree::Inner(_, parts) = &mut whole else { unreachable!("a certificate is a SEQUENCE") };
        for _ in 0..=random.below(4) {
            change(random, &mut parts[0]);
        }
        if random.one_in(10) {
            let part = 1 + random.below(2);
            change(random, &mut parts[part]);
        } else if !random.one_in(5) {
            let signature = self.issuer.sign(&SystemRandom::new(), &parts[0].der()).unwrap();
            parts[2] = Tree::Leaf(3, [&[0], signature.as_ref()].concat());
        }
        whole.der()
    }
}

/// Says the same to every gap, as a server may.
struct Shelf(Vec<Arc<Certificate>>);

impl IssuerSource for Shelf {
    fn issuers_of(&self, _gap: &Gap, _budget: &mut Budget) -> Issuers {
        let found = |c: &Arc<Certificate>| Found {
            certificate: Arc::clone(c),
            source: Source::Aia,
            url: Some("http://ca.example/".to_owned()),
        };
        Issuers { certificates: self.0.iter().map(found).collect(), ..Issuers::default() }
    }
}

struct World {
    root: Cert,
    all: Vec<Signed>,
    now: Time,
}

fn world() -> World {
    let (root, old) = (Ca::root("Acme Root G2"), Ca::root("Acme Root G1"));
    let policies = pki::der(0x30, &pki::der(0x30, &[6, 3, 0x2a, 3, 4]));
    let policy = root.issue(
        Template::ca("Acme Policy CA")
            .pathlen(1)
            .permit(pki::subtree("dns:example.com"))
            .exclude(pki::subtree("dns:bad.example.com"))
            .extension(&[2, 5, 29, 32], false, policies.clone())
            .aia("http://ca.example/root.crt"),
    );
    let issuing = policy.issue(Template::ca("Acme TLS CA").pathlen(0).aia("http://ca.example/policy.crt"));
    let leaf = issuing.issue(
        Template::leaf(&["shop.example.com", "*.shop.example.com", "10.0.0.7"])
            .extension(&[2, 5, 29, 32], true, policies)
            .aia("http://ca.example/tls.crt")
            .aia("ldap://ca.example/"),
    );
    let cross = old.certify(&root);
    let all = vec![
        Signed::of(&leaf, &issuing),
        Signed::of(&issuing, &policy),
        Signed::of(&policy, &root),
        Signed::of(&cross, &old),
        Signed::of(&root, &root),
    ];
    World { root, all, now: Time::from_unix(1_795_219_200) }
}

fn rounds() -> u64 {
    std::env::var("CHAINMEND_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

fn run(world: &World, input: &[u8], shelf: Vec<Arc<Certificate>>, signatures: &Arc<Signatures>) -> Outcome {
    let root = Certificate::from_der(world.root.der()).unwrap();
    let start = Instant::now();
    let outcome = Repair::new(input)
        .at(world.now)
        .roots(Arc::new(Roots::from_certificates("acme", [root])))
        .source(Arc::new(Shelf(shelf)))
        .signatures(Arc::clone(signatures))
        .settings(Settings { host: "shop.example.com".parse().ok(), ..Settings::default() })
        .run();
    assert!(start.elapsed() < LONGEST, "took {:?}:\n{}", start.elapsed(), String::from_utf8_lossy(input));
    outcome
}

/// What holds of every outcome.
fn check(world: &World, outcome: &Outcome, input: &[u8]) {
    let json = serde_json::to_string(&outcome.report()).unwrap();
    assert!(!json.is_empty());
    let texts = outcome.findings.iter().flat_map(|f| {
        let certificate = f.certificate.as_ref().map(|c| c.subject.as_str());
        [Some(f.message.as_str()), f.help.as_deref(), f.action.as_deref(), certificate].into_iter().flatten()
    });
    for text in texts {
        let control = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "{text:?}\n{}", String::from_utf8_lossy(input));
    }
    assert_eq!(outcome.chain.is_some(), matches!(outcome.verdict, Verdict::Ok | Verdict::Repairable));
    let Some(chain) = &outcome.chain else { return };
    // What was made is right by itself: read back, it is the chain, and needs nobody's help.
    let written = pem(chain, Part::Full, false);
    let again = run(world, &written, Vec::new(), &Arc::default());
    assert_eq!(again.verdict, Verdict::Ok, "{}", String::from_utf8_lossy(&written));
    assert!(again.unchanged);
}

#[test]
fn damaged_certificates_in_the_input() {
    let world = world();
    let mut random = Random::new(1);
    let signatures = Arc::<Signatures>::default();
    let mut chains = 0;
    for _ in 0..rounds() {
        let mut ders: Vec<Vec<u8>> = Vec::new();
        for signed in &world.all {
            if !random.one_in(4) {
                ders.push(signed.der.clone());
            }
            for _ in 0..random.below(3) {
                ders.push(signed.damaged(&mut random));
            }
        }
        let input: String = ders.iter().map(|der| pki::armour("CERTIFICATE", der)).collect();
        let outcome = run(&world, input.as_bytes(), Vec::new(), &signatures);
        check(&world, &outcome, input.as_bytes());
        chains += u64::from(outcome.chain.is_some());
    }
    assert!(chains > rounds() / 100, "hardly any chain was made: {chains}");
}

#[test]
fn damaged_certificates_from_a_source() {
    let world = world();
    let mut random = Random::new(2);
    let signatures = Arc::<Signatures>::default();
    let mut chains = 0;
    for _ in 0..rounds() {
        let leaf = if random.one_in(3) { world.all[0].damaged(&mut random) } else { world.all[0].der.clone() };
        let mut shelf = Vec::new();
        for signed in &world.all[1..] {
            for _ in 0..random.below(4) {
                shelf.extend(Certificate::from_der(&signed.damaged(&mut random)).ok().map(Arc::new));
            }
            if !random.one_in(4) {
                shelf.push(Arc::new(Certificate::from_der(&signed.der).unwrap()));
            }
        }
        let input = pki::armour("CERTIFICATE", &leaf);
        let outcome = run(&world, input.as_bytes(), shelf, &signatures);
        check(&world, &outcome, input.as_bytes());
        chains += u64::from(outcome.chain.is_some());
    }
    assert!(chains > rounds() / 20, "hardly any chain was made: {chains}");
}
