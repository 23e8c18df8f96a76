//! What the ranks of a job did in MPI: the model that everybody who reasons about it shares, and the
//! files in which ranks write it down.
//!
//! - [`event`]: a call, its arguments as far as they matter, and what came back.
//! - [`functions`]: MPI's functions, by number.
//! - [`mod@format`]: how a call is laid out in a rank's file: records of 128 bytes, each sealed.
//! - [`header`]: the first page of that file: who writes it, and how far it is.
//! - [`clock`]: the counter that ranks stamp their records with, and what it is in nanoseconds.
//! - [`mirror`]: brings what ranks of another machine write to this one.
//! - [`reader`]: follows the files of a folder while ranks write them.
//!
//! Ranks write with the `recorder` crate.

pub mod clock;
pub mod event;
pub mod format;
pub mod functions;
pub mod header;
pub mod mirror;
pub mod reader;

pub use reader::{Batch, News, Reader};

use std::os::unix::net::UnixStream;

/// The environment variable with the folder into which ranks record; without it they do not.
pub const FOLDER: &str = "WORKBOOK_RECORDING";
/// The environment variable that makes standard sends and collectives synchronous, if it is `1`.
pub const STRICT: &str = "WORKBOOK_STRICT";
/// The environment variable that has ranks stamp their records with the processor time that their
/// process has used, all its threads together, if it is `1`. Between two calls it is the time for which
/// the rank has computed, however many ranks share a core; times of different ranks cannot be compared.
pub const CPU_TIME: &str = "WORKBOOK_CPU_TIME";
/// The environment variable with the order in which the processes of a job are named: their ranks in
/// `MPI_COMM_WORLD`, with commas between. Where it is set, a process is recorded under its place in
/// this list. So a check whose ranks are in another order than the world's, on a part of its processes,
/// is recorded with the ranks that its answer sees.
pub const ORDER: &str = "WORKBOOK_ORDER";
/// The environment variable that has ranks note how their process ends early, if it is `1`.
pub const ENDINGS: &str = "WORKBOOK_ENDINGS";
/// The name, in the folder of a recording, of the socket at which ranks knock that note their ends: they
/// connect before MPI is initialized, wait for a byte, and keep the connection as long as they live. So
/// whoever listens there sees also those end that leave no note.
pub const DOOR: &str = "door";

/// The same connection under a higher number than any that a launcher has given to a rank: Linux closes
/// the files of a process that ends from the highest number down. So whoever is at the other end hears
/// of that end before the launcher does, and before all whom the launcher ends because of it.
pub fn closed_first(connection: UnixStream) -> UnixStream {
    /// Above four descriptors for each of 100 ranks, and below the 1024 that most systems allow.
    const HIGH: i32 = 512;
    match rustix::io::fcntl_dupfd_cloexec(&connection, HIGH) {
        Ok(high) => high.into(),
        Err(_) => connection,
    }
}

/// The order that [`ORDER`] names; none without it, or where it names none.
pub fn order() -> Option<&'static [u32]> {
    static ORDERED: std::sync::OnceLock<Option<Vec<u32>>> = std::sync::OnceLock::new();
    let read = || {
        let text = std::env::var(ORDER).ok()?;
        text.split(',').map(|rank| rank.parse().ok()).collect()
    };
    ORDERED.get_or_init(read).as_deref()
}

/// The name of a process by its rank in `MPI_COMM_WORLD`: its place in the [`order`], if there is one.
pub fn place(rank: u32) -> u32 {
    let place = order().and_then(|order| order.iter().position(|other| *other == rank));
    place.map_or(rank, |place| place as u32)
}
