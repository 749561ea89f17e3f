//! What the options for live servers go with.

use std::path::PathBuf;

use super::Mode;
use crate::args::LiveArgs;
use crate::problem::{Problem, shown};
use crate::{input, live, quote};

/// Which options are for live servers, and which are not.
pub fn fits(mode: &Mode, bundles: &[PathBuf], args: &LiveArgs) -> Result<(), Problem> {
    let server = bundles.iter().find(|path| live::is_server(&path.to_string_lossy()));
    let option = match args {
        LiveArgs { connect: Some(_), .. } => Some("--connect"),
        LiveArgs { against: Some(_), .. } => Some("--against"),
        _ => None,
    };
    match (server, mode, option) {
        (Some(server), Mode::InPlace, _) => Err(Problem::new(format!(
            "{} is a server, and -i rewrites files",
            shown(server)
        ))
        .help(format!("chainmend fix {}{} -o fullchain.pem", quote::path(server), super::carried::live(args)))),
        (None, _, Some(option)) => Err(Problem::new(format!("{option} is for a live server, and none is named")).help(
            format!("chainmend check https://HOST {option} {}", if option == "--connect" { "ADDRESS" } else { "FILE" }),
        )),
        (Some(server), Mode::Write(_), _) if args.against.is_some() => {
            Err(Problem::new("--against is for check: it says whether the server sends what the file holds")
                .help(format!("chainmend check {} --against FILE", quote::path(server))))
        }
        _ if args.against.as_deref().is_some_and(input::is_stdin)
            && bundles.iter().any(|path| input::is_stdin(path)) =>
        {
            Err(Problem::new("- is named twice; standard input can be read once"))
        }
        _ => Ok(()),
    }
}
