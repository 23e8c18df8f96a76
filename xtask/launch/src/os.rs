//! What differs between systems, under one name: finding a job's processes, and being told of
//! their deaths. What is done with them stands elsewhere.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;

#[cfg(not(target_os = "linux"))]
mod macos;
#[cfg(not(target_os = "linux"))]
pub(crate) use macos::*;

use std::collections::HashSet;

/// The environment variable with the job's mark. It is no secret: it only tells whose a process is.
pub(crate) const MARK: &str = "WORKBOOK_JOB";

/// One process of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    pub(crate) group: i32,
}

/// Memory of one process, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resident {
    /// Pages that are this process's alone.
    pub(crate) private: u64,
    /// Pages of segments that it may share with other ranks.
    pub(crate) shared: u64,
}

/// The processes of a job, and how to reach them at once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Family {
    pub(crate) members: Vec<Process>,
    /// Process groups without a stranger in them.
    pub(crate) groups: Vec<i32>,
}

impl Family {
    /// Picks from all processes of the machine those whose ids are in `pids`.
    fn pick(all: &[Process], pids: &HashSet<i32>) -> Self {
        let (members, strangers): (Vec<Process>, Vec<Process>) =
            all.iter().partition(|process| pids.contains(&process.pid));
        let theirs: HashSet<i32> = strangers.iter().map(|process| process.group).collect();
        let mut groups: Vec<i32> = members
            .iter()
            .map(|process| process.group)
            // 0 would be the caller's own group, and 1 would be everybody.
            .filter(|group| *group > 1 && !theirs.contains(group))
            .collect();
        groups.sort_unstable();
        groups.dedup();
        Self { members, groups }
    }
}

/// The ids of all processes below `root`, without itself.
fn below(all: &[Process], root: i32) -> HashSet<i32> {
    let mut found = HashSet::from([root]);
    loop {
        let before = found.len();
        for process in all {
            if found.contains(&process.parent) {
                found.insert(process.pid);
            }
        }
        if found.len() == before {
            found.remove(&root);
            return found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32, group: i32) -> Process {
        Process { pid, parent, group }
    }

    #[test]
    fn descendants_are_found_in_any_order_and_without_the_root() {
        let all = [
            process(9, 7, 5),
            process(7, 5, 5),
            process(5, 1, 5),
            process(8, 1, 8),
        ];
        assert_eq!(below(&all, 5), HashSet::from([7, 9]));
        assert_eq!(below(&all, 8), HashSet::new());
    }

    #[test]
    fn a_group_with_a_stranger_is_not_signalled_as_a_whole() {
        let all = [
            process(5, 1, 5),
            process(7, 5, 7),
            process(8, 7, 5),
            process(9, 7, 0),
        ];
        let family = Family::pick(&all, &below(&all, 5));
        assert_eq!(family.groups, [7]);
        assert_eq!(family.members.len(), 3);
    }
}
