//! Text without what differs from run to run.

use std::collections::BTreeMap;

use super::pki;
use super::run::Folder;
use super::server::Server;
use super::tls::TlsServer;
use super::world::World;

/// What is known to differ: the folder, the server's port, the certificates' hashes.
pub struct Normal<'a> {
    pub folder: &'a Folder,
    pub server: &'a Server,
    pub world: &'a World,
    pub tls: &'a BTreeMap<String, TlsServer>,
}

impl Normal<'_> {
    /// Text without what differs from run to run.
    pub fn of(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let folder = self.folder.path("");
        text = text.replace(&format!("{}/", folder.display().to_string().trim_end_matches('/')), "[FOLDER]/");
        text = text.replace(&format!("127.0.0.1:{}", self.server.port()), "127.0.0.1:[PORT]");
        for (name, server) in self.tls {
            let port = server.port();
            for before in ["127.0.0.1", "localhost", "[::1]"] {
                text = text.replace(&format!("{before}:{port}"), &format!("{before}:[PORT:{name}]"));
            }
        }
        for (name, certificate) in self.world.all() {
            text = without(&text, &certificate.fingerprint(), &format!("[SHA256:{name}]"));
        }
        for (name, certificate) in self.world.all() {
            text = without(&text, &pki::hex(&certificate.key_id()), &format!("[KEY-ID:{name}]"));
        }
        without_durations(&without_day(&text))
    }
}

/// The day of an import is today's.
fn without_day(text: &str) -> String {
    const BEFORE: &str = "the list that was imported ";
    let mut parts = text.split(BEFORE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + BEFORE + "[TODAY]" + part.get("2026-11-21".len()..).unwrap_or_default())
}

/// Replaces a hash in every way that a report may write it: whole or its first 8 or 16 digits,
/// with colons or without, in either case, or its first two and its last byte around `…`.
fn without(text: &str, hash: &str, placeholder: &str) -> String {
    let bytes: Vec<&str> = (0..hash.len() / 2).map(|i| &hash[2 * i..2 * i + 2]).collect();
    let colons = bytes.join(":");
    let ellipsis = format!("{}:{}:…:{}", bytes[0], bytes[1], bytes[bytes.len() - 1]);
    let mut text = text.to_owned();
    for form in [hash, &colons, &hash[..16], &hash[..8], &ellipsis] {
        text = text.replace(form, placeholder).replace(&form.to_uppercase(), placeholder);
    }
    text
}

/// `0.1 s` and `41 ms` become `[TIME]`.
fn without_durations(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits = rest[start..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len() - start);
        let (number, after) = rest[start..].split_at(digits);
        let unit = [" s", " ms"]
            .iter()
            .find(|unit| after.starts_with(**unit) && !after[unit.len()..].starts_with(|c: char| c.is_alphanumeric()));
        out.push_str(&rest[..start]);
        match unit {
            Some(unit) if number.contains('.') || *unit == " ms" => {
                out.push_str("[TIME]");
                rest = &after[unit.len()..];
            }
            _ => {
                out.push_str(number);
                rest = after;
            }
        }
    }
    out + rest
}
