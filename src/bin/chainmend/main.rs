//! `chainmend`: mends TLS certificate chains. What was typed, what it means, doing it, saying so.

mod args;
mod batch;
mod cachecmd;
mod completions;
mod diff;
mod explain;
mod filter;
mod input;
mod interrupt;
mod jobs;
mod judged;
mod live;
mod manners;
mod meant;
mod output;
mod problem;
mod progress;
mod quote;
mod render;
mod report;
mod room;
mod run;
mod settings;
mod setup;
mod terminal;
mod walk;

use std::process::ExitCode;

use args::{Color, Command};
use problem::Problem;
use settings::{Environment, Settings};

fn main() -> ExitCode {
    let line = match meant::parse() {
        Ok(line) => line,
        Err(error) => {
            // Help is no error, and a reader that has gone away is none either.
            let unprinted = error.print().is_err_and(|why| why.kind() != std::io::ErrorKind::BrokenPipe);
            return if error.use_stderr() || unprinted { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match meant::glued(&line).and_then(|()| obey(line.command, line.color)) {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            terminal::stderr_text(&render::problem(&problem, ""), line.color);
            ExitCode::from(2)
        }
    }
}

fn obey(command: Command, color: Color) -> Result<u8, Problem> {
    let (environment, now) = (Environment::read(), settings::now());
    match command {
        Command::Fix(fix) => {
            batch::run(&Settings::fix(fix.output, fix.exit_non_zero_on_fix, fix.common, environment, now)?, color)
        }
        Command::Check(check) => batch::run(&Settings::check(check.common, environment, now)?, color),
        Command::Explain(explain) => explain::run(&explain, color),
        Command::Cache(cache) => cachecmd::run(cache.action, environment.cache_dir.map(Into::into), color),
        Command::Filter(filter) => filter::run(*filter, environment, now),
        Command::Completions(completions) => completions::run(completions.shell).map(|()| 0),
    }
}
