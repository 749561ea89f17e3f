//! Whole reports, with the helpers that make them; reports on several files and suggested commands beside it.

mod several;
mod suggested;

use chainmend::report::{
    AnchorEntry, Attempt, BundleReport, CertificateRef, ChainEntry, FetchOutcome, FetchRecord, Finding, Severity,
    Sought, Source,
};

use super::*;
use crate::settings::Outputs;
use crate::terminal::plain;

/// 2026-11-21T12:00:00Z
const AT: i64 = 1_795_262_400;
const DAY: i64 = 86_400;

fn view(mode: Mode, inputs: &[&str]) -> View {
    View {
        mode,
        at: Time::from_unix(AT),
        at_given: false,
        verbose: false,
        quiet: 0,
        carry: String::new(),
        carry_live: String::new(),
        openssl: "openssl verify -purpose sslserver".to_owned(),
        online: "",
        include_root: false,
        purpose: Purpose::Server,
        inputs: inputs.iter().map(Into::into).collect(),
        file_list: false,
        options: String::new(),
        milliseconds: 140,
        diff: false,
        together: false,
        stdout: None,
        words,
    }
}

/// The rules' pages may say it better; here it must stay as it is.
fn words(rule: Rule) -> Words {
    let (breaks, hidden) = match rule {
        Rule::MissingIntermediate => (
            "curl, Java, Go, Python, Node (\"unable to verify the first certificate\")",
            Some("in Chrome, which fetches it"),
        ),
        Rule::Misordered => ("strict clients; RFC 5246 forbids it", None),
        Rule::RootIncluded => ("nothing; clients use their own copy", None),
        Rule::ExpiredIntermediate => ("clients that need it (\"certificate has expired\")", None),
        Rule::LeafNotFirst => ("nginx and HAProxy will not start", None),
        _ => return Words::default(),
    };
    Words { breaks: Some(breaks), hidden, title: "" }
}

fn to_file(path: &str) -> Mode {
    Mode::Write(Outputs::to_file(path))
}

fn on(finding: Finding, input: &str, line: u32, short: &str) -> Finding {
    let certificate = CertificateRef {
        sha256: "00".repeat(32),
        subject: format!("CN={short}"),
        input: Some(input.to_owned()),
        line: Some(line),
        short: short.to_owned(),
        key_id: None,
        valid: None,
    };
    let mut finding = finding;
    finding.certificate = Some(certificate);
    finding
}

fn entry(short: &str, days: i64, source: Source, at: Option<(&str, u32)>) -> ChainEntry {
    ChainEntry {
        subject: format!("CN={short}"),
        issuer: String::new(),
        serial: "01".to_owned(),
        sha256: short.to_owned(),
        not_before: None,
        not_after: Some(Time::from_unix(AT + days * DAY)),
        source,
        url: None,
        input: at.map(|(input, _)| input.to_owned()),
        line: at.map(|(_, line)| line),
        short: short.to_owned(),
        tail: false,
        fault: None,
    }
}

fn anchor(short: &str) -> AnchorEntry {
    AnchorEntry {
        subject: format!("CN={short}"),
        sha256: short.to_owned(),
        store: "mozilla".to_owned(),
        short: short.to_owned(),
        fault: None,
    }
}

fn report(input: &str, verdict: Verdict, findings: Vec<Finding>) -> BundleReport {
    let mut report = BundleReport::new(vec![input.to_owned()], verdict);
    report.findings = findings;
    report
}

/// A whole report.
fn text(judged: &[Judged], view: &View) -> String {
    let body = match judged {
        _ if view.quiet >= 2 => String::new(),
        [] => return nothing(view),
        [alone] if view.quiet > 0 && !alone.needs_attention() => String::new(),
        [alone] if is_alone(alone, view) => one(alone, view),
        _ => {
            let mut many = many::Many::default();
            let said: String = judged.iter().map(|judged| many.add(many::Gist::of(judged, view))).collect();
            said + &many.end(view)
        }
    };
    if body.is_empty() { body } else { header(view) + &body }
}

fn shown(judged: &[Judged], view: &View) -> String {
    plain(&text(judged, view))
}

