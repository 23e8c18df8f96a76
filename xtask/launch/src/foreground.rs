//! A job that has the terminal: it reads and prints there itself. It has no socket.

use crate::interrupt::Catching;
use crate::memory::{Sampler, Usage};
use crate::request::Request;
use crate::supervisor::{Outputs, Supervisor};
use crate::{Spec, interrupted, socket};
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitStatus;
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
    /// Whoever looked at it had seen enough, and it was ended.
    Enough,
}

/// Who keeps a job with the terminal company.
#[derive(Default)]
pub struct Company<'a> {
    /// Gets what the job says on standard error, in place of this program's.
    pub errors: Option<OwnedFd>,
    /// Looks at the job every [`LOOK`], and breaks when it has seen enough.
    pub look: Option<&'a mut dyn FnMut() -> Result<ControlFlow<()>>>,
    /// Has it look at once when this can be read.
    pub bell: Option<OwnedFd>,
}

/// How often somebody looks at a job that has the terminal.
pub const LOOK: Duration = Duration::from_millis(50);

/// Runs a job with this program's standard input, output and error, and returns when all its
/// processes are gone. The limit on output does not apply: nobody stands in between to count.
///
/// # Errors
///
/// If the job cannot be started or supervised, or if a process of it cannot be ended; and if looking
/// at it fails, which ends it.
pub fn foreground(spec: &Spec, company: Company<'_>) -> Result<Outcome> {
    let Company {
        errors,
        mut look,
        bell,
    } = company;
    let catching = Catching::start()?;
    let request = Request {
        group: Some(rustix::process::getpgrp().as_raw_pid()),
        ..spec.request_with(&socket::random(8)?, None, Vec::new())?
    };
    let outputs = Outputs {
        stderr: errors,
        ..Outputs::default()
    };
    let mut supervisor =
        Supervisor::start(&request, outputs).with_context(|| spec.cannot_start())?;
    let far = spec.nodes.as_ref().map(|(nodes, _)| nodes);
    let end = |supervisor: &mut Supervisor| {
        // Those on other nodes first: their launcher would end them without a word.
        let far = far.map_or(Ok(()), |nodes| nodes.end());
        supervisor.end().and(far)
    };
    let mut sampler = Sampler::new(spec.limits.memory);
    let mut next_look = Instant::now() + LOOK;
    let outcome = loop {
        if interrupted() {
            break Outcome::Interrupted;
        }
        if let Some(status) = supervisor.take_ended() {
            break Outcome::Ended(status);
        }
        if supervisor.is_lost() {
            end(&mut supervisor)?;
            anyhow::bail!(
                "the supervisor of the job was killed from outside; all its processes were ended"
            );
        }
        if let Some(look) = &mut look
            && Instant::now() >= next_look
        {
            match look() {
                Ok(ControlFlow::Continue(())) => next_look = Instant::now() + LOOK,
                Ok(ControlFlow::Break(())) => break Outcome::Enough,
                Err(error) => {
                    end(&mut supervisor)?;
                    return Err(error);
                }
            }
        }
        let ranks = std::iter::empty();
        // What ranks of other nodes have cannot be told apart without their connections; it counts as well.
        let away = far.iter().flat_map(|nodes| nodes.memory());
        let away = away.enumerate().map(|(at, (_, bytes))| (at as u32, bytes));
        if let Some(usage) = sampler.sample(supervisor.pid(), &request.mark, ranks, away) {
            break Outcome::MemoryLimit(usage);
        }
        let looks = look.as_ref().map(|_| next_look);
        let due = [sampler.due(), looks].into_iter().flatten().min();
        if wait(&supervisor, &catching, bell.as_ref(), due)? {
            next_look = Instant::now();
        }
        supervisor.listen();
    };
    end(&mut supervisor)?;
    Ok(outcome)
}

/// Waits for news of the job, for an interrupt, for a bell, or until it is time for something else;
/// whether the bell has rung.
pub(crate) fn wait(
    supervisor: &Supervisor,
    catching: &Catching,
    bell: Option<&OwnedFd>,
    until: Option<Instant>,
) -> Result<bool> {
    let bells = bell.map(AsFd::as_fd).into_iter();
    let bells = bells.chain(supervisor.bell()).chain([catching.bell()]);
    let mut descriptors: Vec<PollFd> = bells
        .map(|bell| PollFd::from_borrowed_fd(bell, PollFlags::IN))
        .collect();
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    let left = left.map(Timespec::try_from).transpose()?;
    match rustix::event::poll(&mut descriptors, left.as_ref()) {
        Ok(_) => Ok(bell.is_some() && !descriptors[0].revents().is_empty()),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error).context("cannot wait for the job"),
    }
}
