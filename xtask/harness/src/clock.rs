//! A clock in place of the machine's, for answers that measure: time passes only when the check says
//! so, and a little with each reading. Then an answer must return a known time, whatever else the
//! machine does, and no check has to wait for it.
//!
//! It is the clock of one thread, while [`stopped`] runs there. The check program must have
//! [`stand_in_for_the_clock!`](crate::stand_in_for_the_clock) in it, so that its own functions take the
//! place of those of the C library, on which the standard library's clocks and `sleep` rely.

#![allow(unsafe_code)]

use libc::{c_char, c_int, c_void};
pub use libc::{clockid_t, timespec};
use std::{
    cell::Cell,
    ffi::CStr,
    mem::transmute,
    time::{Duration, Instant},
};

/// So much time passes with each reading of the clock: who waits for the clock in a loop sees its end.
pub const TICK: Duration = Duration::from_micros(1);

thread_local! {
    /// What this thread's clock shows; none while it is the machine's.
    static NOW: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// Runs a function with a clock that stands still, but for [`advance`] and for [`TICK`].
pub fn stopped<T>(run: impl FnOnce() -> T) -> T {
    let _restored = Restored;
    // Beyond the machine's start by more than anybody subtracts.
    NOW.set(Some(Duration::from_secs(1_000_000)));
    run()
}

/// The machine's clock is back also after a panic.
struct Restored;

impl Drop for Restored {
    fn drop(&mut self) {
        NOW.set(None);
    }
}

/// Lets time pass on this thread's clock, if it is a stopped one.
pub fn advance(time: Duration) {
    NOW.set(NOW.get().map(|now| now + time));
}

/// Takes one reading's time back, if this thread's clock is a stopped one: so a call between two readings can take
/// no time, as on a machine with a coarse clock.
pub fn take_back_a_tick() {
    NOW.set(NOW.get().map(|now| now - TICK));
}

/// What this thread's clock shows, if it is a stopped one; to ask takes no time.
pub fn now() -> Option<Duration> {
    NOW.get()
}

/// Whether the standard library reads the clock that stands in, on this system.
pub fn is_in_place() -> bool {
    stopped(|| {
        let start = Instant::now();
        advance(Duration::from_secs(3600));
        start.elapsed() == Duration::from_secs(3600) + TICK
    })
}

/// Takes the place of the C library's `clock_gettime`, `nanosleep` and, on Linux, `clock_nanosleep` and
/// `sched_yield`, in the whole program. Once in a check program, beside its `main`.
#[macro_export]
macro_rules! stand_in_for_the_clock {
    () => {
        #[allow(unsafe_code)]
        mod stand_in_for_the_clock {
            use ::harness::clock::{self, clockid_t, timespec};

            // SAFETY: each has the name, the type and the contract of the C library's function.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> i32 {
                // SAFETY: the caller keeps the contract of `clock_gettime`.
                unsafe { clock::read(clock, time) }
            }

            // SAFETY: as above.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn nanosleep(time: *const timespec, left: *mut timespec) -> i32 {
                // SAFETY: the caller keeps the contract of `nanosleep`.
                unsafe { clock::sleep(time, left) }
            }

            // SAFETY: as above.
            #[cfg(target_os = "linux")]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn clock_nanosleep(
                clock: clockid_t,
                flags: i32,
                time: *const timespec,
                left: *mut timespec,
            ) -> i32 {
                // SAFETY: the caller keeps the contract of `clock_nanosleep`.
                unsafe { clock::sleep_by(clock, flags, time, left) }
            }

            // SAFETY: as above.
            #[cfg(target_os = "linux")]
            #[unsafe(no_mangle)]
            extern "C" fn sched_yield() -> i32 {
                clock::give_way()
            }
        }
    };
}

/// The C library's function of that name, which the check program's hides.
fn hidden(name: &CStr) -> *mut c_void {
    let name: *const c_char = name.as_ptr();
    // SAFETY: the name is a C string.
    unsafe { libc::dlsym(libc::RTLD_NEXT, name) }
}

/// What `clock_gettime` does.
///
/// # Safety
/// `time` is null or valid for writes.
pub unsafe fn read(clock: clockid_t, time: *mut timespec) -> c_int {
    let Some(now) = NOW.get() else {
        type Read = unsafe extern "C" fn(clockid_t, *mut timespec) -> c_int;
        // SAFETY: it is a function of this type, or null, which is none.
        let real: Option<Read> = unsafe { transmute(hidden(c"clock_gettime")) };
        // SAFETY: the caller keeps the contract.
        return real.map_or(-1, |real| unsafe { real(clock, time) });
    };
    NOW.set(Some(now + TICK));
    if !time.is_null() {
        // SAFETY: it is not null, and so valid for writes.
        unsafe { time.write(as_timespec(now)) };
    }
    0
}

/// What `nanosleep` does.
///
/// # Safety
/// `time` is valid for reads, `left` null or valid for writes.
pub unsafe fn sleep(time: *const timespec, left: *mut timespec) -> c_int {
    if NOW.get().is_none() {
        type Sleep = unsafe extern "C" fn(*const timespec, *mut timespec) -> c_int;
        // SAFETY: it is a function of this type, or null, which is none.
        let real: Option<Sleep> = unsafe { transmute(hidden(c"nanosleep")) };
        // SAFETY: the caller keeps the contract.
        return real.map_or(-1, |real| unsafe { real(time, left) });
    }
    // SAFETY: it is valid for reads.
    advance(as_duration(unsafe { time.read() }));
    0
}

/// What `clock_nanosleep` does.
///
/// # Safety
/// `time` is valid for reads, `left` null or valid for writes.
#[cfg(target_os = "linux")]
pub unsafe fn sleep_by(
    clock: clockid_t,
    flags: c_int,
    time: *const timespec,
    left: *mut timespec,
) -> c_int {
    let Some(now) = NOW.get() else {
        type SleepBy =
            unsafe extern "C" fn(clockid_t, c_int, *const timespec, *mut timespec) -> c_int;
        // SAFETY: it is a function of this type, or null, which is none.
        let real: Option<SleepBy> = unsafe { transmute(hidden(c"clock_nanosleep")) };
        // SAFETY: the caller keeps the contract.
        return real.map_or(libc::ENOSYS, |real| unsafe {
            real(clock, flags, time, left)
        });
    };
    // SAFETY: it is valid for reads.
    let time = as_duration(unsafe { time.read() });
    if flags & libc::TIMER_ABSTIME == 0 {
        advance(time);
    } else {
        NOW.set(Some(now.max(time)));
    }
    0
}

/// What `sched_yield` does. On a stopped clock, others have a time slice meanwhile.
#[cfg(target_os = "linux")]
pub fn give_way() -> c_int {
    const SLICE: Duration = Duration::from_millis(1);
    if NOW.get().is_some() {
        advance(SLICE);
        return 0;
    }
    // SAFETY: this call to the kernel takes no arguments.
    unsafe { libc::syscall(libc::SYS_sched_yield) as c_int }
}

fn as_timespec(time: Duration) -> timespec {
    timespec {
        tv_sec: time.as_secs() as _,
        tv_nsec: time.subsec_nanos() as _,
    }
}

fn as_duration(spec: timespec) -> Duration {
    Duration::new(
        spec.tv_sec.try_into().unwrap_or(0),
        spec.tv_nsec.try_into().unwrap_or(0),
    )
}
