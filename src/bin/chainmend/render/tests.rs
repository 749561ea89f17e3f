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
        listed: false,
        options: String::new(),
        milliseconds: 140,
        diff: false,
        together: false,
        to_terminal: false,
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
    Finding { certificate: Some(certificate), ..finding }
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
    let mut report = Judged::unread(vec![input.to_owned()], Vec::new()).report;
    (report.verdict, report.findings) = (verdict, findings);
    report
}

/// A whole report.
fn text(judged: &[Judged], view: &View) -> String {
    let body = match judged {
        _ if view.quiet >= 2 => String::new(),
        [] => return nothing(view),
        [one_] if view.quiet > 0 && !one_.needs_attention() => String::new(),
        [one_] if is_alone(one_, view) => one(one_, view),
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
    BundleReport {
        chain: vec![
            entry("shop.example.com", 83, Source::Input, Some(("site.pem", 1))),
            entry("Acme TLS CA 2", 831, Source::Aia, None),
            entry("Acme Policy CA", 1561, Source::Input, Some(("site.pem", 64))),
        ],
        anchor: Some(anchor("Acme Root G2")),
        outputs: vec!["site.pem".to_owned()],
        fetches: vec![FetchRecord {
            url: "http://crt.acme.example/tls2.p7c".to_owned(),
            outcome: FetchOutcome::Ok,
            detail: None,
            option: None,
            bytes: Some(1307),
            milliseconds: Some(41),
        }],
        ..report(
            "site.pem",
            Verdict::Repaired,
            vec![
                on(missing, "site.pem", 1, "shop.example.com"),
                on(misordered.fixed("reordered"), "site.pem", 64, "Acme Policy CA"),
                on(root, "site.pem", 33, "Acme Root G2"),
            ],
        )
    }
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
    let judged = Judged::new(BundleReport { verdict: Verdict::Repairable, outputs: Vec::new(), ..three_problems() });
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
    BundleReport {
        attempts: vec![Attempt {
            chain: vec![entry("shop.example.com", 83, Source::Input, Some(("site.pem", 1))), bad],
            anchor: Some(anchor("Acme Root G2")),
            findings: Vec::new(),
            repeats: false,
        }],
        ..report("site.pem", Verdict::Broken, vec![expired()])
    }
}

#[test]
fn a_chain_that_cannot_be_mended() {
    let judged = Judged { left: vec!["fullchain.pem".to_owned()], ..Judged::new(not_mended()) };
    assert_eq!(shown(&[judged], &view(to_file("fullchain.pem"), &["site.pem"])), NOT_MENDED);
}

#[test]
fn the_librarys_help_where_no_command_helps() {
    let mut report = not_mended();
    report.findings[0].rule = Rule::NotYetValid;
    report.findings[0].help = Some("check the clock\nand wait".to_owned());
    let shown = shown(&[Judged::new(report)], &view(Mode::Check, &["site.pem"]));
    assert!(shown.ends_with("trusted by mozilla\n next: check the clock\n       and wait\n"), "{shown}");
    assert!(shown.starts_with("site.pem: BROKEN, 1 problem\n"), "{shown}");
}

#[test]
fn a_command_says_more_than_the_librarys_help() {
    let mut report = not_mended();
    report.findings[0].help = Some("ask for it, and add it with --intermediates FILE".to_owned());
    let judged = Judged { left: vec!["fullchain.pem".to_owned()], ..Judged::new(report) };
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
fn several_leaves_in_several_files_want_in_place() {
    let mut ambiguous = Finding::new(Rule::AmbiguousLeaf, "3 leaves").severity(Severity::Error);
    ambiguous.help = Some("or --leaf SHA256".to_owned());
    let report = report("a.pem", Verdict::Broken, vec![on(ambiguous, "a.pem", 1, "a.example")]);
    let shown = shown(&[Judged::new(report)], &view(to_file("f.pem"), &["a.pem", "b c.pem"]));
    let next = "\
 next: 1 leaf in 2 files; to mend each, add -i:
         chainmend fix -i a.pem 'b c.pem'
       or, for a.example:
         chainmend fix a.pem 'b c.pem' --leaf 0000000000000000 -o f.pem
";
    assert!(shown.ends_with(next), "{shown}");
}

/// Where the roots are public, so is the issuer, and CCADB has it; where they are one's own, it has not.
#[test]
fn where_an_issuer_may_be_had_is_said() {
    let mut missing = Finding::new(Rule::MissingIntermediate, "gone").severity(Severity::Error);
    missing.help = Some(
        "get \"Acme TLS CA 2\" (key id 5a3f91) from the CA that issued it, and add it with --intermediates FILE".into(),
    );
    let report = report("a.pem", Verdict::Broken, vec![missing]);
    let public = "\
 next: get \"Acme TLS CA 2\" (key id 5a3f91) from the CA that issued it, then
         chainmend check a.pem --intermediates ISSUER.crt
       of a public CA, a report of CCADB has it (https://www.ccadb.org/resources):
         chainmend cache import REPORT.csv
       if the issuer is the root of your own CA:
         chainmend check a.pem --roots ROOT.pem
";
    let judged = [Judged::new(report)];
    assert!(shown(&judged, &view(Mode::Check, &["a.pem"])).ends_with(public));
    let own = View { carry: " --roots own.pem".to_owned(), ..view(Mode::Check, &["a.pem"]) };
    assert!(shown(&judged, &own).ends_with(" --intermediates ISSUER.crt\n"));
}

#[test]
fn a_refused_url_names_the_option() {
    let missing = Finding::new(Rule::MissingIntermediate, "gone").severity(Severity::Error);
    let mut report = report("a.pem", Verdict::Broken, vec![missing]);
    report.fetches = three_problems().fetches;
    report.fetches[0].outcome = FetchOutcome::Refused;
    report.fetches[0].option = Some("--allow-aia 10.0.0.7".to_owned());
    let view = View { verbose: true, ..view(to_file("f.pem"), &["a.pem"]) };
    let shown = shown(&[Judged::new(report)], &view);
    assert!(shown.contains("  refused  allowed by --allow-aia 10.0.0.7, 1307 bytes"), "{shown}");
    let next = " next: if that server is your own:\n         chainmend fix a.pem --allow-aia 10.0.0.7 -o f.pem\n";
    assert!(shown.ends_with(next), "{shown}");
}

fn six_files() -> Vec<Judged> {
    let one = |input: &str, verdict, findings: Vec<Finding>| Judged::new(report(input, verdict, findings));
    let error = |rule, message: &str| Finding::new(rule, message).severity(Severity::Error);
    let missing = error(Rule::MissingIntermediate, "\"Acme TLS CA 2\"; curl, Java, Go fail").fixed("fetched");
    let soon = Finding::new(Rule::ExpiresSoon, "2026-11-30, 9 days").severity(Severity::Warning);
    let store = Finding::new(Rule::TrustStore, "2 roots; not a chain to send").severity(Severity::Info);
    let leaf = on(error(Rule::LeafNotFirst, "").fixed("reordered"), "certs/blog.pem", 33, "b");
    let old = on(error(Rule::ExpiredLeaf, "2026-10-02, 50 days ago; renew it"), "certs/old.pem", 1, "o");
    let mut files = vec![
        one("certs/api.pem", Verdict::Repairable, vec![on(missing, "certs/api.pem", 1, "a")]),
        one("certs/blog.pem", Verdict::Repairable, vec![leaf]),
        one("certs/good.pem", Verdict::Ok, Vec::new()),
        one("certs/old.pem", Verdict::Broken, vec![old]),
        one("certs/shop.pem", Verdict::Ok, vec![on(soon, "certs/shop.pem", 1, "s")]),
        one("certs/ca.pem", Verdict::Skipped, vec![store]),
    ];
    files[0].report.fetches = three_problems().fetches;
    files
}

const SIX: &str = "\
certs/api.pem:1    MEND   missing-intermediate  \"Acme TLS CA 2\"; curl, Java, Go fail
certs/blog.pem:33  MEND   leaf-not-first        nginx and HAProxy will not start
certs/old.pem:1    BROKEN expired-leaf          2026-10-02, 50 days ago; renew it
certs/shop.pem:1   warn   expires-soon          2026-11-30, 9 days
certs/ca.pem       skip   trust-store           2 roots; not a chain to send
6 files: 1 ok, 1 warning, 2 mendable, 1 broken, 1 skipped; 1 request, 0.1 s
next: chainmend fix -i certs/api.pem certs/blog.pem
      renew certs/old.pem: no chain can save it
      details: chainmend check -v FILE
";

#[test]
fn several_files_checked() {
    assert_eq!(shown(&six_files(), &view(Mode::Check, &[])), SIX);
}

#[test]
fn quiet_leaves_out_what_needs_nobody() {
    let quiet = |quiet, judged: &[Judged]| shown(judged, &View { quiet, ..view(Mode::Check, &[]) });
    let expected: String = SIX.lines().filter(|line| !line.contains(" skip ")).map(|l| format!("{l}\n")).collect();
    assert_eq!(quiet(1, &six_files()), expected);
    assert_eq!(quiet(2, &six_files()), "");
    assert_eq!(quiet(1, &six_files()[2..3]), "");
    assert_eq!(quiet(1, &six_files()[5..]), "");
}

#[test]
fn problems_follow_what_was_judged() {
    let mut files = six_files();
    files.truncate(1);
    let problem = Problem::new("cannot read none.pem: no such file").help("look again");
    files.push(Judged::unread(vec!["none.pem".to_owned()], vec![problem]));
    let shown = shown(&files, &view(Mode::Check, &[]));
    assert_eq!(
        shown,
        "\
certs/api.pem:1  MEND missing-intermediate  \"Acme TLS CA 2\"; curl, Java, Go fail
error: cannot read none.pem: no such file
help: look again
2 files: 1 mendable, 1 failed; 1 request, 0.1 s
next: chainmend fix -i certs/api.pem
      details: chainmend check -v FILE
"
    );
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
    let written = Judged::new(BundleReport { outputs: vec!["f.pem".to_owned()], ..right() });
    let written = shown(&[written], &view(to_file("f.pem"), &["a.pem"]));
    assert_eq!(written, format!("a.pem: OK, written to f.pem\n f.pem now sends\n{rest}"));
    let view = View { to_terminal: true, ..view(Mode::Write(Outputs::default()), &["a.pem"]) };
    let terminal = shown(&[Judged::new(right())], &view);
    assert!(terminal.ends_with("not sent\nnothing written; add -i or -o FILE\n"), "{terminal}");
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

#[test]
fn the_proof_trusts_whom_we_trust() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let command = |options: &str| {
        let words = format!("chainmend check a.pem {options}");
        let line = <crate::args::CommandLine as clap::Parser>::try_parse_from(words.split(' ')).unwrap();
        let crate::args::Command::Check(check) = line.command else { panic!("{words}") };
        openssl(&Settings::check(check.common, Default::default(), Time::from_unix(AT)).unwrap())
    };
    let server = "-purpose sslserver";
    assert_eq!(command("--roots mozilla"), format!("openssl verify {server}"));
    assert_eq!(command("--roots r.pem"), format!("openssl verify -trusted r.pem {server}"));
    assert_eq!(
        command("--roots r.pem --roots s.pem"),
        format!("openssl verify -trusted r.pem -trusted s.pem {server}")
    );
    assert_eq!(command("--roots system --roots r.pem"), format!("openssl verify -CAfile r.pem {server}"));
    assert_eq!(
        command("--roots system --roots r.pem --roots s.pem"),
        format!("cat r.pem s.pem | openssl verify -CAfile /dev/stdin {server}")
    );
    // openssl reads a folder only if its files are named by their hashes.
    assert_eq!(
        command(&format!("--roots {folder}")),
        format!("cat {folder}/* | openssl verify -trusted /dev/stdin {server}")
    );
    assert_eq!(
        command("--roots r.pem --partial-chain --purpose any --host a.example --at 5"),
        "openssl verify -trusted r.pem -partial_chain -attime 5 -verify_hostname a.example"
    );
}

#[test]
fn nothing_proves_what_openssl_does_not_read() {
    let view = View { verbose: true, ..view(Mode::Check, &["a.p7b"]) };
    let right = || Judged::new(BundleReport { verdict: Verdict::Ok, ..three_problems() });
    assert!(shown(&[right()], &view).contains("prove:"));
    assert!(!shown(&[Judged { is_pem: false, ..right() }], &view).contains("prove:"));
}

#[test]
fn each_of_several_files_has_its_own_next_line_in_detail() {
    let mut files = six_files();
    files.truncate(2);
    let view = View { verbose: true, ..view(Mode::Check, &[]) };
    let shown = shown(&files, &view);
    for next in [" next: chainmend fix -i certs/api.pem\n", "\nnext: chainmend fix -i certs/api.pem certs/blog.pem\n"] {
        assert!(shown.contains(next), "{shown}");
    }
}
