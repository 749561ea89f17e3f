//! Every rule is shown by a case, and every rule that a case names exists.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "the cases are files of ours")]

use std::collections::BTreeSet;
use std::path::Path;

use chainmend::rules::Rule;

mod support;

use support::case::Case;

/// Rules that no case shows, each with what shows it instead.
const SHOWN_ELSEWHERE: &[(Rule, &str)] = &[
    (Rule::SearchBudget, "the search's own tests: a bundle that exhausts it would be megabytes"),
    (Rule::DistrustedRoot, "tests/verdict: only Mozilla's roots have such a day, whose keys nobody here has"),
    (Rule::WeakSignature, "the judge's own tests: nothing here can sign with SHA-1 any more"),
];

/// The rules that the cases expect.
fn expected() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut rules = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path().join("case.txt");
        let text = std::fs::read_to_string(&path).unwrap();
        let case = Case::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for entry in case.steps.iter().flat_map(|step| &step.expect).filter(|entry| entry.key == "rules") {
            let words = entry.value.split_whitespace().map(|word| word.trim_end_matches('+'));
            let names = words.filter_map(|word| word.split('@').next());
            rules.extend(names.filter(|name| !["none", "..."].contains(name)).map(str::to_owned));
        }
    }
    rules
}

#[test]
fn every_rule_is_shown_by_a_case() {
    let expected = expected();
    let elsewhere = |rule: &Rule| SHOWN_ELSEWHERE.iter().any(|(known, _)| known == rule);
    let missing: Vec<_> =
        Rule::ALL.iter().filter(|rule| !expected.contains(rule.name()) && !elsewhere(rule)).map(|r| r.name()).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
    for (rule, _) in SHOWN_ELSEWHERE {
        assert!(!expected.contains(rule.name()), "{rule} is shown by a case: take it off the list");
    }
}

#[test]
fn every_rule_that_a_case_names_exists() {
    let unknown: Vec<_> = expected().into_iter().filter(|name| name.parse::<Rule>().is_err()).collect();
    assert!(unknown.is_empty(), "no such rules: {unknown:?}");
}
