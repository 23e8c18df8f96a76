//! The checks of the tasks that draw points from streams.

use super::{
    Answers, NEAR, Stream, ahead, by_collective, draw_hits, has_drawn, has_share, numbers_between,
    of_all, reason, stream_of, stream_to, together,
};
use crate::subject::Count;
use harness_mpi::{Aside, Check, Kind, Traffic, plural};
use mpi::{topology::Color, traits::Communicator};
use rand::{Rng, SeedableRng};
use std::{
    collections::{BTreeSet, HashMap},
    iter,
};

pub fn serial(check: &mut Check, answers: &Answers) {
    if counts_hits(check, answers) && sees_the_circle(check, answers) {
        counts_in_blocks(check, answers);
    }
}

/// Returns whether it was right everywhere.
fn counts_hits(check: &mut Check, answers: &Answers) -> bool {
    let mut amounts = vec![1000, 1, 2, 0];
    // More hits than 16 bits can count; and once, more than an `f32`.
    amounts.push(check.draw(90_000..100_000));
    if check.size() == 1 {
        amounts.push((1 << 24) * 4 / 3 + check.draw(0..1_000_000));
    }
    for samples in amounts {
        let seed = check.draw(0..u64::MAX);
        check.input(format!("hits: {}, seed {seed}", plural(samples, "point")));
        let before = stream_of(seed, 0);
        let expected = draw_hits(&mut before.clone(), samples);
        // Twice, because whoever repeats a run begins where the first one did.
        for _ in 0..if samples > 1000 { 1 } else { 2 } {
            let mut stream = before.clone();
            let hits = (answers.hits)(&mut stream, samples);
            let mut right = check.returned(hits, expected, "the points with x² + y² < 1");
            right &= has_drawn(check, &before, &stream, samples);
            if !check.everywhere(right) {
                return false;
            }
        }
    }
    true
}

