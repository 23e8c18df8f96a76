//! The checks of the tasks in which workers integrate a curve: started by their managers, and launched
//! together with them as another program.

use super::{
    Answers,
    groups::{BARRIER, BROADCAST, Groups, REDUCTION},
    is_team,
};
use harness_mpi::{Bounds, Check, InterCommunicator, Kind, Peer, Reason, Traffic, plural};
use mpi::{
    collective::SystemOperation,
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use mpi_extra::between::{Between, Role, connect_groups};
use std::cell::RefCell;

/// A curve that only the workers know, and what is asked for.
struct Case {
    workers: i32,
    intervals: u64,
    coefficients: [f64; 3],
    by_check: Option<Part>,
}

/// The part that the check takes itself, so that it shows what the answer expects of another program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Asks,
    Computes,
}

impl Case {
    fn draw(
        check: &mut Check,
        workers: i32,
        intervals: u64,
        negative: bool,
        by_check: Option<Part>,
    ) -> Self {
        let [constant, linear, cubic] = [(); 3].map(|()| check.draw(1.0..9.0));
        Self {
            workers,
            intervals,
            // All values are below 0, or the first of many are; the integral is never near 0.
            coefficients: match negative {
                true => [-constant, -linear, -cubic],
                false => [-constant, 4.0 * constant + linear, cubic],
            },
            by_check,
        }
    }

    /// What is asked for, for messages.
    fn text(&self) -> String {
        let intervals = plural(self.intervals, "interval");
        match self.by_check {
            Some(Part::Computes) => format!(
                "{intervals}; those that compute are the check's own, and their parts of the integral add up to all \
                 of it"
            ),
            Some(Part::Asks) => format!(
                "{intervals}; those that ask are the check's own, and the curve is NaN in the last interval"
            ),
            None => intervals,
        }
    }

    /// Asks in place of the answer: returns the integral on rank 0.
    fn ask(&self, rank: i32, workers: &InterCommunicator) -> Option<f64> {
        let role = match rank {
            0 => Role::Root,
            _ => Role::BesideRoot,
        };
        let mut intervals = self.intervals;
        workers.broadcast_between(role, &mut intervals);
        let mut integral = 0.0;
        workers.reduce_between(role, &mut integral, SystemOperation::sum());
        (rank == 0).then_some(integral)
    }

    /// Computes in place of the answer: returns the number of intervals that it is told.
    fn compute(&self, rank: i32, managers: &InterCommunicator) -> u64 {
        let manager = Role::Remote(0);
        let mut intervals = 0_u64;
        managers.broadcast_between(manager, &mut intervals);
        let mut part = self.part(rank);
        managers.reduce_between(manager, &mut part, SystemOperation::sum());
        intervals
    }

    /// What a rank of the check's own adds to the integral, whatever the curve: there are too many intervals.
    fn part(&self, rank: i32) -> f64 {
        self.value(f64::from(rank))
    }

    fn value(&self, x: f64) -> f64 {
        let [constant, linear, cubic] = self.coefficients;
        constant + linear * x + cubic * x * x * x
    }

    /// What `curve` returns.
    fn curve(&self, x: f64) -> f64 {
        let is_last = x * self.intervals as f64 > (self.intervals - 1) as f64;
        match self.by_check {
            Some(Part::Asks) if is_last => f64::NAN,
            _ => self.value(x),
        }
    }

    fn middle(&self, interval: u64) -> f64 {
        (interval as f64 + 0.5) / self.intervals as f64
    }

    fn integral(&self) -> f64 {
        if self.by_check == Some(Part::Computes) {
            return (0..self.workers).map(|rank| self.part(rank)).sum();
        }
        let values = (0..self.intervals).map(|interval| self.curve(self.middle(interval)));
        values.sum::<f64>() / self.intervals as f64
    }

    /// Requires that a process that computes in place of the answer was told the number of intervals.
    fn is_told(&self, check: &Check, told: u64) -> bool {
        check.require(told == self.intervals, Kind::WrongResult, || {
            format!(
                "was told by the broadcast that there are {}, but there are {}",
                plural(told, "interval"),
                self.intervals
            )
        })
    }

    /// Requires the integral of who asked for it.
    fn is_integral(&self, check: &mut Check, found: f64) -> bool {
        match self.by_check {
            Some(Part::Asks) => check.holds(
                "the sum of the parts that it got",
                found,
                self.integral(),
                "a value of the curve is NaN, and so is the integral",
            ),
            _ => check.close(
                found,
                self.integral(),
                1e-9,
                "it is the integral, which those compute that know the curve",
            ),
        }
    }
}

/// More intervals than an `f64` has digits for, as the check's own workers look at none of them.
fn very_many(check: &mut Check) -> u64 {
    check.draw(1 << 53..1 << 62) | 1
}

/// The inputs: the same, in the same order, for managers and workers.
fn cases(check: &mut Check, managers: usize) -> Vec<Case> {
    let team = check.draw(3..5);
    // One interval is left when they are shared. There are so many that one collective for each thousand would
    // be more than eight.
    let many = check.draw(5_000..6_000) * team as u64 + 1;
    // Fewer intervals than workers, and more than one worker may have; or a single one.
    let few = (check.draw(3..5), if managers == 1 { 2 } else { 1 });
    let mut cases = vec![
        (team, many, None),
        (few.0, few.1, None),
        (2, very_many(check), Some(Part::Computes)),
        (1, check.draw(1..40), None),
        (2, check.draw(2..40), Some(Part::Asks)),
    ];
    // In the last two, it does not matter how many managers there are.
    if managers > 1 {
        cases.truncate(3);
    }
    let cases = cases.into_iter().enumerate();
    let cases = cases.map(|(index, (workers, intervals, by_check))| {
        Case::draw(check, workers, intervals, index % 2 == 1, by_check)
    });
    cases.collect()
}

