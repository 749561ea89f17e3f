//! SARIF, held against its schema, and its fixes against what `fix -i` writes.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::site;
use crate::support::pki::{Cert, pem};
use crate::support::schema::Schema;
use crate::support::site::Site;
use crate::support::trial::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial(has_schema(), "the_schema_refuses_what_is_wrong", schema_works),
        trial(true, "fixes_applied_are_what_fix_writes", fixes),
        trial(true, "no_key_is_told", no_key),
        trial(true, "a_fix_is_told_only_where_fix_would_write", no_fixes),
        trial(true, "a_result_stands_where_the_certificate_stands", places),
        trial(true, "paths_are_uris", uris),
        trial(true, "rules_have_their_pages", rules),
        trial(true, "fingerprints_outlive_moves_and_tell_findings_apart", fingerprints),
        trial(true, "what_could_not_be_read_is_a_notification", notifications),
        trial(true, "what_was_mended_is_informational", mended),
    ]
}

fn official() -> Option<Value> {
    let path = std::env::var_os("CHAINMEND_SARIF_SCHEMA")?;
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn has_schema() -> bool {
    official().is_some()
}

/// By the official schema, where that is at hand; in any case by what it says of the parts that are used.
pub fn fault(text: &str) -> Option<String> {
    static OFFICIAL: OnceLock<Option<Schema>> = OnceLock::new();
    let log: Value = match serde_json::from_str(text) {
        Ok(log) => log,
        Err(error) => return Some(error.to_string()),
    };
    let official = OFFICIAL.get_or_init(|| {
        official().map(|mut schema| {
            let fields = schema.as_object_mut().unwrap();
            ["id", "$id"].iter().for_each(|id| drop(fields.remove(*id)));
            Schema::new(schema, "")
        })
    });
    official.as_ref().and_then(|schema| schema.fault(&log)).or_else(|| own_fault(&log))
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn own_fault(log: &Value) -> Option<String> {
    let [run] = list(log, "runs") else { return Some("not one run".to_owned()) };
    if log["version"] != "2.1.0" || !log["$schema"].as_str()?.ends_with("sarif-schema-2.1.0.json") {
        return Some("another version".to_owned());
    }
    let driver = &run["tool"]["driver"];
    let rules: Vec<&str> = list(driver, "rules").iter().filter_map(|rule| rule["id"].as_str()).collect();
    let mut unique = rules.clone();
    unique.dedup();
    if driver["name"] != "chainmend" || unique.len() != rules.len() {
        return Some("a driver without a name, or a rule twice".to_owned());
    }
    let mut used: Vec<&str> = Vec::new();
    for result in list(run, "results") {
        let id = result["ruleId"].as_str()?;
        used.push(id);
        let fails = result["kind"] == "fail";
        let level = result["level"].as_str()?;
        if !rules.contains(&id) || fails == (level == "none") || result["message"]["text"].as_str()?.is_empty() {
            return Some(format!("result {result}"));
        }
        if list(result, "locations").len() != 1 {
            return Some(format!("not one location: {result}"));
        }
    }
    rules.iter().find(|rule| !used.contains(rule)).map(|rule| format!("{rule} has no result"))
}

fn log(site: &Site, words: &[&OsStr], exit: i32) -> Value {
    let options = ["--report", "sarif", "--roots", "roots.pem", "--offline", "--at", "2026-11-21"];
    let words: Vec<&OsStr> = words.iter().copied().chain(options.iter().map(OsStr::new)).collect();
    let run = site.folder.chainmend(&words).exits(exit);
    let text = run.stdout_text();
    assert_eq!(fault(&text), None, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn check(site: &Site, words: &[&str], exit: i32) -> Value {
    let words: Vec<&OsStr> = std::iter::once("check").chain(words.iter().copied()).map(OsStr::new).collect();
    log(site, &words, exit)
}

fn results(log: &Value) -> &[Value] {
    list(&log["runs"][0], "results")
}

fn schema_works() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("a.pem", pem(&[leaf, ca1, ca2]));
    let good = check(&site, &["a.pem"], 1);
    for (pointer, value) in [
        ("/version", Value::from("2.0.0")),
        ("/runs/0/results/0/level", Value::from("fatal")),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", Value::from(0)),
        ("/runs/0/results/0/fixes/0/artifactChanges/0/replacements/0/deletedRegion", Value::Null),
        ("/runs/0/tool/driver/name", Value::Null),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} in {good}")) = value;
        assert!(fault(&bad.to_string()).is_some(), "{pointer}");
    }
}

/// Applies every fix of a log to a text: from the end, so that places stay right.
fn applied(log: &Value, text: &str) -> String {
    let mut text: Vec<char> = text.chars().collect();
    let fixes: Vec<&Value> = results(log).iter().flat_map(|result| list(result, "fixes")).collect();
    let [fix] = fixes.as_slice() else { panic!("{} fixes", fixes.len()) };
    let [change] = list(fix, "artifactChanges") else { panic!("{fix}") };
    for replacement in list(change, "replacements").iter().rev() {
        let region = &replacement["deletedRegion"];
        let at = |line: &str, column: &str| {
            let (line, column) = (region[line].as_u64().unwrap(), region[column].as_u64().unwrap());
            let mut starts =
                std::iter::once(0).chain(text.iter().enumerate().filter(|(_, c)| **c == '\n').map(|(i, _)| i + 1));
            starts.nth(usize::try_from(line - 1).unwrap()).unwrap() + usize::try_from(column - 1).unwrap()
        };
        let range = at("startLine", "startColumn")..at("endLine", "endColumn");
        let inserted = replacement["insertedContent"]["text"].as_str().unwrap_or_default();
        text.splice(range, inserted.chars());
    }
    text.into_iter().collect()
}

fn fixes() {
    let site = site();
    let (root, [leaf, ca2, ca1]) = (&site.root, &site.chain);
    let key = leaf.private_key_pem();
    let (l, c2, c1, r) = (leaf.pem(), ca2.pem(), ca1.pem(), root.pem());
    let texts = [
        ("misordered", format!("{l}{c1}{c2}")),
        ("reversed", format!("{c1}{c2}{l}")),
        ("a root at the end", format!("{l}{c2}{c1}{r}")),
        ("a root in front", format!("{r}{l}{c2}{c1}")),
        ("the leaf alone", l.clone()),
        ("a gap", format!("{l}{c1}")),
        ("twice", format!("{l}{c2}{c2}{c1}{l}")),
        ("a key in front", format!("{key}{l}{c1}{c2}")),
        ("a key in the middle", format!("{c2}{key}{l}{c1}")),
        ("a key behind", format!("{l}{c1}{c2}{key}")),
        ("a key between root and leaf", format!("{r}{key}{l}{c2}{c1}")),
        ("comments", format!("# zürich ü\n\n# leaf\n{l}\n# the others\n{c1}\ntext\n{c2}end\n")),
        ("no last line's end", format!("{l}{c1}{c2}").trim_end().to_owned()),
        ("glued", format!("{l}{c2}{c1}").replace("-----\n-----BEGIN", "----------BEGIN")),
        ("glued to a key", format!("{l}{key}{c1}{c2}").replace("-----\n-----BEGIN", "----------BEGIN")),
        ("indented", format!("{l}{c2}{c1}").replace("\n", "\n  ")),
        ("CRLF", format!("{l}{c1}{c2}{key}").replace('\n', "\r\n")),
        ("CRLF and LF", format!("{}{c1}{c2}", l.replace('\n', "\r\n"))),
        (
            "parameters",
            format!("-----BEGIN DH PARAMETERS-----\nMAYCAQACAQI=\n-----END DH PARAMETERS-----\n{c2}{l}{c1}"),
        ),
        ("damaged later", format!("{l}{c2}{c1}{}", c2.replacen('M', "?", 1))),
    ];
    for (name, text) in texts {
        for file in ["a.pem", "b.pem"] {
            site.folder.write(file, &text);
        }
        let log = check(&site, &["a.pem", "--intermediates", "issuers.pem"], 1);
        let words = ["fix", "-i", "b.pem", "--roots", "roots.pem", "--offline", "--intermediates", "issuers.pem"];
        site.folder.chainmend(&words).exits(0);
        let written = String::from_utf8(site.folder.read("b.pem")).unwrap();
        assert_eq!(applied(&log, &text), written, "{name}");
        assert_ne!(text, written, "{name}");
        site.folder.write("c.pem", &written);
        assert_eq!(results(&check(&site, &["c.pem"], 0)), [] as [Value; 0], "{name}");
    }
}

fn no_key() {
    let site = site();
    let (root, [leaf, ca2, ca1]) = (&site.root, &site.chain);
    let key = leaf.private_key_pem();
    let secret = key.lines().nth(1).unwrap();
    for certificates in [vec![root, leaf, ca1, ca2], vec![leaf], vec![ca1, ca2, leaf]] {
        for place in 0..=certificates.len() {
            let mut blocks: Vec<String> = certificates.iter().map(|certificate| certificate.pem()).collect();
            blocks.insert(place, key.clone());
            site.folder.write("a.pem", blocks.concat());
            let log = check(&site, &["a.pem", "--intermediates", "issuers.pem"], 1).to_string();
            assert!(log.contains("\"fixes\"") && !log.contains(secret) && !log.contains("BEGIN PRIVATE"), "{log}");
        }
    }
}

fn no_fixes() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    let misordered = pem(&[leaf, ca1, ca2]);
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(misordered.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    site.folder.write("bom.pem", format!("\u{feff}{misordered}"));
    site.folder.write("utf16.pem", utf16);
    site.folder.write("lone.pem", leaf.pem());
    site.folder.write("a.der", [leaf.der(), ca1.der(), ca2.der()].concat());
    site.folder.write("etc/live/a/fullchain.pem", &misordered);
    site.folder.write("etc/renewal/a.conf", "fullchain = /etc/letsencrypt/live/a/fullchain.pem\n");
    for file in ["bom.pem", "utf16.pem", "lone.pem", "a.der", "etc/live/a/fullchain.pem"] {
        let log = check(&site, &[file], 1);
        assert!(!results(&log).is_empty(), "{file}");
        assert!(results(&log).iter().all(|result| result.get("fixes").is_none()), "{file}: {log}");
    }
    // In a binary file there are no lines.
    let log = check(&site, &["a.der"], 1);
    let region = &results(&log)[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(*region, Value::Null);
}

fn places() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("a.pem", format!("# ours\n{}", pem(&[ca2, leaf, ca1])));
    let log = check(&site, &["a.pem"], 1);
    let [result] = results(&log) else { panic!("{log}") };
    let physical = &result["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"], serde_json::json!({"uri": "a.pem", "uriBaseId": "%SRCROOT%"}));
    let lines = |certificate: &Cert| certificate.pem().lines().count();
    let start = 2 + lines(ca2);
    assert_eq!(physical["region"], serde_json::json!({"startLine": start, "endLine": start + lines(leaf) - 1}));
    assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "CN=shop.example.com");
    assert_eq!((&result["kind"], &result["level"]), (&"fail".into(), &"error".into()));
    assert_eq!(result["properties"]["sha256"], leaf.fingerprint());
}

