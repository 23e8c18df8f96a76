//! The checks of the tasks with fences: `expose`, `put`, `get` and `accumulate`.

use super::{Answers, LARGE, Moved, SMALL, coming_late, few_operations, one_sided_only, part};
use harness::memory;
use harness_mpi::{Check, Kind, Reason, plural};
use mpi::Rank;
use mpi_extra::window::{Arriving, Window};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

const FENCE: &[&str] = &["MPI_Win_fence"];

pub fn expose(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let drawn = check.draw_vec(size, 2..9);
    let large = if size <= 4 { LARGE } else { 300 };
    // In the last, rank 0 opens no memory, and has work to do nevertheless. The others open so much that a copy of it
    // is noticed.
    for lengths in [
        vec![3; size],
        drawn,
        (2..size + 2).collect(),
        (0..size)
            .map(|rank| (large + rank) * usize::from(rank > 0))
            .collect(),
    ] {
        let input = format!("the ranks open {lengths:?} numbers");
        let right = part(check, &input, |check| {
            let all: Vec<Vec<f64>> = lengths
                .iter()
                .map(|length| check.fractions(*length))
                .collect();
            let put = check.fractions(size);
            let mut memory = all[rank].clone();
            let (next, previous) = ((rank + 1) % size, (rank + size - 1) % size);
            let (times, seen) = (Cell::new(0), RefCell::new(Vec::new()));
            let arriving: RefCell<Option<Arriving<f64>>> = RefCell::new(None);
            let work = |window: &Window<'_, f64>| {
                times.set(times.get() + 1);
                let of = |rank| window.length(rank as Rank);
                *seen.borrow_mut() = (0..size).map(of).collect();
                if seen.borrow()[..] != lengths[..] || times.get() > 1 {
                    return;
                }
                if lengths[next] > 0 {
                    window.put(vec![put[rank]], next as Rank, 0);
                }
                if let Some(last) = lengths[previous].checked_sub(1) {
                    let get = window.get(previous as Rank, last..last + 1);
                    *arriving.borrow_mut() = Some(get);
                }
            };
            let (held, traffic) = check.observe(|world| {
                memory::most_held(|| (answers.expose)(world, &mut memory, &work)).1
            });
            let why = "call it once, with the window";
            let mut right = check.holds("the number of calls of `work`", times.get(), 1, why)
                && check.holds(
                    "the length of the window on each rank",
                    seen.into_inner(),
                    lengths.clone(),
                    "the window contains all memory that a rank opens",
                );
            if right {
                let mut expected = all[rank].clone();
                if let Some(first) = expected.first_mut() {
                    *first = put[previous];
                }
                let got = arriving.into_inner().map(|arriving| arriving.value());
                let last = all[previous].last().copied();
                right = check.holds(
                    "memory",
                    memory,
                    expected,
                    "the previous rank has put a number into place 0, and nothing else has changed",
                ) && check.holds(
                    "the value that the get in `work` fetched",
                    got,
                    last,
                    "it is the last number of the previous rank",
                );
            }
            let _ = right
                && check.uses(&traffic, FENCE, "`work` runs between two fences")
                && check.uses(
                    &traffic,
                    &["MPI_Win_create"],
                    "the window is on `memory` itself",
                )
                && check.require_rule(held <= SMALL, Kind::WrongOperation, Reason::Copied, || {
                    format!(
                        "allocated {} while it ran; `memory` has {}. The window is on `memory` itself, not on a copy",
                        plural(held, "byte"),
                        plural(8 * lengths[rank] as u64, "byte")
                    )
                })
                && one_sided_only(check, &traffic);
        });
        if !right {
            return;
        }
    }
}

pub fn put(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for length in [1, 3, check.draw(256..300), 0] {
        let input = format!("each row has {}", plural(length as u64, "number"));
        let right = part(check, &input, |check| {
            let mut all: Vec<i64> = check.integers(length * size);
            // Rank 0 puts zeros.
            all[..length * usize::from(length == 3)].fill(0);
            let mine = &all[rank * length..][..length];
            let mut table: Vec<i64> = all.iter().map(|number| !number).collect();
            let ((), traffic) = check.observe(|world| (answers.put)(world, mine, &mut table));
            let bytes = 8 * (length * size) as u64;
            let why = "the table has the row of rank 0, then the row of rank 1, and so on";
            let why_few = "put each row once into each table";
            if check.holds("table", table, all.clone(), why) && size > 1 && length > 0 {
                let _ =
                    check.uses(
                        &traffic,
                        &["MPI_Put"],
                        "a put writes a row into another rank's table",
                    ) && few_operations(check, &traffic, "MPI_Put", (size as u64, bytes), why_few)
                        && one_sided_only(check, &traffic);
            }
        });
        if !right {
            return;
        }
    }
}

