//! The checks of `post-start`, where some ranks meet, and of `shared`, where those of a node do.

use super::{Answers, LARGE, Moved, SMALL, few_operations, one_sided_only, part};
use harness::memory;
use harness_mpi::{Bounds, Check, Kind, Reason, Traffic, plural};
use mpi::Rank;
use mpi_extra::traits::*;
use std::{
    cell::{Cell, RefCell},
    fs::File,
    io::{BufRead, BufReader},
};

pub fn post_start(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let first = check.draw(0..size);
    let lines: Vec<Vec<usize>> = vec![
        (0..size).collect(),
        (0..size).skip(1).collect(),
        (0..size).map(|at| (first + at) % size).take(2).collect(),
        (0..size).rev().step_by(2).collect(),
    ];
    // In each line, a rank puts the same numbers. In the first line, two of them are zeros.
    let mut all = check.fractions(2 * size);
    (all[1], all[size]) = (0.0, -0.0);
    let (lows, highs) = all.split_at(size);
    for line in lines.into_iter().filter(|line| line.len() > 1) {
        let input = format!(
            "a line of the ranks {line:?}, from below; other ranks have no neighbor, and do not call it"
        );
        let right = part(check, &input, |check| {
            let rest = check.fractions(2 * size);
            let mut ghosts = [rest[2 * rank], rest[2 * rank + 1]];
            let old = ghosts;
            let place = line.iter().position(|member| *member == rank);
            let at = |place: Option<usize>| place.and_then(|place| line.get(place)).copied();
            let below = at(place.and_then(|place| place.checked_sub(1)));
            let above = at(place.map(|place| place + 1));
            let neighbours = [below, above].map(|other| other.map(|other| other as Rank));
            let ((), traffic) = check.observe(|world| {
                world.with_window(&mut ghosts, |window| {
                    if place.is_some() {
                        let edges = [lows[rank], highs[rank]];
                        (answers.post_start)(window, neighbours, edges);
                    }
                });
            });
            let expected = [
                below.map_or(old[0], |below| highs[below]),
                above.map_or(old[1], |above| lows[above]),
            ];
            let why = "the highest number of the neighbor below, and the lowest of the neighbor above; without a \
                       neighbor, the place stays unchanged";
            if check.holds(
                "the memory of the window",
                Moved(ghosts),
                Moved(expected),
                why,
            ) && place.is_some()
            {
                let many = neighbours.iter().flatten().count() as u64;
                let why = "neighbors open their memory to each other, and wait for no other rank";
                let others = ["MPI_Win_fence", "MPI_Win_lock", "MPI_Win_lock_all"];
                let epochs = traffic.calls(rank, "MPI_Win_start");
                let why_one = "one epoch reaches all neighbors";
                let _ = check.uses(&traffic, &["MPI_Win_start"], why)
                    && check.avoids(&traffic, &others, why)
                    && check.at_most("calls of MPI_Win_start", epochs, 1, why_one)
                    && few_operations(
                        check,
                        &traffic,
                        "MPI_Put",
                        (many, 8 * many),
                        "one put for each neighbor",
                    )
                    && one_sided_only(check, &traffic);
            }
        });
        if !right {
            return;
        }
    }
}

/// The length of the part of memory that was mapped in one piece with this address in it, where the system tells.
/// It takes hardly any memory itself.
fn mapped(address: usize) -> Option<u64> {
    let mut maps = BufReader::with_capacity(4 << 10, File::open("/proc/self/maps").ok()?);
    let mut line = String::new();
    while maps.read_line(&mut line).ok()? > 0 {
        let (start, end) = line.split_once(' ')?.0.split_once('-')?;
        let place = |digits| usize::from_str_radix(digits, 16).ok();
        let range = place(start)?..place(end)?;
        if range.contains(&address) {
            return Some(range.len() as u64);
        }
        line.clear();
    }
    None
}

/// The node of a rank, from the rank and the number of ranks.
type NodeOf = fn(usize, usize) -> usize;

