//! What is written, put to other verifiers: OpenSSL, GnuTLS, Java, Python's cryptography.
//!
//! Each is given the chain as it was written and the anchor that it ends in. Every refusal must be one
//! of [`KNOWN`], each with its reason; the table is printed with how often each was met.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use chainmend::Settings;
use chainmend::cert::{Certificate, GeneralName};
use chainmend::choose::Chain;
use chainmend::rules::Rule;
use chainmend::verify::Purpose;

use crate::random::{Drawn, LEAF_NAME};
use crate::support::run::Folder;
use crate::{mend, numbers};

/// A refusal that is right by the client's own rules, and no fault of the chain.
struct Known {
    client: &'static str,
    /// A part of what it says.
    says: &'static str,
    /// Whether the chain has what it refuses.
    has: fn(&Written) -> bool,
    why: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        client: "GnuTLS",
        says: "violates the signer's constraints",
        has: |written| written.all().any(constrains_directory_names),
        why: "it knows no constraints on directory names, and refuses what stands below any",
    },
    Known {
        client: "GnuTLS",
        says: "violates the signer's constraints",
        has: |written| written.issuers().any(|c| c.is_self_issued()),
        why: "it counts self-issued certificates in the path length (RFC 5280 §6.1.4 (l) does not)",
    },
    Known {
        client: "GnuTLS",
        says: "The certificate issuer is unknown",
        has: |written| written.issuers().any(looks_self_signed),
        why: "a CA that changed its key, with a key identifier left out, looks self-signed to it",
    },
    Known {
        client: "OpenSSL",
        says: "self-signed certificate in certificate chain",
        has: |written| written.issuers().any(looks_self_signed),
        why: "a CA that changed its key, with a key identifier left out, looks self-signed to it",
    },
    Known {
        client: "OpenSSL",
        says: "certificate signature failure",
        has: |written| written.chain.iter().any(|c| is_taken_for_its_issuer(&written.anchor, c)),
        why: "without an authority key identifier the trusted CA of two with one name is the issuer to it",
    },
    Known {
        client: "cryptography",
        says: "candidates exhausted",
        has: |written| written.issuers().any(|c| c.is_self_issued()),
        why: "it counts self-issued certificates in the path length (RFC 5280 §6.1.4 (l) does not)",
    },
    Known {
        client: "cryptography",
        says: "invalid extension: 2.5.29.35: Certificate is missing required extension",
        has: |written| written.strict && written.chain.iter().any(|c| c.fields().authority_key_id.is_none()),
        why: "it wants an authority key identifier, as `not-strict` says",
    },
];

/// Subject and issuer are the same, and no key identifiers say that the keys differ.
fn looks_self_signed(certificate: &Certificate) -> bool {
    let fields = certificate.fields();
    certificate.is_self_issued() && (fields.authority_key_id.is_none() || fields.subject_key_id.is_none())
}

/// The anchor has the issuer's name and another key, and no key identifiers say so.
fn is_taken_for_its_issuer(anchor: &Certificate, child: &Certificate) -> bool {
    let unsaid = child.fields().authority_key_id.is_none() || anchor.fields().subject_key_id.is_none();
    unsaid && anchor.entity().subject == *child.issuer_key()
}

fn constrains_directory_names(certificate: &Certificate) -> bool {
    let constraints = certificate.fields().name_constraints.iter();
    let mut bases = constraints.flat_map(|nc| nc.permitted.iter().chain(&nc.excluded));
    bases.any(|base| matches!(base, GeneralName::Directory(_)))
}

impl Known {
    fn explains(&self, client: &str, answer: &str, written: &Written) -> bool {
        self.client == client && answer.contains(self.says) && (self.has)(written)
    }
}

/// A chain that was written for a server, and where it lies.
struct Written {
    name: String,
    folder: PathBuf,
    drawn: Drawn,
    chain: Vec<Arc<Certificate>>,
    /// How many of them make the path to the anchor; what follows is sent for older clients.
    judged: usize,
    anchor: Arc<Certificate>,
    /// Whether the report says what strict clients refuse.
    strict: bool,
}

impl Written {
    /// The issuers that are sent for the path.
    fn issuers(&self) -> impl Iterator<Item = &Certificate> {
        self.chain.iter().take(self.judged).skip(1).map(Arc::as_ref)
    }

    fn all(&self) -> impl Iterator<Item = &Certificate> {
        self.chain.iter().chain([&self.anchor]).map(Arc::as_ref)
    }
}

/// The chains of many PKIs.
fn written(folder: &Folder) -> Vec<Written> {
    let mut all = Vec::new();
    for number in numbers(1000) {
        let drawn = Drawn::new(number);
        if drawn.purpose() != Purpose::Server {
            continue;
        }
        let outcome = mend(&drawn, &drawn.input(), Settings::default());
        let strict = outcome.findings.iter().any(|finding| finding.rule == Rule::NotStrict);
        let Some(chain) = outcome.chain else { continue };
        let name = number.to_string();
        let place = folder.path(&format!("chains/{name}"));
        fs::create_dir_all(&place).unwrap();
        let links: Vec<_> = chain.links().iter().map(|link| Arc::clone(&link.certificate)).collect();
        fs::write(place.join("chain.pem"), chainmend_pem(&chain)).unwrap();
        let anchor = chain.anchor().certificate.clone();
        fs::write(place.join("anchor.pem"), drawn.pem(std::slice::from_ref(&anchor))).unwrap();
        all.push(Written { name, folder: place, judged: chain.judged(), chain: links, drawn, anchor, strict });
    }
    assert!(all.len() > 50, "only {} chains", all.len());
    all
}

