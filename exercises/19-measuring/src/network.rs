//! Measures messages, and predicts a run on other networks.

use crate::{conclusions, curves, wait_quietly, wrapped};
use demo::tell;
use measuring::{
    Codec, Event, Line, Price, Row, fit, object as send_both, ping_pong as play, predict as follow,
};
use mpi::{topology::SimpleCommunicator, traits::*};
use std::path::Path;

/// The number of round trips for each size.
const ROUNDS: usize = 20;
/// The number of tries for each way to send numbers.
const TRIES: usize = 9;

/// Measures messages between the first rank and the last; returns the line through them on rank 0.
pub fn ping_pong(world: &SimpleCommunicator, folder: &Path) -> Option<Line> {
    let last = world.size() - 1;
    tell(
        world,
        &format!("\nping-pong: ranks 0 and {last}, the best of {ROUNDS} rounds"),
    );
    let sizes: Vec<usize> = [0]
        .into_iter()
        .chain((0..=22).map(|power| 1 << power))
        .collect();
    let rows = play(world, &sizes, ROUNDS, &mpi::time);
    wait_quietly(world);
    if world.rank() > 0 {
        return None;
    }
    if rows.is_empty() {
        println!("With one rank there is nobody to send to. Try more: cargo xtask run 19 -n 4");
        return None;
    }
    let line = fit(&rows);
    for row in rows.iter().step_by(2) {
        println!("{:9} bytes  {:10.2} µs", row.bytes, 1e6 * row.seconds);
    }
    print!("\n{}", curves::network_in_terminal(&rows, line));
    for sentence in conclusions::network(&rows, line) {
        println!("{}", wrapped(&sentence));
    }
    let path = folder.join("ping-pong.svg");
    match curves::write_network(&path, &rows, line) {
        Ok(()) => println!("\nThe same as SVG:\n  {}", path.display()),
        Err(error) => println!("\nCould not write {}: {error}", path.display()),
    }
    line
}

/// Sends numbers as a buffer and as an object.
pub fn object(world: &SimpleCommunicator) {
    let codec = Codec {
        encode: &|numbers| postcard::to_stdvec(numbers).expect("numbers can be written"),
        decode: &|bytes| postcard::from_bytes(bytes).expect("they were written as numbers"),
    };
    tell(
        world,
        &format!("\nobject: postcard against a buffer, {TRIES} tries"),
    );
    let series: [(&str, Vec<u64>); 3] = [
        ("100 small numbers", (0..100).collect()),
        (
            "100000 small numbers",
            (0..100_000).map(|number| number % 100).collect(),
        ),
        (
            "100000 large numbers",
            (0..100_000).map(|number| u64::MAX - number).collect(),
        ),
    ];
    for (what, numbers) in &series {
        let given = (world.rank() == 0).then_some(&numbers[..]);
        let tries: Vec<[Price; 2]> = (0..=TRIES)
            .filter_map(|_| send_both(world, given, codec, &mpi::time))
            .collect();
        // The first try is a warm-up.
        if let Some((_, tries)) = tries.split_first() {
            println!("{}", wrapped(&conclusions::object(what, tries)));
        }
    }
    wait_quietly(world);
}

/// Predicts a run with a halo exchange, as that of 08, on this network and on others.
pub fn predict(world: &SimpleCommunicator, line: Option<Line>) {
    if world.rank() > 0 {
        return;
    }
    const RANKS: usize = 16;
    const STEPS: usize = 100;
    println!(
        "\npredict: {STEPS} steps of a halo exchange on {RANKS} ranks, with 100 µs of computing and 8 kB to each \
         neighbor in each step, and an all-reduce of 8 bytes"
    );
    let ranks: Vec<Vec<Event>> = (0..RANKS).map(|rank| halo(rank, RANKS, STEPS)).collect();
    let known = [
        ("20 µs and 1.2 GB/s", 20e-6, 1.2e9),
        ("1.5 µs and 12 GB/s", 1.5e-6, 12e9),
        ("1.5 µs and 1.2 GB/s", 1.5e-6, 1.2e9),
        ("no network at all", 0.0, f64::INFINITY),
    ];
    let own = line.map(|line| ("as between these two ranks", line));
    let others = known.map(|(name, latency, bandwidth)| (name, Line { latency, bandwidth }));
    for (name, network) in own.into_iter().chain(others) {
        match follow(&ranks, network) {
            Some(seconds) => println!("{:>9.2} ms  {name}", 1e3 * seconds),
            None => println!("{name}: the run does not end"),
        }
    }
}

fn halo(rank: usize, ranks: usize, steps: usize) -> Vec<Event> {
    let neighbours = [
        rank.checked_sub(1),
        Some(rank + 1).filter(|next| *next < ranks),
    ];
    let neighbours = || neighbours.into_iter().flatten();
    let mut step: Vec<Event> = neighbours()
        .map(|to| Event::Send { to, bytes: 8000 })
        .collect();
    step.push(Event::Compute(100e-6));
    step.extend(neighbours().map(|from| Event::Receive { from }));
    step.push(Event::Collective { bytes: 8 });
    step.repeat(steps)
}

/// The relative error of the line at a row: 0.1 is a tenth of the time too much.
pub fn error(row: &Row, line: Line) -> f64 {
    (line.latency + row.bytes as f64 / line.bandwidth) / row.seconds - 1.0
}
