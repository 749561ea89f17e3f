//! chainmend mends TLS certificate chains: it takes a bundle that may be incomplete or in disorder,
//! finds the leaf, gets the intermediates that are missing, leaves the root out, verifies the result
//! and gives back the chain as a server should send it.
//!
//! This is the library under the program of the same name. It prints nothing, touches files and the
//! network only through the sources and stores that it is given, and reads the environment only where
//! [`source::Proxies::from_env`] is called.
//!
//! # Example
//!
//! A file holds the leaf alone; a source of our own has the intermediate.
//!
//! ```
//! use std::sync::Arc;
//!
//! use chainmend::Repair;
//! use chainmend::cert::{Certificate, Time};
//! use chainmend::path::Gap;
//! use chainmend::report::{Source, Verdict};
//! use chainmend::roots::Roots;
//! use chainmend::rules::Rule;
//! use chainmend::source::{Budget, Found, IssuerSource, Issuers};
//! use chainmend::write::{Part, pem};
//!
//! /// Certificates at hand. Whether one of them fits is not for a source to say.
//! struct Shelf(Vec<Arc<Certificate>>);
//!
//! impl IssuerSource for Shelf {
//!     fn issuers_of(&self, gap: &Gap, _budget: &mut Budget) -> Issuers {
//!         let named = |c: &&Arc<Certificate>| c.entity().subject == *gap.child.issuer_key();
//!         let found = |c: &Arc<Certificate>| Found {
//!             certificate: Arc::clone(c),
//!             source: Source::Intermediates,
//!             url: None,
//!         };
//!         Issuers { certificates: self.0.iter().filter(named).map(found).collect(), ..Issuers::default() }
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
//! # let params = |name: &str, ca: bool| {
//! #     let mut params = CertificateParams::new(if ca { vec![] } else { vec![name.to_owned()] }).unwrap();
//! #     params.distinguished_name.push(DnType::CommonName, name);
//! #     params.use_authority_key_identifier_extension = true;
//! #     if ca {
//! #         params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
//! #         params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
//! #     }
//! #     params
//! # };
//! # // root ── intermediate ── leaf, valid from 1975 to 4096
//! # let root_key = KeyPair::generate()?;
//! # let root = params("Example Root", true).self_signed(&root_key)?;
//! # let root_issuer = Issuer::new(params("Example Root", true), root_key);
//! # let intermediate_key = KeyPair::generate()?;
//! # let intermediate = params("Example CA", true).signed_by(&intermediate_key, &root_issuer)?;
//! # let intermediate_issuer = Issuer::new(params("Example CA", true), intermediate_key);
//! # let leaf = params("shop.example.com", false).signed_by(&KeyPair::generate()?, &intermediate_issuer)?;
//! # let (root, intermediate, site_pem) = (root.der().to_vec(), intermediate.der().to_vec(), leaf.pem());
//! let roots = Roots::from_certificates("example", [Certificate::from_der(&root)?]);
//! let shelf = Shelf(vec![Arc::new(Certificate::from_der(&intermediate)?)]);
//!
//! let outcome = Repair::new(site_pem.as_bytes())
//!     .at(Time::from_unix(1_795_219_200)) // 2026-11-21
//!     .roots(Arc::new(roots))
//!     .source(Arc::new(shelf))
//!     .run();
//!
//! // Repairable: there is a valid chain, and the input is not it.
//! assert_eq!(outcome.verdict, Verdict::Repairable);
//! let finding = &outcome.findings[0];
//! assert_eq!((finding.rule, finding.fixed), (Rule::MissingIntermediate, true));
//!
//! // A `Chain` exists only if it verified; the root is not part of it.
//! let chain = outcome.chain.ok_or("no valid chain")?;
//! let names: Vec<String> = chain.links().iter().map(|link| link.certificate.short_name()).collect();
//! assert_eq!(names, ["shop.example.com", "Example CA"]);
//! let fullchain: Vec<u8> = pem(&chain, Part::Full, false);
//! # assert!(fullchain.starts_with(b"-----BEGIN CERTIFICATE-----"));
//! # Ok(())
//! # }
//! ```
//!
//! What is wrong with a chain is never an `Err` but a [`report::Finding`]: a [`rules::Rule`], on a
//! certificate, with the place where it stands. Every rule has a page.
//!
//! # The way through the rooms
//!
//! ```text
//! bytes ─ bundle::read ─ items ─ pool ─ leaf ─ path ─── candidate paths ─── verify ─ choose ─ Chain ─ write ─ bytes
//!                                  ▲            │                              │       │
//!                                  │            └ gaps                         └───────┴─ findings ─ Report
//!                                  │               │
//!                                  └── source ◄────┘        until a path is valid, or nothing grows
//! ```
//!
//! Search, judging and policy are three rooms. The search is pure: it returns paths and gaps, and the
//! driver in [`repair`] asks the sources for those and searches again. [`verify`] judges one ordered
//! path at a time, by two judges that know nothing of each other. [`choose`] alone makes a
//! [`choose::Chain`], and [`mod@write`] alone turns one into bytes, so that nothing unverified is
//! written.
//!
//! | room | what goes in, what comes out |
//! |---|---|
//! | [`bundle`] | bytes → items, each with its lines; what was odd about them |
//! | [`cert`] | DER → a certificate, its fingerprint, the entity that it speaks of |
//! | [`pool`] | certificates, each once, with the place it was first seen |
//! | [`leaf`] | certificates → the one that is the leaf |
//! | [`path`] | certificates at hand → candidate paths, lazily, and gaps |
//! | [`verify`] | one ordered path → accepted, or what is wrong at which certificate |
//! | [`choose`] | valid paths → one chain |
//! | [`source`] | a gap → certificates that may fill it: a pool, the cache, the network |
//! | [`roots`] | stores → trust anchors |
//! | [`repair`] | the driver: read it first, it is the story |
//! | [`rules`] | everything that can be said, each with its page |
//! | [`report`] | findings, and the report that holds them |
//! | [`errors`] | the words of other programs → the rules that they may come from |
//! | [`mod@write`] | a chain → PEM, PKCS#7, a file with its blocks kept |
//!
//! Who may touch what; clippy's `disallowed-methods` holds them to it, and a room that has leave says
//! so with an `expect` and a reason:
//!
//! | room | may | may not |
//! |---|---|---|
//! | bundle, cert, pool, leaf, path, choose, rules, report, errors, write | memory | files, network, clock, environment, printing |
//! | verify | webpki, crypto | files, network, clock |
//! | source, roots | files, or [`source::Fetch`]; the clock, by which fetching ends | judge validity, print |
//! | repair | every room above; the clock, where no time is named | files or network, except through them |
//! | the program | clap, terminal, clock, environment, files, and (its `live`) a server that was named | certificate logic |
//!
//! The types of rustls-webpki appear in no signature. JSON reports are of version 1; fields are only
//! ever added.

pub mod bundle;
pub mod cert;
pub mod choose;
pub mod errors;
pub mod leaf;
pub mod path;
pub mod pool;
pub mod repair;
pub mod report;
pub mod roots;
pub mod rules;
pub mod source;
pub mod verify;
pub mod write;

#[cfg(test)]
mod testkit;

pub use repair::{KnownStore, Outcome, Repair, Settings};
