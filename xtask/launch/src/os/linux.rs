//! Linux: the supervisor adopts what the job leaves behind (`PR_SET_CHILD_SUBREAPER`), `/proc`
//! shows the tree, and a pidfd tells of a death at once.

use super::{Family, MARK, Process, Resident, below};
use crate::load::Work;
use rustix::event::{Timespec, epoll};
use rustix::process::{Pid, PidfdFlags, Signal};
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

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
    let mut stat = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        stat.clear();
        // A process may end while its file is read; then it is no concern any more.
        let read = File::open(format!("/proc/{pid}/stat"))
            .and_then(|mut file| file.read_to_end(&mut stat));
        if read.is_ok()
            && let Some((_, process)) = parse_stat(pid, &String::from_utf8_lossy(&stat))
        {
            found.push(process);
        }
    }
    Ok(found)
}

/// What the system tells of a process in this file. The name of its program stands there, which need not be text:
/// it is cut after 15 bytes.
fn told(file: &str, pid: i32) -> io::Result<String> {
    let bytes = fs::read(format!("/proc/{pid}/{file}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
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

/// What all cores have done, and of it what was for the processes below `root` and those below them that they have
/// waited for; proc(5), `/proc/stat` and `/proc/<pid>/stat`.
pub(crate) fn work(root: i32, mark: &str) -> Option<Work> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let all = ticks_of_all(text.lines().next()?)?;
    let is_core = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
    let cores = text.lines().filter(is_core).count();
    let own: u64 = family(root, mark)
        .ok()?
        .members
        .iter()
        .filter_map(|process| told("stat", process.pid).ok())
        .filter_map(|text| ticks(&text))
        .sum();
    let per_second = rustix::param::clock_ticks_per_second();
    let time = |ticks: u64| Duration::from_millis(ticks * 1000 / per_second);
    Some(Work {
        all: time(all),
        own: time(own),
        cores: u32::try_from(cores).ok()?,
    })
}

/// Of the first line of `/proc/stat`: user, nice, system, interrupts, and what a host took; not idle, nor waiting
/// for disks.
fn ticks_of_all(line: &str) -> Option<u64> {
    let fields = line.split_ascii_whitespace().skip(1).map(str::parse);
    let fields: Vec<u64> = fields.collect::<Result<_, _>>().ok()?;
    let busy = [0, 1, 2, 5, 6, 7].map(|at| fields.get(at).copied().unwrap_or(0));
    Some(busy.into_iter().sum())
}

/// User and system time of a process and of its children that it has waited for: fields 14 to 17.
fn ticks(stat: &str) -> Option<u64> {
    let fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    fields
        .skip(11)
        .take(4)
        .map(|field| field.parse::<u64>().ok())
        .sum()
}

/// Whether the process runs; one that has ended and was not waited for yet does not.
pub(crate) fn alive(pid: i32) -> bool {
    told("stat", pid)
        .ok()
        .and_then(|text| parse_stat(pid, &text))
        .is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

/// The files below a folder that processes have open or mapped; other users' cannot be seen.
pub(crate) fn used_below(folder: &Path) -> io::Result<HashSet<PathBuf>> {
    let mut used = HashSet::new();
    for process in processes()? {
        // Who makes a segment has it open until it is mapped, so these come first.
        let open = fs::read_dir(format!("/proc/{}/fd", process.pid));
        let open = open.into_iter().flatten().flatten();
        used.extend(
            open.filter_map(|entry| fs::read_link(entry.path()).ok())
                .filter(|path| path.starts_with(folder)),
        );
        let Ok(maps) = fs::read(format!("/proc/{}/maps", process.pid)) else {
            continue;
        };
        // Names need not be text.
        let paths = maps
            .split(|byte| *byte == b'\n')
            .filter_map(|line| Some(&line[line.iter().position(|byte| *byte == b'/')?..]));
        used.extend(
            paths
                .map(|path| PathBuf::from(OsStr::from_bytes(path)))
                .filter(|path| path.starts_with(folder)),
        );
    }
    Ok(used)
}

/// Hears of deaths in the order in which they come.
///
/// The kernel keeps a list of what is ready in a set, and appends to it. In the set are a connection of
/// each process and its pidfd (Linux 5.3). A process that dies closes its files last opened first, hence
/// the connection before the one that it has inherited from a launcher, who ends all others when that
/// closes. The pidfd tells where a child holds the connection open.
#[derive(Debug)]
pub(crate) struct Deaths {
    set: OwnedFd,
    watched: BTreeMap<i32, Watched>,
}

#[derive(Debug)]
struct Watched {
    process: OwnedFd,
    _connection: OwnedFd,
    /// Whether its end was told.
    told: bool,
}

impl Deaths {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            set: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            watched: BTreeMap::new(),
        })
    }

    /// Watches one process more, that is at the other end of this connection. False if the system cannot,
    /// or the process has ended already and was waited for: then [`alive`] is to be asked.
    pub(crate) fn watch(&mut self, pid: i32, connection: &UnixStream) -> bool {
        let watched = || -> io::Result<Watched> {
            let id = Pid::from_raw(pid).ok_or(io::ErrorKind::NotFound)?;
            let data = epoll::EventData::new_u64(pid.cast_unsigned().into());
            let connection = connection.as_fd().try_clone_to_owned()?;
            let closed = epoll::EventFlags::RDHUP | epoll::EventFlags::ONESHOT;
            epoll::add(&self.set, &connection, data, closed)?;
            let process = rustix::process::pidfd_open(id, PidfdFlags::empty())?;
            let ended = epoll::EventFlags::IN | epoll::EventFlags::ONESHOT;
            epoll::add(&self.set, &process, data, ended)?;
            Ok(Watched {
                process,
                _connection: connection,
                told: false,
            })
        };
        match watched() {
            Ok(watched) => self.watched.insert(pid, watched).is_none(),
            Err(_) => false,
        }
    }

    /// From now on the bell rings also when this can be read.
    ///
    /// # Errors
    ///
    /// If the system refuses it.
    pub(crate) fn ring_for(&self, other: &impl AsFd) -> io::Result<()> {
        let nobody = epoll::EventData::new_u64(0);
        Ok(epoll::add(&self.set, other, nobody, epoll::EventFlags::IN)?)
    }

    /// Readable when somebody has ended since the last look.
    pub(crate) fn bell(&self) -> BorrowedFd<'_> {
        self.set.as_fd()
    }

    /// Who has ended since the last look, or closed the connection, the first first.
    ///
    /// # Errors
    ///
    /// If the system cannot be asked.
    pub(crate) fn look(&mut self) -> io::Result<Vec<i32>> {
        let mut events = Vec::with_capacity(2 * self.watched.len() + 1);
        epoll::wait(
            &self.set,
            rustix::buffer::spare_capacity(&mut events),
            Some(&Timespec::default()),
        )?;
        let news = events.into_iter().filter_map(|event| {
            let pid = i32::try_from(event.data.u64()).ok()?;
            let watched = self.watched.get_mut(&pid)?;
            (!std::mem::replace(&mut watched.told, true)).then_some(pid)
        });
        Ok(news.collect())
    }

    /// How a process has ended that is watched: until its parent has waited for it, and after that on
    /// Linux 6.15 and later.
    pub(crate) fn status(&self, pid: i32) -> Option<ExitStatus> {
        let process = &self.watched.get(&pid)?.process;
        let after = || exit_status(process);
        // Its parent may wait for it in between.
        after().or_else(|| unwaited_status(pid)).or_else(after)
    }
}

