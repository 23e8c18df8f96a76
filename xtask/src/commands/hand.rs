//! `cargo xtask hand`: raises a hand in the room, or lowers it.

use crate::{Answer, cli, sending, workbook::Workbook};
use anyhow::{Context, Result};
use room::{Seat, Sent};

pub(crate) fn run(arguments: cli::Hand) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let seat = Seat::of(workbook.root()).context(NOWHERE)?;
    seat.hand(!arguments.down)?;
    let done = if arguments.down { "down" } else { "up" };
    match seat.send_now() {
        Sent::All if arguments.down => anstream::println!("Your hand is down."),
        Sent::All => anstream::println!(
            "Your hand is up. It goes down when a task passes for the first time, or with `cargo xtask hand \
             --down`."
        ),
        Sent::Later(why) => anstream::println!(
            "Your hand is not {done} yet: {why}. The next command tries again; until then, wave."
        ),
        Sent::Stranger(why) => anstream::eprintln!("{}", sending::stranger(&why)),
    }
    Ok(Answer::Passes)
}

const NOWHERE: &str = "you are in no room; the instructor's board shows the line to type, such as `cargo xtask \
                       join 192.168.1.20:8100 K7Q-M2F`";
