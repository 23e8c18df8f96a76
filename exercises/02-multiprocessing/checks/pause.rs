//! Pauses of the thread that measures: `thread::sleep` is recorded, and takes no time.

// The C library's function is replaced, and called by its number in the kernel.
#![allow(unsafe_code)]

use std::{cell::Cell, time::Duration};

thread_local! {
    /// How long this thread has slept since pauses are recorded; `None` if they are not.
    static SLEPT: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// From now on, the pauses of this thread are added up, and take no time.
pub fn watch() {
    SLEPT.set(Some(Duration::ZERO));
}

/// How long this thread would have slept since [`watch`]. From now on, pauses take time again.
pub fn take() -> Duration {
    SLEPT.take().unwrap_or_default()
}

/// Takes the place of the C library's function, which `thread::sleep` calls on Linux.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
extern "C" fn clock_nanosleep(
    clock: libc::clockid_t,
    flags: libc::c_int,
    request: *const libc::timespec,
    remaining: *mut libc::timespec,
) -> libc::c_int {
    // At the end of a thread, the variable may no longer exist, and nothing is measured.
    let slept = SLEPT.try_with(Cell::get).ok().flatten();
    if let (Some(slept), 0) = (slept, flags) {
        // SAFETY: the caller of this function promises what the C library requires: a pointer to a time.
        let request = unsafe { *request };
        let seconds = u64::try_from(request.tv_sec).unwrap_or_default();
        let nanoseconds = u32::try_from(request.tv_nsec).unwrap_or_default();
        SLEPT.set(Some(slept + Duration::new(seconds, nanoseconds)));
        return 0;
    }
    // SAFETY: the kernel's call takes the same arguments, and they are passed on as they came.
    let result =
        unsafe { libc::syscall(libc::SYS_clock_nanosleep, clock, flags, request, remaining) };
    if result == 0 {
        return 0;
    }
    std::io::Error::last_os_error()
        .raw_os_error()
        .unwrap_or_default()
}
