//! Mistakes in the task `stray`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("stray": stray = rank_0_is_enough => UnmatchedMessage,
        "receives all answers, but none when rank 0 has the number itself"),
    mistake!("stray": stray = up_to_the_first => UnmatchedMessage,
        "looks at rank 0 later, and still stops at the first that has it"),
    mistake!("stray": stray = the_last_wins => WrongResult,
        "overwrites what it has found"),
    mistake!("stray": stray = counts_from_0 => WrongResult,
        "takes the place in the list of the others for the rank"),
    mistake!("stray": stray = everybody_knows => WrongResult,
        "returns the result on every rank"),
    mistake!("stray": stray = has_a_collective_find_it => WrongOperation,
        "has a collective find the lowest rank"),
    mistake!("stray": stray = nobody_means_rank_0 => WrongResult,
        "returns rank 0 when no rank has it"),
    mistake!("stray": stray = narrow_numbers => WrongResult,
        "compares the lower 32 bits only"),
    mistake!("stray": stray = from_whoever_comes => WrongResult,
        "receives from any rank, and takes a message of the next call for an answer to this one"),
    mistake!("stray": stray = place_in_a_byte => WrongResult,
        "sends the place of the number as a `u8`, of which the largest stands for none"),
];

fn narrow_numbers(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    let narrow = |number: &i64| i64::from(*number as i32);
    let mine: Vec<i64> = mine.iter().map(narrow).collect();
    deadlock_avoidance_solution::stray(world, &mine, narrow(&wanted))
}

/// On the other ranks it sends whether this one has it; on rank 0 it receives that from all others.
fn ask_all(world: &SimpleCommunicator, has: bool) -> Option<Vec<bool>> {
    if world.rank() != 0 {
        world.process_at_rank(0).send(&has);
        return None;
    }
    let ask = |rank| world.process_at_rank(rank).receive().0;
    Some((1..world.size()).map(ask).collect())
}

fn rank_0_is_enough(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    let has = mine.contains(&wanted);
    if world.rank() == 0 && has {
        return Some(0);
    }
    let others = ask_all(world, has)?;
    (1..)
        .zip(others)
        .find_map(|(rank, has)| has.then_some(rank))
}

fn up_to_the_first(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    let has = mine.contains(&wanted);
    if world.rank() != 0 {
        world.process_at_rank(0).send(&has);
        return None;
    }
    let found = (1..world.size()).find(|rank| world.process_at_rank(*rank).receive().0);
    if has { Some(0) } else { found }
}

fn the_last_wins(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    let has = mine.contains(&wanted);
    let others = ask_all(world, has)?;
    let mut found = has.then_some(0);
    for (rank, has) in (1..).zip(others) {
        if has {
            found = Some(rank);
        }
    }
    found
}

fn counts_from_0(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    let has = mine.contains(&wanted);
    let others = ask_all(world, has)?;
    if has {
        return Some(0);
    }
    let place = others.iter().position(|has| *has)?;
    Some(place as Rank)
}

fn everybody_knows(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    const NOBODY: Rank = -1;
    let found = deadlock_avoidance_solution::stray(world, mine, wanted);
    if world.rank() != 0 {
        let (found, _) = world.process_at_rank(0).receive::<Rank>();
        return (found != NOBODY).then_some(found);
    }
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(&found.unwrap_or(NOBODY));
    }
    found
}

fn has_a_collective_find_it(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    let own = if mine.contains(&wanted) {
        world.rank()
    } else {
        Rank::MAX
    };
    let mut lowest = 0;
    world.all_reduce_into(&own, &mut lowest, SystemOperation::min());
    (lowest < Rank::MAX && world.rank() == 0).then_some(lowest)
}

fn nobody_means_rank_0(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    let found = deadlock_avoidance_solution::stray(world, mine, wanted);
    (world.rank() == 0).then(|| found.unwrap_or_default())
}

fn from_whoever_comes(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    let has = mine.contains(&wanted);
    if world.rank() != 0 {
        world.process_at_rank(0).send(&has);
        return None;
    }
    let answers = (1..world.size()).map(|_| world.any_process().receive::<bool>());
    let owners = answers
        .filter(|(has, _)| *has)
        .map(|(_, status)| status.source_rank());
    owners.chain(has.then_some(0)).min()
}

fn place_in_a_byte(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    let place = mine.iter().position(|number| *number == wanted);
    let place = place.map_or(u8::MAX, |place| place as u8);
    if world.rank() != 0 {
        world.process_at_rank(0).send(&place);
        return None;
    }
    let others: Vec<u8> = (1..world.size())
        .map(|rank| world.process_at_rank(rank).receive().0)
        .collect();
    let mut ranks = (0..).zip([place].into_iter().chain(others));
    ranks.find_map(|(rank, place)| (place < u8::MAX).then_some(rank))
}
