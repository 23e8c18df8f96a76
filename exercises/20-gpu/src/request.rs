//! The arguments on the command line, and whether there is a device.

use device::Machine;
use std::env;

const USAGE: &str =
    "Type how many points are drawn, for example: cargo xtask run 20 -n 4 -- 1000000";
/// The largest number of points that one kernel counts.
const MOST: u64 = 1 << 30;

/// The number of points.
pub fn points() -> Result<[u64; 1], String> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let points = match &arguments[..] {
        [] => 1 << 16,
        [points] => points
            .parse::<u64>()
            .map_err(|_| format!("`{points}` is not a number of points. {USAGE}"))?,
        _ => return Err(format!("That is more than one number. {USAGE}")),
    };
    if !(1..=MOST).contains(&points) {
        return Err(format!("1 to {MOST} points can be drawn. {USAGE}"));
    }
    match Machine::find() {
        Ok(_) => Ok([points]),
        Err(none) => Err(format!("This program needs a device, and {none}.")),
    }
}
