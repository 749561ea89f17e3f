//! `chainmend completions`.

use clap::CommandFactory;
use clap_complete::Shell as Kind;

use crate::args::{CommandLine, Shell};
use crate::problem::Problem;
use crate::terminal;

/// Prints a shell's completions.
pub fn run(shell: Shell) -> Result<(), Problem> {
    let kind = match shell {
        Shell::Bash => Kind::Bash,
        Shell::Elvish => Kind::Elvish,
        Shell::Fish => Kind::Fish,
        Shell::PowerShell => Kind::PowerShell,
        Shell::Zsh => Kind::Zsh,
    };
    // Into memory first: the generator panics where a write fails.
    let mut script = Vec::new();
    clap_complete::generate(kind, &mut CommandLine::command(), "chainmend", &mut script);
    terminal::stdout(&script)
}
