//! The checks of the tasks that draw points from streams.

use super::{
    Answers, ahead, draw_hits, has_drawn, is_even, numbers_between, of_all, stream_of, together,
};
use crate::subject::{Count, Stream};
use harness_mpi::{Aside, Check, Kind, plural};
use std::collections::{BTreeSet, HashMap};

pub fn serial(check: &mut Check, answers: &Answers) {
    if counts_hits(check, answers) {
        counts_in_blocks(check, answers);
    }
}

/// Returns whether it was right everywhere.
fn counts_hits(check: &mut Check, answers: &Answers) -> bool {
    for samples in [1000, 1, 2, 0, 50_003] {
        let seed = check.draw(0..1_000_000);
        check.input(format!("hits: {}, seed {seed}", plural(samples, "point")));
        let before = stream_of(seed, 0);
        let mut stream = before.clone();
        let hits = (answers.hits)(&mut stream, samples);
        let expected = draw_hits(&mut before.clone(), samples);
        let mut right = check.returned(hits, expected, "the points with x² + y² < 1");
        right &= has_drawn(check, &before, &stream, samples);
        if !check.everywhere(right) {
            return false;
        }
    }
    true
}

fn counts_in_blocks(check: &mut Check, answers: &Answers) {
    for (samples, block) in [
        (1000, 64),
        (9, 3),
        (10, 3),
        (1, 5),
        (0, 5),
        (5, 1),
        (50_003, 4096),
    ] {
        let seed = check.draw(0..1_000_000);
        check.input(format!(
            "blocks: {}, {block} in a block, seed {seed}",
            plural(samples, "point")
        ));
        let before = stream_of(seed, 0);
        let (mut stream, mut again) = (before.clone(), before.clone());
        let blocks = (answers.blocks)(&mut stream, samples, block);
        let expected: Vec<u64> = (0..samples)
            .step_by(block as usize)
            .map(|start| draw_hits(&mut again, block.min(samples - start)))
            .collect();
        let why = "block after block of the one stream, the last with what is left";
        let mut right = check.returned(blocks, expected, why);
        right &= has_drawn(check, &before, &stream, samples);
        if !check.everywhere(right) {
            return;
        }
    }
}

pub fn streams(check: &mut Check, answers: &Answers) {
    let seed = check.draw(0..1_000_000);
    let aside = check.aside();
    let stream = |check: &mut Check, seed: u64| {
        check.input(format!("the seed {seed}"));
        check.observe(|world| (answers.streams)(world, seed)).0
    };
    let (first, again) = (stream(check, seed), stream(check, seed));
    let same = check.require(first == again, Kind::WrongResult, || {
        String::from(
            "gets other numbers when it asks again with the same seed: nobody can repeat its run",
        )
    });
    if !check.everywhere(same) || !apart(check, &aside, &first) {
        return;
    }
    // What people make of seed and rank: sums, products, and a factor of 1,000 to be on the safe side.
    let near = seed..=seed + check.size() as u64;
    let far = [0, seed + 1000, 2 * seed, 3 * seed, 1000 * seed];
    let seeds: BTreeSet<u64> = near.chain(far).collect();
    let seeds = Vec::from_iter(seeds);
    let mut starts = Vec::new();
    for seed in &seeds {
        starts.extend(ahead(&stream(check, *seed), SHORT));
    }
    let met = meeting(&aside.share_all(&starts), check.rank(), SHORT);
    if let Some((mine, _, other)) = met {
        check.input(format!("the seeds {} and {}", seeds[mine], seeds[other]));
    }
    check.require(met.is_none(), Kind::WrongResult, || {
        let (mine, rank, other) = met.unwrap_or_default();
        let (mine, other) = (seeds[mine], seeds[other]);
        format!("draws numbers with the seed {mine} that rank {rank} draws with the seed {other}: who repeats the run with other seeds gets the same points again")
    });
}

/// How many numbers after each start are compared.
const LONG: usize = 4096;
const SHORT: usize = 64;
/// How many jumps there are looked at: more than ranks.
const JUMPS: usize = 16;