/// How a process has ended that its parent has not waited for yet: the last field of its
/// `/proc/<pid>/stat`.
fn unwaited_status(pid: i32) -> Option<ExitStatus> {
    let text = told("stat", pid).ok()?;
    let ('Z', _) = parse_stat(pid, &text)? else {
        return None;
    };
    let code = text.split_ascii_whitespace().next_back()?.parse().ok()?;
    Some(ExitStatus::from_raw(code))
}

/// What the kernel tells of a process by its descriptor, in the first published shape of the answer:
/// `struct pidfd_info` in `linux/pidfd.h`.
#[repr(C)]
#[derive(Default)]
struct PidfdInfo {
    /// What is asked for; on return, what was answered.
    mask: u64,
    cgroup: u64,
    ids: [u32; 11],
    /// As wait(2) gives it.
    exit_code: i32,
}

#[expect(unsafe_code, reason = "no library knows this request yet")]
fn exit_status(process: &OwnedFd) -> Option<ExitStatus> {
    const EXIT: u64 = 1 << 3;
    const REQUEST: rustix::ioctl::Opcode = rustix::ioctl::opcode::read_write::<PidfdInfo>(0xff, 11);
    let mut info = PidfdInfo {
        mask: EXIT,
        ..PidfdInfo::default()
    };
    // SAFETY: the request takes a pointer to this structure, whose length is part of the request's
    // number: the kernel writes no more. Kernels that do not know the request refuse it.
    let asked = unsafe {
        let request = rustix::ioctl::Updater::<REQUEST, PidfdInfo>::new(&mut info);
        rustix::ioctl::ioctl(process, request)
    };
    (asked.is_ok() && info.mask & EXIT != 0).then(|| ExitStatus::from_raw(info.exit_code))
}