pub fn shared(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let large = if size <= 4 { LARGE } else { 2 };
    let cases: [(usize, &str, NodeOf); 4] = [
        (5, "all ranks are on one node", |_, _| 0),
        (
            large,
            "the ranks are on two nodes, round-robin",
            |rank, _| rank % 2,
        ),
        (1, "each rank is on its own node", |rank, _| rank),
        (
            3,
            "the first half of the ranks is on one node, and the rest on another",
            |rank, size| usize::from(rank >= size / 2),
        ),
    ];
    for (length, nodes, node_of) in cases {
        let node = node_of(rank, size);
        let input = format!("a table of {}; {nodes}", plural(length as u64, "number"));
        let right = part(check, &input, |check| {
            let first = f64::from(check.draw(1..1_000_000));
            let number = |node: usize, at: usize| first + (1000 * at + node) as f64 / 7.0;
            // The address at which the table was filled, and the one at which it was read.
            let filled: RefCell<Vec<(usize, usize)>> = RefCell::default();
            let looked: RefCell<Vec<(usize, usize)>> = RefCell::default();
            let wrong: Cell<Option<(usize, f64)>> = Cell::default();
            let room: Cell<Option<u64>> = Cell::default();
            let fill = |table: &mut [f64]| {
                filled
                    .borrow_mut()
                    .push((table.as_ptr() as usize, table.len()));
                (0..)
                    .zip(table)
                    .for_each(|(at, place)| *place = number(node, at));
            };
            let look = |table: &[f64]| {
                looked
                    .borrow_mut()
                    .push((table.as_ptr() as usize, table.len()));
                let is_wrong = |(at, found): &(usize, &f64)| **found != number(node, *at);
                let found = (0..).zip(table).find(is_wrong);
                wrong.set(found.map(|(at, found)| (at, *found)));
                room.set(mapped(table.as_ptr() as usize));
            };
            let ((held, traffic), members) = check.on_node(node as u16, |check| {
                let seen = check.observe(|world| {
                    memory::most_held(|| (answers.shared)(world, length, &fill, &look)).1
                });
                let members: Vec<usize> =
                    (0..size).filter(|of| node_of(*of, size) == node).collect();
                (seen, members)
            });
            let (filled, looked) = (filled.into_inner(), looked.into_inner());
            let lengths = |calls: &[(usize, usize)]| -> Vec<usize> {
                calls.iter().map(|(_, length)| *length).collect()
            };
            let fills: Vec<u64> = lengths(&filled)
                .iter()
                .map(|length| *length as u64)
                .collect();
            let fills = check.aside().share_all(&fills);
            let of_node: Vec<u64> = members.iter().flat_map(|of| fills[*of].clone()).collect();
            let mut right = check.holds(
                "the list of lengths passed to `fill` on this node",
                of_node,
                vec![length as u64],
                "one rank of each node calls it once, with the whole table",
            ) && check.holds(
                "the list of lengths passed to `look`",
                lengths(&looked),
                vec![length],
                "each rank calls it once, with the whole table",
            );
            if right {
                let found = wrong.get();
                right = check.require(found.is_none(), Kind::WrongResult, || {
                    let (at, found) = found.unwrap_or_default();
                    format!(
                        "found {found} at place {at} of the table, should find {}: call `look` with the table of this \
                         node, and not before it is filled",
                        number(node, at)
                    )
                });
            }
            if !check.everywhere(right) {
                return;
            }
            let bytes = 8 * length as u64;
            // On a node with one rank, any memory will do.
            let own = if members.len() == 1 { bytes } else { 0 };
            let lean = held <= own + SMALL;
            let mut right = check.require_rule(lean, Kind::WrongOperation, Reason::Copied, || {
                format!(
                    "allocated {} while it ran; the table has {}. The ranks of a node read the shared table, without a \
                     copy",
                    plural(held, "byte"),
                    plural(bytes, "byte")
                )
            });
            if let (true, [(here, _)], [(there, _)]) = (right, &filled[..], &looked[..]) {
                right = check.require_rule(here == there, Kind::WrongOperation, Reason::Copied, || {
                    String::from("looked at a different place in memory than was filled: the table exists only once")
                });
            }
            // The smallest unit of memory is no small part of a short table.
            let several = room
                .get()
                .filter(|room| length == LARGE && members.len() > 1 && *room >= 2 * bytes);
            right = right && check.require_rule(several.is_none(), Kind::WrongOperation, Reason::Copied, || {
                format!(
                    "shares {} with the other ranks of its node; the table has {}. It exists only once: one rank of \
                     the node gives its length to the shared memory, and the others give 0",
                    plural(several.unwrap_or_default(), "byte"),
                    plural(bytes, "byte")
                )
            });
            if right && members.len() > 1 {
                // Barriers move nothing.
                let bounds = Bounds {
                    given: 0,
                    got: 0,
                    ..Bounds::NONE
                };
                let _ = check.moves(&traffic, bounds, "data in shared memory need not be sent")
                    && traffic_of_windows(check, &traffic)
                    && check.require(
                        traffic.calls(rank, "MPI_Win_allocate_shared") > 0,
                        Kind::WrongOperation,
                        || String::from("never called MPI_Win_allocate_shared: this call allocates memory that the ranks of a node share"),
                    );
            }
        });
        if !right {
            return;
        }
    }
}

/// Requires that nothing is read or written by the operations of a window.
fn traffic_of_windows(check: &mut Check, traffic: &Traffic) -> bool {
    let operations = ["MPI_Get", "MPI_Put", "MPI_Accumulate", "MPI_Fetch_and_op"];
    check.avoids(
        traffic,
        &operations,
        "a rank reads shared memory like its own",
    )
}
