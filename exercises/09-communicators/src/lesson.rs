//! The examples of the lesson, each complete. None solves a task, but many tasks have a similar example here.

use mpi::{
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use mpi_extra::traits::*;

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    odd_and_even(world);
    two_worlds(world);
    workers(world);
    line(world);
    ring(world);
    one_copy_for_each_node(world);
}

// ANCHOR: odd-and-even
fn odd_and_even(world: &SimpleCommunicator) {
    // Odd ranks get one communicator and even ranks another, each with its highest rank first.
    // ANCHOR: odd-and-even-calls
    let color = Color::with_value(world.rank() % 2);
    let half = world
        .split_by_color_with_key(color, -world.rank())
        .expect("every rank has a color");
    let mut highest = world.rank();
    half.process_at_rank(0).broadcast_into(&mut highest);
    // ANCHOR_END: odd-and-even-calls
    assert!(highest >= world.rank() && highest % 2 == world.rank() % 2);
}
// ANCHOR_END: odd-and-even

// ANCHOR: two-worlds
fn two_worlds(world: &SimpleCommunicator) {
    // ANCHOR: two-worlds-calls
    let other = world.duplicate();
    mpi::request::scope(|scope| {
        // Two messages to this rank itself, with the same tag.
        let first = world.this_process().immediate_send(scope, &1);
        let second = other.this_process().immediate_send(scope, &2);
        // From any rank, with any tag, but only on its own communicator.
        let (from_other, _) = other.any_process().receive::<i32>();
        let (from_world, _) = world.any_process().receive::<i32>();
        assert_eq!((from_world, from_other), (1, 2));
        first.wait();
        second.wait();
    });
    // ANCHOR_END: two-worlds-calls
}
// ANCHOR_END: two-worlds

// ANCHOR: workers
fn workers(world: &SimpleCommunicator) {
    // All but rank 0. No rank waits for another here.
    let workers = world.group().exclude(&[0]);
    assert_eq!(workers.size(), world.size() - 1);
    // Rank 1 of the world is rank 0 of the group; rank 0 of the world is not in it.
    let expected = (world.rank() > 0).then(|| world.rank() - 1);
    assert_eq!(workers.rank(), expected);
}
// ANCHOR_END: workers

// ANCHOR: line
fn line(world: &SimpleCommunicator) {
    let line = world
        .create_cartesian_communicator(&[world.size()], &[false], false)
        .expect("there is a place for every rank");
    let (before, after) = line.shift(0, 1);
    assert_eq!(before.is_none(), line.rank() == 0);
    assert_eq!(after.is_none(), line.rank() == line.size() - 1);
}
// ANCHOR_END: line

// ANCHOR: ring
fn ring(world: &SimpleCommunicator) {
    let ring = world
        .create_cartesian_communicator(&[world.size()], &[true], false)
        .expect("there is a place for every rank");
    // Both neighbors get the same number. The receive buffer has
    // one part for each of them.
    let mut around = [-1; 2];
    ring.neighbour_all_gather_into(&ring.rank(), &mut around[..]);
    let (before, after) = ring.shift(0, 1);
    assert_eq!(around.map(Some), [before, after]);
}
// ANCHOR_END: ring

// ANCHOR: one-copy-for-each-node
fn one_copy_for_each_node(world: &SimpleCommunicator) {
    let node = world.split_shared(world.rank());
    // Only one rank of each node reads the file. The others get its contents through shared memory.
    let mut table = [0; 3];
    if node.rank() == 0 {
        table = [2, 3, 5];
    }
    node.process_at_rank(0).broadcast_into(&mut table[..]);
    assert_eq!(table, [2, 3, 5]);
}
// ANCHOR_END: one-copy-for-each-node
