//! Whatever the order of a bundle, and whatever is missing from it: the same chain comes out, with
//! as many requests as certificates are missing.
//!
//! ```text
//! root (trusted) ─ ca1 ─ ca2 ─ leaf
//!        /ca1.crt ──┘    │
//!        /ca2.crt ───────┘
//! ```

mod support;

use support::pki::{Ca, Cert, Template, pem};
use support::run::{Folder, fingerprints_in};
use support::server::{Answer, Server};

const AT: &str = "2026-11-21";

struct Drawn {
    server: Server,
    root: Cert,
    ca1: Cert,
    ca2: Cert,
    leaf: Cert,
}

impl Drawn {
    fn new() -> Self {
        let server = Server::start();
        let root = Ca::root("Acme Root G2");
        let ca1 = root.issue_ca("Acme Policy CA");
        let ca2 = ca1.issue(Template::ca("Acme TLS CA 2").aia(&server.url("/ca1.crt")));
        let leaf = ca2.issue(Template::leaf(&["shop.example.com"]).aia(&server.url("/ca2.crt")));
        server.serve("/ca1.crt", Answer::ok(ca1.der()));
        server.serve("/ca2.crt", Answer::ok(ca2.der()));
        Self { server, root, ca1, ca2, leaf }
    }

    /// Mends a bundle of these, in a folder of its own; gives the number of requests.
    fn mend(&self, bundle: &[&Cert]) -> usize {
        let folder = Folder::new();
        folder.write("roots.pem", self.root.pem());
        folder.write("site.pem", pem(bundle));
        let before = folder.fingermarks("site.pem");
        self.server.take_requests();
        let options = ["--at", AT, "--roots", "roots.pem", "--allow-aia", "127.0.0.1"];
        let arguments = [&["fix", "site.pem", "-o", "out.pem"], &options[..]].concat();
        let run = folder.chainmend(&arguments).exits(0);
        let chain = [&self.leaf, &self.ca2, &self.ca1].map(Cert::fingerprint);
        assert_eq!(fingerprints_in(&folder.path("out.pem")), chain, "{}\n{}", self.named(bundle), run.stderr);
        assert_eq!(folder.fingermarks("site.pem"), before, "{}", self.named(bundle));
        let requests = self.server.take_requests().len();
        // What came out is right: nothing more is to be said or asked.
        let again = folder.chainmend(&[&["check", "out.pem"], &options[..]].concat()).exits(0);
        assert!(self.server.requests().is_empty(), "{}", again.stderr);
        requests
    }

    fn named(&self, bundle: &[&Cert]) -> String {
        let name = |c: &&Cert| match c.der() {
            der if der == self.root.der() => "root",
            der if der == self.ca1.der() => "ca1",
            der if der == self.ca2.der() => "ca2",
            _ => "leaf",
        };
        bundle.iter().map(name).collect::<Vec<_>>().join(" ")
    }
}

/// All orders of these.
fn orders<'a>(of: &[&'a Cert]) -> Vec<Vec<&'a Cert>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for i in 0..of.len() {
        let mut rest = of.to_vec();
        let first = rest.remove(i);
        for mut order in orders(&rest) {
            order.insert(0, first);
            all.push(order);
        }
    }
    all
}

#[test]
fn every_order_of_a_complete_bundle_gives_the_chain_and_asks_nothing() {
    let drawn = Drawn::new();
    let complete = orders(&[&drawn.leaf, &drawn.ca2, &drawn.ca1, &drawn.root]);
    assert_eq!(complete.len(), 24);
    for bundle in complete.into_iter().chain(orders(&[&drawn.leaf, &drawn.ca2, &drawn.ca1])) {
        assert_eq!(drawn.mend(&bundle), 0, "{}", drawn.named(&bundle));
    }
}

#[test]
fn every_subset_costs_as_many_requests_as_certificates_are_missing() {
    let drawn = Drawn::new();
    let others = [&drawn.ca2, &drawn.ca1, &drawn.root];
    for subset in 0..8_usize {
        let mut bundle = vec![&drawn.leaf];
        bundle.extend((0..3).filter(|bit| subset & (1 << bit) != 0).map(|bit| others[bit]));
        let missing = 2 - (subset & 3).count_ones() as usize;
        for order in orders(&bundle) {
            assert_eq!(drawn.mend(&order), missing, "{}", drawn.named(&order));
        }
    }
}

#[test]
fn twice_everything_in_every_order_is_the_same_chain() {
    let drawn = Drawn::new();
    for order in orders(&[&drawn.leaf, &drawn.ca2, &drawn.ca1]) {
        let twice = [order.clone(), order.into_iter().rev().collect()].concat();
        assert_eq!(drawn.mend(&twice), 0, "{}", drawn.named(&twice));
    }
}
