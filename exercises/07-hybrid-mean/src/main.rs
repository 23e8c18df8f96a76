//! Runs the examples of the lesson, and then your functions: the mean of a matrix by ranks and threads, and
//! its speed-up. `cargo xtask run 07 -n 4`
//!
//! The curves are also written to a file: `cargo xtask run 07 -n 4 -- scaling.svg` names it.

mod conclusions;
mod lesson;
mod measure;
mod picture;

use hybrid_mean::*;
use mpi::{Threading, topology::SimpleCommunicator, traits::*};
use ndarray::Array2;
use std::{env, path::PathBuf};

fn main() {
    let (universe, provided) = mpi::initialize_with_threading(Threading::Funneled)
        .expect("nobody has initialized MPI before");
    let world = universe.world();
    lesson::examples(&world, provided);
    tell(&world, &format!("MPI provides thread level {provided:?}"));
    if !enough(Callers::Main, provided) {
        tell(
            &world,
            "This level is too low: a program with threads must not use this MPI",
        );
        return;
    }
    digits(&world);
    whole(&world);
    spread(&world);
    scaling(&world);
}

/// Prints a text once, on rank 0.
fn tell(world: &SimpleCommunicator, text: &str) {
    if world.rank() == 0 {
        println!("{text}");
    }
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

/// Numbers from 0 to 1, and two that are much larger and cancel each other.
fn hard_to_add(rows: usize, columns: usize) -> Array2<f64> {
    let mut matrix = Array2::from_shape_fn((rows, columns), |(row, column)| {
        (row * 31 + column * 17) as f64 % 100.0 / 99.0
    });
    matrix[(rows / 2, 0)] = 1e20;
    matrix[(rows - 1, 0)] = -1e20;
    matrix
}

fn digits(world: &SimpleCommunicator) {
    tell(
        world,
        "\nserial: 1000 rows of 10 numbers from 0 to 1, two of which are 10^20 and -10^20",
    );
    if world.rank() == 0 {
        let matrix = hard_to_add(1000, 10);
        let one = matrix.iter().sum::<f64>() / matrix.len() as f64;
        println!("one accumulator: {one:.12}");
        println!(
            "compensated sum: {:.12}",
            serial(matrix.view()).unwrap_or(f64::NAN)
        );
    }
}

fn whole(world: &SimpleCommunicator) {
    tell(
        world,
        "\nblocks, scatter, threads and mean: the same matrix on all ranks",
    );
    let matrix = (world.rank() == 0).then(|| hard_to_add(1000, 10));
    let matrix = matrix.as_ref().map(|matrix| matrix.view());
    let (rank, ranks) = (world.rank() as usize, world.size() as usize);
    let (rows, mine) = (blocks(1000, ranks, rank), scatter(world, matrix));
    let sum = threads(mine.view(), &sum_row);
    say(
        world,
        format!("has rows {rows:?} with the sum {:.6e}", sum.value()),
    );
    let mean = mean(world, matrix, &sum_row);
    say(
        world,
        format!("has the mean {:.12}", mean.unwrap_or(f64::NAN)),
    );
}

fn spread(world: &SimpleCommunicator) {
    tell(
        world,
        "\nvariance: 1000 numbers on each rank, from 10^9 to 10^9 + 1",
    );
    let mine: Vec<f64> = (0..1000)
        .map(|number| 1e9 + f64::from(number) / 999.0)
        .collect();
    let mean = mine.iter().sum::<f64>() / 1000.0;
    let mean_of_squares = mine.iter().map(|number| number * number).sum::<f64>() / 1000.0;
    let joined = variance(world, &mine).unwrap_or(f64::NAN);
    tell(
        world,
        &format!("squares minus square: {:.6}", mean_of_squares - mean * mean),
    );
    tell(world, &format!("merged moments:       {joined:.6}"));
}

fn scaling(world: &SimpleCommunicator) {
    tell(
        world,
        &format!(
            "\nscaling: measured now on this machine, {} tries of each run",
            measure::TRIES
        ),
    );
    let measured = measure::all(world);
    if world.rank() != 0 {
        return;
    }
    let cores = measure::cores();
    let runs: Vec<Run> = measured.iter().map(|measured| measured.run).collect();
    let (strong, weak) = (strong(&runs), weak(&runs));
    for (name, table) in [("strong", &strong), ("weak", &weak)] {
        println!(
            "\n{name} scaling\n{}",
            picture::table(table, &measured).trim_end()
        );
    }
    println!("\nspeed-up against workers (ranks × threads):\n");
    println!("{}", picture::in_terminal(&strong, &weak, cores));
    for sentence in conclusions::conclusions(&measured, cores) {
        println!("{}", wrapped(&sentence));
    }
    let path = picture_path();
    match picture::write_svg(&path, [&strong, &weak], &measured, cores) {
        Ok(()) => println!("\nThe same curves as SVG:\n  {}", path.display()),
        Err(error) => println!("\nCould not write {}: {error}", path.display()),
    }
}

/// A sentence as a list item, in lines of at most 78 characters.
fn wrapped(sentence: &str) -> String {
    let mut lines = vec![String::from("-")];
    for word in sentence.split_whitespace() {
        let fits = |line: &String| line.chars().count() + word.chars().count() < 78;
        match lines.last_mut().filter(|line| fits(line)) {
            Some(line) => *line += &format!(" {word}"),
            None => lines.push(format!("  {word}")),
        }
    }
    lines.join("\n")
}

/// The first argument; without one, a file beside this program, in the target folder.
fn picture_path() -> PathBuf {
    let named = env::args_os().nth(1).map(PathBuf::from);
    named.unwrap_or_else(|| {
        let program = env::current_exe().unwrap_or_default();
        program.with_file_name("hybrid-mean-scaling.svg")
    })
}
