//! What OpenSSL writes behind the certificate of a `TRUSTED CERTIFICATE` block: what its owner trusts
//! it for, and what not (x509(1), `-addtrust` and `-addreject`). p11-kit writes such files, too:
//! `ca-bundle.trust.crt` of Fedora and Red Hat has the distrusted roots beside the others.

use crate::cert::der::{Walk, tag};
use crate::cert::oid_text;

/// Stands for every purpose.
const ANY_PURPOSE: &str = "2.5.29.37.0";

/// `reject` in CertAux: `[0] IMPLICIT SEQUENCE OF OBJECT IDENTIFIER`.
const REJECT: u8 = tag::CONTEXT_0;

/// Purposes that are listed: a few. Past this the rest is not looked at, and the block trusts nothing.
const MAX_PURPOSES: usize = 64;

/// What a certificate is trusted for, by its block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Absent: nothing is said.
    trusted: Option<Vec<String>>,
    rejected: Vec<String>,
}

impl Trust {
    /// Reads CertAux, DER; `None` where it is none.
    pub(super) fn read(aux: &[u8]) -> Option<Self> {
        let sequence = Walk::new(aux).expect(tag::SEQUENCE)?;
        let mut parts = Walk::within(aux, &sequence.body);
        let mut trust = Self::default();
        while let Some(part) = parts.next() {
            let purposes = || {
                let mut walk = Walk::within(aux, &part.body);
                let oids = std::iter::from_fn(move || walk.expect(tag::OID)).take(MAX_PURPOSES);
                oids.filter_map(|oid| aux.get(oid.body)).map(oid_text).collect()
            };
            match part.tag {
                tag::SEQUENCE => trust.trusted = Some(purposes()),
                REJECT => trust.rejected = purposes(),
                _ => {}
            }
        }
        Some(trust)
    }

    /// Whether it is trusted for a purpose (dotted OID), as OpenSSL decides: what is rejected is not, nor
    /// what is missing where there is a list.
    pub fn allows(&self, purpose: &str) -> bool {
        let has = |list: &[String]| list.iter().any(|listed| listed == purpose || listed == ANY_PURPOSE);
        !has(&self.rejected) && self.trusted.as_deref().is_none_or(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "1.3.6.1.5.5.7.3.1";
    const SERVER_DER: [u8; 10] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
    const CLIENT_DER: [u8; 10] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2];
    const ANY_DER: [u8; 6] = [6, 4, 0x55, 0x1d, 0x25, 0];

    fn aux(trusted: Option<&[u8]>, rejected: Option<&[u8]>) -> Vec<u8> {
        let list = |tag: u8, oids: &[u8]| [&[tag, oids.len() as u8], oids].concat();
        let body = [trusted.map(|oids| list(0x30, oids)), rejected.map(|oids| list(0xa0, oids))];
        // And an alias, as `-setalias` writes it.
        let body = [body.into_iter().flatten().flatten().collect::<Vec<u8>>(), vec![0x0c, 1, b'x']].concat();
        list(0x30, &body)
    }

    #[test]
    fn trusted_and_rejected_purposes() {
        for (trusted, rejected, expected) in [
            (None, None, true),
            (Some(&SERVER_DER[..]), None, true),
            (Some(&CLIENT_DER[..]), None, false),
            (Some(&ANY_DER[..]), None, true),
            (Some(&[][..]), None, false),
            (None, Some(&CLIENT_DER[..]), true),
            (None, Some(&SERVER_DER[..]), false),
            (None, Some(&ANY_DER[..]), false),
            (Some(&ANY_DER[..]), Some(&SERVER_DER[..]), false),
        ] {
            let read = Trust::read(&aux(trusted, rejected)).unwrap();
            assert_eq!(read.allows(SERVER), expected, "{read:?}");
        }
        assert_eq!(Trust::read(&[]), None);
        assert_eq!(Trust::read(&[0x04, 0]), None);
    }
}
