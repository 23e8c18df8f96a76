//! The arguments on the command line.

use std::env;

const USAGE: &str =
    "Type how many keys each rank has, for example: cargo xtask run 17 -n 4 -- 5000";
/// More would only take longer.
const MOST: u64 = 1_000_000;

/// The number of keys of each rank.
pub fn keys_of_each_rank() -> Result<[u64; 1], String> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let keys = match &arguments[..] {
        [] => return Ok([1000]),
        [keys] => keys
            .parse::<u64>()
            .map_err(|_| format!("`{keys}` is not a number of keys. {USAGE}"))?,
        _ => return Err(format!("Give only one number. {USAGE}")),
    };
    if (1..=MOST).contains(&keys) {
        Ok([keys])
    } else {
        Err(format!("Each rank has 1 to {MOST} keys. {USAGE}"))
    }
}
