//! GitHub's annotations: a workflow command on a line of standard output for each thing that needs
//! attention ("Workflow commands for GitHub Actions").

use chainmend::cert::escape;
use chainmend::report::Severity;

use super::words;
use crate::judged::Judged;
use crate::live;
use crate::problem::Problem;
use crate::render::View;

/// The annotations of a bundle, a line each.
pub fn annotations(judged: &Judged, view: &View) -> String {
    let mut out = String::new();
    let first = judged.report.inputs.first().map(String::as_str);
    for finding in words::told(judged) {
        let certificate = finding.certificate.as_ref();
        let input = certificate.and_then(|certificate| certificate.input.as_deref()).or(first);
        let lines = input.and_then(|input| judged.ground.lines(input, certificate?.line));
        let over = words::is_over(finding, judged);
        // The lines of a file that was rewritten are others now.
        let place = Place { input, lines: lines.filter(|_| !over), title: Some(finding.rule.name()) };
        let kind = if over { "notice" } else { kind(finding.severity) };
        out.push_str(&annotation(kind, &place, &words::lines(finding, judged, view).join("\n")));
    }
    let place = Place { input: first, lines: None, title: None };
    out.extend(words::otherwise(judged, view).map(|why| annotation("error", &place, &why)));
    out.extend(judged.problems.iter().map(|problem| annotation("error", &place, &words::problem(problem))));
    out
}

/// What kept bundles from being looked at.
pub fn problem(problem: &Problem) -> String {
    annotation("error", &Place { input: None, lines: None, title: None }, &words::problem(problem))
}

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    }
}

/// Where an annotation stands, and what it is called.
struct Place<'a> {
    input: Option<&'a str>,
    lines: Option<(u32, u32)>,
    title: Option<&'a str>,
}

fn annotation(kind: &str, place: &Place<'_>, message: &str) -> String {
    let mut properties = Vec::new();
    let server = place.input.filter(|input| live::is_server(input)).map(|server| format!("{server}: "));
    if let Some(input) = place.input.filter(|input| *input != "-" && server.is_none()) {
        properties.push(format!("file={}", property(input)));
        if let Some((first, last)) = place.lines {
            properties.push(format!("line={first},endLine={last}"));
        }
    }
    properties.push(match place.title {
        Some(rule) => format!("title=chainmend ({})", property(rule)),
        None => "title=chainmend".to_owned(),
    });
    format!("::{kind} {}::{}{}\n", properties.join(","), data(&server.unwrap_or_default()), data(message))
}

/// As the runner reads a message: `%`, CR and LF are spelt.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As it reads a property: `:` and `,` as well. Other control characters are for no log.
fn property(text: &str) -> String {
    let spelt = |part: &str| escape(part).replace('%', "%25").replace(':', "%3A").replace(',', "%2C");
    let line = |line: &str| line.split('\r').map(spelt).collect::<Vec<_>>().join("%0D");
    text.split('\n').map(line).collect::<Vec<_>>().join("%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_the_runner_is_spelt() {
        let place = Place { input: Some("a,b:c%.pem"), lines: Some((3, 9)), title: Some("misordered") };
        assert_eq!(
            annotation("error", &place, "100%\r\n::error::x"),
            "::error file=a%2Cb%3Ac%25.pem,line=3,endLine=9,title=chainmend (misordered)::100%25%0D%0A::error::x\n"
        );
    }

    #[test]
    fn standard_input_is_no_file() {
        let place = Place { input: Some("-"), lines: Some((1, 2)), title: None };
        assert_eq!(annotation("notice", &place, "x"), "::notice title=chainmend::x\n");
    }

    #[test]
    fn a_server_is_no_file() {
        let place = Place { input: Some("https://shop.example.com"), lines: None, title: None };
        assert_eq!(annotation("error", &place, "x"), "::error title=chainmend::https://shop.example.com: x\n");
    }

    #[test]
    fn a_name_cannot_end_the_line() {
        let place = Place { input: Some("a\n::error::b\u{1b}[m.pem"), lines: None, title: None };
        let line = annotation("warning", &place, "x");
        assert!(line.starts_with("::warning file=a%0A%3A%3Aerror%3A%3Ab"), "{line:?}");
        assert_eq!(line.matches('\n').count(), 1);
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
}