/// The process at the other end, as the kernel knows it.
pub(crate) fn peer(stream: &UnixStream) -> Option<u32> {
    let credentials = rustix::net::sockopt::socket_peercred(stream).ok()?;
    u32::try_from(credentials.pid.as_raw_pid()).ok()
}

/// What a process has in memory. `RssAnon` alone is its own; files it maps are the page cache's,
/// and MPI's segments (`RssShmem`) appear in each rank that touched them.
pub(crate) fn resident(pid: i32) -> Option<Resident> {
    parse_status(&told("status", pid).ok()?)
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
    fn a_process_is_seen_whose_name_is_cut_within_a_letter() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("\u{e4}".repeat(8));
        std::os::unix::fs::symlink("/bin/sleep", &program).unwrap();
        let mut child = Command::new(program).arg("600").spawn().unwrap();
        let pid = child.id().cast_signed();
        assert!(fs::read_to_string(format!("/proc/{pid}/stat")).is_err());
        let is_seen = processes().unwrap().iter().any(|one| one.pid == pid);
        let is_alive = alive(pid);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_seen && is_alive);
    }

    #[test]
    fn time_is_counted_for_all_and_for_a_process() {
        // Not idle, and not waiting for a disk.
        assert_eq!(ticks_of_all("cpu  1 2 4 1000 2000 8 16 32 5 6"), Some(63));
        assert_eq!(ticks_of_all("cpu  1 2 4 1000"), Some(7));
        let text = "42 (a) R 7 8 8 0 -1 4194304 100 200 300 400 1 2 4 8 20 0";
        assert_eq!(ticks(text), Some(15));
        let work = work(i32::try_from(std::process::id()).unwrap(), "none").unwrap();
        assert!(work.all >= work.own && work.cores > 0, "{work:?}");
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
    fn deaths_are_told_in_their_order_and_how_they_came() {
        let mut deaths = Deaths::new().unwrap();
        let mut children = [(); 3].map(|()| {
            let (here, there) = UnixStream::pair().unwrap();
            let child = Command::new("sleep")
                .arg("600")
                .stdin(OwnedFd::from(there))
                .spawn()
                .unwrap();
            assert!(deaths.watch(child.id().cast_signed(), &here));
            (child, here)
        });
        let pids = children
            .each_ref()
            .map(|(child, _)| child.id().cast_signed());
        assert_eq!(deaths.look().unwrap(), [] as [i32; 0]);
        for at in [1, 2, 0] {
            children[at].0.kill().unwrap();
            while alive(pids[at]) {
                std::thread::yield_now();
            }
            assert_eq!(deaths.status(pids[at]).unwrap().signal(), Some(9));
            children[at].0.wait().unwrap();
        }
        assert_eq!(deaths.look().unwrap(), [pids[1], pids[2], pids[0]]);
        assert_eq!(deaths.look().unwrap(), [] as [i32; 0]);
        // Where the kernel is too old it says nothing.
        if let Some(status) = deaths.status(pids[0]) {
            assert_eq!(status.signal(), Some(9));
        }
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
