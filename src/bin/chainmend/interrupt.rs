//! Ctrl-C in the middle of many files: no file is begun any more, none is left half-written, and what
//! was done is said.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use crate::jobs::lock;

/// What every thread passes that is about to write. Once it is closed, nobody does any more.
#[derive(Default)]
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    closed: bool,
    inside: HashSet<ThreadId>,
}

impl Gate {
    /// Before something is written. Does not come back where the gate is closed: the program is ending.
    pub fn enter(&self) {
        let mut state = lock(&self.state);
        while state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.inside.insert(thread::current().id());
    }

    /// This thread has left, if it was inside, when what is returned is dropped: when what it did is
    /// known to whoever tells it.
    pub fn leaves(&self) -> Leaves<'_> {
        Leaves(self)
    }

    /// Lets nobody in any more, and waits for those inside.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        while !state.inside.is_empty() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// See [`Gate::leaves`].
pub struct Leaves<'a>(&'a Gate);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        // Whoever waits for it has closed the gate first; a call into the kernel for each file costs as
        // much as reading it.
        if state.inside.remove(&thread::current().id()) && state.closed {
            self.0.changed.notify_all();
        }
    }
}

/// Does `work`. A signal that asks the program to end meanwhile has `stop` called, which says what was
/// done, and then ends it with 128 and the signal's number; a second one ends it at once.
///
/// A signal that was ignored when the program started (`nohup`, a script's `&`) stays ignored.
#[cfg(unix)]
pub fn watched<R>(stop: impl FnOnce() + Send, work: impl FnOnce() -> R) -> R {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let ignored = ignored_signals();
    let wanted = [SIGINT, SIGTERM].into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0);
    let is_second = Arc::new(AtomicBool::new(false));
    for signal in wanted.clone() {
        // Where it cannot be had, a signal ends the program as it always did.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&is_second));
    }
    let Ok(mut signals) = Signals::new(wanted) else { return work() };
    let handle = signals.handle();
    thread::scope(|scope| {
        let watch = thread::Builder::new().spawn_scoped(scope, move || {
            if let Some(signal) = signals.forever().next() {
                is_second.store(true, Ordering::Relaxed);
                stop();
                end(128 + signal);
            }
        });
        let done = work();
        drop(watch);
        handle.close();
        done
    })
}

/// Without signals there is nothing to watch for.
#[cfg(not(unix))]
pub fn watched<R>(_stop: impl FnOnce() + Send, work: impl FnOnce() -> R) -> R {
    work()
}

/// The signals that whoever started the program lets it ignore, a bit each (Linux's /proc/PID/status,
/// proc(5)); none elsewhere.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the kernel's word on this process")]
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "other threads may be waiting for a server")]
fn end(code: i32) {
    std::process::exit(code);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn whoever_is_inside_is_waited_for() {
        let (gate, told) = (Gate::default(), AtomicBool::new(false));
        thread::scope(|scope| {
            let (inside, is_inside) = std::sync::mpsc::channel();
            let (gate, told) = (&gate, &told);
            scope.spawn(move || {
                let leaves = gate.leaves();
                gate.enter();
                inside.send(()).unwrap();
                thread::sleep(Duration::from_millis(30));
                told.store(true, Ordering::SeqCst);
                drop(leaves);
            });
            is_inside.recv().unwrap();
            gate.close();
            assert!(told.load(Ordering::SeqCst));
        });
    }

    #[test]
    fn nobody_is_waited_for_where_nobody_entered() {
        let gate = Gate::default();
        drop(gate.leaves());
        gate.close();
        assert!(lock(&gate.state).closed);
    }
}
