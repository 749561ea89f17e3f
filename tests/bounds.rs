//! Files that were made to cost too much: what is larger than the limit is refused at once, whichever
//! way it comes in; what stays just below it is read within a fixed memory.
//!
//! The memory is the kernel's word, not ours: each run has `ulimit -d`, so that a run that wants more
//! is ended with SIGABRT.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)]

mod support;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use support::pki::{Ca, Cert, armour, der, pem, pkcs7};

const MIB: usize = 1024 * 1024;

/// What an input may be at most: MAX_INPUT_BYTES in src/bin/chainmend/input.rs.
const LIMIT: usize = 20 * MIB;

/// As many blocks as are read of a file.
const MAX_BLOCKS: usize = chainmend::bundle::MAX_ITEMS;

/// All that a run may take, in KiB: heap, stacks, and everything else that is written to.
const MEMORY_KIB: usize = 64 * 1024;

/// What is refused is refused before anything is made of it. (A build without optimisation on a
/// machine with other things to do needs some of this.)
const AT_ONCE: Duration = Duration::from_secs(5);

/// Reading twenty megabytes; two seconds with optimisation, and so with room here.
const A_WHILE: Duration = Duration::from_secs(60);

/// The same for eight threads (measured: 49 MB). Without a common room for the inputs it is 280 MB and more.
const MEMORY_KIB_OF_EIGHT: usize = MEMORY_KIB * 3 / 2;

/// Runs the program in `folder` with the memory that it may have.
fn run(folder: &Path, arguments: &str, input: Stdio) -> (Output, Duration) {
    let script = format!("ulimit -d {MEMORY_KIB}; exec \"$0\" {arguments}");
    let begun = Instant::now();
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_chainmend")])
        .current_dir(folder)
        .env_clear()
        .env("CHAINMEND_CACHE_DIR", folder.join("cache"))
        .stdin(input)
        .output()
        .unwrap();
    (output, begun.elapsed())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `unit` over and over, up to the limit.
fn filled(unit: impl AsRef<[u8]>) -> Vec<u8> {
    let unit = unit.as_ref();
    let mut bytes = unit.repeat(LIMIT / unit.len() + 1);
    bytes.truncate(LIMIT);
    bytes
}

/// `head`, and then `unit` over and over, up to the limit.
fn headed(head: impl AsRef<[u8]>, unit: impl AsRef<[u8]>) -> Vec<u8> {
    let mut bytes = head.as_ref().to_vec();
    bytes.extend(filled(unit));
    bytes.truncate(LIMIT);
    bytes
}

/// The start of a SignedData of indefinite length, up to its digestAlgorithms.
const SIGNED_DATA: &[u8] =
    &[0x30, 0x80, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, 0xa0, 0x80, 0x30, 0x80, 2, 1, 1, 0x31, 0x80];

/// Each file is read as it is, and by `fix` to standard output; neither takes more memory or time than
/// it may. What the report says of each is for other tests.
fn stays_within(files: Vec<(&str, Vec<u8>)>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("roots.pem"), Ca::root("Acme Root G2").pem()).unwrap();
    for (name, bytes) in files {
        assert!(bytes.len() <= LIMIT, "{name}");
        fs::write(folder.path().join("file"), &bytes).unwrap();
        drop(bytes);
        let (output, took) = run(folder.path(), "check --offline --roots roots.pem file", Stdio::null());
        assert!(matches!(output.status.code(), Some(0..=2)), "{name}: {:?} {}", output.status, said(&output));
        assert!(took < A_WHILE, "{name} took {took:?}");
        assert!(output.stderr.len() < 256 * 1024, "{name}: a report of {} bytes", output.stderr.len());
    }
}

/// CA certificates of different names, so long that as many as are read fill the limit.
fn distinct(count: usize) -> String {
    let mark = "Stranger 00000";
    let ca = Ca::root(&format!("{mark} {}", "a".repeat(240)));
    let mut der = ca.der().to_vec();
    let places: Vec<usize> =
        der.windows(mark.len()).enumerate().filter(|(_, w)| *w == mark.as_bytes()).map(|(i, _)| i).collect();
    let mut text = String::new();
    for number in 0..count {
        for place in places.iter().map(|place| place + mark.len() - 5) {
            der[place..place + 5].copy_from_slice(format!("{number:05}").as_bytes());
        }
        text.push_str(&armour("CERTIFICATE", &der));
    }
    text
}

