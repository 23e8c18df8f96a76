//! Mistakes in the task `all-reduce`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("all-reduce": all_reduce = mean_of_the_means => WrongResult,
        "takes the mean of the means, as if all ranks had the same amount"),
    mistake!("all-reduce": all_reduce = only_its_own => WrongResult,
        "returns the mean of its own numbers"),
    mistake!("all-reduce": all_reduce = only_rank_0_knows => WrongResult,
        "reduces on rank 0, and the others return 0"),
    mistake!("all-reduce": all_reduce = reduces_and_broadcasts => WrongOperation,
        "reduces on rank 0, which then broadcasts"),
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
