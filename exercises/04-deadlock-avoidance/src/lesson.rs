//! The examples of the lesson, each complete. Many tasks have a similar example here, but none is solved.

use mpi::{point_to_point::send_receive, request, topology::SimpleCommunicator, traits::*};
use mpi_extra::{Neighbour, send_receive_into};
use std::{thread, time::Duration};

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    if world.size() > 1 {
        eager_or_rendezvous(world);
    }
    who_is_next(world);
    mirror(world);
    who_was_before(world);
    greet_all(world);
}

/// How long does rank 0 stay in `send` when rank 1 is late?
// ANCHOR: eager-or-rendezvous
fn eager_or_rendezvous(world: &SimpleCommunicator) {
    for length in [1, 1_000_000] {
        let mut numbers = vec![0.5; length];
        world.barrier();
        if world.rank() == 0 {
            let begin = mpi::time();
            world.process_at_rank(1).send(&numbers[..]);
            let seconds = mpi::time() - begin;
            println!("{:7} bytes: {seconds:.3} s in `send`", 8 * length);
        } else if world.rank() == 1 {
            thread::sleep(Duration::from_millis(200));
            world.process_at_rank(0).receive_into(&mut numbers[..]);
        }
    }
}
// ANCHOR_END: eager-or-rendezvous

// ANCHOR: who-is-next
fn who_is_next(world: &SimpleCommunicator) {
    let (rank, size) = (world.rank(), world.size());
    let previous = world.process_at_rank((rank + size - 1) % size);
    let next = world.process_at_rank((rank + 1) % size);
    let (number, _status) = send_receive::<i32, _, _, _>(&rank, &previous, &next);
    assert_eq!(number, next.rank());
}
// ANCHOR_END: who-is-next

// ANCHOR: mirror
fn mirror(world: &SimpleCommunicator) {
    let opposite = world.process_at_rank(world.size() - 1 - world.rank());
    let (mine, mut theirs) = ([world.rank(); 3], [0; 3]);
    request::scope(|scope| {
        let sending = opposite.immediate_send(scope, &mine[..]);
        let receiving = opposite.immediate_receive_into(scope, &mut theirs[..]);
        // Both are in progress. The compiler lets no code touch `theirs`.
        sending.wait();
        receiving.wait();
    });
    assert_eq!(theirs, [opposite.rank(); 3]);
}
// ANCHOR_END: mirror

fn who_was_before(world: &SimpleCommunicator) {
    let before = Neighbour::at(world, world.rank() - 1);
    let after = Neighbour::at(world, world.rank() + 1);
    let mut heard = -100;
    send_receive_into(&world.rank(), &after, &mut heard, &before);
    assert_eq!(
        heard,
        if before.exists() {
            world.rank() - 1
        } else {
            -100
        }
    );
}

fn greet_all(world: &SimpleCommunicator) {
    if world.rank() > 0 {
        let (number, _) = world.process_at_rank(0).receive::<i32>();
        return assert_eq!(number, world.rank());
    }
    let numbers: Vec<i32> = (1..world.size()).collect();
    request::multiple_scope(numbers.len(), |scope, requests| {
        for number in &numbers {
            let rank = world.process_at_rank(*number);
            requests.add(rank.immediate_send(scope, number));
        }
        let mut done = Vec::new();
        requests.wait_all(&mut done);
        for (index, _status, number) in done {
            println!("request {index} has sent {number}");
        }
    });
}
