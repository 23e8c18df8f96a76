//! Persistent requests: rounds around a ring, many at once, open ends.

use crate::{Part, World, refusal};
use mpi::{
    request::{StaticScope, scope},
    traits::*,
};
use mpi_extra::{Neighbour, persistent::start_all, traits::*};

pub const PARTS: &[Part] = &[
    ("persistent-ring", |world| ring(&world())),
    ("persistent-many", |world| many(&world())),
    ("persistent-lost", |world| lost(&world())),
    ("persistent-ends", |world| ends(&world())),
];

fn ring(world: &World) {
    let (rank, size) = (world.rank(), world.size());
    let next = world.process_at_rank((rank + 1) % size);
    let before = world.process_at_rank((rank + size - 1) % size);
    // Long enough that a send waits for its receiver.
    let (mut out, mut into) = (vec![rank; 5000], vec![-1; 6000]);
    scope(|scope| {
        let mut send = next.send_init_with_tag(scope, &mut out, 7);
        let mut receive = before.receive_init_with_tag(scope, &mut into, 7);
        for round in 1..=2 * size {
            let mut receiving = receive.start();
            let sending = send.start();
            let status = loop {
                match receiving.test() {
                    Ok((complete, status)) => {
                        receive = complete;
                        break status;
                    }
                    Err(not_yet) => receiving = not_yet,
                }
            };
            (send, _) = sending.wait();
            assert_eq!((status.source_rank(), status.tag()), (before.rank(), 7));
            assert_eq!(status.count(i32::equivalent_datatype()), 5000);
            let origin = (rank - round).rem_euclid(size);
            assert!(receive.buffer()[..5000].iter().all(|from| *from == origin));
            assert!(receive.buffer()[5000..].iter().all(|from| *from == -1));
            send.buffer_mut().copy_from_slice(&receive.buffer()[..5000]);
        }
        // Dropped and set up anew, over the same buffer.
        drop((send, receive));
    });
    assert_eq!((out[0], into[0]), (rank, rank));
}

fn many(world: &World) {
    let (rank, size) = (world.rank(), world.size());
    // From everyone to everyone, and once from whoever it is.
    let mut buffers: Vec<[i32; 2]> = vec![[0; 2]; 2 * size as usize];
    scope(|scope| {
        let mut requests = Vec::new();
        for (at, buffer) in buffers.iter_mut().enumerate() {
            let other = world.process_at_rank(at as i32 % size);
            requests.push(match at < size as usize {
                true => other.receive_init(scope, buffer),
                false => other.send_init(scope, buffer),
            });
        }
        for round in 0..3 {
            for (to, send) in requests[size as usize..].iter_mut().enumerate() {
                send.buffer_mut()
                    .copy_from_slice(&[100 * rank + to as i32, round]);
            }
            let statuses;
            (requests, statuses) = start_all(requests).wait();
            for (from, (receive, status)) in requests
                .iter()
                .zip(&statuses)
                .enumerate()
                .take(size as usize)
            {
                assert_eq!(receive.buffer(), [100 * from as i32 + rank, round]);
                assert_eq!(status.source_rank(), from as i32);
            }
        }
        let (none, statuses) = start_all(requests.drain(..0).collect()).wait();
        assert!(none.is_empty() && statuses.is_empty());
    });
    let out: &'static mut [u64] = Box::leak(Box::new([9]));
    let into: &'static mut [u64] = Box::leak(Box::new([0]));
    let send = world.this_process().send_init(StaticScope, out);
    let receive = world.any_process().receive_init(StaticScope, into);
    let (sending, receiving) = (send.start(), receive.start());
    let (receive, status) = receiving.wait();
    assert_eq!((receive.buffer(), status.source_rank()), (&[9][..], rank));
    drop(sending.wait());
}

/// A request that is dropped while MPI works on it: for the witness a leak, as it should be.
fn lost(world: &World) {
    let out: &'static mut [u64] = Box::leak(Box::new([5]));
    let started = world.this_process().send_init(StaticScope, out).start();
    let said = refusal(|| drop(started));
    assert!(said.contains("started and then dropped"), "{said}");
    // What was sent is received all the same.
    assert_eq!(world.this_process().receive::<u64>().0, 5);
}

fn ends(world: &World) {
    let (rank, size) = (world.rank(), world.size());
    let (below, above) = (
        Neighbour::at(world, rank - 1),
        Neighbour::at(world, rank + 1),
    );
    let (mut out, mut ghosts) = ([rank], [[-1]; 2]);
    let [low, high] = &mut ghosts;
    scope(|scope| {
        let mut send = above.send_init(scope, &mut out);
        let mut receive = below.receive_init(scope, low);
        let _idle = above.receive_init(scope, high);
        for round in 0..3 {
            send.buffer_mut()[0] = rank + 10 * round;
            let (receiving, sending) = (receive.start(), send.start());
            (receive, _) = receiving.wait();
            (send, _) = sending.wait();
            let expected = if rank == 0 { -1 } else { rank - 1 + 10 * round };
            assert_eq!(receive.buffer(), [expected]);
        }
    });
    assert_eq!(ghosts[1], [-1]);
    assert!(size > 0 && out[0] == rank + 20);
}
