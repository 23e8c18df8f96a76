//! The checks of exercise 15: one source for the student's crate, the reference and every mistake.
//!
//! - `folder`: where answers write, and what is found there;
//! - `arrays`: numbers in one file: `blocks`, `read_back`, `collective` and `view`;
//! - `npy`: a file with a header;
//! - `log`: text in the order of ranks;
//! - `checkpoint`: a file that is complete at any time;
//! - `watch`: what happens to the files of a folder.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "arrays.rs"]
mod arrays;
#[path = "checkpoint.rs"]
mod checkpoint;
#[path = "folder.rs"]
mod folder;
#[path = "log.rs"]
mod log;
#[path = "npy.rs"]
mod npy;
#[path = "watch.rs"]
mod watch;

use harness_mpi::{Bounds, Check, Kind, Reason, SimpleCommunicator, Suite, Traffic};
use mpi::Count;
use std::{io, path::Path};

harness_mpi::answers! {
    fn blocks(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()>;
    fn read_back(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>>;
    fn collective(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()>;
    fn view(
        world: &SimpleCommunicator,
        path: &Path,
        shape: [Count; 2],
        start: [Count; 2],
        size: [Count; 2],
        mine: &[f64],
    ) -> io::Result<()>;
    fn npy(world: &SimpleCommunicator, path: &Path, columns: usize, mine: &[f64]) -> io::Result<()>;
    fn log(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()>;
    fn checkpoint(world: &SimpleCommunicator, path: &Path, step: u64, mine: &[f64]) -> io::Result<()>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("blocks", arrays::blocks)
        .task("read-back", arrays::read_back)
        .task("collective", arrays::collective)
        .task("view", arrays::view)
        .task("npy", npy::npy)
        .task("log", log::log)
        .task("checkpoint", checkpoint::checkpoint)
}

/// Runs one part of a check. Returns, the same on all ranks, whether nothing was wrong on any rank and every
/// message was received: only then does the next part run.
fn part(check: &mut Check, input: &str, run: impl FnOnce(&mut Check)) -> bool {
    check.input(input);
    run(check);
    check.everywhere(check.is_clean()) && check.all_received("every message must be received")
}

/// Collective calls to write.
const TOGETHER: &[&str] = &[
    "MPI_File_write_at_all",
    "MPI_File_write_all",
    "MPI_File_write_ordered",
];
/// Independent calls to write.
const ALONE: &[&str] = &[
    "MPI_File_write_at",
    "MPI_File_write",
    "MPI_File_write_shared",
];
/// Calls to read.
const READS: &[&str] = &[
    "MPI_File_read_at",
    "MPI_File_read_at_all",
    "MPI_File_read",
    "MPI_File_read_all",
    "MPI_File_read_ordered",
    "MPI_File_read_shared",
];

/// How often this rank called any of these functions, and how many bytes it moved with them.
fn moved(check: &Check, traffic: &Traffic, functions: &[&[&str]]) -> (u64, u64) {
    let rank = check.rank();
    functions
        .concat()
        .iter()
        .fold((0, 0), |(calls, bytes), function| {
            let own = traffic.given(rank, function) + traffic.got(rank, function);
            (calls + traffic.calls(rank, function), bytes + own)
        })
}

/// Requires that this rank wrote exactly the bytes that it has, in at most `most_calls` calls.
fn writes_its_own(check: &mut Check, traffic: &Traffic, bytes: u64, most_calls: u64) -> bool {
    let (calls, written) = moved(check, traffic, &[TOGETHER, ALONE]);
    check.require_rule(
        written == bytes,
        Kind::WrongOperation,
        Reason::OtherCall,
        || {
            format!(
                "wrote {written} bytes with MPI calls, but has {bytes} bytes to write: each rank writes its own part of \
                 the file, and only that"
            )
        },
    ) && check.at_most(
        "calls that write to the file",
        calls,
        most_calls,
        "write adjacent data with one call, because a few large requests are faster than many small ones",
    ) && nothing_travels(check, traffic)
}

/// Requires that this rank wrote its own bytes, and that one rank wrote `more` for all, which is the header or the step.
fn writes_its_own_and(check: &mut Check, traffic: &Traffic, own: u64, more: u64, what: &str) {
    let (calls, written) = moved(check, traffic, &[TOGETHER, ALONE]);
    let writers = check.aside().share(u64::from(written == own + more));
    let right = check.require_rule(
        written == own || written == own + more,
        Kind::WrongOperation,
        Reason::OtherCall,
        || {
            format!(
                "wrote {written} bytes with MPI calls, but has {own} bytes of its own: each rank writes its own \
                 numbers, and one rank also writes the {what} of {more} bytes"
            )
        },
    ) && check.at_most(
        &format!("ranks that write the {what}"),
        writers.iter().sum(),
        1,
        &format!("one rank writes the {what} for all"),
    ) && check.at_most(
        "calls that write to the file",
        calls,
        2,
        &format!(
            "one call writes the numbers, and one rank needs another one for the {what}"
        ),
    );
    let _ = right && nothing_travels(check, traffic);
}

/// Requires that this rank exchanged nothing with the others but lengths.
fn nothing_travels(check: &mut Check, traffic: &Traffic) -> bool {
    let size = check.size() as u64;
    if size == 1 {
        return true;
    }
    let bounds = Bounds {
        given: 256 + 16 * size,
        got: 256 + 64 * size,
        ..Bounds::NONE
    };
    check.moves(
        traffic,
        bounds,
        "each rank writes or reads its own part, and only lengths need to be exchanged",
    )
}

/// Requires that an answer returned no error.
fn well<R>(check: &mut Check, returned: io::Result<R>) -> Option<R> {
    let error = returned.as_ref().err().map(ToString::to_string);
    check.require(error.is_none(), Kind::WrongResult, || {
        format!(
            "returned the error \"{}\", but nothing prevents this operation from succeeding",
            error.unwrap_or_default()
        )
    });
    returned.ok()
}

/// Requires that an answer returned an error.
fn failed<R>(check: &mut Check, returned: io::Result<R>, why: &str) {
    check.require(returned.is_err(), Kind::WrongResult, || {
        format!("returned no error, but should return one: {why}")
    });
}
