//! What is encrypted with a password: PBES2 (RFC 8018 §6.2), and the schemes of PKCS#12 (RFC 7292
//! appendix C), which OpenSSL before version 3 and Windows write.
//!
//! How often a password is hashed is for the file to say: a hostile one says two thousand million
//! times. So the hashes of a whole file are counted, before they are made.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    self, AES_128, AES_192, AES_256, Algorithm, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA1_OUTPUT_LEN, digest};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, InnerIvInit, KeyInit};

use crate::cert::der::{Walk, tag};
use crate::cert::oid_text;

/// The hashes that are made for one file at most. OpenSSL asks for 2,048 a part, Java for 10,000, and
/// the advice of these years is 600,000; a million take a quarter of a second.
pub(crate) const MAX_HASHES: u64 = 5_000_000;

/// Why something could not be decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Locked {
    /// What comes out is nothing.
    WrongPassword,
    /// By a scheme or with parameters that are not read; the dotted OID, or a word.
    Unsupported(String),
    /// It asks for more than [`MAX_HASHES`].
    TooCostly,
}

/// The hashes that may still be made.
pub(crate) struct Hashes(u64);

impl Default for Hashes {
    fn default() -> Self {
        Self(MAX_HASHES)
    }
}

impl Hashes {
    fn spend(&mut self, number: u64) -> Result<(), Locked> {
        self.0 = self.0.checked_sub(number).ok_or(Locked::TooCostly)?;
        Ok(())
    }
}

/// Decrypts `data` with the scheme that `algorithm` names.
///
/// In: the content of an AlgorithmIdentifier, DER; the ciphertext; the password; the hashes that are
/// left. Out: what was encrypted; that it is a SEQUENCE is all that says the password was right.
pub(crate) fn decrypt(algorithm: &[u8], data: &[u8], password: &str, hashes: &mut Hashes) -> Result<Vec<u8>, Locked> {
    let (oid, parameters) = identifier(algorithm)?;
    let plain = match oid.as_str() {
        "1.2.840.113549.1.5.13" => pbes2(parameters, data, password, hashes)?,
        "1.2.840.113549.1.12.1.3" => pbes1(&DES3, parameters, data, password, hashes)?,
        "1.2.840.113549.1.12.1.4" => pbes1(&DES2, parameters, data, password, hashes)?,
        "1.2.840.113549.1.12.1.5" => pbes1(&RC2_128, parameters, data, password, hashes)?,
        "1.2.840.113549.1.12.1.6" => pbes1(&RC2_40, parameters, data, password, hashes)?,
        _ => return Err(Locked::Unsupported(oid)),
    };
    if plain.first() == Some(&tag::SEQUENCE) { Ok(plain) } else { Err(Locked::WrongPassword) }
}

#[expect(deprecated, reason = "files of many years are encrypted with it, and none is written")]
const DES3_CIPHER: &Algorithm = &cipher::DES_EDE3_FOR_LEGACY_USE_ONLY;
/// With two keys, the third being the first.
#[expect(deprecated, reason = "as above")]
const DES2_CIPHER: &Algorithm = &cipher::DES_EDE_FOR_LEGACY_USE_ONLY;

fn malformed() -> Locked {
    Locked::Unsupported("parameters that cannot be read".to_owned())
}

/// The OID of an AlgorithmIdentifier's content, and what follows it.
fn identifier(content: &[u8]) -> Result<(String, &[u8]), Locked> {
    let oid = Walk::new(content).expect(tag::OID).ok_or_else(malformed)?;
    let text = oid_text(content.get(oid.body.clone()).unwrap_or_default());
    Ok((text, content.get(oid.whole.end..).unwrap_or_default()))
}

/// The content of the element of this tag that comes next.
fn content<'a>(walk: &mut Walk<'a>, bytes: &'a [u8], tag: u8) -> Result<&'a [u8], Locked> {
    let element = walk.expect(tag).ok_or_else(malformed)?;
    bytes.get(element.body).ok_or_else(malformed)
}

