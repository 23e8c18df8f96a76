//! What is asked for on the command line. Only rank 0 looks, so that one message says what is wrong, and all
//! ranks learn whether it is: else those that go on would wait for those that have left.

use mpi::{topology::SimpleCommunicator, traits::*};
use std::env;

const USAGE: &str =
    "Type how many keys each rank has, for example: cargo xtask run 17 -n 4 -- 5000";
/// More would only take longer.
const MOST: u64 = 1_000_000;

/// Reads how many keys each rank has on rank 0. All ranks must call it, and all return the same, but that only rank 0
/// has the reason why it is refused.
pub fn keys_of_each_rank(world: &SimpleCommunicator) -> Result<usize, String> {
    let found = (world.rank() == 0).then(|| read(env::args().skip(1).collect()));
    // No keys: refused.
    let mut keys = match &found {
        Some(Ok(keys)) => *keys,
        _ => 0,
    };
    world.process_at_rank(0).broadcast_into(&mut keys);
    match found {
        Some(Err(message)) => Err(message),
        _ if keys == 0 => Err(String::from("rank 0 says why")),
        _ => Ok(keys as usize),
    }
}

fn read(arguments: Vec<String>) -> Result<u64, String> {
    let keys = match &arguments[..] {
        [] => return Ok(1000),
        [keys] => keys
            .parse::<u64>()
            .map_err(|_| format!("`{keys}` is not a number of keys. {USAGE}"))?,
        _ => return Err(format!("That is more than one number. {USAGE}")),
    };
    if (1..=MOST).contains(&keys) {
        Ok(keys)
    } else {
        Err(format!("Each rank has 1 to {MOST} keys. {USAGE}"))
    }
}
