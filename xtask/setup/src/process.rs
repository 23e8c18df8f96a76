//! Running a small program to its end, within a time, and keeping what it said.
//! Not for ranks: those are started by the `launch` crate.

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    io::{self, Read},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

/// How a program ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    /// None when it was killed because its time was over.
    pub(crate) status: Option<ExitStatus>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Ended {
    /// Whether it ended in time and with status 0.
    pub(crate) fn success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// Its last words, for a message: at most `lines` lines of its errors, or of its output.
    pub(crate) fn last_words(&self, lines: usize) -> String {
        let said = [&self.errors, &self.output]
            .into_iter()
            .find(|text| !text.trim().is_empty());
        let said: Vec<&str> = said.map_or(vec![], |text| text.trim_end().lines().collect());
        said[said.len().saturating_sub(lines)..].join("\n")
    }
}

/// Runs `command` to its end, or kills it and all its children after `limit`.
///
/// # Errors
/// It cannot be started.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Ended> {
    let name = command.get_program().to_string_lossy().into_owned();
    // A group of its own, so that the children of a wrapper script are killed with it.
    command.process_group(0).stdin(Stdio::null());
    run_until(command, limit, stopped, &mut || ()).with_context(|| format!("running {name}"))
}

/// Like [`run`], but with the standard input that the command names; and calls `look` again and again.
pub(crate) fn run_attended(
    command: &mut Command,
    limit: Duration,
    look: &mut dyn FnMut(),
) -> Result<Ended> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.process_group(0);
    run_until(command, limit, stopped, look).with_context(|| format!("running {name}"))
}

/// How often to look how far a program is.
const LOOK: Duration = Duration::from_millis(200);

static STOPS: OnceLock<fn() -> bool> = OnceLock::new();

/// Names who knows whether the user wants to stop: then whatever runs here is killed with all its
/// children, and the set-up ends with an error. The next one finds what is there and does the rest.
pub fn stop_when(wanted: fn() -> bool) {
    // There is one who knows, and says so once.
    let _ = STOPS.set(wanted);
}

/// Whether the user wants to stop.
pub(crate) fn stopped() -> bool {
    STOPS.get().is_some_and(|wanted| wanted())
}

fn run_until(
    command: &mut Command,
    limit: Duration,
    stopped: impl Fn() -> bool,
    look: &mut dyn FnMut(),
) -> io::Result<Ended> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let output = gather(child.stdout.take());
    let errors = gather(child.stderr.take());
    let status = wait(&mut child, limit, stopped, look)?;
    Ok(Ended {
        status,
        output: output.join().unwrap_or_default(),
        errors: errors.join().unwrap_or_default(),
    })
}

/// Reads all of a pipe on a thread of its own, so that neither pipe of a child fills up.
fn gather(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is still worth showing.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(
    child: &mut Child,
    limit: Duration,
    stopped: impl Fn() -> bool,
    look: &mut dyn FnMut(),
) -> io::Result<Option<ExitStatus>> {
    let begin = Instant::now();
    let mut looked = begin;
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let stops = stopped();
        if stops || begin.elapsed() >= limit {
            if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                // It fails when nobody of them is there any more.
                let _ = kill_process_group(group, Signal::KILL);
            }
            child.kill()?;
            child.wait()?;
            if stops {
                return Err(io::Error::new(io::ErrorKind::Interrupted, "stopped"));
            }
            return Ok(None);
        }
        if looked.elapsed() >= LOOK {
            look();
            looked = Instant::now();
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_and_the_status_are_kept() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo one >&2; echo two >&2; exit 3"]);
        let ended = run(&mut command, Duration::from_secs(30)).unwrap();
        assert_eq!(ended.output, "out\n");
        assert_eq!(ended.last_words(1), "two");
        assert_eq!(ended.status.and_then(|status| status.code()), Some(3));
    }

    #[test]
    fn what_the_user_stops_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("there");
        let mut command = Command::new("sh");
        let script = format!("sleep 100 & echo $! > {}; wait", there.display());
        command.args(["-c", &script]).process_group(0);
        let child = || {
            let text = std::fs::read_to_string(&there).unwrap_or_default();
            Pid::from_raw(text.strip_suffix('\n')?.parse().ok()?)
        };
        let limit = Duration::from_secs(90);
        let ended = run_until(&mut command, limit, || child().is_some(), &mut || ());
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::Interrupted);
        // Where nobody waits for orphans, it stays in the list of processes as a dead one.
        let begin = Instant::now();
        let pid = child().unwrap().as_raw_pid().to_string();
        let is_there = || {
            let mut ps = Command::new("ps");
            let said = ps.args(["-o", "stat=", "-p", &pid]).output().unwrap();
            !said.stdout.is_empty() && !said.stdout.starts_with(b"Z")
        };
        while is_there() && begin.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(begin.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn what_takes_too_long_is_killed_with_its_children() {
        let mut command = Command::new("sh");
        // The child of the shell would keep the pipe open for a minute.
        command.args(["-c", "echo begun; sleep 60; true"]);
        let begin = Instant::now();
        let ended = run(&mut command, Duration::from_millis(300)).unwrap();
        assert!(ended.status.is_none());
        assert_eq!(ended.output, "begun\n");
        assert!(begin.elapsed() < Duration::from_secs(30));
    }
}
