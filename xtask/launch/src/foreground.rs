//! A job that has the terminal: it reads and prints there itself. It has no socket.

use crate::interrupt::Catching;
use crate::memory::{Sampler, Usage};
use crate::request::Request;
use crate::supervisor::Supervisor;
use crate::{Spec, interrupted, socket};
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use std::process::ExitStatus;
use std::time::Instant;

/// How a job with the terminal came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The launcher has ended by itself.
    Ended(ExitStatus),
    /// Ctrl-C, SIGTERM or SIGHUP has ended it.
    Interrupted,
    /// It had more memory than [`crate::Limits::memory`] allows, and was ended.
    MemoryLimit(Usage),
}

/// Runs a job with this program's standard input, output and error, and returns when all its
/// processes are gone. The limit on output does not apply: nobody stands in between to count.
///
/// # Errors
///
/// If the job cannot be started or supervised, or if a process of it cannot be ended.
pub fn foreground(spec: &Spec) -> Result<Outcome> {
    let catching = Catching::start()?;
    let request = Request {
        mark: socket::random(8)?,
        group: Some(rustix::process::getpgrp().as_raw_pid()),
        ..spec.request()
    };
    let mut supervisor = Supervisor::start(&request, None).with_context(|| spec.cannot_start())?;
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
        let ranks = std::iter::empty();
        if let Some(usage) = sampler.sample(supervisor.pid(), &request.mark, ranks) {
            break Outcome::MemoryLimit(usage);
        }
        wait(&supervisor, &catching, sampler.due())?;
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
