//! Mistakes in the task `integrate`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use std::ops::Range;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("integrate": integrate = at_the_left => WrongResult,
        "evaluates where each step begins"),
    mistake!("integrate": integrate = forgets_the_width => WrongResult,
        "returns the sum, without the width of a step"),
    mistake!("integrate": integrate = loses_the_remainder => WrongResult,
        "gives every rank the same, and leaves the remainder out"),
    mistake!("integrate": integrate = one_step_too_many => WrongResult,
        "goes one step beyond the end of its part"),
    mistake!("integrate": integrate = all_do_all => WrongResult,
        "does every step on every rank, and adds up"),
    mistake!("integrate": integrate = everybody_for_himself => WrongResult,
        "does every step on every rank: right, and nothing is gained"),
    mistake!("integrate": integrate = the_last_has_it_all => WrongResult,
        "leaves the whole remainder to the last rank"),
    mistake!("integrate": integrate = only_its_own => WrongResult,
        "returns the part of its own rank"),
    mistake!("integrate": integrate = only_rank_0_knows => WrongResult,
        "leaves the result on rank 0"),
    mistake!("integrate": integrate = the_last_ranks_have_more => WrongResult,
        "cuts by rank * steps / size, so that it is not the first ranks that do one step more"),
    mistake!("integrate": integrate = by_messages => WrongOperation,
        "sends the sums to rank 0, and back, one by one"),
    mistake!("integrate": integrate = step_by_step => TooMuchCommunication,
        "calls an all-reduce for each step"),
    mistake!("integrate": integrate = in_single_precision => WrongResult,
        "adds up in `f32`"),
    mistake!("integrate": integrate = in_16_bits => WrongResult,
        "takes the number of steps for one of 16 bits"),
    mistake!("integrate": integrate = without_sign => WrongResult,
        "takes every value of f for a positive one"),
    mistake!("integrate": integrate = ends_of_the_steps => WrongResult,
        "takes the mean of both ends of each step"),
];

fn rank_and_size(world: &SimpleCommunicator) -> (u64, u64) {
    (world.rank() as u64, world.size() as u64)
}

/// The steps of this rank, as they should be.
fn own_steps(world: &SimpleCommunicator, steps: u64) -> Range<u64> {
    let (rank, size) = rank_and_size(world);
    let first = |rank: u64| rank * (steps / size) + rank.min(steps % size);
    first(rank)..first(rank + 1)
}

/// The sum of some of the steps, times the width.
fn part(f: &dyn Fn(f64) -> f64, steps: u64, part: Range<u64>) -> f64 {
    let width = 1.0 / steps as f64;
    let sum: f64 = part.map(|step| f((step as f64 + 0.5) * width)).sum();
    sum * width
}

fn on_all(world: &SimpleCommunicator, own: f64) -> f64 {
    let mut all = 0.0;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    all
}

fn at_the_left(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let half = 0.5 / steps as f64;
    let left = |x| f(x - half);
    on_all(world, part(&left, steps, own_steps(world, steps)))
}

fn forgets_the_width(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    steps as f64 * on_all(world, part(f, steps, own_steps(world, steps)))
}

fn loses_the_remainder(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let (rank, size) = rank_and_size(world);
    let share = steps / size;
    on_all(world, part(f, steps, rank * share..(rank + 1) * share))
}

fn one_step_too_many(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let Range { start, end } = own_steps(world, steps);
    on_all(world, part(f, steps, start..end + 1))
}

fn all_do_all(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    on_all(world, part(f, steps, 0..steps))
}

fn everybody_for_himself(_: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    part(f, steps, 0..steps)
}

fn the_last_has_it_all(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let (rank, size) = rank_and_size(world);
    let share = steps / size;
    let end = if rank == size - 1 {
        steps
    } else {
        (rank + 1) * share
    };
    on_all(world, part(f, steps, rank * share..end))
}

fn only_its_own(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let own = part(f, steps, own_steps(world, steps));
    on_all(world, own);
    own
}

fn only_rank_0_knows(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let all = on_all(world, part(f, steps, own_steps(world, steps)));
    if world.rank() == 0 { all } else { 0.0 }
}

fn the_last_ranks_have_more(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let (rank, size) = rank_and_size(world);
    let own = rank * steps / size..(rank + 1) * steps / size;
    on_all(world, part(f, steps, own))
}

fn by_messages(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let mut sum = part(f, steps, own_steps(world, steps));
    let others = || (1..world.size()).map(|rank| world.process_at_rank(rank));
    if world.rank() != 0 {
        world.process_at_rank(0).send(&sum);
        return world.process_at_rank(0).receive().0;
    }
    sum += others().map(|other| other.receive::<f64>().0).sum::<f64>();
    others().for_each(|other| other.send(&sum));
    sum
}

fn step_by_step(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let (rank, size) = rank_and_size(world);
    let mut sum = 0.0;
    for first in (0..steps).step_by(size as usize) {
        let own = if first + rank < steps {
            part(f, steps, first + rank..first + rank + 1)
        } else {
            0.0
        };
        sum += on_all(world, own);
    }
    sum
}

fn in_single_precision(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let own = part(f, steps, own_steps(world, steps)) as f32;
    on_all(world, f64::from(own))
}

fn in_16_bits(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    pi_solution::integrate(world, f, u64::from(steps as u16))
}

fn ends_of_the_steps(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    let half = 0.5 / steps as f64;
    let ends = |x| 0.5 * (f(x - half) + f(x + half));
    on_all(world, part(&ends, steps, own_steps(world, steps)))
}

fn without_sign(world: &SimpleCommunicator, f: &dyn Fn(f64) -> f64, steps: u64) -> f64 {
    pi_solution::integrate(world, &|x| f(x).abs(), steps)
}
