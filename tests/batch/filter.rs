//! `chainmend filter`: JSON in and out, line by line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::pki::{Ca, pem};
use crate::support::schema::{Schema, strict};
use crate::support::trial::trial;
use crate::{Site, ended, has};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(true, "each_line_has_its_answer", answers),
        trial(true, "the_id_comes_back_as_it_is", ids),
        trial(true, "a_private_key_never_comes_out", keys),
        trial(true, "a_line_that_is_no_question_has_an_answer_too", no_questions),
        trial(true, "a_line_too_long_costs_only_itself", too_long),
        trial(true, "it_answers_before_the_next_question_is_asked", interactive),
        trial(true, "answers_are_in_order_whatever_the_threads", order),
        trial(true, "options_are_those_of_fix", options),
        trial(true, "intermediates_that_cannot_be_read_are_named_once", damaged),
        trial(true, "a_reader_that_hangs_up_is_no_error", hang_up),
        trial(has("parallel"), "parallel_shares_out_the_lines", parallel),
    ]
}

/// What the program answers to these lines.
fn filter(site: &Site, words: &[&str], input: &[u8], exit: i32) -> Vec<Value> {
    let (answers, stderr) = filter_noting(site, words, input, exit);
    assert_eq!(stderr, "");
    answers
}

/// The same, and what it notes beside it.
fn filter_noting(site: &Site, words: &[&str], input: &[u8], exit: i32) -> (Vec<Value>, String) {
    let words = [&["filter", "--offline"], words].concat();
    let mut child = site.command(&words, 1).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let (code, stdout, stderr) = ended(child);
    writer.join().unwrap();
    assert_eq!(code, exit, "{stdout}{stderr}");
    let schema = Schema::new(strict(), "/$defs/answer");
    let read = |line: &str| {
        let answer: Value = serde_json::from_str(line).unwrap();
        assert_eq!(schema.fault(&answer), None, "{line}");
        answer
    };
    (stdout.lines().map(read).collect(), stderr)
}

fn question(id: impl Into<Value>, pem: &str) -> String {
    json!({"id": id.into(), "pem": pem}).to_string() + "\n"
}

fn verdicts(answers: &[Value]) -> Vec<&str> {
    answers.iter().map(|answer| answer["verdict"].as_str().unwrap()).collect()
}

fn damaged() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("pool.pem", ca1.pem() + &ca2.pem().replace("MI", "M!"));
    let words = ["--intermediates", "pool.pem"];
    let lacking = question(1, &leaf.pem()) + &question(2, &leaf.pem());
    let (got, notes) = filter_noting(&site, &words, lacking.as_bytes(), 1);
    assert_eq!(verdicts(&got), ["incomplete", "incomplete"]);
    assert!(notes.starts_with("note: pool.pem:") && notes.lines().count() == 1, "{notes}");
    let got = filter(&site, &words, question(1, &pem(&[leaf, ca2, ca1])).as_bytes(), 0);
    assert_eq!(verdicts(&got), ["ok"]);
}

fn answers() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    let full = pem(&[leaf, ca2, ca1]);
    let input = [
        question(1, &full),
        question(2, &pem(&[ca1, leaf, ca2])),
        "\n \r\n".to_owned(),
        question(3, &leaf.pem()),
        question(4, &ca2.pem()),
        question(5, "no certificate"),
    ];
    let got = filter(&site, &[], input.concat().as_bytes(), 2);
    assert_eq!(verdicts(&got), ["ok", "repaired", "incomplete", "broken", "unreadable"]);
    let ids: Vec<&Value> = got.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    assert_eq!((&got[0]["pem"], &got[1]["pem"]), (&json!(full), &json!(full)));
    assert!(got[2..].iter().all(|answer| answer.get("pem").is_none()), "{got:?}");
    assert_eq!(got[1]["findings"][0]["rule"], "leaf-not-first");
    assert_eq!(got[1]["findings"][0]["certificate"]["input"], "pem");
    assert_eq!(verdicts(&filter(&site, &[], input[..2].concat().as_bytes(), 0)), ["ok", "repaired"]);
    assert_eq!(verdicts(&filter(&site, &[], input[3].as_bytes(), 1)), ["incomplete"]);
    assert_eq!(filter(&site, &[], b"", 0), [] as [Value; 0]);
}

