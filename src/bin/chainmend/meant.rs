//! What was meant by words that are none of ours: `help fix`, and the options and commands of other programs.
//! Nothing here is looked at where the command line can be read.

mod words;

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error, Parser};

use chainmend::cert::escape;
use strsim::osa_distance;

use crate::args::{self, CommandLine, near};
use crate::problem::Problem;
use crate::quote;
use words::{COMMANDS, FORMS, OPTIONS};

/// Reads what was typed.
pub fn parse() -> Result<CommandLine, Error> {
    CommandLine::try_parse().or_else(|error| again(error, std::env::args_os().collect()))
}

/// `chainmend help fix` is `chainmend fix --help`; every other error gets a tip.
fn again(mut error: Error, mut typed: Vec<OsString>) -> Result<CommandLine, Error> {
    while error.kind() == ErrorKind::InvalidSubcommand && invalid(&error) == Some("help") {
        let Some(at) = typed.iter().position(|word| word == "help") else { break };
        typed.remove(at);
        if !typed.iter().any(|word| word == "--help") {
            typed.push("--help".into());
        }
        match CommandLine::try_parse_from(&typed) {
            Ok(line) => return Ok(line),
            Err(other) => error = other,
        }
    }
    let typed: Vec<String> = typed.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    explain(&mut error, &typed);
    Err(error)
}

/// That what reads as `-o` with its file at once is an option of another program, or of ours with a dash too
/// few: nobody has the chain written into a file called `ut` by `-out`.
pub fn glued(line: &CommandLine) -> Result<(), Problem> {
    match &line.command {
        args::Command::Fix(fix) if fix.output.output.is_some() => {}
        _ => return Ok(()),
    }
    let typed: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    // `-o=FILE` is what clap takes, too.
    let is_glued = |word: &&String| word.starts_with("-o") && word.len() > 2 && !word.starts_with("-o=");
    typed.iter().take_while(|word| *word != "--").find(is_glued).map_or(Ok(()), |word| unglued(word))
}

fn unglued(word: &str) -> Result<(), Problem> {
    let mut top = CommandLine::command();
    top.build();
    let fix = top.find_subcommand("fix").unwrap_or(&top);
    let (Some(file), Some(tip)) = (word.get(2..), tip(word, fix, &top)) else { return Ok(()) };
    let message = format!("'{}' is '-o' with the file '{}', which is hardly meant", escape(word), escape(file));
    Err(Problem::new(message).help(format!("{tip}; for a file of that name: -o {}", quote::word(file))))
}

/// Puts the tips that fit in the place of those that do not.
fn explain(error: &mut Error, typed: &[String]) {
    let mut top = CommandLine::command();
    top.build();
    let command = typed.iter().find_map(|word| top.find_subcommand(word)).unwrap_or(&top);
    let found = match error.kind() {
        ErrorKind::UnknownArgument => {
            let Some(word) = invalid(error).map(str::to_owned) else { return };
            if Path::new(&word).exists() {
                return;
            }
            // That it may be a value is said of everything.
            error.remove(ContextKind::Suggested);
            let whole = single_dashed(typed, command).filter(|_| !word.starts_with("--"));
            if let Some(whole) = whole {
                // clap names the first of its letters that is no option.
                error.insert(ContextKind::InvalidArg, ContextValue::String(escape(whole)));
            }
            tip(whole.unwrap_or(&word), command, &top).or_else(|| far(error, &word).then(String::new))
        }
        ErrorKind::InvalidSubcommand => invalid(error).and_then(|word| instead(word, typed)),
        ErrorKind::InvalidValue if value(error, ContextKind::InvalidArg).is_some_and(|a| a.starts_with("--format")) => {
            let form = value(error, ContextKind::InvalidValue).unwrap_or_default();
            FORMS.contains(&form).then(|| format!("the form of the report is '--report {form}'"))
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            single_dashed(typed, command).and_then(|word| tip(word, command, &top))
        }
        _ => None,
    };
    let Some(found) = found else { return };
    for kind in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue] {
        error.remove(kind);
    }
    if error.get(ContextKind::Usage).is_some() {
        error.insert(ContextKind::Usage, ContextValue::StyledStr(command.clone().render_usage()));
    }
    if !found.is_empty() {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![found.into()]));
    }
}

