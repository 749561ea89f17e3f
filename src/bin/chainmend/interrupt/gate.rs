//! Between a signal and the files: none takes its place once the program is ending.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use crate::jobs::lock;

/// What every thread passes that is about to put a file in its place. Once it is closed, nobody does any
/// more.
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
    done: AtomicUsize,
}

struct State {
    closed: bool,
    /// No more than there are threads.
    inside: Vec<ThreadId>,
}

impl Gate {
    /// An open one.
    pub const fn new() -> Self {
        let state = Mutex::new(State { closed: false, inside: Vec::new() });
        Self { state, changed: Condvar::new(), done: AtomicUsize::new(0) }
    }

    /// Before a file takes its place. Does not come back where the gate is closed: the program is ending.
    pub fn enter(&self) {
        let mut state = lock(&self.state);
        while state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let this = thread::current().id();
        if !state.inside.contains(&this) {
            state.inside.push(this);
        }
    }

    /// This thread has left, if it was inside, when what is returned is dropped: when what it did is
    /// known to whoever tells it.
    pub fn leaves(&self) -> Leaves<'_> {
        Leaves(self)
    }

    /// Lets nobody in any more, and waits for those inside.
    #[cfg(any(unix, test))]
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        while !state.inside.is_empty() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// How many bundles are done, told or not.
    pub fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }
}

/// See [`Gate::leaves`].
pub struct Leaves<'a>(&'a Gate);

impl Leaves<'_> {
    /// The bundle is done, though it may be long before it is told: the reader of a report may not read.
    pub fn done(&self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        let this = thread::current().id();
        let place = state.inside.iter().position(|thread| *thread == this);
        // Whoever waits for it has closed the gate first; a call into the kernel for each file costs as
        // much as reading it.
        if place.map(|place| state.inside.swap_remove(place)).is_some() && state.closed {
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    use super::*;

    #[test]
    fn whoever_is_inside_is_waited_for() {
        let (gate, told) = (Gate::new(), AtomicBool::new(false));
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
        let gate = Gate::new();
        drop(gate.leaves());
        gate.close();
        assert!(lock(&gate.state).closed);
    }
}
