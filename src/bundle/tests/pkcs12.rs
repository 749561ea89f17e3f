//! PKCS#12, put together by hand; tests/pkcs12.rs reads what OpenSSL writes.

use super::*;

const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const ENCRYPTED_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];

/// How values are written.
#[derive(Clone, Copy, PartialEq)]
enum Rules {
    Der,
    /// Indefinite lengths, and octets in pieces, as NSS writes them.
    Ber,
}

impl Rules {
    fn wrap(self, tag: u8, content: &[u8]) -> Vec<u8> {
        if self == Self::Ber && tag & 0x20 != 0 {
            return [&[tag, 0x80][..], content, &[0, 0]].concat();
        }
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x83][..], &length[1..], content].concat()
    }

    fn octets(self, content: &[u8]) -> Vec<u8> {
        if self == Self::Der {
            return self.wrap(4, content);
        }
        let pieces: Vec<u8> = content.chunks(100).flat_map(|piece| self.wrap(4, piece)).collect();
        self.wrap(0x24, &pieces)
    }

    fn bag(self, kind: u8, value: &[u8]) -> Vec<u8> {
        let oid = [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, kind];
        self.wrap(0x30, &[&oid[..], &self.wrap(0xa0, value)].concat())
    }

    fn certificate(self, der: &[u8]) -> Vec<u8> {
        let x509 = [6, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
        self.bag(3, &self.wrap(0x30, &[&x509[..], &self.wrap(0xa0, &self.octets(der))].concat()))
    }

    /// A container whose safes have these contents.
    fn container(self, safes: &[Vec<u8>]) -> Vec<u8> {
        let safe = self.octets(&self.wrap(0x30, &safes.concat()));
        let info = self.wrap(0x30, &[DATA, &self.wrap(0xa0, &safe)].concat());
        self.wrap(0x30, &[&[2, 1, 3][..], &info].concat())
    }

    fn open_safe(self, bags: &[Vec<u8>]) -> Vec<u8> {
        let contents = self.octets(&self.wrap(0x30, &bags.concat()));
        self.wrap(0x30, &[DATA, &self.wrap(0xa0, &contents)].concat())
    }

    /// A safe that asks for PBKDF2 with so many iterations.
    fn closed_safe(self, iterations: &[u8]) -> Vec<u8> {
        let salt = [4, 8, 1, 2, 3, 4, 5, 6, 7, 8];
        let iterations = [&[2, u8::try_from(iterations.len()).unwrap()], iterations].concat();
        let pbkdf2 = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
        let kdf = self.wrap(0x30, &[&pbkdf2[..], &self.wrap(0x30, &[&salt[..], &iterations].concat())].concat());
        let aes = [&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42, 4, 16][..], &[0; 16]].concat();
        let pbes2 = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
        let parameters = Self::Der.wrap(0x30, &[kdf, self.wrap(0x30, &aes)].concat());
        let algorithm = self.wrap(0x30, &[&pbes2[..], &parameters].concat());
        let content = [DATA, &algorithm, &self.wrap(0x80, &[0; 32])].concat();
        let data = self.wrap(0x30, &[&[2, 1, 0][..], &self.wrap(0x30, &content)].concat());
        self.wrap(0x30, &[ENCRYPTED_DATA, &self.wrap(0xa0, &data)].concat())
    }
}

fn opened(bytes: &[u8], password: &str) -> Bundle {
    read_with_password("f", bytes.to_vec(), password)
}

fn messages(bundle: &Bundle) -> Vec<&str> {
    bundle.findings.iter().map(|finding| finding.message.as_str()).collect()
}

#[test]
fn certificates_and_keys_in_their_order_der_or_ber() {
    for rules in [Rules::Der, Rules::Ber] {
        let nested = rules.bag(6, &rules.wrap(0x30, &rules.certificate(der(2))));
        let first = rules.open_safe(&[rules.certificate(der(0)), rules.certificate(der(1)), nested]);
        let second = rules.open_safe(&[rules.bag(1, &MADE.key_der)]);
        let bytes = rules.container(&[first, second]);
        let bundle = opened(&bytes, "");
        assert_eq!(bundle.form, Form::Pkcs12);
        let read: Vec<&[u8]> = bundle.certificates().map(|(_, c)| c.der()).collect();
        assert_eq!(read, [der(0), der(1), der(2)], "{:#?}", bundle.findings);
        let key = ItemKind::PrivateKey { label: "PRIVATE KEY".into(), der: Some(MADE.key_der.clone()) };
        assert_eq!(bundle.items.last().map(|item| &item.kind), Some(&key));
        assert_eq!(messages(&bundle), ["a private key stands in this file"]);
        // Without a word about a password it is not looked into.
        assert_eq!(messages(&read_owned("f", bytes)), ["PKCS#12 is not read here"]);
    }
}

#[test]
fn a_container_cut_short_anywhere_is_told_of() {
    let rules = Rules::Der;
    let whole = rules.container(&[rules.open_safe(&[rules.certificate(der(0)), rules.bag(1, &MADE.key_der)])]);
    for end in 9..whole.len() {
        let bundle = opened(&whole[..end], "");
        assert!(!bundle.findings.is_empty(), "cut at {end}");
    }
    // Each byte another: nothing panics.
    for at in 0..whole.len() {
        let mut spoilt = whole.clone();
        spoilt[at] ^= 0xff;
        let _ = opened(&spoilt, "");
    }
}

#[test]
fn a_hostile_number_of_iterations_is_refused_at_once() {
    let rules = Rules::Der;
    for iterations in
        [&[0x7f, 0xff, 0xff, 0xff][..], &[0, 0xff, 0xff, 0xff, 0xff], &[0x7f, 0xff, 0xff, 0xff, 0xff], &[0xff]]
    {
        let bundle = opened(&rules.container(&[rules.closed_safe(iterations)]), "");
        assert_eq!(messages(&bundle), ["the PKCS#12 asks for more than 5000000 rounds of hashing its password"]);
        assert!(bundle.findings[0].help.as_ref().unwrap().starts_with("openssl pkcs12 -in f -nokeys"));
    }
    // A few more than may be are asked for by many together; and what needs no password is read.
    let many = vec![rules.closed_safe(&[0x0f, 0x42, 0x40]); 20];
    let bundle = opened(&rules.container(&[many, vec![rules.open_safe(&[rules.certificate(der(0))])]].concat()), "");
    assert_eq!(messages(&bundle), ["the PKCS#12 needs a password"]);
}

#[test]
fn deep_nesting_and_large_files_end() {
    let rules = Rules::Der;
    let deep = (0..100).fold(rules.certificate(der(0)), |bag, _| rules.bag(6, &rules.wrap(0x30, &bag)));
    assert_eq!(opened(&rules.container(&[rules.open_safe(&[deep])]), "").certificates().count(), 0);
    let large = rules.container(&[rules.open_safe(&[rules.certificate(&vec![0; 5_000_000])])]);
    assert_eq!(messages(&opened(&large, "")), ["the PKCS#12 is larger than 4 MiB"]);
    let _ = opened(&[&[0x30, 0x80, 2, 1, 3][..], &[0x30, 0x80].repeat(1_000_000)].concat(), "");
}
