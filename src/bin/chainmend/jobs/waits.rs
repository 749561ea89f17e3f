//! Threads that wait for a server compute nothing: others work in their place meanwhile.

use std::sync::{Condvar, Mutex, PoisonError};

use super::lock;

/// So many stand-ins there are at the most, each started when the one before it is at work: as many
/// servers as are asked at a time. One that does not answer in ten seconds keeps nobody else waiting.
pub const STAND_INS: usize = 16;

/// Who waits.
#[derive(Debug, Default)]
pub struct Waits {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// How many threads wait for a server.
    away: usize,
    /// How many stand-ins wait for something to do.
    idle: usize,
    /// There is nothing left to begin.
    over: bool,
}

impl Waits {
    /// Does `wait`, which takes long and needs no processor.
    pub fn during<R>(&self, wait: impl FnOnce() -> R) -> R {
        self.change(|state| state.away += 1);
        let _back = Back(self);
        wait()
    }

    /// Lets the stand-ins go: there is nothing left to begin.
    pub(super) fn over(&self) {
        self.change(|state| state.over = true);
    }

    /// Waits until at least `rank` threads are away; false where there is nothing left to begin.
    pub(super) fn is_needed(&self, rank: usize) -> bool {
        let mut state = lock(&self.state);
        while !state.over && state.away < rank {
            state.idle += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
        !state.over
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = lock(&self.state);
        change(&mut state);
        if state.idle > 0 {
            self.changed.notify_all();
        }
    }
}

/// Counts a thread as back when it is, also after a panic.
struct Back<'a>(&'a Waits);

impl Drop for Back<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).away -= 1;
    }
}
