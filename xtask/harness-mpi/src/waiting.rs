//! How a rank that waits gives way to others.
//!
//! MPI waits in a loop, and calls `sched_yield` now and then. Where all that want the core are ranks, that is
//! the fastest way to the one that is waited for. Where another program computes on it, each yield hands that
//! program a whole time slice: thousands of times what the message takes. A rank that sleeps for a moment, on
//! the other hand, is put before such a program when it wakes. So a yield that took long is followed by sleeps.

use rustix::{
    thread,
    time::{ClockId, Timespec, clock_gettime},
};
use std::{cell::Cell, ffi::c_int, hint::black_box, time::Duration};

/// A yield takes longer than this only if somebody computes: ranks that wait, too, yield much sooner.
const LONG: Duration = Duration::from_millis(1);
/// How many sleeps follow the first such yield, and how many at most those after it: each costs a time slice,
/// and is made to find out whether the machine is still busy.
const SLEEPS: std::ops::RangeInclusive<u32> = 64..=4096;

/// What a thread knows of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Way {
    /// How many more times to sleep.
    left: u32,
    /// How many sleeps followed the last yield that took long; half as many for each short one since.
    last: u32,
}

impl Way {
    /// What is known after a yield that took so long.
    fn after(self, took: Duration) -> Self {
        if took < LONG {
            let last = self.last / 2;
            return Self { left: 0, last };
        }
        let sleeps = (2 * self.last).clamp(*SLEEPS.start(), *SLEEPS.end());
        Self {
            left: sleeps,
            last: sleeps,
        }
    }
}

thread_local! {
    static WAY: Cell<Way> = const { Cell::new(Way { left: 0, last: 0 }) };
}

/// Has MPI call the function below in place of the C library's.
pub(crate) fn give_way() {
    // The linker keeps what somebody names, and exports what a shared library asks for.
    black_box(sched_yield as extern "C" fn() -> c_int);
}

/// Takes the place of the C library's function, with its contract: others may run before it returns.
///
/// It makes the system calls itself: the C library's clock and sleep may be those of an answer, where time
/// stands still.
#[allow(unsafe_code)]
// SAFETY: it has the name, the type and the contract of the C library's function.
#[unsafe(no_mangle)]
extern "C" fn sched_yield() -> c_int {
    let way = WAY.get();
    if way.left > 0 {
        WAY.set(Way {
            left: way.left - 1,
            ..way
        });
        // As short as the system can: it wakes who sleeps up to 50 µs later.
        let moment = Timespec {
            tv_sec: 0,
            tv_nsec: 1,
        };
        // One that is interrupted was long enough.
        let _ = thread::nanosleep(&moment);
        // Who looks at the thread would take it for one that sleeps.
        harness::gives_way(thread::gettid().as_raw_pid());
        return 0;
    }
    let begin = now();
    thread::sched_yield();
    WAY.set(way.after(now().saturating_sub(begin)));
    0
}

fn now() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often a thread sleeps after each of its yields, by how long they take.
    fn sleeps(yields: &[Duration]) -> Vec<u32> {
        let mut way = Way::default();
        let mut after = |took: &Duration| {
            way = way.after(*took);
            way.left
        };
        yields.iter().map(&mut after).collect()
    }

    #[test]
    fn among_ranks_alone_nobody_sleeps() {
        assert_eq!(sleeps(&[Duration::from_micros(200); 5]), [0; 5]);
    }

    #[test]
    fn the_longer_the_machine_is_busy_the_more_seldom_it_is_asked() {
        let (slice, short) = (Duration::from_millis(4), Duration::ZERO);
        let all = sleeps(&[slice; 9]);
        assert_eq!(all, [64, 128, 256, 512, 1024, 2048, 4096, 4096, 4096]);
        assert_eq!(sleeps(&[slice, slice, short, slice]), [64, 128, 0, 128]);
        assert_eq!(sleeps(&[slice, short, short, slice]), [64, 0, 0, 64]);
    }

    #[test]
    fn it_stands_in_for_the_function_of_the_c_library() {
        give_way();
        WAY.set(Way { left: 1, last: 64 });
        std::thread::yield_now();
        assert_eq!(WAY.get(), Way { left: 0, last: 64 });
    }
}
