//! Waiting for what other threads should do, without a verdict that hangs on a clock.
//!
//! A wrong answer never does what is waited for, so the wait must end. How long is long enough depends
//! on the machine and on what else it does. So patience is counted in rounds, and in each round a thread
//! is started and has run: the same work that the answer's threads need, on the same busy machine.

use crate::{death, locate, threads};
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use verdict::{Kind, wire::RankFailure};

/// For what a right answer surely does. At least half a second, when the machine has nothing else to do.
pub const PATIENT: usize = 500;
/// For what a right answer never does, and which it must wait out.
pub const BRIEF: usize = 60;
/// For an answer that may have come to a standstill; longer than any wait within it.
const STANDSTILL: usize = 5 * PATIENT;
/// The first rounds only give way to others: mostly there is nothing to wait for.
const QUICK: usize = 20;

/// Waits until a count reaches `wanted`, and returns how far it came.
///
/// It may come slowly: the wait is over only when there was nothing new for so many `rounds`.
pub fn patiently(rounds: usize, wanted: usize, so_far: impl Fn() -> usize) -> usize {
    let (mut seen, mut idle) = (so_far(), 0);
    while seen < wanted && idle < rounds {
        round(idle);
        let now = so_far();
        idle = if now == seen { idle + 1 } else { 0 };
        seen = now;
    }
    seen
}

/// The same where a verdict hangs on who has come by then. On a machine that does much else, threads of
/// this process may not have had a turn for all those rounds: the wait ends only when each that wants to
/// run has run.
pub fn patiently_for_all(rounds: usize, wanted: usize, so_far: impl Fn() -> usize) -> usize {
    // A thread may want to run again and again.
    const TURNS: usize = 3;
    let mut turns = 0;
    loop {
        let before = patiently(rounds / 2, wanted, &so_far);
        let mut kept = threads::waiting_for_a_turn();
        let seen = patiently(rounds - rounds / 2, wanted, &so_far);
        kept.retain(|thread| !thread.has_run());
        if seen >= wanted || seen == before && (kept.is_empty() || turns == TURNS) {
            return seen;
        }
        turns += usize::from(seen == before);
        patiently(PATIENT, kept.len(), || {
            // Who counts may also tell a watch that this is no standstill.
            so_far();
            kept.iter().filter(|thread| thread.has_run()).count()
        });
    }
}

fn round(number: usize) {
    if number < QUICK {
        return thread::yield_now();
    }
    // Where no thread can be started any more, the rest of the round is patience enough.
    if let Ok(thread) = thread::Builder::new().spawn(|| {}) {
        let _ = thread.join();
    }
    thread::sleep(Duration::from_millis(1));
}

/// A place that nobody leaves before all who are expected have come: so they are proven to be threads
/// of their own that are at work at the same time, on one core as on many.
///
/// Where not all come, the others are let out in the end, and it is known how many they were. Once it
/// is open, it stays open.
#[derive(Debug)]
pub struct Meeting {
    expected: usize,
    rounds: usize,
    inside: AtomicUsize,
    met: OnceLock<usize>,
}

impl Meeting {
    /// For so many threads, which a right answer lets all come.
    pub fn of(expected: usize) -> Self {
        Self::with_patience(PATIENT, expected)
    }

    /// For so many threads, and so many rounds of patience.
    pub fn with_patience(rounds: usize, expected: usize) -> Self {
        Self {
            expected,
            rounds,
            inside: AtomicUsize::new(0),
            met: OnceLock::new(),
        }
    }

    /// Comes in, and leaves when all are here, or when nobody comes any more.
    pub fn enter(&self) {
        self.inside.fetch_add(1, Ordering::SeqCst);
        let inside = || self.inside.load(Ordering::SeqCst);
        // Who is first waits for the others, and the others wait for that.
        self.met
            .get_or_init(|| patiently(self.rounds, self.expected, inside));
    }

