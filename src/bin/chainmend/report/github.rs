//! GitHub's annotations: a workflow command on a line of standard output for each thing that needs
//! attention ("Workflow commands for GitHub Actions").

use chainmend::report::Severity;

use super::{Ending, Form, Said, Teller, words};
use crate::judged::Judged;
use crate::live;
use crate::problem::Problem;
use crate::render::View;

/// Of each kind GitHub shows so many for a step, the first ones (actions/runner, `_maxIssueCount`; the
/// limits in actions/toolkit, docs/problem-matchers.md). The kinds are counted apart, so that warnings
/// take no error's place, and nothing has to be held back to be sorted.
const SHOWN: usize = 10;

/// The kinds, and what several of them are called.
const KINDS: [(&str, &str); 3] = [("error", "errors"), ("warning", "warnings"), ("notice", "notices")];

/// What has been annotated so far, by kind.
#[derive(Default)]
pub struct Annotations {
    counts: [usize; KINDS.len()],
}

impl Annotations {
    fn count(&mut self, lines: &str) {
        for line in lines.lines() {
            let kind = line.strip_prefix("::").and_then(|rest| rest.split(' ').next());
            let counts = KINDS.iter().zip(&mut self.counts);
            counts.filter(|((name, _), _)| kind == Some(name)).for_each(|(_, count)| *count += 1);
        }
    }

    /// That GitHub shows less than there is: as an annotation of a kind that still is shown, the mildest.
    fn left_out(&self) -> Option<String> {
        let counted = || KINDS.iter().zip(self.counts);
        let more: Vec<String> = counted()
            .filter(|(_, count)| *count > SHOWN)
            .map(|((_, several), count)| format!("{SHOWN} of {count} {several}"))
            .collect();
        let ((kind, _), _) = counted().rfind(|(_, count)| *count < SHOWN).or(counted().next())?;
        let message = format!(
            "GitHub shows {} of this step; all of them are in its log\n\
             --report sarif, for code scanning, has no such limit",
            more.join(" and ")
        );
        (!more.is_empty()).then(|| annotation(kind, &Place { input: None, lines: None, title: None }, &message))
    }
}

impl Form for Annotations {
    fn add(&mut self, said: Said) -> String {
        let Said::Whole(lines) = said else { return String::new() };
        self.count(&lines);
        lines
    }

    fn end(&mut self, _: &Teller<'_>, ending: &Ending, put: &mut dyn FnMut(&str)) -> Result<(), Problem> {
        let problem = ending.problem.as_ref().map(problem).unwrap_or_default();
        self.count(&problem);
        put(&problem);
        put(&self.left_out().unwrap_or_default());
        Ok(())
    }
}

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
fn problem(problem: &Problem) -> String {
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

/// As it reads a property: `:` and `,` as well. Every other character stands for itself, or the annotation
/// would be of no file.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(counts: [usize; 3]) -> Option<String> {
        let mut annotations = Annotations::default();
        for ((kind, _), count) in KINDS.iter().zip(counts) {
            let line = annotation(kind, &Place { input: Some("a.pem"), lines: None, title: None }, "x\n::error ::y");
            annotations.count(&line.repeat(count));
        }
        assert_eq!(annotations.counts, counts);
        annotations.left_out()
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        assert_eq!(left_out([0, 0, 0]), None);
        assert_eq!(left_out([10, 10, 10]), None);
        let last = "all of them are in its log%0A--report sarif, for code scanning, has no such limit\n";
        for (counts, begins) in [
            ([11, 0, 0], "::notice title=chainmend::GitHub shows 10 of 11 errors of this step; "),
            (
                [47, 12, 10],
                "::error title=chainmend::GitHub shows 10 of 47 errors and 10 of 12 warnings of this step; ",
            ),
            ([3, 12, 10], "::error title=chainmend::GitHub shows 10 of 12 warnings of this step; "),
            ([10, 3, 11], "::warning title=chainmend::GitHub shows 10 of 11 notices of this step; "),
        ] {
            assert_eq!(left_out(counts), Some(format!("{begins}{last}")));
        }
    }

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
    fn a_name_is_that_of_the_file_and_cannot_end_the_line() {
        let place = Place { input: Some("a\n::error::b\u{1b}[m.pem"), lines: None, title: None };
        let line = annotation("warning", &place, "x");
        assert_eq!(line, "::warning file=a%0A%3A%3Aerror%3A%3Ab\u{1b}[m.pem,title=chainmend::x\n");
    }
}
