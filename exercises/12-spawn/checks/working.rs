//! The checks of the tasks in which workers integrate a curve: started by their managers, and launched
//! together with them as another program.

use super::{
    Answers,
    groups::{BROADCASTS, Groups, REDUCTIONS},
    is_team, sends_none,
};
use harness_mpi::{Bounds, Check, Kind, Peer, Reason, Traffic, plural};
use mpi::traits::*;
use std::cell::RefCell;

/// A curve that only the workers know, and what is asked for.
struct Case {
    workers: i32,
    intervals: u64,
    coefficients: [f64; 3],
}

impl Case {
    fn value(&self, x: f64) -> f64 {
        let [constant, linear, cubic] = self.coefficients;
        constant + linear * x + cubic * x * x * x
    }

    fn middle(&self, interval: u64) -> f64 {
        (interval as f64 + 0.5) / self.intervals as f64
    }

    fn integral(&self) -> f64 {
        let values = (0..self.intervals).map(|interval| self.value(self.middle(interval)));
        values.sum::<f64>() / self.intervals as f64
    }
}

/// The inputs: the same, in the same order, for managers and workers.
fn cases(check: &mut Check, managers: usize) -> Vec<Case> {
    let team = check.draw(3..5);
    // One interval is left when they are shared. There are so many that one collective for each thousand would
    // be more than eight.
    let many = check.draw(5_000..6_000) * team + 1;
    // Fewer intervals than workers, and more than one worker may have.
    let few = (check.draw(3..5), 2);
    let alone = (1, check.draw(1..40));
    let mut cases = vec![(team, many), few];
    cases.extend((managers == 1).then_some(alone));
    let cases = cases.into_iter().map(|(workers, intervals)| Case {
        workers,
        intervals: intervals as u64,
        coefficients: [(); 3].map(|()| check.draw(1.0..9.0)),
    });
    cases.collect()
}

/// Requires of an answer that the number of intervals and the integral go between the groups by collectives of
/// the right root, and nothing else by messages.
fn by_collectives(check: &mut Check, traffic: &Traffic, groups: &Groups<'_>) -> bool {
    let why = "one collective between the groups moves all data";
    sends_none(check, traffic, why)
        && groups.call(
            check,
            &BROADCASTS,
            "rank 0 of those that ask broadcasts the number of intervals to all that compute",
        )
        && groups.call(
            check,
            &REDUCTIONS,
            "rank 0 of those that ask gets the integral by a reduction",
        )
        && check.moves(
            traffic,
            Bounds {
                calls: 8,
                ..Bounds::NONE
            },
            "it takes a broadcast and a reduction between the groups, a barrier, and a broadcast among those \
             that ask",
        )
}

/// The part of the check's own ranks.
pub fn managers(check: &mut Check, answers: &Answers) {
    let managers = check.size();
    let cases = cases(check, managers);
    let mut right = true;
    for (index, case) in cases.iter().enumerate() {
        if !right {
            return;
        }
        let Case {
            workers, intervals, ..
        } = *case;
        check.input(format!(
            "{} and {}",
            plural(workers as u64, "worker"),
            plural(intervals, "interval")
        ));
        let worker = check.worker(&[index.to_string()]);
        let (found, traffic, among) =
            check.observe_among(|world| (answers.manage)(world, &worker, workers, intervals));
        let why = "it is the integral, which the workers compute";
        let groups = Groups {
            own: (managers, "manager"),
            other: (workers as usize, "worker"),
            root: Groups::beside_root(check.rank()),
            among: &among,
        };
        let result = check.close(found, case.integral(), 1e-9, why)
            && by_collectives(check, &traffic, &groups)
            && groups.meet_last(check, false);
        right = check.everywhere(result);
    }
}

/// The part of a worker.
pub fn workers(check: &mut Check, answers: &Answers) {
    let Some(managers) = check.world().parent() else {
        return;
    };
    let theirs = managers.remote_size() as usize;
    let cases = cases(check, theirs);
    let index = check.own_words().first().and_then(|word| word.parse().ok());
    let Some(case) = index.and_then(|index: usize| cases.get(index)) else {
        return;
    };
    check.input(format!(
        "{} and {}",
        plural(case.workers as u64, "worker"),
        plural(case.intervals, "interval")
    ));
    is_team(check, case.workers);
    let asked = RefCell::new(Vec::new());
    let curve = |x: f64| {
        asked.borrow_mut().push(x);
        case.value(x)
    };
    let ((), traffic, among) = check.observe_among(|world| (answers.work)(world, managers, &curve));
    let right = shares(check, case, &asked.into_inner());
    let groups = Groups {
        own: (case.workers as usize, "worker"),
        other: (theirs, "manager"),
        root: Peer::Rank(0),
        among: &among,
    };
    if right && by_collectives(check, &traffic, &groups) {
        groups.meet_last(check, false);
    }
}