pub fn get(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let drawn = check.draw(5..20);
    // In the last of these, the positions and the length occur for the second time.
    let mut cases = vec![
        (1, 2 * size),
        (4, 6),
        (drawn, 10),
        (30, 0),
        (7, 1),
        (1, 2 * size),
    ];
    // Positions that need more than 16 bits.
    if size == 2 {
        cases.push((70_000, 4));
    }
    for (length, many) in cases {
        let input = format!(
            "each block has {}; rank 0 looks up {}, rank 1 half of that, rank 2 none, and so on",
            plural(length as u64, "number"),
            plural(many as u64, "position")
        );
        // A rank without any makes all collective calls nevertheless.
        let many_of = |place: usize| [many, many / 2, 0][place % 3];
        let right = part(check, &input, |check| {
            let mut vector = check.fractions(length * size);
            let mut positions: Vec<usize> = Vec::new();
            for place in 0..size {
                let mut drawn = check.draw_vec(many_of(place), 0..length * size);
                // At least one is on another rank.
                if let Some(first) = drawn.first_mut() {
                    *first = (place + 1) % size * length + *first % length;
                    // A number that is equal to another one, but not the same.
                    if (length, place) == (4, 0) {
                        vector[*first] = -0.0;
                    }
                }
                // Two follow each other, and are on different ranks.
                if size > 1
                    && let [_, last, first, ..] = &mut drawn[..]
                {
                    (*last, *first) = (length - 1, length);
                }
                if place == rank {
                    positions = drawn;
                }
            }
            let mut block = vector[rank * length..][..length].to_vec();
            let (numbers, traffic) =
                check.observe(|world| (answers.get)(world, &mut block, &positions));
            let expected: Vec<f64> = positions.iter().map(|at| vector[*at]).collect();
            let why =
                format!("these are the numbers at the positions {positions:?} of the whole vector");
            let own = vector[rank * length..][..length].to_vec();
            let right = check.returned(Moved(numbers), Moved(expected), &why)
                && check.holds("block", block, own, "it stays unchanged");
            let many = positions.len() as u64;
            if right && size > 1 {
                let limit = (many, 8 * many);
                let why = "a get reads a number of another rank";
                let _ = (many == 0 || check.uses(&traffic, &["MPI_Get"], why))
                    && few_operations(check, &traffic, "MPI_Get", limit, "one for each position")
                    && one_sided_only(check, &traffic);
            }
        });
        if !right {
            return;
        }
    }
}

const UPDATES: &[&str] = &["MPI_Accumulate", "MPI_Fetch_and_op"];

pub fn accumulate(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let (aside, drawn) = (Rc::new(check.aside()), check.draw(2..6));
    // With the last, some bin counts more than 8 bits hold.
    for (share, many) in [(1, 1), (2, 5), (drawn, 20), (3, 0), (1, 300)] {
        let input = format!(
            "each rank has {}, and finds up to {}",
            plural(share as u64, "bin"),
            plural(many as u64, "value")
        );
        let right = part(check, &input, |check| {
            let mut found: Vec<Vec<usize>> = Vec::new();
            for place in 0..size {
                let length = match many {
                    5 if place + 1 == size => 0,
                    2.. if place % 3 == 2 => many / 2,
                    _ => many,
                };
                let mut values = check.draw_vec(length, 0..share * size);
                // All ranks find this one.
                if let Some(last) = values.last_mut() {
                    *last = share * size - 1;
                }
                found.push(values);
            }
            let mut all = vec![0; share * size];
            found.iter().flatten().for_each(|value| all[*value] += 1);
            let values = &found[rank];
            // On few ranks, and once, because a right answer waits for it. The last rank has a bin that rank 0
            // adds to.
            let is_late = rank == 0 && many == 20 && (2..4).contains(&size);
            let late = is_late.then(|| aside.clone());
            let (bins, traffic) = coming_late(check, late, |check| {
                check.observe(|world| (answers.accumulate)(world, values, share))
            });
            let why = "for each bin, it is the number of times that its value occurs on all ranks";
            let expected = all[rank * share..][..share].to_vec();
            let right = check.returned(bins, expected, why);
            // A rank may add to its own bins in any way.
            let reaches = values.iter().any(|value| value / share != rank);
            if right && size > 1 && reaches {
                let most = values.len().max(share * size) as u64;
                let why_few = "accumulate one number for each value, or one for each bin";
                let _ = check.uses(
                    &traffic,
                    UPDATES,
                    "an accumulate adds to a bin of another rank",
                ) && UPDATES.iter().all(|function| {
                    few_operations(check, &traffic, function, (most, 8 * most), why_few)
                }) && one_sided_only(check, &traffic);
            }
        });
        if !right {
            return;
        }
    }
}
