//! What a live server sends: certificates one by one, and whether a file holds the same.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Bundle, Form, ItemKind, Reader, Terms};
use crate::cert::{Certificate, Fingerprint, clip};
use crate::report::Severity;
use crate::rules::Rule;

/// So many certificates are named where server and file differ; more are counted.
const MAX_NAMED: usize = 3;

/// A common name may be long; this much of it tells it from others.
const MAX_NAME: usize = 60;

/// The certificates of a TLS Certificate message (RFC 8446 §4.4.2, RFC 5246 §7.4.2), each the bytes
/// of one entry, in the order in which they came. Never fails: what is no certificate is a finding.
///
/// In: the server's name for findings. The lines of the items are ordinals, from 1.
pub fn sent(name: &str, certificates: &[Vec<u8>]) -> Bundle {
    let text = certificates.concat();
    let mut reader = Reader::new(name, &text, Terms::default());
    let mut start = 0;
    for (entry, ordinal) in certificates.iter().zip(1..) {
        let end = start + entry.len();
        let kind = match Certificate::from_der(entry) {
            Ok(certificate) => ItemKind::Certificate(Arc::new(certificate)),
            Err(why) => {
                let message = format!("what the server sends here is no certificate: {why}");
                reader.find(Rule::UnreadableBlock, Severity::Error, ordinal, message, None);
                ItemKind::Unreadable("CERTIFICATE".to_owned())
            }
        };
        reader.push(kind, (ordinal, ordinal), start..end);
        start = end;
    }
    let complete = reader.complete;
    let (items, findings) = reader.finish();
    Bundle { name: name.to_owned(), form: Form::Server, text, items, findings, complete }
}

/// How the certificates that a server sends differ from those of a file, one by one and in order;
/// `None` where they are the same. Keys and other blocks in the file do not count.
pub fn difference(server: &Bundle, file: &Bundle) -> Option<String> {
    let (sent, held) = (list(server), list(file));
    if sent == held {
        return None;
    }
    Some(leaf_differs(&sent, &held).unwrap_or_else(|| chain_differs(&sent, &held)))
}

fn list(bundle: &Bundle) -> Vec<Arc<Certificate>> {
    bundle.certificates().map(|(_, certificate)| certificate.clone()).collect()
}

/// The server's leaf is none of the file's certificates: of another time, or for another name.
fn leaf_differs(sent: &[Arc<Certificate>], held: &[Arc<Certificate>]) -> Option<String> {
    let (sent, held_first) = (sent.first()?, held.first()?);
    if held.contains(sent) {
        return None;
    }
    let (theirs, ours) = (sent.short_name(), held_first.short_name());
    if sent.entity().subject != held_first.entity().subject && theirs != ours {
        let (theirs, ours) = (shown(sent), shown(held_first));
        return Some(format!("the server's leaf is {theirs}, the file's is {ours}"));
    }
    let until = |c: &Certificate| c.not_after().map_or_else(String::new, |time| format!(", to {}", time.date()));
    let (theirs, ours) = (until(sent), until(held_first));
    Some(match held_first.not_before().cmp(&sent.not_before()) {
        std::cmp::Ordering::Greater => {
            format!("the server still sends an older leaf{theirs}; the file's is newer{ours}")
        }
        std::cmp::Ordering::Less => format!("the server sends a newer leaf{theirs}; the file's is older{ours}"),
        std::cmp::Ordering::Equal => "the server's leaf is another certificate for the same name".to_owned(),
    })
}

/// The leaf is the same.
fn chain_differs(sent: &[Arc<Certificate>], held: &[Arc<Certificate>]) -> String {
    let missing = names(held, sent);
    let more = names(sent, held);
    match (missing.is_empty(), more.is_empty()) {
        (false, true) => format!("the server does not send {missing}"),
        (true, false) => format!("the server also sends {more}"),
        (false, false) if missing == more => format!("the server sends another certificate by the name {more}"),
        (false, false) => format!("the server sends {more} in place of {missing}"),
        (true, true) if sent.len() == held.len() => {
            "the server sends the same certificates in another order".to_owned()
        }
        (true, true) if sent.len() > held.len() => {
            "the server sends a certificate more often than the file has it".to_owned()
        }
        (true, true) => "the file has a certificate more often than the server sends it".to_owned(),
    }
}

/// Those of `some` that `others` lacks, by name.
fn names(some: &[Arc<Certificate>], others: &[Arc<Certificate>]) -> String {
    let others: HashSet<Fingerprint> = others.iter().map(|c| c.fingerprint()).collect();
    let mut seen = HashSet::new();
    let lacked: Vec<&Arc<Certificate>> =
        some.iter().filter(|c| !others.contains(&c.fingerprint()) && seen.insert(c.fingerprint())).collect();
    let mut names: Vec<String> = lacked.iter().take(MAX_NAMED).map(|c| shown(c)).collect();
    if lacked.len() > MAX_NAMED {
        names.push(format!("{} more", lacked.len() - MAX_NAMED));
    }
    names.join(", ")
}

fn shown(certificate: &Certificate) -> String {
    format!("\"{}\"", clip(&certificate.short_name(), MAX_NAME))
}