/// The word that clap could do nothing with.
fn invalid(error: &Error) -> Option<&str> {
    let kind = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => ContextKind::InvalidArg,
    };
    value(error, kind)
}

fn value(error: &Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word),
        _ => None,
    }
}

/// An option without its dashes and its value.
fn name(word: &str) -> &str {
    let word = word.trim_start_matches('-');
    word.split_once('=').map_or(word, |(name, _)| name)
}

/// As openssl has them: the first option of several letters behind one dash that is known with two.
fn single_dashed<'a>(typed: &'a [String], command: &Command) -> Option<&'a str> {
    let options = typed.iter().map(String::as_str).take_while(|word| *word != "--");
    let mut single = options.filter(|word| word.starts_with('-') && !word.starts_with("--") && name(word).len() > 1);
    single.find(|word| has(command, &spelt(name(word))) || known(&spelt(name(word))).is_some())
}

/// In our way: `ca_file`, `CAfile`.
fn spelt(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

fn has(command: &Command, name: &str) -> bool {
    command.get_arguments().any(|option| {
        option.get_long() == Some(name) || option.get_short().is_some_and(|short| name == short.to_string())
    })
}

/// Our option for this name of another program's with its value (empty: none), and what it does.
fn known(name: &str) -> Option<(&'static str, &'static str)> {
    OPTIONS.iter().find(|(names, ..)| names.contains(&name)).map(|(_, option, says)| (*option, *says))
}

/// What to type in place of an option that this command does not have.
fn tip(word: &str, command: &Command, top: &Command) -> Option<String> {
    let typed = name(word);
    let name = &spelt(typed);
    let dashes = if name.len() == 1 { "-" } else { "--" };
    if has(command, name) {
        let misplaced = word.starts_with("--") || name.len() == 1;
        return Some(match misplaced {
            true => format!("'{dashes}{name}' goes behind '{}'", command.get_name()),
            false => format!("'--{name}' has two dashes"),
        });
    }
    let of: Vec<&str> = top.get_subcommands().filter(|sub| has(sub, typed)).map(Command::get_name).collect();
    let taken = ["fix", "check"].contains(&command.get_name()) || command.get_name() == top.get_name();
    match known(name).filter(|_| taken) {
        Some((option, says)) if !option.is_empty() && command.get_name() == "check" && !has(command, first(option)) => {
            Some(format!("'chainmend fix --{option}' {says}"))
        }
        Some((option, says)) if !option.is_empty() => Some(format!("'--{option}' {says}")),
        Some((_, says)) if command.get_name() == top.get_name() => Some(says.replace("COMMAND", "check")),
        Some((_, says)) => Some(says.replace("COMMAND", command.get_name())),
        None if of.is_empty() => None,
        None => Some(format!("'{dashes}{typed}' is an option of {}", list(&of))),
    }
}

fn first(words: &str) -> &str {
    words.split(' ').next().unwrap_or_default()
}

/// `fix, check and filter`.
fn list(names: &[&str]) -> String {
    match names {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// Whether what clap takes to be near has little to do with what was typed.
fn far(error: &Error, typed: &str) -> bool {
    let (typed, near) = (spelt(name(typed)), value(error, ContextKind::SuggestedArg).map(name));
    near.is_some_and(|near| {
        let share = typed.len() >= 3 && (near.contains(&typed) || typed.contains(near));
        !share && osa_distance(&typed, near) > near.len().max(typed.len()) / 3
    })
}

/// What to type in place of a command that there is not.
fn instead(word: &str, typed: &[String]) -> Option<String> {
    let known = COMMANDS.iter().find(|(names, _)| names.contains(&word)).map(|(_, says)| (*says).to_owned());
    let file = word.contains(['.', '/', ':']) || Path::new(word).exists();
    let all: Vec<String> = typed.iter().map(|word| quote::word(word)).collect();
    let rule = || match near::rules(word).first() {
        Some(rule) if *rule == word || word.contains('-') => {
            Some(format!("a rule has a page: chainmend explain {rule}"))
        }
        _ => None,
    };
    known.or_else(|| file.then(|| format!("to see what is wrong: chainmend check {}", all.join(" ")))).or_else(rule)
}

#[cfg(test)]
mod tests;
