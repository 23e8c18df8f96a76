//! Mistakes in the task `two-programs`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    collective::SystemOperation,
    topology::{Color, InterCommunicator, SimpleCommunicator},
    traits::*,
};
use mpi_extra::between::{Between, Role, connect_groups};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("two-programs": lead = known_to_the_root => WrongResult,
        "returns the integral on rank 0 only"),
    mistake!("two-programs": lead = number_kept => WrongResult,
        "tells the second program one interval more"),
    mistake!("two-programs": lead = leader_of_its_own => Panic,
        "names rank 0 of the job as the other program's leader"),
    mistake!("two-programs": lead = led_by_the_last => Deadlock,
        "names the last rank of the second program as its leader, where it names its first"),
    mistake!("two-programs": follow = follows_the_last => Deadlock,
        "lets the last rank of the second program lead it, whom the first does not name"),
    mistake!("two-programs": lead = no_split => Panic,
        "leaves the second program alone in the split"),
    mistake!("two-programs": follow = all_do_all => WrongResult,
        "lets every rank look at all intervals"),
    mistake!("two-programs": follow = rank_of_the_world => WrongResult,
        "takes its rank in the world for its rank in the second program"),
    mistake!("two-programs": lead = asked_by_the_last, follow = told_by_the_last => WrongOperation,
        "makes the last rank of the first program the root, on both sides"),
    mistake!("two-programs": lead = all_in_one, follow = one_of_all => WrongOperation,
        "broadcasts and reduces among the ranks of both programs"),
    mistake!("two-programs": follow = rest_to_the_last => WrongResult,
        "gives the last rank the intervals that are left"),
    mistake!("two-programs": follow = rounded_up => WrongResult,
        "gives each rank the share rounded up, and the last one what is left"),
    mistake!("two-programs": follow = never_reduces => CollectiveMismatch,
        "adds up among the ranks of the second program, and tells nobody"),
    mistake!("two-programs": lead = divides_itself, follow = gives_its_sum => WrongResult,
        "divides by the number of intervals in the first program, which so gets no integral from the second"),
    mistake!("two-programs": follow = both_ends_of_one => WrongResult,
        "calls the curve at both ends of an interval if there is only one"),
    mistake!("two-programs": lead = meets_them, follow = is_met => WrongOperation,
        "lets both programs meet in a barrier, which no other second program calls"),
    mistake!("two-programs": lead = tells_the_integral, follow = is_told_the_integral => WrongOperation,
        "broadcasts the integral back to the second program, which no other expects"),
    mistake!("two-programs": lead = meets_in_the_world, follow = is_met_in_the_world => WrongOperation,
        "lets all ranks of the world meet in a barrier, which no other second program calls"),
    mistake!("two-programs": lead = in_32_bits, follow = of_32_bits => WrongOperation,
        "broadcasts the number of intervals as a u32"),
    mistake!("two-programs": lead = splits_twice, follow = is_split_twice => Deadlock,
        "splits the world a second time, which no other second program does"),
    mistake!("two-programs": lead = rounds_elsewhere => WrongResult,
        "returns a rounded integral on the other ranks of the first program"),
    mistake!("two-programs": follow = negative_ones_left_out => WrongResult,
        "leaves out the values below 0"),
    mistake!("two-programs": follow = undefined_ones_left_out => WrongResult,
        "leaves out the values that are NaN"),
];

fn program(world: &SimpleCommunicator, number: i32) -> SimpleCommunicator {
    world
        .split_by_color_with_key(Color::with_value(number), world.rank())
        .expect("every rank has a program")
}

fn led<T: Equivalence>(
    team: &SimpleCommunicator,
    workers: &InterCommunicator,
    mut intervals: T,
) -> f64 {
    let role = match team.rank() {
        0 => Role::Root,
        _ => Role::BesideRoot,
    };
    workers.broadcast_between(role, &mut intervals);
    let mut integral = 0.0;
    workers.reduce_between(role, &mut integral, SystemOperation::sum());
    integral
}

fn known_to_the_root(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let team = program(world, 0);
    let workers = connect_groups(&team, 0, world, team.size());
    led(&team, &workers, intervals)
}

fn number_kept(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let team = program(world, 0);
    let workers = connect_groups(&team, 0, world, team.size());
    let mut integral = led(&team, &workers, intervals + 1);
    team.process_at_rank(0).broadcast_into(&mut integral);
    integral
}

fn leader_of_its_own(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let team = program(world, 0);
    let workers = connect_groups(&team, 0, world, 0);
    led(&team, &workers, intervals)
}

fn led_by_the_last(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let team = program(world, 0);
    let workers = connect_groups(&team, 0, world, world.size() - 1);
    let mut integral = led(&team, &workers, intervals);
    team.process_at_rank(0).broadcast_into(&mut integral);
    integral
}

fn no_split(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let workers = connect_groups(world, 0, world, world.size() - 1);
    led(world, &workers, intervals)
}