fn uris() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    let absolute = site.folder.path("d.pem");
    for (name, uri) in [
        (b"certs/my site#1.pem".as_slice(), "certs/my%20site%231.pem".to_owned()),
        (b"\xff\xfe.pem", "%FF%FE.pem".to_owned()),
        ("zürich%.pem".as_bytes(), "z%C3%BCrich%25.pem".to_owned()),
        (b"./x:y.pem", "x%3Ay.pem".to_owned()),
        (absolute.as_os_str().as_bytes(), format!("file://{}", absolute.display())),
    ] {
        let name = OsStr::from_bytes(name);
        let path = site.folder.path("").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, pem(&[leaf, ca1, ca2])).unwrap();
        let log = log(&site, &[OsStr::new("check"), name], 1);
        assert_eq!(results(&log)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], uri, "{name:?}");
    }
    let [own, issuers] = [b"\xfd.crt".as_slice(), b"\xfc.crt"].map(OsStr::from_bytes);
    std::fs::write(site.folder.path("").join(own), pem(&[leaf])).unwrap();
    std::fs::write(site.folder.path("").join(issuers), pem(&[ca1, ca2])).unwrap();
    let log = log(&site, &[OsStr::new("check"), OsStr::new("--together"), own, issuers], 1);
    assert_eq!(results(&log)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "%FC.crt");
    let input = pem(&[leaf, ca1, ca2]);
    let words = ["check", "-", "--report", "sarif", "--roots", "roots.pem", "--offline"];
    let run = site.folder.chainmend_with(&words, &[], Some(input.as_bytes())).exits(1);
    assert_eq!(fault(&run.stdout_text()), None);
    let log: Value = serde_json::from_slice(&run.stdout).unwrap();
    let artifact = &results(&log)[0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!((&artifact["uri"], &artifact["description"]["text"]), (&Value::Null, &"standard input".into()));
}