fn chainmend_pem(chain: &Chain) -> Vec<u8> {
    chainmend::write::pem(chain, chainmend::write::Part::Full, false)
}

/// What a client says of each chain, by its name; `ok` where it accepts.
type Answers = BTreeMap<String, String>;

/// Whether a program can be run.
pub fn is_here(program: &str) -> bool {
    let argument = if program == "java" { "-version" } else { "--version" };
    Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success())
}

/// The Python that has `cryptography`, which `tests/run` puts into a folder.
fn python() -> Command {
    let mut command = Command::new("python3");
    if let Some(folder) = std::env::var_os("CHAINMEND_CRYPTOGRAPHY") {
        command.env("PYTHONPATH", folder);
    }
    command
}

/// Whether Python has `cryptography` with its verifier.
pub fn has_cryptography() -> bool {
    let import = "from cryptography.x509.verification import PolicyBuilder; PolicyBuilder().max_chain_depth(20)";
    python().args(["-c", import]).output().is_ok_and(|output| output.status.success())
}

/// Runs a program that prints a line for each chain.
fn all_at_once(mut command: Command) -> Answers {
    let output = command.output().expect("it was there before");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let split = |line: &str| line.split_once(' ').map(|(name, answer)| (name.to_owned(), answer.to_owned()));
    text.lines().filter_map(split).collect()
}

fn one_by_one(all: &[Written], command: impl Fn(&Written) -> Command) -> Answers {
    let answer = |written: &Written| {
        let output = command(written).output().expect("it was there before");
        let said = [output.stdout, output.stderr].concat();
        if output.status.success() { "ok".to_owned() } else { String::from_utf8_lossy(&said).replace('\n', " ") }
    };
    all.iter().map(|written| (written.name.clone(), answer(written))).collect()
}

fn openssl(all: &[Written]) -> Answers {
    one_by_one(all, |written| {
        let mut command = Command::new("openssl");
        command.args(["verify", "-purpose", "sslserver", "-no-CApath", "-no-CAstore", "-auth_level", "2"]);
        command.args(["-attime", &written.drawn.at().unix().to_string(), "-CAfile"]);
        command.arg(written.folder.join("anchor.pem")).arg("-untrusted").arg(written.folder.join("chain.pem"));
        command.arg(written.folder.join("chain.pem"));
        command
    })
}

/// Strict about order: each certificate must be issued by the next, the last by itself. It knows no
/// other time than now, which the chains outlast by decades.
fn gnutls(all: &[Written]) -> Answers {
    one_by_one(all, |written| {
        let path: Vec<_> = written.chain.iter().take(written.judged).chain([&written.anchor]).cloned().collect();
        let file = written.folder.join("whole.pem");
        fs::write(&file, written.drawn.pem(&path)).unwrap();
        let mut command = Command::new("certtool");
        command.arg("--verify-chain").arg("--infile").arg(file);
        command
    })
}

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdict/clients")
}

fn java(folder: &Folder, at: i64) -> Answers {
    let mut command = Command::new("java");
    command.arg(clients().join("Verify.java")).arg(folder.path("chains")).arg(at.to_string());
    all_at_once(command)
}

fn cryptography(folder: &Folder, at: i64) -> Answers {
    let mut command = python();
    command.arg(clients().join("verify.py")).arg(folder.path("chains")).arg(at.to_string()).arg(LEAF_NAME);
    all_at_once(command)
}

/// Whether everything that is refused is known; prints how often each was met.
fn compare(client: &str, all: &[Written], answers: &Answers) {
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    let mut accepted = 0;
    let mut unknown = Vec::new();
    for written in all {
        let answer = answers.get(&written.name).unwrap_or_else(|| panic!("{client} said nothing of {}", written.name));
        if answer == "ok" {
            accepted += 1;
        } else if let Some(known) = KNOWN.iter().find(|known| known.explains(client, answer, written)) {
            *met.entry(known.why).or_default() += 1;
        } else {
            unknown.push(format!("{}: {answer}\n{}", written.name, written.drawn.text()));
        }
    }
    println!("{client}: {accepted} of {} accepted", all.len());
    for (why, count) in met {
        println!("{client}: {count} refused: {why}");
    }
    assert!(unknown.is_empty(), "{client} refuses what we write:\n{}", unknown.join("\n"));
    assert!(accepted > all.len() / 4, "{client} accepts next to nothing");
}

pub fn openssl_accepts() {
    let folder = Folder::new();
    let all = written(&folder);
    compare("OpenSSL", &all, &openssl(&all));
}

pub fn gnutls_accepts() {
    let folder = Folder::new();
    let all = written(&folder);
    compare("GnuTLS", &all, &gnutls(&all));
}

pub fn java_accepts() {
    let folder = Folder::new();
    let all = written(&folder);
    compare("Java", &all, &java(&folder, all[0].drawn.at().unix()));
}

pub fn cryptography_accepts() {
    let folder = Folder::new();
    let all = written(&folder);
    compare("cryptography", &all, &cryptography(&folder, all[0].drawn.at().unix()));
}
