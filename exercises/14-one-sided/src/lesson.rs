//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use mpi::{Rank, collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::{traits::*, window::Lock};

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    greeting_from_rank_0(world);
    boards_are_looked_at(world);
    votes(world);
    wishes_of_all(world);
    best_so_far(world);
    first_come(world);
    if world.size() > 1 {
        pairs(world);
    }
    temperatures_of_a_node(world);
}

fn greeting_from_rank_0(world: &SimpleCommunicator) {
    // ANCHOR: greeting
    let mut memory = [0.0; 2];
    world.with_window(&mut memory, |window| {
        window.fence();
        if world.rank() == 0 {
            for rank in 0..world.size() {
                window.put(vec![1.5, f64::from(rank)], rank, 0);
            }
        }
        window.fence();
    });
    // ANCHOR_END: greeting
    if world.rank() == world.size() - 1 {
        println!(
            "rank 0 has put {memory:?} into the memory of rank {}",
            world.rank()
        );
    }
}

fn boards_are_looked_at(world: &SimpleCommunicator) {
    let last = world.size() - 1;
    let mut board = [world.rank() * 10, world.rank() * 10 + 1];
    let seen = world.with_window(&mut board, |window| {
        window.fence();
        let arriving = window.get(last, 0..2);
        // The values have not arrived yet.
        window.fence();
        arriving.values()
    });
    if world.rank() == 0 {
        println!("the board of rank {last} says {seen:?}");
    }
}

fn votes(world: &SimpleCommunicator) {
    // ANCHOR: votes
    let mut votes = [0_u32; 3];
    let mine = world.rank() as usize % 3;
    world.with_window(&mut votes, |window| {
        window.fence();
        window.accumulate(vec![1], 0, mine, SystemOperation::sum());
        window.fence();
    });
    // ANCHOR_END: votes
    if world.rank() == 0 {
        println!("votes for each of three: {votes:?}");
    }
}

fn wishes_of_all(world: &SimpleCommunicator) {
    let mut places = vec![0; if world.rank() == 0 { 2 } else { 0 }];
    let sum = world.with_window(&mut places, |window| {
        // ANCHOR: flush
        window.lock(0, Lock::Shared);
        window.accumulate(vec![world.rank() + 1], 0, 1, SystemOperation::sum());
        window.flush(0);
        // Now this rank's number is in the memory of rank 0. Others may follow.
        let so_far = window.fetch_and_op(0, 0, 1, SystemOperation::sum());
        window.unlock(0);
        so_far.value()
        // ANCHOR_END: flush
    });
    assert!(sum > world.rank());
}

fn best_so_far(world: &SimpleCommunicator) {
    // Place 0: the best number; place 1: who has it.
    let mut best = vec![-1; if world.rank() == 0 { 2 } else { 0 }];
    let mine = (7 * world.rank() + 3) % 11;
    world.with_window(&mut best, |window| {
        window.lock(0, Lock::Exclusive);
        let before = window.get(0, 0..1);
        window.flush(0);
        if before.value() < mine {
            window.put(vec![mine, world.rank()], 0, 0);
        }
        window.unlock(0);
    });
    if let [number, rank] = best[..] {
        println!("the best number is {number}, of rank {rank}");
    }
}

fn first_come(world: &SimpleCommunicator) {
    const NOBODY: Rank = -1;
    let mut winner = vec![NOBODY; usize::from(world.rank() == 0)];
    let is_first = world.with_window(&mut winner, |window| {
        window.lock(0, Lock::Shared);
        let before = window.compare_and_swap(NOBODY, world.rank(), 0, 0);
        window.unlock(0);
        before.value() == NOBODY
    });
    if is_first {
        println!("rank {} came first", world.rank());
    }
}

fn pairs(world: &SimpleCommunicator) {
    let mut memory = [0];
    world.with_window(&mut memory, |window| match world.rank() {
        0 => {
            window.start(&[1]);
            window.put(vec![42], 1, 0);
            window.complete();
        }
        1 => {
            window.post(&[0]);
            window.wait();
            println!("rank 1 finds {} in its memory", window.read(0..1)[0]);
        }
        _ => {}
    });
}

fn temperatures_of_a_node(world: &SimpleCommunicator) {
    // ANCHOR: share
    let node = world.split_shared(world.rank());
    let mut temperatures = node.share::<f64>(2);
    temperatures.write(|mine| mine.fill(20.0 + f64::from(node.rank())));
    let warmest = (0..node.size())
        .flat_map(|rank| temperatures.part(rank))
        .fold(f64::MIN, |warmest, degrees| warmest.max(*degrees));
    // ANCHOR_END: share
    if world.rank() == 0 {
        println!("the warmest place on this node has {warmest} degrees");
    }
}
