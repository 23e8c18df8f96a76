//! Ctrl-C, SIGTERM and SIGHUP, while a job runs. Without a job they do what they always do.

use crate::os;
use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

struct Handlers {
    /// Set by the first signal, and for good.
    caught: Arc<AtomicBool>,
    /// Whether no job is there to be ended.
    idle: Arc<AtomicBool>,
    /// Readable from the first signal on: nobody reads it.
    bell: &'static UnixStream,
}

static HANDLERS: Mutex<(Option<Handlers>, usize)> = Mutex::new((None, 0));

/// As long as one exists, the first signal is noted, and a second ends the program at once.
///
/// Jobs have their own; this is for work that looks at [`interrupted`] itself.
#[derive(Debug)]
pub struct Catching {
    bell: &'static UnixStream,
}

impl Catching {
    /// Begins to note signals.
    ///
    /// # Errors
    ///
    /// If the system refuses handlers.
    pub fn start() -> Result<Self> {
        let mut state = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
        let (handlers, jobs) = &mut *state;
        let handlers = match handlers {
            Some(handlers) => handlers,
            None => handlers.insert(install().context("cannot catch Ctrl-C")?),
        };
        handlers.idle.store(false, Ordering::SeqCst);
        *jobs += 1;
        Ok(Self {
            bell: handlers.bell,
        })
    }

    /// A descriptor that is readable once a signal was caught.
    pub(crate) fn bell(&self) -> BorrowedFd<'static> {
        self.bell.as_fd()
    }
}

impl Drop for Catching {
    fn drop(&mut self) {
        let mut state = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
        let (handlers, jobs) = &mut *state;
        *jobs -= 1;
        if *jobs == 0
            && let Some(handlers) = handlers
        {
            handlers.idle.store(true, Ordering::SeqCst);
        }
    }
}

fn install() -> Result<Handlers> {
    let caught = Arc::new(AtomicBool::new(false));
    let idle = Arc::new(AtomicBool::new(false));
    let (bell, ring) = UnixStream::pair()?;
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Under nohup, the end of the terminal is not the end of the job. The others count even
        // where they were ignored: a shell script does so for all that it starts with `&`.
        if signal == SIGHUP && os::ignores(signal) {
            continue;
        }
        // They run in this order: each must see what the signals before this one have left.
        flag::register_conditional_default(signal, Arc::clone(&idle))?;
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&caught))?;
        flag::register(signal, Arc::clone(&caught))?;
        low_level::pipe::register(signal, ring.try_clone()?)?;
    }
    // It lives as long as the program: handlers cannot be taken back without a gap.
    let bell = Box::leak(Box::new(bell));
    Ok(Handlers { caught, idle, bell })
}

/// Whether Ctrl-C, SIGTERM or SIGHUP has come while a job ran. Whoever runs one job after the other
/// asks before each.
pub fn interrupted() -> bool {
    let state = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
    state
        .0
        .as_ref()
        .is_some_and(|handlers| handlers.caught.load(Ordering::SeqCst))
}

/// Ends this program, as SIGTERM would, when its standard input comes to an end: whoever has started
/// it with a pipe is gone then, however it ended. Everybody else reads nothing from standard input
/// from here on.
///
/// # Errors
///
/// If standard input cannot be taken away.
pub fn end_with_input() -> Result<()> {
    let input = std::io::stdin().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    std::thread::spawn(move || {
        // Nothing is ever written, and an error is an end, too.
        let _ = std::io::copy(&mut File::from(input), &mut std::io::sink());
        let this = rustix::process::getpid();
        let _ = rustix::process::kill_process(this, rustix::process::Signal::TERM);
    });
    Ok(())
}
