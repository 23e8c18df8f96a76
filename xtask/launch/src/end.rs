//! Ends processes until none is left. Whom, the caller says.

use crate::os::{self, Family};
use rustix::process::{Pid, Signal};
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::time::{Duration, Instant};

/// How long a killed process may take to go. The kernel needs a while to free much memory; only
/// one that hangs in a driver or on a dead file server takes longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to look for newcomers before killing what was found so far.
const ROUNDS: usize = 16;

/// Kills whatever `find` finds, and looks again, until it finds nothing. Returns the ids of those
/// that did not go in ten seconds.
///
/// All are stopped before the first is killed: nobody can react to another's end by starting
/// something new. Processes that fork all the time are caught by their group, because the kernel
/// signals a group at once and lets no fork slip through in between.
///
/// The memory that ranks shared goes with them: MPI removes it in an orderly end only, and what
/// stays, megabytes for each job, soon fills a container's 64.
pub(crate) fn all(mut find: impl FnMut() -> io::Result<Family>) -> io::Result<Vec<i32>> {
    let start = Instant::now();
    let mut pause = Duration::from_micros(200);
    let mut segments = BTreeSet::new();
    loop {
        let mut family = find()?;
        if family.members.is_empty() {
            for segment in segments {
                // Whoever else unlinks it does what is wanted.
                let _ = std::fs::remove_file(segment);
            }
            return Ok(Vec::new());
        }
        let mut stopped = HashSet::new();
        for _ in 0..ROUNDS {
            let newcomers: Vec<i32> = pids(&family).filter(|pid| stopped.insert(*pid)).collect();
            if newcomers.is_empty() {
                break;
            }
            signal(&family.groups, &newcomers, Signal::STOP);
            family = find()?;
        }
        segments.extend(pids(&family).flat_map(os::segments));
        signal(
            &family.groups,
            &pids(&family).collect::<Vec<_>>(),
            Signal::KILL,
        );
        if start.elapsed() > PATIENCE {
            return Ok(pids(&family).collect());
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

fn pids(family: &Family) -> impl Iterator<Item = i32> {
    family.members.iter().map(|process| process.pid)
}

/// Errors are of no concern: whoever could not be signalled is found again.
fn signal(groups: &[i32], pids: &[i32], signal: Signal) {
    for group in groups.iter().copied().filter_map(Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, signal);
    }
    for pid in pids.iter().copied().filter_map(Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}
