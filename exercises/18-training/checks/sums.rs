//! The checks of `fixed-order`, `ring`, and `buckets`, which add up vectors of all ranks.

use super::{Answers, networks::Sum, only_by, part};
use harness_mpi::{Bounds, COMMUNICATOR_MAKERS, Check, Kind, Traffic, plural};
use std::cell::RefCell;

/// Vectors of all ranks, whose sums have no rounding errors in any order.
fn whole(check: &mut Check, length: usize) -> Vec<Vec<f64>> {
    let size = check.size();
    (0..size)
        .map(|_| {
            let numbers = check.draw_vec(length, -(1_i64 << 44)..1 << 44);
            numbers.into_iter().map(|number| number as f64).collect()
        })
        .collect()
}

fn sums(vectors: &[Vec<f64>]) -> Vec<Sum> {
    (0..vectors[0].len())
        .map(|at| Sum {
            value: vectors.iter().map(|vector| vector[at]).sum(),
            scale: vectors.iter().map(|vector| vector[at].abs()).sum(),
        })
        .collect()
}

fn values(sums: &[Sum]) -> Vec<f64> {
    sums.iter().map(|sum| sum.value).collect()
}

pub fn fixed_order(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for (pieces, length) in [
        (3 * size + 1, 20),
        (12, 9),
        (size - 1, 5),
        (0, 3),
        (5, 0),
        (1, 1),
        (size, 6),
        (2 * size, 4),
        (40, 17),
        (300, 2),
    ] {
        let mut all: Vec<Vec<f64>> = (0..pieces)
            .map(|_| check.draw_vec(length, -1.0..1.0))
            .collect();
        let negative_zeros = length == 4;
        if negative_zeros {
            // Adding them to 0 gives 0, and adding them to -0.0 gives -0.0.
            all.iter_mut().for_each(|piece| piece.fill(-0.0));
        }
        // In some cases the pieces are distributed evenly, and in others at random.
        let mut ends: Vec<usize> = (1..=size).map(|end| pieces * end / size).collect();
        if pieces == 12 || pieces == 40 {
            ends = check.draw_vec(size, 0..pieces + 1);
            ends.sort_unstable();
            ends[size - 1] = pieces;
        } else if pieces == 300 || length == 6 {
            // One rank has all of them: more than a byte can count, or as many as there are ranks.
            let owner = check.draw(0..size);
            ends = (0..size)
                .map(|rank| if rank < owner { 0 } else { pieces })
                .collect();
        }
        let start = if rank == 0 { 0 } else { ends[rank - 1] };
        let own = &all[start..ends[rank]];
        let input = format!(
            "{} of {}{}; the pieces of ranks 0, 1, … end before pieces {ends:?}",
            plural(pieces as u64, "piece"),
            plural(length as u64, "number"),
            if negative_zeros {
                ", all of them -0.0"
            } else {
                ""
            }
        );
        if !part(check, &input, |check| {
            let (returned, traffic) =
                check.observe(|world| (answers.fixed_order)(world, own, length));
            let mut expected = vec![0.0; length];
            for piece in &all {
                for (sum, number) in expected.iter_mut().zip(piece) {
                    *sum += number;
                }
            }
            let why = "0 + piece 0 + piece 1 + …, in this order, to the last bit";
            // It is equal to 0.0, and no other two numbers are equal and have different bits.
            let negative = returned
                .iter()
                .position(|sum| *sum == 0.0 && sum.is_sign_negative());
            let right = check.returned(returned, expected, why)
                && check.require(negative.is_none(), Kind::WrongResult, || {
                    format!(
                        "returned -0.0 at index {}, should return 0.0: start with 0.0 and add the pieces to it; \
                         `sum()` of an iterator starts with -0.0",
                        negative.unwrap_or_default()
                    )
                });
            if right && size > 1 {
                let bytes = (8 * (pieces + 2) * length + 32 * size + 64) as u64;
                let bounds = Bounds {
                    given: bytes,
                    got: bytes,
                    calls: size as u64 + 4,
                };
                let why =
                    "each rank needs each piece once, and several pieces fit into one message";
                check.moves(&traffic, bounds, why);
            }
        }) {
            return;
        }
    }
}

