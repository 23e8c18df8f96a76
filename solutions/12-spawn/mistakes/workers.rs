//! Mistakes in the task `workers`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    collective::SystemOperation,
    topology::{InterCommunicator, MergeOrder, SimpleCommunicator},
    traits::*,
};
use mpi_extra::between::{Between, Role};
use std::process::Command;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("workers": manage = always_two => WrongResult,
        "starts two workers, whatever it is asked for"),
    mistake!("workers": manage = known_to_the_root => WrongResult,
        "returns the integral on rank 0 of the managers only"),
    mistake!("workers": manage = all_are_root => CollectiveMismatch,
        "calls every manager the root of the broadcast"),
    mistake!("workers": manage = from_the_world => CollectiveMismatch,
        "broadcasts the number of intervals among the managers"),
    mistake!("workers": manage = no_barrier => CollectiveMismatch,
        "parts from the workers without meeting them"),
    mistake!("workers": manage = reduces_among_managers => CollectiveMismatch,
        "reduces among the managers, and not between them and the workers"),
    mistake!("workers": work = own_number => WrongResult,
        "takes its own number of intervals, and not the one that it is told"),
    mistake!("workers": work = remainder_lost => WrongResult,
        "leaves out the intervals that remain when the number does not divide"),
    mistake!("workers": work = all_do_all => WrongResult,
        "lets every worker look at all intervals"),
    mistake!("workers": work = first_does_all => WrongResult,
        "lets the first worker look at all intervals, and the others at none"),
    mistake!("workers": work = left_ends => WrongResult,
        "looks at the left end of each interval"),
    mistake!("workers": work = not_divided => WrongResult,
        "forgets to divide by the number of intervals"),
    mistake!("workers": work = by_messages => UnsafeSend,
        "sends its sum to the manager as a message"),
    mistake!("workers": work = parts_twice => InvalidArgument,
        "asks for its parent again, and so disconnects twice"),
    mistake!("workers": work = panics => Panic,
        "panics in a worker"),
    mistake!("workers": manage = started_by_one => WrongOperation,
        "lets rank 0 start the workers alone, which so meet one manager"),
    mistake!("workers": manage = led_by_the_last, work = told_by_the_last => WrongOperation,
        "makes the last manager the root, on both sides"),
    mistake!("workers": manage = meets_the_managers, work = meets_the_workers => WrongOperation,
        "lets each group meet in a barrier of its own"),
    mistake!("workers": manage = meets_early, work = met_early => WrongOperation,
        "meets before the reduction, on both sides"),
    mistake!("workers": work = rest_to_the_last => WrongResult,
        "gives the last worker the intervals that are left"),
    mistake!("workers": work = rounded_up => WrongResult,
        "gives each worker the share rounded up, and the last one what is left"),
    mistake!("workers": manage = divides_itself, work = gives_its_sum => WrongResult,
        "divides by the number of intervals on the managers, which so get no integral from the workers"),
    mistake!("workers": manage = tells_the_integral, work = is_told_the_integral => WrongOperation,
        "broadcasts the integral back to the workers, which other workers do not expect"),
    mistake!("workers": manage = in_32_bits, work = of_32_bits => WrongOperation,
        "broadcasts the number of intervals as a u32"),
    mistake!("workers": manage = as_a_float, work = of_a_float => WrongResult,
        "broadcasts the number of intervals as an f64"),
    mistake!("workers": manage = reduces_to_all, work = reduces_with_all => WrongOperation,
        "brings the integral to all managers by an all-reduce, which does not fit other workers' reduction"),
    mistake!("workers": manage = meets_on_a_merge, work = is_met_on_a_merge => WrongOperation,
        "meets a second time, on a communicator of both groups"),
    mistake!("workers": manage = merges, work = is_merged => CollectiveMismatch,
        "merges the two groups, which other workers do not do"),
    mistake!("workers": manage = without_sign => WrongResult,
        "returns the integral without its sign"),
    mistake!("workers": manage = rounds_elsewhere => WrongResult,
        "returns a rounded integral on the other managers"),
    mistake!("workers": work = negative_ones_left_out => WrongResult,
        "leaves out the values below 0"),
    mistake!("workers": work = undefined_ones_left_out => WrongResult,
        "leaves out the values that are NaN"),
    mistake!("workers": work = adds_up_by_messages => WrongOperation,
        "sends the parts to worker 0, which alone has something to add in the reduction"),
];