    /// How many were inside at the same time when it opened; 0 when nobody came.
    pub fn met(&self) -> usize {
        self.met.get().copied().unwrap_or(0).min(self.expected)
    }
}

/// Runs an answer that might come to a standstill: when `events` has not changed for a long time and
/// the answer has not returned, `sentence` is reported as a deadlock, where the main thread is. It does
/// not return then, and the grader ends the process.
///
/// Call it on the main thread.
pub fn watched<T>(
    events: impl Fn() -> usize + Sync,
    sentence: impl Fn() -> String + Sync,
    answer: impl FnOnce() -> T,
) -> T {
    watched_with_patience(STANDSTILL, events, sentence, answer)
}

/// The same with so many rounds of patience, for a check in which nothing waits with patience itself.
pub fn watched_with_patience<T>(
    rounds: usize,
    events: impl Fn() -> usize + Sync,
    sentence: impl Fn() -> String + Sync,
    answer: impl FnOnce() -> T,
) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            if stands_still(rounds, &over, &events) {
                death::last_words(RankFailure {
                    stack: locate::stack_of_main(),
                    ..death::failure(Kind::Deadlock, sentence())
                });
            }
        });
        // Also when the answer is `todo!()`, and unwinds.
        let _end = Ending(&over);
        answer()
    })
}

struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Waits until something is over; whether it came to a standstill before.
fn stands_still(rounds: usize, over: &AtomicBool, events: impl Fn() -> usize) -> bool {
    // The end is as good as any number of events.
    let moved = || {
        if over.load(Ordering::Acquire) {
            usize::MAX
        } else {
            events()
        }
    };
    patiently(rounds, usize::MAX, moved) < usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_at_the_same_time_meet() {
        let meeting = Meeting::of(20);
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| meeting.enter());
            }
        });
        assert_eq!(meeting.met(), 20);
    }

    #[test]
    fn one_after_another_is_no_meeting() {
        let meeting = Meeting::with_patience(BRIEF, 3);
        assert_eq!(meeting.met(), 0);
        for _ in 0..3 {
            meeting.enter();
        }
        assert_eq!(meeting.met(), 1);
    }

    #[test]
    fn more_than_expected_do_no_harm() {
        let meeting = Meeting::of(1);
        meeting.enter();
        meeting.enter();
        assert_eq!(meeting.met(), 1);
    }

    #[test]
    fn whatever_still_moves_is_waited_for() {
        let calls = AtomicUsize::new(0);
        // Something new in every tenth round, and patience for thirteen.
        let slow = || calls.fetch_add(1, Ordering::Relaxed) / 10;
        assert_eq!(patiently(13, 5, slow), 5);
        calls.store(0, Ordering::Relaxed);
        assert_eq!(patiently(7, 5, slow), 0);
    }

    #[test]
    fn one_that_wants_to_run_has_run_when_the_wait_is_over() {
        let (begun, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            // They keep every core busy, and never sleep.
            for _ in 0..30 {
                scope.spawn(|| {
                    begun.fetch_add(1, Ordering::SeqCst);
                    while !stop.load(Ordering::SeqCst) {
                        std::hint::spin_loop();
                    }
                });
            }
            let begun = || begun.load(Ordering::SeqCst);
            assert_eq!(patiently_for_all(1, usize::MAX, begun), 30);
            stop.store(true, Ordering::SeqCst);
        });
    }

    #[test]
    fn a_standstill_is_told_from_an_end() {
        let (over, events) = (AtomicBool::new(false), AtomicUsize::new(7));
        assert!(stands_still(BRIEF, &over, || events.load(Ordering::Relaxed)));
        assert!(!stands_still(BRIEF, &over, || {
            // Also an event that takes something away is one.
            let left = events.fetch_sub(1, Ordering::Relaxed) - 1;
            over.store(left == 0, Ordering::Release);
            left
        }));
    }

    #[test]
    fn a_watched_answer_returns_what_it_returns() {
        assert_eq!(watched(|| 0, String::new, || 42), 42);
    }
}
