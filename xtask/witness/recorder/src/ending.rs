//! How this process ends, if it does so before `MPI_Finalize`: by a signal, by `exit`, by returning from
//! main, or by a panic that is on its way out of main. It is noted in the first page of the rank's file, with the stack, for the launcher alone
//! learns it else, and ends the other ranks.
//!
//! Only where the recorder was loaded into a program that knows nothing of it; the harness of checks
//! looks after its own ranks.

use crate::{call, log};
use recording::header::{Ending, Word, stack_words};
use std::{
    cell::UnsafeCell,
    ffi::{CString, c_int, c_void},
    mem::{MaybeUninit, transmute},
    os::unix::ffi::OsStrExt,
    path::Path,
    ptr,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// Signals that a process gets because of what it did.
const FATAL: [c_int; 7] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGABRT,
    libc::SIGTRAP,
    libc::SIGSYS,
];

/// Signals that end a process which has not said otherwise.
const OTHERS: [c_int; 12] = [
    libc::SIGALRM,
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGPIPE,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGVTALRM,
    libc::SIGPROF,
];

/// Signals have numbers below this one.
const SIGNALS: usize = 65;

/// What was to be done on each signal before.
struct Before([UnsafeCell<MaybeUninit<libc::sigaction>>; SIGNALS]);

// SAFETY: an entry is written before the handler is set that reads it, and never again.
unsafe impl Sync for Before {}

static BEFORE: Before = Before([const { UnsafeCell::new(MaybeUninit::zeroed()) }; SIGNALS]);
static NOTED: AtomicBool = AtomicBool::new(false);
/// Where the copy of the process's map goes, as the system wants to be told.
static MAPS: OnceLock<CString> = OnceLock::new();

/// Looks out for the end of this process from now on.
pub fn watch(maps: &Path) {
    let Ok(maps) = CString::new(maps.as_os_str().as_bytes()) else {
        return;
    };
    if MAPS.set(maps).is_err() {
        return;
    }
    watch_exit();
    give_stack();
    for signal in FATAL {
        watch_signal(signal, false);
    }
    for signal in OTHERS {
        watch_signal(signal, true);
    }
}

/// Puts a handler before whatever was to be done on a signal. MPI and language runtimes set handlers
/// of their own that print and end the process: they come afterwards.
fn watch_signal(signal: c_int, only_if_default: bool) {
    let mut before = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks only; the answer outlives the call. An all-zero answer is valid.
    let before = unsafe {
        if libc::sigaction(signal, ptr::null(), before.as_mut_ptr()) != 0 {
            return;
        }
        before.assume_init()
    };
    let is_default = before.sa_sigaction == libc::SIG_DFL;
    if before.sa_sigaction == libc::SIG_IGN || (only_if_default && !is_default) {
        return;
    }
    let Some(slot) = usize::try_from(signal).ok().and_then(|at| BEFORE.0.get(at)) else {
        return;
    };
    // SAFETY: no handler of ours is set for this signal yet, so nobody reads the entry. The handler
    // has the signature that its flags promise.
    unsafe {
        (*slot.get()).write(before);
        let mut ours = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
        ours.sa_sigaction = on_signal as *const () as usize;
        ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
        libc::sigemptyset(&raw mut ours.sa_mask);
        libc::sigaction(signal, &raw const ours, ptr::null_mut());
    }
}

/// A stack for handlers, where there is none: else nothing could run when the usual one is used up.
fn give_stack() {
    const BYTES: usize = 1 << 16;
    let mut now = MaybeUninit::<libc::stack_t>::zeroed();
    // SAFETY: asks only; the answer outlives the call. The memory that is given is never given back.
    unsafe {
        if libc::sigaltstack(ptr::null(), now.as_mut_ptr()) != 0
            || now.assume_init().ss_flags & libc::SS_DISABLE == 0
        {
            return;
        }
        let memory = Box::leak(vec![0u8; BYTES].into_boxed_slice());
        let ours = libc::stack_t {
            ss_sp: memory.as_mut_ptr().cast(),
            ss_flags: 0,
            ss_size: BYTES,
        };
        libc::sigaltstack(&raw const ours, ptr::null_mut());
    }
}

/// Notes a signal, and lets happen what would have happened without this. It calls nothing that may
/// not be called here, but for the unwinder, which is known to work; before it runs, all else is noted.
extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: the system gives valid information to such a handler.
    let (code, sender) = unsafe { ((*info).si_code, (*info).si_pid()) };
    let sent = code <= 0;
    // SAFETY: asks for a number.
    let by_launcher = sent && sender == unsafe { libc::getppid() };
    if !by_launcher && note(Ending::Signal(signal)) {
        copy_maps();
        note_stack();
    }
    let synchronous = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL];
    // SAFETY: the entry was written before this handler was set. What was to be done then is to be
    // done again; the signal waits until this handler returns. The instruction that has caused a
    // synchronous one runs again by itself.
    unsafe {
        if let Some(before) = BEFORE.0.get(signal as usize) {
            libc::sigaction(signal, before.get().cast(), ptr::null_mut());
        }
        if sent || !synchronous.contains(&signal) {
            libc::raise(signal);
        }
    }
}

/// Notes the end, if it is the first, before `MPI_Finalize` is over, and of the process that records.
fn note(ending: Ending) -> bool {
    if !log::is_underway(std::process::id()) || NOTED.swap(true, Ordering::Relaxed) {
        return false;
    }
    let within = call::asking().map_or(0, |function| u64::from(function) + 1);
    log::set(Word::Within, within);
    log::set(Word::EndedAt, recording::clock::nanos());
    log::set(Word::Ending, ending.word());
    true
}

