//! The checks of the tasks about one call that sends and receives, round a ring and along a row with
//! open ends.

use super::{
    Answers, MANY, Numbers, Standard, Synchronous, WHOSE, amount, by_one_of, calls, exact,
    neighbours, no_collectives, only_its_own, part, sends,
};
use harness::patience::{PATIENT, patiently};
use harness_mpi::{Bounds, Check, Kind, Traffic, plural};
use mpi::{Rank, Tag, request, traits::*};

const SENDRECV: &[&str] = &["MPI_Sendrecv", "MPI_Sendrecv_replace"];
/// Calls that either send or receive.
const SINGLY: &[&str] = &[
    "MPI_Send",
    "MPI_Ssend",
    "MPI_Isend",
    "MPI_Issend",
    "MPI_Recv",
    "MPI_Irecv",
];

pub fn sendrecv(check: &mut Check, answers: &Answers) {
    let (rank, (previous, next)) = (check.rank(), neighbours(check));
    for (length, mode) in [
        (5, Standard),
        (1, Standard),
        (0, Standard),
        (3, Synchronous),
        (MANY, Standard),
        // The same shape again, with other numbers.
        (5, Standard),
        (3, Synchronous),
    ] {
        let numbers = Numbers::draw(check, length);
        let (mine, theirs) = (numbers.of(rank), numbers.of(previous));
        let run = |check: &mut Check| {
            let (returned, traffic) = check.observe(|world| (answers.sendrecv)(world, &mine));
            let why = "a rank receives the numbers of the previous rank, and rank 0 those of the last \
                       rank";
            let right = check.returned(exact(returned), exact(theirs), why);
            let why =
                "one call both sends and receives, whatever the order in which the ranks reach it";
            let right = right
                && by_one_of(check, &traffic, SENDRECV, why)
                && check.avoids(&traffic, SINGLY, why);
            let why = "one message holds all numbers";
            let sent = traffic.sent_by(rank).times;
            right
                && check.at_most("messages sent", sent, 1, why)
                && only_its_own(check, &traffic, length, 1)
                && sends(check, &traffic, next, length, 1)
                && no_collectives(check, &traffic)
        };
        if !part(check, mode, &amount(length), run) {
            return;
        }
    }
}

pub fn chain(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for (length, mode) in [
        (5, Standard),
        (3, Standard),
        (1000, Standard),
        (4, Synchronous),
    ] {
        let numbers = Numbers::draw(check, length);
        // In the shortest rows, what comes is equal to what a ghost cell holds but for its sign, or equal to nothing.
        let of = |rank| match length {
            3 => vec![0.0, [-0.0, f64::NAN][rank % 2], 0.0],
            _ => numbers.of(rank),
        };
        let mut cells = of(rank);
        let mut expected = cells.clone();
        if rank > 0 {
            expected[0] = of(rank - 1)[length - 2];
        }
        if rank + 1 < size {
            expected[length - 1] = of(rank + 1)[1];
        }
        let run = |check: &mut Check| {
            let ((), traffic) = check.observe(|world| (answers.chain)(world, &mut cells));
            let why = "the ghost cells hold the neighbors' own cells; own cells, and the ghost cell at an \
                       open end, stay unchanged";
            check.holds("cells", exact(cells), exact(expected), why)
                && no_special_case(check, &traffic)
                && (rank == 0 || sends(check, &traffic, rank - 1, 1, 1))
                && (rank + 1 == size || sends(check, &traffic, rank + 1, 1, 1))
        };
        let held = match length {
            3 => "0.0 in these, and -0.0 or NaN in the other",
            _ => WHOSE,
        };
        let input = format!("{length} cells on each rank, two of them ghost cells, {held}");
        if !part(check, mode, &input, run) {
            return;
        }
    }
    // In a longer row there are ranks that need not wait for one at its end.
    let _ = size > 3
        && one_is_late(check, answers, 0, size - 1)
        && one_is_late(check, answers, size - 1, 0)
        && one_direction(check, answers);
}

