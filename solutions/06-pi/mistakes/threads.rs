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
    mistake!("threads": threads = behind_a_lock => WrongResult,
        "lets all threads draw from one stream, and holds its lock while it counts"),
    mistake!("threads": threads = its_stream_under_a_lock => WrongOperation,
        "gives each piece its own stream, and counts while it holds a lock that all share"),
    mistake!("threads": threads = in_two_halves => WrongOperation,
        "cuts the pieces in two, so that two threads have something to do"),
    mistake!("threads": threads = threads_of_its_own => WrongOperation,
        "starts threads of its own in place of those that it is given"),
    mistake!("threads": threads = a_pool_of_its_own => WrongOperation,
        "builds a pool of its own inside the one that it is given"),
    mistake!("threads": threads = by_long_jumps => WrongResult,
        "goes from piece to piece by the jump that belongs to the ranks"),
    mistake!("threads": threads = a_long_jump_first => WrongResult,
        "begins with a long jump, and so where the next rank begins"),
    mistake!("threads": threads = seeds_from_the_stream => WrongResult,
        "draws a seed for each piece, and hopes that no two streams overlap"),
    mistake!("threads": threads = in_32_bits => WrongResult,
        "takes the number of points for one of 32 bits"),
    mistake!("threads": threads = sum_of_floats => WrongResult,
        "adds the hits up in an `f64`"),
    mistake!("threads": threads = pieces_of_8_bits => WrongResult,
        "takes the number of pieces for one of 8 bits"),
    mistake!("threads": threads = a_call_for_each_point => WrongResult,
        "makes a piece of each point"),
    mistake!("threads": threads = three_jumps_apart => WrongResult,
        "goes three jumps from piece to piece, and so beyond the last jump that belongs to the stream"),
    mistake!("threads": threads = by_a_product => Panic,
        "multiplies all points by the number of the piece, which overflows where there are many"),
    mistake!("threads": threads = sixteen_in_a_row => WrongOperation,
        "lets no thread have fewer than 16 pieces, so that 3 threads cannot share 48"),
    mistake!("threads": threads = sum_with_a_sign => WrongResult,
        "adds the hits up in an `i64`, which does not hold 2^63"),
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

fn its_stream_under_a_lock(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let all = Mutex::new(0);
    let streams = jumps(stream, pieces);
    pool.install(|| {
        (0..pieces).into_par_iter().for_each(|piece| {
            let mut all = all.lock().unwrap();
            *all += count(&mut streams[piece].clone(), share(samples, pieces, piece));
        })
    });
    all.into_inner().unwrap()
}

fn in_two_halves(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let streams = jumps(stream, pieces);
    let part = |part: std::ops::Range<usize>| -> u64 {
        let piece =
            |piece: usize| count(&mut streams[piece].clone(), share(samples, pieces, piece));
        part.map(piece).sum()
    };
    let (one, other) = pool.join(|| part(0..pieces / 2), || part(pieces / 2..pieces));
    one + other
}

fn threads_of_its_own(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let streams = jumps(stream, pieces);
    let workers = pool.current_num_threads();
    let (streams, part) = (&streams, |worker: usize| (worker..pieces).step_by(workers));
    std::thread::scope(|scope| {
        let start = |worker| {
            let piece = move |piece: usize| {
                count(&mut streams[piece].clone(), share(samples, pieces, piece))
            };
            scope.spawn(move || part(worker).map(piece).sum::<u64>())
        };
        let workers: Vec<_> = (0..workers).map(start).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .sum()
    })
}

fn a_pool_of_its_own(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let threads = pool.current_num_threads();
    let own = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let own = own.build().unwrap();
    pool.install(|| pi_solution::threads(&own, stream, samples, pieces, count))
}

fn by_long_jumps(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    in_parallel(pool, pieces, |piece| {
        let mut stream = stream.clone();
        (0..piece).for_each(|_| stream.long_jump());
        count(&mut stream, share(samples, pieces, piece))
    })
}

fn a_long_jump_first(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let mut stream = stream.clone();
    stream.long_jump();
    pi_solution::threads(pool, &stream, samples, pieces, count)
}

fn seeds_from_the_stream(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let mut seeds = stream.clone();
    let seeds: Vec<u64> = (0..pieces).map(|_| seeds.next_u64()).collect();
    in_parallel(pool, pieces, |piece| {
        let mut stream = Stream::seed_from_u64(seeds[piece]);
        count(&mut stream, share(samples, pieces, piece))
    })
}

fn in_32_bits(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    pi_solution::threads(pool, stream, u64::from(samples as u32), pieces, count)
}

fn sum_of_floats(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let streams = jumps(stream, pieces);
    let sum: f64 = pool.install(|| {
        let hits = |piece: usize| count(&mut streams[piece].clone(), share(samples, pieces, piece));
        (0..pieces)
            .into_par_iter()
            .map(|piece| hits(piece) as f64)
            .sum()
    });
    sum as u64
}

fn pieces_of_8_bits(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    pi_solution::threads(pool, stream, samples, usize::from(pieces as u8), count)
}

fn a_call_for_each_point(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let streams = jumps(stream, pieces);
    in_parallel(pool, pieces, |piece| {
        let mut stream = streams[piece].clone();
        let share = share(samples, pieces, piece);
        (0..share).map(|_| count(&mut stream, 1)).sum()
    })
}

fn three_jumps_apart(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let streams = jumps(stream, 3 * pieces);
    in_parallel(pool, pieces, |piece| {
        let mut stream = streams[3 * piece].clone();
        count(&mut stream, share(samples, pieces, piece))
    })
}

fn by_a_product(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let streams = jumps(stream, pieces);
    let first = |piece: usize| samples * piece as u64 / pieces as u64;
    in_parallel(pool, pieces, |piece| {
        let share = first(piece + 1) - first(piece);
        count(&mut streams[piece].clone(), share)
    })
}

fn sixteen_in_a_row(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: &(dyn Fn(&mut Stream, u64) -> u64 + Sync),
) -> u64 {
    let share = |piece: usize| {
        let (pieces, piece) = (pieces as u64, piece as u64);
        samples / pieces + u64::from(piece < samples % pieces)
    };
    let part = |piece: usize| {
        let mut stream = stream.clone();
        (0..piece).for_each(|_| stream.jump());
        count(&mut stream, share(piece))
    };
    let pieces = (0..pieces).into_par_iter().with_min_len(16);
    pool.install(|| pieces.map(part).sum())
}

fn sum_with_a_sign(
    pool: &ThreadPool,
    stream: &Stream,
    samples: u64,
    pieces: usize,
    count: Counter<'_>,
) -> u64 {
    let streams = jumps(stream, pieces);
    let hits = |piece: usize| {
        count(&mut streams[piece].clone(), share(samples, pieces, piece)).cast_signed()
    };
    let pieces = (0..pieces).into_par_iter();
    let sum = pool.install(|| pieces.map(hits).reduce(|| 0, i64::saturating_add));
    sum.cast_unsigned()
}