fn three_problems() -> BundleReport {
    let missing = Finding::new(Rule::MissingIntermediate, "its issuer \"Acme TLS CA 2\" is not in the file")
        .severity(Severity::Error)
        .fixed("fetched http://crt.acme.example/tls2.p7c, signature verified");
    let misordered = Finding::new(Rule::Misordered, "stood after its root").severity(Severity::Warning);
    let root = Finding::new(Rule::RootIncluded, "").severity(Severity::Warning).fixed("removed");
    let mut report = report(
        "site.pem",
        Verdict::Repaired,
        vec![
            on(missing, "site.pem", 1, "shop.example.com"),
            on(misordered.fixed("reordered"), "site.pem", 64, "Acme Policy CA"),
            on(root, "site.pem", 33, "Acme Root G2"),
        ],
    );
    report.chain = vec![
        entry("shop.example.com", 83, Source::Input, Some(("site.pem", 1))),
        entry("Acme TLS CA 2", 831, Source::Aia, None),
        entry("Acme Policy CA", 1561, Source::Input, Some(("site.pem", 64))),
    ];
    report.anchor = Some(anchor("Acme Root G2"));
    report.outputs = vec!["site.pem".to_owned()];
    report.fetches = vec![FetchRecord {
        url: "http://crt.acme.example/tls2.p7c".to_owned(),
        outcome: FetchOutcome::Ok,
        detail: None,
        option: None,
        bytes: Some(1307),
        milliseconds: Some(41),
    }];
    report
}

const MENDED: &str = r#"site.pem: MENDED, 3 problems fixed
 error[missing-intermediate] site.pem:1 shop.example.com
   its issuer "Acme TLS CA 2" is not in the file
   breaks  curl, Java, Go, Python, Node ("unable to verify the first certificate")
   hidden  in Chrome, which fetches it
   fixed   fetched http://crt.acme.example/tls2.p7c, signature verified
 warning[misordered] site.pem:64 "Acme Policy CA" stood after its root
   breaks  strict clients; RFC 5246 forbids it          fixed  reordered
 warning[root-included] site.pem:33 "Acme Root G2"
   breaks  nothing; clients use their own copy          fixed  removed
 site.pem now sends (mode and private key kept)
   1 shop.example.com    to 2027-02-12, 83 days   site.pem:1
   2 └ Acme TLS CA 2     to 2029-03-01            fetched
   3   └ Acme Policy CA  to 2031-03-01            site.pem:64
         └ Acme Root G2  trusted by mozilla       not sent
 next: reload the server, then  chainmend check https://shop.example.com --against site.pem
"#;

#[test]
fn a_file_mended_in_place() {
    let judged = Judged { kept_key: true, ..Judged::new(three_problems()) };
    assert_eq!(shown(&[judged], &view(Mode::InPlace, &["site.pem"])), MENDED);
}

#[test]
fn the_same_file_checked() {
    let mut report = three_problems();
    (report.verdict, report.outputs) = (Verdict::Repairable, Vec::new());
    let judged = Judged::new(report);
    let expected = MENDED
        .replace("MENDED, 3 problems fixed", "NEEDS MENDING, 3 problems")
        .replace("   fixed   fetched", "   fix     fetched")
        .replace("  fixed  re", "  fix  re")
        .replace("now sends (mode and private key kept)", "would send, mended")
        .replace(
            "reload the server, then  chainmend check https://shop.example.com --against site.pem",
            "chainmend fix -i --roots r.pem site.pem",
        );
    let view = View { carry: " --roots r.pem".to_owned(), ..view(Mode::Check, &["site.pem"]) };
    assert_eq!(shown(&[judged], &view), expected);
}

#[test]
fn details_on_request() {
    let view = View { verbose: true, ..view(to_file("full chain.pem"), &["site.pem"]) };
    let shown = shown(&[Judged::new(three_problems())], &view);
    let tail: String = shown.lines().rev().take(4).map(|line| format!("{line}\n")).collect();
    assert_eq!(
        tail,
        " next: reload the server, then  chainmend check https://shop.example.com --against 'full chain.pem'
 prove: openssl verify -purpose sslserver -untrusted 'full chain.pem' 'full chain.pem'
   http://crt.acme.example/tls2.p7c  fetched  1307 bytes, 41 ms
 fetches
"
    );
}

fn expired() -> Finding {
    let sought = [
        ("site.pem, cache", "none"),
        ("http://crt.acme.example/tls1.crt", "the same expired one"),
        ("http://crt2.acme.example/tls1.crt", "404"),
    ];
    let message = "expired 2026-11-20, yesterday; your own certificate is good to 2027-02-12";
    let mut finding = Finding::new(Rule::ExpiredIntermediate, message).severity(Severity::Error);
    finding.sought = sought.map(|(place, outcome)| Sought { place: place.into(), outcome: outcome.into() }).to_vec();
    on(finding, "site.pem", 31, "Acme TLS CA 1")
}

