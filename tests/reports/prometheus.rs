//! Prometheus' text format, read strictly, and by the Python client's own parser.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

use crate::site;
use crate::support::pki::{Ca, Template, pem};
use crate::support::site::Site;
use crate::support::trial::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial(true, "every_certificate_of_the_chain_is_measured", chain),
        trial(true, "an_expired_leaf_is_measured_though_there_is_no_chain", expired),
        trial(true, "findings_are_counted_by_rule_and_severity", findings),
        trial(true, "a_bundle_that_is_named_twice_is_measured_once", twice),
        trial(true, "names_are_read_back_as_they_are", names),
        trial(true, "the_strict_reader_refuses_what_is_wrong", strict),
        trial(true, "the_alerts_in_samples_name_what_is_measured", alerts),
        trial(has_client(), "the_python_client_reads_it", client),
    ]
}

/// A name and labels.
type Key = (String, BTreeMap<String, String>);

/// Each with its value.
type Samples = BTreeMap<Key, f64>;

/// What is wrong with a text.
pub fn fault(text: &str) -> Option<String> {
    read(text).err()
}

/// The text format of version 0.0.4, and what the textfile collector and `promtool check metrics` want
/// besides: HELP and TYPE once and before the samples, a family in one place, no sample twice.
fn read(text: &str) -> Result<Samples, String> {
    let mut samples = Samples::new();
    let mut families = BTreeSet::new();
    let (mut family, mut helped) = (String::new(), String::new());
    if !text.is_empty() && !text.ends_with('\n') {
        return Err("the last line has no end".to_owned());
    }
    for line in text.split_terminator('\n') {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped = help.split_once(' ').ok_or("a HELP without a text")?.0.to_owned();
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').ok_or("a TYPE without a type")?;
            if name != helped || kind != "gauge" || !families.insert(name.to_owned()) {
                return Err(format!("TYPE of {name}: twice, without HELP before it, or no gauge"));
            }
            name.clone_into(&mut family);
        } else {
            let (key, value) = sample(line).map_err(|error| format!("{error}: {line}"))?;
            if key.0 != family {
                return Err(format!("{} stands among those of {family}", key.0));
            }
            if samples.insert(key, value).is_some() {
                return Err(format!("twice: {line}"));
            }
        }
    }
    Ok(samples)
}

fn sample(line: &str) -> Result<(Key, f64), String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = line.find(|c| !word(c)).ok_or("no value")?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, value) = rest.split_once("=\"").ok_or("no label")?;
            if label.is_empty() || !label.chars().all(word) {
                return Err(format!("`{label}` is no label"));
            }
            let mut text = String::new();
            let mut chars = value.char_indices();
            let end = loop {
                match chars.next().ok_or("no closing quote")? {
                    (_, '\\') => match chars.next().ok_or("no closing quote")?.1 {
                        'n' => text.push('\n'),
                        c @ ('\\' | '"') => text.push(c),
                        c => return Err(format!("`\\{c}` is no escape")),
                    },
                    (end, '"') => break end,
                    (_, c) => text.push(c),
                }
            };
            if labels.insert(label.to_owned(), text).is_some() {
                return Err(format!("label {label} twice"));
            }
            rest = &value[end + 1..];
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ').ok_or("no space before the value")?;
    Ok(((name.to_owned(), labels), value.parse().map_err(|_| format!("`{value}` is no value"))?))
}

fn measured(site: &Site, words: &[&str]) -> Samples {
    let text = site.run("prometheus", words).stdout_text();
    read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The values of a family, by one of its labels.
fn by(samples: &Samples, family: &str, label: &str) -> BTreeMap<String, f64> {
    let of = samples.iter().filter(|((name, _), _)| name == family);
    of.map(|((_, labels), value)| (labels[label].clone(), *value)).collect()
}

/// 2054-01-01 and 2027-02-12, midnight UTC.
const CA_END: f64 = 2_650_838_400.0;
const LEAF_END: f64 = 1_802_390_400.0;

fn chain() {
    let site = site();
    let [_, ca2, ca1] = &site.chain;
    let leaf = ca2.issue(Template::leaf(&["blog.example.com"]).until("2027-02-12"));
    site.folder.write("blog.pem", pem(&[&leaf, ca2, ca1]));
    let samples = measured(&site, &["check", "blog.pem"]);
    let ends = by(&samples, "chainmend_certificate_not_after_seconds", "position");
    assert_eq!(ends, [("0", LEAF_END), ("1", CA_END), ("2", CA_END)].map(|(p, e)| (p.to_owned(), e)).into());
    let names = by(&samples, "chainmend_certificate_not_after_seconds", "subject");
    assert!(names.contains_key("CN=Acme TLS CA 2"), "{names:?}");
    assert_eq!(by(&samples, "chainmend_chain_not_after_seconds", "bundle")["blog.pem"], LEAF_END);
    assert_eq!(by(&samples, "chainmend_bundle_verdict", "verdict"), [("ok".to_owned(), 1.0)].into());
    assert_eq!(by(&samples, "chainmend_bundles", "verdict").values().sum::<f64>(), 1.0);
    assert!(samples[&("chainmend_last_run_timestamp_seconds".to_owned(), BTreeMap::new())] > 1.7e9);
    assert_eq!(samples[&("chainmend_last_run_exit_code".to_owned(), BTreeMap::new())], 0.0);
}

fn expired() {
    let site = site();
    let [_, ca2, ca1] = &site.chain;
    let leaf = ca2.issue(Template::leaf(&["blog.example.com"]).until("2026-01-01"));
    site.folder.write("blog.pem", pem(&[&leaf, ca2, ca1]));
    let samples = measured(&site, &["check", "blog.pem"]);
    assert_eq!(by(&samples, "chainmend_bundle_verdict", "verdict"), [("broken".to_owned(), 1.0)].into());
    assert_eq!(by(&samples, "chainmend_chain_not_after_seconds", "bundle")["blog.pem"], 1_767_225_600.0);
    assert_eq!(samples[&("chainmend_last_run_exit_code".to_owned(), BTreeMap::new())], 1.0);
}

fn findings() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    let stray = Ca::root("Stray Root").issue_ca("Stray CA");
    site.folder.write("a.pem", pem(&[ca2, leaf, ca1, ca1, ca1, &stray]));
    let samples = measured(&site, &["check", "a.pem"]);
    let counts = by(&samples, "chainmend_bundle_findings", "rule");
    let wanted = [("duplicate", 2.0), ("leaf-not-first", 1.0), ("unrelated", 1.0)];
    assert_eq!(counts, wanted.map(|(rule, count)| (rule.to_owned(), count)).into());
    let by_severity = by(&samples, "chainmend_bundle_findings", "severity");
    assert!(by_severity.contains_key("error") && by_severity.contains_key("warning"));
}