fn role(world: &SimpleCommunicator) -> Role {
    match world.rank() {
        0 => Role::Root,
        _ => Role::BesideRoot,
    }
}

fn start(world: &SimpleCommunicator, worker: &Command, workers: i32) -> InterCommunicator {
    let root = world.process_at_rank(0);
    root.spawn(worker, workers)
        .expect("the program can be started")
}

fn known_by_all(world: &SimpleCommunicator, mut integral: f64) -> f64 {
    world.process_at_rank(0).broadcast_into(&mut integral);
    integral
}

fn always_two(world: &SimpleCommunicator, worker: &Command, _: i32, mut intervals: u64) -> f64 {
    let team = start(world, worker, 2);
    let mut integral = 0.0;
    team.broadcast_between(role(world), &mut intervals);
    team.reduce_between(role(world), &mut integral, SystemOperation::sum());
    team.barrier();
    drop(team);
    known_by_all(world, integral)
}

fn known_to_the_root(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    mut intervals: u64,
) -> f64 {
    let team = start(world, worker, workers);
    let mut integral = 0.0;
    team.broadcast_between(role(world), &mut intervals);
    team.reduce_between(role(world), &mut integral, SystemOperation::sum());
    team.barrier();
    integral
}

fn all_are_root(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    mut intervals: u64,
) -> f64 {
    let team = start(world, worker, workers);
    let mut integral = 0.0;
    team.broadcast_between(Role::Root, &mut intervals);
    team.reduce_between(role(world), &mut integral, SystemOperation::sum());
    team.barrier();
    drop(team);
    known_by_all(world, integral)
}

fn from_the_world(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    mut intervals: u64,
) -> f64 {
    let team = start(world, worker, workers);
    let mut integral = 0.0;
    world.process_at_rank(0).broadcast_into(&mut intervals);
    team.reduce_between(role(world), &mut integral, SystemOperation::sum());
    team.barrier();
    drop(team);
    known_by_all(world, integral)
}

fn no_barrier(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    mut intervals: u64,
) -> f64 {
    let team = start(world, worker, workers);
    let mut integral = 0.0;
    team.broadcast_between(role(world), &mut intervals);
    team.reduce_between(role(world), &mut integral, SystemOperation::sum());
    drop(team);
    known_by_all(world, integral)
}

fn reduces_among_managers(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    mut intervals: u64,
) -> f64 {
    let team = start(world, worker, workers);
    let mut integral = 0.0;
    team.broadcast_between(role(world), &mut intervals);
    world.all_reduce_into(&0.0, &mut integral, SystemOperation::sum());
    team.barrier();
    drop(team);
    integral
}

/// A worker whose intervals are found in some way.
fn with(managers: InterCommunicator, sum: impl FnOnce(u64) -> f64) {
    let mut intervals = 0_u64;
    managers.broadcast_between(Role::Remote(0), &mut intervals);
    let mut sum = sum(intervals);
    managers.reduce_between(Role::Remote(0), &mut sum, SystemOperation::sum());
    managers.barrier();
}

fn rank_and_size(world: &SimpleCommunicator) -> (u64, u64) {
    (world.rank() as u64, world.size() as u64)
}

fn middle(interval: u64, intervals: u64) -> f64 {
    (interval as f64 + 0.5) / intervals as f64
}

type Curve<'a> = &'a dyn Fn(f64) -> f64;

fn own_number(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let (rank, size) = rank_and_size(world);
    with(managers, |_| {
        let own = (rank..1000).step_by(size as usize);
        own.map(|interval| curve(middle(interval, 1000)))
            .sum::<f64>()
            / 1000.0
    });
}

