//! The supervisor's side: starts the launcher, waits, and ends everything when the grader is gone
//! or wants it. It reads nothing that the job says.

use crate::leftovers::{self, Leftovers};
use crate::request::Request;
use crate::{end, keeper, nodes, os};
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::WaitOptions;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The hidden first argument that makes a program the supervisor.
pub(crate) const ARGUMENT: &str = "__supervise";

/// What the grader tells the supervisor, a byte each. Its death says the same as [`order::END`].
pub(crate) mod order {
    /// End the job.
    pub(crate) const END: u8 = b'e';
}

/// What the supervisor tells, a line each: the word, and what follows it.
pub(crate) mod word {
    /// The launcher runs: its process id.
    pub(crate) const STARTED: &str = "started";
    /// The launcher could not be started: why.
    pub(crate) const FAILED: &str = "failed";
    /// The launcher has ended: its status as wait(2) gives it.
    pub(crate) const ENDED: &str = "ended";
    /// No process is left.
    pub(crate) const EMPTY: &str = "empty";
    /// These processes could not be ended: their ids.
    pub(crate) const LEFT: &str = "left";
    /// What MPI has left behind is removed.
    pub(crate) const CLEAN: &str = "clean";
}

/// Becomes the supervisor of one job, the keeper of private folders, or the relay of a rank on another
/// node, and never returns, if this program was started as one. To be the first call in `main` of every
/// program that starts jobs: all are that program itself, started once more.
pub fn supervise_if_asked() {
    keeper::keep_if_asked();
    nodes::relay_if_asked();
    if std::env::args_os()
        .nth(1)
        .is_none_or(|argument| argument != ARGUMENT)
    {
        return;
    }
    let status = match supervise() {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("the supervisor of a job has failed: {error:#}");
            2
        }
    };
    std::process::exit(status);
}

fn supervise() -> Result<()> {
    let stdin = std::io::stdin().as_fd().try_clone_to_owned()?;
    let mut control = UnixStream::from(stdin);
    let (request, stdin) = Request::receive(&mut control)
        .context("cannot read from the grader; this command is not for use by hand")?;
    if request.group.is_none() {
        // Away from the terminal: its Ctrl-C is the grader's to handle. This cannot fail, as a
        // process just forked leads no group.
        let _ = rustix::process::setsid();
    }
    os::adopt_orphans().context("cannot become the parent of the job's orphans")?;
    let leftovers = Leftovers::from_now();
    let mut watch = Watch::new(control, request)?;
    let outcome = watch.start(stdin).and_then(|()| watch.run());
    leftovers.remove();
    if outcome.is_ok() {
        watch.tell(word::CLEAN, "");
    }
    outcome
}

struct Watch {
    request: Request,
    control: UnixStream,
    /// Readable when a child has ended or a signal wants the supervisor to end.
    bell: UnixStream,
    terminated: Arc<AtomicBool>,
    launcher: i32,
    /// Whether the launcher's end was told.
    told: bool,
}

impl Watch {
    fn new(control: UnixStream, request: Request) -> Result<Self> {
        let (bell, ring) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        let terminated = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            flag::register(signal, Arc::clone(&terminated))?;
            low_level::pipe::register(signal, ring.try_clone()?)?;
        }
        low_level::pipe::register(SIGCHLD, ring)?;
        Ok(Self {
            request,
            control,
            bell,
            terminated,
            launcher: 0,
            told: false,
        })
    }

    fn start(&mut self, stdin: Option<OwnedFd>) -> Result<()> {
        let Some((program, args)) = self.request.command.split_first() else {
            self.tell(word::FAILED, "there is no program to start");
            return Ok(());
        };
        let mut command = Command::new(program);
        command
            .args(args)
            .env_remove(verdict::wire::CHANNEL)
            .env_remove(verdict::wire::TOKEN)
            .envs(leftovers::fewer())
            .envs(self.request.env.iter().map(|(name, value)| (name, value)))
            .env(os::MARK, &self.request.mark)
            .stdin(stdin.map_or_else(Stdio::null, Stdio::from))
            // A job with a terminal stays in the group that has it: a program in the background
            // would be stopped when it reads, and under `stty tostop` when it prints.
            .process_group(self.request.group.unwrap_or(0));
        if let Some(cwd) = &self.request.cwd {
            command.current_dir(cwd);
        }
        os::die_with_this_process(&mut command);
        match os::expendable(|| command.spawn()) {
            Ok(child) => {
                self.launcher = i32::try_from(child.id())?;
                self.tell(word::STARTED, child.id());
            }
            Err(error) => self.tell(word::FAILED, error),
        }
        Ok(())
    }

    /// Waits until nothing is left, or until the grader has closed its end: then ends everything.
    fn run(&mut self) -> Result<()> {
        loop {
            let mut descriptors = [
                PollFd::new(&self.control, PollFlags::IN),
                PollFd::new(&self.bell, PollFlags::IN),
            ];
            match rustix::event::poll(&mut descriptors, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error).context("cannot wait for the job's end"),
            }
            let asked = !descriptors[0].revents().is_empty();
            // Emptied before looking: what happens after is rung anew.
            while self.bell.read(&mut [0; 64]).is_ok_and(|bytes| bytes > 0) {}
            if self.reap() {
                self.tell(word::EMPTY, "");
                return Ok(());
            }
            if asked || self.terminated.load(Ordering::SeqCst) {
                return self.end();
            }
        }
    }

    fn end(&mut self) -> Result<()> {
        let own = rustix::process::getpid().as_raw_pid();
        let left = end::all(|| {
            if self.reap() {
                return Ok(os::Family::default());
            }
            os::family(own, &self.request.mark)
        })
        .context("cannot list the job's processes")?;
        self.reap();
        if left.is_empty() {
            self.tell(word::EMPTY, "");
        } else {
            let left: Vec<String> = left.iter().map(i32::to_string).collect();
            self.tell(word::LEFT, left.join(" "));
        }
        Ok(())
    }

    /// Waits for the children that have ended. Returns whether this proves that nothing is left.
    fn reap(&mut self) -> bool {
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) => {
                    if pid.as_raw_pid() == self.launcher && !self.told {
                        self.told = true;
                        self.tell(word::ENDED, status.as_raw());
                    }
                }
                Ok(None) => return false,
                Err(Errno::INTR) => {}
                Err(_) => return os::ADOPTS,
            }
        }
    }

    /// Without a grader there is nobody to hear it.
    fn tell(&mut self, word: &str, rest: impl std::fmt::Display) {
        let rest = rest.to_string().replace('\n', " ");
        let _ = self
            .control
            .write_all(format!("{word} {rest}\n").as_bytes());
    }
}
