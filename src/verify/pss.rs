//! RSASSA-PSS with salt lengths and key types that webpki lacks (RFC 4055).

use aws_lc_rs::signature::{
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPssSaltLength,
};

use super::key::SubjectKey;
use super::strength::LEAST_RSA_BITS;
use crate::cert::der::{Element, Walk, tag};
use crate::cert::oid_text;

/// id-RSASSA-PSS, as a signature algorithm and as a kind of key.
pub(super) const OID: &str = "1.2.840.113549.1.1.10";

const MGF1: &str = "1.2.840.113549.1.1.8";
const SHA1: &str = "1.3.14.3.2.26";

/// RSASSA-PSS-params (RFC 4055 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parameters {
    hash: String,
    salt: u16,
}

/// True where the signature is over a SHA-1 hash, the default of the parameters.
pub(super) fn is_sha1(algorithm: &[u8]) -> bool {
    Parameters::of(algorithm).is_some_and(|p| p.hash == SHA1)
}

/// The algorithm for a signature with these parameters by this key: hash and mask hash the same,
/// SHA-2, any salt. `None` where aws-lc-rs has none, or the key's own parameters forbid it.
pub(super) fn algorithm(signature_algorithm: &[u8], key: &SubjectKey<'_>) -> Option<RsaParameters> {
    let parameters = Parameters::of(signature_algorithm)?;
    if !key.rsa_bits().is_some_and(|bits| (LEAST_RSA_BITS..=8192).contains(&bits)) {
        return None;
    }
    // RFC 4055 §3.3: what the key's parameters name binds, and their salt length is the least.
    if key.oid() == OID && has_parameters(key.algorithm) {
        let bound = Parameters::of(key.algorithm)?;
        if bound.hash != parameters.hash || bound.salt > parameters.salt {
            return None;
        }
    }
    let salt = RsaPssSaltLength::Custom(parameters.salt);
    Some(match parameters.hash.as_str() {
        "2.16.840.1.101.3.4.2.1" => RSA_PSS_2048_8192_SHA256.with_pss_salt_length(salt),
        "2.16.840.1.101.3.4.2.2" => RSA_PSS_2048_8192_SHA384.with_pss_salt_length(salt),
        "2.16.840.1.101.3.4.2.3" => RSA_PSS_2048_8192_SHA512.with_pss_salt_length(salt),
        _ => return None,
    })
}

fn has_parameters(algorithm: &[u8]) -> bool {
    let mut walk = Walk::new(algorithm);
    walk.expect(tag::OID).is_some() && !walk.is_empty()
}

impl Parameters {
    /// From the content of an AlgorithmIdentifier. `None` where it has another shape, or hash and
    /// mask hash differ.
    fn of(algorithm: &[u8]) -> Option<Self> {
        let mut walk = Walk::new(algorithm);
        walk.expect(tag::OID)?;
        let parameters = walk.expect(tag::SEQUENCE)?;
        let mut fields = Walk::within(algorithm, &parameters.body);
        let (mut hash, mut mask, mut salt) = (SHA1.to_owned(), SHA1.to_owned(), 20);
        if let Some(explicit) = fields.expect(0xa0) {
            hash = oid_in(algorithm, &Walk::within(algorithm, &explicit.body).expect(tag::SEQUENCE)?)?;
        }
        if let Some(explicit) = fields.expect(0xa1) {
            let generator = Walk::within(algorithm, &explicit.body).expect(tag::SEQUENCE)?;
            if oid_in(algorithm, &generator)? != MGF1 {
                return None;
            }
            let mut parts = Walk::within(algorithm, &generator.body);
            parts.expect(tag::OID)?;
            mask = oid_in(algorithm, &parts.expect(tag::SEQUENCE)?)?;
        }
        if let Some(explicit) = fields.expect(0xa2) {
            let number = Walk::within(algorithm, &explicit.body).expect(tag::INTEGER)?;
            salt = match algorithm.get(number.body)? {
                [one] if *one < 0x80 => u16::from(*one),
                [high, low] if *high < 0x80 => u16::from_be_bytes([*high, *low]),
                _ => return None,
            };
        }
        (hash == mask).then_some(Self { hash, salt })
    }
}

/// The dotted OID that an AlgorithmIdentifier starts with.
fn oid_in(der: &[u8], identifier: &Element) -> Option<String> {
    let oid = Walk::within(der, &identifier.body).expect(tag::OID)?;
    Some(oid_text(der.get(oid.body)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_with_their_defaults() {
        // OID, then an empty SEQUENCE: SHA-1, salt 20 (RFC 4055 §3.1).
        let oid = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
        let empty = [&oid[..], &[0x30, 0]].concat();
        assert_eq!(Parameters::of(&empty), Some(Parameters { hash: SHA1.into(), salt: 20 }));
        assert!(is_sha1(&empty));
        assert!(!is_sha1(pki_types::alg_id::RSA_PSS_SHA256.as_ref()));
        assert_eq!(Parameters::of(pki_types::alg_id::RSA_PSS_SHA384.as_ref()).map(|p| p.salt), Some(48));
        assert_eq!(Parameters::of(&oid), None, "absent parameters say nothing of a signature");
    }
}