pub fn ring(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let mut lengths = vec![3 * size, 1, 0, size - 1, size, size + 1];
    lengths.push(7 * size + check.draw(0..size));
    lengths.push(500 + check.draw(0..size));
    // The parts are long, too.
    lengths.push(1_500 * size);
    for length in lengths {
        let vectors = whole(check, length);
        let input = format!("{} on each rank", plural(length as u64, "number"));
        if !part(check, &input, |check| {
            let (own, traffic) = around(check, answers, &vectors);
            let why = "every rank gets the sums of all ranks' numbers, element by element";
            if check.holds("numbers", own, values(&sums(&vectors)), why) {
                around_the_ring(check, &traffic, length);
            }
        }) {
            return;
        }
    }
    for (length, large) in [
        (1, 0.0),
        (2, 0.0),
        (2 * size + 1, 0.0),
        (40, 0.0),
        (40, 1e6),
    ] {
        // Two neighbors have large numbers that cancel: a sum changes when one of them is taken away and added again.
        let pairs: Vec<Vec<f64>> = (0..size / 2).map(|_| check.floats(length)).collect();
        let vectors: Vec<Vec<f64>> = (0..size)
            .map(|rank| {
                let unit = if rank % 2 == 0 { large } else { -large };
                let mut numbers = check.floats(length);
                if let Some(pair) = pairs.get(rank / 2) {
                    for (number, other) in numbers.iter_mut().zip(pair) {
                        *number += unit * other;
                    }
                }
                numbers
            })
            .collect();
        let input = format!(
            "{} that are not whole, on each rank{}",
            plural(length as u64, "number"),
            if large > 0.0 {
                ", large ones that cancel"
            } else {
                ""
            }
        );
        if !part(check, &input, |check| {
            let (own, _) = around(check, answers, &vectors);
            let sums = sums(&vectors);
            let mut found = own.clone();
            for (found, sum) in found.iter_mut().zip(&sums) {
                *found = sum.forgive(*found);
            }
            let why = "every rank gets the sums of all ranks' numbers, element by element";
            let right = check.holds("numbers", found, values(&sums), why);
            let why =
                "add up each element once, in one order, and then pass that sum on to all ranks";
            check.same_bits(right, &own, why);
        }) {
            return;
        }
    }
}

fn around(check: &mut Check, answers: &Answers, vectors: &[Vec<f64>]) -> (Vec<f64>, Traffic) {
    let mut own = vectors[check.rank()].clone();
    let ((), traffic) = check.observe(|world| (answers.ring)(world, &mut own));
    (own, traffic)
}

/// Requires that messages went only to the next rank, and that they were few and short.
fn around_the_ring(check: &mut Check, traffic: &Traffic, length: usize) -> bool {
    let (rank, size) = (check.rank(), check.size());
    let library = traffic.collectives().join(", ");
    let why = "this task asks for an all-reduce made of sends and receives alone";
    let by_hand = check.require(library.is_empty(), Kind::WrongOperation, || {
        format!("or another rank called {library}: {why}")
    });
    let by_hand = by_hand && check.avoids(traffic, COMMUNICATOR_MAKERS, why);
    let next = (rank + 1) % size;
    let astray = (0..size).find(|to| *to != next && traffic.between(rank, *to).times > 0);
    let around = check.require(astray.is_none(), Kind::WrongOperation, || {
        format!(
            "sent a message to rank {}: in this ring, it sends only to rank {next}",
            astray.unwrap_or_default()
        )
    });
    let steps = 2 * (size - 1);
    let sent = traffic.sent_by(rank);
    let longest = 8 * length.div_ceil(size);
    let why =
        "with n ranks, a rank sends 2 (n - 1) messages, each with one of n parts of the vector";
    by_hand
        && around
        && check.at_most("bytes sent", sent.bytes, (steps * longest) as u64, why)
        && check.at_most("messages sent", sent.times, steps as u64, why)
}