#[test]
fn what_is_larger_than_the_limit_is_refused_at_once_by_name() {
    let folder = tempfile::tempdir().unwrap();
    // A hole of 200 MB; what it would hold does not matter, since it is not read.
    File::create(folder.path().join("large.pem")).unwrap().set_len(200 * MIB as u64).unwrap();
    for command in ["check large.pem", "fix -i large.pem", "fix large.pem -o out.pem", "fix large.pem --key large.pem"]
    {
        let (output, took) = run(folder.path(), command, Stdio::null());
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(said(&output).contains("cannot read large.pem: larger than 20 MiB"), "{command}: {}", said(&output));
        assert!(took < AT_ONCE, "{command} took {took:?}");
    }
    let (output, took) = run(folder.path(), "check -", File::open(folder.path().join("large.pem")).unwrap().into());
    assert!(said(&output).contains("cannot read -: larger than 20 MiB") && took < AT_ONCE, "{took:?}");
}

#[test]
fn what_is_larger_than_the_limit_is_refused_at_once_from_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    for unit in [&b"\0"[..], b"\n", b"-", b"-----BEGIN CERTIFICATE-----\n", SIGNED_DATA] {
        let piece = unit.repeat(MIB / unit.len());
        let (reader, mut writer) = std::io::pipe().unwrap();
        // Ends when the program no longer reads, or after 200 MB.
        let feeder = std::thread::spawn(move || (0..200).take_while(|_| writer.write_all(&piece).is_ok()).count());
        let (output, took) = run(folder.path(), "fix -", reader.into());
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("cannot read -: larger than 20 MiB"), "{}", said(&output));
        assert!(took < AT_ONCE, "took {took:?}");
        assert!(feeder.join().unwrap() < 30, "no more is read than the limit");
    }
}

#[test]
fn one_byte_over_another() {
    let bytes = [&b"\0"[..], b"\n", b"-", b"M"];
    stays_within(bytes.iter().map(|unit| ("one byte", filled(unit))).collect());
}

#[test]
fn markers_over_and_over() {
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    for unit in [
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "A\n-----END X-----\n",
    ] {
        files.push((unit, filled(unit)));
    }
    for unit in ["\\nMIIB", "MIIBMIIBMIIBMIIBMIIBMIIBMIIBMIIBMIIBMIIBMIIBMIIBMIIBMIIBMIIBMIIB\n"] {
        files.push((unit, headed("-----BEGIN CERTIFICATE-----\n", unit)));
    }
    stays_within(files);
}

#[test]
fn values_within_values() {
    stays_within(vec![
        ("PKCS#7 in PKCS#7", filled(SIGNED_DATA)),
        ("sets in sets", headed(SIGNED_DATA, [0x31, 0x80])),
        ("lengths that lie", filled([0x30, 0x82])),
        ("PKCS#12", headed([0x30, 0x84, 2, 0, 0, 0, 2, 1, 3], [0x30, 0x80])),
    ]);
}

#[test]
fn certificates_in_every_coat() {
    let root = Ca::root("Acme Root G2");
    let leaf = root.issue_leaf(&["shop.example.com"]);
    let text = pem(&[&leaf]);
    let secret = format!("- kind: Secret\n  data:\n    tls.crt: {}\n", STANDARD.encode(&text));
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let set = |certificates: &[&Cert]| certificates.iter().flat_map(|c| c.der().to_vec()).collect::<Vec<u8>>();
    let data = der(0x30, &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]);
    let many: Vec<&Cert> = vec![&leaf; 12_000];
    let head = [&SIGNED_DATA[..SIGNED_DATA.len() - 2], &[0x31, 0], &data[..], &[0xa0, 0x80]].concat();
    stays_within(vec![
        ("PEM", filled(&text)),
        ("CR", filled(text.replace('\n', "\r"))),
        ("UTF-16", headed([0xff, 0xfe], utf16(&text, u16::to_le_bytes))),
        ("UTF-16 of other characters", headed([0xff, 0xfe], utf16("\u{4e2d}", u16::to_le_bytes))),
        ("DER", filled(set(&[&leaf]))),
        ("PKCS#7 in BER", headed(head, set(&[&leaf]))),
        ("PKCS#7 in PEM", armour("PKCS7", &pkcs7(&many)).into_bytes()),
        ("base64", filled(STANDARD.encode(leaf.der()) + "\n\n")),
        ("JSON", headed("{\"certs\":[\"", text.replace('\n', "\\n") + "\",\"")),
        ("Secrets", headed("kind: List\nitems:\n", secret)),
        ("a Secret", format!("kind: Secret\ndata:\n  tls.crt: {}\n", STANDARD.encode(text.repeat(9_000))).into_bytes()),
    ]);
}