fn number(content: &[u8]) -> Result<u64, Locked> {
    let digits = content.strip_prefix(&[0]).unwrap_or(content);
    if digits.len() > 4 || content.first().is_none_or(|first| first & 0x80 != 0) {
        return Err(Locked::TooCostly);
    }
    Ok(digits.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// RFC 8018 §6.2 and A.4: a key by PBKDF2, and AES or triple DES.
fn pbes2(parameters: &[u8], data: &[u8], password: &str, hashes: &mut Hashes) -> Result<Vec<u8>, Locked> {
    let mut outer = Walk::new(parameters);
    let both = content(&mut outer, parameters, tag::SEQUENCE)?;
    let mut walk = Walk::new(both);
    let (kdf, kdf_parameters) = identifier(content(&mut walk, both, tag::SEQUENCE)?)?;
    let (cipher, cipher_parameters) = identifier(content(&mut walk, both, tag::SEQUENCE)?)?;
    if kdf != "1.2.840.113549.1.5.12" {
        return Err(Locked::Unsupported(kdf));
    }
    let (cipher, length): (&Algorithm, usize) = match cipher.as_str() {
        "2.16.840.1.101.3.4.1.2" => (&AES_128, 16),
        "2.16.840.1.101.3.4.1.22" => (&AES_192, 24),
        "2.16.840.1.101.3.4.1.42" => (&AES_256, 32),
        "1.2.840.113549.3.7" => (DES3_CIPHER, 24),
        _ => return Err(Locked::Unsupported(cipher)),
    };
    let iv = content(&mut Walk::new(cipher_parameters), cipher_parameters, tag::OCTET_STRING)?;
    let key = pbkdf2_key(kdf_parameters, password, length, hashes)?;
    by_aws(cipher, &key, iv, data)
}

/// RFC 8018 §5.2 and A.2.
fn pbkdf2_key(parameters: &[u8], password: &str, length: usize, hashes: &mut Hashes) -> Result<Vec<u8>, Locked> {
    let all = content(&mut Walk::new(parameters), parameters, tag::SEQUENCE)?;
    let mut walk = Walk::new(all);
    let salt = content(&mut walk, all, tag::OCTET_STRING)?;
    let iterations = number(content(&mut walk, all, tag::INTEGER)?)?;
    // The length of the key; the cipher has said it already.
    let _ = walk.expect(tag::INTEGER);
    let prf = match walk.expect(tag::SEQUENCE) {
        Some(prf) => identifier(all.get(prf.body).unwrap_or_default())?.0,
        None => "1.2.840.113549.2.7".to_owned(),
    };
    let (prf, output) = match prf.as_str() {
        "1.2.840.113549.2.7" => (pbkdf2::PBKDF2_HMAC_SHA1, 20),
        "1.2.840.113549.2.9" => (pbkdf2::PBKDF2_HMAC_SHA256, 32),
        "1.2.840.113549.2.10" => (pbkdf2::PBKDF2_HMAC_SHA384, 48),
        "1.2.840.113549.2.11" => (pbkdf2::PBKDF2_HMAC_SHA512, 64),
        _ => return Err(Locked::Unsupported(prf)),
    };
    hashes.spend(iterations * length.div_ceil(output) as u64)?;
    let iterations = u32::try_from(iterations).ok().and_then(NonZeroU32::new).ok_or_else(malformed)?;
    let mut key = vec![0; length];
    pbkdf2::derive(prf, iterations, salt, password.as_bytes(), &mut key);
    Ok(key)
}

fn by_aws(cipher: &'static Algorithm, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Vec<u8>, Locked> {
    let context = match iv.len() {
        16 => DecryptionContext::Iv128(FixedLength::try_from(iv).map_err(|_| malformed())?),
        8 => DecryptionContext::Iv64(FixedLength::try_from(iv).map_err(|_| malformed())?),
        _ => return Err(malformed()),
    };
    let key = UnboundCipherKey::new(cipher, key).and_then(PaddedBlockDecryptingKey::cbc_pkcs7);
    let mut buffer = data.to_vec();
    let plain = key.and_then(|key| key.decrypt(&mut buffer, context).map(|plain| plain.to_vec()));
    plain.map_err(|_| Locked::WrongPassword)
}

/// Key, initialisation vector and ciphertext to what was encrypted.
type Cipher = fn(&[u8], &[u8], &[u8]) -> Result<Vec<u8>, Locked>;

/// A scheme of RFC 7292 appendix C: how many bytes of key, and the cipher.
struct Scheme {
    key: usize,
    decrypt: Cipher,
}

const DES3: Scheme = Scheme { key: 24, decrypt: |key, iv, data| by_aws(DES3_CIPHER, key, iv, data) };
const DES2: Scheme = Scheme { key: 16, decrypt: |key, iv, data| by_aws(DES2_CIPHER, key, iv, data) };
const RC2_128: Scheme = Scheme { key: 16, decrypt: by_rc2 };
const RC2_40: Scheme = Scheme { key: 5, decrypt: by_rc2 };

fn by_rc2(key: &[u8], iv: &[u8], data: &[u8]) -> Result<Vec<u8>, Locked> {
    let cipher = rc2::Rc2::new_from_slice(key).map_err(|_| malformed())?;
    let mode = cbc::Decryptor::inner_iv_slice_init(cipher, iv).map_err(|_| malformed())?;
    mode.decrypt_padded_vec::<Pkcs7>(data).map_err(|_| Locked::WrongPassword)
}

fn pbes1(
    scheme: &Scheme,
    parameters: &[u8],
    data: &[u8],
    password: &str,
    hashes: &mut Hashes,
) -> Result<Vec<u8>, Locked> {
    let all = content(&mut Walk::new(parameters), parameters, tag::SEQUENCE)?;
    let mut walk = Walk::new(all);
    let salt = content(&mut walk, all, tag::OCTET_STRING)?;
    let iterations = number(content(&mut walk, all, tag::INTEGER)?)?;
    // RFC 7292 appendix B.1: two bytes a character, and two of nothing. Some take no password for
    // no bytes at all.
    let text: Vec<u8> = password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let tries: &[&[u8]] = if password.is_empty() { &[&text, &[]] } else { &[&text] };
    let mut outcome = Err(Locked::WrongPassword);
    for password in tries {
        let key = derive(Material::Key, password, salt, iterations, scheme.key, hashes)?;
        let iv = derive(Material::Iv, password, salt, iterations, 8, hashes)?;
        outcome = (scheme.decrypt)(&key, &iv, data);
        if outcome.as_ref().is_ok_and(|plain| plain.first() == Some(&tag::SEQUENCE)) {
            break;
        }
    }
    outcome
}

/// What is derived (RFC 7292 appendix B.3).
#[derive(Clone, Copy)]
enum Material {
    Key = 1,
    Iv = 2,
}

/// SHA-1 takes blocks of so many bytes: `v` of RFC 7292 appendix B.2.
const BLOCK: usize = 64;

/// RFC 7292 appendix B.2 with SHA-1; the letters are its own.
fn derive(
    id: Material,
    password: &[u8],
    salt: &[u8],
    iterations: u64,
    n: usize,
    hashes: &mut Hashes,
) -> Result<Vec<u8>, Locked> {
    let repeated =
        |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().cycle().take(bytes.len().next_multiple_of(BLOCK)).collect() };
    let d = [id as u8; BLOCK];
    let mut i = [repeated(salt), repeated(password)].concat();
    let mut derived = Vec::new();
    while derived.len() < n {
        // Salts and passwords of megabytes cost as much as they are long.
        hashes.spend(iterations + (i.len() / BLOCK) as u64)?;
        let mut a = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[&d[..], &i].concat());
        for _ in 1..iterations {
            a = digest(&SHA1_FOR_LEGACY_USE_ONLY, a.as_ref());
        }
        derived.extend_from_slice(a.as_ref());
        let b: Vec<u8> = a.as_ref().iter().copied().cycle().take(BLOCK).collect();
        i.chunks_mut(BLOCK).for_each(|block| add_and_one(block, &b));
    }
    derived.truncate(n);
    debug_assert!(n <= 2 * SHA1_OUTPUT_LEN);
    Ok(derived)
}

