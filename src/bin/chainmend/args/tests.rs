use clap::CommandFactory;

use super::*;

#[test]
fn the_definitions_are_consistent() {
    CommandLine::command().debug_assert();
}

#[test]
fn near_names_are_offered() {
    assert_eq!(near::rules("mis-ordered"), ["misordered"]);
    assert_eq!(near::rules("missing_intermediate"), ["missing-intermediate"]);
    assert_eq!(near::rules("expired"), ["expired-leaf", "expired-root", "expired-intermediate"]);
    assert!(near::rules("x").is_empty());
    assert!(rule("qqq").unwrap_err().contains("`chainmend explain` lists them"));
}

#[test]
fn ignore_takes_a_rule_and_perhaps_a_fingerprint() {
    assert_eq!(ignore("misordered").unwrap(), Ignore { rule: Rule::Misordered, certificate: None });
    let one = ignore("duplicate=AB:CD:EF:01").unwrap();
    assert_eq!((one.rule, one.certificate.unwrap().to_string()), (Rule::Duplicate, "abcdef01".to_owned()));
    assert!(ignore("duplicate=xyz").unwrap_err().contains("fingerprint"));
    assert!(ignore("dublicate").unwrap_err().ends_with("near it: duplicate"));
}

#[test]
fn roots_are_stores_or_paths() {
    assert_eq!(root_store("mozilla".into()), RootStore::Mozilla);
    assert_eq!(root_store("system".into()), RootStore::System);
    assert_eq!(root_store("./mozilla".into()), RootStore::Path("./mozilla".into()));
}

#[test]
fn a_preferred_root_is_a_fingerprint_or_a_name() {
    assert_eq!(preferred_root(" ISRG Root X1 ").unwrap(), PreferredRoot::Name("ISRG Root X1".to_owned()));
    assert!(matches!(preferred_root("AB:CD:EF:01:23").unwrap(), PreferredRoot::Sha256(_)));
    assert!(preferred_root(" ").is_err());
}
