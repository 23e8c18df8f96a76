//! Linux: the supervisor adopts what the job leaves behind (`PR_SET_CHILD_SUBREAPER`), `/proc`
//! shows the tree, and a pidfd tells of a death at once.

use super::{Family, MARK, Process, Resident, below};
use rustix::process::{Pid, PidfdFlags, Signal};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether orphans of the job become the supervisor's children: if it has no child, none is left.
pub(crate) const ADOPTS: bool = true;

/// Makes orphans below this process its children.
pub(crate) fn adopt_orphans() -> io::Result<()> {
    Ok(rustix::process::set_child_subreaper(Some(
        rustix::process::getpid(),
    ))?)
}

/// This program, also after its file was replaced by a newer build.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    Ok(PathBuf::from("/proc/self/exe"))
}

/// All processes below `root`. The mark is not needed here: nothing leaves the tree.
pub(crate) fn family(root: i32, _mark: &str) -> io::Result<Family> {
    let all = processes()?;
    Ok(Family::pick(&all, &below(&all, root)))
}

/// All processes that carry the mark, wherever they stand. Slower than [`family`].
pub(crate) fn marked(mark: &str) -> io::Result<Family> {
    let all = processes()?;
    let entry = format!("{MARK}={mark}");
    let carries = |process: &&Process| {
        fs::read(format!("/proc/{}/environ", process.pid)).is_ok_and(|environment| {
            environment
                .split(|byte| *byte == 0)
                .any(|variable| variable == entry.as_bytes())
        })
    };
    let pids: HashSet<i32> = all
        .iter()
        .filter(carries)
        .map(|process| process.pid)
        .collect();
    Ok(Family::pick(&all, &pids))
}

fn processes() -> io::Result<Vec<Process>> {
    let mut found = Vec::new();
    let mut text = String::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        text.clear();
        // A process may end while its file is read; then it is no concern any more.
        let read = File::open(format!("/proc/{pid}/stat"))
            .and_then(|mut file| file.read_to_string(&mut text));
        if read.is_ok()
            && let Some((_, process)) = parse_stat(pid, &text)
        {
            found.push(process);
        }
    }
    Ok(found)
}

/// State, parent and group from `/proc/<pid>/stat`; proc(5). The name in parentheses may itself
/// contain parentheses and spaces.
fn parse_stat(pid: i32, text: &str) -> Option<(char, Process)> {
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some((state, Process { pid, parent, group }))
}

/// Whether the process runs; one that has ended and was not waited for yet does not.
pub(crate) fn alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|text| parse_stat(pid, &text))
        .is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

/// The files below a folder that processes have mapped; other users' cannot be seen.
pub(crate) fn mapped_below(folder: &Path) -> io::Result<HashSet<PathBuf>> {
    let mut mapped = HashSet::new();
    for process in processes()? {
        let Ok(maps) = fs::read_to_string(format!("/proc/{}/maps", process.pid)) else {
            continue;
        };
        let paths = maps
            .lines()
            .filter_map(|line| line.find('/').map(|at| &line[at..]));
        mapped.extend(
            paths
                .map(PathBuf::from)
                .filter(|path| path.starts_with(folder)),
        );
    }
    Ok(mapped)
}

/// A descriptor that becomes readable when the process ends; none before Linux 5.3 or if the
/// process has ended already: then [`alive`] is to be asked.
pub(crate) fn death(pid: i32) -> Option<OwnedFd> {
    rustix::process::pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()
}

/// The process at the other end, as the kernel knows it.
pub(crate) fn peer(stream: &UnixStream) -> Option<u32> {
    let credentials = rustix::net::sockopt::socket_peercred(stream).ok()?;
    u32::try_from(credentials.pid.as_raw_pid()).ok()
}

/// What a process has in memory. `RssAnon` alone is its own; files it maps are the page cache's,
/// and MPI's segments (`RssShmem`) appear in each rank that touched them.
pub(crate) fn resident(pid: i32) -> Option<Resident> {
    parse_status(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

fn parse_status(text: &str) -> Option<Resident> {
    let bytes = |name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib * 1024)
    };
    Some(Resident {
        // Before Linux 4.5 there is only the sum.
        private: bytes("RssAnon:").or_else(|| bytes("VmRSS:"))?,
        shared: bytes("RssShmem:").unwrap_or(0),
    })
}

/// Whether this process was started with the signal ignored, as `nohup` does.
pub(crate) fn ignores(signal: i32) -> bool {
    let Ok(status) = fs::read_to_string("/proc/self/status") else {
        return false;
    };
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// The name of this machine.
pub(crate) fn host() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned())
}

/// Has the kernel kill the command's process when this one ends, however it ends.
#[expect(unsafe_code, reason = "std has no safe way to run prctl in the child")]
pub(crate) fn die_with_this_process(command: &mut Command) {
    let parent = Some(rustix::process::getpid());
    let bind = move || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // Had the parent died before the line above, no signal would ever come.
        if rustix::process::getppid() == parent {
            Ok(())
        } else {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    };
    // SAFETY: between fork and exec only async-signal-safe code may run. The closure makes two
    // system calls, prctl and getppid, and touches no memory but its own copy of an id: it neither
    // allocates nor takes a lock, on the error path too (an ErrorKind and an errno are stored
    // without allocating).
    unsafe { command.pre_exec(bind) };
}

/// Runs `start` so that processes born in it are the first to go when the machine runs out of
/// memory: better a rank than the student's editor.
pub(crate) fn expendable<T>(start: impl FnOnce() -> T) -> T {
    const SCORE: &str = "/proc/self/oom_score_adj";
    let before = fs::read_to_string(SCORE);
    // Failure changes nothing that the caller must know: the kernel then picks as it always does.
    let raised = before.is_ok() && fs::write(SCORE, "1000").is_ok();
    let outcome = start();
    if raised && let Ok(before) = before {
        let _ = fs::write(SCORE, before.trim());
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_confuse() {
        let text = "42 (a) R 1 (b) S 7 8 9 0 -1 4194304";
        let process = Process {
            pid: 42,
            parent: 7,
            group: 8,
        };
        assert_eq!(parse_stat(42, text), Some(('S', process)));
        assert_eq!(parse_stat(42, "42 (cut"), None);
    }

    #[test]
    fn only_anonymous_memory_is_private() {
        let text = "VmRSS:\t 600 kB\nRssAnon:\t 100 kB\nRssFile:\t 200 kB\nRssShmem:\t 300 kB\n";
        let resident = Resident {
            private: 100 << 10,
            shared: 300 << 10,
        };
        assert_eq!(parse_status(text), Some(resident));
        let old = Resident {
            private: 600 << 10,
            shared: 0,
        };
        assert_eq!(parse_status("VmRSS:\t 600 kB\n"), Some(old));
        assert_eq!(parse_status("Name:\tkthreadd\n"), None);
    }

    #[test]
    fn this_process_is_alive_and_seen() {
        let pid = rustix::process::getpid().as_raw_pid();
        assert!(alive(pid));
        assert!(
            processes()
                .unwrap()
                .iter()
                .any(|process| process.pid == pid)
        );
        assert!(resident(pid).unwrap().private > 0);
    }
}