/// `block = (block + b + 1) mod 2^v`, big-endian.
fn add_and_one(block: &mut [u8], b: &[u8]) {
    let mut carry = 1;
    for (to, from) in block.iter_mut().zip(b).rev() {
        let sum = u16::from(*to) + u16::from(*from) + carry;
        (*to, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The value that OpenSSL's `PKCS12_key_gen_uni` gives for these inputs (key of 24 bytes, "smeg").
    #[test]
    fn keys_are_derived_as_pkcs12_has_it() {
        let password: Vec<u8> = "smeg".encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
        let salt = [0x0a, 0x58, 0xcf, 0x64, 0x53, 0x0d, 0x82, 0x3f];
        let key = derive(Material::Key, &password, &salt, 1, 24, &mut Hashes::default()).unwrap();
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3");
    }

    #[test]
    fn what_a_file_asks_for_is_counted_first() {
        let kdf = |iterations: &[u8]| {
            let iterations = [&[0x02, iterations.len() as u8], iterations].concat();
            let parameters = [&[0x04, 1, 7][..], &iterations].concat();
            [&[0x30, parameters.len() as u8], &parameters[..]].concat()
        };
        let mut hashes = Hashes::default();
        for many in [&[0x7f, 0xff, 0xff, 0xff][..], &[0xff, 0xff], &[0, 0xff, 0xff, 0xff, 0xff], &[1, 0, 0, 0, 0]] {
            let refused = pbkdf2_key(&kdf(many), "", 32, &mut hashes);
            assert_eq!(refused, Err(Locked::TooCostly), "{many:?}");
            assert_eq!(pbes1(&DES3, &kdf(many), &[], "", &mut hashes), Err(Locked::TooCostly));
        }
        assert!(pbkdf2_key(&kdf(&[0]), "", 32, &mut hashes).is_err());
        // Each alone is little, and all together are too much.
        let tries = (0..200).take_while(|_| pbkdf2_key(&kdf(&[0, 0xff, 0xff]), "", 20, &mut hashes).is_ok());
        assert_eq!(tries.count() as u64, MAX_HASHES / 0xffff);
    }
}
