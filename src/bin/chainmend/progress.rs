//! Long work shows itself: a line on a terminal that is taken back at the end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::args::Color;
use crate::jobs::lock;
use crate::terminal;

/// What takes less than this shows nothing: a line that only flashes says nothing either.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the line changes: fast enough to be seen moving, slow enough to be read.
const PERIOD: Duration = Duration::from_millis(200);

/// An estimate rests on this many bundles at least.
const MIN_ESTIMATED: usize = 5;

/// Takes the line back (ECMA-48: carriage return, EL).
const ERASE: &str = "\r\x1b[K";

/// Around the line: what does not fit a narrow terminal is cut off rather than wrapped (xterm's
/// DECAWM), since only one line can be taken back.
const CUT: (&str, &str) = ("\x1b[?7l", "\x1b[?7h");

/// How far the work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bundles in all; 0 where nobody knows.
    pub total: usize,
    /// Bundles that are done.
    pub done: usize,
    /// Those of them that were mended, or under `check` can be.
    pub mended: usize,
    /// Those that cannot be, or could not be read.
    pub broken: usize,
}

/// The line, and everything else that goes to standard error meanwhile.
pub struct Progress {
    state: Mutex<State>,
    ended: Condvar,
    fetches: Arc<AtomicUsize>,
    /// Whether somebody would see it.
    is_live: bool,
    /// What is done with a bundle that needs it: `mended`, `mendable`.
    mended: &'static str,
    color: Color,
}

#[derive(Default)]
struct State {
    counts: Counts,
    shown: bool,
    ended: bool,
}

impl Progress {
    /// For `total` bundles; `fetches` counts requests. The line is shown only where `is_wanted` and
    /// standard error is a terminal.
    pub fn new(total: usize, fetches: Arc<AtomicUsize>, is_wanted: bool, mended: &'static str, color: Color) -> Self {
        let state = State { counts: Counts { total, ..Counts::default() }, ..State::default() };
        let is_live = is_wanted && total > 0 && terminal::stderr_is_live();
        Self { state: Mutex::new(state), ended: Condvar::new(), fetches, is_live, mended, color }
    }

    /// Where there is nothing to show.
    pub fn silent() -> Self {
        Self::new(0, Arc::default(), false, "", Color::Never)
    }

    /// One more bundle is done.
    pub fn add(&self, mended: bool, broken: bool) {
        let counts = &mut lock(&self.state).counts;
        counts.done += 1;
        counts.mended += usize::from(mended);
        counts.broken += usize::from(broken);
    }

    /// How far the work is.
    pub fn counts(&self) -> Counts {
        lock(&self.state).counts
    }

    /// Writes to standard error; the line makes room.
    pub fn say(&self, text: &str) {
        if !text.is_empty() {
            let mut state = lock(&self.state);
            state.erase();
            terminal::stderr_text(text, self.color);
        }
    }

    /// Shows the line while `work` is being done, from the moment on that it takes long.
    #[expect(clippy::disallowed_methods, reason = "shows how the time goes by")]
    pub fn shown<R>(&self, work: impl FnOnce() -> R) -> R {
        if !self.is_live {
            return work();
        }
        let start = Instant::now();
        thread::scope(|scope| {
            // Without it the work is done all the same.
            let _ = thread::Builder::new().spawn_scoped(scope, || self.tick(start));
            let done = work();
            self.end();
            done
        })
    }

    /// Takes the line back for good.
    pub fn end(&self) {
        let mut state = lock(&self.state);
        state.ended = true;
        state.erase();
        self.ended.notify_all();
    }

    fn tick(&self, start: Instant) {
        let mut state = lock(&self.state);
        let mut pause = PATIENCE;
        loop {
            let (back, waited) = self.ended.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner);
            state = back;
            if state.ended {
                return;
            }
            if waited.timed_out() {
                let line = line(&state.counts, self.mended, self.fetches.load(Ordering::Relaxed), start.elapsed());
                terminal::stderr_text(&format!("{ERASE}{}{line}{}", CUT.0, CUT.1), Color::Always);
                state.shown = true;
                pause = PERIOD;
            }
        }
    }
}

impl State {
    fn erase(&mut self) {
        if std::mem::take(&mut self.shown) {
            terminal::stderr_text(ERASE, Color::Always);
        }
    }
}

/// `12,345 of 100,000 bundles, 17 mended, 3 broken, 42 requests, about 2 min left`.
fn line(counts: &Counts, mended_word: &str, fetches: usize, elapsed: Duration) -> String {
    let Counts { total, done, mended, broken } = *counts;
    let bundles = if total == 1 { "bundle" } else { "bundles" };
    let mut parts = vec![format!("{} of {} {bundles}", grouped(done), grouped(total))];
    for (number, word) in [(mended, mended_word), (broken, "broken")] {
        if number > 0 {
            parts.push(format!("{} {word}", grouped(number)));
        }
    }
    match fetches {
        0 => {}
        1 => parts.push("1 request".to_owned()),
        _ => parts.push(format!("{} requests", grouped(fetches))),
    }
    parts.extend(left(total, done, elapsed));
    parts.join(", ")
}

/// `about 40 s left`, if the work goes on as it went so far.
fn left(total: usize, done: usize, elapsed: Duration) -> Option<String> {
    let ahead = total.checked_sub(done).filter(|ahead| *ahead > 0)?;
    if done < MIN_ESTIMATED {
        return None;
    }
    let factor = u32::try_from(ahead).ok()?;
    let seconds = (elapsed.checked_mul(factor)? / u32::try_from(done).ok()?).as_secs().max(1);
    Some(match seconds {
        0..100 => format!("about {seconds} s left"),
        100..6000 => format!("about {} min left", (seconds + 30) / 60),
        _ => format!("about {} h left", (seconds + 1800) / 3600),
    })
}

/// `12,345`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(total: usize, done: usize, mended: usize, broken: usize) -> Counts {
        Counts { total, done, mended, broken }
    }

    #[test]
    fn the_line_says_how_far_it_is() {
        let seconds = Duration::from_secs;
        for (counts, fetches, elapsed, wanted) in [
            (counts(1, 0, 0, 0), 1, 2, "0 of 1 bundle, 1 request"),
            (
                counts(100_000, 12_345, 17, 3),
                42,
                30,
                "12,345 of 100,000 bundles, 17 mended, 3 broken, 42 requests, about 4 min left",
            ),
            (counts(10, 5, 0, 0), 0, 20, "5 of 10 bundles, about 20 s left"),
            (counts(10, 4, 0, 1), 0, 20, "4 of 10 bundles, 1 broken"),
            (counts(10, 10, 10, 0), 0, 20, "10 of 10 bundles, 10 mended"),
            (counts(1_000_000, 10, 0, 0), 0, 1, "10 of 1,000,000 bundles, about 28 h left"),
        ] {
            assert_eq!(line(&counts, "mended", fetches, seconds(elapsed)), wanted);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, wanted) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), wanted);
        }
    }

    #[test]
    fn nobody_sees_a_line_in_a_pipe() {
        // The tests' standard error may be a terminal, but then nobody wanted it.
        let progress = Progress::new(3, Arc::default(), false, "mended", Color::Never);
        progress.shown(|| progress.add(true, false));
        assert_eq!(progress.counts(), counts(3, 1, 1, 0));
        assert!(!lock(&progress.state).shown);
    }
}
