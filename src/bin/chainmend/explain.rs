//! `chainmend explain`: the pages of the rules.

mod markdown;

use chainmend::rules::Rule;

use crate::args::{Color, ExplainArgs, ListForm};
use crate::problem::Problem;
use crate::terminal;

/// Shows a rule's page, or lists all rules.
pub fn run(args: &ExplainArgs, color: Color) -> Result<(), Problem> {
    if args.report == Some(ListForm::Json) {
        return terminal::stdout(json(args.rule).as_bytes());
    }
    match args.rule {
        Some(rule) => terminal::stdout_text(&markdown::styled(rule.info().page), color),
        None => terminal::stdout_text(&list(), color),
    }
}

fn json(rule: Option<Rule>) -> String {
    let rules: Vec<&str> = match &rule {
        Some(rule) => vec![rule.name()],
        None => Rule::ALL.iter().map(|rule| rule.name()).collect(),
    };
    format!("{}\n", serde_json::json!({ "version": 1, "rules": rules }))
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
    out.push_str("\nchainmend explain RULE shows a rule's page\n");
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
        assert_eq!(json(Some(Rule::Misordered)), "{\"rules\":[\"misordered\"],\"version\":1}\n");
        assert!(json(None).contains("\"damaged-pem\","));
    }
}
