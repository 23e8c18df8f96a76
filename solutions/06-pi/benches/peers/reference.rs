//! The reference, for `cargo xtask bench 06 --peers`.

use pi_solution::{Count, Stream, hits, hits_wide, threads};
use rand::SeedableRng;
use rayon::ThreadPoolBuilder;
use std::f64::consts::PI;

/// Points that are drawn at a time. The peers draw as many.
const SAMPLES: u64 = 1 << 24;

fn main() -> std::io::Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    let pool = ThreadPoolBuilder::new()
        .num_threads(cores)
        .build()
        .map_err(std::io::Error::other)?;
    let stream = || Stream::seed_from_u64(6);
    let pi = |hits| {
        let samples = SAMPLES;
        Count { hits, samples }.pi()
    };
    // Five standard deviations of the difference of two.
    let error = 11.6 / (SAMPLES as f64).sqrt() / PI;
    peers::serve(
        error,
        &mut [
            (
                "points (hits_wide)",
                Box::new(|| pi(hits_wide(&mut stream(), SAMPLES))),
            ),
            (
                "points (hits)",
                Box::new(|| pi(hits(&mut stream(), SAMPLES))),
            ),
            (
                "points, all cores (hits_wide)",
                Box::new(|| pi(threads(&pool, &stream(), SAMPLES, 8 * cores, &hits_wide))),
            ),
        ],
    )
}
