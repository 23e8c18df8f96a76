//! Two ranks send a message back and forth, for lengths from 1 byte to 4 MiB or to what the first argument says.
//! The table that rank 0 prints is the one that the figure `measured-ping-pong` is drawn from:
//!
//! ```text
//! cargo xtask run slides/ping_pong -n 2 > xtask/slides/src/figures/ping_pong.csv
//! ```

use mpi::{topology::SimpleCommunicator, traits::*};
use std::env;

/// The longest message, in bytes.
const LONGEST: usize = 4 << 20;
/// How often each length is measured. The fastest counts: all else that a machine does makes a round slower.
const TIMES: usize = 20;
/// About so many bytes travel in one measurement, in at least [`FEWEST`] rounds.
const BYTES: usize = 1 << 20;
const FEWEST: usize = 4;
const MOST: usize = 1000;

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    let longest = env::args().nth(1).map_or(Ok(LONGEST), |word| word.parse());
    let Ok(longest) = longest else {
        return eprintln!("The argument must be a number of bytes, such as 1000000.");
    };
    if world.rank() == 0 {
        println!("bytes,microseconds");
    }
    // The first messages make connections, and wake the cores.
    time(&world, 1, MOST);
    let lengths = (0..)
        .map(|power| 1 << power)
        .take_while(|length| *length <= longest);
    for length in lengths {
        let rounds = (BYTES / length).clamp(FEWEST, MOST);
        let time = (0..TIMES)
            .map(|_| time(&world, length, rounds))
            .fold(f64::INFINITY, f64::min);
        if world.rank() == 0 {
            println!("{length},{:.3}", time * 1e6);
        }
    }
}

/// The time of one message, in seconds: half a round.
fn time(world: &SimpleCommunicator, length: usize, rounds: usize) -> f64 {
    let mut message = vec![0_u8; length];
    world.barrier();
    let begin = mpi::time();
    for _ in 0..rounds {
        if world.rank() == 0 {
            world.process_at_rank(1).send(&message[..]);
            world.process_at_rank(1).receive_into(&mut message[..]);
        } else if world.rank() == 1 {
            world.process_at_rank(0).receive_into(&mut message[..]);
            world.process_at_rank(0).send(&message[..]);
        }
    }
    (mpi::time() - begin) / (2 * rounds) as f64
}