fn remainder_lost(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let (rank, size) = rank_and_size(world);
    with(managers, |intervals| {
        let each = intervals / size;
        let own = rank * each..(rank + 1) * each;
        own.map(|interval| curve(middle(interval, intervals)))
            .sum::<f64>()
            / intervals as f64
    });
}

fn all_do_all(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let size = world.size();
    with(managers, |intervals| {
        let all = 0..intervals;
        all.map(|interval| curve(middle(interval, intervals)))
            .sum::<f64>()
            / intervals as f64
            / f64::from(size)
    });
}

fn first_does_all(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let rank = world.rank();
    with(managers, |intervals| {
        let own = 0..if rank == 0 { intervals } else { 0 };
        own.map(|interval| curve(middle(interval, intervals)))
            .sum::<f64>()
            / intervals as f64
    });
}

fn left_ends(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let (rank, size) = rank_and_size(world);
    with(managers, |intervals| {
        let own = (rank..intervals).step_by(size as usize);
        own.map(|interval| curve(interval as f64 / intervals as f64))
            .sum::<f64>()
            / intervals as f64
    });
}

fn not_divided(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let (rank, size) = rank_and_size(world);
    with(managers, |intervals| {
        let own = (rank..intervals).step_by(size as usize);
        own.map(|interval| curve(middle(interval, intervals)))
            .sum::<f64>()
    });
}

fn by_messages(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let (rank, size) = rank_and_size(world);
    let mut intervals = 0_u64;
    managers.broadcast_between(Role::Remote(0), &mut intervals);
    let own = (rank..intervals).step_by(size as usize);
    let sum: f64 = own.map(|interval| curve(middle(interval, intervals))).sum();
    managers.process_at_rank(0).send(&(sum / intervals as f64));
    managers.barrier();
}

fn parts_twice(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let (rank, size) = rank_and_size(world);
    let again = world.parent();
    with(managers, |intervals| {
        let own = (rank..intervals).step_by(size as usize);
        own.map(|interval| curve(middle(interval, intervals)))
            .sum::<f64>()
            / intervals as f64
    });
    drop(again);
}

fn panics(world: &SimpleCommunicator, managers: InterCommunicator, _: Curve<'_>) {
    let rank = world.rank();
    with(managers, |intervals| {
        assert!(rank > 0, "there are {intervals} intervals");
        0.0
    });
}

fn started_by_one(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    mut intervals: u64,
) -> f64 {
    let mut integral = 0.0;
    if world.rank() == 0 {
        let team = start(&SimpleCommunicator::self_comm(), worker, workers);
        team.broadcast_between(Role::Root, &mut intervals);
        team.reduce_between(Role::Root, &mut integral, SystemOperation::sum());
        team.barrier();
    }
    known_by_all(world, integral)
}

fn led_by_the_last(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    mut intervals: u64,
) -> f64 {
    let team = start(world, worker, workers);
    let last = world.size() - 1;
    let role = match world.rank() {
        rank if rank == last => Role::Root,
        _ => Role::BesideRoot,
    };
    let mut integral = 0.0;
    team.broadcast_between(role, &mut intervals);
    team.reduce_between(role, &mut integral, SystemOperation::sum());
    team.barrier();
    world.process_at_rank(last).broadcast_into(&mut integral);
    integral
}

/// What a worker of this rank, of so many, adds to the integral.
fn own_sum(world: &SimpleCommunicator, intervals: u64, curve: Curve<'_>) -> f64 {
    let (rank, size) = rank_and_size(world);
    let own = (rank..intervals).step_by(size as usize);
    own.map(|interval| curve(middle(interval, intervals)))
        .sum::<f64>()
        / intervals as f64
}

fn told_by_the_last(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let last = Role::Remote(managers.remote_size() - 1);
    let mut intervals = 0_u64;
    managers.broadcast_between(last, &mut intervals);
    let mut sum = own_sum(world, intervals, curve);
    managers.reduce_between(last, &mut sum, SystemOperation::sum());
    managers.barrier();
}

