//! `chainmend cache`: where the issuers are that were fetched before.

use std::path::PathBuf;

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
        // To be plugged in, as `chainmend::source` gains it: `Cache::open(&folder)`, then
        // `list()`, a line for each URL, or `clear()`.
        CacheAction::List | CacheAction::Clear => {
            Err(Problem::new("this build keeps no cache, and so has none to list or clear"))
        }
    }
}