/// Requires of an answer that the number of intervals and the integral go between the groups by collectives of
/// the right root, and that nothing else does but what `more` names.
fn by_collectives(
    check: &mut Check,
    traffic: &Traffic,
    groups: &Groups<'_>,
    more: &[&str],
) -> bool {
    groups.sends_none(check, "one collective between the groups moves all data")
        && groups.call(
            check,
            BROADCAST,
            "rank 0 of those that ask broadcasts the number of intervals, a `u64`, to all that compute",
        )
        && groups.call(
            check,
            REDUCTION,
            "rank 0 of those that ask gets the integral, an `f64`, by a reduction",
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
        && groups.only(check, &[&[BROADCAST, REDUCTION], more].concat())
}

/// Requires that all that return a number return that of this rank of the task, to the last bit. All ranks must
/// call it.
fn same_number(check: &Check, first: usize, found: Option<f64>) -> bool {
    let mut of_first = found.unwrap_or_default();
    check.aside_call(|own| {
        own.process_at_rank(first as i32)
            .broadcast_into(&mut of_first)
    });
    let other = found.filter(|found| found.to_bits() != of_first.to_bits());
    check.require(other.is_none(), Kind::WrongResult, || {
        format!(
            "returned {:?}, but rank 0 of those that ask returned {of_first:?}: all of them return the same number",
            other.unwrap_or_default()
        )
    })
}

/// The part of the check's own ranks.
pub fn managers(check: &mut Check, answers: &Answers) {
    let managers = check.size();
    for (index, case) in cases(check, managers).iter().enumerate() {
        let Case {
            workers, intervals, ..
        } = *case;
        check.input(format!(
            "{} and {}",
            plural(workers as u64, "worker"),
            case.text()
        ));
        let worker = check.worker(&[index.to_string()]);
        let (found, traffic, among) = check.observe_among(|world| match case.by_check {
            Some(Part::Asks) => {
                let root = world.process_at_rank(0);
                let team = root.spawn(&worker, workers);
                let team = team.expect("the check program can be started");
                let found = case.ask(world.rank(), &team);
                team.barrier();
                found
            }
            _ => Some((answers.manage)(world, &worker, workers, intervals)),
        });
        let groups = Groups {
            own: (managers, "manager"),
            other: (workers as usize, "worker"),
            root: Groups::beside_root(check.rank()),
            among: &among,
        };
        let right = found.is_none_or(|found| case.is_integral(check, found))
            && by_collectives(check, &traffic, &groups, &[BARRIER])
            && groups.meet_last(check, false);
        let same = check.everywhere(right) && same_number(check, 0, found);
        if !check.everywhere(same) {
            return;
        }
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
        case.text()
    ));
    is_team(check, case.workers);
    if case.by_check == Some(Part::Computes) {
        let (told, _) = check.observe(|world| {
            let told = case.compute(world.rank(), &managers);
            managers.barrier();
            drop(managers);
            told
        });
        case.is_told(check, told);
        return;
    }
    let asked = RefCell::new(Vec::new());
    let curve = |x: f64| {
        asked.borrow_mut().push(x);
        case.curve(x)
    };
    let ((), traffic, among) = check.observe_among(|world| (answers.work)(world, managers, &curve));
    let right = shares(check, case, &asked.into_inner());
    let groups = Groups {
        own: (case.workers as usize, "worker"),
        other: (theirs, "manager"),
        root: Peer::Rank(0),
        among: &among,
    };
    if right && by_collectives(check, &traffic, &groups, &[BARRIER]) {
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
    let answers_alone = [single, most_left, one_left, few_for_many];
    let answers_alone = answers_alone.map(|(intervals, first)| (intervals as u64, first, None));
    let with_check = [
        (very_many(check), check.draw(1..size), Some(Part::Computes)),
        (check.draw(2..40), check.draw(1..size), Some(Part::Asks)),
    ];
    let cases = answers_alone.into_iter().chain(with_check);
    for (index, (intervals, first, by_check)) in cases.enumerate() {
        let mut ranks: Vec<usize> = (0..size).collect();
        check.shuffle(&mut ranks);
        let case = Case::draw(
            check,
            (size - first) as i32,
            intervals,
            index % 2 == 1,
            by_check,
        );
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
            case.curve(x)
        };
        let (mut found, mut told) = (None, None);
        let ((), traffic, among) = check.observe_among(|_| match (leads, by_check) {
            (true, Some(Part::Asks)) => {
                let team = check_team(&world);
                let workers = connect_groups(&team, 0, &world, first as i32);
                found = case.ask(team.rank(), &workers);
            }
            (true, _) => found = Some((answers.lead)(&world, case.intervals)),
            (false, Some(Part::Computes)) => {
                let team = check_team(&world);
                let managers = connect_groups(&team, 0, &world, 0);
                told = Some(case.compute(team.rank(), &managers));
            }
            (false, _) => (answers.follow)(&world, &curve),
        });
        let right = match (found, told) {
            (Some(found), _) => case.is_integral(check, found),
            (_, Some(told)) => case.is_told(check, told),
            _ => leads || shares(check, &case, &asked.into_inner()),
        };
        let leader = ranks[0];
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
        let right =
            right && connects(check, &traffic) && by_collectives(check, &traffic, &groups, &[]);
        let same = check.everywhere(right) && same_number(check, leader, found);
        if !check.everywhere(same) {
            return;
        }
    }
}

/// The team of the check's own ranks, with a color that is no program's number: the other program may have any.
fn check_team(world: &SimpleCommunicator) -> SimpleCommunicator {
    let team = world.split_by_color(Color::with_value(12_012));
    team.expect("it has a color")
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