/// A random point is practically never on the circle itself, and rarely so close to it that an `f32` cannot tell
/// the two apart. Returns whether it was right everywhere.
fn sees_the_circle(check: &mut Check, answers: &Answers) -> bool {
    let on_the_edge = (
        (0.0, 0.8),
        1,
        "a point on the edge of the square is like any other",
    );
    for (point, hits, why) in NEAR.into_iter().chain([on_the_edge]) {
        check.input(format!("hits: 1 point, {point:?}"));
        let before = stream_to(point, check.draw(0..u64::MAX));
        let mut stream = before.clone();
        let found = (answers.hits)(&mut stream, 1);
        let mut right = check.returned(found, hits, why);
        right &= has_drawn(check, &before, &stream, 1);
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
        (check.draw(2..200), check.draw(2..9)),
        // Block sizes that need all 64 bits: a signed type or an `f64` cannot hold them.
        (1000, (1 << 32) + 3),
        (1000, (1 << 53) + 1),
        (1000, 1 << 63),
        (1000, u64::MAX),
    ] {
        let seed = check.draw(0..u64::MAX);
        check.input(format!(
            "blocks: {} in blocks of {block}, seed {seed}",
            plural(samples, "point")
        ));
        let before = stream_of(seed, 0);
        let (mut stream, mut again) = (before.clone(), before.clone());
        let blocks = (answers.blocks)(&mut stream, samples, block);
        let expected: Vec<u64> = (0..samples)
            .step_by(block as usize)
            .map(|start| draw_hits(&mut again, block.min(samples - start)))
            .collect();
        let why = "the blocks follow one another in the stream, and the last one has the points that are \
                   left";
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
    check.input(format!("the seed {seed}"));
    let [first, again] = check
        .observe(|world| [(); 2].map(|()| (answers.streams)(world, seed)))
        .0;
    let same = check.require(first == again, Kind::WrongResult, || {
        String::from(
            "gets a different stream when `streams` is called again with the same seed: a run could not \
             be repeated",
        )
    });
    if !check.everywhere(same)
        || !apart(check, &aside, &first)
        || !on_other_communicators(check, answers, &aside, seed, &first)
    {
        return;
    }
    // Typical combinations of seed and rank: sums, products, and a factor of 1,000 to be on the safe side.
    let near = seed..=seed + check.size() as u64;
    let far = [0, seed + 1000, 2 * seed, 3 * seed, 1000 * seed];
    let seeds: BTreeSet<u64> = near.chain(far).collect();
    let what = format!("the seed {seed} and {} near it", seeds.len() - 1);
    if !other_seeds(check, answers, &aside, &what, &Vec::from_iter(seeds)) {
        return;
    }
    let large = check.draw(0..u64::MAX);
    let seeds: Vec<u64> = [large, !large]
        .into_iter()
        .chain((0..64).map(|bit| large ^ (1 << bit)))
        .collect();
    let what =
        format!("the seed {large}, and others that differ from it in one bit or in all bits");
    other_seeds(check, answers, &aside, &what, &seeds);
}

/// How many numbers after each start are compared.
const LONG: usize = 4096;
const SHORT: usize = 64;
/// The number of jumps for which a stream must stay apart from all others.
const JUMPS: usize = 1000;

/// Requires that the streams of all ranks have no numbers in common, neither where they begin nor
/// after jumps. All ranks agree on the answer.
fn apart(check: &mut Check, aside: &Aside, stream: &Stream) -> bool {
    let own = check.rank();
    let all = aside.share_all(&ahead(stream, LONG));
    let met = meeting(&all, own, LONG);
    let mut right = check.require(met.is_none(), Kind::WrongResult, || {
        let (_, rank, _) = met.unwrap_or_default();
        if all[rank] == all[own] {
            format!(
                "draws the same points as rank {rank}, which add nothing to the estimate: does the stream \
                 depend on the rank?"
            )
        } else {
            format!(
                "draws numbers that rank {rank} also draws, earlier or later: the streams overlap. Let \
                 them begin a different number of `long_jump`s after the seed"
            )
        }
    });

    let mut jumped = stream.clone();
    let mut starts = vec![jumped.clone().next_u64()];
    for _ in 0..JUMPS {
        jumped.jump();
        starts.push(jumped.clone().next_u64());
    }
    let met = meeting(&aside.share_all(&starts), own, 1);
    right = right && check.require(met.is_none(), Kind::WrongResult, || {
        let (mine, rank, other) = met.unwrap_or_default();
        format!(
            "reaches after {} the numbers that rank {rank} reaches after {other}, so their threads would \
             draw the same points: leave room for {JUMPS} jumps",
            plural(mine, "jump")
        )
    });
    check.everywhere(right)
}

/// Requires that a rank gets the same stream in another process and with another number of ranks: on
/// communicators that have the ranks in the opposite order, and only every second of them. All ranks
/// agree on the answer.
fn on_other_communicators(
    check: &mut Check,
    answers: &Answers,
    aside: &Aside,
    seed: u64,
    first: &Stream,
) -> bool {
    let all = aside.share_all(&ahead(first, SHORT));
    let own = check.rank() as i32;
    for (what, color, key) in [
        ("the same ranks in the opposite order", 0, -own),
        ("every second rank", own % 2, own),
    ] {
        check.input(format!("the seed {seed}, on a communicator of {what}"));
        let ((stream, rank, size), _) = check.observe(|world| {
            let part = world
                .split_by_color_with_key(Color::with_value(color), key)
                .expect("every rank has a color");
            let stream = (answers.streams)(&part, seed);
            (stream, part.rank() as usize, part.size() as u64)
        });
        let same = check.require(ahead(&stream, SHORT) == all[rank], Kind::WrongResult, || {
            format!("is rank {rank} on a communicator of {}, but does not draw the numbers that rank \
                     {rank} drew before with the same seed: the stream depends on something other than \
                     seed and rank, such as the process or the number of ranks, so a run could not be \
                     repeated", plural(size, "rank"))
        });
        if !check.everywhere(same) {
            return false;
        }
    }
    true
}

/// Requires that streams of other seeds have nothing in common, and that all lie where the stub says.
/// All ranks agree on the answer.
fn other_seeds(
    check: &mut Check,
    answers: &Answers,
    aside: &Aside,
    what: &str,
    seeds: &[u64],
) -> bool {
    check.input(what);
    let stream = |world: &_| {
        let stream = |seed: &u64| (answers.streams)(world, *seed);
        seeds.iter().map(stream).collect::<Vec<_>>()
    };
    let (streams, _) = check.observe(stream);
    let starts: Vec<u64> = streams
        .iter()
        .flat_map(|stream| ahead(stream, SHORT))
        .collect();
    let met = meeting(&aside.share_all(&starts), check.rank(), SHORT);
    if let Some((mine, _, other)) = met {
        check.input(format!("the seeds {} and {}", seeds[mine], seeds[other]));
    }
    let apart = check.require(met.is_none(), Kind::WrongResult, || {
        let (mine, rank, other) = met.unwrap_or_default();
        let (mine, other) = (seeds[mine], seeds[other]);
        format!("draws numbers with the seed {mine} that rank {rank} draws with the seed {other}: a run \
                 with another seed would use the same points again")
    });
    check.everywhere(apart) && in_sequence(check, aside, seeds, &streams)
}

/// The number of calls of `long_jump` that are looked at: more than any rank has a reason to make.
const LONG_JUMPS: usize = 1000;

/// Requires that each stream begins some number of `long_jump`s into the sequence of its seed, the same
/// number with every seed, and another on every rank. All ranks agree on the answer.
fn in_sequence(check: &mut Check, aside: &Aside, seeds: &[u64], streams: &[Stream]) -> bool {
    let jumps = |seed: u64, stream: &Stream| {
        let mut at = Stream::seed_from_u64(seed);
        (0..=LONG_JUMPS).find(|_| {
            let found = at == *stream;
            at.long_jump();
            found
        })
    };
    let mut right = true;
    let mut known = None;
    for (seed, stream) in seeds.iter().zip(streams) {
        let found = jumps(*seed, stream);
        if found.is_none() || known.is_some_and(|known| found != Some(known)) {
            check.input(format!("the seed {seed}"));
        }
        right = right
            && check.require(found.is_some(), Kind::WrongResult, || {
                format!("has a stream that does not begin at `Stream::seed_from_u64({seed})` or up to \
                         {LONG_JUMPS} `long_jump`s after it: only such starts are certain to be 2^192 \
                         numbers apart")
            })
            && check.require(known.is_none_or(|known| found == Some(known)), Kind::WrongResult, || {
                format!("makes {} with this seed, but {} with another: the number must depend on the rank \
                         alone", plural(found.unwrap_or_default(), "long jump"), known.unwrap_or_default())
            });
        known = known.or(found);
    }
    let all = aside.share(known.map_or(u64::MAX, |known| known as u64));
    let own = check.rank();
    let twin = (0..own).find(|rank| all[*rank] == all[own]);
    right = right
        && check.require(twin.is_none(), Kind::WrongResult, || {
            format!(
                "makes as many long jumps as rank {}: the number must be different for every rank",
                twin.unwrap_or_default()
            )
        });
    check.everywhere(right)
}

/// Where the numbers of this rank meet numbers of others: which of its starts, which rank, and which start
/// of that rank. Each start is followed by `width` numbers.
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
    if sums_up(check, answers) {
        near_the_circle(check, answers);
    }
}