const NOT_MENDED: &str = r#"site.pem: NOT MENDED, fullchain.pem left as it was
 error[expired-intermediate] site.pem:31 "Acme TLS CA 1"
   expired 2026-11-20, yesterday; your own certificate is good to 2027-02-12
   breaks  clients that need it ("certificate has expired")
   sought  a fresh certificate with the same name and key:
           site.pem, cache                    none
           http://crt.acme.example/tls1.crt   the same expired one
           http://crt2.acme.example/tls1.crt  404
 path ✔ shop.example.com
      ✘ └ Acme TLS CA 1   expired
      ✔   └ Acme Root G2  trusted by mozilla
 next: ask the CA for a renewed "Acme TLS CA 1", then
         chainmend fix site.pem --intermediates NEW.crt -o fullchain.pem
       if there is none, only reissuing helps
"#;

fn not_mended() -> BundleReport {
    let mut bad = entry("Acme TLS CA 1", -1, Source::Input, Some(("site.pem", 31)));
    bad.fault = Some("expired".to_owned());
    let mut report = report("site.pem", Verdict::Broken, vec![expired()]);
    report.attempts = vec![Attempt {
        chain: vec![entry("shop.example.com", 83, Source::Input, Some(("site.pem", 1))), bad],
        anchor: Some(anchor("Acme Root G2")),
        findings: Vec::new(),
        repeats: false,
    }];
    report
}

#[test]
fn a_chain_that_cannot_be_mended() {
    let judged = Judged { left: vec!["fullchain.pem".to_owned()], ..Judged::new(not_mended()) };
    assert_eq!(shown(&[judged], &view(to_file("fullchain.pem"), &["site.pem"])), NOT_MENDED);
}

#[test]
fn an_issuer_that_was_sought_in_vain_is_said_once() {
    let mut missing = Finding::new(Rule::MissingIntermediate, "gone").severity(Severity::Error);
    let url = "http://crt.acme.example/tls2.crt";
    missing.sought = vec![Sought { place: url.into(), outcome: "404".into() }];
    let failed = Finding::new(Rule::IssuerUnavailable, format!("{url}: 404")).severity(Severity::Error);
    let report = report("a.pem", Verdict::Broken, vec![missing, failed]);
    let shown = shown(&[Judged::new(report)], &view(Mode::Check, &["a.pem"]));
    assert!(shown.starts_with("a.pem: BROKEN, 1 problem\n"), "{shown}");
    assert!(shown.contains(&format!("           {url}  404 [issuer-unavailable]\n")), "{shown}");
    assert!(!shown.contains("error[issuer-unavailable]"), "{shown}");
}

#[test]
fn a_hundred_of_a_kind_are_counted() {
    let stray = |line| on(Finding::new(Rule::Unrelated, "x").severity(Severity::Warning), "a.pem", line, "s");
    let judged = || Judged::new(report("a.pem", Verdict::Ok, (1..=100).map(stray).collect()));
    let short = shown(&[judged()], &view(Mode::Check, &["a.pem"]));
    assert!(short.ends_with(" a.pem:8 s x\n and 92 more of unrelated; -v shows them\n"), "{short}");
    let view = View { verbose: true, ..view(Mode::Check, &["a.pem"]) };
    assert_eq!(shown(&[judged()], &view).matches("[unrelated]").count(), 100);
}

#[test]
fn one_file_that_cannot_be_read() {
    let judged = Judged::unread(vec!["x".to_owned()], vec![Problem::new("cannot read x: no such file")]);
    assert_eq!(shown(&[judged], &view(Mode::Check, &["x"])), "error: cannot read x: no such file\n");
}

