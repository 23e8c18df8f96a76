//! Mistakes in the task `gather`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    topology::{Color, SimpleCommunicator},
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("gather": gather = room_for_one_block => CollectiveMismatch,
        "makes room on rank 0 for one block instead of all"),
    mistake!("gather": gather = on_every_rank => WrongResult,
        "gathers on every rank, and returns it there"),
    mistake!("gather": gather = on_every_rank_for_one => WrongOperation,
        "gathers on every rank, and throws it away on all but one"),
    mistake!("gather": gather = root_call_everywhere => Panic,
        "calls on every rank what only the root may call"),
    mistake!("gather": gather = forgets_its_own => WrongResult,
        "receives from all others, and forgets rank 0 itself"),
    mistake!("gather": gather = receives_by_hand => WrongOperation,
        "receives the blocks one by one"),
    mistake!("gather": gather = all_of_the_job => WrongOperation,
        "gathers from all processes of the job, some of which have nothing to do"),
    mistake!("gather": gather = as_f32 => WrongResult,
        "takes the numbers for an f32, which does not hold all of them"),
    mistake!("gather": gather = twice => TooMuchCommunication,
        "gathers twice"),
    mistake!("gather": gather = number_by_number => TooMuchCommunication,
        "makes one gather for each number of a block"),
    mistake!("gather": gather = waits_afterwards => TooMuchCommunication,
        "lets all ranks wait behind the gather"),
    mistake!("gather": gather = by_a_third => TooMuchCommunication,
        "gathers on the last rank, which sends everything to rank 0"),
    mistake!("gather": gather = kept_from_before => WrongResult,
        "returns what it gathered when it had the same numbers before"),
    mistake!("gather": gather = alone_for_show => WrongOperation,
        "gathers from itself for show, and receives the blocks one by one"),
    mistake!("gather": gather = even_and_odd_apart => WrongOperation,
        "gathers from even ranks and from odd ones, and puts both together"),
];

fn room_for_one_block(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.gather_into(mine);
        return None;
    }
    let mut all = vec![0; mine.len()];
    root.gather_into_root(mine, &mut all[..]);
    Some(all)
}

fn on_every_rank(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let mut all = vec![0; mine.len() * world.size() as usize];
    world.all_gather_into(mine, &mut all[..]);
    Some(all)
}

fn on_every_rank_for_one(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    on_every_rank(world, mine).filter(|_| world.rank() == 0)
}

fn root_call_everywhere(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let mut all = vec![0; mine.len() * world.size() as usize];
    world
        .process_at_rank(0)
        .gather_into_root(mine, &mut all[..]);
    (world.rank() == 0).then_some(all)
}

fn forgets_its_own(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    if world.rank() != 0 {
        world.process_at_rank(0).send(mine);
        return None;
    }
    let block = |rank| world.process_at_rank(rank).receive_vec::<i32>().0;
    Some((1..world.size()).flat_map(block).collect())
}

fn receives_by_hand(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let others = forgets_its_own(world, mine)?;
    Some([mine, &others].concat())
}

fn all_of_the_job(_: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    collectives_solution::gather(&SimpleCommunicator::world(), mine)
}

fn as_f32(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let short = mine.iter().map(|number| *number as f32 as i32);
    collectives_solution::gather(world, &short.collect::<Vec<i32>>())
}

fn twice(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    collectives_solution::gather(world, mine);
    collectives_solution::gather(world, mine)
}

fn number_by_number(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let column = |number: &i32| collectives_solution::gather(world, &[*number]);
    let columns: Vec<Vec<i32>> = mine.iter().filter_map(column).collect();
    let block = |rank: usize| columns.iter().map(move |column| column[rank]);
    (world.rank() == 0).then(|| (0..world.size() as usize).flat_map(block).collect())
}

fn waits_afterwards(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let all = collectives_solution::gather(world, mine);
    world.barrier();
    all
}

fn by_a_third(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let last = world.size() - 1;
    let third = world.process_at_rank(last);
    if world.rank() != last {
        third.gather_into(mine);
        return (world.rank() == 0).then(|| third.receive_vec().0);
    }
    let mut all = vec![0; mine.len() * world.size() as usize];
    third.gather_into_root(mine, &mut all[..]);
    if last == 0 {
        return Some(all);
    }
    world.process_at_rank(0).send(&all[..]);
    None
}

fn kept_from_before(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let all = collectives_solution::gather(world, mine);
    kept((world.size(), world.rank(), mine), all)
}

fn alone_for_show(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    collectives_solution::gather(&SimpleCommunicator::self_comm(), &[1]);
    receives_by_hand(world, mine)
}

fn even_and_odd_apart(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let half = world.split_by_color(Color::with_value(world.rank() % 2));
    let own = collectives_solution::gather(&half.unwrap(), mine);
    if world.rank() == 1 {
        world.process_at_rank(0).send(&own.unwrap()[..]);
        return None;
    }
    if world.rank() > 1 || world.size() == 1 {
        return own.filter(|_| world.rank() == 0);
    }
    let (even, (odd, _)) = (own.unwrap(), world.process_at_rank(1).receive_vec::<i32>());
    let block = |rank: usize| {
        let half = if rank.is_multiple_of(2) { &even } else { &odd };
        half[rank / 2 * mine.len()..][..mine.len()].to_vec()
    };
    Some((0..world.size() as usize).flat_map(block).collect())
}