/// Requires that a worker asks for its share of the middles and for nothing else.
fn shares(check: &Check, case: &Case, asked: &[f64]) -> bool {
    let (size, own) = (case.workers as u64, asked.len() as u64);
    let (least, most) = (case.intervals / size, case.intervals.div_ceil(size));
    let foreign = asked.iter().copied().find(|x| {
        let interval = x * case.intervals as f64 - 0.5;
        (interval - interval.round()).abs() > 1e-6 || !(0.0..1.0).contains(x)
    });
    let kind = Kind::WrongResult;
    check.require(foreign.is_none(), kind, || {
        format!(
            "called `curve` at {}, which is not the midpoint of one of {}",
            foreign.unwrap_or_default(),
            plural(case.intervals, "interval")
        )
    }) && check.require((least..=most).contains(&own), kind, || {
        format!(
            "called `curve` {}: the workers share {} evenly, from {least} to {most} each",
            plural(own, "time"),
            plural(case.intervals, "interval")
        )
    })
}

/// Two programs of one launch.
pub fn programs(check: &mut Check, answers: &Answers) {
    let size = check.size();
    // Few intervals and a large first program.
    let few = (check.draw(1..4), check.draw(size.div_ceil(2)..size));
    // Many intervals for a large second program: of the last share, all are left but one, or one is.
    let (one, other) = (check.draw(1..size / 2 + 1), check.draw(1..size / 2 + 1));
    let most_left = (check.draw(10..30) * (size - one) - 1, one);
    let one_left = (check.draw(10..30) * (size - other) + 1, other);
    // Few intervals for several ranks.
    let few_for_many = (check.draw(2..4), 1);
    let cases = [few, most_left, one_left, few_for_many];
    for (intervals, first) in cases {
        let mut ranks: Vec<usize> = (0..size).collect();
        check.shuffle(&mut ranks);
        let case = Case {
            workers: (size - first) as i32,
            intervals: intervals as u64,
            coefficients: [(); 3].map(|()| check.draw(1.0..9.0)),
        };
        let Some(world) = check.communicator_of(&ranks) else {
            return;
        };
        check.input(format!(
            "{} of the first program, {} of the second, and {}",
            plural(first, "rank"),
            plural(case.workers as u64, "rank"),
            plural(case.intervals, "interval")
        ));
        let leads = (world.rank() as usize) < first;
        let asked = RefCell::new(Vec::new());
        let curve = |x: f64| {
            asked.borrow_mut().push(x);
            case.value(x)
        };
        let (found, traffic, among) = check.observe_among(|_| {
            if leads {
                Some((answers.lead)(&world, case.intervals))
            } else {
                (answers.follow)(&world, &curve);
                None
            }
        });
        let why = "it is the integral, which the second program computes";
        let right = match found {
            Some(found) => check.close(found, case.integral(), 1e-9, why),
            None => shares(check, &case, &asked.into_inner()),
        };
        let (first, second) = ((first, "rank"), (size - first, "rank"));
        let groups = match leads {
            true => Groups {
                own: first,
                other: second,
                root: Groups::beside_root(world.rank() as usize),
                among: &among,
            },
            false => Groups {
                own: second,
                other: first,
                root: Peer::Rank(0),
                among: &among,
            },
        };
        let right = right && connects(check, &traffic) && by_collectives(check, &traffic, &groups);
        if !check.everywhere(right) {
            return;
        }
    }
}

/// Requires that the two programs are connected.
fn connects(check: &Check, traffic: &Traffic) -> bool {
    let wanted = [
        (
            "MPI_Comm_split",
            "`split_by_color` finds the ranks of each program",
        ),
        (
            "MPI_Intercomm_create",
            "`connect_groups` makes an intercommunicator of the two programs' groups",
        ),
    ];
    wanted.iter().all(|(function, why)| {
        let called = traffic.calls(check.rank(), function) > 0;
        let (kind, reason) = (Kind::WrongOperation, Reason::OtherCall);
        check.require_rule(called, kind, reason, || {
            format!("never called {function}: {why}")
        })
    })
}
