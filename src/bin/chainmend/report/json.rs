//! Version 1: one document, or a line for each bundle. `samples/report.schema.json` describes both.

use std::io;

use chainmend::cert::{Time, is_unseen};
use chainmend::report::{BundleReport, VERSION};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::{Ending, Form, Said, Teller};
use crate::problem::Problem;

/// One bundle in the document.
pub fn bundle(report: &BundleReport) -> String {
    written(report)
}

/// A bundle on a line of its own.
pub fn line(at: Time, report: &BundleReport) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        version: u32,
        at: Time,
        #[serde(flatten)]
        bundle: &'a BundleReport,
    }
    written(&Line { version: VERSION, at, bundle: report }) + "\n"
}

/// JSON of what cannot fail to be JSON: strings, numbers and lists.
pub fn written(value: &impl Serialize) -> String {
    let mut json = Vec::new();
    let done = value.serialize(&mut Serializer::with_formatter(&mut json, Seen));
    done.ok().and_then(|()| String::from_utf8(json).ok()).unwrap_or_default()
}

/// Compact JSON in which every character is seen, also where it is printed on a terminal: JSON itself only
/// wants U+0000 to U+001F escaped (RFC 8259 §7), and a URL of a certificate may hold anything.
struct Seen;

impl Formatter for Seen {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return writer.write_all(fragment.as_bytes());
        }
        for c in fragment.chars() {
            if is_unseen(c) {
                c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(writer, "\\u{unit:04x}"))?;
            } else {
                write!(writer, "{c}")?;
            }
        }
        Ok(())
    }
}

/// The document as it grows.
#[derive(Default)]
pub struct Json {
    any: bool,
}

impl Form for Json {
    fn begin(&mut self, teller: &Teller<'_>) -> String {
        format!("{{\"version\":{VERSION},\"at\":{},\"bundles\":[", written(&teller.settings.at))
    }

    fn add(&mut self, said: Said) -> String {
        let Said::Whole(bundle) = said else { return String::new() };
        if std::mem::replace(&mut self.any, true) { format!(",{bundle}") } else { bundle }
    }

    fn end(&mut self, _teller: &Teller<'_>, ending: &Ending, put: &mut dyn FnMut(&str)) -> Result<(), Problem> {
        let problems: Vec<chainmend::report::Problem> = ending.problem.iter().map(Into::into).collect();
        put(&format!("],\"problems\":{}}}\n", written(&problems)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chainmend::report::Report;
    use clap::Parser;

    use super::*;
    use crate::args::{Color, Command, CommandLine};
    use crate::judged::Judged;
    use crate::problem::Problem;
    use crate::settings::{Environment, Settings};

    #[test]
    fn every_character_is_seen_and_means_what_it_meant() {
        let odd = "a\u{9b}31m \u{202e}\u{2028}\u{7f}\u{0} \u{e0041}\" é 日本 \u{1f4a9}\u{200d}";
        let json = written(&odd);
        assert_eq!(
            json, r#""a\u009b31m \u202e\u2028\u007f\u0000 \udb40\udc41\" é 日本 💩‍""#,
            "the joiner is shown as it is"
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), odd);
    }

    #[test]
    fn what_grows_is_the_librarys_report() {
        let line = CommandLine::try_parse_from(["chainmend", "check", "--report", "json", "a.pem"]).unwrap();
        let Command::Check(check) = line.command else { panic!("check was typed") };
        let settings = Settings::check(check.common, Environment::default(), Time::from_unix(1_795_262_400)).unwrap();
        let teller = Teller::new(&settings, Color::Never, 2);
        let bundles = ["a.pem", "b.pem"].map(|name| Judged::unread(vec![name.to_owned()], Vec::new()).report);
        let problem = Problem::new("no").help("yes");

        let mut json = Json::default();
        let mut grown = json.begin(&teller);
        for report in &bundles {
            grown += &json.add(Said::Whole(bundle(report)));
        }
        let ending = Ending { milliseconds: 1, code: 2, problem: Some(problem.clone()) };
        json.end(&teller, &ending, &mut |text| grown += text).unwrap();

        let mut whole = Report::new(settings.at, bundles.to_vec());
        whole.problems.push((&problem).into());
        assert_eq!(grown, written(&whole) + "\n");
    }
}
