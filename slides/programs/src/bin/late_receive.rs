//! A message whose receiver is late. The first argument is the length of the message, the second
//! the file that the receiver waits for.

use mpi::traits::*;
use std::{env, path::Path, thread, time::Duration};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let mut arguments = env::args().skip(1);
    let length = arguments.next().and_then(|word| word.parse().ok());
    let mut numbers = vec![0.5; length.unwrap_or(1)];
    match world.rank() {
        0 => {
            world.process_at_rank(1).send(&numbers[..]);
            println!("0 after 1: goes on");
        }
        1 => {
            println!("1 after 0: computes");
            if let Some(file) = arguments.next() {
                compute_until_there_is(Path::new(&file));
            }
            world.process_at_rank(0).receive_into(&mut numbers[..]);
        }
        _ => {}
    }
}

/// Stands for work of which nobody knows how long it takes.
fn compute_until_there_is(file: &Path) {
    while !file.exists() {
        thread::sleep(Duration::from_millis(5));
    }
}
