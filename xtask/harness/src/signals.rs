//! Fatal signals and `exit`, the two ways out that only the C library sees; and the signal by which
//! the main thread is asked where it is.
//!
//! A signal handler may neither allocate nor lock. It writes what it knows, and keeps still until the
//! grader ends the process.

// The one place of this crate where C is called.
#![allow(unsafe_code)]

use crate::{channel, held, stack};
use std::{
    cell::UnsafeCell,
    ffi::{c_int, c_void},
    io::Write,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use verdict::wire::Stack;

/// The signals that end a process because of what it did.
const FATAL: [c_int; 5] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGABRT,
];
/// The signal at which the main thread says where it is: one that nothing else uses.
const WHERE: c_int = libc::SIGUSR2;
/// How long the main thread may take for that.
const PROMPT: Duration = Duration::from_millis(200);
/// A record of a signal is no longer: a number of up to 20 signs for each address, and the rest.
const LONGEST: usize = stack::DEPTH * 21 + 64;
/// With the input that goes ahead of it.
const WITH_INPUT: usize = held::ROOM + LONGEST;

/// The stack for handlers of the main thread, in bytes. Rust's own is enough for a handler that writes
/// a line, not for one that walks a stack.
const ROOM: usize = 128 << 10;

static ADDRESSES: [AtomicI64; stack::DEPTH] = [const { AtomicI64::new(0) }; stack::DEPTH];
static FRAMES: AtomicUsize = AtomicUsize::new(0);
static ANSWERED: AtomicBool = AtomicBool::new(false);
/// The signal that came first; 0 before.
static FIRST: AtomicI32 = AtomicI32::new(0);
/// Whether somebody tells of it, or has told.
static TOLD: AtomicBool = AtomicBool::new(false);
static CHANNEL: AtomicI32 = AtomicI32::new(-1);
static MAIN: OnceLock<libc::pthread_t> = OnceLock::new();

/// Whether the end of this process would come too early. A handler calls it.
static IS_EARLY: OnceLock<fn() -> bool> = OnceLock::new();
/// What the C library is to call with the exit status.
static ON_EXIT: OnceLock<fn(i32)> = OnceLock::new();

/// Sets the handlers and the exit function. The main thread calls it, once.
pub(crate) fn watch(is_early: fn() -> bool, on_exit: fn(i32)) {
    // There is one call of this function, so nothing was set before; the same below.
    let _ = IS_EARLY.set(is_early);
    let _ = ON_EXIT.set(on_exit);
    // So that the handlers need not ask for it.
    stack::base();
    CHANNEL.store(channel::raw_descriptor().unwrap_or(-1), Ordering::Release);
    watch_exit();
    // SAFETY: pthread_self takes nothing and cannot fail.
    let main = unsafe { libc::pthread_self() };
    let _ = MAIN.set(main);
    make_room();
    let fatal = FATAL.map(|signal| (signal, on_fatal as Handler));
    for (signal, handler) in fatal.into_iter().chain([(WHERE, on_where as Handler)]) {
        // SAFETY: an all-zero sigaction is a valid value: no flags, an empty mask, which the next
        // lines fill in. The handler has the signature that its flags promise (SA_SIGINFO). Those
        // of fatal signals run on the alternate stack that `make_room`, or in other threads Rust's
        // runtime, has set up, so that they also run after a stack overflow.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handler as *const () as libc::sighandler_t;
            // A thread that is asked where it is has room on its own stack, and little elsewhere.
            let stack = if signal == WHERE { 0 } else { libc::SA_ONSTACK };
            action.sa_flags = stack | libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_RESTART;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

/// Has the C library call [`exits`] with the exit status.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn watch_exit() {
    unsafe extern "C" {
        /// Of the GNU C library alone: on_exit(3).
        fn on_exit(
            function: extern "C" fn(c_int, *mut std::ffi::c_void),
            argument: *mut std::ffi::c_void,
        ) -> c_int;
    }
    extern "C" fn with_status(status: c_int, _: *mut std::ffi::c_void) {
        exits(status);
    }
    // SAFETY: `with_status` has the signature that on_exit(3) documents, lives as long as the program,
    // and does not use its argument. A full table of exit functions is the only error; then an early
    // exit is seen as a lost rank.
    unsafe { on_exit(with_status, std::ptr::null_mut()) };
}

/// Has the C library call [`exits`]; it does not tell the exit status.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn watch_exit() {
    extern "C" fn without_status() {
        exits(0);
    }
    // SAFETY: `without_status` is a plain function that lives as long as the program and takes nothing.
    // A full table of exit functions is the only error; then an early exit is seen as a lost rank.
    unsafe { libc::atexit(without_status) };
}

fn exits(status: i32) {
    if let Some(on_exit) = ON_EXIT.get() {
        on_exit(status);
    }
}

/// Gives the main thread a larger stack for its signal handlers.
fn make_room() {
    let room = Box::leak(vec![0_u8; ROOM].into_boxed_slice());
    let stack = libc::stack_t {
        ss_sp: room.as_mut_ptr().cast(),
        ss_flags: 0,
        ss_size: ROOM,
    };
    // SAFETY: the memory is leaked, so it is there as long as the thread is, and nobody else has it.
    // On failure the stack of Rust's runtime stays.
    unsafe { libc::sigaltstack(&raw const stack, std::ptr::null_mut()) };
}

