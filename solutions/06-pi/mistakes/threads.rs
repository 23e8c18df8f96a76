//! Mistakes in the task `threads`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use pi_solution::Stream;
use rand::{Rng, SeedableRng};
use rayon::{ThreadPool, prelude::*};
use std::sync::Mutex;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("threads": threads = one_stream_for_all => WrongResult,
        "gives each piece a copy of the same stream"),
    mistake!("threads": threads = the_piece_is_the_seed => WrongResult,
        "seeds each piece with its number, so that all ranks count the same points"),
    mistake!("threads": threads = a_few_numbers_on => WrongResult,
        "skips a few numbers for each piece"),
    mistake!("threads": threads = loses_the_remainder => WrongResult,
        "gives every piece the same, and draws the remainder nowhere"),
    mistake!("threads": threads = the_last_has_it_all => WrongResult,
        "leaves the whole remainder to the last piece"),
    mistake!("threads": threads = a_piece_for_each_thread => WrongResult,
        "makes as many pieces as there are threads, so that their number changes the result"),
    mistake!("threads": threads = one_after_another => WrongOperation,
        "goes through the pieces in a plain loop, inside the pool"),
    mistake!("threads": threads = outside_the_pool => WrongOperation,
        "forgets the pool"),
    mistake!("threads": threads = behind_a_lock => Timeout,
        "lets all threads draw from one stream, and holds its lock while it counts"),
];

type Counter<'a> = &'a (dyn Fn(&mut Stream, u64) -> u64 + Sync);

/// The streams of the pieces, as they should be.
fn jumps(stream: &Stream, pieces: usize) -> Vec<Stream> {
    let mut next = stream.clone();
    let mut streams = Vec::new();
    for _ in 0..pieces {
        streams.push(next.clone());
        next.jump();
    }
    streams
}

/// The share of a piece, as it should be.
fn share(samples: u64, pieces: usize, piece: usize) -> u64 {
    let (pieces, piece) = (pieces as u64, piece as u64);
    samples / pieces + u64::from(piece < samples % pieces)
}

fn in_parallel(
    pool: &ThreadPool,
    pieces: usize,
    hits_of: impl Fn(usize) -> u64 + Sync + Send,
) -> u64 {
    pool.install(|| (0..pieces).into_par_iter().map(hits_of).sum())
}

fn one_stream_for_all(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    in_parallel(pool, pieces, |piece| {
        count(&mut stream.clone(), share(samples, pieces, piece))
    })
}

fn the_piece_is_the_seed(
    pool: &ThreadPool,
    _: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    in_parallel(pool, pieces, |piece| {
        let mut stream = Stream::seed_from_u64(piece as u64);
        count(&mut stream, share(samples, pieces, piece))
    })
}

fn a_few_numbers_on(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    in_parallel(pool, pieces, |piece| {
        let mut stream = stream.clone();
        for _ in 0..piece {
            stream.next_u64();
        }
        count(&mut stream, share(samples, pieces, piece))
    })
}

fn loses_the_remainder(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let streams = jumps(stream, pieces);
    in_parallel(pool, pieces, |piece| {
        count(&mut streams[piece].clone(), samples / pieces as u64)
    })
}

fn the_last_has_it_all(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let streams = jumps(stream, pieces);
    in_parallel(pool, pieces, |piece| {
        let mut share = samples / pieces as u64;
        if piece == pieces - 1 {
            share += samples % pieces as u64;
        }
        count(&mut streams[piece].clone(), share)
    })
}

fn a_piece_for_each_thread(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    _: usize,
    count: Counter<'_>,
) -> u64 {
    pi_solution::threads(pool, stream, samples, pool.current_num_threads(), count)
}

fn plain_loop(stream: &Stream, samples: u64, pieces: usize, count: Counter<'_>) -> u64 {
    let streams = jumps(stream, pieces).into_iter().enumerate();
    streams
        .map(|(piece, mut stream)| count(&mut stream, share(samples, pieces, piece)))
        .sum()
}

fn one_after_another(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    pool.install(|| plain_loop(stream, samples, pieces, count))
}

fn outside_the_pool(
    _: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    plain_loop(stream, samples, pieces, count)
}

fn behind_a_lock(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let stream = Mutex::new(stream.clone());
    in_parallel(pool, pieces, |piece| {
        count(&mut stream.lock().unwrap(), share(samples, pieces, piece))
    })
}
