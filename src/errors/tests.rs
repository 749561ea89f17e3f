//! The tables hold what they promise: every text is found by itself, none is there twice, every rule
//! that is named exists.

mod cases;
mod pages;
mod texts;
mod wrapped;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::said::{Entry, FAMILIES, Kind};
use super::*;
use crate::rules::Rule;

/// Rules that are designed and that the tables name already: they take effect with the rule.
const DESIGNED: &[&str] = &[];

fn entries() -> impl Iterator<Item = (&'static str, &'static Entry)> {
    FAMILIES.iter().flat_map(|family| family.entries.iter().map(|entry| (family.says, entry)))
}

fn rules(text: &str) -> Vec<&'static str> {
    diagnose(text.as_bytes()).rules().into_iter().map(Rule::name).collect()
}

/// A pattern as a program might print it: words for `*`, a number for `#`.
fn filled(text: &str) -> String {
    text.replace('*', " shop.example.com ").replace('#', " 20 ")
}

#[test]
fn every_rule_that_a_table_names_exists() {
    for (says, entry) in entries() {
        for name in entry.rule_names() {
            let known = name.parse::<Rule>().is_ok() || DESIGNED.contains(&name);
            assert!(known, "{says}: no rule is called {name}");
        }
        let names: Vec<&str> = entry.rule_names().collect();
        assert!(
            !names.iter().any(|name| DESIGNED.contains(name) && name.parse::<Rule>().is_ok()),
            "designed, and there: {names:?}"
        );
        assert_eq!(names.is_empty(), matches!(entry.kind, Kind::Elsewhere | Kind::Vague), "{says}: {:?}", entry.texts);
    }
}

#[test]
fn no_text_is_there_twice() {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut twice = Vec::new();
    for (says, entry) in entries() {
        for text in &entry.texts {
            if let Some(other) = seen.insert(find::squeezed(text), says) {
                twice.push(format!("{text:?}: {says} and {other}"));
            }
        }
    }
    assert!(twice.is_empty(), "{}", twice.join("\n"));
}

#[test]
fn every_text_can_be_found() {
    for text in patterns().map(|(text, _)| text) {
        let letters = find::squeezed(text);
        let first = letters.split(['*', '#']).next().unwrap_or_default();
        assert!(first.len() >= find::KEY_LETTERS, "{text:?} begins with too few letters");
    }
}

#[test]
fn meanings_are_one_line_for_people() {
    for (says, entry) in entries() {
        let means = entry.means;
        assert!(!means.is_empty() && means.chars().count() <= 120 && !means.ends_with('.'), "{says}: {means}");
        let first = means.split_whitespace().next().unwrap_or_default();
        let name = first.chars().filter(|c| c.is_uppercase()).count() > 1 || first.contains('\'');
        let program =
            ["Windows", "Go", "Java", "Chrome", "Firefox", "Erlang", "Apple's", "GnuTLS", "OpenVPN's", "Squid"];
        assert!(!first.starts_with(char::is_uppercase) || name || program.contains(&first), "{says}: {means}");
    }
}

/// A place that is filled is one that is known.
#[test]
fn commands_name_known_places() {
    for (says, entry) in entries() {
        let Some(next) = entry.next else { continue };
        let mut places = next.split('{').skip(1).map(|part| part.split('}').next().unwrap());
        assert!(places.all(|place| ["file", "key", "host", "port"].contains(&place)), "{says}: {next}");
        assert!(!next.ends_with('.') && next.len() <= 140, "{says}: {next}");
    }
}

#[test]
fn numbers_are_unique_in_their_family() {
    for family in FAMILIES.iter() {
        let mut seen = Vec::new();
        for entry in family.entries.iter().filter(|entry| entry.number.is_some()) {
            assert!(!seen.contains(&entry.number), "{}: {:?}", family.says, entry.number);
            seen.push(entry.number);
        }
        assert_eq!(seen.is_empty(), family.numbered.is_empty(), "{}", family.says);
    }
}

/// In a log line, coloured, as JSON, wrapped: the entry decides, whatever stands around its text.
#[test]
fn every_entry_is_found_by_its_own_texts_in_a_log() {
    let mut lost = Vec::new();
    for (says, entry) in entries() {
        for text in entry.texts.iter().map(|text| filled(text)) {
            let forms = [
                format!(
                    "Nov 21 10:00:00 web1 app[4711]: 2026/11/21 10:00:00 [err] 12#12: *1 {text}, request: \"GET /\""
                ),
                format!("\u{1b}[31m{}\u{1b}[0m\r\n", text.to_uppercase()),
                format!("{{\"level\":\"error\",\"msg\":\"it failed:\\n{}\"}}", text.replace('"', "\\\"")),
                text.split(' ').collect::<Vec<_>>().join("\n  "),
            ];
            for form in forms {
                let text = Text::new(form.as_bytes());
                let hits = FINDER.hits(&text);
                if !found(&hits).iter().any(|found| std::ptr::eq(found.entry, entry)) {
                    lost.push(format!("{says}: {form:?}"));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{} are lost:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn a_number_alone_says_as_much_as_its_text() {
    for entry in FAMILIES[0].entries.iter().filter(|entry| entry.kind == Kind::Cause) {
        let Some(number) = entry.number else { continue };
        for text in [format!("Verify return code: {number}"), format!("verify error:num={number}:überrascht")] {
            assert_eq!(diagnose(text.as_bytes()).rules(), entry.rules().collect::<Vec<_>>(), "{text}");
        }
    }
}

/// Sixteen times the text may take sixteen times as long, and a busy machine's worth more; what is
/// quadratic takes 256 times as long.
#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
fn hostile_texts_take_linear_time() {
    let took = |text: &str| {
        let start = Instant::now();
        let got = diagnose(text.as_bytes());
        (got.cut, start.elapsed().max(Duration::from_millis(20)))
    };
    for part in [
        "certificate ",
        "certificate is valid for ",
        "valid ",
        "\\\\",
        "\u{1b}[",
        "&#39;%20",
        " 0 s:a\n   i:a\n",
        "depth=1 ",
        "x",
        "CN=",
        "://a.",
    ] {
        let (_, small) = took(&part.repeat(MAX_TEXT_BYTES / 16 / part.len()));
        let (cut, whole) = took(&part.repeat(MAX_TEXT_BYTES / part.len() + 1));
        assert!(cut, "{part:?}");
        assert!(whole < small * 100, "{part:?}: {small:?}, and {whole:?} for sixteen times as much");
    }
}

#[test]
fn what_lies_past_the_limit_is_not_looked_at_and_that_is_said() {
    let mut text = " ".repeat(MAX_TEXT_BYTES);
    assert!(!diagnose(text.as_bytes()).cut);
    text.push_str("certificate has expired");
    let got = diagnose(text.as_bytes());
    assert!(got.cut && got.causes.is_empty());
}
