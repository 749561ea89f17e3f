//! The JSON Schema in samples/: it takes what the program writes, and nothing else that looks like it.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::site;
use crate::support::pki::pem;
use crate::support::schema::{Schema, published, report_fault, strict};
use crate::support::trial::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial(true, "the_schema_is_one", schema),
        trial(true, "the_schema_takes_new_fields", new_fields),
        trial(true, "the_schema_refuses_what_is_no_report", wrong),
        trial(true, "lists_of_rules_are_as_the_schema_says", rules),
        trial(true, "a_report_is_written_where_nothing_could_be_looked_at", nothing),
        trial(true, "lines_are_the_bundles_of_the_document", lines),
    ]
}

fn report() -> Value {
    let site = site();
    let [leaf, _, ca1] = &site.chain;
    site.folder.write("a.pem", pem(&[leaf, ca1]));
    let run = site.run("json", &["check", "a.pem", "none.pem", "--intermediates", "issuers.pem"]).exits(2);
    serde_json::from_slice(&run.stdout).unwrap()
}

fn schema() {
    assert_eq!(published()["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(report_fault(&report()), None);
    for part in ["line", "answer", "rules"] {
        Schema::new(strict(), &format!("/$defs/{part}"));
    }
}

/// Version 1 only ever gets more fields, and what reads it must bear with that.
fn new_fields() {
    let mut report = report();
    report["new"] = json!(1);
    report["bundles"][0]["findings"][0]["new"] = json!({});
    assert_eq!(Schema::new(published(), "").fault(&report), None);
    assert!(report_fault(&report).is_some(), "the tests' own form of it is strict");
}

fn wrong() {
    let good = report();
    for (pointer, value) in [
        ("/version", json!(2)),
        ("/at", json!("yesterday")),
        ("/bundles/0/verdict", json!("fine")),
        ("/bundles/0/findings/0/severity", json!("fatal")),
        ("/bundles/0/findings/0/rule", json!("No Such Rule")),
        ("/bundles/0/findings/0/certificate/line", json!(0)),
        ("/bundles/0/findings/0/certificate/sha256", json!("AB")),
        ("/bundles/0/chain/0/source", json!("hearsay")),
        ("/bundles/0/chain/0/not_after", json!("2026-11-21")),
        ("/bundles/0/anchor", json!([])),
        ("/bundles/1/problems/0/message", json!(null)),
    ] {
        let mut report = good.clone();
        *report.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} in {good}")) = value;
        assert!(Schema::new(published(), "").fault(&report).is_some(), "{pointer}");
    }
}

fn rules() {
    let site = site();
    let schema = Schema::new(strict(), "/$defs/rules");
    for words in [&["explain", "--report", "json"][..], &["explain", "misordered", "--report", "json"]] {
        let run = site.folder.chainmend(words).exits(0);
        assert_eq!(schema.fault(&serde_json::from_slice(&run.stdout).unwrap()), None);
    }
}

fn nothing() {
    let site = site();
    let words = ["check", "a.pem", "--intermediates", "none.pem", "--report-file", "report"];
    for (form, wanted) in [
        ("json", "\"bundles\":[],\"problems\":[{\"message\":"),
        ("sarif", "\"executionSuccessful\":false"),
        ("github", "::error title=chainmend::cannot read"),
        ("prometheus", "chainmend_last_run_exit_code 2\n"),
        ("ndjson", ""),
    ] {
        site.run(form, &words).exits(2);
        let text = String::from_utf8(site.folder.read("report")).unwrap();
        assert!(text.contains(wanted), "{form}: {text}");
        if form == "json" {
            assert_eq!(report_fault(&serde_json::from_str(&text).unwrap()), None);
        }
    }
}

fn lines() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("a.pem", pem(&[leaf, ca1, ca2]));
    site.folder.write("b.pem", pem(&[leaf, ca2, ca1]));
    let words = ["check", "a.pem", "b.pem", "none.pem"];
    let document: Value = serde_json::from_slice(&site.run("json", &words).exits(2).stdout).unwrap();
    let text = site.run("ndjson", &words).exits(2).stdout_text();
    let lines = text.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let fields = line.as_object_mut().unwrap();
        assert_eq!(fields.remove("version"), Some(json!(1)));
        assert_eq!(fields.remove("at").as_ref(), document.get("at"));
        line
    });
    assert_eq!(Value::Array(lines.collect()), document["bundles"]);
}
