//! The checks of the tasks in which workers integrate a curve: started by their managers, and launched
//! together with them as another program.

use super::{Answers, is_team, sends_none};
use harness_mpi::{Bounds, Check, Kind, Reason, Traffic, plural};
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
fn cases(check: &mut Check) -> [Case; 2] {
    let team = check.draw(2..5);
    // So many that one collective for each thousand would be more than eight.
    let many = check.draw(5_000..6_000) * team + check.draw(1..team);
    // Fewer intervals than workers, and a single worker, in turn.
    let (few, small) = match check.draw(0..2) {
        0 => (check.draw(3..5), check.draw(1..3)),
        _ => (1, check.draw(1..40)),
    };
    [(team, many), (few, small)].map(|(workers, intervals)| Case {
        workers,
        intervals: intervals as u64,
        coefficients: [(); 3].map(|()| check.draw(1.0..9.0)),
    })
}

/// Requires collectives of an answer, few of them, and no messages.
fn by_collectives(check: &mut Check, traffic: &Traffic, wanted: &[(&[&str], &str)]) -> bool {
    let why = "one collective between managers and workers moves all data";
    let none = sends_none(check, traffic, why);
    none && wanted
        .iter()
        .all(|(functions, why)| check.uses(traffic, functions, why))
        && check.moves(
            traffic,
            Bounds {
                calls: 8,
                ..Bounds::NONE
            },
            "it takes a broadcast and a reduction between managers and workers, a barrier, and a broadcast \
             among the managers",
        )
}

const WANTED: [(&[&str], &str); 3] = [
    (
        &["MPI_Bcast", "MPI_Ibcast"],
        "rank 0 of the managers broadcasts the number of intervals to all workers",
    ),
    (
        &["MPI_Reduce", "MPI_Ireduce", "MPI_Allreduce"],
        "a reduction between workers and managers adds up the sums",
    ),
    (
        &["MPI_Barrier", "MPI_Ibarrier"],
        "managers and workers meet in a barrier before they disconnect",
    ),
];

/// The part of the check's own ranks.
pub fn managers(check: &mut Check, answers: &Answers) {
    let cases = cases(check);
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
        let (found, traffic) =
            check.observe(|world| (answers.manage)(world, &worker, workers, intervals));
        let why = "it is the integral, which the workers compute";
        let result = check.close(found, case.integral(), 1e-9, why)
            && by_collectives(check, &traffic, &WANTED);
        right = check.everywhere(result);
    }
}

/// The part of a worker.
pub fn workers(check: &mut Check, answers: &Answers) {
    let cases = cases(check);
    let index = check.own_words().first().and_then(|word| word.parse().ok());
    let Some((case, managers)) = index
        .and_then(|index: usize| cases.get(index))
        .zip(check.world().parent())
    else {
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
    let ((), traffic) = check.observe(|world| (answers.work)(world, managers, &curve));
    let right = shares(check, case, &asked.into_inner());
    if right {
        by_collectives(check, &traffic, &WANTED);
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
    // Few intervals and a large first program, and many with a large second one.
    // At last, few for several ranks.
    let cases = [
        (check.draw(1..4), check.draw(size.div_ceil(2)..size)),
        (check.draw(30..100), check.draw(1..size / 2 + 1)),
        (check.draw(2..4), 1),
    ];
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
        let (found, traffic) = check.observe(|_| {
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
        let right = right && connects(check, &traffic) && collective(check, &traffic);
        if !check.everywhere(right) {
            return;
        }
    }
}

/// Requires that the two programs are connected, and that the data goes between them by collectives.
fn connects(check: &mut Check, traffic: &Traffic) -> bool {
    let wanted: [(&[&str], &str); 4] = [
        (
            &["MPI_Comm_split"],
            "`split_by_color` finds the ranks of each program",
        ),
        (
            &["MPI_Intercomm_create"],
            "`connect_groups` makes an intercommunicator of the two programs' groups",
        ),
        WANTED[0],
        WANTED[1],
    ];
    let rank = check.rank();
    wanted.iter().all(|(functions, why)| {
        let called = functions.iter().any(|name| traffic.calls(rank, name) > 0);
        let (kind, reason) = (Kind::WrongOperation, Reason::OtherCall);
        check.require_rule(called, kind, reason, || {
            format!("never called {}: {why}", functions[0])
        })
    })
}

fn collective(check: &mut Check, traffic: &Traffic) -> bool {
    let why = "one collective between the two groups moves all data";
    sends_none(check, traffic, why)
        && check.moves(
            traffic,
            Bounds {
                calls: 8,
                ..Bounds::NONE
            },
            "it takes a broadcast and a reduction between the groups, and a broadcast in the first one",
        )
}
