use clap::Parser;

use super::*;
use crate::args::{Command, CommandLine};

const NOW: i64 = 1_790_000_000;

fn settings(line: &str, environment: Environment) -> Result<Settings, Problem> {
    let now = Time::from_unix(NOW);
    match CommandLine::try_parse_from(line.split(' ')).unwrap().command {
        Command::Fix(fix) => Settings::fix(fix.output, fix.exit_non_zero_on_fix, fix.common, environment, now),
        Command::Check(check) => Settings::check(check.common, environment, now),
        other => panic!("{other:?}"),
    }
}

fn plain(line: &str) -> Settings {
    settings(line, Environment::default()).unwrap()
}

fn problem(line: &str) -> String {
    settings(line, Environment::default()).unwrap_err().message
}

#[test]
fn defaults() {
    let got = plain("chainmend check a.pem b.pem");
    assert_eq!(got.mode, Mode::Check);
    assert_eq!((got.at, got.at_given), (Time::from_unix(NOW), false));
    assert_eq!(got.roots, [RootStore::Mozilla]);
    assert_eq!(got.carry, "");
    assert!(!got.repair.offline);
}

#[test]
fn where_the_chain_goes() {
    let to_stdout = |line: &str| match plain(line).mode {
        Mode::Write(outputs) => outputs.to_stdout(),
        mode => panic!("{mode:?}"),
    };
    assert!(to_stdout("chainmend fix a.pem"));
    assert!(to_stdout("chainmend fix a.pem -o -"));
    assert!(!to_stdout("chainmend fix a.pem -o b.pem"));
    assert!(!to_stdout("chainmend fix a.pem --chain-out b.pem"));
    assert_eq!(plain("chainmend fix -i a.pem").mode, Mode::InPlace);
}

#[test]
fn a_json_report_does_not_share_standard_output_with_pem() {
    assert!(problem("chainmend fix a.pem --report json").contains("standard output holds the chain"));
    plain("chainmend fix a.pem --report json --report-file r.json");
    plain("chainmend fix a.pem --report json -o b.pem");
    plain("chainmend fix -i a.pem --report json");
    plain("chainmend check a.pem --report json");
    let environment = Environment { report: Some("json".into()), ..Environment::default() };
    assert!(settings("chainmend fix a.pem", environment).is_err());
}

#[test]
fn client_certificates_need_roots_of_their_own() {
    assert!(problem("chainmend check --purpose client a.pem").contains("needs --roots"));
    plain("chainmend check --purpose client --roots ca.pem a.pem");
    let environment = Environment { roots: Some("ca.pem".into()), ..Environment::default() };
    assert!(settings("chainmend check --purpose client a.pem", environment).is_ok());
}

#[test]
fn a_key_is_for_one_bundle() {
    assert!(problem("chainmend check --key k.pem a.pem b.pem").contains("2 are named"));
    assert!(problem("chainmend fix -i --key k.pem a.pem b.pem").contains("2 are named"));
    // Several inputs of `fix` are one bundle: the key is read, and is missing here.
    assert!(problem("chainmend fix --key /none/k.pem a.pem b.pem").contains("cannot read /none/k.pem"));
    assert!(problem("chainmend check - -").contains("twice"));
}

#[test]
fn the_environment_counts_where_nothing_was_typed() {
    let environment = || Environment {
        roots: Some(std::env::join_paths(["system", "/etc/ca.pem", ""]).unwrap()),
        intermediates: Some("/etc/int.pem".into()),
        offline: Some("1".into()),
        timeout: Some("7".into()),
        report: Some("json".into()),
        cache_dir: Some("/tmp/cache".into()),
        password: Some("secret".into()),
    };
    let got = settings("chainmend check a.pem", environment()).unwrap();
    assert_eq!(got.roots, [RootStore::System, RootStore::Path("/etc/ca.pem".into())]);
    assert_eq!(got.intermediates, [PathBuf::from("/etc/int.pem")]);
    assert!(got.repair.offline);
    assert_eq!(got.repair.timeout, Some(Duration::from_secs(7)));
    assert_eq!(got.report, ReportForm::Json);
    assert_eq!(got.cache_dir, Some("/tmp/cache".into()));
    assert_eq!(got.password, "secret");

    let typed = "chainmend check a.pem --roots mozilla --intermediates b.pem --timeout 9 --report text";
    let got = settings(typed, environment()).unwrap();
    assert_eq!(got.roots, [RootStore::Mozilla]);
    assert_eq!(got.intermediates, [PathBuf::from("b.pem")]);
    assert_eq!(got.repair.timeout, Some(Duration::from_secs(9)));
    assert_eq!(got.report, ReportForm::Text);
}

#[test]
fn the_environment_may_say_no_and_may_be_wrong() {
    for no in ["0", "false", "False", ""] {
        let environment = Environment { offline: Some(no.into()), ..Environment::default() };
        assert!(!settings("chainmend check a.pem", environment).unwrap().repair.offline, "{no}");
    }
    let wrong = |environment| settings("chainmend check a.pem", environment).unwrap_err().message;
    let report = Environment { report: Some("xml".into()), ..Environment::default() };
    assert_eq!(wrong(report), "CHAINMEND_REPORT is xml");
    for seconds in ["soon", "0", "-1"] {
        let timeout = Environment { timeout: Some(seconds.into()), ..Environment::default() };
        assert_eq!(wrong(timeout), format!("CHAINMEND_TIMEOUT is {seconds}"));
    }
}

