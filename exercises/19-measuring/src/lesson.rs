//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use mpi::{
    collective::SystemOperation,
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, OpenOptions},
    hint::black_box,
    io::{self, Write},
    path::Path,
};

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    if world.rank() == 0 {
        resolution();
        a_line();
        from_one_run();
        through_the_origin();
        shared_cores();
        once_only();
        match a_log() {
            Ok(text) => print!("the log:\n{text}"),
            Err(error) => println!("no log could be written: {error}"),
        }
    }
    started_together(world);
    a_round_trip(world);
    once_for_each_group(world);
    rank_zero_decides(world);
}

fn resolution() {
    let start = mpi::time();
    let mut next = start;
    while next == start {
        next = mpi::time();
    }
    println!(
        "the clock shows {:.0} ns more, or nothing",
        1e9 * (next - start)
    );
}

fn started_together(world: &SimpleCommunicator) {
    world.barrier();
    let start = mpi::time();
    let count = 100_000 * (1 + world.rank() as u64);
    black_box((0..count).fold(0, |sum, number| black_box(sum + number)));
    let own = mpi::time() - start;
    let (mut least, mut most) = (0.0, 0.0);
    world.all_reduce_into(&own, &mut least, SystemOperation::min());
    world.all_reduce_into(&own, &mut most, SystemOperation::max());
    if world.rank() == 0 {
        println!(
            "the first rank is done after {:.2} ms, the last after {:.2} ms",
            1e3 * least,
            1e3 * most
        );
    }
}

fn a_round_trip(world: &SimpleCommunicator) {
    if world.size() < 2 {
        return;
    }
    let mut ball = 0_u64;
    if world.rank() == 0 {
        let other = world.process_at_rank(1);
        let start = mpi::time();
        other.send(&ball);
        other.receive_into(&mut ball);
        let trip = mpi::time() - start;
        println!("the first ball was away for {:.1} µs", 1e6 * trip);
    } else if world.rank() == 1 {
        let other = world.process_at_rank(0);
        other.receive_into(&mut ball);
        other.send(&ball);
    }
}

fn a_line() {
    // x, y, and how much each point counts.
    let points = [(0.0, 1.0, 4.0), (1.0, 2.0, 1.0), (2.0, 5.0, 1.0)];
    let weights: f64 = points.iter().map(|(_, _, weight)| weight).sum();
    let mean = |of: &dyn Fn(f64, f64) -> f64| {
        let parts = points.iter().map(|(x, y, weight)| weight * of(*x, *y));
        parts.sum::<f64>() / weights
    };
    let (mean_x, mean_y) = (mean(&|x, _| x), mean(&|_, y| y));
    let both = mean(&|x, y| (x - mean_x) * (y - mean_y));
    let slope = both / mean(&|x, _| (x - mean_x) * (x - mean_x));
    let at_zero = mean_y - slope * mean_x;
    println!("y = {at_zero:.3} + {slope:.3} x");
}

fn from_one_run() {
    for (workers, speed_up) in [(2.0, 1.9), (4.0, 3.3), (8.0, 5.2)] {
        let serial = (1.0 / speed_up - 1.0 / workers) / (1.0 - 1.0 / workers);
        println!("{workers} workers: serial fraction {serial:.3}");
    }
}

fn through_the_origin() {
    let points: [(f64, f64); 3] = [(1.0, 2.1), (2.0, 3.9), (3.0, 6.3)];
    let squares: f64 = points.iter().map(|(x, _)| x * x).sum();
    let products: f64 = points.iter().map(|(x, y)| x * y).sum();
    println!("y = {:.3} x", products / squares);
}

fn shared_cores() {
    // What the system says about four CPUs: socket and core.
    let files = ["0 0", "0 1", "1 0", "0 0"];
    let cores: BTreeSet<&str> = files.into_iter().collect();
    println!("{} CPUs, {} cores", files.len(), cores.len());
}

fn once_for_each_group(world: &SimpleCommunicator) {
    let group = world.rank() / 2;
    let pair = world.split_by_color(Color::with_value(group));
    let is_first = pair.is_some_and(|pair| pair.rank() == 0);
    let mut groups = 0;
    world.all_reduce_into(&i32::from(is_first), &mut groups, SystemOperation::sum());
    if world.rank() == 0 {
        println!("ranks: {}, groups: {groups}", world.size());
    }
}

fn a_log() -> io::Result<String> {
    let path = std::env::temp_dir().join(format!("lesson-19-{}.txt", std::process::id()));
    // A program was killed while it wrote the third line.
    fs::write(&path, "apples\npears\nche")?;
    go_on(&path)?;
    let text = fs::read_to_string(&path)?;
    fs::remove_file(&path)?;
    Ok(text)
}

fn go_on(path: &Path) -> io::Result<()> {
    let bytes = fs::read(path)?;
    let last = bytes.iter().rposition(|byte| *byte == b'\n');
    let end = last.map_or(0, |last| last + 1);
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.set_len(end as u64)?;
    let whole = String::from_utf8_lossy(&bytes[..end]);
    for name in ["apples", "pears", "cherries"] {
        if !whole.lines().any(|line| line == name) {
            file.write_all(format!("{name}\n").as_bytes())?;
        }
    }
    Ok(())
}

fn rank_zero_decides(world: &SimpleCommunicator) {
    let mut goes_on = world.rank() == 0 && Path::new("Cargo.toml").exists();
    world.process_at_rank(0).broadcast_into(&mut goes_on);
    if world.rank() == world.size() - 1 {
        println!("the last rank has heard: {goes_on}");
    }
}

fn once_only() {
    let mut seen = HashSet::new();
    let mut words = vec!["b,10", "a,9", "b,9", "a,9"];
    words.retain(|word| seen.insert(*word));
    words.sort_by_key(|word| {
        let (letter, number) = word.split_once(',').unwrap_or((word, ""));
        (letter, number.parse::<u64>().unwrap_or(0))
    });
    println!("{words:?}");
}
