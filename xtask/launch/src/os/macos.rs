//! macOS and other systems without `/proc`: what `ps` shows. Nobody adopts orphans here, so the
//! job's mark in their environment tells them; a process group serves those that dropped it.

use super::{Family, MARK, Process, Resident, below};
use crate::load::Work;
use rustix::process::Pid;
use std::collections::HashSet;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Whether orphans of the job become the supervisor's children: if it has no child, none is left.
pub(crate) const ADOPTS: bool = false;

/// Makes orphans below this process its children: not possible here.
pub(crate) fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

/// This program.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// All processes below `root`, and all that carry the mark or share a group with those.
pub(crate) fn family(root: i32, mark: &str) -> io::Result<Family> {
    let all = listing()?;
    let processes: Vec<Process> = all.iter().map(|row| row.process).collect();
    let mut pids = below(&processes, root);
    pids.extend(carriers(&all, mark));
    let own = processes
        .iter()
        .find(|process| process.pid == root)
        .map(|process| process.group);
    let led: HashSet<i32> = processes
        .iter()
        .filter(|process| pids.contains(&process.group) && Some(process.group) != own)
        .map(|process| process.pid)
        .collect();
    pids.extend(led);
    pids.remove(&root);
    Ok(Family::pick(&processes, &pids))
}

/// All processes that carry the mark, wherever they stand.
pub(crate) fn marked(mark: &str) -> io::Result<Family> {
    let all = listing()?;
    let processes: Vec<Process> = all.iter().map(|row| row.process).collect();
    Ok(Family::pick(&processes, &carriers(&all, mark)))
}

fn carriers(all: &[Row], mark: &str) -> HashSet<i32> {
    let entry = format!("{MARK}={mark}");
    all.iter()
        .filter(|row| !row.dead && row.command.split(' ').any(|word| word == entry))
        .map(|row| row.process.pid)
        .collect()
}

struct Row {
    process: Process,
    dead: bool,
    kib: u64,
    command: String,
}

/// Every process of this user, each with its environment behind its command (`-E`).
fn listing() -> io::Result<Vec<Row>> {
    let output = Command::new("ps")
        .args(["-axwwE", "-o", "pid=,ppid=,pgid=,stat=,rss=,command="])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(parse_row).collect())
}

fn parse_row(line: &str) -> Option<Row> {
    let mut words = line.split_ascii_whitespace();
    let pid = words.next()?.parse().ok()?;
    let parent = words.next()?.parse().ok()?;
    let group = words.next()?.parse().ok()?;
    let dead = words.next()?.starts_with('Z');
    let kib = words.next()?.parse().ok()?;
    let command = words.collect::<Vec<_>>().join(" ");
    Some(Row {
        process: Process { pid, parent, group },
        dead,
        kib,
        command,
    })
}

/// Whether the process runs. One that has ended counts until its parent has waited for it.
pub(crate) fn alive(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

/// The files below a folder that processes have open or mapped: not known here, where segments of memory have
/// no files.
pub(crate) fn used_below(_folder: &Path) -> io::Result<HashSet<PathBuf>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Hears of no death here: [`alive`] is to be asked.
#[derive(Debug)]
pub(crate) struct Deaths {
    /// Never readable.
    bell: (PipeReader, PipeWriter),
}

impl Deaths {
    pub(crate) fn new() -> io::Result<Self> {
        let bell = io::pipe()?;
        Ok(Self { bell })
    }

    pub(crate) fn watch(&mut self, _pid: i32, _connection: &UnixStream) -> bool {
        false
    }

    pub(crate) fn ring_for(&self, _other: &impl AsFd) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn bell(&self) -> BorrowedFd<'_> {
        self.bell.0.as_fd()
    }

    pub(crate) fn look(&mut self) -> io::Result<Vec<i32>> {
        Ok(Vec::new())
    }

    pub(crate) fn status(&self, _pid: i32) -> Option<ExitStatus> {
        None
    }
}

/// The process at the other end: not known here.
pub(crate) fn peer(_stream: &UnixStream) -> Option<u32> {
    None
}

/// What a process has in memory; what it shares is not known here.
pub(crate) fn resident(pid: i32) -> Option<Resident> {
    let output = Command::new("ps")
        .args([
            "-o",
            "pid=,ppid=,pgid=,stat=,rss=,command=",
            "-p",
            &pid.to_string(),
        ])
        .output()
        .ok()?;
    let row = parse_row(String::from_utf8_lossy(&output.stdout).trim())?;
    Some(Resident {
        private: row.kib * 1024,
        shared: 0,
    })
}

/// Whether this process was started with the signal ignored: not known here.
pub(crate) fn ignores(_signal: i32) -> bool {
    false
}

/// The name of this machine: not asked for, as batch systems with many machines run Linux.
pub(crate) fn host() -> Option<String> {
    None
}

/// Has the kernel kill the command's process when this one ends: not possible here.
pub(crate) fn die_with_this_process(_command: &mut Command) {}

/// Runs `start`; macOS knows no preference for whom to kill when memory runs out.
pub(crate) fn expendable<T>(start: impl FnOnce() -> T) -> T {
    start()
}

/// What all cores have done: no file tells.
pub(crate) fn work(_root: i32, _mark: &str) -> Option<Work> {
    None
}