/// Requires that the streams of all ranks have no numbers in common, neither where they begin nor
/// after jumps. All ranks agree on the answer.
fn apart(check: &mut Check, aside: &Aside, stream: &Stream) -> bool {
    let own = check.rank();
    let all = aside.share_all(&ahead(stream, LONG));
    let met = meeting(&all, own, LONG);
    let mut right = check.require(met.is_none(), Kind::WrongResult, || {
        let (_, rank, _) = met.unwrap_or_default();
        if all[rank] == all[own] {
            format!("draws the same points as rank {rank}, and so learns nothing new: does the stream depend on the rank?")
        } else {
            format!("draws numbers that rank {rank} draws too, only earlier or later: the streams overlap")
        }
    });

    let (mut jumped, mut starts) = (stream.clone(), Vec::new());
    for _ in 0..JUMPS {
        starts.extend(ahead(&jumped, SHORT));
        jumped.jump();
    }
    let met = meeting(&aside.share_all(&starts), own, SHORT);
    right = right
        && check.require(met.is_none(), Kind::WrongResult, || {
            let (mine, rank, other) = met.unwrap_or_default();
            format!("after {mine} jumps is where rank {rank} is after {other}: its threads would draw the same points; leave room for them")
        });
    check.everywhere(right)
}

/// Where the numbers of this rank meet others that stand before them: which of its starts, which rank,
/// and which start of that. After each start follow `width` numbers.
///
/// Among millions of different 64-bit numbers, two are equal by chance once in a million runs; these
/// are thousands.
fn meeting(all: &[Vec<u64>], own: usize, width: usize) -> Option<(usize, usize, usize)> {
    let mut first = HashMap::new();
    for (rank, numbers) in all.iter().enumerate() {
        for (start, numbers) in numbers.chunks(width).enumerate() {
            for number in numbers {
                let (other, at) = *first.entry(number).or_insert((rank, start));
                if rank == own && (other, at) != (rank, start) {
                    return Some((start, other, at));
                }
            }
        }
    }
    None
}

pub fn reduce(check: &mut Check, answers: &Answers) {
    const REDUCTIONS: &[&str] = &[
        "MPI_Reduce",
        "MPI_Allreduce",
        "MPI_Ireduce",
        "MPI_Iallreduce",
    ];
    let (rank, size) = (check.rank(), check.size() as u64);
    let aside = check.aside();
    for samples in [1000 * size, 1009, 1, size - 1, 0, 20_011] {
        let seed = check.draw(0..1_000_000);
        let (what, by) = (plural(samples, "point"), plural(size, "rank"));
        check.input(format!("{what} on {by}, seed {seed}"));
        let before = stream_of(seed, rank);
        let mut stream = before.clone();
        let (count, traffic) = check.observe(|world| (answers.reduce)(world, &mut stream, samples));
        let points =
            numbers_between(&before, &stream, 2 * samples + 2).map_or(0, |numbers| numbers / 2);
        if !shared_out(check, &aside, samples, points) {
            return;
        }
        let mut right = has_drawn(check, &before, &stream, points);
        let hits = of_all(&aside, draw_hits(&mut before.clone(), points));
        let expected = (rank == 0).then_some(Count { hits, samples });
        let why = "rank 0 gets the hits and the points of all ranks, the others nothing";
        right &= check.returned(count, expected, why);
        if !check.everywhere(right) {
            return;
        }
        if size > 1 {
            let why = "one call adds up what all ranks have";
            check.uses(&traffic, REDUCTIONS, why);
        }
    }
}

/// Requires that all ranks together have drawn all points, each its share. All agree on the answer.
fn shared_out(check: &mut Check, aside: &Aside, samples: u64, points: u64) -> bool {
    let total = of_all(aside, points);
    let all = together(check, total == samples, || {
        let why = match total {
            0 => "no stream has moved on",
            _ if total < samples => "the remainder is lost",
            _ => "those are too many",
        };
        format!(
            "sees that all ranks have drawn {} from their streams, {samples} were asked for: {why}",
            plural(total, "point")
        )
    });
    let even = all && is_even(check, points, samples, 0, "has drawn");
    check.everywhere(even)
}
