//! The checks of exercise 14: one source for the student's crate, the reference and every mistake.
//!
//! - `fences`: epochs of all ranks;
//! - `locks`: epochs of one rank on the memory of another;
//! - `few`: epochs of some ranks, and memory that is shared;
//! - `broken`: the broken programs.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "broken.rs"]
mod broken;
#[path = "fences.rs"]
mod fences;
#[path = "few.rs"]
mod few;
#[path = "locks.rs"]
mod locks;

use harness::patience::{BRIEF, patiently};
use harness_mpi::{Aside, Bounds, Check, SimpleCommunicator, Suite, Traffic};
use mpi::Rank;
use mpi_extra::window::Window;
use std::{
    cell::RefCell,
    fmt::{self, Debug},
    rc::Rc,
};

harness_mpi::answers! {
    fn expose(world: &SimpleCommunicator, memory: &mut [f64], work: &dyn Fn(&Window<'_, f64>)) -> ();
    fn put(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) -> ();
    fn get(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64>;
    fn accumulate(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64>;
    fn counter(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) -> ();
    fn lock(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) -> ();
    fn ticket(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize>;
    fn post_start(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) -> ();
    fn shared(
        world: &SimpleCommunicator,
        length: usize,
        fill: &dyn Fn(&mut [f64]),
        look: &dyn Fn(&[f64]),
    ) -> ();
    fn missing_fence(world: &SimpleCommunicator, mine: i64) -> i64;
    fn two_puts(world: &SimpleCommunicator, mine: i64) -> i64;
    fn early_read(world: &SimpleCommunicator, mine: i64) -> i64;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("expose", fences::expose)
        .task("put", fences::put)
        .task("get", fences::get)
        .task("accumulate", fences::accumulate)
        .task("counter", locks::counter)
        .task("lock", locks::lock)
        .task("ticket", locks::ticket)
        .task("post-start", few::post_start)
        .task("shared", few::shared)
        .task("missing-fence", broken::missing_fence)
        .task("two-puts", broken::two_puts)
        .task("early-read", broken::early_read)
}

/// How much memory an answer may hold, with the records of its calls: far less than a copy of many numbers.
const SMALL: u64 = 128 << 10;
/// The number of numbers with which a copy is noticed.
const LARGE: usize = 40_000;

/// What was only moved. It is compared by how it prints, so that -0.0 is not 0.0.
struct Moved<T>(T);

impl<T: Debug> Debug for Moved<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<T: Debug> PartialEq for Moved<T> {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// Runs one part of a check. Returns, the same on all ranks, whether nothing was wrong on any rank and every
/// message was received: only then does the next part run.
fn part(check: &mut Check, input: &str, run: impl FnOnce(&mut Check)) -> bool {
    check.input(input);
    run(check);
    check.everywhere(check.is_clean()) && check.all_received("every message must be received")
}

/// All that starts an operation of a window.
const OPERATIONS: &[&str] = &[
    "MPI_Put",
    "MPI_Get",
    "MPI_Accumulate",
    "MPI_Fetch_and_op",
    "MPI_Compare_and_swap",
];

thread_local! {
    /// On a rank that is to come late: what it waits with.
    static LATE: RefCell<Option<Rc<Aside>>> = const { RefCell::new(None) };
}

/// Runs an answer on a rank that comes late if it has something to wait with: its first operation is delayed, or the
/// lock before that, which would keep others waiting. A rank that does not wait for it has read its memory by then.
/// Meanwhile MPI does on this rank what others ask for.
fn coming_late<R>(
    check: &mut Check,
    late: Option<Rc<Aside>>,
    run: impl FnOnce(&mut Check) -> R,
) -> R {
    const LOCKS: [&str; 2] = ["MPI_Win_lock", "MPI_Win_lock_all"];
    LATE.set(late);
    let result = check.before_each_call(
        |function| {
            if (LOCKS.contains(&function) || OPERATIONS.contains(&function))
                && let Some(aside) = LATE.take()
            {
                patiently(BRIEF, 1, || usize::from(aside.is_told()));
            }
        },
        run,
    );
    LATE.take();
    result
}

/// Requires that this rank used nothing but its window.
fn one_sided_only(check: &mut Check, traffic: &Traffic) -> bool {
    let nothing = Bounds {
        given: 0,
        got: 0,
        calls: 0,
    };
    check.moves(traffic, nothing, "the operations of a window are enough")
}

/// Requires that this rank moved no more by an operation than it may.
fn few_operations(
    check: &mut Check,
    traffic: &Traffic,
    function: &str,
    (calls, bytes): (u64, u64),
    why: &str,
) -> bool {
    let rank = check.rank();
    let moved = traffic
        .given(rank, function)
        .max(traffic.got(rank, function));
    check.at_most(
        &format!("calls of {function}"),
        traffic.calls(rank, function),
        calls,
        why,
    ) && check.at_most(&format!("bytes moved by {function}"), moved, bytes, why)
}
