//! `chainmend`: mends TLS certificate chains. What was typed, what it means, doing it, saying so.

mod args;
mod cachecmd;
mod completions;
mod diff;
mod explain;
mod input;
mod jobs;
mod judged;
mod live;
mod manners;
mod output;
mod problem;
mod quote;
mod render;
mod report;
mod run;
mod settings;
mod setup;
mod terminal;
mod walk;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use args::{Color, Command, CommandLine};
use problem::Problem;
use settings::{Environment, Settings};

fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Help is no error, and a reader that has gone away is none either.
            let unprinted = error.print().is_err_and(|why| why.kind() != std::io::ErrorKind::BrokenPipe);
            return if error.use_stderr() || unprinted { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match obey(line.command, line.color) {
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
            mend(&Settings::fix(fix.output, fix.exit_non_zero_on_fix, fix.common, environment, now)?, color)
        }
        Command::Check(check) => mend(&Settings::check(check.common, environment, now)?, color),
        Command::Explain(explain) => explain::run(&explain, color),
        Command::Cache(cache) => cachecmd::run(cache.action, environment.cache_dir.map(Into::into), color),
        Command::Completions(completions) => completions::run(completions.shell).map(|()| 0),
    }
}

/// `fix` and `check`: the highest exit code of all bundles.
#[expect(clippy::disallowed_methods, reason = "times the run for the report")]
fn mend(settings: &Settings, color: Color) -> Result<u8, Problem> {
    let start = Instant::now();
    let judged = run::run(settings, color).inspect_err(|problem| report::nothing_done(settings, problem))?;
    report::report(settings, &judged, start.elapsed(), color)?;
    Ok(judged.iter().map(|judged| judged.code).max().unwrap_or_default())
}