/// What an answer had done before a call of `compute`.
#[derive(Clone, Copy)]
struct Seen {
    layer: usize,
    length: usize,
    starts: u64,
    ends: u64,
}

pub fn buckets(check: &mut Check, answers: &Answers) {
    for lengths in [
        &[5, 3][..],
        &[4, 7, 2],
        &[6],
        &[],
        &[3, 0, 2],
        &[0],
        &[200, 30, 5, 1],
        &[2, 4_000, 3],
        // So many requests in progress at a time.
        &[3, 1, 2, 1, 0, 4, 1, 2, 1, 1, 1, 5],
    ] {
        let layers: Vec<Vec<Vec<f64>>> =
            lengths.iter().map(|length| whole(check, *length)).collect();
        let input = format!("layers of {lengths:?} numbers");
        if !part(check, &input, |check| {
            overlapped(check, answers, lengths, &layers)
        }) {
            return;
        }
    }
}

fn overlapped(check: &mut Check, answers: &Answers, lengths: &[usize], layers: &[Vec<Vec<f64>>]) {
    const IMMEDIATE: &[&str] = &["MPI_Iallreduce"];
    const ENDS: &[&str] = &[
        "MPI_Wait",
        "MPI_Waitall",
        "MPI_Waitany",
        "MPI_Waitsome",
        "MPI_Test",
        "MPI_Testall",
        "MPI_Testany",
        "MPI_Testsome",
    ];
    let rank = check.rank();
    let seen: RefCell<Vec<Seen>> = RefCell::default();
    let mut compute = |layer: usize, gradient: &mut [f64]| {
        seen.borrow_mut().push(Seen {
            layer,
            length: gradient.len(),
            starts: check.calls_so_far(IMMEDIATE),
            ends: check.calls_so_far(ENDS),
        });
        let own = layers.get(layer).map_or(&[][..], |vectors| &vectors[rank]);
        for (place, number) in gradient.iter_mut().zip(own) {
            *place = *number;
        }
    };
    let (returned, traffic) =
        check.observe(|world| (answers.buckets)(world, lengths, &mut compute));
    let seen = seen.into_inner();
    let calls: Vec<(usize, usize)> = seen.iter().map(|seen| (seen.layer, seen.length)).collect();
    let right: Vec<(usize, usize)> = lengths.iter().copied().enumerate().rev().collect();
    let why = "(layer, length) of each call: one call for each layer, from the last to the first";
    let expected: Vec<Vec<f64>> = layers
        .iter()
        .map(|vectors| values(&sums(vectors)))
        .collect();
    let why_sums =
        "the sums of the gradients of all ranks, layer by layer, from the first to the last";
    let right = check.holds("calls of `compute`", calls, right, why)
        && check.returned(returned, expected, why_sums);
    if !right || check.size() == 1 {
        return;
    }
    for Seen {
        layer,
        starts,
        ends,
        ..
    } in seen
    {
        // Empty layers need no all-reduce.
        let computed = lengths[layer + 1..].iter().filter(|length| **length > 0);
        let missing = starts < computed.count() as u64;
        let wrong = match (missing, ends) {
            (true, _) => {
                "had not yet started a non-blocking all-reduce (MPI_Iallreduce) for each layer that it had computed"
            }
            (false, 1..) => "had already waited for a request or tested one",
            (false, 0) => continue,
        };
        check.require(false, Kind::WrongOperation, || {
            format!(
                "{wrong} when it called `compute` for layer {layer}: start each all-reduce as soon as its gradient has \
                 been computed, and wait at the end, so that the sums are in progress during the computation"
            )
        });
        return;
    }
    let bytes = 8 * lengths.iter().sum::<usize>() as u64;
    let bounds = Bounds {
        given: bytes,
        got: bytes,
        calls: lengths.len() as u64,
    };
    let why = "this task asks for one non-blocking all-reduce for each layer, and nothing else";
    only_by(check, &traffic, IMMEDIATE, bounds, why);
}
