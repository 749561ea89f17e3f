//! The signals that ask the program to end, and what is done then.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::GATE;
use crate::jobs::lock;
use crate::output;

/// So long a program that is asked to end may go on with what it has begun: files that are on their way
/// to their places, and a report to whoever reads it. Shells, systemd and Kubernetes wait at least ten
/// seconds before they kill; who presses Ctrl-C waits less.
const GRACE: Duration = Duration::from_secs(2);

/// The same for what is said, and done, where that was not enough.
const LAST: Duration = Duration::from_millis(500);

/// How often it is looked whether a second signal has come.
const TICK: Duration = Duration::from_millis(10);

/// Who tells what was done, where there is more than one thing to do.
static TELLER: Mutex<Option<Teller>> = Mutex::new(None);

struct Teller {
    /// Asks it; what is sent is dropped when all is told.
    ask: Sender<Sender<()>>,
    /// What to say where nobody reads what it tells.
    last_words: Box<dyn FnOnce() + Send>,
}

/// From now on a signal that asks the program to end has it end with 128 and the signal's number, with
/// no temporary file left; a second one ends it at once.
///
/// A signal that was ignored when the program started (`nohup`, a script's `&`) stays ignored. Whoever
/// writes nothing need not watch: then the signal itself ends the program.
pub fn watch() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        let (hand_over, signals) = mpsc::channel::<Signals>();
        // The thread is there before the first signal is kept from ending the program.
        let watcher = thread::Builder::new().spawn(move || signals.recv().map(attend));
        let ignored = ignored_signals();
        let wanted = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0);
        if watcher.is_ok()
            && let Ok(signals) = Signals::new(wanted)
        {
            let _ = hand_over.send(signals);
        }
    });
}

/// Does `work`, watched. If a signal comes meanwhile, `stop` is called, which says what was done;
/// `last_words` says it where that does not come to an end, because nobody reads it.
pub fn watched<R>(
    stop: impl FnOnce() + Send,
    last_words: impl FnOnce() + Send + 'static,
    work: impl FnOnce() -> R,
) -> R {
    watch();
    let (ask, asked) = mpsc::channel::<Sender<()>>();
    thread::scope(|scope| {
        let teller = move || {
            if let Ok(told) = asked.recv() {
                stop();
                drop(told);
            }
        };
        if thread::Builder::new().spawn_scoped(scope, teller).is_ok() {
            *lock(&TELLER) = Some(Teller { ask, last_words: Box::new(last_words) });
        }
        let _until = Until;
        work()
    })
}

/// Lets the teller go when there is nothing more to tell, also after a panic.
struct Until;

impl Drop for Until {
    fn drop(&mut self) {
        *lock(&TELLER) = None;
    }
}

/// Waits for a signal, and ends the program.
fn attend(mut signals: Signals) {
    let Some(signal) = signals.forever().next() else { return };
    let teller = lock(&TELLER).take();
    let (ask, last_words) = teller.map(|teller| (teller.ask, teller.last_words)).unzip();
    let told = apart(move |told| {
        GATE.close();
        if let Some(ask) = ask {
            let _ = ask.send(told);
        }
    });
    if !ends(&told, GRACE, &mut signals)
        && let Some(last_words) = last_words
    {
        let said = apart(|_| last_words());
        ends(&said, LAST, &mut signals);
    }
    let gone = apart(|_| output::abandon());
    ends(&gone, LAST, &mut signals);
    end(128 + signal);
}

/// Does `work` on a thread that may be left behind; what is returned is closed as soon as what `work`
/// was given is dropped.
fn apart(work: impl FnOnce(Sender<()>) + Send + 'static) -> Receiver<()> {
    let (over, is_over) = mpsc::channel();
    // Where the system refuses a thread it is over at once.
    let _ = thread::Builder::new().spawn(move || work(over));
    is_over
}

/// Waits until it is over; false where it takes too long, or another signal comes.
#[expect(clippy::disallowed_methods, reason = "bounds how long a program that is to end goes on")]
fn ends(is_over: &Receiver<()>, most: Duration, signals: &mut Signals) -> bool {
    let until = Instant::now() + most;
    while is_over.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        if Instant::now() >= until || signals.pending().next().is_some() {
            return false;
        }
    }
    true
}

/// The signals that whoever started the program lets it ignore, a bit each (Linux's /proc/PID/status,
/// proc(5)); none elsewhere.
#[expect(clippy::disallowed_methods, reason = "the kernel's word on this process")]
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "other threads may be waiting for a server, or a reader")]
fn end(code: i32) {
    std::process::exit(code);
}