fn rules() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("a.pem", pem(&[ca2, leaf, ca1, ca1]));
    let log = check(&site, &["a.pem"], 1);
    let rules = list(&log["runs"][0]["tool"]["driver"], "rules");
    let ids: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert_eq!(ids, ["leaf-not-first", "duplicate"]);
    for rule in rules {
        let name = rule["id"].as_str().unwrap();
        assert!(rule["helpUri"].as_str().unwrap().ends_with(&format!("/src/rules/{}.md", name.replace('-', "_"))));
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with(&format!("# {name}\n")));
        assert_eq!(rule["properties"]["problem.severity"], rule["defaultConfiguration"]["level"]);
    }
}

fn fingerprints() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("a.pem", pem(&[leaf, ca2, ca1, ca1, ca1]));
    site.folder.write("moved.pem", format!("# moved\n\n{}", pem(&[leaf, ca2, ca1, ca1, ca1])));
    let marks = |file: &str| -> Vec<String> {
        let log = check(&site, &[file], 1);
        let mark =
            |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned();
        results(&log).iter().map(mark).collect()
    };
    let mut unique = marks("a.pem");
    assert_eq!(unique, marks("moved.pem"));
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), 2, "{unique:?}");
    assert!(unique[0].ends_with(":1") && unique[1].ends_with(":2"), "{unique:?}");
}

fn notifications() {
    let site = site();
    let log = check(&site, &["none.pem"], 2);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&false.into(), &2.into()));
    let [notification] = list(invocation, "toolExecutionNotifications") else { panic!("{log}") };
    assert_eq!(notification["message"]["text"], "cannot read none.pem: no such file");
    assert_eq!(notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "none.pem");
}

fn mended() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("a.pem", pem(&[leaf, ca1, ca2]));
    let words = ["fix", "-i", "a.pem", "--report", "sarif", "--roots", "roots.pem", "--offline"];
    let text = site.folder.chainmend(&words).exits(0).stdout_text();
    assert_eq!(fault(&text), None, "{text}");
    let log: Value = serde_json::from_str(&text).unwrap();
    let [result] = results(&log) else { panic!("{log}") };
    assert_eq!((&result["kind"], &result["level"]), (&"informational".into(), &"none".into()));
    assert!(result["message"]["text"].as_str().unwrap().ends_with("\nfixed: reordered"));
    assert_eq!(result["locations"][0]["physicalLocation"].get("region"), None);
}