/// All ranks draw the same point, which a random one rarely is.
fn near_the_circle(check: &mut Check, answers: &Answers) {
    let size = check.size() as u64;
    for (point, hits, why) in NEAR {
        let (points, by) = (plural(size, "point"), plural(size, "rank"));
        check.input(format!("{points} on {by}, each of them {point:?}"));
        let mut stream = stream_to(point, check.draw(0..u64::MAX));
        let (count, _) = check.observe(|world| (answers.reduce)(world, &mut stream, size));
        let found = count.map(|Count { hits, samples }| (hits, samples));
        let expected = (check.rank() == 0).then_some((hits * size, size));
        let right = check.returned(found, expected, why);
        if !check.everywhere(right) {
            return;
        }
    }
}

/// Returns whether it was right everywhere.
fn sums_up(check: &mut Check, answers: &Answers) -> bool {
    let (rank, size) = (check.rank(), check.size() as u64);
    let aside = check.aside();
    // First, more than 2^16 hits, from a number of points that no number of ranks divides. With few points, a wrong
    // answer may have the right hits by chance.
    let lengths = check.lengths(size as usize);
    let amounts = iter::once(100_003).chain(lengths.into_iter().map(|samples| samples as u64));
    for samples in amounts {
        let seed = check.draw(0..u64::MAX);
        let (what, by) = (plural(samples, "point"), plural(size, "rank"));
        check.input(format!("{what} on {by}, seed {seed}"));
        let before = stream_of(seed, rank);
        let mut stream = before.clone();
        let (count, traffic) = check.observe(|world| (answers.reduce)(world, &mut stream, samples));
        let points =
            numbers_between(&before, &stream, 2 * samples + 2).map_or(0, |numbers| numbers / 2);
        if !shared_out(check, &aside, samples, points) {
            return false;
        }
        let mut right = has_drawn(check, &before, &stream, points);
        let hits = of_all(&aside, draw_hits(&mut before.clone(), points));
        // Compared as numbers: the type is the answer's own.
        let found = count.map(|Count { hits, samples }| (hits, samples));
        let expected = (rank == 0).then_some((hits, samples));
        let why = "rank 0 returns the hits and the points of all ranks, and the other ranks return `None`";
        right &= check.returned(found, expected, why);
        if !check.everywhere(right) {
            return false;
        }
        if !by_collective(check, &traffic, samples) || !has_room(check, &traffic) {
            return false;
        }
    }
    true
}

