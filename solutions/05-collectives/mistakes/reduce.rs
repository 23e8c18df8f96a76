//! Mistakes in the task `reduce`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("reduce": reduce_sum = all_in_one_number => WrongResult,
        "adds everything up to one number, not element by element"),
    mistake!("reduce": reduce_sum = its_own_again => WrongResult,
        "adds the vector of rank 0 once more"),
    mistake!("reduce": reduce_sum = on_every_rank => WrongResult,
        "reduces on every rank, and returns it there"),
    mistake!("reduce": reduce_sum = gathers_and_adds => WrongOperation,
        "gathers all vectors on rank 0 and adds them there"),
    mistake!("reduce": reduce_max = starts_from_0 => WrongResult,
        "looks for the largest from 0 on, and finds no negative one"),
    mistake!("reduce": reduce_max = only_looks_at_its_own => WrongResult,
        "returns the number of rank 0"),
    mistake!("reduce": reduce_max = root_call_everywhere => Panic,
        "calls on every rank what only the root may call"),
    mistake!("reduce": reduce_max = in_another_order => WrongOperation,
        "calls a barrier too, before the reduce on rank 0 and after it on the others"),
    mistake!("reduce": reduce_sum = as_f64 => WrongResult,
        "adds up as f64, which does not hold all digits of an i64"),
    mistake!("reduce": reduce_sum = as_i32 => WrongResult,
        "cuts the numbers to 32 bits"),
    mistake!("reduce": reduce_sum = one_byte_for_show => TooMuchCommunication,
        "reduces one byte for show, and gathers the vectors"),
    mistake!("reduce": reduce_sum = number_by_number => TooMuchCommunication,
        "makes one reduce for each element"),
    mistake!("reduce": reduce_sum = waits_afterwards => WrongOperation,
        "lets all ranks wait behind the reduce"),
    mistake!("reduce": reduce_sum = on_every_rank_for_one => WrongOperation,
        "tells every rank the sum, and throws it away on all but one"),
    mistake!("reduce": reduce_sum = kept_from_before => WrongResult,
        "returns the sum of an earlier call with its own vector"),
    mistake!("reduce": reduce_max = as_f32 => WrongResult,
        "takes the numbers for an f32, which does not hold all of them"),
    mistake!("reduce": reduce_max = smallest_negative => WrongResult,
        "looks for the smallest of the negatives, and one number has none"),
    mistake!("reduce": reduce_max = unsigned => WrongResult,
        "takes negative numbers for large ones"),
    mistake!("reduce": reduce_max = into_64_bits => TypeMismatch,
        "gives MPI a receive buffer of i64, of which it fills a half"),
    mistake!("reduce": reduce_max = max_kept_from_before => WrongResult,
        "returns the largest of an earlier call with its own number"),
    mistake!("reduce": reduce_sum = nothing_to_add => Deadlock,
        "leaves the call out on a rank that has only zeros"),
    mistake!("reduce": reduce_sum = in_pieces => TooMuchCommunication,
        "reduces long vectors in pieces"),
];

fn all_in_one_number(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    collectives_solution::reduce_sum(world, &[mine.iter().sum()])
}

fn its_own_again(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let sums = collectives_solution::reduce_sum(world, mine)?;
    Some(sums.iter().zip(mine).map(|(sum, own)| sum + own).collect())
}

fn on_every_rank(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let mut sums = vec![0; mine.len()];
    world.all_reduce_into(mine, &mut sums[..], SystemOperation::sum());
    Some(sums)
}

fn gathers_and_adds(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let (size, root) = (world.size() as usize, world.process_at_rank(0));
    if world.rank() != 0 {
        root.gather_into(mine);
        return None;
    }
    let mut all = vec![0; mine.len() * size];
    root.gather_into_root(mine, &mut all[..]);
    let sum = |at| (0..size).map(|rank| all[rank * mine.len() + at]).sum();
    Some((0..mine.len()).map(sum).collect())
}

fn starts_from_0(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    let all = collectives_solution::gather(world, &[mine])?;
    Some(all.into_iter().fold(0, i32::max))
}