#[test]
fn hosts_are_names_or_addresses() {
    assert_eq!(host("Shop.Example.COM.").unwrap(), Host::Dns("shop.example.com".to_owned()));
    assert_eq!(host("bücher.example").unwrap(), Host::Dns("xn--bcher-kva.example".to_owned()));
    assert_eq!(host("192.0.2.1").unwrap(), Host::Ip("192.0.2.1".parse().unwrap()));
    assert_eq!(host("[2001:db8::1]").unwrap(), Host::Ip("2001:db8::1".parse().unwrap()));
    assert_eq!(host("2001:db8::1").unwrap(), Host::Ip("2001:db8::1".parse().unwrap()));
    assert!(host("https://a.example").unwrap_err().help.unwrap().contains("https://"));
    assert!(host("a.example:443").unwrap_err().help.unwrap().contains("port"));
    assert!(host("[2001:db8::1]:443").unwrap_err().help.unwrap().contains("port"));
    assert!(host("*.a.example").unwrap_err().help.unwrap().contains("wildcard"));
    assert!(host("-a.example").is_err());
    assert!(host("127.1").is_err());
    assert!(host("").is_err());
    assert!(host("a b").is_err());
}

#[test]
fn suggested_commands_carry_what_changes_the_verdict() {
    let got = plain("chainmend check a.pem --roots my.pem --untrusted=-x.pem --include-root --offline -v");
    assert_eq!(got.carry, " --roots my.pem --intermediates ./-x.pem --include-root");
}

#[test]
fn ignoring_may_be_for_one_certificate() {
    let on = |sha256: &str| {
        let mut finding = Finding::new(Rule::Duplicate, "");
        finding.certificate = Some(chainmend::report::CertificateRef {
            sha256: sha256.to_owned(),
            subject: String::new(),
            input: None,
            line: None,
            short: String::new(),
            key_id: None,
            valid: None,
        });
        finding
    };
    let got = plain("chainmend check a.pem --ignore duplicate=AABBCCDD --ignore misordered");
    assert!(got.ignores(&on("aabbccdd00")));
    assert!(!got.ignores(&on("aabbcc00dd")));
    assert!(!got.ignores(&Finding::new(Rule::Duplicate, "")));
    assert!(got.ignores(&Finding::new(Rule::Misordered, "")));
}

#[test]
fn standard_output_holds_one_thing() {
    for (line, what) in [
        ("chainmend check -l a.pem --report json", "the list of files"),
        ("chainmend check --diff a.pem --report json", "what would change"),
        ("chainmend fix --diff a.pem --report json", "what would change"),
        ("chainmend fix --diff a.pem -o b.pem --report json", "what would change"),
        ("chainmend fix -il a.pem --report json", "the list of files"),
        ("chainmend fix -l a.pem", "the chain"),
        ("chainmend fix -l a.pem --chain-out -", "the chain"),
    ] {
        assert!(problem(line).contains(&format!("standard output holds {what}")), "{line}");
    }
    for line in
        ["check -l a.pem", "fix -il a.pem", "fix -l a.pem -o b.pem", "fix -l a.pem --out-dir d", "fix --diff a.pem"]
    {
        plain(&format!("chainmend {line}"));
        plain(&format!("chainmend {line} --report-file r.txt"));
    }
}

#[test]
fn a_folder_stands_for_three_files() {
    let Mode::Write(outputs) = plain("chainmend fix a.pem --out-dir d -o x.p7b --format p7b").mode else { panic!() };
    let files: Vec<_> = outputs.files().map(|(option, _, path)| (option, path.to_str().unwrap())).collect();
    let three = ["d/cert.pem", "d/chain.pem", "d/fullchain.pem"].map(|path| ("--out-dir", path));
    assert_eq!(files, [&[("-o", "x.p7b")], &three[..]].concat());
    assert_eq!(outputs.typed(), " -o x.p7b --out-dir d --format p7b");
    assert!(!outputs.to_stdout());
}

#[test]
fn inputs_are_replaced_by_both_parts_or_by_none() {
    let pair = |line: &str| match plain(line).mode {
        Mode::Write(outputs) => ["-o", "--leaf-out", "--chain-out"].map(|option| outputs.may_replace_input(option)),
        mode => panic!("{mode:?}"),
    };
    assert_eq!(pair("chainmend fix a b --leaf-out a --chain-out b -o c"), [false, true, true]);
    assert_eq!(pair("chainmend fix a b --leaf-out a"), [false; 3]);
    assert_eq!(pair("chainmend fix a b --leaf-out a --chain-out -"), [false; 3]);
    assert!(plain("chainmend fix a b --leaf-out a --chain-out b").repair.together);
    assert!(!plain("chainmend fix a b --leaf-out c --chain-out b").repair.together);
    assert!(plain("chainmend check --together a b").repair.together);
}