/// To the letter, which a JSON value that was read and written again would not be.
fn ids() {
    let site = Site::new();
    for id in [
        "1.50",
        "1e400",
        "123456789012345678901234567890",
        "\"\\u00e9\"",
        "{\"b\":1,\"a\":[null, true]}",
        "null",
        "\"\"",
    ] {
        let mut child = site.command(&["filter", "--offline"], 1).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{{\"other\": 1, \"pem\": \"x\", \"id\": {id}}}").unwrap();
        let (_, stdout, _) = ended(child);
        assert!(stdout.starts_with(&format!("{{\"id\":{id},\"verdict\":\"unreadable\",")), "{stdout}");
    }
    assert_eq!(filter(&site, &[], b"{\"pem\":\"x\"}", 2)[0]["id"], Value::Null);
}

fn keys() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    let key = leaf.private_key_pem();
    let other = Ca::root("Other").issue_leaf(&["other.example.com"]).private_key_pem();
    let both = |pem: String| format!("{key}{pem}{key}");
    let lines = [
        question(1, &both(pem(&[leaf, ca2, ca1]))),
        question(2, &both(pem(&[ca1, leaf, ca2]))),
        question(3, &both(leaf.pem())),
        question(4, &key),
        question(5, &format!("{}{other}", pem(&[leaf, ca2, ca1]))),
        json!({"pem": [key]}).to_string() + "\n",
        json!(key).to_string() + "\n",
        json!({"id": 1, "pem": key}).to_string().replace('}', "") + "\n",
        json!({"pem": key, "x": key}).to_string().replace("\"x\"", "\"pem\"") + "\n",
        key.replace('\n', " ") + "\n",
    ];
    let secrets = [key.lines().nth(1).unwrap(), other.lines().nth(1).unwrap()];
    let got = filter(&site, &[], lines.concat().as_bytes(), 2);
    assert_eq!(got.len(), lines.len());
    assert_eq!(verdicts(&got)[..5], ["ok", "repaired", "incomplete", "unreadable", "broken"]);
    for answer in &got {
        let text = answer.to_string();
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
        assert!(!text.contains("BEGIN PRIVATE"), "{text}");
    }
}

fn no_questions() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    let right = question(9, &pem(&[leaf, ca2, ca1]));
    for (line, id, error) in [
        ("{", Value::Null, "line 1 is no JSON (column 1)"),
        ("hello", Value::Null, "line 1 is no JSON (column 1)"),
        ("[]", Value::Null, "line 1 is no object with one \"id\" and one \"pem\""),
        ("{\"id\":1}", json!(1), "line 1 has no \"pem\""),
        ("{\"id\":1,\"pem\":null}", json!(1), "line 1 has no \"pem\""),
        ("{\"id\":1,\"pem\":7}", json!(1), "in line 1 \"pem\" is no string"),
        ("{\"id\":1,\"pem\":\"\\ud800\"}", json!(1), "in line 1 \"pem\" is no string"),
        ("{\"id\":1,\"id\":2,\"pem\":\"\"}", Value::Null, "line 1 is no object with one \"id\" and one \"pem\""),
        ("{\"id\":1,\"pem\":\"a\",\"pem\":\"b\"}", json!(1), "line 1 is no object with one \"id\" and one \"pem\""),
        ("{\"pem\":\"a\",\"pem\":\"b\",\"id\":[1]}", json!([1]), "line 1 is no object with one \"id\" and one \"pem\""),
        ("{\"id\":null,\"id\":2,\"pem\":\"\"}", Value::Null, "line 1 is no object with one \"id\" and one \"pem\""),
        ("7", Value::Null, "line 1 is no object with one \"id\" and one \"pem\""),
        ("{\"id\":1,\"pem\":\"\"} {}", Value::Null, "line 1 is no JSON"),
    ] {
        let got = filter(&site, &[], format!("{line}\n{right}").as_bytes(), 2);
        assert_eq!(verdicts(&got), ["unreadable", "ok"], "{line}");
        assert_eq!((&got[0]["id"], &got[1]["id"]), (&id, &json!(9)), "{line}");
        assert!(got[0]["error"].as_str().unwrap().starts_with(error), "{line}: {}", got[0]["error"]);
    }
    let got = filter(&site, &[], &[b"\xff\xfe\n", right.as_bytes()].concat(), 2);
    assert_eq!(verdicts(&got), ["unreadable", "ok"]);
    // Deeper than most parsers go, and given back all the same.
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let mut child = site.command(&["filter", "--offline"], 1).spawn().unwrap();
    write!(child.stdin.take().unwrap(), "{{\"id\":{deep},\"pem\":\"\"}}\n{right}").unwrap();
    let (code, stdout, _) = ended(child);
    assert_eq!((code, stdout.lines().count()), (2, 2));
    assert!(stdout.starts_with(&format!("{{\"id\":{deep},\"verdict\":\"unreadable\"")));
}