/// The check plays the neighbors of rank 1. Each gives its cell only when rank 1 has sent one to the other: so
/// a call comes to its end if it sends to one side and receives from the other. Returns whether it was right.
fn one_direction(check: &mut Check, answers: &Answers) -> bool {
    let (rank, line) = (check.rank(), check.world().duplicate());
    let numbers = Numbers::draw(check, 4);
    let mut cells = numbers.of(rank);
    let run = |check: &mut Check| {
        if rank == 1 {
            let (left, right) = (numbers.of(0)[2], numbers.of(2)[1]);
            let expected = vec![left, cells[1], cells[2], right];
            (answers.chain)(check.world(), &mut cells);
            let why = "the ghost cells hold the neighbors' own cells";
            return check.holds("cells", exact(cells), exact(expected), why);
        }
        if rank > 2 {
            return true;
        }
        let (rank_1, other) = (
            check.world().process_at_rank(1),
            line.process_at_rank(2 - rank as Rank),
        );
        // A cell of rank 1, and the tag of the cell that it has sent to the other neighbor.
        let (mut cell, mut tag) = (0.0, 0.0);
        request::multiple_scope(2, |scope, requests| {
            let of_cell = requests.add(rank_1.immediate_receive_into(scope, &mut cell));
            requests.add(other.immediate_receive_into(scope, &mut tag));
            while let 1.. = requests.incomplete()
                && let Some((index, status, tag)) = requests.wait_any()
            {
                if index == of_cell {
                    other.send(&f64::from(status.tag()));
                } else {
                    rank_1.send_with_tag(&cells[if rank == 0 { 2 } else { 1 }], *tag as Tag);
                }
            }
        });
        true
    };
    let input = "4 cells on each rank; the check plays ranks 0 and 2, and each of them sends its cell only when \
                 rank 1 has sent one to the other: let each call move all cells in one direction";
    part(check, Standard, input, run)
}

/// The rank at one end begins only when the rank at the other end is done. That works with a right answer,
/// in which each rank waits only for calls that its neighbors have begun. Returns whether it worked.
///
/// If ranks swap with one neighbor after the other, each waits for the one before, and all wait for the
/// rank at the end, which then begins at last.
fn one_is_late(check: &mut Check, answers: &Answers, late: usize, first: usize) -> bool {
    let (rank, between) = (check.rank(), check.size() - 2);
    let line = check.world().duplicate();
    let mut cells = Numbers::draw(check, 4).of(rank);
    let run = |check: &mut Check| {
        let is_done = || usize::from(line.any_process().immediate_probe().is_some());
        let seen = rank == late && patiently(4 * PATIENT, 1, is_done) == 0;
        check.observe(|world| {
            (answers.chain)(world, &mut cells);
            if rank == first {
                line.process_at_rank(late as Rank).send(&1_u8);
            }
        });
        if rank == late {
            let _ = line.any_process().receive::<u8>();
        }
        check.require(!seen, Kind::WrongOperation, || {
            format!(
                "kept rank {first} waiting, with {between} ranks between them: a rank that swaps with one \
                 neighbor and then with the other waits for a whole row of ranks. Let each call move all \
                 cells in one direction: send to one side, receive from the other"
            )
        })
    };
    let input = format!("4 cells on each rank; rank {late} begins only when rank {first} is done");
    part(check, Standard, &input, run)
}

/// Requires of this rank, even at an end, the two calls of a rank with two neighbors.
fn no_special_case(check: &mut Check, traffic: &Traffic) -> bool {
    let (both, singly) = (
        calls(check, traffic, SENDRECV),
        calls(check, traffic, SINGLY),
    );
    if check.size() == 1 {
        return true;
    }
    let same = check.require(both + singly >= 2, Kind::WrongOperation, || {
        format!(
            "made {}, but a rank with two neighbors makes 2: at an open end, `Neighbour::at` gives \
             `MPI_PROC_NULL`, and the calls stay the same",
            plural((both + singly) as i64, "call")
        )
    });
    let same = same && check.require(both == 2 && singly == 0, Kind::WrongOperation, || {
        format!(
            "made {both} send-receive calls and {singly} others: 2 send-receive calls are enough, one \
             that moves all cells to the right and one that moves them to the left, even at an open end, \
             where `Neighbour::at` gives `MPI_PROC_NULL`"
        )
    });
    let (rank, size) = (check.rank(), check.size());
    let neighbours = u64::from(rank > 0) + u64::from(rank + 1 < size);
    let bounds = Bounds {
        given: 8 * neighbours,
        got: 8 * neighbours,
        calls: neighbours,
    };
    same && no_collectives(check, traffic)
        && check.moves(
            traffic,
            bounds,
            "one cell goes to each neighbor, and one comes from it",
        )
}
