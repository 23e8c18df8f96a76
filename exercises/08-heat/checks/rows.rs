//! The checks of `halo`, `open-ends` and `broken-order`: blocks of rows.

use super::{
    Answers, Update, hiding, part,
    plate::{Part, Plate, Watch},
};
use crate::subject::Grid;
use harness_mpi::{Bounds, Check, Kind, Peer, SimpleCommunicator, Traffic, plural};

/// A function that simulates a number of steps in blocks of rows.
pub type Simulation = fn(&SimpleCommunicator, usize, &mut Grid, usize, Update<'_>);

/// The rows of this rank in a grid with these numbers of rows and columns.
pub fn own(check: &Check, shape: [usize; 2]) -> Part {
    Part::of(check.rank(), shape, [check.size(), 1])
}

/// How many ranks have rows.
pub fn active(check: &Check, rows: usize) -> usize {
    rows.min(check.size())
}

/// With more ranks than these, which share the cores of one machine, what depends on shapes alone is not tried again.
pub const FEW: usize = 4;

/// Grids to be split: fewer rows than ranks, as many, one more, and some that leave any remainder.
pub fn shapes(check: &mut Check) -> Vec<[usize; 2]> {
    let size = check.size();
    let drawn = 2 * size + check.draw(1..2 * size);
    let mut shapes = vec![
        [drawn, check.draw(3..9)],
        // Long rows, each of which is one message, too.
        [size - 1, check.draw(1000..2000)],
        [size + 1, 1],
    ];
    if size <= FEW {
        shapes.extend([[1, check.draw(2..6)], [size, check.draw(1..5)]]);
    }
    shapes.retain(|[rows, _]| *rows > 0);
    shapes
}

pub fn describe([rows, columns]: [usize; 2], steps: usize) -> String {
    format!(
        "{rows} x {columns} cells inside the frame, {}",
        plural(steps as u64, "step")
    )
}

pub fn halo(check: &mut Check, answers: &Answers) {
    let mut by_rank = true;
    for shape in shapes(check) {
        let plate = Plate::new(check, shape, 0);
        let own = own(check, shape);
        let input = format!("{} x {} cells inside the frame", shape[0], shape[1]);
        let right = part(check, &input, |check| {
            let mut block = plate.block(0, &own, false);
            let ((), traffic, among) =
                check.observe_among(|world| (answers.halo)(world, shape[0], &mut block));
            by_rank &= among.iter().all(|call| call.peer != Peer::Any);
            if own.is_empty() {
                takes_no_part(check, &traffic);
            } else if plate.holds(check, &block, &own, 0, true) {
                frugal(check, &traffic, shape, [1, 1]);
            }
        });
        if !right {
            return;
        }
    }
    if check.size() > 2 && !check.everywhere(by_rank) {
        hiding::tells_calls_apart(check, answers);
    }
}

/// Requires that a rank without rows moves nothing, and makes no communicator together with others.
fn takes_no_part(check: &mut Check, traffic: &Traffic) {
    let calls = traffic.moves(check.rank()).calls;
    let why = "a rank without rows sends and receives nothing";
    let _ = check.at_most("messages and collectives begun", calls, 0, why)
        && makes_no_communicator(
            check,
            traffic,
            "a rank without rows takes part in no collective",
        );
}

fn makes_no_communicator(check: &mut Check, traffic: &Traffic, why: &str) -> bool {
    let made = traffic.communicators_made(check.rank());
    check.at_most("calls that make a communicator", made, 0, why)
}

/// Requires that a rank moves its edges, as often as it must and as it may, and nothing else. What a rank does that
/// is alone is up to it: it moves nothing.
fn frugal(
    check: &mut Check,
    traffic: &Traffic,
    [rows, columns]: [usize; 2],
    [least, most]: [usize; 2],
) {
    if check.size() == 1 {
        return;
    }
    let (rank, active) = (check.rank(), active(check, rows));
    let neighbours = u64::from(rank > 0) + u64::from(rank + 1 < active);
    let messages = most as u64 * neighbours;
    // A row may have its two cells of the boundary with it.
    let bytes = messages * 8 * (columns as u64 + 2);
    let bounds = Bounds {
        given: bytes,
        got: bytes,
        calls: messages,
    };
    let why = "each neighbor needs one row in each step, and nothing more";
    if check.moves(traffic, bounds, why) {
        let (given, row) = (traffic.moves(rank).given, 8 * columns as u64);
        let needed = least as u64 * neighbours * row;
        check.require(given >= needed, Kind::WrongOperation, || {
            format!(
                "gave {} to MPI to send, but should send {needed}: each neighbor gets a row of {} in each step, even \
                 if its cells have not changed",
                plural(given, "byte"),
                plural(row, "byte")
            )
        });
    }
}

pub fn open_ends(check: &mut Check, answers: &Answers) {
    let right = simulate(
        check,
        answers.open_ends,
        false,
        |check, traffic, shape, _| {
            alike(check, traffic, shape[0]);
        },
    );
    if right && check.size() > FEW {
        ends_are_apart(check, answers.open_ends, false);
    }
}

pub fn broken_order(check: &mut Check, answers: &Answers) {
    let mut takes_turns = false;
    let right = simulate(
        check,
        answers.broken_order,
        true,
        |check, traffic, shape, turns| {
            takes_turns |= turns > 0;
            few_turns(check, traffic, shape[0], turns);
        },
    );
    // Ranks that take turns may all wait where one is late.
    if right && check.size() > FEW && !takes_turns {
        ends_are_apart(check, answers.broken_order, true);
    }
}

fn ends_are_apart(check: &mut Check, answer: Simulation, has_ghosts: bool) {
    let ranks = [check.size(), 1];
    let answer = |world: &_, [rows, _]: [usize; 2], block: &mut _, steps, update: Update<'_>| {
        answer(world, rows, block, steps, update);
    };
    hiding::ends_are_apart(check, answer, ranks, has_ghosts);
}

