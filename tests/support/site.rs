//! What most runs of the program start from: a trusted root, and a chain below it.
//!
//! ```text
//! root (trusted) ─ ca1 ─ ca2 ─ leaf
//! ```

use super::pki::{Ca, Cert, Template, pem};
use super::run::Folder;

/// Options under which the chain is valid, and nobody is asked.
pub const OPTIONS: [&str; 3] = ["--offline", "--roots", "roots.pem"];

/// These words and [`OPTIONS`].
pub fn arguments<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [words, &OPTIONS[..]].concat()
}

/// A folder with `roots.pem`, and the chain of `shop.example.com`.
pub struct Site {
    pub folder: Folder,
    pub root: Cert,
    /// leaf, ca2, ca1.
    pub chain: [Cert; 3],
}

impl Site {
    pub fn new() -> Self {
        Self::with(Template::leaf(&["shop.example.com"]))
    }

    /// With a leaf of another make.
    pub fn with(leaf: Template) -> Self {
        let root = Ca::root("Acme Root G2");
        let ca1 = root.issue_ca("Acme Policy CA");
        let ca2 = ca1.issue_ca("Acme TLS CA 2");
        let leaf = ca2.issue(leaf);
        let folder = Folder::new();
        folder.write("roots.pem", root.pem());
        Self { folder, root, chain: [leaf, ca2, ca1] }
    }

    /// The chain as it should be.
    pub fn mended(&self) -> String {
        pem(&self.chain.each_ref())
    }

    /// The chain with its intermediates in the wrong order.
    pub fn misordered(&self) -> String {
        let [leaf, ca2, ca1] = &self.chain;
        pem(&[leaf, ca1, ca2])
    }
}