fn too_long() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    let right = question(2, &pem(&[leaf, ca2, ca1]));
    let long = question(1, &"x".repeat(21 * 1024 * 1024));
    let got = filter(&site, &[], format!("{long}{right}").as_bytes(), 2);
    assert_eq!(verdicts(&got), ["unreadable", "ok"]);
    assert_eq!(got[0]["error"], "line 1 is longer than 12 MiB");
}

fn interactive() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    for jobs in ["1", "3"] {
        let mut child = site.command(&["filter", "--offline", "-j", jobs], 1).spawn().unwrap();
        let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut lines = BufReader::new(stdout).lines();
        for number in 0..5 {
            stdin.write_all(question(number, &pem(&[leaf, ca1, ca2])).as_bytes()).unwrap();
            let answer: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            assert_eq!(answer["id"], number);
        }
        drop(stdin);
        assert_eq!(ended(child).0, 0);
    }
}

fn order() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    let pems = [pem(&[leaf, ca1, ca2]), "x".to_owned(), pem(&[leaf, ca2, ca1])];
    let input: String = (0..600).map(|number| question(number, &pems[number % 3])).collect();
    let one = filter(&site, &["-j", "1"], input.as_bytes(), 2);
    assert_eq!(
        one.iter().map(|answer| answer["id"].as_u64().unwrap()).collect::<Vec<_>>(),
        (0..600).collect::<Vec<_>>()
    );
    assert_eq!(filter(&site, &["-j", "6"], input.as_bytes(), 2), one);
}

fn options() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("issuers.pem", pem(&[ca2, ca1]));
    let alone = question(1, &leaf.pem());
    let got = filter(&site, &["--intermediates", "issuers.pem", "--include-root"], alone.as_bytes(), 0);
    let root = String::from_utf8(site.folder.read("roots.pem")).unwrap();
    assert_eq!(got[0]["pem"], pem(&[leaf, ca2, ca1]) + &root);
    let wrong = question(1, &pem(&[leaf, ca2, ca1]));
    assert_eq!(verdicts(&filter(&site, &["--host", "other.example.com"], wrong.as_bytes(), 1)), ["broken"]);
    assert_eq!(verdicts(&filter(&site, &["--fail-on", "misordered"], wrong.as_bytes(), 0)), ["ok"]);
    for option in [
        &["--key", "k.pem"][..],
        &["--together"],
        &["--leaf", "0123456789abcdef"],
        &["--report", "json"],
        &["site.pem"],
    ] {
        let (code, stdout, stderr) = ended(site.command(&[&["filter"], option].concat(), 1).spawn().unwrap());
        assert_eq!((code, stdout.as_str()), (2, ""), "{option:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    let mut child = site.command(&["filter", "--offline"], 1).env("CHAINMEND_REPORT", "json").spawn().unwrap();
    child.stdin.take().unwrap().write_all(wrong.as_bytes()).unwrap();
    assert_eq!(ended(child).0, 0, "there is no other form");
}

fn hang_up() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    let input = question(1, &pem(&[leaf, ca2, ca1])).repeat(2000);
    let mut child = site.command(&["filter", "--offline"], 1).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    assert!(lines.next().unwrap().is_ok());
    drop(lines);
    let (code, _, stderr) = ended(child);
    writer.join().unwrap();
    assert_eq!((code, stderr.as_str()), (0, ""));
}

fn parallel() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    let input: String = (0..2000).map(|number| question(number, &pem(&[leaf, ca1, ca2]))).collect();
    let program = env!("CARGO_BIN_EXE_chainmend");
    let mut command: Command = site.folder.command("parallel");
    command.args(["--will-cite", "--pipe", "--keep-order", "--block", "1M", "-j", "2"]);
    command.args([program, "filter", "--offline", "-j", "1", "--roots", "roots.pem"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let (code, stdout, stderr) = ended(child);
    writer.join().unwrap();
    assert_eq!(code, 0, "{stderr}");
    let ids = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap());
    assert_eq!(ids.collect::<Vec<_>>(), (0..2000).collect::<Vec<_>>());
}
