//! The check of the task in which managers and workers become one communicator.

use super::{Answers, groups::Groups};
use harness_mpi::{Among, Bounds, Check, Kind, Peer, Traffic, plural};
use mpi::traits::*;

/// Each process can work out what all others have.
struct Case {
    workers: usize,
    /// Of the managers.
    theirs: Vec<i64>,
    /// Of the workers.
    ours: Vec<i64>,
}

impl Case {
    fn draw(check: &mut Check, managers: usize) -> Self {
        let workers = check.draw(2..4);
        // Distinct, so that no process is taken for another, and too large for an `f64`.
        let mut numbers: Vec<i64> = (0..(managers + workers) as i64)
            .map(|n| i64::MAX - n * 7)
            .collect();
        check.shuffle(&mut numbers);
        let mut ours = numbers.split_off(managers);
        // But every number counts: a 0, one below it, and one that a neighbor of the other group has too.
        ours[0] = 0;
        ours[workers - 1] *= -1;
        numbers[0] = ours[workers - 1];
        Self {
            workers,
            theirs: numbers,
            ours,
        }
    }

    fn all(&self) -> Vec<i64> {
        [&self.ours[..], &self.theirs].concat()
    }

    fn text(&self) -> String {
        format!(
            "{} with the numbers {:?}, {} with {:?}",
            plural(self.theirs.len(), "manager"),
            self.theirs,
            plural(self.workers, "worker"),
            self.ours
        )
    }
}

fn judge(
    check: &mut Check,
    traffic: &Traffic,
    groups: &Groups<'_>,
    found: Vec<i64>,
    case: &Case,
) -> bool {
    const GATHERS: [&str; 4] = [
        "MPI_Allgather",
        "MPI_Iallgather",
        "MPI_Allgatherv",
        "MPI_Iallgatherv",
    ];
    let why = "the numbers of all workers, in the order of their ranks, and then of all managers";
    check.returned(found, case.all(), why)
        && groups.sends_none(
            check,
            "one all-gather among managers and workers moves all numbers",
        )
        && check.uses(
            traffic,
            &GATHERS,
            "each process gets the numbers of all by an all-gather on the merged communicator",
        )
        && gathers_once(check, traffic, &GATHERS)
        && merges_once(check, traffic)
        && workers_first(check, groups, case)
        && groups.meet_last(check, true)
        && check.moves(
            traffic,
            Bounds {
                calls: 8,
                ..Bounds::NONE
            },
            "it takes an all-gather and a barrier",
        )
}

fn gathers_once(check: &Check, traffic: &Traffic, gathers: &[&str]) -> bool {
    let rank = check.rank();
    let calls: u64 = gathers.iter().map(|name| traffic.calls(rank, name)).sum();
    check.require(calls == 1, Kind::TooMuchCommunication, || {
        format!("called MPI_Allgather {calls} times: one all-gather moves all numbers")
    })
}

fn merges_once(check: &Check, traffic: &Traffic) -> bool {
    let merges = traffic.calls(check.rank(), "MPI_Intercomm_merge");
    check.require(merges == 1, Kind::WrongOperation, || {
        format!("called MPI_Intercomm_merge {merges} times: one merge makes one communicator of the two groups")
    })
}

/// Requires that the workers come first in the merged communicator: processes are numbered in the order in which
/// they were started.
fn workers_first(check: &Check, groups: &Groups<'_>, case: &Case) -> bool {
    let is_merged = |call: &&Among| call.remote.is_none() && call.members.len() == case.all().len();
    let is_right = |call: &Among| {
        let (first, then) = call.members.split_at(case.workers);
        first.is_sorted() && first.iter().min() > then.iter().max()
    };
    let right = groups.among.iter().filter(is_merged).all(is_right);
    check.require(right, Kind::WrongOperation, || {
        String::from(
            "merged the groups in another order: in the new communicator, the workers come first, in the order \
             of their ranks, and then the managers",
        )
    })
}

/// The part of the check's own ranks.
pub fn managers(check: &mut Check, answers: &Answers) {
    let managers = check.size();
    let case = Case::draw(check, managers);
    check.input(case.text());
    check.joined_by(case.workers);
    let own = case.theirs[check.rank()];
    let worker = check.worker(&[]);
    let workers = case.workers as i32;
    let (found, traffic, among) =
        check.observe_among(|world| (answers.merge_managers)(world, &worker, workers, own));
    let groups = Groups {
        own: (managers, "manager"),
        other: (case.workers, "worker"),
        root: Peer::Unnamed,
        among: &among,
    };
    judge(check, &traffic, &groups, found, &case);
}

/// The part of a worker.
pub fn workers(check: &mut Check, answers: &Answers) {
    let Some(managers) = check.world().parent() else {
        return;
    };
    let theirs = managers.remote_size() as usize;
    let case = Case::draw(check, theirs);
    check.input(case.text());
    check.joined_by(theirs);
    let Some(own) = case.ours.get(check.rank()).copied() else {
        // More workers were started than asked for; the managers' results show that.
        return;
    };
    let (found, traffic, among) = check.observe_among(|_| (answers.merge_workers)(managers, own));
    let groups = Groups {
        own: (case.workers, "worker"),
        other: (theirs, "manager"),
        root: Peer::Unnamed,
        among: &among,
    };
    judge(check, &traffic, &groups, found, &case);
}