fn meets_the_managers(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    mut intervals: u64,
) -> f64 {
    let team = start(world, worker, workers);
    let mut integral = 0.0;
    team.broadcast_between(role(world), &mut intervals);
    team.reduce_between(role(world), &mut integral, SystemOperation::sum());
    world.barrier();
    known_by_all(world, integral)
}

fn meets_the_workers(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let mut intervals = 0_u64;
    managers.broadcast_between(Role::Remote(0), &mut intervals);
    let mut sum = own_sum(world, intervals, curve);
    managers.reduce_between(Role::Remote(0), &mut sum, SystemOperation::sum());
    world.barrier();
}

fn meets_early(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    mut intervals: u64,
) -> f64 {
    let team = start(world, worker, workers);
    let mut integral = 0.0;
    team.broadcast_between(role(world), &mut intervals);
    team.barrier();
    team.reduce_between(role(world), &mut integral, SystemOperation::sum());
    known_by_all(world, integral)
}

fn met_early(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let mut intervals = 0_u64;
    managers.broadcast_between(Role::Remote(0), &mut intervals);
    managers.barrier();
    let mut sum = own_sum(world, intervals, curve);
    managers.reduce_between(Role::Remote(0), &mut sum, SystemOperation::sum());
}

/// A worker whose intervals follow each other; `bounds` is of rank, size and intervals.
fn in_a_row(
    world: &SimpleCommunicator,
    managers: InterCommunicator,
    curve: Curve<'_>,
    bounds: fn(u64, u64, u64) -> (u64, u64),
) {
    let (rank, size) = rank_and_size(world);
    with(managers, |intervals| {
        let (from, to) = bounds(rank, size, intervals);
        let own = from..to;
        own.map(|interval| curve(middle(interval, intervals)))
            .sum::<f64>()
            / intervals as f64
    });
}

fn rest_to_the_last(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    in_a_row(world, managers, curve, |rank, size, intervals| {
        let each = intervals / size;
        let to = if rank + 1 == size {
            intervals
        } else {
            (rank + 1) * each
        };
        (rank * each, to)
    });
}

fn rounded_up(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    in_a_row(world, managers, curve, |rank, size, intervals| {
        let each = intervals.div_ceil(size);
        (
            (rank * each).min(intervals),
            ((rank + 1) * each).min(intervals),
        )
    });
}

fn divides_itself(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    intervals: u64,
) -> f64 {
    subject::manage(world, worker, workers, intervals) / intervals as f64
}

fn gives_its_sum(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let (rank, size) = rank_and_size(world);
    with(managers, |intervals| {
        let own = (rank..intervals).step_by(size as usize);
        own.map(|interval| curve(middle(interval, intervals))).sum()
    });
}

/// The managers' part with a number of intervals of some type, and more to do with the integral.
fn telling<T: Equivalence>(
    (world, worker, workers): (&SimpleCommunicator, &Command, i32),
    mut intervals: T,
    more: impl FnOnce(&InterCommunicator, f64),
) -> f64 {
    let team = start(world, worker, workers);
    team.broadcast_between(role(world), &mut intervals);
    let mut integral = 0.0;
    team.reduce_between(role(world), &mut integral, SystemOperation::sum());
    more(&team, integral);
    team.barrier();
    known_by_all(world, integral)
}

/// The workers' part, where the number of intervals comes in some way, and there may be more to do.
fn told(
    world: &SimpleCommunicator,
    managers: &InterCommunicator,
    curve: Curve<'_>,
    number: impl FnOnce(Role) -> u64,
    more: impl FnOnce(f64),
) {
    let manager = Role::Remote(0);
    let mut sum = own_sum(world, number(manager), curve);
    managers.reduce_between(manager, &mut sum, SystemOperation::sum());
    more(sum);
    managers.barrier();
}

/// The number as the managers of the reference tell it.
fn number(managers: &InterCommunicator, manager: Role) -> u64 {
    let mut intervals = 0_u64;
    managers.broadcast_between(manager, &mut intervals);
    intervals
}

fn tells_the_integral(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    intervals: u64,
) -> f64 {
    telling((world, worker, workers), intervals, |team, mut integral| {
        team.broadcast_between(role(world), &mut integral);
    })
}