/// Requires that ranks which take turns, by blocking sends and receives, do not form a chain. If every second rank
/// sends first, an exchange takes four turns, however many ranks there are.
fn few_turns(check: &mut Check, traffic: &Traffic, rows: usize, turns: u64) {
    const ENOUGH: u64 = 6;
    if active(check, rows) <= FEW {
        return;
    }
    // Rank 1 sends to two neighbors.
    let exchanges = traffic.sent_by(1).times.div_ceil(2);
    // The same on all ranks: one is enough to say so.
    let turns = if check.rank() == 0 { turns } else { 0 };
    let why = "do not let each rank wait for the one before it; if every second rank sends first, all pairs exchange \
               at the same time";
    check.few_rounds("steps one after the other", turns, ENOUGH * exchanges, why);
}

/// Runs a simulation in blocks of rows, and holds it against the one of the whole grid. `judge` also gets the number
/// of turns, one after the other, in which ranks send and receive by calls that wait; 0 where nobody can tell. Returns
/// whether all was right.
pub fn simulate(
    check: &mut Check,
    answer: Simulation,
    has_ghosts: bool,
    mut judge: impl FnMut(&mut Check, &Traffic, [usize; 2], u64),
) -> bool {
    let size = check.size();
    let mut grids = Vec::new();
    for (number, shape) in shapes(check).into_iter().enumerate() {
        let steps = [3, 2, 4, 1, 0][number % 5];
        let input = describe(shape, steps);
        grids.push((Plate::new(check, shape, steps + 1), steps, input));
    }
    if size <= FEW {
        let (shape, steps) = ([size + 1, 9], 2);
        let input = format!("{}, which change nothing", describe(shape, steps));
        grids.push((Plate::steady(check, shape, steps + 1), steps, input));
    }
    for (plate, steps, input) in grids {
        let shape = plate.shape;
        let own = own(check, shape);
        let right = part(check, &input, |check| {
            let mut block = plate.block(0, &own, has_ghosts);
            let watch = Watch::new(&plate, &own);
            let update: Update<'_> = &|above, row, below, new| {
                watch.update(above, row, below, new);
            };
            let ((), traffic, turns) =
                check.observe_steps(|world| answer(world, shape[0], &mut block, steps, update));
            if own.is_empty() {
                watch.judge(check, steps);
                takes_no_part(check, &traffic);
            } else if watch.judge(check, steps) && plate.holds(check, &block, &own, steps, false) {
                // With the ghost rows of the first step, one exchange less is enough.
                let least = steps.saturating_sub(usize::from(has_ghosts));
                frugal(check, &traffic, shape, [least, steps]);
                if size > 1 {
                    let why = "no rank waits for all other ranks, but a communicator is made by all together";
                    makes_no_communicator(check, &traffic, why);
                }
            }
            if check.everywhere(check.is_clean()) {
                judge(check, &traffic, shape, turns.unwrap_or_default());
            }
        });
        if !right {
            return false;
        }
    }
    true
}

/// Requires that this rank made the calls of one that has two neighbors.
fn alike(check: &mut Check, traffic: &Traffic, rows: usize) {
    const CALLS: [&str; 16] = [
        "MPI_Sendrecv",
        "MPI_Send",
        "MPI_Ssend",
        "MPI_Bsend",
        "MPI_Isend",
        "MPI_Issend",
        "MPI_Ibsend",
        "MPI_Recv",
        "MPI_Irecv",
        "MPI_Mrecv",
        "MPI_Imrecv",
        "MPI_Sendrecv_replace",
        "MPI_Isendrecv",
        "MPI_Isendrecv_replace",
        "MPI_Start",
        "MPI_Startall",
    ];
    let (rank, active) = (check.rank(), active(check, rows));
    if active < 3 || rank >= active {
        return;
    }
    let differs = |name: &str| traffic.calls(rank, name) != traffic.calls(1, name);
    let other = CALLS.iter().copied().find(|name| differs(name));
    check.require(other.is_none(), Kind::WrongOperation, || {
        let name = other.unwrap_or_default();
        format!(
            "called {name} {}, but rank 1, which has two neighbors, {}: at an open end, make the same calls with \
             `MPI_PROC_NULL` as the neighbor",
            times(traffic.calls(rank, name)),
            times(traffic.calls(1, name))
        )
    });
}

fn times(count: u64) -> String {
    match count {
        0 => String::from("never"),
        1 => String::from("once"),
        more => format!("{more} times"),
    }
}
