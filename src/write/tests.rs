//! Chains as PEM, and files with their certificates replaced.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use rcgen::{CertificateParams, DnType, KeyPair};

use super::*;
use crate::bundle;
use crate::choose::Link;
use crate::report::{Severity, Source};
use crate::roots::Anchor;

// Six certificates, whose content is of no matter to this room; the last serves as anchor.
static CERTIFICATES: LazyLock<Vec<Arc<Certificate>>> = LazyLock::new(|| {
    let key = KeyPair::generate().unwrap();
    let make = |name: &&str| {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, *name);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2060, 1, 1);
        Arc::new(Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap())
    };
    ["leaf", "one", "two", "three", "stranger", "root"].iter().map(make).collect()
});
const ROOT: usize = 5;

static KEY: LazyLock<String> = LazyLock::new(|| KeyPair::generate().unwrap().serialize_pem().replace("\r\n", "\n"));

const PARAMETERS: &str = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

fn chain(of: &[usize]) -> Chain {
    let link =
        |i: &usize| Link { certificate: CERTIFICATES[*i].clone(), place: None, source: Source::Input, url: None };
    let anchor = Anchor { certificate: CERTIFICATES[ROOT].clone(), store: "test".into() };
    Chain::new(of.iter().map(link).collect(), of.len(), Arc::new(anchor))
}

fn block(i: usize) -> String {
    encode(&CERTIFICATES[i], LineEnding::LF)
}

fn blocks(of: &[usize]) -> String {
    of.iter().map(|i| block(*i)).collect()
}

/// The file `text` with its certificates replaced by leaf and intermediate.
fn rewritten(text: &str) -> String {
    String::from_utf8(in_place(&bundle::read("f", text.as_bytes()), &chain(&[0, 1]), false)).unwrap()
}

#[test]
fn parts_of_a_chain() {
    let made = chain(&[0, 1, 2]);
    let text = |part, root| String::from_utf8(pem(&made, part, root)).unwrap();
    assert_eq!(text(Part::Full, false), blocks(&[0, 1, 2]));
    assert_eq!(text(Part::Full, true), blocks(&[0, 1, 2, ROOT]));
    assert_eq!(text(Part::Intermediates, false), blocks(&[1, 2]));
    assert_eq!(text(Part::Intermediates, true), blocks(&[1, 2, ROOT]));
    assert_eq!(text(Part::Leaf, true), block(0));
    assert!(text(Part::Full, false).lines().all(|line| line.len() <= 64));
    // A leaf that is its own anchor.
    assert_eq!(pem(&chain(&[ROOT]), Part::Full, true), block(ROOT).into_bytes());
    assert!(pem(&chain(&[ROOT]), Part::Intermediates, true).is_empty());
}

#[test]
fn the_chain_stands_where_the_first_certificate_stood() {
    let key = &**KEY;
    for (before, after) in [
        (format!("{}{key}{}", block(0), block(4)), format!("{}{key}", blocks(&[0, 1]))),
        (format!("{key}{}{}", block(4), block(0)), format!("{key}{}", blocks(&[0, 1]))),
        (format!("{key}{PARAMETERS}"), format!("{key}{PARAMETERS}{}", blocks(&[0, 1]))),
        (format!("{PARAMETERS}{}{}{key}", block(1), block(0)), format!("{PARAMETERS}{}{key}", blocks(&[0, 1]))),
    ] {
        assert_eq!(rewritten(&before), after);
    }
}

#[test]
fn the_root_follows_if_it_is_wanted() {
    let bundle = bundle::read("f", format!("{}{}", block(0), &**KEY).as_bytes());
    let text = String::from_utf8(in_place(&bundle, &chain(&[0, 1]), true)).unwrap();
    assert_eq!(text, format!("{}{}", blocks(&[0, 1, ROOT]), &**KEY));
}

#[test]
fn text_goes_with_the_block_it_stands_above() {
    let key = &**KEY;
    let before = format!(
        "# managed by hand\n\n# two\n{}\n# the stranger\n{}# the leaf\n{}\n# the key\n{key}# the end\n",
        block(1),
        block(4),
        block(0)
    );
    let after =
        format!("# managed by hand\n\n# the leaf\n{}# two\n{}\n# the key\n{key}# the end\n", block(0), block(1));
    assert_eq!(rewritten(&before), after);
}

#[test]
fn what_openssl_printed_goes_with_its_certificate() {
    let printed = |name: &str| format!("subject=CN = {name}\n\nissuer=CN = {name}\n\n");
    let before = format!("{}{}{}{}", printed("stranger"), block(4), printed("leaf"), block(0));
    assert_eq!(rewritten(&before), format!("{}{}{}", printed("leaf"), block(0), block(1)));
    let client = format!("Certificate chain\n 0 s:CN = one\n{} 1 s:CN = leaf\n{}", block(1), block(0));
    assert_eq!(rewritten(&client), blocks(&[0, 1]));
}

#[test]
fn line_ends_are_those_of_the_file() {
    let crlf = format!("{}{}", block(1), &**KEY).replace('\n', "\r\n");
    let after = rewritten(&crlf);
    assert_eq!(after, format!("{}{}", blocks(&[0, 1]), &**KEY).replace('\n', "\r\n"));
    let mixed = format!("{}{}", block(1), KEY.replace('\n', "\r\n"));
    assert_eq!(rewritten(&mixed), format!("{}{}", blocks(&[0, 1]), KEY.replace('\n', "\r\n")));
}