fn is_told_the_integral(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let number = |manager| number(&managers, manager);
    told(world, &managers, curve, number, |mut sum| {
        managers.broadcast_between(Role::Remote(0), &mut sum);
    });
}

fn in_32_bits(world: &SimpleCommunicator, worker: &Command, workers: i32, intervals: u64) -> f64 {
    telling((world, worker, workers), intervals as u32, |_, _| ())
}

fn of_32_bits(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let number = |manager| {
        let mut intervals = 0_u32;
        managers.broadcast_between(manager, &mut intervals);
        intervals.into()
    };
    told(world, &managers, curve, number, |_| ());
}

fn as_a_float(world: &SimpleCommunicator, worker: &Command, workers: i32, intervals: u64) -> f64 {
    telling((world, worker, workers), intervals as f64, |_, _| ())
}

fn of_a_float(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let number = |manager| {
        let mut intervals = 0_f64;
        managers.broadcast_between(manager, &mut intervals);
        intervals as u64
    };
    told(world, &managers, curve, number, |_| ());
}

fn reduces_to_all(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    mut intervals: u64,
) -> f64 {
    let team = start(world, worker, workers);
    team.broadcast_between(role(world), &mut intervals);
    let mut integral = 0.0;
    team.all_reduce_into(&0.0, &mut integral, SystemOperation::sum());
    team.barrier();
    integral
}

fn reduces_with_all(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let sum = own_sum(world, number(&managers, Role::Remote(0)), curve);
    managers.all_reduce_into(&sum, &mut 0.0, SystemOperation::sum());
    managers.barrier();
}

fn meets_on_a_merge(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    intervals: u64,
) -> f64 {
    telling((world, worker, workers), intervals, |team, _| {
        team.merge(MergeOrder::Low).barrier();
    })
}

fn is_met_on_a_merge(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let number = |manager| number(&managers, manager);
    told(world, &managers, curve, number, |_| {
        managers.merge(MergeOrder::High).barrier();
    });
}

fn merges(world: &SimpleCommunicator, worker: &Command, workers: i32, intervals: u64) -> f64 {
    telling((world, worker, workers), intervals, |team, _| {
        drop(team.merge(MergeOrder::Low));
    })
}

fn is_merged(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let number = |manager| number(&managers, manager);
    told(world, &managers, curve, number, |_| {
        drop(managers.merge(MergeOrder::High));
    });
}

fn without_sign(world: &SimpleCommunicator, worker: &Command, workers: i32, intervals: u64) -> f64 {
    subject::manage(world, worker, workers, intervals).abs()
}

fn rounds_elsewhere(
    world: &SimpleCommunicator,
    worker: &Command,
    workers: i32,
    intervals: u64,
) -> f64 {
    let integral = subject::manage(world, worker, workers, intervals);
    match world.rank() {
        0 => integral,
        _ => integral * (1.0 + 1e-12),
    }
}

fn negative_ones_left_out(
    world: &SimpleCommunicator,
    managers: InterCommunicator,
    curve: Curve<'_>,
) {
    subject::work(world, managers, &|x| curve(x).max(0.0));
}

fn undefined_ones_left_out(
    world: &SimpleCommunicator,
    managers: InterCommunicator,
    curve: Curve<'_>,
) {
    let defined = |value: f64| if value.is_nan() { 0.0 } else { value };
    subject::work(world, managers, &|x| defined(curve(x)));
}

fn adds_up_by_messages(world: &SimpleCommunicator, managers: InterCommunicator, curve: Curve<'_>) {
    let (rank, size) = rank_and_size(world);
    with(managers, |intervals| {
        let own = (rank..intervals).step_by(size as usize);
        let sum: f64 = own.map(|interval| curve(middle(interval, intervals))).sum();
        let part = sum / intervals as f64;
        if rank > 0 {
            world.process_at_rank(0).send(&part);
            return 0.0;
        }
        let others = 1..world.size();
        let part_of = |worker| world.process_at_rank(worker).receive::<f64>().0;
        part + others.map(part_of).sum::<f64>()
    });
}
