//! Runs the examples of the lesson, and then your collectives.
//! `cargo xtask run 05 -n 4`

mod lesson;

use collectives::*;
use mpi::{topology::SimpleCommunicator, traits::*};

fn main() {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    lesson::examples(&world);
    share(&world);
    deal(&world);
    combine(&world);
    transpose(&world);
    by_hand_and_by_the_library(&world);
}

/// Prints one line from each rank, in rank order.
fn say(world: &SimpleCommunicator, line: String) {
    if world.rank() != 0 {
        world.process_at_rank(0).send(line.as_bytes());
        return;
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

fn share(world: &SimpleCommunicator) {
    heading(world, "broadcast-object: the settings that rank 0 read");
    let settings = Settings {
        title: "heat in a rod".into(),
        steps: 250,
        widths: vec![0.5, 0.25, 0.25],
    };
    let read = (world.rank() == 0).then_some(&settings);
    say(world, format!("has {:?}", broadcast_object(world, 0, read)));

    heading(
        world,
        "all-gather: a multiplication table, one row from each rank",
    );
    let table = all_gather(world, world.rank() + 1, 10);
    if world.rank() == world.size() - 1 {
        let line = |row: &[i32]| row.iter().map(|number| format!("{number:4}")).collect();
        let lines: Vec<String> = table.chunks(10).map(line).collect();
        println!("{}", lines.join("\n"));
    }
    world.barrier();
}

fn deal(world: &SimpleCommunicator) {
    heading(
        world,
        "scatter and gather: two numbers for each rank, and their squares back",
    );
    let all: Vec<i32> = (1..=2 * world.size()).collect();
    let mine = scatter(world, (world.rank() == 0).then_some(&all), 2);
    let squares: Vec<i32> = mine.iter().map(|number| number * number).collect();
    say(world, format!("squares {mine:?} to {squares:?}"));
    if let Some(squares) = gather(world, &squares) {
        println!("rank 0 has {squares:?}");
    }

    heading(
        world,
        "uneven: ten numbers to any number of ranks, and back",
    );
    let all: Vec<f64> = (1..=10).map(f64::from).collect();
    let mine = scatterv(world, (world.rank() == 0).then_some(&all));
    say(world, format!("has {mine:?}"));
    if let Some(all) = gatherv(world, &mine) {
        println!("rank 0 has {all:?}");
    }
}

fn combine(world: &SimpleCommunicator) {
    let rank = world.rank();
    heading(world, "reduce: the sum of each element, and the maximum");
    let sums = reduce_sum(world, &[1, rank.into(), 10 * i64::from(rank)]);
    let largest = reduce_max(world, rank * (5 - rank));
    if let (Some(sums), Some(largest)) = (sums, largest) {
        println!("rank 0 has the sums {sums:?} and the maximum {largest}");
    }

    heading(world, "own-operation: the entries of the highest ranks");
    let mut entries = [100, 0, 0, 0, 0];
    entries[rank as usize % 5] = 100 + rank;
    say(world, format!("has the entries {entries:?}"));
    if let Some(newest) = own_operation(world, &entries) {
        println!("rank 0 has the result {newest:?}");
    }

    heading(world, "all-reduce and scan");
    let items: Vec<f64> = (0..=rank).map(f64::from).collect();
    let mean = all_reduce(world, &items);
    let (start, end) = scan(world, items.len() as u64);
    say(
        world,
        format!("has the items {start}..{end}; the mean of all items is {mean:.3}"),
    );
}

fn transpose(world: &SimpleCommunicator) {
    heading(world, "all-to-all: a matrix and its transpose");
    let size = world.size();
    let row: Vec<i32> = (0..size)
        .map(|column| 10 * (world.rank() + 1) + column + 1)
        .collect();
    let turned = all_to_all(world, &row, 1);
    say(world, format!("has the row {row:?}, and then {turned:?}"));
}

fn by_hand_and_by_the_library(world: &SimpleCommunicator) {
    heading(
        world,
        "by-hand: broadcast a million numbers, with your tree and with the library",
    );
    let mut numbers = vec![f64::from(world.rank()); 1_000_000];
    let start = mpi::time();
    let messages = by_hand(world, &mut numbers);
    world.barrier();
    let by_hand = mpi::time() - start;
    say(world, format!("sent {messages} messages"));

    let start = mpi::time();
    world.process_at_rank(0).broadcast_into(&mut numbers[..]);
    world.barrier();
    let by_the_library = mpi::time() - start;
    if world.rank() == 0 {
        let (hand, library) = (1e3 * by_hand, 1e3 * by_the_library);
        println!("by hand: {hand:.1} ms; by the library, one call on each rank: {library:.1} ms");
    }
}