fn watch_exit() {
    // Not in every C library: there is one that says the status, and one that does not.
    // SAFETY: looks up a name; the function has this signature wherever it is.
    unsafe {
        let found = libc::dlsym(libc::RTLD_DEFAULT, c"on_exit".as_ptr());
        if found.is_null() {
            libc::atexit(at_exit);
        } else {
            type OnExit = extern "C" fn(extern "C" fn(c_int, *mut c_void), *mut c_void) -> c_int;
            let on_exit: OnExit = transmute(found);
            on_exit(at_exit_with, ptr::null_mut());
        }
    }
}

extern "C" fn at_exit() {
    ends(0);
}

extern "C" fn at_exit_with(status: c_int, _: *mut c_void) {
    ends(status);
}

fn ends(status: c_int) {
    // Whoever has caught a panic may end well.
    if status == 0 && log::get(Word::Ending) == Ending::Panicked.word() {
        log::set(Word::Ending, 0);
    }
    let ending = if !call::is_inside() && has_main_returned() {
        Ending::Returned(status)
    } else {
        Ending::Exit(status)
    };
    if note(ending) {
        copy_maps();
        note_stack();
    }
}

/// Whether the C library itself has called `exit`, with what main has returned: then above it on the
/// stack is nothing but the program's first function, that has called into the library.
fn has_main_returned() -> bool {
    let exit: unsafe extern "C" fn(c_int) -> ! = libc::exit;
    let library = module(exit as *const () as usize);
    let mut stack = [0; STACK];
    let frames = &stack_of(&mut stack)
        .iter()
        .map(|address| module(*address as usize));
    let mut above = frames
        .clone()
        .skip_while(|module| *module != library)
        .skip_while(|module| *module == library);
    above.next();
    above.next().is_none()
}

/// Where the file that an address lies in was loaded; 0 if nowhere.
fn module(address: usize) -> usize {
    let mut found = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: the result outlives the call. An all-zero one is valid, should nothing be found.
    unsafe {
        libc::dladdr(address as *const c_void, found.as_mut_ptr());
        found.assume_init().dli_fbase as usize
    }
}

/// Notes a panic: [`crate::panics`].
#[cfg(feature = "preloaded")]
pub(crate) fn note_panic(stack: &[u64]) {
    if MAPS.get().is_some() && note(Ending::Panicked) {
        copy_maps();
        for (at, address) in stack_words().zip(stack) {
            log::put(at, *address);
        }
    }
}

/// Notes an exception that nobody has caught: the interpreter ends, and finalizes MPI. Whether it is the
/// first that is noted of this process's end.
pub fn note_raised() -> bool {
    MAPS.get().is_some() && note(Ending::Panicked)
}

pub(crate) const STACK: usize = stack_words().end - stack_words().start - 1;

fn note_stack() {
    let mut stack = [0; STACK];
    for (at, address) in stack_words().zip(stack_of(&mut stack)) {
        log::put(at, *address);
    }
}

/// The return addresses above here; after a signal those above the place where it came.
pub(crate) fn stack_of(stack: &mut [u64; STACK]) -> &[u64] {
    type Context = c_void;
    type Callback = extern "C" fn(*mut Context, *mut c_void) -> c_int;
    const GO_ON: c_int = 0;
    const STOP: c_int = 5;
    // The unwinder that Rust's standard library uses too.
    unsafe extern "C" {
        fn _Unwind_Backtrace(callback: Callback, argument: *mut c_void) -> c_int;
        fn _Unwind_GetIPInfo(context: *mut Context, before: *mut c_int) -> usize;
    }
    struct Walk<'a> {
        stack: &'a mut [u64; STACK],
        length: usize,
    }
    extern "C" fn step(context: *mut Context, argument: *mut c_void) -> c_int {
        let mut before = 0;
        // SAFETY: the unwinder hands out a valid context, and the answer outlives the call; the
        // argument is the walk below, which nobody else uses meanwhile.
        let (address, walk) = unsafe {
            let address = _Unwind_GetIPInfo(context, &raw mut before);
            (address, &mut *argument.cast::<Walk<'_>>())
        };
        if address == 0 {
            return STOP;
        }
        // An instruction that was interrupted, not one to return to: all below is the handler's.
        if before != 0 {
            walk.length = 0;
        }
        let Some(slot) = walk.stack.get_mut(walk.length) else {
            return STOP;
        };
        // Readers look up the byte before.
        *slot = address as u64 + u64::from(before != 0);
        walk.length += 1;
        GO_ON
    }
    let mut walk = Walk { stack, length: 0 };
    // SAFETY: the callback returns without unwinding and keeps nothing.
    unsafe { _Unwind_Backtrace(step, (&raw mut walk).cast()) };
    let Walk { stack, length } = walk;
    &stack[..length]
}

/// Copies the list of what is loaded where, for whoever looks the stack's addresses up.
fn copy_maps() {
    let Some(to) = MAPS.get() else { return };
    let mut bytes = [0u8; 4096];
    // SAFETY: plain calls to the system with memory of this function.
    unsafe {
        let from = libc::open(
            c"/proc/self/maps".as_ptr(),
            libc::O_RDONLY | libc::O_CLOEXEC,
        );
        let to = libc::open(
            to.as_ptr(),
            libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC | libc::O_CLOEXEC,
            0o600,
        );
        // Where one of both could not be opened, the first call fails.
        loop {
            let got = libc::read(from, bytes.as_mut_ptr().cast(), bytes.len());
            if got <= 0 || libc::write(to, bytes.as_ptr().cast(), got as usize) != got {
                break;
            }
        }
        libc::close(from);
        libc::close(to);
    }
}
