//! Fatal signals and `exit`, the two ways out that only the C library sees; and the signal by which
//! a thread is asked where it is.
//!
//! A signal handler may neither allocate nor lock. It notes where it happened, wakes a thread that
//! may do both, and keeps still.

// The one place of this crate where C is called.
#![allow(unsafe_code)]

use crate::{channel, death, place, state};
use std::{
    ffi::{c_int, c_void},
    fs::File,
    io::Read,
    os::fd::IntoRawFd,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use verdict::{Kind, wire::RankFailure};

/// The signals that end a process because of what it did.
const SIGNALS: [(c_int, &str, &str); 5] = [
    (
        libc::SIGSEGV,
        "SIGSEGV",
        "it touched memory that is not its own",
    ),
    (
        libc::SIGBUS,
        "SIGBUS",
        "it touched memory that does not exist",
    ),
    (libc::SIGFPE, "SIGFPE", "an arithmetic fault"),
    (libc::SIGILL, "SIGILL", "an illegal instruction"),
    (libc::SIGABRT, "SIGABRT", "it was aborted"),
];

/// How many return addresses are kept: enough to see that a function calls itself.
const DEPTH: usize = 64;
/// So many frames of one function in the innermost [`DEPTH`] are no accident.
const ENDLESS: usize = 24;

/// The signal at which the main thread says where it is: one that nothing else uses.
const WHERE: c_int = libc::SIGUSR2;
/// How long the main thread may take for that.
const PROMPT: Duration = Duration::from_millis(200);

static STACK: [AtomicPtr<c_void>; DEPTH] = [const { AtomicPtr::new(std::ptr::null_mut()) }; DEPTH];
static FRAMES: AtomicUsize = AtomicUsize::new(0);
/// The write end of the pipe that wakes the speaker.
static BELL: AtomicI32 = AtomicI32::new(-1);
static RECORDS: AtomicI32 = AtomicI32::new(-1);
static MAIN: OnceLock<libc::pthread_t> = OnceLock::new();
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Sets the handlers and the exit function.
pub(crate) fn watch() {
    // SAFETY: `on_exit` is a plain function that lives as long as the program and takes nothing.
    // A full table of exit functions is the only error; then an early exit is seen as a lost rank.
    unsafe { libc::atexit(death::on_exit) };
    let Ok((listen, ring)) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC) else {
        // Without the pipe a crash is still seen, as a lost rank, only less is said about it.
        return;
    };
    let speaker = move || {
        let mut signal = [0];
        if File::from(listen).read_exact(&mut signal).is_ok() {
            death::last_words(crash(c_int::from(signal[0])));
        }
    };
    if std::thread::Builder::new()
        .name("last words".into())
        .spawn(speaker)
        .is_err()
    {
        return;
    }
    BELL.store(ring.into_raw_fd(), Ordering::Release);
    RECORDS.store(channel::raw_descriptor().unwrap_or(-1), Ordering::Release);
    // SAFETY: pthread_self takes nothing and cannot fail.
    let main = unsafe { libc::pthread_self() };
    // The one call of this function is the main thread's.
    let _ = MAIN.set(main);
    let fatal = SIGNALS
        .iter()
        .map(|(signal, ..)| (*signal, on_signal as extern "C" fn(c_int)));
    for (signal, handler) in fatal.chain([(WHERE, on_where as extern "C" fn(c_int))]) {
        // SAFETY: an all-zero sigaction is a valid value: no flags, an empty mask, which the next
        // lines fill in. The handler has the signature that its flags promise (no SA_SIGINFO). It
        // runs on the alternate stack that Rust's runtime sets up for every thread, so that it also
        // runs after a stack overflow.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handler as *const () as libc::sighandler_t;
            action.sa_flags = libc::SA_ONSTACK | libc::SA_NODEFER | libc::SA_RESTART;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

extern "C" fn on_signal(signal: c_int) {
    static ONCE: AtomicBool = AtomicBool::new(false);
    if !death::is_armed() || ONCE.swap(true, Ordering::AcqRel) {
        // A forked child, an end that is none of our business, or a second fault while the first is
        // being told: let the default take its course.
        // SAFETY: both calls are async-signal-safe, and SIG_DFL is a valid disposition.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
        return;
    }
    // First that it is dying: should the speaker hang on a lock that this thread holds, the grader
    // still knows, and does not wait.
    let dying = b"{\"record\":\"dying\"}\n";
    write_all(RECORDS.load(Ordering::Acquire), dying);
    note_stack();
    write_all(BELL.load(Ordering::Acquire), &[signal as u8]);
    loop {
        // SAFETY: pause takes nothing and is async-signal-safe.
        unsafe { libc::pause() };
    }
}

extern "C" fn on_where(_: c_int) {
    note_stack();
    ANSWERED.store(true, Ordering::Release);
}

/// Notes the return addresses of the thread that a signal has interrupted.
fn note_stack() {
    let mut frames = 0;
    // SAFETY: what the closure does is neither allocation nor locking. The crate's own lock, which
    // this call goes around, keeps threads from symbolizing at the same time; this only walks.
    unsafe {
        backtrace::trace_unsynchronized(|frame| {
            STACK[frames].store(frame.ip(), Ordering::Relaxed);
            frames += 1;
            frames < DEPTH
        });
    }
    FRAMES.store(frames, Ordering::Release);
}

fn noted() -> Vec<*mut c_void> {
    let frames = FRAMES.load(Ordering::Acquire);
    STACK[..frames]
        .iter()
        .map(|address| address.load(Ordering::Relaxed))
        .collect()
}

/// The return addresses of the main thread, innermost first; none if it does not answer.
pub(crate) fn stack_of_main() -> Vec<*mut c_void> {
    let Some(main) = MAIN.get() else {
        return Vec::new();
    };
    ANSWERED.store(false, Ordering::Release);
    // SAFETY: the main thread lives as long as the process, so its handle is valid; the signal has
    // a handler since `watch`.
    unsafe { libc::pthread_kill(*main, WHERE) };
    let deadline = Instant::now() + PROMPT;
    while !ANSWERED.load(Ordering::Acquire) {
        if Instant::now() >= deadline {
            return Vec::new();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    noted()
}

/// Writes from a signal handler.
fn write_all(descriptor: c_int, bytes: &[u8]) {
    // SAFETY: the pointer and the length are those of one slice; write is async-signal-safe, and a
    // bad descriptor is an error that it returns.
    unsafe { libc::write(descriptor, bytes.as_ptr().cast(), bytes.len()) };
}

/// What is to be said of a signal, from what its handler has noted.
fn crash(signal: c_int) -> RankFailure {
    let stack = noted();
    let names: Vec<String> = stack.iter().flat_map(|address| names(*address)).collect();
    let place = stack.iter().find_map(|address| place::of_address(*address));
    let who = state::who();
    if names.iter().any(|name| name.contains("handle_alloc_error")) {
        let message = format!("{who} asked for more memory than there is");
        return death::failure(Kind::MemoryLimit, message, place);
    }
    let repeated = names
        .iter()
        .find(|name| names.iter().filter(|other| other == name).count() >= ENDLESS);
    let message = match (repeated, SIGNALS.iter().find(|known| known.0 == signal)) {
        (Some(name), _) => format!("{who} ran out of stack: `{name}` calls itself without end"),
        (None, Some((_, name, what))) => format!("{who} was ended by {name}: {what}"),
        (None, None) => format!("{who} was ended by signal {signal}"),
    };
    death::failure(Kind::Crash, message, place)
}

fn names(address: *mut c_void) -> Vec<String> {
    let mut names = Vec::new();
    backtrace::resolve(address, |symbol| {
        names.extend(symbol.name().map(|name| format!("{name:#}")));
    });
    names
}
