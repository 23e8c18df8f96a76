//! Mistakes in the task `chain`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, topology::SimpleCommunicator, traits::*};
use mpi_extra::{Neighbour, send_receive_into};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("chain": chain = special_cases => WrongOperation,
        "leaves the calls out at the ends, in one branch for each case"),
    mistake!("chain": chain = four_calls => WrongOperation,
        "sends and receives by calls of their own, which lives on MPI's buffers"),
    mistake!("chain": chain = one_neighbour_after_the_other => WrongOperation,
        "swaps with the left neighbor and then with the right one, so that each waits for the last"),
    mistake!("chain": chain = from_right_to_left => WrongOperation,
        "swaps with the right neighbor and then with the left one"),
    mistake!("chain": chain = closed_to_a_ring => WrongResult,
        "takes the last rank for the neighbor of the first"),
    mistake!("chain": chain = sends_its_ghosts => WrongResult,
        "sends the first and last cell, which are not its own"),
    mistake!("chain": chain = one_direction => WrongResult,
        "moves cells to the right only"),
    mistake!("chain": chain = end_overwritten => WrongResult,
        "receives into a variable that is 0, and copies that into the ghost cell, also at an open end"),
    mistake!("chain": chain = nan_is_nothing => WrongResult,
        "takes NaN for a sign that nothing came"),
    mistake!("chain": chain = ghosts_swapped => WrongResult,
        "puts what comes from the left into the right ghost cell"),
    mistake!("chain": chain = both_edges => TooMuchCommunication,
        "sends both cells to both neighbors, each of which needs one"),
    mistake!("chain": chain = closes_the_ring => TooMuchCommunication,
        "swaps the ends of the row, too, and puts the ghost cells back"),
    mistake!("chain": chain = pairs_of_ranks => Deadlock,
        "swaps in pairs, so that a call moves cells in both directions"),
    mistake!("chain": chain = only_if_not_equal => WrongResult,
        "leaves a ghost cell as it is if what comes is equal to it, such as -0.0 to 0.0"),
];

fn left(world: &SimpleCommunicator) -> Neighbour<'_> {
    Neighbour::at(world, world.rank() - 1)
}

fn right(world: &SimpleCommunicator) -> Neighbour<'_> {
    Neighbour::at(world, world.rank() + 1)
}

fn special_cases(world: &SimpleCommunicator, cells: &mut [f64]) {
    let (rank, last) = (world.rank(), cells.len() - 1);
    if rank + 1 < world.size() {
        world.process_at_rank(rank + 1).send(&cells[last - 1]);
    }
    if rank > 0 {
        world.process_at_rank(rank - 1).receive_into(&mut cells[0]);
        world.process_at_rank(rank - 1).send(&cells[1]);
    }
    if rank + 1 < world.size() {
        let right = world.process_at_rank(rank + 1);
        right.receive_into(&mut cells[last]);
    }
}

fn four_calls(world: &SimpleCommunicator, cells: &mut [f64]) {
    let last = cells.len() - 1;
    right(world).send(&cells[last - 1]);
    left(world).receive_into(&mut cells[0]);
    left(world).send(&cells[1]);
    right(world).receive_into(&mut cells[last]);
}

fn one_neighbour_after_the_other(world: &SimpleCommunicator, cells: &mut [f64]) {
    let last = cells.len() - 1;
    let (first_own, last_own) = (cells[1], cells[last - 1]);
    send_receive_into(&first_own, &left(world), &mut cells[0], &left(world));
    send_receive_into(&last_own, &right(world), &mut cells[last], &right(world));
}

fn from_right_to_left(world: &SimpleCommunicator, cells: &mut [f64]) {
    let last = cells.len() - 1;
    let (first_own, last_own) = (cells[1], cells[last - 1]);
    send_receive_into(&last_own, &right(world), &mut cells[last], &right(world));
    send_receive_into(&first_own, &left(world), &mut cells[0], &left(world));
}

/// The right calls, with these ranks for neighbors.
fn exchange(world: &SimpleCommunicator, left: Rank, right: Rank, cells: &mut [f64]) {
    let (left, right) = (Neighbour::at(world, left), Neighbour::at(world, right));
    let last = cells.len() - 1;
    let (first_own, last_own) = (cells[1], cells[last - 1]);
    send_receive_into(&last_own, &right, &mut cells[0], &left);
    send_receive_into(&first_own, &left, &mut cells[last], &right);
}

