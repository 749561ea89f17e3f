//! Thousands of damaged files, the same on every run: reading one never panics, never reads past
//! it, and costs no other block anything.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[allow(dead_code, reason = "it is shared")]
#[path = "support/random.rs"]
mod random;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chainmend::bundle::{self, Bundle, ItemKind, MAX_FINDINGS, MAX_ITEMS};
use chainmend::cert::Certificate;
use random::Random;
use rcgen::{CertificateParams, DnType, KeyPair};

/// What editors, mailers and shells put where it does not belong.
const SPLINTERS: &[&[u8]] = &[
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"-",
    b"-----",
    b"=",
    b"==",
    b"\\n",
    b"\"",
    b"> ",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"-----BEGIN CERTIFICATE-----",
    b"-----END CERTIFICATE-----\n",
    b"-----BEGIN PKCS7-----\n",
    b"0\x80",
    b"0\x82\x7f\xff",
    b"0\x84\xff\xff\xff\xff",
    b"Proc-Type: 4,ENCRYPTED\n\n",
    b"LS0tLS1CRUdJT",
    b"MIIB",
    b"\xe2\x80\x94",
    b"{\"",
    b"key: |\n  ",
    b"# ",
    b"  12: ",
    b"<br>",
    b"&#10;",
    b"\\u000a",
    b"%0A",
    b"tLS0tLUJFR0lO",
];

/// One to four changes within `range` of the bytes.
fn mutate(random: &mut Random, bytes: &mut Vec<u8>, range: std::ops::Range<usize>) {
    let tail = bytes.split_off(range.end);
    let mut part = bytes.split_off(range.start);
    for _ in 0..=random.below(4) {
        let at = random.below(part.len());
        let to = (at + random.below(80)).min(part.len());
        match random.below(6) {
            0 if !part.is_empty() => part[at] ^= 1 << random.below(8),
            1 => drop(part.drain(at..to)),
            2 => part.truncate(at),
            3 => {
                let copy = part[at..to].to_vec();
                part.splice(at..at, copy);
            }
            4 => part[at..to].reverse(),
            _ => drop(part.splice(at..at, SPLINTERS[random.below(SPLINTERS.len())].iter().copied())),
        }
    }
    bytes.extend_from_slice(&part);
    bytes.extend_from_slice(&tail);
}

fn certificates() -> Vec<Certificate> {
    let key = KeyPair::generate().unwrap();
    let make = |name: &str| {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2060, 1, 1);
        Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap()
    };
    ["first", "second", "third"].map(make).into()
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    pem::encode(&pem::Pem::new(label, der)).replace("\r\n", "\n").into_bytes()
}

/// Certs-only PKCS#7 of indefinite length.
fn pkcs7(certificates: &[Certificate]) -> Vec<u8> {
    let front = [0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, 0xa0, 0x80, 0x30, 0x80];
    let data = [2, 1, 1, 0x31, 0, 0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1, 0, 0, 0xa0, 0x80];
    let all: Vec<u8> = certificates.iter().flat_map(|c| c.der().to_vec()).collect();
    [&front[..], &data, &all, &[0, 0, 0x31, 0], &[0; 6]].concat()
}

/// What holds of every reading.
fn check(bundle: &Bundle, given: &[u8]) {
    assert!(bundle.text.len() <= 2 * given.len());
    assert!(bundle.items.len() <= MAX_ITEMS && bundle.findings.len() <= MAX_FINDINGS + 2);
    let mut end = 0;
    let count = |end: u8| bundle.text.iter().filter(|b| **b == end).count();
    let lines = u32::try_from(count(b'\n') + count(b'\r') + bundle.items.len() + 1).unwrap();
    for item in &bundle.items {
        assert!(item.span.start <= item.span.end && item.span.end <= bundle.text.len(), "{item:?}");
        assert!(item.span.end >= end, "in order: {item:?}");
        assert!(1 <= item.lines.0 && item.lines.0 <= item.lines.1 && item.lines.1 <= lines, "{item:?}");
        end = item.span.end;
    }
}

