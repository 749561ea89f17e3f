//! `chainmend cache`: where the issuers are that were fetched before.

use std::path::PathBuf;

use chainmend::cert::escape;
use chainmend::source::Cache;
use chainmend::source::cache::{Entry, Key};
use etcetera::BaseStrategy;

use crate::args::CacheAction;
use crate::problem::Problem;
use crate::terminal;

/// The folder of the cache: `CHAINMEND_CACHE_DIR`, else the user's own cache folder.
pub fn folder(chosen: Option<PathBuf>) -> Result<PathBuf, Problem> {
    let own = || etcetera::choose_base_strategy().ok().map(|base| base.cache_dir().join("chainmend"));
    chosen.or_else(own).ok_or_else(|| {
        Problem::new("no folder for the cache: there is no home directory").help("set CHAINMEND_CACHE_DIR")
    })
}

/// Does it.
pub fn run(action: CacheAction, chosen: Option<PathBuf>) -> Result<(), Problem> {
    let folder = folder(chosen)?;
    match action {
        CacheAction::Path => terminal::stdout(format!("{}\n", folder.display()).as_bytes()),
        CacheAction::List => {
            let lines: String = Cache::new(folder).list().iter().map(line).collect();
            terminal::stdout(lines.as_bytes())
        }
        CacheAction::Clear => {
            let cache = Cache::new(folder);
            let gone = cache.clear().map_err(|error| Problem::io("clear", cache.path(), &error))?;
            let files = if gone == 1 { "file" } else { "files" };
            terminal::stdout(format!("{gone} {files} removed\n").as_bytes())
        }
    }
}

/// A line for each answer: when, how many certificates or which failure, from where, for whom.
fn line(entry: &Entry) -> String {
    let names: Vec<String> = entry.certificates.iter().map(|kept| kept.certificate.short_name()).collect();
    let what = match &entry.failure {
        Some(why) => format!("failed: {}", escape(why)),
        None => names.join(", "),
    };
    match &entry.key {
        Key::Url(url) => format!("{}  {}  {what}\n", entry.asked, escape(url)),
        Key::Subject(_) => format!("{}  imported  {what}\n", entry.asked),
    }
}
