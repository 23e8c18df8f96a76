//! The checks of the tasks in which workers integrate a curve: started by their managers, and launched
//! together with them as another program.

use super::{
    Answers,
    groups::{BROADCASTS, Groups, REDUCTIONS},
    is_team, sends_none,
};
use harness_mpi::{Bounds, Check, InterCommunicator, Kind, Peer, Reason, Traffic, plural};
use mpi::{collective::SystemOperation, topology::Color, traits::*};
use mpi_extra::between::{Between, Role, connect_groups};
use std::cell::RefCell;

/// A curve that only the workers know, and what is asked for.
struct Case {
    workers: i32,
    intervals: u64,
    coefficients: [f64; 3],
    /// Whether those who compute are the check's own, so that it shows what those who ask expect of them.
    by_check: bool,
}

impl Case {
    fn draw(check: &mut Check, workers: i32, intervals: u64) -> Self {
        Self {
            workers,
            intervals,
            coefficients: [(); 3].map(|()| check.draw(1.0..9.0)),
            by_check: false,
        }
    }

    /// What is asked for, for messages.
    fn text(&self) -> String {
        let intervals = plural(self.intervals, "interval");
        match self.by_check {
            true => format!(
                "{intervals}; those that compute are the check's own, and their parts of the integral add up to all \
                 of it"
            ),
            false => intervals,
        }
    }

    /// Takes part in place of the answer.
    fn compute(&self, rank: i32, managers: &InterCommunicator) {
        let manager = Role::Remote(0);
        let mut intervals = 0_u64;
        managers.broadcast_between(manager, &mut intervals);
        let mut part = match rank {
            0 => self.integral(),
            _ => 0.0,
        };
        managers.reduce_between(manager, &mut part, SystemOperation::sum());
    }

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
    // Fewer intervals than workers, and more than one worker may have; or a single one.
    let few = (check.draw(3..5), if managers == 1 { 2 } else { 1 });
    let alone = (1, check.draw(1..40));
    let by_check = (2, check.draw(2..40));
    let mut cases = vec![(team, many), few];
    if managers == 1 {
        cases.extend([alone, by_check]);
    }
    let cases = cases.into_iter().enumerate();
    let cases = cases.map(|(index, (workers, intervals))| Case {
        by_check: index == BY_CHECK,
        ..Case::draw(check, workers, intervals as u64)
    });
    cases.collect()
}

/// The number of the case in which the workers are the check's own.
const BY_CHECK: usize = 3;

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
    let (mut right, mut plain) = (true, true);
    for (index, case) in cases.iter().enumerate() {
        if !right || case.by_check && !plain {
            return;
        }
        let Case {
            workers, intervals, ..
        } = *case;
        check.input(format!(
            "{} and {}",
            plural(workers as u64, "worker"),
            case.text()
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
        plain = groups.is_plain(&["MPI_Barrier"]);
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
    if case.by_check {
        check.observe(|world| {
            case.compute(world.rank(), &managers);
            managers.barrier();
            drop(managers);
        });
        return;
    }
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
    // A single interval and a large first program.
    let single = (1, check.draw(size.div_ceil(2)..size));
    // Many intervals for a large second program: of the last share, all are left but one, or one is.
    let (one, other) = (check.draw(1..size / 2 + 1), check.draw(1..size / 2 + 1));
    let most_left = (check.draw(10..30) * (size - one) - 1, one);
    let one_left = (check.draw(10..30) * (size - other) + 1, other);
    // Few intervals for several ranks.
    let few_for_many = (check.draw(2..4), 1);
    let mut cases = vec![single, most_left, one_left, few_for_many];
    // With one rank on each side, it is no question which of them leads.
    let by_check = cases.len();
    if size == 2 {
        cases.push((check.draw(2..40), 1));
    }
    let mut plain = true;
    for (index, (intervals, first)) in cases.into_iter().enumerate() {
        let mut ranks: Vec<usize> = (0..size).collect();
        check.shuffle(&mut ranks);
        let case = Case {
            by_check: index == by_check,
            ..Case::draw(check, (size - first) as i32, intervals as u64)
        };
        if case.by_check && !check.everywhere(plain) {
            return;
        }
        let Some(world) = check.communicator_of(&ranks) else {
            return;
        };
        check.input(format!(
            "{} of the first program, {} of the second, and {}",
            plural(first, "rank"),
            plural(case.workers as u64, "rank"),
            case.text()
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
            } else if case.by_check {
                let team = world.split_by_color(Color::with_value(1));
                let team = team.expect("it has a color");
                case.compute(team.rank(), &connect_groups(&team, 0, &world, 0));
                None
            } else {
                (answers.follow)(&world, &curve);
                None
            }
        });
        let why = "it is the integral, which the second program computes";
        let right = match found {
            Some(found) => check.close(found, case.integral(), 1e-9, why),
            None if case.by_check => true,
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
        plain &= !leads || groups.is_plain(&[]);
        let why =
            "another second program takes part in a broadcast and a reduction, and in nothing else";
        let right = right
            && connects(check, &traffic)
            && by_collectives(check, &traffic, &groups)
            && groups.nothing_else(check, why);
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