/// A rank of the second program, whose sum is found in some way from its rank and size and the intervals.
fn following(world: &SimpleCommunicator, sum: impl FnOnce(&SimpleCommunicator, u64) -> f64) {
    let team = program(world, 1);
    led_by(0, &team, world, sum);
}

/// The same of a second program with this rank as its leader.
fn led_by(
    leader: i32,
    team: &SimpleCommunicator,
    world: &SimpleCommunicator,
    sum: impl FnOnce(&SimpleCommunicator, u64) -> f64,
) {
    let managers = connect_groups(team, leader, world, 0);
    let mut intervals = 0_u64;
    managers.broadcast_between(Role::Remote(0), &mut intervals);
    let mut sum = sum(team, intervals);
    managers.reduce_between(Role::Remote(0), &mut sum, SystemOperation::sum());
}

type Curve<'a> = &'a dyn Fn(f64) -> f64;

fn integrated(own: impl Iterator<Item = u64>, intervals: u64, curve: Curve<'_>) -> f64 {
    let middle = |interval: u64| (interval as f64 + 0.5) / intervals as f64;
    own.map(|interval| curve(middle(interval))).sum::<f64>() / intervals as f64
}

fn all_do_all(world: &SimpleCommunicator, curve: Curve<'_>) {
    following(world, |team, intervals| {
        integrated(0..intervals, intervals, curve) / f64::from(team.size())
    });
}

fn follows_the_last(world: &SimpleCommunicator, curve: Curve<'_>) {
    let team = program(world, 1);
    led_by(team.size() - 1, &team, world, |team, intervals| {
        let own = (team.rank() as u64..intervals).step_by(team.size() as usize);
        integrated(own, intervals, curve)
    });
}

fn rank_of_the_world(world: &SimpleCommunicator, curve: Curve<'_>) {
    let (rank, size) = (world.rank() as u64, world.size() as usize);
    following(world, |_, intervals| {
        integrated((rank..intervals).step_by(size), intervals, curve)
    });
}

fn never_reduces(world: &SimpleCommunicator, curve: Curve<'_>) {
    let team = program(world, 1);
    let managers = connect_groups(&team, 0, world, 0);
    let mut intervals = 0_u64;
    managers.broadcast_between(Role::Remote(0), &mut intervals);
    let own = (team.rank() as u64..intervals).step_by(team.size() as usize);
    let sum = integrated(own, intervals, curve);
    let mut all = 0.0;
    team.all_reduce_into(&sum, &mut all, SystemOperation::sum());
}

fn asked_by_the_last(world: &SimpleCommunicator, mut intervals: u64) -> f64 {
    let team = program(world, 0);
    let workers = connect_groups(&team, 0, world, team.size());
    let last = team.size() - 1;
    let role = match team.rank() {
        rank if rank == last => Role::Root,
        _ => Role::BesideRoot,
    };
    let mut integral = 0.0;
    workers.broadcast_between(role, &mut intervals);
    workers.reduce_between(role, &mut integral, SystemOperation::sum());
    team.process_at_rank(last).broadcast_into(&mut integral);
    integral
}

fn told_by_the_last(world: &SimpleCommunicator, curve: Curve<'_>) {
    let team = program(world, 1);
    let managers = connect_groups(&team, 0, world, 0);
    let last = Role::Remote(managers.remote_size() - 1);
    let mut intervals = 0_u64;
    managers.broadcast_between(last, &mut intervals);
    let own = (team.rank() as u64..intervals).step_by(team.size() as usize);
    let mut sum = integrated(own, intervals, curve);
    managers.reduce_between(last, &mut sum, SystemOperation::sum());
}

fn all_in_one(world: &SimpleCommunicator, mut intervals: u64) -> f64 {
    let team = program(world, 0);
    let _unused = connect_groups(&team, 0, world, team.size());
    world.process_at_rank(0).broadcast_into(&mut intervals);
    let mut integral = 0.0;
    world.all_reduce_into(&0.0, &mut integral, SystemOperation::sum());
    integral
}

fn one_of_all(world: &SimpleCommunicator, curve: Curve<'_>) {
    let team = program(world, 1);
    let _unused = connect_groups(&team, 0, world, 0);
    let mut intervals = 0_u64;
    world.process_at_rank(0).broadcast_into(&mut intervals);
    let own = (team.rank() as u64..intervals).step_by(team.size() as usize);
    let sum = integrated(own, intervals, curve);
    let mut integral = 0.0;
    world.all_reduce_into(&sum, &mut integral, SystemOperation::sum());
}

fn rest_to_the_last(world: &SimpleCommunicator, curve: Curve<'_>) {
    following(world, |team, intervals| {
        let (rank, size) = (team.rank() as u64, team.size() as u64);
        let each = intervals / size;
        let to = if rank + 1 == size {
            intervals
        } else {
            (rank + 1) * each
        };
        integrated(rank * each..to, intervals, curve)
    });
}

