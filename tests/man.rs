//! The man pages in `man/` are what the options' definitions say: generated here, compared here.
//! `UPDATE_MAN=1 cargo test --test man` writes them anew.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, missing_docs)]

#[allow(dead_code, clippy::duplicate_mod)]
#[path = "../src/bin/chainmend/args.rs"]
mod args;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

/// Every page by its file name.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut top = args::CommandLine::command();
    top.build();
    collect(&top, "chainmend", &mut pages);
    pages
}

fn collect(command: &Command, name: &str, pages: &mut BTreeMap<String, String>) {
    pages.insert(format!("{name}.1"), page(command, name));
    for sub in command.get_subcommands() {
        collect(sub, &format!("{name}-{}", sub.get_name()), pages);
    }
}

fn page(command: &Command, name: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let command = command.clone();
    let spoken = name.replace('-', " ");
    let man = Man::new(command.clone().display_name(name.to_owned()).bin_name(spoken.clone()))
        .title(name.to_uppercase())
        .source(format!("chainmend {version}"))
        .manual("chainmend");
    let mut out = Vec::new();
    man.render_title(&mut out).unwrap();
    man.render_name_section(&mut out).unwrap();
    synopsis(&command, &spoken).to_writer(&mut out).unwrap();
    man.render_description_section(&mut out).unwrap();
    man.render_options_section(&mut out).unwrap();
    if command.has_subcommands() {
        commands(&command, name).to_writer(&mut out).unwrap();
    }
    let sections = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    extra(&sections).to_writer(&mut out).unwrap();
    see_also(&command, name).to_writer(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// `chainmend fix [OPTIONS] <BUNDLE>...`: the options follow at length.
fn synopsis(command: &Command, spoken: &str) -> Roff {
    let usage = command.clone().bin_name(spoken.to_owned()).render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned();
    let rest = usage.strip_prefix(spoken).unwrap_or_default().to_owned();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([bold(spoken.to_owned()), roman(rest)]);
    roff
}

fn commands(command: &Command, name: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for sub in command.get_subcommands() {
        roff.control("TP", []);
        roff.text([bold(format!("{} {}", name.replace('-', " "), sub.get_name()))]);
        roff.text([roman(sub.get_about().map(ToString::to_string).unwrap_or_default())]);
    }
    roff
}

/// The sections that follow the options in long help: `Exit status:` and so on, as they stand.
fn extra(sections: &str) -> Roff {
    let mut roff = Roff::new();
    let mut open = false;
    for line in sections.lines().chain([""]) {
        match line.strip_suffix(':') {
            Some(title) if !line.starts_with(' ') => {
                roff.control("SH", [title.to_uppercase().as_str()]);
                roff.control("nf", []);
                open = true;
            }
            _ if line.is_empty() => {
                if open {
                    roff.control("fi", []);
                }
                open = false;
            }
            _ => {
                roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
            }
        }
    }
    roff
}

fn see_also(command: &Command, name: &str) -> Roff {
    let mut roff = Roff::new();
    let mut others: Vec<String> =
        command.get_subcommands().map(|sub| format!("{name}-{}(1)", sub.get_name())).collect();
    if let Some((above, _)) = name.rsplit_once('-') {
        others.push(format!("{above}(1)"));
    }
    others.push("openssl-verify(1)".to_owned());
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(others.join(", "))]);
    roff
}

#[test]
fn man_pages_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    let pages = pages();
    if std::env::var_os("UPDATE_MAN").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (name, page) in &pages {
            fs::write(folder.join(name), page).unwrap();
        }
    }
    for (name, page) in &pages {
        let stored = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(stored == *page, "man/{name} is out of date: UPDATE_MAN=1 cargo test --test man");
    }
    let mut stored: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    stored.sort();
    assert_eq!(stored, pages.into_keys().collect::<Vec<_>>());
}

#[test]
fn pages_have_the_sections_that_people_look_for() {
    let pages = pages();
    for name in ["chainmend.1", "chainmend-fix.1", "chainmend-check.1"] {
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES"] {
            let heading = [format!(".SH {section}\n"), format!(".SH \"{section}\"\n")];
            assert!(heading.iter().any(|h| pages[name].contains(h.as_str())), "{name} has no {section}");
        }
    }
    assert!(pages.contains_key("chainmend-cache-clear.1"));
}
