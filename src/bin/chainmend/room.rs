//! How much of all inputs is in memory at a time: threads share it, and who wants more than is left waits.

use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use crate::input::MAX_INPUT_BYTES;
use crate::jobs::lock;

/// As much as the largest input has, so that a run over many of them stays below what it may take for one
/// (tests/bounds.rs). Thousands of usual files fit in together.
const ALL: u64 = MAX_INPUT_BYTES;

/// From so many bytes on a thread of its own costs nothing beside what is done.
const LARGE: u64 = 1024 * 1024;

/// What is left for inputs.
///
/// Nobody waits for good: whoever has a part has all that it will ask for, so that it goes on to the end
/// and gives it back; and the largest input fits in where nothing else is. Small inputs go past a large one
/// that waits, but no more of them than results may be ahead of it ([`crate::jobs::AHEAD`]).
#[derive(Debug)]
pub struct Room {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug)]
struct State {
    left: u64,
    /// How many wait for some of it.
    waiting: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { state: Mutex::new(State { left: ALL, waiting: 0 }), freed: Condvar::new() }
    }
}

impl Room {
    /// Waits until there is room for so many bytes; for more than there ever is, until there is nothing else.
    ///
    /// Who holds a part must not ask for another.
    pub fn take(&self, bytes: u64) -> Part<'_> {
        let bytes = bytes.min(ALL);
        let mut state = lock(&self.state);
        while state.left < bytes {
            state.waiting += 1;
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        state.left -= bytes;
        Part { room: self, bytes }
    }
}

/// Room that was taken; given back when it is dropped.
#[derive(Debug)]
pub struct Part<'a> {
    room: &'a Room,
    bytes: u64,
}

impl Part<'_> {
    /// Whether this is room for so many bytes.
    pub fn holds(&self, bytes: usize) -> bool {
        self.bytes >= (bytes as u64).min(ALL)
    }

    /// Does `work` with what the room is for: if that is much, on a thread that ends with it. What glibc
    /// keeps of its memory, which is as much again, then goes to the next large input, and not to each
    /// thread that ever had one.
    pub fn apart<R: Send>(&self, work: impl Fn() -> R + Sync) -> R {
        if self.bytes < LARGE {
            return work();
        }
        thread::scope(|scope| match thread::Builder::new().spawn_scoped(scope, &work) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // A thread that the system refuses is one fewer; this one works too.
            Err(_) => work(),
        })
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.room.state);
        state.left += self.bytes;
        // Seldom: a call into the kernel for each input costs a microsecond.
        if state.waiting > 0 {
            self.room.freed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    /// Threads with inputs of many sizes: never more than there is room for, and everyone has its turn.
    #[test]
    fn no_more_is_in_memory_than_there_is_room_for() {
        let (room, held, most, done) = (Room::default(), AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for thread in 0..8 {
                let (room, held, most, done) = (&room, &held, &most, &done);
                scope.spawn(move || {
                    for turn in 0..50 {
                        let bytes = [0, 1, ALL / 7, ALL / 2, ALL - 1, ALL, 3 * ALL][(thread * 5 + turn) % 7];
                        let part = room.take(bytes);
                        assert!(part.holds(usize::try_from(bytes).unwrap()));
                        let now = held.fetch_add(bytes.min(ALL), Ordering::SeqCst) + bytes.min(ALL);
                        most.fetch_max(now, Ordering::SeqCst);
                        thread::yield_now();
                        held.fetch_sub(bytes.min(ALL), Ordering::SeqCst);
                        drop(part);
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!((done.into_inner(), lock(&room.state).left), (8 * 50, ALL));
        assert!(most.into_inner() <= ALL);
    }

    #[test]
    fn a_large_one_waits_and_a_small_one_goes_past() {
        let room = Room::default();
        let first = room.take(ALL / 2);
        thread::scope(|scope| {
            let large = scope.spawn(|| drop(room.take(ALL)));
            thread::sleep(Duration::from_millis(20));
            assert!(!large.is_finished());
            drop(room.take(ALL / 4));
            drop(first);
            large.join().unwrap();
        });
    }

    /// One that fails gives its room back.
    #[test]
    fn a_panic_keeps_no_room() {
        let room = Room::default();
        let failed = thread::scope(|scope| {
            let failing = || room.take(ALL).apart(|| panic!("as a bug would"));
            scope.spawn(failing).join()
        });
        assert!(failed.is_err());
        drop(room.take(ALL));
    }
}
