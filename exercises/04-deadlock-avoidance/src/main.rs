//! Shows exchanges that do not deadlock: first the examples of the lesson, then the functions that you
//! have written. `cargo xtask run 04 -n 4`

mod lesson;

use deadlock_avoidance::*;
use mpi::{topology::SimpleCommunicator, traits::*};
use std::{cell::Cell, io::Write, thread, time::Duration};

fn main() {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic(world.rank());
    lesson::examples(&world);
    for show in [swaps, shifts, token, ghosts, blocks, whoever_comes, owner] {
        world.barrier();
        show(&world);
    }
}

/// A rank that panics alone would leave the others waiting for it: the simplest deadlock of all.
fn stop_all_on_panic(rank: i32) {
    std::panic::set_hook(Box::new(move |info| {
        let why = info.payload_as_str().unwrap_or("a panic");
        let place = info
            .location()
            .map_or(String::new(), |at| format!(", at {at}"));
        // Written in one call, because other ranks may write at the same time. If this fails, there
        // is no way left to report it.
        let line = format!("rank {rank} stops all ranks: {why}{place}\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
        SimpleCommunicator::world().abort(1)
    }));
}

/// Prints one line from each rank, in the order of the ranks.
fn say(world: &SimpleCommunicator, line: String) {
    if world.rank() != 0 {
        return world.process_at_rank(0).send(line.as_bytes());
    }
    println!("rank 0 {line}");
    for rank in 1..world.size() {
        let (line, _) = world.process_at_rank(rank).receive_vec();
        println!("rank {rank} {}", String::from_utf8_lossy(&line));
    }
}

/// Prints a heading, on rank 0.
fn heading(world: &SimpleCommunicator, text: &str) {
    if world.rank() == 0 {
        println!("\n{text}");
    }
}

/// 8 MB, of which a few numbers are shown.
fn swaps(world: &SimpleCommunicator) {
    let mine = vec![f64::from(world.rank()); 1_000_000];
    heading(world, "both-receive: 8 MB from the partner");
    say(
        world,
        format!("has {:?} …", &both_receive(world, &mine)[..3]),
    );
    heading(world, "both-send: 8 MB from the opposite rank");
    say(world, format!("has {:?} …", &both_send(world, &mine)[..3]));
}

fn shifts(world: &SimpleCommunicator) {
    let mine = [f64::from(world.rank()), 0.5];
    heading(world, "sendrecv: from the previous rank");
    say(world, format!("has {:?}", sendrecv(world, &mine)));

    heading(world, "nonblocking: 8 MB, and work at the same time");
    let mine = vec![f64::from(world.rank()); 1_000_000];
    let (begin, worked) = (mpi::time(), Cell::new(0.0));
    let work = || {
        let begin = mpi::time();
        thread::sleep(Duration::from_millis(50));
        worked.set(mpi::time() - begin);
    };
    nonblocking(world, &mine, &work);
    let (all, worked) = (1e3 * (mpi::time() - begin), 1e3 * worked.get());
    say(
        world,
        format!("took {all:.0} ms, of which {worked:.0} ms for its work"),
    );
}

fn token(world: &SimpleCommunicator) {
    heading(world, "ring: the token 100 goes around three times");
    let seen = ring(world, (world.rank() == 0).then_some(100), 3);
    say(world, format!("received {seen:?}"));
}

fn ghosts(world: &SimpleCommunicator) {
    let rank = f64::from(world.rank());
    heading(world, "odd-even: both neighbors in a ring");
    let (from_left, from_right) = odd_even(world, &[rank + 0.1], &[rank + 0.2]);
    say(
        world,
        format!("has {from_left:?} from the left, {from_right:?} from the right"),
    );

    heading(world, "chain: ghost cells in a row of ranks");
    let mut cells = [f64::NAN, rank + 0.1, rank + 0.2, f64::NAN];
    chain(world, &mut cells);
    say(world, format!("has {cells:?}"));
}

fn blocks(world: &SimpleCommunicator) {
    heading(world, "wait-all: a number for every rank");
    let outgoing: Vec<f64> = (0..world.size())
        .map(|to| f64::from(10 * world.rank() + to))
        .collect();
    let incoming = wait_all(world, &outgoing);
    say(world, format!("sends {outgoing:?}, receives {incoming:?}"));
}

/// The higher the rank, the earlier it sends.
fn whoever_comes(world: &SimpleCommunicator) {
    heading(world, "wait-any: the last rank sends first");
    let begin = mpi::time();
    if world.rank() > 0 {
        let later = world.size() - world.rank();
        thread::sleep(Duration::from_millis(50 * later.unsigned_abs() as u64));
    }
    wait_any(world, &[f64::from(world.rank())], &mut |rank, numbers| {
        let after = 1e3 * (mpi::time() - begin);
        println!("{numbers:?} from rank {rank}, after {after:.0} ms");
    });
}

fn owner(world: &SimpleCommunicator) {
    heading(world, "stray: which rank has the number 1?");
    let mine = [i64::from(world.rank() % 2)];
    if let Some(rank) = stray(world, &mine, 1) {
        println!("rank {rank} is the lowest that has it");
    }
}
