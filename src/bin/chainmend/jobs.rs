//! Many bundles on several threads, results in order, each handed on as soon as all before it have come.

mod waits;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};

pub use waits::{STAND_INS, Waits};

/// So many results may wait for a slower one before them. While one bundle waits half a minute for a
/// server, others of some 60 µs each go on for a quarter of a second, and then wait too; with a few KB
/// a result that is some 10 MB.
pub const AHEAD: usize = 4096;

/// So many threads work at a time, however many are asked for: more than the largest machines have cores
/// (two sockets of 192), and far more than servers are waited for at a time. Each has a stack of its own, and
/// where the next one cannot have it any more, std ends the program rather than the thread.
pub const MAX_THREADS: usize = 512;

/// Where the address space is bounded (`ulimit -v`), each thread may count on so much of it: glibc makes an
/// arena of 64 MiB for it, and for its alignment maps twice that for a moment. Beside it a stack of 2 MiB
/// is small; where that finds no room any more, the whole program ends.
const ADDRESS_SPACE: u64 = 128 * 1024 * 1024;

/// Locks; a thread that panicked has left nothing half-done that the next one minds.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where results arrive in any order, and leave in that of their inputs.
pub struct Desk<T, S> {
    queue: Mutex<Queue<T, S>>,
    moved: Condvar,
}

struct Queue<T, S> {
    /// The number of the result that is to leave next.
    next: usize,
    waiting: BTreeMap<usize, T>,
    sink: S,
    /// How many threads are too far ahead.
    held: usize,
    /// Nothing more is wanted.
    closed: bool,
}

impl<T, S: FnMut(T) -> ControlFlow<()>> Desk<T, S> {
    /// `sink` gets the results, one after the other; with `Break` it wants no more.
    pub fn new(sink: S) -> Self {
        let queue = Queue { next: 0, waiting: BTreeMap::new(), sink, held: 0, closed: false };
        Self { queue: Mutex::new(queue), moved: Condvar::new() }
    }

    fn put(&self, number: usize, result: T) {
        let mut queue = lock(&self.queue);
        queue.waiting.insert(number, result);
        let mut moved = false;
        while !queue.closed {
            let next = queue.next;
            let Some(result) = queue.waiting.remove(&next) else { break };
            queue.closed = (queue.sink)(result).is_break();
            (queue.next, moved) = (next + 1, true);
        }
        // Seldom: a call into the kernel for each bundle costs a microsecond.
        if moved && queue.held > 0 {
            self.moved.notify_all();
        }
    }

    /// Waits until `number` is near enough to what has left; says whether it is wanted at all.
    fn may_begin(&self, number: usize) -> bool {
        let mut queue = lock(&self.queue);
        while !queue.closed && number >= queue.next.saturating_add(AHEAD) {
            queue.held += 1;
            queue = self.moved.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.held -= 1;
        }
        !queue.closed
    }

    /// Wants no more: what has come leaves now, though results before it are missing.
    pub fn close(&self) {
        let mut queue = lock(&self.queue);
        if !std::mem::replace(&mut queue.closed, true) {
            for result in std::mem::take(&mut queue.waiting).into_values() {
                if (queue.sink)(result).is_break() {
                    break;
                }
            }
        }
        self.moved.notify_all();
    }
}

/// Who does the work.
pub struct Crew<'a> {
    /// How many threads work at a time.
    pub threads: usize,
    /// Threads that wait for a server, and so do not work; others may stand in for them.
    pub waits: &'a Waits,
    /// How many others, at the most.
    pub stand_ins: usize,
}

impl<'a> Crew<'a> {
    /// As many threads as were asked for; else one for each processor. Whoever asks for one wants one.
    /// No more than there are bundles: for one alone the processors are not even counted, since the
    /// answer is spread over several files (cgroup quotas) and takes as long as two certificates. And no
    /// more than there may be.
    pub fn of(wanted: Option<usize>, bundles: usize, waits: &'a Waits) -> Self {
        if bundles <= 1 {
            return Self { threads: bundles, waits, stand_ins: 0 };
        }
        let processors = || thread::available_parallelism().map_or(1, usize::from);
        let most = most_threads(address_space());
        let threads = wanted.unwrap_or_else(processors).min(bundles).min(most);
        let stand_ins = if wanted == Some(1) { 0 } else { STAND_INS.min(bundles - threads).min(most) };
        Self { threads, waits, stand_ins }
    }
}