fn rounded_up(world: &SimpleCommunicator, curve: Curve<'_>) {
    following(world, |team, intervals| {
        let each = intervals.div_ceil(team.size() as u64);
        let from = (team.rank() as u64 * each).min(intervals);
        integrated(from..(from + each).min(intervals), intervals, curve)
    });
}

fn divides_itself(world: &SimpleCommunicator, intervals: u64) -> f64 {
    subject::lead(world, intervals) / intervals as f64
}

fn gives_its_sum(world: &SimpleCommunicator, curve: Curve<'_>) {
    following(world, |team, intervals| {
        let own = (team.rank() as u64..intervals).step_by(team.size() as usize);
        integrated(own, intervals, curve) * intervals as f64
    });
}

fn both_ends_of_one(world: &SimpleCommunicator, curve: Curve<'_>) {
    following(world, |team, intervals| match (intervals, team.rank()) {
        (1, 0) => (curve(0.0) + curve(1.0)) / 2.0,
        _ => {
            let own = (team.rank() as u64..intervals).step_by(team.size() as usize);
            integrated(own, intervals, curve)
        }
    });
}

fn meets_them(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let team = program(world, 0);
    let workers = connect_groups(&team, 0, world, team.size());
    let mut integral = led(&team, &workers, intervals);
    workers.barrier();
    drop(workers);
    team.process_at_rank(0).broadcast_into(&mut integral);
    integral
}

fn is_met(world: &SimpleCommunicator, curve: &dyn Fn(f64) -> f64) {
    let team = program(world, 1);
    let managers = connect_groups(&team, 0, world, 0);
    let mut intervals = 0_u64;
    managers.broadcast_between(Role::Remote(0), &mut intervals);
    let (rank, size) = (team.rank() as u64, team.size() as u64);
    let own = (rank..intervals).step_by(size as usize);
    let middle = |interval: u64| (interval as f64 + 0.5) / intervals as f64;
    let sum: f64 = own.map(|interval| curve(middle(interval))).sum();
    let mut part = sum / intervals as f64;
    managers.reduce_between(Role::Remote(0), &mut part, SystemOperation::sum());
    managers.barrier();
}

fn tells_the_integral(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let team = program(world, 0);
    let workers = connect_groups(&team, 0, world, team.size());
    let mut integral = led(&team, &workers, intervals);
    team.process_at_rank(0).broadcast_into(&mut integral);
    let role = match team.rank() {
        0 => Role::Root,
        _ => Role::BesideRoot,
    };
    workers.broadcast_between(role, &mut integral);
    integral
}

fn is_told_the_integral(world: &SimpleCommunicator, curve: Curve<'_>) {
    let team = program(world, 1);
    let managers = connect_groups(&team, 0, world, 0);
    let manager = Role::Remote(0);
    let mut intervals = 0_u64;
    managers.broadcast_between(manager, &mut intervals);
    let own = (team.rank() as u64..intervals).step_by(team.size() as usize);
    let mut sum = integrated(own, intervals, curve);
    managers.reduce_between(manager, &mut sum, SystemOperation::sum());
    managers.broadcast_between(manager, &mut sum);
}

fn meets_in_the_world(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let integral = subject::lead(world, intervals);
    world.barrier();
    integral
}

fn is_met_in_the_world(world: &SimpleCommunicator, curve: Curve<'_>) {
    subject::follow(world, curve);
    world.barrier();
}

fn in_32_bits(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let team = program(world, 0);
    let workers = connect_groups(&team, 0, world, team.size());
    let mut integral = led(&team, &workers, intervals as u32);
    team.process_at_rank(0).broadcast_into(&mut integral);
    integral
}

fn of_32_bits(world: &SimpleCommunicator, curve: Curve<'_>) {
    let team = program(world, 1);
    let managers = connect_groups(&team, 0, world, 0);
    let manager = Role::Remote(0);
    let mut intervals = 0_u32;
    managers.broadcast_between(manager, &mut intervals);
    let intervals = intervals.into();
    let own = (team.rank() as u64..intervals).step_by(team.size() as usize);
    let mut sum = integrated(own, intervals, curve);
    managers.reduce_between(manager, &mut sum, SystemOperation::sum());
}

fn splits_twice(world: &SimpleCommunicator, intervals: u64) -> f64 {
    drop(program(world, 0));
    subject::lead(world, intervals)
}

fn is_split_twice(world: &SimpleCommunicator, curve: Curve<'_>) {
    drop(program(world, 1));
    subject::follow(world, curve);
}

fn rounds_elsewhere(world: &SimpleCommunicator, intervals: u64) -> f64 {
    let integral = subject::lead(world, intervals);
    match world.rank() {
        0 => integral,
        _ => integral * (1.0 + 1e-12),
    }
}

fn negative_ones_left_out(world: &SimpleCommunicator, curve: Curve<'_>) {
    subject::follow(world, &|x| curve(x).max(0.0));
}

fn undefined_ones_left_out(world: &SimpleCommunicator, curve: Curve<'_>) {
    let defined = |value: f64| if value.is_nan() { 0.0 } else { value };
    subject::follow(world, &|x| defined(curve(x)));
}
