//! Reports on several files.

use super::*;

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
fn a_line_gives_what_is_mended_as_the_reason() {
    let warning = |rule, message: &str| Finding::new(rule, message).severity(Severity::Warning);
    let strict = || warning(Rule::NotStrict, "Python 3.13 refuses it");
    let twice = || warning(Rule::Duplicate, "stands twice").fixed("removed");
    for (verdict, word) in [(Verdict::Repairable, "MEND"), (Verdict::Repaired, "MENDED")] {
        let one = |findings| Judged::new(report("a.pem", verdict, findings));
        let shown = shown(&[one(vec![strict(), twice()]), one(vec![strict()])], &view(Mode::Check, &[]));
        let rows: Vec<&str> = shown.lines().take(2).collect();
        let rest = |rule: &str, message: &str| format!("a.pem  {word} {rule}  {message}");
        let wanted = [rest("duplicate ", "stands twice (+1 more)"), rest("not-strict", "Python 3.13 refuses it")];
        assert_eq!(rows, wanted);
    }
}

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
fn each_of_several_files_has_its_own_next_line_in_detail() {
    let mut files = six_files();
    files.truncate(2);
    let view = View { verbose: true, ..view(Mode::Check, &[]) };
    let shown = shown(&files, &view);
    for next in [" next: chainmend fix -i certs/api.pem\n", "\nnext: chainmend fix -i certs/api.pem certs/blog.pem\n"] {
        assert!(shown.contains(next), "{shown}");
    }
}

#[test]
fn with_details_the_notes_of_right_files_are_told_too() {
    let note = |short: &str| {
        let note = Finding::new(Rule::AlternativePath, "another valid chain ends in \"Acme Root G1\"");
        on(note.severity(Severity::Info), "right.pem", 1, short)
    };
    let noted = Judged::new(report("right.pem", Verdict::Ok, vec![note("shop.example.com")]));
    let silent = Judged::new(report("silent.pem", Verdict::Ok, Vec::new()));
    let skipped = |help: Option<&str>| {
        let mut finding = Finding::new(Rule::NoLeaf, "CA certificates only");
        finding.help = help.map(str::to_owned);
        Judged::new(report("ca.pem", Verdict::Skipped, vec![finding]))
    };
    let files = [noted, silent, skipped(None)];
    let detailed = View { verbose: true, ..view(Mode::Check, &[]) };
    let told = shown(&files, &detailed);
    assert!(told.starts_with("right.pem: OK\n info[alternative-path] right.pem:1 shop.example.com another"), "{told}");
    assert!(!told.contains("silent.pem") && !told.contains("ca.pem: SKIPPED"), "{told}");
    assert!(!shown(&files, &view(Mode::Check, &[])).contains("right.pem"));
    // One line of a table has no room for what to do.
    assert!(shown(&[skipped(Some("add the leaf's file")), skipped(None)], &detailed).contains("add the leaf's file"));
}
