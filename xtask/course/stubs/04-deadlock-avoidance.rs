//! Exercise 04: deadlock avoidance. The lesson is in README.md, one folder up.
//!
//! Each function is one task. Some are broken programs: delete the line with `todo!()`, and fix the code
//! below it. The others you write from scratch. Then run `cargo xtask check 04`.
//!
//! In the checks, every send waits for its receive, so that no answer depends on MPI's buffers. Ranks
//! exchange data here only by messages: no task uses a collective, and none makes a communicator, which is
//! a collective too. An `f64` is sent as its 8 bytes. No send or receive is canceled, and when a function has
//! returned on all ranks, every message has been received.
//!
//! Each function may be called again at once: a rank may be a call ahead of another.
//!
//! When a function returns, nothing that it started is still at work: requests are complete, and threads
//! have ended, or sleep, as those of a pool do.

#![allow(
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{Rank, topology::SimpleCommunicator, traits::*};

/// Two ranks swap their numbers: 0 with 1, 2 with 3, and so on. Returns the partner's numbers.
///
/// All ranks have the same amount of numbers, possibly none: then a message may be empty or left out. They
/// go from partner to partner, in any number of messages, and to no other rank. If the number of ranks is
/// odd, the last rank has no partner: it returns its own numbers, and sends nothing.
#[allow(
    unreachable_code,
    reason = "the program below is broken: it is there to be fixed"
)]
pub fn both_receive(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    todo!("read it, predict what it does, then delete this line and fix it");

    let partner = world.rank() ^ 1;
    if partner == world.size() {
        return mine.to_vec();
    }
    let partner = world.process_at_rank(partner);
    let (theirs, _) = partner.receive_vec();
    partner.send(mine);
    theirs
}

/// Two ranks swap their numbers: the first with the last, the second with the second to last, and so on.
/// Returns the partner's numbers.
///
/// All ranks have the same amount of numbers, possibly none: then a message may be empty or left out. They
/// go from partner to partner, in any number of messages, and to no other rank. If the number of ranks is
/// odd, the rank in the middle has no partner: it returns its own numbers, and sends nothing.
#[allow(
    unreachable_code,
    reason = "the program below is broken: it is there to be fixed"
)]
pub fn both_send(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    todo!("read it, predict what it does, then delete this line and fix it");

    let opposite = world.size() - 1 - world.rank();
    if opposite == world.rank() {
        return mine.to_vec();
    }
    let opposite = world.process_at_rank(opposite);
    opposite.send(mine);
    let (theirs, _) = opposite.receive_vec();
    theirs
}

/// Shifts numbers around a ring: each rank sends its own to the next rank, and returns those of the
/// previous one. Rank 0 follows the last rank.
///
/// All ranks have the same amount of numbers, possibly none. Each rank makes one call, which sends and
/// receives, even if there are no numbers. With one rank, the numbers go from rank 0 to itself; there the
/// call may be left out.
pub fn sendrecv(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    todo!()
}

/// Shifts numbers around a ring as [`sendrecv`] does, and works meanwhile.
///
/// Each rank calls `work` once, after it has started to send and to receive, and before it waits for
/// either or tests whether it is complete: of the calls that send, receive, wait, test or probe, only these
/// two come before `work`. One message from each rank, even if there are no numbers; with one rank, the
/// numbers go from rank 0 to itself, by a message or without one.
pub fn nonblocking(world: &SimpleCommunicator, mine: &[f64], work: &dyn Fn()) -> Vec<f64> {
    todo!()
}

/// Sends a token around a ring `count` times, and returns what this rank receives, in that order.
///
/// Rank 0 has the token; on the other ranks `token` is `None`. A round begins at rank 0 and ends when the
/// last rank has sent the token back to it. Each rank that has the token, including rank 0, adds one to
/// it and sends it to the next. For example, with the token 10 and three ranks, in the first round rank 1
/// receives 11, rank 2 receives 12, and rank 0 receives 13.
///
/// `count` is the same on all ranks, and may be 0. Any `i64` can be a token, and each message holds only the
/// token, as an `i64`. With one rank, rank 0 is its own next: with the token 10, it gets 11, 12, …, by
/// messages to itself or without any. The check also plays rank 1: it sends the token on with the tag with
/// which it came, and adds more than one to it.
pub fn ring(world: &SimpleCommunicator, token: Option<i64>, count: usize) -> Vec<i64> {
    todo!()
}

/// Exchanges numbers with both neighbors in a ring, by blocking sends and receives: returns what came
/// from the left and what came from the right.
///
/// `to_left` goes to the rank before this one, `to_right` to the one after it; rank 0 follows the last
/// rank. Both have one and the same length, on all ranks, which may be 0. With two ranks, both neighbors
/// are the same rank; with one, the rank is its own neighbor: what goes to the right comes from the left,
/// and a copy is enough.
///
/// Half of the ranks send while the others receive, so that everything is done in a few steps, however
/// many ranks there are: six at most, where in one step each rank sends or receives one message.
pub fn odd_even(
    world: &SimpleCommunicator,
    to_left: &[f64],
    to_right: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    todo!()
}

/// Fills the ghost cells of a row of cells that is spread over the ranks, from left to right.
///
/// On each rank `cells` begins and ends with a ghost cell, with at least one cell of its own between
/// them. Afterwards the first is what the left neighbor has in the last cell of its own, and the last
/// what the right neighbor has in the first of its own. Rank 0 has no left neighbor, the last rank no
/// right one: there the ghost cell is unchanged.
///
/// Every rank makes the same two calls, including those at the ends: each call sends one cell and
/// receives one, and moves cells of all ranks in the same direction. A single rank may leave them out.
pub fn chain(world: &SimpleCommunicator, cells: &mut [f64]) {
    todo!()
}

/// Sends a block of numbers to every rank and receives one from every rank: returns what came, in the
/// order of the ranks.
///
/// `outgoing` holds the block for rank 0, then the one for rank 1, and so on, all of the same length, at
/// least 1, on all ranks. The block for this rank itself belongs to the result too, sent or copied. Each
/// block is one message, and all messages have the same tag. All sends and receives are started before one
/// call waits for all of them.
pub fn wait_all(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64> {
    todo!()
}

/// Collects numbers on rank 0, which handles those of each rank as soon as they have arrived.
///
/// Every rank but 0 sends `mine`, which has the same length on all ranks, at least 1, to rank 0, in one
/// message. Rank 0 starts a receive for each of these ranks, before it waits for any, and calls `handle`
/// with a rank and its numbers as soon as that receive is complete, whichever it is, once for each rank but
/// itself. A rank may begin at any time: until it does, rank 0 handles the numbers of the others. With one
/// rank there is nothing to handle.
pub fn wait_any(world: &SimpleCommunicator, mine: &[f64], handle: &mut dyn FnMut(Rank, &[f64])) {
    todo!()
}

/// Finds a rank that has a number: rank 0 returns the lowest rank that has `wanted` among its numbers,
/// and `None` when no rank has it. Every other rank returns `None`.
///
/// The ranks may have different amounts of numbers, possibly none; `wanted` is the same on all ranks.
#[allow(
    unreachable_code,
    reason = "the program below is broken: it is there to be fixed"
)]
pub fn stray(world: &SimpleCommunicator, mine: &[i64], wanted: i64) -> Option<Rank> {
    todo!("read it, predict what it does, then delete this line and fix it");

    let has = mine.contains(&wanted);
    if world.rank() != 0 {
        world.process_at_rank(0).send(&has);
        return None;
    }
    if has {
        return Some(0);
    }
    (1..world.size()).find(|rank| world.process_at_rank(*rank).receive().0)
}
