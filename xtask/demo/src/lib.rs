//! What the programs of several exercises begin with: all ranks agree on what is asked for on the command line, and
//! all end when one of them panics.

use mpi::{topology::SimpleCommunicator, traits::*};
use std::{panic, process::ExitCode};

/// The exit status of a program that was asked for something that it cannot do.
pub const REFUSED: u8 = 2;

/// Agrees on what is asked for: rank 0 looks, and tells the others what it has found, or that the program has to
/// end. Otherwise ranks that go on would wait for those that have left.
///
/// All ranks must call it. Only rank 0 calls `read`, which returns what all ranks need as numbers; anything else
/// that it finds, such as the name of a file, it keeps for rank 0.
///
/// # Errors
/// If `read` returns a message. Rank 0 prints it on standard error, and every rank gets the status to end with,
/// [`REFUSED`].
pub fn agree<const N: usize>(
    world: &SimpleCommunicator,
    read: impl FnOnce() -> Result<[u64; N], String>,
) -> Result<[u64; N], ExitCode> {
    let root = world.process_at_rank(0);
    let (mut accepted, mut numbers) = (false, [0; N]);
    if world.rank() == 0 {
        match read() {
            Ok(found) => (accepted, numbers) = (true, found),
            Err(message) => eprintln!("{message}"),
        }
    }
    root.broadcast_into(&mut accepted);
    if !accepted {
        return Err(ExitCode::from(REFUSED));
    }
    root.broadcast_into(&mut numbers[..]);
    Ok(numbers)
}

/// Ends all ranks when this one panics: they would wait for it forever. The panic is reported first.
pub fn stop_all_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        report(info);
        SimpleCommunicator::world().abort(1);
    }));
}

/// Prints a line, once for all ranks.
pub fn tell(world: &SimpleCommunicator, line: &str) {
    if world.rank() == 0 {
        println!("{line}");
    }
}
