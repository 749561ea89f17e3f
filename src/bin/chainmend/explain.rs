//! `chainmend explain`: the pages of the rules, and what the words of other programs mean.

mod markdown;
mod next;
mod said;

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use chainmend::errors::{Diagnosis, MAX_TEXT_BYTES, diagnose};
use chainmend::report::VERSION;
use chainmend::rules::Rule;

use crate::args::{self, Color, ExplainArgs, ListForm};
use crate::problem::Problem;
use crate::terminal;

/// What was asked for.
enum Asked {
    /// The list of all rules.
    Rules,
    /// Their pages.
    Pages(Vec<Rule>),
    /// What a text means.
    Text(Box<Diagnosis>),
}

/// Shows a rule's page, lists all rules, or says what a text means: exit 1 where it is not about a
/// chain.
pub fn run(args: &ExplainArgs, color: Color) -> Result<u8, Problem> {
    let asked = asked(args)?;
    let code = match &asked {
        Asked::Text(diagnosis) if diagnosis.causes.is_empty() => 1,
        _ => 0,
    };
    if args.report == Some(ListForm::Json) {
        terminal::stdout(json(&asked).as_bytes())?;
        return Ok(code);
    }
    let text = match &asked {
        Asked::Rules => list(),
        Asked::Pages(rules) => {
            let pages: Vec<String> = rules.iter().map(|rule| markdown::styled(rule.info().page)).collect();
            pages.join("\n")
        }
        Asked::Text(diagnosis) => said::text(diagnosis),
    };
    terminal::stdout_text(&text, color)?;
    Ok(code)
}

fn asked(args: &ExplainArgs) -> Result<Asked, Problem> {
    let words: Vec<_> = args.text.iter().map(|word| word.to_string_lossy()).collect();
    if words.is_empty() {
        return Ok(Asked::Rules);
    }
    if let [word] = words.as_slice() {
        return match word.as_ref() {
            "-" => Ok(Asked::Text(Box::new(diagnose(&standard_input()?)))),
            word => one_word(word),
        };
    }
    let rules: Vec<Rule> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let pages = rules.len() == words.len();
    Ok(if pages { Asked::Pages(rules) } else { Asked::Text(Box::new(diagnose(words.join(" ").as_bytes()))) })
}

/// A rule, one misspelt, or a text that was quoted or is one word long: `CERT_HAS_EXPIRED`.
fn one_word(word: &str) -> Result<Asked, Problem> {
    let unknown = match args::rule(word) {
        Ok(rule) => return Ok(Asked::Pages(vec![rule])),
        Err(unknown) => unknown,
    };
    if Path::new(word).is_file() {
        let help = format!("chainmend explain - < {}", crate::quote::path(Path::new(word)));
        return Err(Problem::new(format!("`{}` is a file", chainmend::cert::escape(word))).help(help));
    }
    let diagnosis = diagnose(word.as_bytes());
    let known = !diagnosis.causes.is_empty() || diagnosis.elsewhere.is_some();
    let kebab = word.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'));
    let misspelt = !word.contains(char::is_whitespace) && !args::near::rules(word).is_empty();
    if (kebab && misspelt) || (!known && (kebab || misspelt)) {
        return Err(Problem::new(unknown));
    }
    Ok(Asked::Text(Box::new(diagnosis)))
}

/// Standard input, as far as it is looked at and one byte more, which shows that it goes on.
fn standard_input() -> Result<Vec<u8>, Problem> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        terminal::stderr_text("paste the message; Ctrl-D ends it\n", Color::Never);
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_TEXT_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let read = stdin.lock().take(limit).read_to_end(&mut bytes);
    read.map_err(|error| Problem::io("read", Path::new("-"), &error))?;
    Ok(bytes)
}

fn json(asked: &Asked) -> String {
    let rules = match asked {
        Asked::Rules => Rule::ALL.to_vec(),
        Asked::Pages(rules) => rules.clone(),
        Asked::Text(diagnosis) => diagnosis.rules(),
    };
    format!("{}\n", serde_json::json!({ "version": VERSION, "rules": rules }))
}

/// Every rule with its title, in the groups of the documentation's table.
fn list() -> String {
    let widest = Rule::ALL.iter().map(|rule| rule.name().len()).max().unwrap_or_default();
    let mut out = String::new();
    let mut group = None;
    for rule in Rule::ALL {
        let info = rule.info();
        if group.replace(info.group) != Some(info.group) {
            let blank = if out.is_empty() { "" } else { "\n" };
            out.push_str(&format!("{blank}{}\n", markdown::bold(&info.group.to_string())));
        }
        let line = format!("  {:widest$}  {:7}  {}", info.name, info.severity.to_string(), info.title);
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push_str("\nchainmend explain RULE shows a rule's page, chainmend explain 'ERROR TEXT' what a program meant\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_every_rule_once() {
        let list = terminal::plain(&list());
        for rule in Rule::ALL {
            let lines = list.lines().filter(|line| line.split_whitespace().next() == Some(rule.name()));
            assert_eq!(lines.count(), 1, "{rule}");
        }
        assert!(list.starts_with("reading\n  damaged-pem"), "{list}");
    }

    #[test]
    fn json_names_the_rules() {
        assert_eq!(json(&Asked::Pages(vec![Rule::Misordered])), "{\"rules\":[\"misordered\"],\"version\":1}\n");
        assert!(json(&Asked::Rules).contains("\"damaged-pem\","));
    }
}
