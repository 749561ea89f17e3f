//! GitHub's annotations, read as the runner reads them.

use libtest_mimic::Trial;

use crate::site;
use crate::support::pki::{Cert, pem};
use crate::support::site::Site;
use crate::support::trial::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial(true, "an_annotation_stands_where_the_certificate_stands", places),
        trial(true, "names_are_read_back_as_they_are", names),
        trial(true, "what_is_right_or_passed_over_is_not_annotated", silent),
        trial(true, "what_was_mended_is_a_notice_without_lines", mended),
        trial(true, "what_could_not_be_read_is_an_error", unread),
        trial(true, "what_github_does_not_show_is_counted", many),
    ]
}

/// A workflow command.
#[derive(Debug, PartialEq, Eq)]
struct Annotation {
    kind: String,
    properties: Vec<(String, String)>,
    message: String,
}

impl Annotation {
    fn of(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(property, _)| property == name).map(|(_, value)| value.as_str())
    }
}

/// As actions/runner does it: `::kind name=value,name=value::message`.
fn read(line: &str) -> Result<Annotation, String> {
    let rest = line.strip_prefix("::").ok_or("no command")?;
    let (head, message) = rest.split_once("::").ok_or("no end of the head")?;
    let (kind, properties) = head.split_once(' ').ok_or("no properties")?;
    let read_property = |text: &str| {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is no property"))?;
        Ok((name.to_owned(), plain(&value.replace("%3A", ":").replace("%2C", ","))))
    };
    let properties = properties.split(',').map(read_property).collect::<Result<Vec<_>, String>>()?;
    Ok(Annotation { kind: kind.to_owned(), properties, message: plain(message) })
}

fn plain(text: &str) -> String {
    text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}

/// What is wrong with a report.
pub fn fault(text: &str) -> Option<String> {
    text.lines().find_map(|line| match read(line) {
        Err(error) => Some(error),
        Ok(found) if !["error", "warning", "notice"].contains(&found.kind.as_str()) => Some(found.kind),
        Ok(found) if found.message.is_empty() => Some("an empty message".to_owned()),
        Ok(found) => found.properties.iter().find_map(|(name, value)| {
            let good = match name.as_str() {
                "file" | "title" => !value.is_empty(),
                "line" | "endLine" => value.parse::<u32>().is_ok_and(|line| line > 0),
                _ => false,
            };
            (!good).then(|| format!("{name}={value}"))
        }),
    })
}

fn annotations(site: &Site, words: &[&str], exit: i32) -> Vec<Annotation> {
    let text = site.run("github", words).exits(exit).stdout_text();
    text.lines().map(|line| read(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn places() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("a.pem", format!("# ours\n{}", pem(&[ca2, leaf, ca1])));
    let found = annotations(&site, &["check", "a.pem"], 1);
    let [first] = found.as_slice() else { panic!("{found:?}") };
    let lines = |cert: &Cert| cert.pem().lines().count();
    let start = 2 + lines(ca2);
    assert_eq!(first.kind, "error");
    assert_eq!(first.of("file"), Some("a.pem"));
    assert_eq!(first.of("line"), Some(start.to_string().as_str()));
    assert_eq!(first.of("endLine"), Some((start + lines(leaf) - 1).to_string().as_str()));
    assert_eq!(first.of("title"), Some("chainmend (leaf-not-first)"));
    assert!(first.message.starts_with("\"shop.example.com\": the leaf stands behind another certificate\nbreaks "));
    assert!(first.message.ends_with("\nmend it: chainmend fix -i --roots roots.pem a.pem"), "{}", first.message);
}

fn names() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    for name in
        ["a,b:c.pem", "100%.pem", "%3A.pem", "a b=c.pem", "::error::x.pem", "\u{1b}[1m\u{7}\r\n::error::x\u{200b}.pem"]
    {
        site.folder.write(name, pem(&[leaf, ca1, ca2]));
        let found = annotations(&site, &["check", name], 1);
        assert_eq!(found.first().and_then(|first| first.of("file")), Some(name), "{found:?}");
    }
}

fn silent() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("right.pem", format!("{}{}", pem(&[leaf, ca2, ca1]), leaf.private_key_pem()));
    site.folder.write("key.pem", leaf.private_key_pem());
    let words = ["check", "right.pem", "key.pem", "roots.pem", "issuers.pem"];
    assert_eq!(annotations(&site, &words, 0), []);
    site.folder.write("wrong.pem", pem(&[leaf, ca1, ca2]));
    assert_eq!(annotations(&site, &["check", "wrong.pem", "--ignore", "misordered"], 0), []);
}

fn mended() {
    let site = site();
    let [leaf, ca2, ca1] = &site.chain;
    site.folder.write("wrong.pem", pem(&[leaf, ca1, ca2]));
    let found = annotations(&site, &["fix", "-i", "wrong.pem", "--exit-non-zero-on-fix"], 1);
    let [first] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((first.kind.as_str(), first.of("line")), ("notice", None));
    assert!(first.message.ends_with("\nfixed: reordered"), "{}", first.message);
}

fn unread() {
    let site = site();
    let found = annotations(&site, &["check", "none.pem"], 2);
    let [first] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((first.kind.as_str(), first.of("file")), ("error", Some("none.pem")));
    assert_eq!(first.message, "cannot read none.pem: no such file");
}

/// GitHub shows ten of a kind.
fn many() {
    let site = site();
    let names: Vec<String> = (0..12).map(|number| format!("none{number}.pem")).collect();
    let words: Vec<&str> = std::iter::once("check").chain(names.iter().map(String::as_str)).collect();
    assert_eq!(annotations(&site, &words[..11], 2).len(), 10);
    let found = annotations(&site, &words, 2);
    let [errors @ .., last] = found.as_slice() else { panic!("{found:?}") };
    assert!(errors.len() == 12 && errors.iter().all(|one| one.kind == "error"), "{found:?}");
    assert_eq!((last.kind.as_str(), last.of("file")), ("notice", None));
    assert!(last.message.starts_with("GitHub shows 10 of 12 errors of this step; "), "{}", last.message);
}