fn only_looks_at_its_own(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    (world.rank() == 0).then_some(mine)
}

fn root_call_everywhere(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    let mut largest = mine;
    let root = world.process_at_rank(0);
    root.reduce_into_root(&mine, &mut largest, SystemOperation::max());
    (world.rank() == 0).then_some(largest)
}

fn in_another_order(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    if world.rank() == 0 {
        world.barrier();
    }
    let largest = collectives_solution::reduce_max(world, mine);
    if world.rank() != 0 {
        world.barrier();
    }
    largest
}

fn as_f64(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let (root, own) = (world.process_at_rank(0), mine.iter().map(|own| *own as f64));
    let own: Vec<f64> = own.collect();
    if world.rank() != 0 {
        root.reduce_into(&own[..], SystemOperation::sum());
        return None;
    }
    let mut sums = vec![0.0; own.len()];
    root.reduce_into_root(&own[..], &mut sums[..], SystemOperation::sum());
    Some(sums.into_iter().map(|sum| sum as i64).collect())
}

fn as_i32(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let own = mine.iter().map(|own| i64::from(*own as i32));
    collectives_solution::reduce_sum(world, &own.collect::<Vec<i64>>())
}

fn one_byte_for_show(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let root = world.process_at_rank(0);
    if world.rank() == 0 {
        root.reduce_into_root(&1_u8, &mut 0_u8, SystemOperation::max());
    } else {
        root.reduce_into(&1_u8, SystemOperation::max());
    }
    gathers_and_adds(world, mine)
}

fn number_by_number(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let sum = |own: &i64| collectives_solution::reduce_sum(world, &[*own]);
    let sums: Vec<i64> = mine.iter().filter_map(sum).flatten().collect();
    (world.rank() == 0).then_some(sums)
}

fn waits_afterwards(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let sums = collectives_solution::reduce_sum(world, mine);
    world.barrier();
    sums
}

fn on_every_rank_for_one(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    on_every_rank(world, mine).filter(|_| world.rank() == 0)
}

fn kept_from_before(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let sums = collectives_solution::reduce_sum(world, mine);
    kept((world.size(), world.rank(), mine), sums)
}

fn as_f32(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    collectives_solution::reduce_max(world, mine as f32 as i32)
}

fn smallest_negative(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    let root = world.process_at_rank(0);
    let mine = mine.wrapping_neg();
    if world.rank() != 0 {
        root.reduce_into(&mine, SystemOperation::min());
        return None;
    }
    let mut smallest = mine;
    root.reduce_into_root(&mine, &mut smallest, SystemOperation::min());
    Some(smallest.wrapping_neg())
}

fn unsigned(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    let root = world.process_at_rank(0);
    let mine = mine as u32;
    if world.rank() != 0 {
        root.reduce_into(&mine, SystemOperation::max());
        return None;
    }
    let mut largest = mine;
    root.reduce_into_root(&mine, &mut largest, SystemOperation::max());
    Some(largest as i32)
}

fn into_64_bits(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(&mine, SystemOperation::max());
        return None;
    }
    let mut largest = 0_i64;
    root.reduce_into_root(&mine, &mut largest, SystemOperation::max());
    Some(largest as i32)
}

fn max_kept_from_before(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    let largest = collectives_solution::reduce_max(world, mine);
    kept((world.size(), world.rank(), mine), largest)
}

fn nothing_to_add(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    if world.rank() > 0 && mine.iter().all(|number| *number == 0) {
        return None;
    }
    collectives_solution::reduce_sum(world, mine)
}

fn in_pieces(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    const PIECE: usize = 8192;
    if mine.is_empty() {
        return collectives_solution::reduce_sum(world, mine);
    }
    let pieces = mine.chunks(PIECE);
    let sums = pieces.map(|piece| collectives_solution::reduce_sum(world, piece));
    // All pieces are reduced, on each rank.
    let sums: Vec<Option<Vec<i64>>> = sums.collect();
    let sums: Option<Vec<Vec<i64>>> = sums.into_iter().collect();
    sums.map(|sums| sums.concat())
}