/// Requires that the numbers that travel have room for a `u64`: to draw more points than 32 bits count
/// would take too long. All ranks agree on the answer.
fn has_room(check: &mut Check, traffic: &Traffic) -> bool {
    const BYTES: u64 = u64::BITS as u64 / 8;
    let rank = check.rank();
    let functions = traffic.collectives();
    let given: u64 = functions.iter().map(|name| traffic.given(rank, name)).sum();
    let adds = functions.iter().filter(|name| {
        let name = name.to_lowercase();
        name.contains("reduce") || name.contains("scan")
    });
    let widest = adds.map(|name| traffic.widest(rank, name)).max();
    // On the root, its own part may be in place already.
    let narrow = match widest {
        Some(bytes @ 1..BYTES) => Some(bytes),
        _ if (1..BYTES).contains(&given) => Some(given),
        _ => None,
    };
    let roomy = check.require(narrow.is_none(), Kind::WrongResult, || {
        format!(
            "gives MPI numbers of {}: hits and points are `u64`, of 8 bytes, and fewer bytes do not hold \
             every count from 2^32 on",
            plural(narrow.unwrap_or_default(), "byte")
        )
    });
    check.everywhere(roomy)
}

/// Requires that all ranks together have drawn all points, each its share. All agree on the answer.
fn shared_out(check: &mut Check, aside: &Aside, samples: u64, points: u64) -> bool {
    let total = of_all(aside, points);
    let size = check.size() as u64;
    let all = together(check, total == samples, || {
        format!(
            "found that all ranks together drew {} from their streams, but {samples} {} asked for: {}",
            plural(total, "point"),
            if samples == 1 { "was" } else { "were" },
            reason(total, samples, size)
        )
    });
    let even = all && has_share(check, points, samples, "drew", "point");
    check.everywhere(even)
}
