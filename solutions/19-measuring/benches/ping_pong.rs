//! The ping-pong of the `mpi` crate beside the same in C: `cargo bench -p measuring-solution`.
//!
//! This program compiles ping_pong.c with the MPI's own compiler, starts both in turn on two ranks, and shows the best of
//! all runs. What the `mpi` crate adds to a message is the difference.

use mpi::traits::*;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// Bytes, round trips in a batch, and batches.
const SIZES: [[usize; 3]; 5] = [
    [0, 100, 40],
    [8, 100, 40],
    [1 << 10, 100, 40],
    [1 << 16, 20, 40],
    [1 << 20, 5, 40],
];
/// Each of the two programs is started so often.
const RUNS: usize = 5;
/// Says that this is one of the ranks.
const RANK: &str = "--as-rank";

fn main() {
    if env::args().any(|argument| argument == RANK) {
        return play();
    }
    // Cargo runs it for tests, too: then nothing is measured.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    if let Err(error) = compare() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

/// What each rank does.
fn play() {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let other = world.process_at_rank(1 - world.rank());
    for [bytes, trips, batches] in SIZES {
        let mut buffer = vec![0_u8; bytes];
        let mut best = f64::INFINITY;
        // The first batch warms up.
        for batch in 0..=batches {
            world.barrier();
            let start = mpi::time();
            for _ in 0..trips {
                if world.rank() == 0 {
                    other.send(&buffer[..]);
                    other.receive_into(&mut buffer[..]);
                } else {
                    other.receive_into(&mut buffer[..]);
                    other.send(&buffer[..]);
                }
            }
            let seconds = (mpi::time() - start) / (2 * trips) as f64;
            if batch > 0 {
                best = best.min(seconds);
            }
        }
        if world.rank() == 0 {
            println!("{best:e}");
        }
    }
}

fn compare() -> io::Result<()> {
    let folder = env::temp_dir().join(format!("bench-measuring-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let result = compare_in(&folder);
    fs::remove_dir_all(&folder)?;
    result
}

fn compare_in(folder: &Path) -> io::Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/ping_pong.c");
    let program = folder.join("ping_pong");
    let compiler = env::var_os("MPICC").unwrap_or_else(|| "mpicc".into());
    let status = Command::new(&compiler)
        .arg("-O2")
        .arg("-o")
        .arg(&program)
        .arg(source)
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!(
            "{} does not compile ping_pong.c",
            compiler.display()
        )));
    }
    let ours = env::current_exe()?;
    let (mut rust, mut c) = (
        vec![f64::INFINITY; SIZES.len()],
        vec![f64::INFINITY; SIZES.len()],
    );
    // In turn, so that what disturbs the machine for a while disturbs both.
    for _ in 0..RUNS {
        keep_best(
            &mut rust,
            &times(
                Command::new(mpiexec())
                    .args(["-n", "2"])
                    .arg(&ours)
                    .arg(RANK),
            )?,
        );
        let arguments = SIZES.iter().flatten().map(usize::to_string);
        keep_best(
            &mut c,
            &times(
                Command::new(mpiexec())
                    .args(["-n", "2"])
                    .arg(&program)
                    .args(arguments),
            )?,
        );
    }
    for (([bytes, ..], rust), c) in SIZES.iter().zip(rust).zip(c) {
        println!(
            "{bytes:8} bytes: {:10.1} ns by the mpi crate, {:10.1} ns in C, {:+.1} %",
            1e9 * rust,
            1e9 * c,
            100.0 * (rust / c - 1.0)
        );
    }
    Ok(())
}

fn keep_best(best: &mut [f64], times: &[f64]) {
    best.iter_mut()
        .zip(times)
        .for_each(|(best, time)| *best = best.min(*time));
}

/// Runs a program, and returns the seconds that it prints, line by line.
fn times(command: &mut Command) -> io::Result<Vec<f64>> {
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let times: Vec<f64> = text
        .lines()
        .filter_map(|line| line.trim().parse().ok())
        .collect();
    if output.status.success() && times.len() == SIZES.len() {
        return Ok(times);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!(
        "{command:?} ended with {}:\n{text}{said}",
        output.status
    )))
}

/// The launcher that belongs to the MPI library that is loaded; else that on the path.
fn mpiexec() -> PathBuf {
    let libraries = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let beside = |folder: PathBuf| folder.parent().map(|folder| folder.join("bin/mpiexec"));
    let launchers = env::split_paths(&libraries).filter_map(beside);
    let found = launchers.into_iter().find(|launcher| launcher.exists());
    found.unwrap_or_else(|| PathBuf::from("mpiexec"))
}
