//! A job that has the terminal: it reads and prints there itself. It has no socket.

use crate::interrupt::Catching;
use crate::memory::{Sampler, Usage};
use crate::request::Request;
use crate::supervisor::{Outputs, Supervisor};
use crate::{Spec, interrupted, socket};
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How a job with the terminal came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The launcher has ended by itself.
    Ended(ExitStatus),
    /// Ctrl-C, SIGTERM or SIGHUP has ended it.
    Interrupted,
    /// It had more memory than [`crate::Limits::memory`] allows, and was ended.
    MemoryLimit(Usage),
    /// [`Listener::enough`] was set, and it was ended.
    Enough,
}

/// Who hears what a job with the terminal says on standard error.
#[derive(Debug)]
pub struct Listener<'a> {
    /// Gets it in place of this program's standard error.
    pub errors: OwnedFd,
    /// When this is set, the job has a moment left to end by itself.
    pub enough: &'a AtomicBool,
}

/// How long: what ranks have printed takes its way through their launcher.
const MOMENT: Duration = Duration::from_millis(300);
/// How often to look whether it is enough.
const LOOK: Duration = Duration::from_millis(50);

/// Runs a job with this program's standard input, output and error, and returns when all its
/// processes are gone. The limit on output does not apply: nobody stands in between to count. Standard
/// error goes to the listener, if there is one.
///
/// # Errors
///
/// If the job cannot be started or supervised, or if a process of it cannot be ended.
pub fn foreground(spec: &Spec, listener: Option<Listener<'_>>) -> Result<Outcome> {
    let catching = Catching::start()?;
    let request = Request {
        mark: socket::random(8)?,
        group: Some(rustix::process::getpgrp().as_raw_pid()),
        ..spec.request()
    };
    let (errors, enough) = listener
        .map(|listener| (listener.errors, listener.enough))
        .unzip();
    let outputs = Outputs {
        stderr: errors,
        ..Outputs::default()
    };
    let mut supervisor =
        Supervisor::start(&request, outputs).with_context(|| spec.cannot_start())?;
    let mut last: Option<Instant> = None;
    let mut sampler = Sampler::new(spec.limits.memory);
    let outcome = loop {
        if interrupted() {
            break Outcome::Interrupted;
        }
        if let Some(status) = supervisor.take_ended() {
            break Outcome::Ended(status);
        }
        if supervisor.is_lost() {
            supervisor.end()?;
            anyhow::bail!("somebody has killed the supervisor of the job; all of it was ended");
        }
        if enough.is_some_and(|enough| enough.load(Ordering::Acquire)) {
            let last = *last.get_or_insert_with(|| Instant::now() + MOMENT);
            if Instant::now() >= last {
                break Outcome::Enough;
            }
        }
        let ranks = std::iter::empty();
        if let Some(usage) = sampler.sample(supervisor.pid(), &request.mark, ranks) {
            break Outcome::MemoryLimit(usage);
        }
        let look = enough.map(|_| Instant::now() + LOOK);
        let due = [sampler.due(), look].into_iter().flatten().min();
        wait(&supervisor, &catching, due)?;
        supervisor.listen();
    };
    supervisor.end()?;
    Ok(outcome)
}

/// Waits for news of the job, for an interrupt, or until it is time for something else.
pub(crate) fn wait(
    supervisor: &Supervisor,
    catching: &Catching,
    until: Option<Instant>,
) -> Result<()> {
    let bells = supervisor.bell().into_iter().chain([catching.bell()]);
    let mut descriptors: Vec<PollFd> = bells
        .map(|bell| PollFd::from_borrowed_fd(bell, PollFlags::IN))
        .collect();
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    let left = left.map(Timespec::try_from).transpose()?;
    match rustix::event::poll(&mut descriptors, left.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error).context("cannot wait for the job"),
    }
}
