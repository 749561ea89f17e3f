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
    let key = &*CERTIFIED;
    let make = |name: &&str| {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, *name);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2060, 1, 1);
        Arc::new(Certificate::from_der(params.self_signed(key).unwrap().der()).unwrap())
    };
    ["leaf", "one", "two", "three", "stranger", "root"].iter().map(make).collect()
});
const ROOT: usize = 5;

/// The one key of all certificates.
static CERTIFIED: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate().unwrap());

static KEY: LazyLock<String> = LazyLock::new(|| KeyPair::generate().unwrap().serialize_pem().replace("\r\n", "\n"));

const PARAMETERS: &str = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

fn chain(of: &[usize]) -> Chain {
    let link =
        |i: &usize| Link { certificate: CERTIFICATES[*i].clone(), place: None, source: Source::Input, url: None };
    let anchor = Anchor::new(CERTIFICATES[ROOT].clone(), "test");
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

/// Apache's pair: each file gets its part, and what belongs to a certificate goes with it.
#[test]
fn each_of_two_files_gets_its_part() {
    let leaf_file = bundle::read("cert.pem", format!("# ours\n\n# one\n{}{PARAMETERS}", block(1)).as_bytes());
    let chain_file =
        bundle::read("chain.pem", format!("# the leaf\n{}# two\n{}{}", block(0), block(2), block(4)).as_bytes());
    let made = chain(&[0, 1, 2]);
    let part = |bundle, beside, part| String::from_utf8(part_in_place(bundle, &[beside], &made, part, false)).unwrap();
    let leaf = part(&leaf_file, &chain_file, Part::Leaf);
    assert_eq!(leaf, format!("# ours\n\n# the leaf\n{}{PARAMETERS}", block(0)));
    let issuers = part(&chain_file, &leaf_file, Part::Intermediates);
    assert_eq!(issuers, format!("# one\n{}# two\n{}", block(1), block(2)));
    assert!(holds(&bundle::read("f", leaf.as_bytes()), &made, Part::Leaf, false));
    assert!(holds(&bundle::read("f", issuers.as_bytes()), &made, Part::Intermediates, false));
    for (file, wanted) in [(&leaf_file, Part::Leaf), (&chain_file, Part::Intermediates), (&chain_file, Part::Full)] {
        assert!(!holds(file, &made, wanted, false));
    }
}

#[test]
fn a_part_without_certificates_is_held_by_any_text() {
    let (made, read) = (chain(&[0]), |text: &str| bundle::read("f", text.as_bytes()));
    assert!(holds(&read("# none\n"), &made, Part::Intermediates, false));
    assert!(!holds(&read(""), &made, Part::Intermediates, false));
    assert!(!holds(&read(&block(1)), &made, Part::Intermediates, false));
    assert!(!holds(&read("# none\n"), &made, Part::Intermediates, true));
}

#[test]
fn pkcs7_keeps_the_order_of_the_chain() {
    for (of, root) in [(vec![0], false), (vec![0, 1, 2], false), (vec![3, 2, 1, 0], false), (vec![0, 1], true)] {
        let made = pkcs7(&chain(&of), root);
        let read = bundle::read("f", &made);
        assert_eq!((read.form, read.findings.len()), (Form::Pkcs7, 0));
        let wanted: Vec<_> = of.iter().copied().chain(root.then_some(ROOT)).map(|i| &CERTIFICATES[i]).collect();
        assert_eq!(read.certificates().map(|(_, c)| c).collect::<Vec<_>>(), wanted);
    }
}

/// A key's PKCS#8 (RFC 5958 §2) has its SEC 1 form (RFC 5915 §3) inside.
fn sec1(key: &KeyPair) -> Vec<u8> {
    let der = key.serialize_der();
    let start = der.windows(5).position(|w| matches!(w, [0x30, _, 2, 1, 1])).unwrap();
    der[start..start + 2 + usize::from(der[start + 1])].to_vec()
}

#[test]
fn a_key_goes_in_front_in_its_own_form() {
    let made = chain(&[0, 1]);
    let armour = |label: &str, der: &[u8]| {
        pem::encode_config(&Pem::new(label, der), EncodeConfig::new().set_line_ending(LineEnding::LF))
    };
    let pkcs8 = armour("PRIVATE KEY", &CERTIFIED.serialize_der());
    let ec = armour("EC PRIVATE KEY", &sec1(&CERTIFIED));
    for (file, key) in [
        (format!("{}{pkcs8}", block(0)), &pkcs8),
        (format!("{PARAMETERS}{ec}{}", block(0)), &ec),
        (format!("{}{}{pkcs8}", &**KEY, block(0)), &pkcs8),
        (ec.replace('\n', "\r\n  "), &ec),
    ] {
        let files = [bundle::read("none", b""), bundle::read("f", file.as_bytes())];
        let found = PrivateKey::of(&made, &files).unwrap();
        let text = String::from_utf8(found.with_chain(&made, true)).unwrap();
        assert_eq!(text, format!("{key}{}", blocks(&[0, 1, ROOT])), "{file}");
        assert!(!format!("{found:?}").contains("der"), "{found:?}");
    }
}

#[test]
fn a_key_that_is_not_the_leafs_is_none() {
    let made = chain(&[0, 1]);
    let locked = KEY.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for (file, why) in [
        (block(0), KeyError::Absent),
        (locked.clone(), KeyError::Unreadable),
        (KEY.replacen("MI", "%%", 1), KeyError::Unreadable),
        (KEY.clone(), KeyError::Foreign),
        (format!("{locked}{}", &**KEY), KeyError::Foreign),
        (KEY.replace("PRIVATE", "DSA PRIVATE"), KeyError::Unknown),
    ] {
        assert_eq!(PrivateKey::of(&made, &[bundle::read("f", file.as_bytes())]).unwrap_err(), why, "{file}");
    }
}

#[test]
fn no_key_is_lost_that_is_still_of_use() {
    let own = CERTIFIED.serialize_pem();
    let safe = |text: &str| loses_no_key(&bundle::read("f", text.as_bytes()), &chain(&[0, 1]));
    assert!(safe("old\n"));
    assert!(safe(&own));
    assert!(safe(&format!("{}{own}", block(4))));
    assert!(!safe(&KEY));
    // Another certificate's key, whose names are not those of the new leaf.
    assert!(!safe(&format!("{}{}", block(0), &**KEY)));
    assert!(!safe(&own.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY")));
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