#[test]
fn a_right_file_and_where_it_went() {
    let right = || {
        let mut report = report("a.pem", Verdict::Ok, Vec::new());
        report.chain = vec![entry("a.example", 1, Source::Input, Some(("a.pem", 1)))];
        report.anchor = Some(anchor("R"));
        report
    };
    let rest = "   1 a.example  to 2026-11-22, 1 day   a.pem:1\n     └ R        trusted by mozilla     not sent\n";
    let checked = shown(&[Judged::new(right())], &view(Mode::Check, &["a.pem"]));
    assert_eq!(checked, format!("a.pem: OK\n a.pem sends\n{rest}"));
    let same = shown(&[Judged::new(right())], &view(to_file("f.pem"), &["a.pem"]));
    assert_eq!(same, format!("a.pem: OK, and so f.pem is already\n f.pem now sends\n{rest}"));
    let mut written = right();
    written.outputs = vec!["f.pem".to_owned()];
    let written = shown(&[Judged::new(written)], &view(to_file("f.pem"), &["a.pem"]));
    assert_eq!(written, format!("a.pem: OK, written to f.pem\n f.pem now sends\n{rest}"));
    let view = View { stdout: Some(Stdout::Shown), ..view(Mode::Write(Outputs::default()), &["a.pem"]) };
    let terminal = shown(&[Judged::new(right())], &view);
    assert!(terminal.ends_with("not sent\nnothing written; add -i or -o FILE\n"), "{terminal}");
    let lost = shown(&[Judged::new(right())], &View { stdout: Some(Stdout::Lost), ..view });
    assert!(lost.ends_with("not sent\nnothing written; add -i or -o FILE\n"), "{lost}");
    assert!(lost.contains("\n the chain would be\n"), "{lost}");
}

#[test]
fn another_time_is_said_first() {
    let view = View { at_given: true, ..view(Mode::Check, &["a.pem"]) };
    let shown = shown(&[Judged::new(report("a.pem", Verdict::Ok, Vec::new()))], &view);
    assert!(shown.starts_with("judged at 2026-11-21T12:00:00Z, not now\na.pem: OK\n"), "{shown}");
}

#[test]
fn a_tail_stands_above_its_anchor() {
    let mut report = report("a.pem", Verdict::Ok, Vec::new());
    report.chain = vec![
        entry("a.example", 9, Source::Input, Some(("a.pem", 1))),
        ChainEntry { tail: true, ..entry("New Root", 99, Source::Input, Some(("a.pem", 30))) },
    ];
    report.anchor = Some(anchor("New Root"));
    assert_eq!(
        plain(&chain::table(&Judged::new(report), &view(Mode::Check, &["a.pem"]))),
        "   1 a.example   to 2026-11-30, 9 days   a.pem:1
     └ New Root  trusted by mozilla      not sent
   2 └ New Root  to 2027-02-28           a.pem:30, for older clients
"
    );
}

#[test]
fn a_trusted_self_signed_leaf_is_its_own_anchor() {
    let mut report = report("a.pem", Verdict::Ok, Vec::new());
    report.chain = vec![entry("a.example", 9, Source::Input, Some(("a.pem", 1)))];
    report.anchor = Some(anchor("a.example"));
    assert_eq!(
        plain(&chain::table(&Judged::new(report), &view(Mode::Check, &["a.pem"]))),
        "   1 a.example  to 2026-11-30, 9 days   a.pem:1, trusted by mozilla\n"
    );
}

#[test]
fn names_cannot_steer_the_terminal() {
    let evil = "a\u{1b}[35m\n.pem";
    let mut report = report(evil, Verdict::Broken, vec![on(expired(), evil, 1, "x")]);
    report.findings[0].certificate.as_mut().unwrap().input = Some(evil.to_owned());
    let text = text(&[Judged::new(report)], &view(Mode::Check, &[evil]));
    assert!(!text.contains("\u{1b}[35m"), "{text:?}");
    assert!(!plain(&text).contains('\u{1b}'), "{text:?}");
}

#[test]
fn what_is_ignored_is_marked_and_not_counted() {
    let mut judged = Judged::new(not_mended());
    judged.report.findings[0].ignored = true;
    judged.code = 0;
    let shown = shown(&[judged], &view(Mode::Check, &["site.pem"]));
    assert!(
        shown.starts_with("site.pem: BROKEN\n error[expired-intermediate] site.pem:31 \"Acme TLS CA 1\" (ignored)\n")
    );
}

/// The programs that mind a form are the same on both sides; what else is wrong, servers refuse.
#[test]
fn who_minds_a_clients_chain() {
    let breaks = |rule| Words::of_client(rule).breaks.unwrap_or_default();
    assert!(breaks(Rule::NotStrict).starts_with("Python since 3.13"), "{}", breaks(Rule::NotStrict));
    assert!(breaks(Rule::ExpiredIntermediate).starts_with("the servers that ask for it"));
}
