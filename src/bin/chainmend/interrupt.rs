//! Ctrl-C, `kill`, a terminal that is closed: the program ends soon, whoever reads what it says or does not.
//! No file takes its place any more, none is left half-written or beside its target, and what was done with
//! many files is said.

mod gate;

#[cfg(unix)]
mod watch;

pub use gate::Gate;
#[cfg(unix)]
pub use watch::{watch, watched};

/// The gate of this process, which a signal closes.
pub static GATE: Gate = Gate::new();

/// Without signals there is nothing to watch for.
#[cfg(not(unix))]
pub fn watch() {}

/// Without signals there is nothing to watch for.
#[cfg(not(unix))]
pub fn watched<R>(
    _stop: impl FnOnce() + Send,
    _last_words: impl FnOnce() + Send + 'static,
    work: impl FnOnce() -> R,
) -> R {
    work()
}
