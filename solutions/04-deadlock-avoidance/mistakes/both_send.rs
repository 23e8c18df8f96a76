//! Mistakes in the task `both-send`.

use crate::tasks::Answers;
use deadlock_avoidance_solution::both_receive;
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("both-send": both_send = even_ranks_first => Deadlock,
        "lets even ranks send first, but with three ranks the first and the last are both even"),
    mistake!("both-send": both_send = small_pieces => UnsafeSend,
        "sends in pieces that are small enough to be buffered on this machine"),
    mistake!("both-send": both_send = neighbours_swap => WrongResult,
        "swaps with the rank beside it: the mended program of the task before"),
    mistake!("both-send": both_send = middle_forgotten => WrongResult,
        "returns nothing in the middle"),
    mistake!("both-send": both_send = lower_half_only => WrongResult,
        "receives on the lower half only"),
    mistake!("both-send": both_send = zeros_without_a_sign => WrongResult,
        "adds 0 to each number, which makes a negative zero positive"),
    mistake!("both-send": both_send = off_by_one => Panic,
        "takes the number of ranks less its own for the opposite rank"),
];

fn opposite(world: &SimpleCommunicator) -> Rank {
    world.size() - 1 - world.rank()
}

fn even_ranks_first(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    if opposite(world) == world.rank() {
        return mine.to_vec();
    }
    let other = world.process_at_rank(opposite(world));
    if world.rank() % 2 == 0 {
        other.send(mine);
        other.receive_vec().0
    } else {
        let (theirs, _) = other.receive_vec();
        other.send(mine);
        theirs
    }
}

fn small_pieces(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    if opposite(world) == world.rank() {
        return mine.to_vec();
    }
    let other = world.process_at_rank(opposite(world));
    let mut theirs = mine.to_vec();
    for (piece, place) in mine.chunks(100).zip(theirs.chunks_mut(100)) {
        other.send(piece);
        other.receive_into(place);
    }
    theirs
}

fn neighbours_swap(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    both_receive(world, mine)
}

fn middle_forgotten(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    if opposite(world) == world.rank() {
        return Vec::new();
    }
    deadlock_avoidance_solution::both_send(world, mine)
}

fn lower_half_only(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let other = world.process_at_rank(opposite(world));
    if world.rank() < other.rank() {
        return other.receive_vec().0;
    }
    if world.rank() > other.rank() {
        other.send(mine);
    }
    mine.to_vec()
}

fn zeros_without_a_sign(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let theirs = deadlock_avoidance_solution::both_send(world, mine);
    match opposite(world) == world.rank() {
        true => theirs,
        false => theirs.iter().map(|number| number + 0.0).collect(),
    }
}

fn off_by_one(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let other = world.process_at_rank(world.size() - world.rank());
    if world.rank() < other.rank() {
        other.send(mine);
        other.receive_vec().0
    } else {
        let (theirs, _) = other.receive_vec();
        other.send(mine);
        theirs
    }
}