extern "C" fn on_fatal(signal: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    if !IS_EARLY.get().is_some_and(|is_early| is_early()) {
        // A forked child, or an end that is none of our business.
        by_default(signal);
        return;
    }
    // Of several threads in trouble, the first speaks. A second fault may also be its own, from the
    // walk over a stack that is spoilt, or when the room for handlers in a thread that is not the main
    // one has come to its end: then what was noted so far is told.
    let is_first = FIRST
        .compare_exchange(0, signal, Ordering::AcqRel, Ordering::Acquire)
        .is_ok();
    if is_first {
        note_stack(interrupted(context));
    }
    if !TOLD.swap(true, Ordering::AcqRel) {
        tell(FIRST.load(Ordering::Acquire));
    }
    loop {
        // SAFETY: pause takes nothing and is async-signal-safe.
        unsafe { libc::pause() };
    }
}

/// Lets a signal end the process.
fn by_default(signal: c_int) {
    // SAFETY: both calls are async-signal-safe, and SIG_DFL is a valid disposition.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// The text of a record. Too large for the stack on which handlers run in other threads.
struct Text(UnsafeCell<[u8; WITH_INPUT]>);

// SAFETY: `tell` alone uses it, which runs once: `TOLD` sees to that.
unsafe impl Sync for Text {}

static TEXT: Text = Text(UnsafeCell::new([0; WITH_INPUT]));

/// Writes the record of a signal, with the stack as far as it was noted.
fn tell(signal: c_int) {
    // SAFETY: there is one call of this function, by whoever has set `TOLD`, so there is no other
    // reference to the text.
    let text = unsafe { &mut *TEXT.0.get() };
    let input = held::take(text);
    let mut rest = &mut text[input..];
    // Formatting integers into a slice neither allocates nor locks. It fails only if the text were
    // longer than LONGEST; then the grader gets half a line, and says that.
    let _ = write!(
        rest,
        "{{\"record\":\"signal\",\"signal\":{signal},\"stack\":["
    );
    for (index, address) in ADDRESSES[..FRAMES.load(Ordering::Acquire)]
        .iter()
        .enumerate()
    {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(rest, "{comma}{}", address.load(Ordering::Relaxed));
    }
    let _ = rest.write_all(b"]}\n");
    let length = WITH_INPUT - rest.len();
    // SAFETY: the pointer and the length are those of one array; write is async-signal-safe, and a
    // bad descriptor is an error that it returns.
    unsafe {
        libc::write(
            CHANNEL.load(Ordering::Acquire),
            text.as_ptr().cast(),
            length,
        )
    };
}

extern "C" fn on_where(_: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    note_stack(interrupted(context));
    ANSWERED.store(true, Ordering::Release);
}

/// A handler of a signal, with what it has interrupted.
type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

/// The instruction that a signal has interrupted, where the system says it.
fn interrupted(context: *mut c_void) -> Option<usize> {
    // SAFETY: the kernel hands a handler with SA_SIGINFO the context of the thread that it has
    // interrupted, which is valid until the handler returns.
    let context = unsafe { context.cast::<libc::ucontext_t>().as_ref() }?;
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return Some(context.uc_mcontext.gregs[libc::REG_RIP as usize] as usize);
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    return Some(context.uc_mcontext.pc as usize);
    #[allow(unreachable_code)]
    {
        let _ = context;
        None
    }
}

/// Notes the return addresses of the thread that a signal has interrupted, and there.
fn note_stack(interrupted: Option<usize>) {
    let mut frames = 0;
    FRAMES.store(0, Ordering::Release);
    // SAFETY: what the closure does is neither allocation nor locking. The lock that this call goes
    // around keeps threads from looking up lines at the same time, which nobody does here.
    unsafe {
        backtrace::trace_unsynchronized(|frame| {
            let address = frame.ip().addr();
            // Whoever looks up lines looks before an address, since it is where a call returns to. Before
            // the first instruction of a loop stands something else.
            let is_at = usize::from(Some(address) == interrupted);
            let offset = stack::offset(address + is_at);
            ADDRESSES[frames].store(offset, Ordering::Relaxed);
            frames += 1;
            FRAMES.store(frames, Ordering::Release);
            frames < stack::DEPTH
        });
    }
}

/// The stack of the main thread; empty if it does not answer.
pub(crate) fn stack_of_main() -> Stack {
    let Some(main) = MAIN.get() else {
        return Stack::new();
    };
    // SAFETY: the main thread lives as long as the process, so its handle is valid; the signal has
    // had a handler since `watch`.
    ask(|| unsafe { libc::pthread_kill(*main, WHERE) == 0 })
}

/// The stack of the thread with this number; empty if it does not answer.
#[cfg(target_os = "linux")]
pub(crate) fn stack_of(tid: i32) -> Stack {
    // In a test there is no handler, and the signal would end the process.
    if MAIN.get().is_none() {
        return Stack::new();
    }
    let own = rustix::process::getpid().as_raw_pid();
    // SAFETY: tgkill takes three numbers and touches no memory; if there is no such thread in this
    // process it does nothing. The signal has had a handler since `watch`.
    ask(|| unsafe { libc::syscall(libc::SYS_tgkill, own, tid, WHERE) == 0 })
}

/// Empty: this system does not number threads.
#[cfg(not(target_os = "linux"))]
pub(crate) fn stack_of(_: i32) -> Stack {
    Stack::new()
}

/// Sends the signal to a thread, and waits for its answer.
fn ask(send: impl FnOnce() -> bool) -> Stack {
    ANSWERED.store(false, Ordering::Release);
    if !send() {
        return Stack::new();
    }
    let deadline = Instant::now() + PROMPT;
    while !ANSWERED.load(Ordering::Acquire) {
        if Instant::now() >= deadline {
            return Stack::new();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    ADDRESSES[..FRAMES.load(Ordering::Acquire)]
        .iter()
        .map(|address| address.load(Ordering::Relaxed))
        .collect()
}