#[test]
fn damage_goes_and_keys_stay() {
    let broken_key = KEY.replacen("MI", "%%", 1);
    let broken = block(4).replacen("MII", "%%%", 1);
    for (before, after) in [
        (format!("\u{feff}{}{}", block(0), block(1)), blocks(&[0, 1])),
        (format!("{}{}", block(0).trim_end(), block(1)), blocks(&[0, 1])),
        (format!("{broken}{}", block(0)), blocks(&[0, 1])),
        (format!("{}{broken_key}", block(0)), format!("{}{broken_key}", blocks(&[0, 1]))),
        (format!("{}{}", KEY.trim_end(), block(0)), format!("{}{}", &**KEY, blocks(&[0, 1]))),
        (
            format!("{}{}{}", block(0).trim_end(), KEY.trim_end(), PARAMETERS).replace("----------", "-----"),
            format!("{}{}{}", blocks(&[0, 1]), &**KEY, PARAMETERS),
        ),
        (format!("{}-----END CERTIFICATE-----\n\0\n", block(0)), blocks(&[0, 1])),
    ] {
        let got = rewritten(&before);
        assert_eq!(got, after, "{before}");
        let again = bundle::read("f", got.as_bytes());
        assert!(again.is_undamaged(), "{:#?}", again.findings);
    }
    // What could be read of a key is enough to write its block anew.
    for spoilt in [
        format!("  {}", KEY.replace('\n', "\n  ")),
        KEY.replace("-----END", "END"),
        KEY.replacen('\n', "\n\n\n", 3),
        KEY.replace("PRIVATE KEY", "CERTIFICATE"),
        KEY.lines().map(|line| format!("> {line}\n")).collect(),
    ] {
        let got = rewritten(&format!("{}{spoilt}", block(0)));
        assert_eq!(got.trim_end(), format!("{}{}", blocks(&[0, 1]), &**KEY).trim_end(), "{spoilt}");
    }
    let units: Vec<u8> = format!("{}{}", block(1), &**KEY).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let text = in_place(&bundle::read("f", &units), &chain(&[0, 1]), false);
    assert_eq!(text, format!("{}{}", blocks(&[0, 1]), &**KEY).into_bytes());
}

#[test]
fn binary_files_become_the_chain() {
    let der = [CERTIFICATES[1].der(), CERTIFICATES[0].der()].concat();
    assert_eq!(in_place(&bundle::read("f", &der), &chain(&[0, 1]), false), blocks(&[0, 1]).into_bytes());
}

/// A block or text of a file, and how it may be spoilt.
fn piece() -> impl Strategy<Value = String> {
    let certificate = (0..ROOT).prop_map(block);
    let kept = prop_oneof![
        Just(KEY.clone()),
        Just(KEY.replacen("MI", "%%", 1)),
        Just(format!("  {}", &**KEY)),
        Just(PARAMETERS.to_owned()),
        Just(KEY.replace("-----END", "END")),
    ];
    let spoilt = certificate.clone().prop_flat_map(|text| {
        prop_oneof![
            Just(text.trim_end().to_owned()),
            Just(format!("\u{feff}{text}")),
            Just(text.replace('\n', "\n  ")),
            Just(text.replace('\n', "\r\n")),
            Just(text.replacen("MII", "%%%", 1)),
            Just(text.replace("-----END CERTIFICATE-----\n", "")),
            Just(text.replacen('\n', "\n\n\n", 3)),
        ]
    });
    let text = prop_oneof![
        Just("# a comment\n".to_owned()),
        Just("\n".to_owned()),
        Just("Bag Attributes\n    localKeyID: 01\n".to_owned()),
        Just("no line end".to_owned()),
        Just("-----END CERTIFICATE-----\n".to_owned()),
        Just("NUL \0 byte\n".to_owned()),
    ];
    prop_oneof![3 => certificate, 3 => kept, 3 => spoilt, 2 => text]
}

/// Whether `after` holds what stays of `before`, in order: the same bytes, or, where the block was
/// damaged and could be read, the same content.
fn keeps(before: &Bundle, after: &Bundle) -> bool {
    fn stays(bundle: &Bundle) -> Vec<&Item> {
        bundle.items.iter().filter(|item| !is_dropped(item)).collect()
    }
    let bytes = |bundle: &Bundle, item: &Item| bundle.text[item.span.clone()].trim_ascii_end().to_vec();
    let (old, new) = (stays(before), stays(after));
    let same = |(old, new): (&&Item, &&Item)| {
        old.kind == new.kind && (old.mended.is_some() || bytes(before, old) == bytes(after, new))
    };
    old.len() == new.len() && old.iter().zip(&new).all(same)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, rng_seed: proptest::test_runner::RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    /// However a file is arranged: what is no certificate stays, byte for byte and in order, and
    /// what is read back is the chain.
    #[test]
    fn every_arrangement_keeps_what_is_no_certificate(pieces in prop::collection::vec(piece(), 0..8)) {
        let text = pieces.concat();
        let before = bundle::read("f", text.as_bytes());
        prop_assume!(has_marker(&before.text));
        let out = in_place(&before, &chain(&[0, 1, 2]), false);
        let after = bundle::read("f", &out);
        prop_assert!(keeps(&before, &after), "{}\n=>\n{}", text, String::from_utf8_lossy(&out));
        let read: Vec<_> = after.certificates().map(|(_, c)| c.clone()).collect();
        prop_assert_eq!(&read[..], &CERTIFICATES[..3]);
        let errors: Vec<_> = after.findings.iter().filter(|f| f.severity == Severity::Error && !f.by_hand).collect();
        prop_assert!(errors.is_empty(), "{:#?}\n{}\n=>\n{}", errors, text, String::from_utf8_lossy(&out));
        // And once more: nothing changes any more.
        let again = in_place(&after, &chain(&[0, 1, 2]), false);
        prop_assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&out));
    }
}