/// As many certificates as are read, each another, as large as the limit allows; with a good chain in
/// front, so that all that can be done with them is done.
#[test]
fn a_chain_before_as_many_strangers_as_are_read() {
    let root = Ca::root("Acme Root G2");
    let ca = root.issue_ca("Acme TLS CA 2");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("roots.pem"), root.pem()).unwrap();
    let mut text = pem(&[&leaf, &ca]) + &distinct(17_500);
    assert!(text.len() > LIMIT * 9 / 10, "{} bytes", text.len());
    text.truncate(LIMIT);
    let file = folder.path().join("site.pem");
    for (command, exit) in [("check --report json", 1), ("fix -o out.pem", 0), ("fix -i", 2)] {
        fs::write(&file, &text).unwrap();
        let (output, took) =
            run(folder.path(), &format!("{command} --offline --roots roots.pem site.pem"), Stdio::null());
        assert_eq!(output.status.code(), Some(exit), "{command}: {:?} {:.500}", output.status, said(&output));
        assert!(took < A_WHILE, "{command} took {took:?}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("out.pem")).unwrap(), pem(&[&leaf, &ca]));
    // There is more in the file than was read: it is not rewritten.
    assert!(fs::read_to_string(&file).unwrap() == text, "the file was written");

    // One less, and all of it is read.
    let blocks: Vec<&str> = text.split_inclusive("-----END CERTIFICATE-----\n").take(MAX_BLOCKS).collect();
    fs::write(&file, blocks.concat()).unwrap();
    let (output, took) = run(folder.path(), "fix -i --offline --roots roots.pem site.pem", Stdio::null());
    assert_eq!(output.status.code(), Some(0), "{:?} {:.500}", output.status, said(&output));
    assert!(took < A_WHILE, "took {took:?}");
    assert!(fs::read_to_string(&file).unwrap() == pem(&[&leaf, &ca]), "not mended");
}

/// All threads share the room that one large input may take.
#[test]
fn many_large_files_take_no_more_than_a_few() {
    let root = Ca::root("Acme Root G2");
    let leaf = root.issue_leaf(&["shop.example.com"]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("roots.pem"), root.pem()).unwrap();
    fs::write(folder.path().join("0.pem"), filled(pem(&[&leaf]))).unwrap();
    for number in 1..9 {
        fs::hard_link(folder.path().join("0.pem"), folder.path().join(format!("{number}.pem"))).unwrap();
    }
    let names: Vec<String> = (0..9).map(|number| format!("{number}.pem")).collect();
    let mut child = Command::new(env!("CARGO_BIN_EXE_chainmend"))
        .args(["check", "-l", "-qq", "-j", "8", "--offline", "--roots", "roots.pem"])
        .args(&names)
        .current_dir(folder.path())
        .env_clear()
        .env("CHAINMEND_CACHE_DIR", folder.path().join("cache"))
        // What is in use is measured. How much glibc keeps beside it of what was given back goes by how
        // threads take turns: 60 MB, or 270 where the machine has other things to do (mallopt(3)).
        .env("MALLOC_ARENA_MAX", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (begun, mut most) = (Instant::now(), 0);
    while child.try_wait().unwrap().is_none() {
        most = most.max(resident(child.id()));
        assert!(begun.elapsed() < A_WHILE);
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{:?}", output.status);
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().collect::<Vec<_>>(), names);
    assert!((1..MEMORY_KIB_OF_EIGHT).contains(&most), "{most} KiB");
}

/// As much memory as a process had at its worst, in KiB (proc(5)). A limit on data would count what was
/// given back to the kernel, too.
fn resident(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

/// MAX_LINE_BYTES in src/bin/chainmend/filter/lines.rs: lines of as much text as there may be, and one that has
/// little but escapes.
#[test]
fn the_longest_lines_that_filter_reads() {
    let root = Ca::root("Acme Root G2");
    let ca = root.issue_ca("Acme TLS CA 2");
    let chain = pem(&[&root.issue_leaf(&["shop.example.com"]), &ca]).replace('\n', "\\n");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("roots.pem"), root.pem()).unwrap();
    let line = |unit: &str| {
        let head = format!("{{\"id\":1,\"pem\":\"{chain}");
        format!("{head}{}\"}}\n", unit.repeat((12 * MIB - head.len() - 3) / unit.len()))
    };
    fs::write(folder.path().join("lines"), [line("x"), line("\\n"), line("\\u00e9")].concat().repeat(2)).unwrap();
    let lines = File::open(folder.path().join("lines")).unwrap();
    let (output, took) = run(folder.path(), "filter --offline --roots roots.pem -j 1", lines.into());
    assert_eq!(output.status.code(), Some(0), "{:?} {}", output.status, said(&output));
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.matches("\"findings\"").count(), 6, "{answers}");
    assert!(!answers.contains("\"error\":"), "{answers:.1000}");
    assert!(took < A_WHILE, "took {took:?}");
}
