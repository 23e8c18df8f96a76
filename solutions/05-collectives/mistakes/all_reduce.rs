//! Mistakes in the task `all-reduce`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::OwnOperation;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("all-reduce": all_reduce = mean_of_the_means => WrongResult,
        "takes the mean of the means, as if all ranks had the same amount"),
    mistake!("all-reduce": all_reduce = only_its_own => WrongResult,
        "returns the mean of its own numbers"),
    mistake!("all-reduce": all_reduce = only_rank_0_knows => WrongResult,
        "reduces on rank 0, and the others return 0"),
    mistake!("all-reduce": all_reduce = reduces_and_broadcasts => WrongOperation,
        "reduces on rank 0, which then broadcasts"),
    mistake!("all-reduce": all_reduce = as_f32 => WrongResult,
        "adds up as f32"),
    mistake!("all-reduce": all_reduce = count_as_u16 => WrongResult,
        "counts in 16 bits"),
    mistake!("all-reduce": all_reduce = one_for_show => TooMuchCommunication,
        "reduces one byte for show, and gathers all sums on every rank"),
    mistake!("all-reduce": all_reduce = number_by_number => TooMuchCommunication,
        "makes one all-reduce for each number of the rank that has most"),
    mistake!("all-reduce": all_reduce = kept_from_before => WrongResult,
        "returns the mean of an earlier call with its own numbers"),
    mistake!("all-reduce": all_reduce = added_up_in_a_chain => TooMuchCommunication,
        "adds the totals up from rank to rank by messages, and has the all-reduce tell the result"),
    mistake!("all-reduce": all_reduce = scaled => TooMuchCommunication,
        "finds the largest number first, by a call of its own"),
    mistake!("all-reduce": all_reduce = in_millionths => WrongResult,
        "adds up whole millionths, and loses smaller numbers"),
    mistake!("all-reduce": all_reduce = merges_means => WrongResult,
        "merges means by an operation of its own, which divides by 0 where neither part has numbers"),
];

fn only_its_own(_: &SimpleCommunicator, mine: &[f64]) -> f64 {
    mine.iter().sum::<f64>() / mine.len() as f64
}

fn mean_of_the_means(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let mut sum = 0.0;
    world.all_reduce_into(&only_its_own(world, mine), &mut sum, SystemOperation::sum());
    sum / f64::from(world.size())
}

fn only_rank_0_knows(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let root = world.process_at_rank(0);
    let own = [mine.iter().sum(), mine.len() as f64];
    if world.rank() != 0 {
        root.reduce_into(&own[..], SystemOperation::sum());
        return 0.0;
    }
    let mut total = [0.0; 2];
    root.reduce_into_root(&own[..], &mut total[..], SystemOperation::sum());
    total[0] / total[1]
}

fn reduces_and_broadcasts(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let mut mean = only_rank_0_knows(world, mine);
    world.process_at_rank(0).broadcast_into(&mut mean);
    mean
}

fn as_f32(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let sum: f32 = mine.iter().map(|number| *number as f32).sum();
    let mut total = [0.0_f32; 2];
    world.all_reduce_into(
        &[sum, mine.len() as f32][..],
        &mut total[..],
        SystemOperation::sum(),
    );
    f64::from(total[0] / total[1])
}

fn count_as_u16(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let (own, mut sum) = (mine.iter().sum::<f64>(), 0.0);
    world.all_reduce_into(&own, &mut sum, SystemOperation::sum());
    let (own, mut count) = (mine.len() as u16, 0_u16);
    world.all_reduce_into(&own, &mut count, SystemOperation::sum());
    sum / f64::from(count)
}

fn one_for_show(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    world.all_reduce_into(&1_u8, &mut 0_u8, SystemOperation::max());
    let own = [mine.iter().sum(), mine.len() as f64];
    let mut all = vec![0.0; 2 * world.size() as usize];
    world.all_gather_into(&own[..], &mut all[..]);
    let total = |at| all.iter().skip(at).step_by(2).sum::<f64>();
    total(0) / total(1)
}

fn number_by_number(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let (own, mut most, mut total) = (mine.len(), 0_usize, [0.0; 2]);
    world.all_reduce_into(&own, &mut most, SystemOperation::max());
    // A few are enough to show it.
    for at in 0..most.min(9) {
        let own = if at == 0 {
            [mine.iter().sum(), own as f64]
        } else {
            [0.0; 2]
        };
        let mut sum = [0.0; 2];
        world.all_reduce_into(&own[..], &mut sum[..], SystemOperation::sum());
        total = [total[0] + sum[0], total[1] + sum[1]];
    }
    total[0] / total[1]
}

fn kept_from_before(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let mean = collectives_solution::all_reduce(world, mine);
    kept((world.size(), world.rank(), mine), mean)
}

fn added_up_in_a_chain(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let (rank, size) = (world.rank(), world.size());
    let mut totals = [mine.iter().sum(), mine.len() as f64];
    if rank > 0 {
        let mut before = [0.0; 2];
        world
            .process_at_rank(rank - 1)
            .receive_into(&mut before[..]);
        totals = [totals[0] + before[0], totals[1] + before[1]];
    }
    if rank + 1 < size {
        world.process_at_rank(rank + 1).send(&totals[..]);
        totals = [0.0; 2];
    }
    let mut all = [0.0; 2];
    world.all_reduce_into(&totals[..], &mut all[..], SystemOperation::sum());
    all[0] / all[1]
}

fn scaled(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let own = mine
        .iter()
        .fold(1.0_f64, |most, number| most.max(number.abs()));
    let (mut scale, mut totals) = (1.0, [0.0; 2]);
    world.all_reduce_into(&own, &mut scale, SystemOperation::max());
    let own = [
        mine.iter().map(|number| number / scale).sum(),
        mine.len() as f64,
    ];
    world.all_reduce_into(&own, &mut totals, SystemOperation::sum());
    totals[0] / totals[1] * scale
}

fn in_millionths(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let millionths = (mine.iter().sum::<f64>() * 1e6).round() as i64;
    let mut total = [0_i64; 2];
    let own = [millionths, mine.len() as i64];
    world.all_reduce_into(&own[..], &mut total[..], SystemOperation::sum());
    let [sum, count] = total;
    sum as f64 / 1e6 / count as f64
}

/// A mean, and of how many numbers.
#[derive(Clone, Copy, Default, PartialEq, Equivalence)]
struct Mean {
    mean: f64,
    count: f64,
}

fn merges_means(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let merge = OwnOperation::associative(|one: Mean, other: Mean| {
        let count = one.count + other.count;
        let mean = (one.mean * one.count + other.mean * other.count) / count;
        Mean { mean, count }
    });
    let (sum, count): (f64, _) = (mine.iter().sum(), mine.len() as f64);
    let mean = sum / count.max(1.0);
    let mut all = Mean::default();
    world.all_reduce_into(&Mean { mean, count }, &mut all, &merge);
    all.mean
}
