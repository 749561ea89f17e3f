//! A bundle that is broken, huge or hostile, in the middle of others, costs its own share and nobody else's.

use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::pki::{Aki, Ca, Template, pem};
use crate::support::trial::trial;
use crate::{CHAINMEND, Site, ended, until};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(true, "what_is_wrong_with_one_is_wrong_with_no_other", others),
        trial(true, "others_go_on_while_all_threads_wait_for_a_server", waiting),
        trial(true, "no_number_of_jobs_is_too_large", many_jobs),
        trial(true, "a_bounded_address_space_is_enough", little_memory),
        trial(true, "a_certificate_with_a_copied_signature_is_no_other", copied),
    ]
}

/// Verdict and rules of each bundle, in order.
fn told(site: &Site, jobs: &str, names: &[&str]) -> Vec<(String, Vec<String>)> {
    let words = [&["check", "--offline", "--report", "ndjson", "-j", jobs], names].concat();
    let (_, stdout, _) = ended(site.command(&words, 1).spawn().unwrap());
    let lines: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| line["inputs"][0].as_str().unwrap()).collect::<Vec<_>>(), names);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rules = |line: &Value| line["findings"].as_array().unwrap().iter().map(|f| text(&f["rule"])).collect();
    lines.iter().map(|line| (text(&line["verdict"]), rules(line))).collect()
}

/// All that are asked for at once would be more threads than there may be.
fn many_jobs() {
    let site = Site::new();
    let mut names = site.wrong(1500);
    names.push("right.pem".to_owned());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for jobs in ["20000", "18446744073709551615"] {
        let words = [&["check", "--offline", "-j", jobs], &names[..]].concat();
        let (code, _, stderr) = ended(site.command(&words, 1).spawn().unwrap());
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("1501 files: 1 ok, 1500 mendable"), "{stderr}");
    }
}

fn little_memory() {
    let site = Site::new();
    let names = site.wrong(300);
    for kilobytes in ["200000", "300000", "400000"] {
        let mut shell = site.folder.command("sh");
        shell.args(["-c", "ulimit -v \"$0\"; exec \"$@\"", kilobytes, CHAINMEND]);
        let words: Vec<&str> =
            ["check", "--offline", "-j", "64"].into_iter().chain(names.iter().map(String::as_str)).collect();
        let (code, _, stderr) = ended(site.with(shell, &words, 1).spawn().unwrap());
        assert_eq!(code, 1, "{kilobytes} KB: {stderr}");
        assert!(stderr.contains("300 files: 300 mendable"), "{kilobytes} KB: {stderr}");
    }
}

/// CAs of one name without key identifiers, each issued by the next: every pair has to be tried.
///
/// ```text
/// root    CA₂₅₀ ─ CA₂₄₉ ─ … ─ CA₁ ─ leaf
/// ```
fn costly() -> String {
    let ca = || Template::ca("Acme TLS CA 2").no_ski().aki(Aki::Absent);
    let mut all = vec![ca().self_signed()];
    for _ in 0..250 {
        let next = all.last().unwrap().issue(ca());
        all.push(next);
    }
    all.push(all.last().unwrap().issue_leaf(&["costly.example.com"]));
    all.reverse();
    pem(&all.iter().collect::<Vec<_>>())
}

fn others() {
    let site = Site::new();
    let right = String::from_utf8(site.folder.read("right.pem")).unwrap();
    site.folder.write("broken.pem", right.replace('M', "?"));
    site.folder.write("binary.pem", [0x30, 0x84, 0xff, 0xff, 0xff, 0xff].repeat(10_000));
    site.folder.write("huge.pem", "-----BEGIN CERTIFICATE-----\n".repeat(700_000));
    site.folder.write("larger.pem", " ".repeat(21 * 1024 * 1024));
    site.folder.write("costly.pem", costly());
    // The same names, another key: nothing of it may be taken for the real CA's.
    let forged = Ca::root("Acme Root G2").issue_ca("Acme Policy CA");
    let forged_ca = forged.issue_ca("Acme TLS CA 2");
    site.folder.write("forged.pem", pem(&[&forged_ca.issue_leaf(&["shop.example.com"]), &forged_ca, &forged]));
    let odd = ["broken.pem", "binary.pem", "huge.pem", "larger.pem", "costly.pem", "forged.pem", "none.pem"];
    let alone: Vec<_> = odd.iter().map(|name| told(&site, "1", &[name]).remove(0)).collect();
    assert!(alone.iter().all(|(verdict, _)| verdict == "broken" || verdict == "unreadable"), "{alone:?}");
    let [good, wrong] = ["right.pem", "wrong.pem"].map(|name| told(&site, "1", &[name]).remove(0));
    assert_eq!((good.0.as_str(), wrong.0.as_str()), ("ok", "repairable"));
    for jobs in ["1", "2", "5"] {
        let names: Vec<&str> = odd.iter().flat_map(|name| ["right.pem", *name, "wrong.pem"]).collect();
        let wanted: Vec<_> = alone.iter().flat_map(|one| [good.clone(), one.clone(), wrong.clone()]).collect();
        assert_eq!(told(&site, jobs, &names), wanted, "-j {jobs}");
    }
}

fn waiting() {
    let site = Site::new();
    let names = site.wrong(30);
    for number in 0..4 {
        site.folder.write(&format!("alone{number}.pem"), site.folder.read("alone.pem"));
    }
    let words = ["fix", "-i", "-j", "2", "alone0.pem", "alone1.pem", "alone2.pem", "alone3.pem"];
    let words: Vec<&str> = words.into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut child = site.command(&words, 60).spawn().unwrap();
    // None of the four has an answer before a minute is over, all from one request.
    until(|| names.iter().all(|name| site.folder.read(name) == site.folder.read("right.pem")));
    assert_eq!(site._server.requests().len(), 1);
    child.kill().unwrap();
    assert_eq!(ended(child).0, -9);
}

/// The issuer's certificate, but for its name, stands in a bundle before the right one.
fn copied() {
    let site = Site::new();
    let [leaf, ca2, ca1] = &site.chain;
    let mut der = ca2.der().to_vec();
    let name = der.windows(8).rposition(|part| part == b"Acme TLS").unwrap();
    der[name] = b'B';
    let copy = crate::support::pki::armour("CERTIFICATE", &der);
    site.folder.write("copy.pem", leaf.pem() + &copy + &ca1.pem());
    let names = ["copy.pem", "right.pem", "copy.pem", "right.pem"];
    let told = told(&site, "1", &names);
    let verdicts: Vec<&str> = told.iter().map(|(verdict, _)| verdict.as_str()).collect();
    assert_eq!(verdicts, ["incomplete", "ok", "incomplete", "ok"]);
}
