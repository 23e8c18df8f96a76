//! A program whose output is wanted whole, such as cargo: it and all that it starts end with this
//! process, and with the first Ctrl-C. Not for ranks: it has no socket.

use crate::foreground::wait;
use crate::interrupt::Catching;
use crate::request::Request;
use crate::supervisor::{Outputs, Supervisor};
use crate::{interrupted, socket};
use anyhow::{Context, Result};
use std::io::{self, PipeReader, Read};
use std::process::{Command, Output};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Runs a command without a terminal and without input, and returns what it said; none when Ctrl-C,
/// SIGTERM or SIGHUP has come: then it and all that it had started are gone. Of the command count the
/// program, the arguments, the folder and the changes of the environment, one by one.
///
/// # Errors
///
/// If the program cannot be started or supervised, or if a process of it cannot be ended.
pub fn captured(command: &Command) -> Result<Option<Output>> {
    Ok(run(command, None, None)?.output())
}

/// How a program came to its end whose output is wanted.
#[derive(Debug)]
pub enum Captured {
    /// By itself, or somebody else has ended it: its status says so.
    Ended(Output),
    /// Ctrl-C, SIGTERM or SIGHUP has come.
    Interrupted,
    /// It was still there after the time that it was given.
    TimeLimit,
}

impl Captured {
    fn output(self) -> Option<Output> {
        match self {
            Self::Ended(output) => Some(output),
            Self::Interrupted | Self::TimeLimit => None,
        }
    }
}

/// As [`captured`], for at most so long: after that, it and all that it had started are gone.
///
/// # Errors
///
/// As [`captured`].
pub fn captured_within(command: &Command, limit: Duration) -> Result<Captured> {
    run(command, None, Some(limit))
}

/// How often [`captured_while`] hands on what was said.
const HEAR: Duration = Duration::from_millis(100);

/// The same, and hands on what is said on standard error while it is being said.
///
/// # Errors
///
/// As [`captured`].
pub fn captured_while(command: &Command, heard: &mut dyn FnMut(&[u8])) -> Result<Option<Output>> {
    Ok(run(command, Some(heard), None)?.output())
}

/// Hears what is said on standard error.
type Listener<'a> = &'a mut dyn FnMut(&[u8]);

fn run(
    command: &Command,
    mut heard: Option<Listener<'_>>,
    limit: Option<Duration>,
) -> Result<Captured> {
    let catching = Catching::start()?;
    if interrupted() {
        return Ok(Captured::Interrupted);
    }
    // A limit beyond what a clock can tell is none.
    let end = limit.and_then(|limit| Instant::now().checked_add(limit));
    let (env, without): (Vec<_>, Vec<_>) =
        command.get_envs().partition(|(_, value)| value.is_some());
    let request = Request {
        mark: socket::random(8)?,
        cwd: command.get_current_dir().map(Into::into),
        command: [command.get_program()]
            .into_iter()
            .chain(command.get_args())
            .map(Into::into)
            .collect(),
        env: env
            .into_iter()
            .filter_map(|(name, value)| Some((name.into(), value?.into())))
            .collect(),
        ..Request::default()
    };
    let (live, news) = mpsc::channel();
    let (output, said) = gather(None)?;
    let (errors, complained) = gather(heard.is_some().then_some(live))?;
    let outputs = Outputs {
        stdout: Some(said.into()),
        stderr: Some(complained.into()),
        without: without.into_iter().map(|(name, _)| name.into()).collect(),
    };
    let mut supervisor = Supervisor::start(&request, outputs)
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let status = loop {
        if interrupted() {
            break Err(Captured::Interrupted);
        }
        if let Some(status) = supervisor.take_ended() {
            break Ok(status);
        }
        if supervisor.is_lost() {
            supervisor.end()?;
            anyhow::bail!(
                "the supervisor of a program was killed from outside; all its processes were ended"
            );
        }
        if let Some(heard) = &mut heard {
            news.try_iter().for_each(|bytes: Vec<u8>| heard(&bytes));
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            break Err(Captured::TimeLimit);
        }
        let hear = heard.as_ref().map(|_| Instant::now() + HEAR);
        let until = hear.into_iter().chain(end).min();
        wait(&supervisor, &catching, None, until)?;
        supervisor.listen();
    };
    // Nobody is left then to write, so the readers come to their ends.
    supervisor.end()?;
    let read = |reader: JoinHandle<io::Result<Vec<u8>>>| {
        let read = reader.join().unwrap_or_else(|_| Ok(Vec::new()));
        read.with_context(|| format!("reading what {} says", command.get_program().display()))
    };
    let (stdout, stderr) = (read(output)?, read(errors)?);
    Ok(match status {
        Ok(status) => Captured::Ended(Output {
            status,
            stdout,
            stderr,
        }),
        Err(early) => early,
    })
}

/// A pipe, and a thread that reads it to its end and hands on what it has read.
fn gather(
    live: Option<Sender<Vec<u8>>>,
) -> Result<(JoinHandle<io::Result<Vec<u8>>>, io::PipeWriter)> {
    let (reader, writer) = io::pipe().context("cannot make a pipe")?;
    let read = move |mut reader: PipeReader| {
        let (mut all, mut room) = (Vec::new(), [0; 4096]);
        loop {
            let read = match reader.read(&mut room) {
                Ok(0) => return Ok(all),
                Ok(read) => &room[..read],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            all.extend_from_slice(read);
            if let Some(live) = &live {
                // After the program's end nobody listens.
                let _ = live.send(read.to_vec());
            }
        }
    };
    Ok((thread::spawn(move || read(reader)), writer))
}