fn twice() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("a.pem", pem(&[leaf, ca1, ca2]));
    let samples = measured(&site, &["check", "a.pem", "a.pem"]);
    assert_eq!(by(&samples, "chainmend_bundle_findings", "rule")["misordered"], 1.0);
    assert_eq!(by(&samples, "chainmend_bundles", "verdict")["repairable"], 2.0);
}

const ODD: [&str; 3] = ["a\"b\\c.pem", "two\nlines.pem", "a{b=\"c\"} 1.pem"];

fn names() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    ODD.iter().for_each(|name| drop(site.folder.write(name, pem(&[leaf, ca2, ca1]))));
    let samples = measured(&site, &[&["check"], &ODD[..]].concat());
    let bundles: Vec<String> = by(&samples, "chainmend_bundle_verdict", "bundle").into_keys().collect();
    assert_eq!(bundles.iter().collect::<BTreeSet<_>>(), ODD.map(str::to_owned).iter().collect());
}

fn strict() {
    let good = "# HELP a b\n# TYPE a gauge\na{b=\"c\"} 1\n";
    assert_eq!(fault(good), None);
    for bad in [
        "a 1\n",
        "# TYPE a gauge\na 1\n",
        "# HELP a b\n# TYPE a gauge\na 1",
        "# HELP a b\n# TYPE a gauge\na 1\na 2\n",
        "# HELP a b\n# TYPE a gauge\na{b=\"c} 1\n",
        "# HELP a b\n# TYPE a gauge\na{b=\"\\c\"} 1\n",
        "# HELP a b\n# TYPE a gauge\na x\n",
        "# HELP a b\n# TYPE a gauge\na 1\n# HELP a b\n# TYPE a gauge\n",
    ] {
        assert!(fault(bad).is_some(), "{bad}");
    }
}

fn alerts() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("a.pem", pem(&[leaf, ca1, ca2]));
    let samples = measured(&site, &["check", "a.pem"]);
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/prometheus-alerts.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let named: BTreeSet<&str> = words.filter(|word| word.starts_with("chainmend_")).collect();
    assert!(named.len() >= 4, "{named:?}");
    for name in named {
        assert!(samples.keys().any(|(measured, _)| measured == name), "{name}");
    }
}

fn python() -> Command {
    let mut command = Command::new("python3");
    if let Some(folder) = std::env::var_os("CHAINMEND_PROMETHEUS") {
        command.env("PYTHONPATH", folder);
    }
    command
}

fn has_client() -> bool {
    let import = "from prometheus_client.parser import text_string_to_metric_families";
    python().args(["-c", import]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Prints how many samples there are, and each bundle's name.
const READER: &str = "
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.buffer.read().decode()))
assert all(f.type == 'gauge' and f.documentation for f in families), families
samples = [s for f in families for s in f.samples]
print(json.dumps([len(samples), sorted(s.labels['bundle'] for s in samples if s.name == 'chainmend_bundle_verdict')]))
";

fn client() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    ODD.iter().for_each(|name| drop(site.folder.write(name, pem(&[leaf, ca1, ca2]))));
    let text = site.run("prometheus", &[&["check"], &ODD[..]].concat()).stdout_text();
    let mut child = python().args(["-c", READER]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}");
    let got: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut names = ODD.to_vec();
    names.sort_unstable();
    assert_eq!(got, serde_json::json!([read(&text).unwrap().len(), names]));
}
