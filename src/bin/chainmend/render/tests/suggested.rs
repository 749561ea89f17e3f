//! The commands that a report ends with: what to type next, and what proves the result.

use chainmend::report::Remedy;

use super::*;

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
    let name = "Acme TLS CA 2".to_owned();
    missing.remedy = Some(Remedy::Issuer { name, key_id: Some(vec![0x5a, 0x3f, 0x91]) });
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
    let right = || {
        let mut report = three_problems();
        report.verdict = Verdict::Ok;
        Judged::new(report)
    };
    assert!(shown(&[right()], &view).contains("prove:"));
    assert!(!shown(&[Judged { is_pem: false, ..right() }], &view).contains("prove:"));
}
