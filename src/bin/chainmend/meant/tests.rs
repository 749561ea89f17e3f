use std::collections::BTreeSet;

use super::*;
use crate::args::ReportForm;
use clap::ValueEnum;

fn top() -> Command {
    let mut top = CommandLine::command();
    top.build();
    top
}

/// What is said to this, on one line.
fn said(typed: &str) -> String {
    let typed: Vec<OsString> = typed.split(' ').map(OsString::from).collect();
    let error = CommandLine::try_parse_from(&typed).unwrap_err();
    again(error, typed).unwrap_err().to_string()
}

fn tip_of(typed: &str) -> Option<String> {
    said(typed).lines().find_map(|line| line.trim_start().strip_prefix("tip: ").map(str::to_owned))
}

#[test]
fn what_is_offered_exists_and_what_exists_is_not_called_foreign() {
    let top = top();
    let fix = top.find_subcommand("fix").unwrap();
    let mut seen = BTreeSet::new();
    for (names, option, says) in OPTIONS {
        assert!(option.is_empty() || has(fix, first(option)), "{option}");
        for word in says.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| word.starts_with("--")) {
            assert!(has(fix, &word[2..]) || ["--help", "--version"].contains(&word), "{says}");
        }
        for name in *names {
            assert!(seen.insert(*name), "{name} stands twice");
            assert_eq!(spelt(name), *name);
            assert!(*name == "v" || !has(fix, name), "{name} is ours");
        }
    }
    let forms: Vec<String> = ReportForm::value_variants()
        .iter()
        .map(|form| form.to_possible_value().unwrap().get_name().to_owned())
        .collect();
    assert_eq!(forms, FORMS);
    for (names, _) in COMMANDS {
        assert!(names.iter().all(|name| top.find_subcommand(name).is_none()), "{names:?}");
    }
}

#[test]
fn options_of_other_programs_get_a_tip() {
    let diff = "'--diff' shows what would change, and writes nothing";
    for (typed, wanted) in [
        ("fix -in a.pem", "a file is named without an option: chainmend fix site.pem"),
        ("check -noout a.pem", "no certificate is printed by check: chainmend check site.pem"),
        ("fix --quite a.pem", "a similar argument exists: '--quiet'"),
        ("help missing-intermediate", "a rule has a page: chainmend explain missing-intermediate"),
        ("misordered", "a rule has a page: chainmend explain misordered"),
        ("missing-intermediat", "a rule has a page: chainmend explain missing-intermediate"),
        ("fix -i --dry-run a.pem", diff),
        ("fix --dry-run=true a.pem", diff),
        ("fix -n a.pem", diff),
        ("check --dry_run a.pem", diff),
        ("fix --fix a.pem", "'--in-place' rewrites each file that needs it"),
        ("check --fix a.pem", "'chainmend fix --in-place' rewrites each file that needs it"),
        ("fix --inplace a.pem", "'--in-place' rewrites each file that needs it"),
        ("check -i a.pem", "'-i' is an option of fix"),
        ("check --in-place a.pem", "'--in-place' is an option of fix"),
        ("check a.pem --output x", "'--output' is an option of fix"),
        ("filter --report json", "'--report' is an option of fix, check and explain"),
        ("--roots x check a.pem", "'--roots' goes behind 'check'"),
        ("-v check a.pem", "'-v' goes behind 'check'"),
        ("--roots x", "'--roots' is an option of fix, check and filter"),
        (
            "fix a.pem -CAfile r.pem",
            "'--roots FILE' says what clients trust; '--intermediates FILE' has issuers that may be missing",
        ),
        ("fix a.pem -partial_chain", "'--partial-chain' has two dashes"),
        ("fix a.pem -json", "'--report json' is the report for machines"),
        ("fix a.pem --format json", "the form of the report is '--report json'"),
        ("fix a.pem --silent", "'--quiet' reports only what needs attention; twice, nothing"),
        ("fix a.pem --online", "missing issuers are fetched unless '--offline' is given"),
        ("fix a.pem --version", "the version: chainmend --version"),
        ("verify a.pem", "what is wrong, and what there is: chainmend check -v site.pem"),
        ("repair a.pem", "to mend: chainmend fix -i site.pem"),
        ("a.pem b.pem", "to see what is wrong: chainmend check a.pem b.pem"),
        ("https://shop.example.com", "to see what is wrong: chainmend check https://shop.example.com"),
        // What clap finds near is so.
        ("fix a.pem --outpt x", "a similar argument exists: '--output'"),
        ("fix a.pem --warn-day 3", "a similar argument exists: '--warn-days'"),
        ("chek a.pem", "a similar subcommand exists: 'check'"),
    ] {
        assert_eq!(tip_of(&format!("chainmend {typed}")).as_deref(), Some(wanted), "{typed}");
    }
}

#[test]
fn what_is_far_is_not_offered() {
    for typed in ["fix a.pem --gibberish", "fix a.pem -Z", "explain --rule x", "cache list --json", "frobnicate"] {
        assert_eq!(tip_of(&format!("chainmend {typed}")), None, "{typed}");
    }
    assert!(said("chainmend filter --report json").contains("\nUsage: chainmend filter [OPTIONS]\n"));
}

#[test]
fn help_is_a_word_as_well() {
    for (typed, option) in [
        ("chainmend help", "chainmend --help"),
        ("chainmend help fix", "chainmend fix --help"),
        ("chainmend help cache import", "chainmend cache import --help"),
        ("chainmend cache help import", "chainmend cache import --help"),
        ("chainmend --color never help check", "chainmend --color never check --help"),
        ("chainmend help help", "chainmend --help"),
        ("chainmend help fix --help", "chainmend fix --help"),
    ] {
        assert_eq!(said(typed), said(option), "{typed}");
        assert!(said(typed).contains("Usage: chainmend"), "{typed}");
    }
    assert!(said("chainmend help frob").starts_with("error: unrecognized subcommand 'frob'"));
}
