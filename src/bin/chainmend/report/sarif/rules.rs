//! The rules that results refer to, each with its page.

use chainmend::report::Severity;
use chainmend::rules::Rule;
use serde::Serialize;

use super::{Message, written};

/// §3.19
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Descriptor>,
}

/// §3.12
#[derive(Serialize)]
struct Page {
    text: &'static str,
    markdown: &'static str,
}

/// §3.50
#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

/// As GitHub's code scanning reads a rule's property bag.
#[derive(Serialize)]
struct Properties {
    tags: Vec<String>,
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    severity: &'static str,
}

/// §3.49
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Message,
    full_description: Message,
    help_uri: String,
    help: Page,
    default_configuration: Configuration,
    properties: Properties,
}

/// The tool with these rules (§3.18), written out.
pub fn tool(rules: &[Rule]) -> String {
    let driver = Driver {
        name: "chainmend",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: rules.iter().map(|rule| descriptor(*rule)).collect(),
    };
    format!("{{\"driver\":{}}}", written(&driver))
}

fn descriptor(rule: Rule) -> Descriptor {
    let info = rule.info();
    let level = match info.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    Descriptor {
        id: info.name,
        short_description: Message { text: info.title.to_owned() },
        full_description: Message { text: first_paragraph(info.page) },
        help_uri: page(rule),
        help: Page { text: info.page, markdown: info.page },
        default_configuration: Configuration { level },
        properties: Properties {
            tags: vec!["tls".to_owned(), "certificate".to_owned(), info.group.to_string()],
            precision: "very-high",
            severity: if level == "note" { "recommendation" } else { level },
        },
    }
}

/// Where a rule's page can be read: at the version that speaks of it.
fn page(rule: Rule) -> String {
    format!(
        "{}/blob/v{}/src/rules/{}.md",
        env!("CARGO_PKG_REPOSITORY"),
        env!("CARGO_PKG_VERSION"),
        rule.name().replace('-', "_")
    )
}

/// What follows the heading, on one line.
fn first_paragraph(page: &str) -> String {
    let lines = page.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_page_that_is_there() {
        for rule in Rule::ALL {
            let file = page(*rule).split_once("/src/").map(|(_, file)| format!("src/{file}")).unwrap();
            assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&file).is_file(), "{file}");
            let paragraph = first_paragraph(rule.info().page);
            assert!(paragraph.len() > 20 && !paragraph.contains(['#', '\n']), "{rule}: {paragraph}");
        }
    }
}