/// How many threads there may be in an address space of so many bytes.
fn most_threads(address_space: Option<u64>) -> usize {
    let fitting =
        address_space.map_or(MAX_THREADS, |bytes| usize::try_from(bytes / ADDRESS_SPACE).unwrap_or(usize::MAX));
    fitting.clamp(1, MAX_THREADS)
}

/// How large the address space may grow, where that is bounded (RLIMIT_AS, getrlimit(2)).
#[cfg(unix)]
fn address_space() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current
}

#[cfg(not(unix))]
fn address_space() -> Option<u64> {
    None
}

/// Does `work` with everything that `source` gives; the results go over the desk. What `work` gives
/// besides a result is dropped as soon as that lies on the desk. With one thread, and nobody to stand in
/// for it, none is started.
pub fn in_order<I, T: Send, K>(
    crew: &Crew<'_>,
    source: impl FnMut() -> Option<I> + Send,
    work: impl Fn(I) -> (T, K) + Sync,
    desk: &Desk<T, impl FnMut(T) -> ControlFlow<()> + Send>,
) {
    let source = Mutex::new((0_usize, source));
    // One input, if there is one that is wanted.
    let turn = || {
        let (number, input) = {
            let mut source = lock(&source);
            let (next, take) = &mut *source;
            if !desk.may_begin(*next) {
                return false;
            }
            let Some(input) = take() else { return false };
            *next += 1;
            (*next - 1, input)
        };
        let (result, kept) = work(input);
        desk.put(number, result);
        drop(kept);
        true
    };
    let labour = || {
        let _over = Over(crew.waits);
        while turn() {}
    };
    if crew.threads + crew.stand_ins <= 1 {
        return labour();
    }
    thread::scope(|scope| {
        for _ in 1..crew.threads {
            // A thread that the system refuses is one fewer; this one works too.
            let _ = thread::Builder::new().spawn_scoped(scope, labour);
        }
        stand_in(scope, 1, crew, &turn);
        labour();
    });
}

/// Starts the stand-in of this rank, which works while so many threads wait; it starts the next one.
fn stand_in<'scope>(
    scope: &'scope Scope<'scope, '_>,
    rank: usize,
    crew: &'scope Crew<'_>,
    turn: &'scope (impl Fn() -> bool + Sync),
) {
    if rank <= crew.stand_ins {
        let labour = move || {
            if crew.waits.is_needed(rank) {
                stand_in(scope, rank + 1, crew, turn);
            }
            while crew.waits.is_needed(rank) && turn() {}
        };
        let _ = thread::Builder::new().spawn_scoped(scope, labour);
    }
}

