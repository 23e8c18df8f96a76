//! The checks of exercise 05: one source for the student's crate, the reference and every mistake.
//!
//! - `order`: the order of calls, and the number of messages;
//! - `moving`: data is moved between ranks unchanged;
//! - `combining`: data is combined on its way;
//! - `mending`: broken programs, judged only by what they return.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "combining.rs"]
mod combining;
#[path = "mending.rs"]
mod mending;
#[path = "moving.rs"]
mod moving;
#[path = "order.rs"]
mod order;

use crate::subject::Settings;
use harness::patience::{BRIEF, patiently};
use harness_mpi::{
    Bounds, COMMUNICATOR_MAKERS, Check, Kind, Patience, Reason, SimpleCommunicator, Suite, Traffic,
};
use std::ops::Range;

harness_mpi::answers! {
    fn barrier(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn());
    fn broadcast_array(world: &SimpleCommunicator, root: i32, numbers: &mut [f64]);
    fn broadcast_object(world: &SimpleCommunicator, root: i32, settings: Option<&Settings>) -> Settings;
    fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32>;
    fn gather(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>>;
    fn all_gather(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32>;
    fn reduce_sum(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>>;
    fn reduce_max(world: &SimpleCommunicator, mine: i32) -> Option<i32>;
    fn own_operation(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>>;
    fn all_reduce(world: &SimpleCommunicator, mine: &[f64]) -> f64;
    fn scan(world: &SimpleCommunicator, items: u64) -> (u64, u64);
    fn scatterv(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64>;
    fn gatherv(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>>;
    fn all_to_all(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32>;
    fn by_hand(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize;
    fn broken_branch(world: &SimpleCommunicator, number: i32) -> Option<String>;
    fn broken_root(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3];
    fn broken_count(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>>;
    fn overlap(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("barrier", order::barrier)
        .task("broadcast-array", moving::broadcast_array)
        .task("broadcast-object", moving::broadcast_object)
        .task("scatter", moving::scatter)
        .task("gather", moving::gather)
        .task("all-gather", moving::all_gather)
        .task("reduce", combining::reduce)
        .task("own-operation", combining::own_operation)
        .task("all-reduce", combining::all_reduce)
        .task("scan", combining::scan)
        .task("uneven", moving::uneven)
        .task("all-to-all", moving::all_to_all)
        .task("by-hand", order::by_hand)
        .task("broken-branch", mending::broken_branch)
        .task("broken-root", mending::broken_root)
        .task("broken-count", mending::broken_count)
        .task("overlap", combining::overlap)
}

/// Calls that wait for an immediate call.
const WAITS: &[&str] = &["MPI_Wait", "MPI_Waitall", "MPI_Waitany", "MPI_Waitsome"];

/// Calls that test an immediate call, and complete it if it is done.
const LOOKS: &[&str] = &["MPI_Test", "MPI_Testall", "MPI_Testany", "MPI_Testsome"];

/// The way that a task asks for.
struct Way<'a> {
    /// One of these must be called on every rank, the first being the usual one.
    functions: &'a [&'a str],
    /// How much this rank may move in all.
    bounds: Bounds,
    /// How much of it by other calls.
    beside: Bounds,
    /// What the task asks for, in a sentence that is true of any other way too.
    why: &'a str,
}

impl<'a> Way<'a> {
    /// One call of one of these functions, and nothing else. `given` and `got` are the bytes that it
    /// moves on this rank.
    fn one_call(functions: &'a [&'a str], given: usize, got: usize, why: &'a str) -> Self {
        Self {
            functions,
            bounds: Bounds {
                given: given as u64,
                got: got as u64,
                calls: 1,
            },
            beside: NOTHING,
            why,
        }
    }
}

/// Other calls move nothing.
const NOTHING: Bounds = Bounds {
    given: 0,
    got: 0,
    calls: 0,
};

/// These bytes and a few more: a number or two in addition to the data are allowed.
fn bounds(given: usize, got: usize, calls: usize) -> Bounds {
    const SPARE: usize = 64;
    Bounds {
        given: (given + SPARE) as u64,
        got: (got + SPARE) as u64,
        calls: calls as u64,
    }
}

/// Whether an answer was right on every rank, and found in the way that the task asks for. The call need
/// not be made if there is nothing to move (`moves` is false). A single rank may do anything, because it
/// moves nothing. All ranks must call it.
fn found(check: &mut Check, right: bool, traffic: &Traffic, way: &Way, moves: bool) -> bool {
    if !right_everywhere(check, right, traffic, way.functions) {
        return false;
    }
    if check.size() == 1 {
        return true;
    }
    if !moves {
        // If ranks differed, the next collectives would meet the wrong ones.
        let together = is_called_by_all(check, traffic, way.functions);
        if !check.everywhere(together) {
            return false;
        }
    }
    let by_call = !moves || check.uses(traffic, way.functions, way.why);
    let by_it_alone = by_call
        && check.moves(traffic, way.bounds, way.why)
        && (way.beside.calls > 0 || makes_no_communicator(check, traffic))
        && check.moves_beside(traffic, way.functions, way.beside, way.why);
    check.everywhere(by_it_alone)
}

/// Requires that this rank made no communicator: that is a collective, too. A single rank may do anything.
fn makes_no_communicator(check: &mut Check, traffic: &Traffic) -> bool {
    let why = "all ranks have to make a communicator together, and `world` is enough for this task";
    check.size() == 1 || check.avoids(traffic, COMMUNICATOR_MAKERS, why)
}

/// Whether an answer was right on every rank. If only some ranks called the collective, the others
/// report that too, beside the wrong result that follows from it. All ranks must call it.
fn right_everywhere(check: &mut Check, right: bool, traffic: &Traffic, functions: &[&str]) -> bool {
    let everywhere = check.everywhere(right);
    if !everywhere {
        is_called_by_all(check, traffic, functions);
    }
    everywhere
}

/// Requires that this rank called the collective if any other did.
fn is_called_by_all(check: &mut Check, traffic: &Traffic, functions: &[&str]) -> bool {
    let calls = |rank: usize| {
        let mut functions = functions.iter();
        functions.any(|function| traffic.calls(rank, function) > 0)
    };
    let caller = (0..check.size()).find(|rank| calls(*rank));
    let is_alone = !calls(check.rank()) && caller.is_some();
    check.require_rule(
        !is_alone,
        Kind::WrongOperation,
        Reason::NotOnAllRanks,
        || {
            format!(
                "never called {}, but rank {} did: every rank must make the call",
                functions[0],
                caller.unwrap_or_default()
            )
        },
    )
}

/// The number of numbers that are drawn; longer vectors repeat them. It is a prime, so that no length of a block
/// brings the same numbers to the same place in each block.
const DRAWN: usize = 61;

/// The length of the longest vectors: an answer that moves them in pieces makes more than one.
const LONG: usize = 9_000;

/// `length` integers of all sizes.
fn integers(check: &mut Check, length: usize) -> Vec<i32> {
    let drawn = check.integers(length.min(DRAWN));
    stretched(&drawn, length)
}

/// `length` floating-point numbers of all sizes.
fn floats(check: &mut Check, length: usize) -> Vec<f64> {
    const EXTREMES: [f64; 8] = [
        f64::NAN,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
    ];
    let mut drawn = check.floats(length.min(DRAWN));
    // One number in eight is extreme; at least one keeps all its digits.
    for number in drawn.iter_mut().skip(1) {
        if check.draw(0..8) == 0 {
            *number = check.pick(&EXTREMES);
        }
    }
    stretched(&drawn, length)
}

/// These numbers, repeated up to `length`, each time in a different order.
fn stretched<T: Copy>(drawn: &[T], length: usize) -> Vec<T> {
    let number = |index: usize| drawn[(index + index / drawn.len()) % drawn.len()];
    (0..length).map(number).collect()
}

/// Two sets of vectors, one vector from each rank; only that of rank `kept` is the same in both. This reveals an
/// answer that stores the result for its own input.
fn twice<T: Clone>(
    check: &mut Check,
    kept: usize,
    mut draw: impl FnMut(&mut Check) -> Vec<T>,
) -> [Vec<T>; 2] {
    let first = draw(check);
    let mut second = draw(check);
    second[kept] = first[kept].clone();
    [first, second]
}

/// One number for each rank; that of rank `top` is odd and larger than all others, so that no other rank can be
/// right by returning its own.
fn with_peak(check: &mut Check, range: Range<i32>, top: usize) -> Vec<i32> {
    let size = check.size();
    let mut numbers = check.draw_vec(size, range);
    numbers[top] = numbers.iter().max().map_or(0, |largest| (largest + 1) | 1);
    numbers
}

/// Inputs of a maximum: one number for each rank, the largest on different ranks, from the whole range of an `i32`.
fn maxima(check: &mut Check) -> Vec<Vec<i32>> {
    let (size, near) = (check.size(), check.draw(1 << 25..1 << 30));
    let [mut all, mut others] = twice(check, 0, |check| integers(check, size));
    // Rank 0 has the same number twice, and the largest of all is another one.
    for numbers in [&mut all, &mut others] {
        for number in numbers.iter_mut() {
            *number = (*number).min(i32::MAX - 1);
        }
    }
    if let [_, .., last] = &mut all[..] {
        *last = i32::MAX;
    }
    // The negative of the last one is no `i32`.
    let mut with_least = vec![7; size];
    with_least[size - 1] = i32::MIN;
    vec![
        with_peak(check, -99..-1, size - 1),
        // An `f32` holds no odd number as large as these.
        with_peak(check, near..near + 9, 0),
        with_peak(check, -near - 9..-near, size / 2),
        // One digit, and no sign.
        with_peak(check, -9..7, size - 1),
        all,
        others,
        vec![i32::MIN; size],
        with_least,
    ]
}

/// What an input is of two calls in a row.
const IN_A_ROW: &str =
    "two calls in a row; rank 1 begins late, so that another rank may be in the second call";
/// What is asked of them.
const NOT_MIXED: &str = "what is sent in the second call is not received in the first one";

/// Two calls in a row, with nothing between them. Rank 1 begins the first only when rank `other` has done so many of
/// them, unless that waits for rank 1: then what the others send in the second call may come to a rank that is still
/// in the first one. A right answer waits for rank 1, so there are few such inputs. All ranks must call it.
fn in_a_row<R>(
    check: &mut Check,
    (other, calls): (usize, usize),
    call: impl Fn(&SimpleCommunicator, usize) -> R,
) -> [R; 2] {
    let (rank, aside) = (check.rank(), check.aside());
    check.standard(|check| {
        let answer = |world: &SimpleCommunicator| {
            if rank == 1 {
                patiently(BRIEF, 1, || usize::from(aside.is_told()));
            }
            let results = [0, 1].map(|number| {
                let result = call(world, number);
                if (rank, number + 1) == (other, calls) {
                    aside.tell(1, 0);
                }
                result
            });
            if rank == 1 {
                aside.hear();
            }
            results
        };
        if calls == 2 {
            return check.observe_rearranged(Patience::Limited, answer).0;
        }
        check.observe(answer).0
    })
}
