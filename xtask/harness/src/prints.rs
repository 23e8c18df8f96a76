//! What this process prints, on its way to the grader, and which input of the task it belongs to.
//!
//! Standard output and standard error end in a pipe, from which a thread carries everything on to the
//! grader. So it is known how much was printed when the next input is named: a task names hundreds,
//! and asking an empty pipe costs next to nothing, where a mark in the stream would wake the grader
//! for each of them.

use crate::channel;
use rustix::event::{PollFd, PollFlags};
use std::{
    io::{self, ErrorKind, PipeReader, Read, Write},
    os::unix::net::UnixStream,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};
use verdict::wire::Record;

/// How much is carried on at a time, in bytes.
const CHUNK: usize = 16 << 10;

static PRINTS: OnceLock<Mutex<Prints>> = OnceLock::new();

struct Prints {
    pipe: PipeReader,
    grader: UnixStream,
    /// How many bytes were carried on so far.
    carried: u64,
    /// How many of them belong to inputs that the grader was told of.
    told: u64,
    /// The number of the input that is at work.
    input: u32,
}

impl Prints {
    /// Carries on what is in the pipe; whether there may come more later.
    fn carry(&mut self) -> bool {
        let mut bytes = [0; CHUNK];
        loop {
            match self.pipe.read(&mut bytes) {
                Ok(0) => return false,
                Ok(length) => {
                    self.carried += length as u64;
                    // A grader that no longer listens has nobody left to tell.
                    let _ = self.grader.write_all(&bytes[..length]);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return true,
            }
        }
    }
}

/// Takes over standard output and standard error.
pub(crate) fn take_over(grader: UnixStream) -> io::Result<()> {
    let (pipe, theirs) = io::pipe()?;
    rustix::io::ioctl_fionbio(&pipe, true)?;
    let bell = pipe.try_clone()?;
    let prints = Prints {
        pipe,
        grader,
        carried: 0,
        told: 0,
        input: 0,
    };
    // There is one call of this function, so nothing was set before.
    let _ = PRINTS.set(Mutex::new(prints));
    std::thread::Builder::new()
        .name("prints".into())
        .spawn(move || pump(&bell))?;
    rustix::stdio::dup2_stdout(&theirs)?;
    rustix::stdio::dup2_stderr(&theirs)?;
    Ok(())
}

fn pump(bell: &PipeReader) {
    loop {
        let mut ready = [PollFd::new(bell, PollFlags::IN)];
        match rustix::event::poll(&mut ready, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return,
        }
        // Without a writer there is nothing to wait for.
        if !lock().is_some_and(|mut prints| prints.carry()) {
            return;
        }
    }
}

fn lock() -> Option<MutexGuard<'static, Prints>> {
    let prints = PRINTS.get()?;
    Some(prints.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Carries on all that was printed so far, but for a line without its end, which Rust still holds.
pub(crate) fn carry() {
    if let Some(mut prints) = lock() {
        prints.carry();
    }
}

/// A task begins, without an input.
pub(crate) fn begin() {
    if let Some(mut prints) = lock() {
        prints.input = 0;
    }
    end_input();
}

/// The next input begins. Returns its number, counted from 1.
pub(crate) fn next_input() -> u32 {
    end_input();
    lock().map_or(0, |mut prints| {
        prints.input += 1;
        prints.input
    })
}

/// The number of the input that is at work; 0 before the first.
pub(crate) fn input() -> u32 {
    lock().map_or(0, |prints| prints.input)
}

/// The input that was at work is over, or the task.
pub(crate) fn end_input() {
    // What Rust still holds of a line belongs to it too. That this fails is the printer's trouble.
    let _ = io::stdout().flush();
    let told = lock().and_then(|mut prints| {
        prints.carry();
        let is_new = prints.carried > prints.told;
        prints.told = prints.carried;
        is_new.then_some((prints.input, prints.carried))
    });
    if let Some((number, end)) = told {
        channel::say(&Record::Printed { number, end });
    }
}