fn holds(bundle: &Bundle, certificate: &Certificate) -> bool {
    bundle.certificates().any(|(_, found)| **found == *certificate)
}

#[test]
fn mutated_files_of_every_form_are_read_without_panic() {
    let made = certificates();
    let ders: Vec<u8> = made.iter().flat_map(|c| c.der().to_vec()).collect();
    let pems: Vec<u8> = made.iter().flat_map(|c| pem("CERTIFICATE", c.der())).collect();
    let utf16: Vec<u8> = pems.iter().flat_map(|b| [*b, 0]).collect();
    let key = KeyPair::generate().unwrap().serialize_der();
    let armoured = pem("PKCS7", &pkcs7(&made));
    let bare = armoured.split(|b| *b == b'\n').filter(|l| !l.starts_with(b"-")).collect::<Vec<_>>().join(&b'\n');
    assert_eq!(bundle::certificates_in(&bare).len(), 3);
    let text = String::from_utf8(pems.clone()).unwrap();
    let framed = |lead: &str, tail: &str| text.lines().map(|l| format!("{lead}{l}{tail}\n")).collect::<String>();
    let numbered = text.lines().enumerate().map(|(n, line)| format!("{n:>4}: {line}\n")).collect::<String>();
    let json = format!("{{\"c\":\"{}\"}}", text.replace('\n', "\\n").replace('+', "\\u002b"));
    let url = text.replace('\n', "%0A").replace(' ', "%20");
    let secret = format!("data:\n  tls.crt: {}\n", STANDARD.encode(format!("# x\n{text}")));
    let xml = made.iter().map(|c| format!("<c>{}</c>\n", STANDARD.encode(c.der()))).collect::<String>();
    let written = [framed("+", ""), framed("# ", ""), framed("", "<br>"), numbered, json, url, secret, xml];
    let written = written.map(String::into_bytes);
    let mut random = Random::new(1);
    for seed in [ders, pems, utf16, pkcs7(&made), armoured, bare, key].into_iter().chain(written) {
        for _ in 0..500 {
            let mut bytes = seed.clone();
            let whole = 0..bytes.len();
            mutate(&mut random, &mut bytes, whole);
            check(&bundle::read("f", &bytes), &bytes);
        }
    }
}

#[test]
fn a_damaged_block_costs_the_others_nothing() {
    let made = certificates();
    let blocks: Vec<Vec<u8>> = made.iter().map(|c| pem("CERTIFICATE", c.der())).collect();
    let mut random = Random::new(2);
    let mut lost = 0;
    for round in 0..3000 {
        let mut bytes = blocks.concat();
        // From within its BEGIN line to before the end of its END line, so that lines stay apart.
        let start = blocks[0].len() + 1;
        let end = blocks[0].len() + blocks[1].len() - 1;
        mutate(&mut random, &mut bytes, start..end);
        let bundle = bundle::read("f", &bytes);
        check(&bundle, &bytes);
        assert!(holds(&bundle, &made[0]) && holds(&bundle, &made[2]), "{round}: {}", String::from_utf8_lossy(&bytes));
        // A full line of base64 that is left is never passed over in silence.
        let middle = &bytes[blocks[0].len()..bytes.len() - blocks[2].len()];
        let base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
        let left = middle.split(|b| matches!(b, b'\n' | b'\r')).any(|line| line.len() >= 60 && line.iter().all(base64));
        if left && !holds(&bundle, &made[1]) {
            lost += 1;
            let read = bundle.certificates().count();
            let told = bundle.findings.iter().any(|f| f.rule.name() != "private-key-present");
            let other = bundle.items.iter().any(|item| !matches!(item.kind, ItemKind::Certificate(_)));
            assert!(told || other || read > 2, "{round}: lost in silence\n{}", String::from_utf8_lossy(&bytes));
        }
    }
    assert!(lost > 1000, "only {lost} mutations did any harm");
}
