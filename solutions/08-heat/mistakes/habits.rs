//! Steps that several mistakes take, right by themselves.

use heat_solution::{Grid, Update};
use mpi::{Rank, topology::SimpleCommunicator, traits::*};
use mpi_extra::{Neighbour, send_receive_into};

/// The ranks with the rows above and below.
pub fn above_and_below(world: &SimpleCommunicator, rows: usize) -> [Neighbour<'_>; 2] {
    let active = rows.min(world.size() as usize) as Rank;
    let rank = world.rank();
    [rank - 1, rank + 1].map(|other| {
        let exists = rank < active && (0..active).contains(&other);
        Neighbour::at(world, if exists { other } else { -1 })
    })
}

/// The ranks before and after this one in a ring of those that have rows.
pub fn round_the_ring(world: &SimpleCommunicator, rows: usize) -> [Neighbour<'_>; 2] {
    let active = rows.min(world.size() as usize) as Rank;
    let rank = world.rank();
    [rank + active - 1, rank + 1].map(|other| {
        let place = if rank < active { other % active } else { -1 };
        Neighbour::at(world, place)
    })
}

/// Sends the edges down and up, and receives the ghost rows.
pub fn exchange(block: &mut Grid, [above, below]: [Neighbour<'_>; 2]) {
    let last = block.height() - 2;
    if last > 0 {
        send_rows(block, [above, below], [1, last]);
    }
}

/// Sends these rows up and down, and receives the ghost rows.
pub fn send_rows(block: &mut Grid, [above, below]: [Neighbour<'_>; 2], [up, down]: [usize; 2]) {
    let last = block.height() - 1;
    let (up, down) = (block.row(up).to_vec(), block.row(down).to_vec());
    send_receive_into(&down[..], &below, block.row_mut(0), &above);
    send_receive_into(&up[..], &above, block.row_mut(last), &below);
}

/// Computes these rows.
pub fn update_rows(
    block: &Grid,
    next: &mut Grid,
    rows: impl IntoIterator<Item = usize>,
    update: Update<'_>,
) {
    for row in rows {
        update(
            block.row(row - 1),
            block.row(row),
            block.row(row + 1),
            next.row_mut(row),
        );
    }
}

/// All own rows of a block.
pub fn own(block: &Grid) -> std::ops::Range<usize> {
    1..block.height() - 1
}