fn closed_to_a_ring(world: &SimpleCommunicator, cells: &mut [f64]) {
    let (rank, size) = (world.rank(), world.size());
    exchange(world, (rank + size - 1) % size, (rank + 1) % size, cells);
}

fn sends_its_ghosts(world: &SimpleCommunicator, cells: &mut [f64]) {
    let last = cells.len() - 1;
    let (first, behind) = (cells[0], cells[last]);
    send_receive_into(&behind, &right(world), &mut cells[0], &left(world));
    send_receive_into(&first, &left(world), &mut cells[last], &right(world));
}

fn one_direction(world: &SimpleCommunicator, cells: &mut [f64]) {
    let last_own = cells[cells.len() - 2];
    send_receive_into(&last_own, &right(world), &mut cells[0], &left(world));
}

fn end_overwritten(world: &SimpleCommunicator, cells: &mut [f64]) {
    let last = cells.len() - 1;
    let mut received = [0.0; 2];
    send_receive_into(
        &cells[last - 1],
        &right(world),
        &mut received[0],
        &left(world),
    );
    send_receive_into(&cells[1], &left(world), &mut received[1], &right(world));
    (cells[0], cells[last]) = (received[0], received[1]);
}

fn nan_is_nothing(world: &SimpleCommunicator, cells: &mut [f64]) {
    let last = cells.len() - 1;
    let mut received = [f64::NAN; 2];
    send_receive_into(
        &cells[last - 1],
        &right(world),
        &mut received[0],
        &left(world),
    );
    send_receive_into(&cells[1], &left(world), &mut received[1], &right(world));
    for (ghost, number) in [0, last].into_iter().zip(received) {
        if !number.is_nan() {
            cells[ghost] = number;
        }
    }
}

fn ghosts_swapped(world: &SimpleCommunicator, cells: &mut [f64]) {
    let last = cells.len() - 1;
    let (first_own, last_own) = (cells[1], cells[last - 1]);
    send_receive_into(&last_own, &right(world), &mut cells[last], &left(world));
    send_receive_into(&first_own, &left(world), &mut cells[0], &right(world));
}

fn both_edges(world: &SimpleCommunicator, cells: &mut [f64]) {
    let last = cells.len() - 1;
    let edges = [cells[1], cells[last - 1]];
    let (mut from_left, mut from_right) = ([cells[0]; 2], [cells[last]; 2]);
    send_receive_into(&edges, &right(world), &mut from_left, &left(world));
    send_receive_into(&edges, &left(world), &mut from_right, &right(world));
    (cells[0], cells[last]) = (from_left[1], from_right[0]);
}

fn closes_the_ring(world: &SimpleCommunicator, cells: &mut [f64]) {
    let (rank, size) = (world.rank(), world.size());
    let left = world.process_at_rank((rank + size - 1) % size);
    let right = world.process_at_rank((rank + 1) % size);
    let last = cells.len() - 1;
    let (first_own, last_own) = (cells[1], cells[last - 1]);
    let ghosts = (cells[0], cells[last]);
    mpi::point_to_point::send_receive_into(&last_own, &right, &mut cells[0], &left);
    mpi::point_to_point::send_receive_into(&first_own, &left, &mut cells[last], &right);
    if rank == 0 {
        cells[0] = ghosts.0;
    }
    if rank == size - 1 {
        cells[last] = ghosts.1;
    }
}

fn pairs_of_ranks(world: &SimpleCommunicator, cells: &mut [f64]) {
    let rank = world.rank();
    let last = cells.len() - 1;
    for parity in 0..2 {
        if rank % 2 == parity {
            let right = Neighbour::at(world, rank + 1);
            let own = cells[last - 1];
            send_receive_into(&own, &right, &mut cells[last], &right);
        } else {
            let left = Neighbour::at(world, rank - 1);
            let own = cells[1];
            send_receive_into(&own, &left, &mut cells[0], &left);
        }
    }
}

fn only_if_not_equal(world: &SimpleCommunicator, cells: &mut [f64]) {
    let before = cells.to_vec();
    deadlock_avoidance_solution::chain(world, cells);
    for (new, old) in cells.iter_mut().zip(before) {
        if *new == old {
            *new = old;
        }
    }
}
