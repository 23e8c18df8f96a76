//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use mpi::{
    collective::SystemOperation,
    datatype::UserDatatype,
    request::{multiple_scope, scope},
    topology::SimpleCommunicator,
    traits::*,
};
use mpi_extra::{Neighbour, neighbourhood::Region, send_receive_into, traits::*};
use std::mem::swap;

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    if world.rank() == 0 {
        smoothed();
    }
    a_line_with_ghosts(world);
    ghosts_on_their_way(world);
    largest_of_all(world);
    a_row_of_squares(world);
}

fn smoothed() {
    // ANCHOR: smoothed
    let mut old = [0.0, 0.0, 8.0, 0.0, 0.0];
    let mut new = old;
    for _ in 0..2 {
        for cell in 1..old.len() - 1 {
            new[cell] = (old[cell - 1] + 2.0 * old[cell] + old[cell + 1]) / 4.0;
        }
        swap(&mut old, &mut new);
    }
    // ANCHOR_END: smoothed
    println!("smoothed twice: {old:?}");
}

fn a_line_with_ghosts(world: &SimpleCommunicator) {
    let own = f64::from(world.rank());
    let [before, after] = [-1, 1].map(|step| Neighbour::at(world, world.rank() + step));
    // A ghost cell, two cells of this rank, a ghost cell; at the open ends, the ghost cells stay -1.
    let mut line = [-1.0, own + 0.1, own + 0.2, -1.0];
    let (first, last) = (line[1], line[2]);
    send_receive_into(&last, &after, &mut line[0], &before);
    send_receive_into(&first, &before, &mut line[3], &after);
    if world.rank() == 0 {
        println!("rank 0 with its ghost cells: {line:?}");
    }
}

fn ghosts_on_their_way(world: &SimpleCommunicator) {
    let [before, after] = [-1, 1].map(|step| Neighbour::at(world, world.rank() + step));
    // ANCHOR: ghosts-on-their-way
    let mut line = [0.0, 1.0, 2.0, 3.0, 0.0];
    let [left, own @ .., right] = &mut line;
    let inside = multiple_scope(4, |scope, requests| {
        requests.add(before.immediate_receive_into(scope, left));
        requests.add(after.immediate_receive_into(scope, right));
        requests.add(before.immediate_send(scope, &own[0]));
        requests.add(after.immediate_send(scope, &own[2]));
        // In the meantime: compute what needs no ghost cell.
        let inside = own[0] + own[1] + own[2];
        requests.wait_all(&mut Vec::new());
        inside
    });
    // ANCHOR_END: ghosts-on-their-way
    if world.rank() == 0 {
        println!(
            "rank 0: the middle is {inside}, the right edge {}",
            own[1] + own[2] + *right
        );
    }
}

fn largest_of_all(world: &SimpleCommunicator) {
    let (mine, mut largest) = (world.rank(), 0);
    scope(|scope| {
        let max = SystemOperation::max();
        let asked = world.immediate_all_reduce_into(scope, &mine, &mut largest, max);
        // In the meantime: other work.
        let squares: i32 = (1..=10).map(|number| number * number).sum();
        asked.wait();
        if mine == 0 {
            println!("the squares up to 10 add up to {squares}");
        }
    });
    if mine == 0 {
        println!("the largest rank is {largest}");
    }
}

fn a_row_of_squares(world: &SimpleCommunicator) {
    // All ranks side by side, each with 3 x 2 cells between two ghost columns.
    let ranks = [1, world.size()];
    let grid = world
        .create_cartesian_communicator(&ranks, &[false, false], false)
        .expect("there are as many ranks as places");
    let own = 10.0 * f64::from(grid.rank());
    let mut cells: Vec<f64> = (0..3)
        .flat_map(|row| [-1.0, own + f64::from(row), own + 5.0, -1.0])
        .collect();
    // ANCHOR: column-of-ghosts
    // Three cells, one in each row of four.
    let column = UserDatatype::vector(3, 1, 4, &f64::equivalent_datatype());
    let at = |start| Region::new(start, 1, &column);
    // In the order of the neighbors: above, below, left, right.
    let edges = [Region::empty(), Region::empty(), at(1), at(2)];
    let ghosts = [Region::empty(), Region::empty(), at(0), at(3)];
    grid.neighbour_all_to_all_within(&mut cells, &edges, &ghosts);
    // ANCHOR_END: column-of-ghosts
    if grid.rank() == 0 {
        println!("rank 0 with its ghost columns:");
        cells.chunks(4).for_each(|row| println!("{row:5.1?}"));
    }
}
