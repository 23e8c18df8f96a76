//! The grader's side of the supervisor: starts it, hears its news, and has it end the job.

use crate::request::Request;
use crate::supervise::{ARGUMENT, order, word};
use crate::{end, os};
use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// How long the supervisor may take to answer. It gives up on a process after ten seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Running,
    /// No process is left.
    Empty,
    /// These could not be ended.
    Left(String),
    /// The supervisor is gone without a word: somebody has killed it.
    Lost,
}

/// Where a job's output goes; none where this program's own does.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    pub(crate) stdout: Option<OwnedFd>,
    pub(crate) stderr: Option<OwnedFd>,
    /// Variables of this process that the job shall not have.
    pub(crate) without: Vec<OsString>,
}

#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
    control: UnixStream,
    heard: Vec<u8>,
    mark: String,
    state: State,
    ended: Option<ExitStatus>,
    /// Whether what MPI has left behind is removed.
    clean: bool,
    closed: bool,
}

impl Supervisor {
    /// Starts a supervisor and has it start the launcher. A job with the terminal's group has this
    /// program's standard input, too.
    pub(crate) fn start(request: &Request, outputs: Outputs) -> Result<Self> {
        let (mut control, theirs) = UnixStream::pair()?;
        let mut command = Command::new(os::own_program()?);
        command
            .arg0("xtask")
            .arg(ARGUMENT)
            .stdin(OwnedFd::from(theirs));
        let stdin = std::io::stdin();
        if let Some(stdout) = outputs.stdout {
            command.stdout(stdout);
        }
        if let Some(stderr) = outputs.stderr {
            command.stderr(stderr);
        }
        for name in outputs.without {
            command.env_remove(name);
        }
        let stdin = request.group.is_some().then(|| {
            // In a group of its own, so that Ctrl-C and Ctrl-Z leave it alone.
            command.process_group(0);
            stdin.as_fd()
        });
        let child = command
            .spawn()
            .context("cannot start this program once more")?;
        drop(command);
        let sent = request.send(&mut control, stdin);
        control.set_nonblocking(true)?;
        let mut supervisor = Self::new(child, control, &request.mark);
        sent.and_then(|()| supervisor.answer())
            .context("the supervisor has not started the job")
            .and_then(|answer| supervisor.started(&answer))?;
        Ok(supervisor)
    }

    fn new(child: Child, control: UnixStream, mark: &str) -> Self {
        Self {
            child,
            control,
            heard: Vec::new(),
            mark: mark.to_owned(),
            state: State::Running,
            ended: None,
            clean: false,
            closed: false,
        }
    }

    /// Whether the supervisor's first line says that the launcher runs.
    fn started(&mut self, answer: &str) -> Result<()> {
        match answer.split_once(' ') {
            Some((word::STARTED, _)) => {
                // The end of a short job may have come along with it.
                self.understand();
                Ok(())
            }
            Some((word::FAILED, reason)) => bail!("{reason}"),
            _ => bail!("the supervisor does not answer as one: is supervise_if_asked called?"),
        }
    }

