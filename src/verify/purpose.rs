//! What a certificate may be used for: extKeyUsage along the path, keyUsage of the leaf.

use super::own::is_unreadable;
use super::{Fault, Purpose};
use crate::cert::{Certificate, GeneralName};
use crate::report::Remedy;
use crate::rules::Rule;

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

impl Purpose {
    /// The single purposes that this one stands for.
    pub(super) fn single(self) -> &'static [Purpose] {
        match self {
            Self::Server => &[Self::Server],
            Self::Client => &[Self::Client],
            Self::Any => &[Self::Server, Self::Client],
        }
    }

    /// Whether something holds for one of the key purposes (dotted OIDs) that this stands for.
    pub(crate) fn is_any_of(self, holds: impl Fn(&str) -> bool) -> bool {
        self.single().iter().any(|purpose| holds(purpose.key_purpose()))
    }

    fn key_purpose(self) -> &'static str {
        if self == Self::Client { CLIENT_AUTH } else { SERVER_AUTH }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Server => "serverAuth",
            Self::Client => "clientAuth",
            Self::Any => "serverAuth or clientAuth",
        }
    }
}

/// Whether extKeyUsage allows the purpose. Absent passes; anyExtendedKeyUsage and the server-gated
/// crypto purposes stand for nothing here (webpki, OpenSSL's `sslserver`, the CA/Browser Forum).
pub(super) fn allows(certificate: &Certificate, purpose: Purpose) -> bool {
    let Some(purposes) = &certificate.fields().extended_key_usage else { return true };
    purpose.single().iter().any(|single| purposes.iter().any(|p| p == single.key_purpose()))
}

/// RFC 5280 §4.2.1.12, applied to every certificate of the path, the anchor's own included
/// (RFC 5937 has no word on it; OpenSSL and Windows do the same).
pub(super) fn purpose_fault(certificate: &Certificate, purpose: Purpose) -> Option<Fault> {
    if allows(certificate, purpose) {
        return None;
    }
    let present = certificate.fields().extended_key_usage.iter().flatten();
    let present: Vec<&str> = present.map(|oid| purpose_name(oid)).collect();
    let list = if present.is_empty() { "nothing".to_owned() } else { present.join(", ") };
    let fault = Fault::new(Rule::WrongPurpose, format!("allows {list}; {} is wanted (extKeyUsage)", purpose.wanted()));
    let client_only = purpose == Purpose::Server && allows(certificate, Purpose::Client);
    let server_only = purpose == Purpose::Client && allows(certificate, Purpose::Server);
    Some(if client_only {
        Fault { remedy: Some(Remedy::ForClient), ..fault.help("for the chain of a TLS client: --purpose client") }
    } else if server_only {
        Fault { remedy: Some(Remedy::ForServer), ..fault.help("for the chain of a TLS server: --purpose server") }
    } else {
        fault
    })
}

/// Where each certificate allows one of two purposes, but no purpose is allowed by all: the
/// position of the lowest issuer that takes away what those below it allow.
pub(super) fn conflict(certificates: &[&Certificate]) -> Option<usize> {
    let mut left: Vec<Purpose> = Purpose::Any.single().to_vec();
    for (position, certificate) in certificates.iter().enumerate() {
        left.retain(|purpose| allows(certificate, *purpose));
        if left.is_empty() {
            return Some(position);
        }
    }
    None
}

/// The fault for [`conflict`].
pub(super) fn conflict_fault() -> Fault {
    let message = "allows none of the purposes that the certificates below it allow (extKeyUsage)".to_owned();
    Fault::new(Rule::WrongPurpose, message)
}

/// RFC 5280 §4.2.1.3 and §4.2.1.12: where keyUsage is present, a TLS server needs
/// digitalSignature, keyEncipherment or keyAgreement, a client digitalSignature or keyAgreement.
pub(super) fn key_usage_fault(leaf: &Certificate, purpose: Purpose) -> Option<Fault> {
    let usage = leaf.fields().key_usage?;
    let fits = |single: &Purpose| {
        let signs = usage.digital_signature() || usage.key_agreement();
        signs || (*single == Purpose::Server && usage.key_encipherment())
    };
    // A CA's certificate that is named as the one to complete is for no TLS connection itself.
    let issues = purpose == Purpose::Any && leaf.is_ca() && usage.key_cert_sign();
    if issues || purpose.single().iter().any(fits) {
        return None;
    }
    let wanted = match purpose {
        Purpose::Client => "digitalSignature or keyAgreement",
        _ => "digitalSignature, keyEncipherment or keyAgreement",
    };
    let message = format!("has a key for {}; TLS needs {wanted} (keyUsage)", usage_names(usage.0));
    Some(Fault::new(Rule::WrongKeyUsage, message))
}

/// A server's certificate without any name that a client could check (RFC 9525 §6: the common name
/// is no substitute).
pub(super) fn no_name_note(leaf: &Certificate, purpose: Purpose) -> Option<Fault> {
    let fields = leaf.fields();
    let names = fields.subject_alt_names.iter().flatten();
    let named = names.into_iter().any(|name| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_)));
    if purpose != Purpose::Server || named || is_unreadable(leaf, "subjectAltName") {
        return None;
    }
    let message = match &fields.subject_alt_names {
        None => "has no subjectAltName",
        Some(_) => "has neither a DNS name nor an IP address in its subjectAltName",
    };
    let help = "browsers and Go match no host with it; have it reissued with the host's name";
    Some(Fault::new(Rule::NoSan, message.to_owned()).help(help))
}

/// The name of a key purpose in its standard, or the dotted OID.
fn purpose_name(oid: &str) -> &str {
    match oid {
        SERVER_AUTH => "serverAuth",
        CLIENT_AUTH => "clientAuth",
        "1.3.6.1.5.5.7.3.3" => "codeSigning",
        "1.3.6.1.5.5.7.3.4" => "emailProtection",
        "1.3.6.1.5.5.7.3.8" => "timeStamping",
        "1.3.6.1.5.5.7.3.9" => "OCSPSigning",
        "2.5.29.37.0" => "anyExtendedKeyUsage",
        "1.3.6.1.4.1.311.10.3.3" => "Microsoft server-gated crypto",
        "2.16.840.1.113730.4.1" => "Netscape server-gated crypto",
        "1.3.6.1.4.1.311.20.2.2" => "smart card logon",
        other => other,
    }
}

/// The names of the set bits, RFC 5280 §4.2.1.3.
fn usage_names(bits: u16) -> String {
    const NAMES: [&str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];
    let set: Vec<&str> = NAMES.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, n)| *n).collect();
    if set.is_empty() { "nothing".to_owned() } else { set.join(", ") }
}
