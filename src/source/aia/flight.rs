//! One request serves all who wait for it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::answer::Answer;

/// The URLs that were asked or are being asked in this run.
#[derive(Debug, Default)]
pub(super) struct Flights {
    flights: Mutex<HashMap<String, Arc<Flight>>>,
}

/// What becomes of one that wants a URL's answer.
pub(super) enum Seat<'a> {
    /// The first: it asks.
    Pilot(Pilot<'a>),
    /// Another asks or has asked: wait for its answer.
    Passenger(Arc<Flight>),
    /// Nobody asks, and it must not.
    None,
}

/// A request under way, or its answer.
#[derive(Debug, Default)]
pub(super) struct Flight {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Clone, Debug, Default)]
enum State {
    #[default]
    UnderWay,
    Landed(Answer),
    /// The one who asked gave up: somebody else may ask.
    Abandoned,
}

/// The one who asks. If it is dropped without an answer, another takes its place.
pub(super) struct Pilot<'a> {
    flights: &'a Flights,
    flight: Arc<Flight>,
    key: String,
    landed: bool,
}

impl Flights {
    /// A seat for `key`; one that `may_ask` is the pilot where there is none yet.
    pub(super) fn take_seat(&self, key: &str, may_ask: bool) -> Seat<'_> {
        match lock(&self.flights).entry(key.to_owned()) {
            Entry::Occupied(flight) => Seat::Passenger(Arc::clone(flight.get())),
            Entry::Vacant(_) if !may_ask => Seat::None,
            Entry::Vacant(place) => {
                let flight = Arc::clone(place.insert(Arc::default()));
                Seat::Pilot(Pilot { flights: self, flight, key: key.to_owned(), landed: false })
            }
        }
    }
}

impl Flight {
    /// The answer, if it is there.
    pub(super) fn landed(&self) -> Option<Answer> {
        match &*lock(&self.state) {
            State::Landed(answer) => Some(answer.clone()),
            State::UnderWay | State::Abandoned => None,
        }
    }

    /// The answer; `Some(None)` where the flight was abandoned, `None` where `until` came first.
    pub(super) fn wait(&self, until: Instant) -> Option<Option<Answer>> {
        let mut state = lock(&self.state);
        loop {
            match &*state {
                State::Landed(answer) => return Some(Some(answer.clone())),
                State::Abandoned => return Some(None),
                State::UnderWay => {}
            }
            #[expect(clippy::disallowed_methods, reason = "waiting ends by the clock")]
            let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            state = self.done.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn settle(&self, state: State) {
        *lock(&self.state) = state;
        self.done.notify_all();
    }
}

impl Pilot<'_> {
    /// Hands the answer to all who wait and all who will ask.
    pub(super) fn land(mut self, answer: Answer) -> Answer {
        self.landed = true;
        self.flight.settle(State::Landed(answer.clone()));
        answer
    }
}

impl Drop for Pilot<'_> {
    fn drop(&mut self) {
        if !self.landed {
            lock(&self.flights.flights).remove(&self.key);
            self.flight.settle(State::Abandoned);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