    /// The first line that the supervisor says.
    fn answer(&mut self) -> Result<String> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.line() {
                return Ok(line);
            }
            if !self.wait(give_up)? {
                bail!("it does not answer");
            }
            if !self.hear() && !self.heard.contains(&b'\n') {
                bail!("it has ended");
            }
        }
    }

    /// The supervisor's process id.
    pub(crate) fn pid(&self) -> i32 {
        rustix::process::Pid::from_child(&self.child).as_raw_pid()
    }

    /// A descriptor that is readable when there is news; none when there will be none any more.
    pub(crate) fn bell(&self) -> Option<BorrowedFd<'_>> {
        (!self.closed).then(|| self.control.as_fd())
    }

    /// Takes in what the supervisor has said.
    pub(crate) fn listen(&mut self) {
        if self.closed {
            return;
        }
        self.closed = !self.hear();
        self.understand();
        if self.closed && self.state == State::Running {
            self.state = State::Lost;
        }
    }

    fn understand(&mut self) {
        while let Some(line) = self.line() {
            match line.split_once(' ') {
                Some((word::ENDED, status)) => {
                    self.ended = status.parse().ok().map(ExitStatus::from_raw);
                }
                Some((word::CLEAN, _)) => self.clean = true,
                Some((word::EMPTY, _)) => self.state = State::Empty,
                Some((word::LEFT, pids)) => self.state = State::Left(pids.to_owned()),
                _ => {}
            }
        }
    }

    /// The launcher's status, once it has ended; only the first call gets it.
    pub(crate) fn take_ended(&mut self) -> Option<ExitStatus> {
        self.ended.take()
    }

    /// Whether the launcher has ended and nobody took its status yet.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether somebody has killed the supervisor.
    pub(crate) fn is_lost(&self) -> bool {
        self.state == State::Lost
    }

    /// Whether no process of the job is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.state == State::Empty
    }

    /// Ends every process of the job, and the supervisor. The error names those that remain.
    pub(crate) fn end(&mut self) -> Result<()> {
        // A supervisor that cannot be told is gone, which is heard below.
        let _ = self.control.write_all(&[order::END]);
        let give_up = Instant::now() + PATIENCE;
        while !self.closed && !self.clean && self.wait(give_up)? {
            self.listen();
        }
        if !self.closed && !self.clean {
            // Stopped, or stuck: then the rest is done from here.
            let _ = self.child.kill();
            self.closed = true;
            self.state = State::Lost;
        }
        if self.closed {
            let _ = self.child.wait();
        }
        if self.state == State::Lost {
            let left = end::all(|| os::marked(&self.mark))
                .context("cannot list the processes that a killed supervisor left behind")?;
            self.state = if left.is_empty() {
                State::Empty
            } else {
                State::Left(
                    left.iter()
                        .map(i32::to_string)
                        .collect::<Vec<_>>()
                        .join(" "),
                )
            };
        }
        match &self.state {
            State::Left(pids) => bail!(
                "these processes of the job do not end: {pids}. They hang in the system itself, \
                 for example on a file server that does not answer; they go when it does."
            ),
            _ => Ok(()),
        }
    }

    /// Waits until there is something to hear. False if there was nothing until `give_up`.
    fn wait(&self, give_up: Instant) -> Result<bool> {
        loop {
            let left = Timespec::try_from(give_up.saturating_duration_since(Instant::now()))?;
            let mut descriptors = [PollFd::new(&self.control, PollFlags::IN)];
            match rustix::event::poll(&mut descriptors, Some(&left)) {
                Ok(ready) => return Ok(ready > 0),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error).context("cannot wait for the supervisor"),
            }
        }
    }

    /// Reads what is there. False if there will be no more.
    fn hear(&mut self) -> bool {
        let mut buffer = [0; 512];
        loop {
            match self.control.read(&mut buffer) {
                Ok(0) => return false,
                Ok(bytes) => self.heard.extend_from_slice(&buffer[..bytes]),
                Err(error) if would_block(&error) => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let end = self.heard.iter().position(|byte| *byte == b'\n')?;
        let line: Vec<u8> = self.heard.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line[..end]).into_owned())
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // Whoever wants to know what remains calls `end`.
        let _ = self.end();
        let _ = self.child.wait();
    }
}

pub(crate) fn would_block(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A supervisor that has said this and ended.
    fn that_says(text: &str) -> Supervisor {
        let (control, mut theirs) = UnixStream::pair().unwrap();
        control.set_nonblocking(true).unwrap();
        theirs.write_all(text.as_bytes()).unwrap();
        Supervisor::new(
            Command::new("true").spawn().unwrap(),
            control,
            "no such mark",
        )
    }

    #[test]
    fn an_end_that_comes_along_with_the_start_is_heard() {
        let mut supervisor = that_says("started 7\nended 256\nempty \n");
        let answer = supervisor.answer().unwrap();
        supervisor.started(&answer).unwrap();
        assert!(supervisor.is_empty());
        assert_eq!(supervisor.take_ended().unwrap().code(), Some(1));
        supervisor.end().unwrap();
    }

    #[test]
    fn what_could_not_be_ended_is_named() {
        let mut supervisor = that_says("ended 9\nleft 12 34\n");
        supervisor.listen();
        let message = supervisor.end().unwrap_err().to_string();
        assert!(message.contains("12 34"), "{message}");
    }

    #[test]
    fn silence_is_told_from_an_end() {
        let mut supervisor = that_says("ended 0\n");
        // A child that another test is just starting may hold the other end until it is itself.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while !supervisor.is_lost() && std::time::Instant::now() < deadline {
            supervisor.listen();
            std::thread::yield_now();
        }
        assert!(supervisor.is_lost() && supervisor.has_ended());
        assert!(that_says("").answer().is_err());
        let mut other = that_says("");
        assert!(other.started("Usage:").is_err());
    }
}
