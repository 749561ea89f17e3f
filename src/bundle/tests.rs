//! Every shape of file: what is read of it, and what is said about it on which line.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "how long reading takes is told by the clock")]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DnType, KeyPair};

use super::*;

mod forms;
mod kept;
#[cfg(feature = "pkcs12")]
mod pkcs12;

/// Three certificates that have nothing to do with each other, and a key.
struct Made {
    certificates: Vec<Certificate>,
    key: String,
    key_der: Vec<u8>,
    request: String,
}

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let key = KeyPair::generate().unwrap();
    let make = |name: &str| {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2060, 1, 1);
        params
    };
    let certificates = ["a", "b", "c"]
        .iter()
        .map(|name| Certificate::from_der(make(name).self_signed(&key).unwrap().der()).unwrap())
        .collect();
    let request = make("request").serialize_request(&key).unwrap().pem().unwrap().replace("\r\n", "\n");
    Made { certificates, key: key.serialize_pem().replace("\r\n", "\n"), key_der: key.serialize_der(), request }
});

fn der(i: usize) -> &'static [u8] {
    MADE.certificates[i].der()
}

fn armour(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|c| std::str::from_utf8(c).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn pem(i: usize) -> String {
    armour("CERTIFICATE", der(i))
}

fn body(i: usize) -> String {
    pem(i).lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n")
}

/// How many lines a certificate takes in PEM.
fn height() -> u32 {
    u32::try_from(pem(0).lines().count()).unwrap()
}

/// Which certificates were read, in order, and every finding as `line rule severity: message`.
fn told(bytes: impl AsRef<[u8]>) -> (Form, Vec<usize>, Vec<String>) {
    let bundle = read("f", bytes.as_ref());
    let certificates =
        bundle.certificates().map(|(_, c)| MADE.certificates.iter().position(|known| known == &**c).unwrap()).collect();
    let findings = bundle
        .findings
        .iter()
        .map(|f| {
            let reference = f.certificate.as_ref().unwrap();
            assert_eq!(reference.input.as_deref(), Some("f"));
            format!("{} {} {}: {}", reference.line.unwrap(), f.rule, f.severity, f.message)
        })
        .collect();
    (bundle.form, certificates, findings)
}

#[track_caller]
fn expect(bytes: impl AsRef<[u8]>, form: Form, certificates: &[usize], findings: &[&str]) {
    let (got_form, got, said) = told(bytes);
    assert_eq!((got_form, got.as_slice()), (form, certificates), "{said:#?}");
    assert_eq!(said, findings);
}

#[track_caller]
fn clean(bytes: impl AsRef<[u8]>, certificates: &[usize]) {
    let bytes = bytes.as_ref();
    expect(bytes, Form::Pem, certificates, &[]);
    assert!(read("f", bytes).is_plain_pem());
}

#[test]
fn what_every_server_reads_is_no_finding() {
    let (a, b) = (pem(0), pem(1));
    clean(format!("{a}{b}"), &[0, 1]);
    clean(format!("{a}{b}").replace('\n', "\r\n"), &[0, 1]);
    clean(format!("{a}{b}").trim_end(), &[0, 1]);
    clean(format!("{a}\n\n{b}\n\n"), &[0, 1]);
    clean(a.replace('\n', "  \n"), &[0]);
    clean(format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", body(0).replace('\n', "")), &[0]);
    clean(format!("-----BEGIN CERTIFICATE-----\n\n{}\n-----END CERTIFICATE-----\n", body(0)), &[0]);
    clean(
        format!("-----BEGIN CERTIFICATE-----\n  {}\n-----END CERTIFICATE-----\n", body(0).replace('\n', "\n ")),
        &[0],
    );
    clean(
        format!("# leaf\n{a}Bag Attributes\n    localKeyID: 01\nsubject=CN = b\n\nissuer=CN = b\n\n{b}# end\n"),
        &[0, 1],
    );
    clean(format!("Certificate:\n    Data:\n        Version: 3 (0x2)\n{a}"), &[0]);
    clean(format!("\u{feff}# comment\n{a}"), &[0]);
    clean(format!("ümlaut – und Strich\n{a}"), &[0]);
    clean(format!("--- BEGIN my own words ---\n{a}"), &[0]);
}

#[test]
fn lines_and_spans_are_those_of_the_block() {
    let text = format!("# one\n{}# two\n{}", pem(0), pem(1));
    let bundle = read("f", text.as_bytes());
    let h = height();
    assert_eq!(bundle.items.iter().map(|i| i.lines).collect::<Vec<_>>(), [(2, h + 1), (h + 3, 2 * h + 2)]);
    assert_eq!(&text.as_bytes()[bundle.items[0].span.clone()], pem(0).as_bytes());
    assert_eq!(&text.as_bytes()[bundle.items[1].span.clone()], pem(1).as_bytes());
    assert_eq!(bundle.text, text.as_bytes());
}

#[test]
fn byte_order_marks_and_utf16() {
    let (a, b) = (pem(0), pem(1));
    let both = format!("{a}{b}");
    let bom = "damaged-pem error: a byte-order mark stands before the BEGIN line, which not every program reads past";
    expect(format!("\u{feff}{both}"), Form::Pem, &[0, 1], &[&format!("1 {bom}")]);
    expect(format!("{a}\u{feff}{b}"), Form::Pem, &[0, 1], &[&format!("{} {bom}", height() + 1)]);
    let units: Vec<u16> = format!("\u{feff}{both}").encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|u| u.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|u| u.to_be_bytes()).collect();
    for bytes in [&little[..], &big, &little[2..], &big[2..]] {
        expect(bytes, Form::Pem, &[0, 1], &["1 damaged-pem error: the file is written in UTF-16"]);
        assert_eq!(read("f", bytes).text, both.as_bytes());
        assert!(!read("f", bytes).is_plain_pem());
    }
}

#[test]
fn line_ends() {
    let both = format!("{}{}", pem(0), pem(1));
    expect(both.replace('\n', "\r"), Form::Pem, &[0, 1], &["1 damaged-pem error: lines end in CR without LF"]);
    let bundle = read("f", both.replace('\n', "\r").as_bytes());
    assert_eq!(bundle.items[1].lines, (height() + 1, 2 * height()));
    // One block of old Mac's, one of Unix's; a lone CR ends a line.
    let mixed = format!("{}{}", pem(0).replace('\n', "\r"), pem(1));
    let bundle = read("f", mixed.as_bytes());
    assert_eq!(bundle.items[1].lines.0, height() + 1);
    let second = format!("{} damaged-pem error: the line before BEGIN ends in CR without LF", height() + 1);
    expect(mixed, Form::Pem, &[0, 1], &["1 damaged-pem error: lines end in CR without LF", &second]);
    let feed = pem(0).replacen("MII", "\x0cMII", 1);
    expect(feed, Form::Pem, &[0], &["2 damaged-pem error: a form feed stands in the base64"]);
}

#[test]
fn markers_glued_together() {
    let h = height();
    let glued = "the BEGIN line is glued to the line before it";
    let two = format!("{}{}", pem(0).trim_end(), pem(1));
    expect(&two, Form::Pem, &[0, 1], &[&format!("{h} damaged-pem error: {glued}")]);
    let shared = two.replace("----------", "-----");
    expect(&shared, Form::Pem, &[0, 1], &[&format!("{h} damaged-pem error: {glued}")]);
    let spaced = two.replace("----------", "----- -----");
    assert_eq!(told(&spaced).1, [0, 1]);
    assert!(!read("f", spaced.as_bytes()).is_plain_pem());
    // Text that lost its line end.
    let text = format!("no line end here{}", pem(0));
    expect(text, Form::Pem, &[0], &["1 damaged-pem error: text stands before BEGIN in its line"]);
    let behind = format!("{} and so on\n{}", pem(0).trim_end(), pem(1));
    expect(behind, Form::Pem, &[0, 1], &[&format!("{h} damaged-pem error: text stands behind END in its line")]);
}

#[test]
fn everything_in_one_line() {
    let line = pem(0).replace('\n', "");
    expect(&line, Form::Pem, &[0], &["1 damaged-pem error: BEGIN, base64 and END stand in one line"]);
    let spaces = format!("{}\n{}", pem(0).replace('\n', " "), pem(1));
    assert_eq!(told(&spaces).1, [0, 1]);
    let escaped = pem(0).replace('\n', "\\n");
    expect(
        escaped,
        Form::Pem,
        &[0],
        &[
            "1 damaged-pem error: BEGIN, base64 and END stand in one line",
            "1 damaged-pem error: line ends are written as `\\n`",
        ],
    );
}

#[test]
fn indented_and_quoted() {
    let indent = |text: String, by: &str| format!("{by}{}", text.trim_end().replace('\n', &format!("\n{by}")));
    let h = height();
    expect(
        indent(pem(0), "    "),
        Form::Pem,
        &[0],
        &[
            "1 damaged-pem error: the BEGIN line is indented",
            &format!("{h} damaged-pem error: the END line is indented"),
        ],
    );
    let quoted = format!("On Monday you wrote:\n{}\n", indent(format!("{}{}", pem(0), pem(1)), "> "));
    assert_eq!(told(&quoted).1, [0, 1]);
    assert!(told(&quoted).2[0].starts_with("2 damaged-pem error: the lines are quoted with `>`"));
}

#[test]
fn every_line_within_a_frame() {
    let framed = |lead: &str, tail: &str| {
        let text = format!("{}{}", pem(0), pem(1));
        text.lines().map(|line| format!("{lead}{line}{tail}\n")).collect::<String>()
    };
    let h = height() + 1;
    for (lead, tail, what) in [
        ("+", "", "every line starts with `+`"),
        ("| ", "", "every line starts with `| `"),
        ("\u{a0}", "", "every line starts with `\\u{a0}`"),
        ("&gt; ", "", "every line starts with `&gt; `"),
        ("log: ", "", "every line starts with `log: `"),
        ("", "<br>", "every line ends in `<br>`"),
        ("", "\u{b}", "every line ends in `\\u{b}`"),
        ("", " ¶", "every line ends in `¶`"),
        ("\u{1b}[32m", "\u{1b}[0m", "every line starts with `\\u{1b}[32m`"),
    ] {
        let expected = [format!("1 damaged-pem error: {what}"), format!("{h} damaged-pem error: {what}")];
        expect(framed(lead, tail), Form::Pem, &[0, 1], &[&expected[0], &expected[1]]);
    }
    let text = format!("{}{}", pem(0), pem(1));
    for numbered in [
        text.lines().enumerate().map(|(n, line)| format!("{:>4}: {line}\n", n + 1)).collect::<String>(),
        text.lines().enumerate().map(|(n, line)| format!("{}\t{line}\n", n + 1)).collect(),
    ] {
        let what = "damaged-pem error: every line starts with a number";
        expect(numbered, Form::Pem, &[0, 1], &[&format!("1 {what}"), &format!("{h} {what}")]);
    }
    // Not a frame: only the first line has it.
    let first = format!("+{}", pem(0));
    expect(first, Form::Pem, &[0], &["1 damaged-pem error: text stands before BEGIN in its line"]);
}

#[test]
fn blank_lines_and_headers() {
    let lines: Vec<String> = body(0).lines().map(str::to_owned).collect();
    let wrap = |inner: String| format!("-----BEGIN CERTIFICATE-----\n{inner}\n-----END CERTIFICATE-----\n{}", pem(1));
    let blank = wrap(format!("{}\n\n{}", lines[0], lines[1..].join("\n")));
    expect(blank, Form::Pem, &[0, 1], &["3 damaged-pem error: a blank line stands in the base64"]);
    let front = wrap(format!("\n\n{}", body(0)));
    expect(front, Form::Pem, &[0, 1], &["3 damaged-pem error: a blank line stands in the base64"]);
    let last = wrap(format!("{}\n", body(0)));
    expect(last, Form::Pem, &[0, 1], &[&format!("{} damaged-pem error: a blank line stands in the base64", height())]);
    let headers = wrap(format!("Foo: bar\nBaz: more\n than one line\n\n{}", body(0)));
    expect(headers, Form::Pem, &[0, 1], &["1 damaged-pem error: headers stand before the base64"]);
}

#[test]
fn labels() {
    let (b, h) = (pem(1), height());
    for label in ["X509 CERTIFICATE", "TRUSTED CERTIFICATE", "USER CERT"] {
        let message = format!("1 damaged-pem error: the label is {label}, which not every server reads");
        expect(armour(label, der(0)) + &b, Form::Pem, &[0, 1], &[&message]);
    }
    // What `openssl x509 -trustout -addtrust serverAuth` adds.
    let trusted = [der(0), &[0x30, 0x0c, 0x30, 0x0a, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1]].concat();
    let message = "1 damaged-pem error: the label is TRUSTED CERTIFICATE, which not every server reads";
    expect(armour("TRUSTED CERTIFICATE", &trusted), Form::Pem, &[0], &[message]);
    let mismatched = pem(0).replace("END CERTIFICATE", "END X509 CERTIFICATE") + &b;
    let message = format!("{h} damaged-pem error: BEGIN says CERTIFICATE, END says X509 CERTIFICATE");
    expect(mismatched, Form::Pem, &[0, 1], &[&message]);
    let misspelt = "damaged-pem error: the BEGIN line is not spelled as it must be";
    for (from, to) in
        [("-----BEGIN", "----BEGIN"), ("-----BEGIN CERT", "BEGIN CERT"), ("BEGIN CERTIFICATE", "begin certificate")]
    {
        expect(pem(0).replace(from, to) + &b, Form::Pem, &[0, 1], &[&format!("1 {misspelt}")]);
    }
    let no_tail = pem(0).replace("CERTIFICATE-----\nM", "CERTIFICATE\nM") + &b;
    expect(no_tail, Form::Pem, &[0, 1], &[&format!("1 {misspelt}")]);
}

#[test]
fn markers_that_are_missing() {
    let h = height();
    let headless = pem(0).lines().take(h as usize - 1).collect::<Vec<_>>().join("\n");
    let missing = "damaged-pem error: the END line is missing";
    // At the end of the file, and before a good block.
    expect(&headless, Form::Pem, &[0], &[&format!("1 {missing}")]);
    expect(format!("{}{headless}\n", pem(1)), Form::Pem, &[1, 0], &[&format!("{} {missing}", h + 1)]);
    expect(format!("{headless}\n{}", pem(1)), Form::Pem, &[0, 1], &[&format!("1 {missing}")]);
    expect(format!("{headless}\n-----END CERTIF"), Form::Pem, &[0], &[&format!("1 {missing}")]);
    assert_eq!(read("f", format!("{headless}\n{}", pem(1)).as_bytes()).items[0].lines, (1, h - 1));
    // The BEGIN line is lost.
    let tail = pem(0).split_once('\n').unwrap().1.to_owned();
    expect(format!("{tail}{}", pem(1)), Form::Pem, &[0, 1], &["1 damaged-pem error: the BEGIN line is missing"]);
    expect(
        format!("{}# x\n{tail}", pem(1)),
        Form::Pem,
        &[1, 0],
        &[&format!("{} damaged-pem error: the BEGIN line is missing", h + 2)],
    );
    // Both are lost.
    let bare = format!("{}{}\n{}", pem(1), body(0), pem(2));
    expect(
        &bare,
        Form::Pem,
        &[1, 0, 2],
        &[&format!("{} damaged-pem error: the BEGIN and END lines are missing", h + 1)],
    );
    assert_eq!(read("f", bare.as_bytes()).items[1].lines, (h + 1, 2 * h - 2));
    // Leftovers.
    let stray = format!("{}-----END CERTIFICATE-----\n", pem(0));
    let message = format!("{} damaged-pem warning: an END line of CERTIFICATE stands without its BEGIN line", h + 1);
    expect(stray, Form::Pem, &[0], &[&message]);
    let glued = format!("{}-----END CERTIFICATE-----\n", pem(0).trim_end());
    let message = format!("{h} damaged-pem error: an END line of CERTIFICATE stands without its BEGIN line");
    expect(glued, Form::Pem, &[0], &[&message]);
    let twice = format!("-----BEGIN CERTIFICATE-----\n{}", pem(0));
    let message = "1 unreadable-block error: there is no base64 between BEGIN and END; the END line is missing";
    expect(twice, Form::Pem, &[0], &[message]);
}

#[test]
fn content_cut_short_or_spoilt() {
    let (h, b) = (height(), pem(1));
    let lines: Vec<&str> = pem(0).leak().lines().collect();
    let cut = lines[..4].join("\n");
    let (_, certificates, findings) = told(format!("{b}{cut}\n"));
    assert_eq!(certificates, [1]);
    let start = format!("{} unreadable-block error: the certificate is cut short: 144 of ", h + 1);
    assert!(findings[0].starts_with(&start) && findings[0].ends_with("; the END line is missing"), "{findings:?}");

    // A character lost, one that is none, a line lost, junk behind: the others are all read.
    let spoil = |from: &str, to: &str| format!("{}{}{}", pem(1), pem(0).replacen(from, to, 1), pem(2));
    for spoilt in [spoil("MII", "MI"), spoil("MII", "%II"), spoil(lines[3], ""), spoil(lines[3], "???")] {
        let (form, certificates, findings) = told(&spoilt);
        assert_eq!((form, certificates), (Form::Pem, vec![1, 2]));
        assert!(findings[0].starts_with(&format!("{} unreadable-block error: ", h + 1)), "{findings:?}");
        assert_eq!(read("f", spoilt.as_bytes()).items[1].kind, ItemKind::Unreadable("CERTIFICATE".into()));
    }
    let named = spoil("MII", "%II");
    assert!(told(&named).2[0].contains(&format!("line {}: a line holds `%`, which is no base64", h + 2)));

    let junk = format!("-----BEGIN CERTIFICATE-----\n{}\n!!! what is this\n-----END CERTIFICATE-----\n", body(0));
    let message = format!("{h} damaged-pem error: a line holds `!`, which is no base64");
    expect(junk, Form::Pem, &[0], &[&message]);
    expect(
        armour("CERTIFICATE", &[der(0), b"junk"].concat()),
        Form::Pem,
        &[0],
        &["1 damaged-pem error: 4 bytes follow after the certificate in its block"],
    );
    expect(
        armour("CERTIFICATE", &[der(0), b"j"].concat()),
        Form::Pem,
        &[0],
        &["1 damaged-pem error: 1 byte follows after the certificate in its block"],
    );
    expect(
        armour("CERTIFICATE", &[der(0), der(1)].concat()),
        Form::Pem,
        &[0, 1],
        &["1 damaged-pem error: 2 certificates stand in one block"],
    );
    expect(
        armour("CERTIFICATE", b"\x30\x03\x02\x01\x05"),
        Form::Pem,
        &[],
        &["1 unreadable-block error: not an X.509 certificate: no TBSCertificate"],
    );
}

#[test]
fn padding() {
    // Of three lengths in a row, two need padding.
    for extra in 0..3 {
        let bytes = [der(0), &vec![0; extra][..]].concat();
        let good = armour("TRUSTED CERTIFICATE", &bytes);
        let bare = good.replace('=', "");
        let odd = told(&bare).2.iter().any(|f| f.contains("the `=` at the end"));
        assert_eq!(odd, good.contains('='), "{bare}");
        assert_eq!(told(&bare).1, [0]);
    }
}

#[test]
fn what_is_nothing_of_the_kind() {
    let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let html = "<!DOCTYPE html>\n<html><body>-----not found-----</body></html>\n";
    for bytes in [
        &b""[..],
        b"\n",
        b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01",
        lfs.as_bytes(),
        html.as_bytes(),
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@example",
        b"\xff\xfe",
        b"\x30",
        b"\x30\x82",
        b"\x30\x80",
        b"\x30\x80\x30\x80\x30\x80",
        b"MIIB",
        b"-----",
        b"\0\0\0\0",
        b"PK\x03\x04",
    ] {
        let bundle = read("f", bytes);
        assert_eq!((bundle.form, bundle.items.len()), (Form::Unknown, 0), "{bytes:?}");
        assert!(certificates_in(bytes).is_empty());
    }
}

#[test]
fn a_nul_byte_between_blocks_is_told() {
    let text = format!("{}\0\n{}", pem(0), pem(1));
    let message = format!(
        "{} damaged-pem error: a NUL byte stands between the blocks, where OpenSSL stops reading",
        height() + 1
    );
    expect(text, Form::Pem, &[0, 1], &[&message]);
}

#[test]
fn blocks_and_findings_are_bounded() {
    let many = "-----BEGIN CERTIFICATE-----\n".repeat(MAX_ITEMS + 10);
    let bundle = read("f", many.as_bytes());
    assert!(bundle.items.len() <= MAX_ITEMS);
    assert!(bundle.findings.len() <= MAX_FINDINGS + 2);
    let said: Vec<&str> = bundle.findings.iter().map(|f| f.message.as_str()).collect();
    assert!(said.contains(&"more than 16384 blocks; what follows is not read"));
    assert!(said.last().unwrap().ends_with("more things are odd in this file"));
    assert!(!bundle.is_plain_pem());
}

#[test]
fn deep_nesting_ends() {
    let deep = [0x30, 0x80].repeat(200_000);
    assert!(certificates_in(&deep).is_empty());
    let signed = [0x30, 0x80, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, 0xa0, 0x80, 0x30, 0x80];
    assert!(certificates_in(&[&signed[..], &deep].concat()).is_empty());
    let bytes = [&signed[..], &[2, 1, 1], &[0x31, 0x80].repeat(100_000)].concat();
    assert_eq!(told(bytes).2, ["1 unreadable-block error: values are nested more than 16 deep in the PKCS#7"]);
}

#[test]
fn repetitive_files_are_read_in_one_pass() {
    // Two megabytes each take a second or two in a debug build; anything quadratic would take hours.
    let read_soon = |bytes: &[u8]| {
        let start = Instant::now();
        let _ = read("f", bytes);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(60), "{took:?} for {:?}…", String::from_utf8_lossy(&bytes[..16]));
    };
    for unit in [
        "\0",
        "\n",
        "-",
        "- ",
        "\u{2014}",
        "-----BEGIN ",
        "-----END CERTIFICATE-----",
        "E---",
        "0\u{82}",
        "\r",
        ">",
        "\\n",
        "-----BEGIN CERTIFICATE----------END CERTIFICATE-----",
        "LS0tLS1CRUdJT",
        "M=\n",
        "-----BEGIN X-----\nA: b\n",
        "A\n-----END X-----",
    ] {
        read_soon(unit.repeat(2_000_000 / unit.len()).as_bytes());
    }
    read_soon(&[0x30, 0x82].repeat(1_000_000));
    read_soon(&[b"x\n".to_vec(), [0x30, 0x82].repeat(1_000_000), b"-----END X-----".to_vec()].concat());
}
