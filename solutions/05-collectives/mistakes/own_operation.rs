//! Mistakes in the task `own-operation`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::OwnOperation;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("own-operation": own_operation = lowest_wins => WrongResult,
        "mixes the two arguments up: the lowest rank wins"),
    mistake!("own-operation": own_operation = last_rank_wins => WrongResult,
        "lets the last rank win with its zeros too"),
    mistake!("own-operation": own_operation = largest_wins => WrongResult,
        "takes the built-in maximum for it"),
    mistake!("own-operation": own_operation = wrong_type => Panic,
        "takes the entries for another type"),
    mistake!("own-operation": own_operation = gathers_and_merges => WrongOperation,
        "gathers all entries on rank 0 and merges them there"),
    mistake!("own-operation": own_operation = promises_too_much => WrongOperation,
        "promises MPI that it may swap, and it may not"),
    mistake!("own-operation": own_operation = swapped_with_a_wrong_promise => WrongOperation,
        "mixes the two arguments up, and is right only where MPI makes use of a wrong promise"),
    mistake!("own-operation": own_operation = waits_first => WrongOperation,
        "lets all ranks wait before the reduce"),
    mistake!("own-operation": own_operation = as_i16 => WrongResult,
        "cuts the entries to 16 bits"),
    mistake!("own-operation": own_operation = one_for_show => TooMuchCommunication,
        "reduces one entry for show, and gathers all"),
    mistake!("own-operation": own_operation = entry_by_entry => TooMuchCommunication,
        "makes one reduce for each entry"),
    mistake!("own-operation": own_operation = kept_from_before => WrongResult,
        "returns the winners of an earlier call with its own entries"),
    mistake!("own-operation": own_operation = greatest_of_pairs => WrongOperation,
        "puts the rank in front of each entry, so that the built-in maximum finds the winner"),
];

fn reduced<O: Operation + Copy>(
    world: &SimpleCommunicator,
    mine: &[i32],
    operation: O,
) -> Option<Vec<i32>> {
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(mine, operation);
        return None;
    }
    let mut winners = vec![0; mine.len()];
    root.reduce_into_root(mine, &mut winners[..], operation);
    Some(winners)
}

fn lowest_wins(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let oldest = OwnOperation::associative(
        |earlier: i32, later: i32| {
            if earlier == 0 { later } else { earlier }
        },
    );
    reduced(world, mine, &oldest)
}

fn promises_too_much(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let newest = OwnOperation::commutative(
        |earlier: i32, later: i32| {
            if later == 0 { earlier } else { later }
        },
    );
    reduced(world, mine, &newest)
}

fn swapped_with_a_wrong_promise(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let oldest = OwnOperation::commutative(
        |earlier: i32, later: i32| {
            if earlier == 0 { later } else { earlier }
        },
    );
    reduced(world, mine, &oldest)
}

fn waits_first(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    world.barrier();
    collectives_solution::own_operation(world, mine)
}

fn last_rank_wins(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    reduced(
        world,
        mine,
        &OwnOperation::associative(|_: i32, later: i32| later),
    )
}

fn largest_wins(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    reduced(world, mine, SystemOperation::max())
}

fn wrong_type(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let newest = OwnOperation::associative(
        |earlier: i64, later: i64| {
            if later == 0 { earlier } else { later }
        },
    );
    reduced(world, mine, &newest)
}

fn gathers_and_merges(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let all = collectives_solution::gather(world, mine)?;
    let column = |at| all.iter().skip(at).step_by(mine.len());
    let newest = |at| column(at).rfind(|entry| **entry != 0).copied().unwrap_or(0);
    Some((0..mine.len()).map(newest).collect())
}

fn as_i16(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let own = mine.iter().map(|own| i32::from(*own as i16));
    collectives_solution::own_operation(world, &own.collect::<Vec<i32>>())
}

fn one_for_show(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    collectives_solution::own_operation(world, &[1]);
    gathers_and_merges(world, mine)
}

fn entry_by_entry(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let winner = |own: &i32| collectives_solution::own_operation(world, &[*own]);
    let winners: Vec<i32> = mine.iter().filter_map(winner).flatten().collect();
    (world.rank() == 0).then_some(winners)
}

fn kept_from_before(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let winners = collectives_solution::own_operation(world, mine);
    kept((world.size(), world.rank(), mine), winners)
}

fn greatest_of_pairs(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let rank = i64::from(world.rank()) + 1;
    let pair = |entry: &i32| match *entry {
        0 => 0,
        entry => rank << 32 | i64::from(entry.cast_unsigned()),
    };
    let mine: Vec<i64> = mine.iter().map(pair).collect();
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(&mine[..], SystemOperation::max());
        return None;
    }
    let mut winners = vec![0; mine.len()];
    root.reduce_into_root(&mine[..], &mut winners[..], SystemOperation::max());
    Some(winners.into_iter().map(|pair: i64| pair as i32).collect())
}