/// Says that there is nothing left to begin, also after a panic.
struct Over<'a>(&'a Waits);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.over();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    fn crew(threads: usize, waits: &Waits) -> Crew<'_> {
        Crew { threads, waits, stand_ins: 0 }
    }

    #[test]
    fn no_more_threads_than_there_may_be() {
        const MIB: u64 = 1024 * 1024;
        for (address_space, most) in [
            (None, MAX_THREADS),
            (Some(u64::MAX), MAX_THREADS),
            (Some(400 * MIB), 3),
            (Some(40 * MIB), 1),
            (Some(0), 1),
        ] {
            assert_eq!(most_threads(address_space), most, "{address_space:?}");
        }
        let waits = Waits::default();
        for (wanted, bundles) in [(usize::MAX, usize::MAX), (1_000_000, 1_000_000), (1000, MAX_THREADS + 1)] {
            let crew = Crew::of(Some(wanted), bundles, &waits);
            assert!(crew.threads <= MAX_THREADS && crew.stand_ins <= STAND_INS);
        }
        assert_eq!(Crew::of(Some(usize::MAX), 2, &waits).threads, 2);
    }

    fn squares(count: usize, threads: usize) -> Vec<usize> {
        let mut all = Vec::new();
        let mut inputs = 0..count;
        let desk = Desk::new(|square| {
            all.push(square);
            ControlFlow::Continue(())
        });
        in_order(&crew(threads, &Waits::default()), || inputs.next(), |i| (i * i, ()), &desk);
        drop(desk);
        all
    }

    #[test]
    fn results_come_in_order() {
        for count in [0, 1, 2, 7, 100, 3 * AHEAD] {
            for threads in [0, 1, 2, 5] {
                assert_eq!(squares(count, threads), (0..count).map(|i| i * i).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn one_thread_is_this_one() {
        let here = thread::current().id();
        let mut inputs = 0..3;
        let desk = Desk::new(|thread| {
            assert_eq!(thread, here);
            ControlFlow::Continue(())
        });
        in_order(&crew(1, &Waits::default()), || inputs.next(), |_| (thread::current().id(), ()), &desk);
    }

    #[test]
    fn a_result_leaves_before_the_next_input_is_there() {
        let (answer, answers) = mpsc::channel();
        let mut asked = 0;
        let desk = Desk::new(move |number: usize| {
            answer.send(number).unwrap();
            ControlFlow::Continue(())
        });
        // As at a terminal: nobody types the next line before the answer to the last is there.
        let question = move || {
            if asked > 0 {
                assert_eq!(answers.recv().unwrap(), asked - 1);
            }
            asked += 1;
            (asked <= 10).then_some(asked - 1)
        };
        in_order(&crew(1, &Waits::default()), question, |number| (number, ()), &desk);
    }

    #[test]
    fn nothing_runs_far_ahead_of_a_slow_one() {
        let most = AtomicUsize::new(0);
        let mut inputs = 0..AHEAD * 2;
        let desk = Desk::new(|_| ControlFlow::Continue(()));
        let (release, wait) = mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        let work = |number| {
            if number == 0 {
                lock(&wait).recv().unwrap();
                assert!(most.load(Ordering::Relaxed) < AHEAD);
            } else if most.fetch_max(number, Ordering::Relaxed).max(number) == AHEAD - 1 {
                let _ = release.send(());
            }
            ((), ())
        };
        in_order(&crew(2, &Waits::default()), || inputs.next(), work, &desk);
        assert_eq!(most.into_inner(), AHEAD * 2 - 1);
    }

    #[test]
    fn a_sink_that_wants_no_more_ends_it() {
        for threads in [1, 3] {
            let (mut begun, mut taken) = (0, 0);
            let desk = Desk::new(|_| {
                taken += 1;
                if taken == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let source = || {
                begun += 1;
                Some(())
            };
            in_order(&crew(threads, &Waits::default()), source, |()| ((), ()), &desk);
            drop(desk);
            assert_eq!(taken, 5);
            assert!(begun <= 5 + AHEAD, "{begun}");
        }
    }

    #[test]
    fn closing_hands_on_what_has_come() {
        let mut all = Vec::new();
        let desk = Desk::new(|number| {
            all.push(number);
            ControlFlow::Continue(())
        });
        [1, 3, 0].into_iter().for_each(|number| desk.put(number, number));
        desk.close();
        desk.put(2, 2);
        assert!(!desk.may_begin(4));
        drop(desk);
        assert_eq!(all, [0, 1, 3]);
    }

    #[test]
    fn others_work_while_some_wait() {
        for (threads, stand_ins, waiting) in [(1, 1, 1), (1, 3, 3), (2, 3, 4), (5, STAND_INS, 19)] {
            let (mut inputs, mut all) = (0..20_usize, Vec::new());
            let (waits, done) = (Waits::default(), AtomicUsize::new(0));
            let desk = Desk::new(|number| {
                all.push(number);
                ControlFlow::Continue(())
            });
            let work = |number| {
                if number < waiting {
                    waits.during(|| {
                        while done.load(Ordering::SeqCst) < 20 - waiting {
                            thread::yield_now();
                        }
                    });
                } else {
                    done.fetch_add(1, Ordering::SeqCst);
                }
                (number, ())
            };
            in_order(&Crew { threads, waits: &waits, stand_ins }, || inputs.next(), work, &desk);
            drop(desk);
            assert_eq!(all, (0..20).collect::<Vec<_>>());
        }
    }

    /// A stand-in is no thread more: so many work at a time as were asked for.
    #[test]
    fn nobody_stands_in_for_threads_that_work() {
        let (working, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (mut inputs, waits) = (0..50, Waits::default());
        let desk = Desk::new(|()| ControlFlow::Continue(()));
        let work = |_| {
            most.fetch_max(working.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(std::time::Duration::from_millis(1));
            working.fetch_sub(1, Ordering::SeqCst);
            ((), ())
        };
        in_order(&Crew { threads: 2, waits: &waits, stand_ins: STAND_INS }, || inputs.next(), work, &desk);
        assert!(most.into_inner() <= 2);
    }
}
