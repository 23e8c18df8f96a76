//! Divides points into clusters, and draws them round by round: first the examples of the lesson, then what you have
//! written. `cargo xtask run 16 -n 4`
//!
//! `cargo xtask run 16 -n 4 -- 20000 6 clusters.png` sets the numbers of points and centers, and the file for the
//! picture.

mod lesson;
mod picture;
mod request;

use demo::{agree, stop_all_on_panic, tell};
use k_means::*;
use mpi::traits::*;
use picture::{Picture, write};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use request::Request;
use std::process::ExitCode;

/// More rounds are not shown.
const SHOWN: usize = 3;
const LIMIT: usize = 100;
const SEED: u64 = 16;

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    // One rank reads the arguments, and all ranks act on the result.
    let (file, request) = match Request::agree(&world) {
        Ok(agreed) => agreed,
        Err(status) => return status,
    };
    lesson::examples(&world);

    let Request {
        points,
        clusters,
        path,
    } = &request;
    let all = clouds(*points, *clusters);
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let own = &all[points * rank / size..points * (rank + 1) / size];
    let whole = Picture::of(&world, &all);

    tell(&world, "\nstart: the first centers, by k-means++");
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let first = start(&world, own, *clusters, &mut || random.random::<f64>());
    whole.show(&assign(&all, &first), &first);

    let mut centers = first.clone();
    for round in 1..=SHOWN {
        let way = step(&world, own, &mut centers);
        tell(
            &world,
            &format!("\nstep: round {round}, the largest distance that a center moves is {way:.4}"),
        );
    }
    whole.show(&assign(&all, &centers), &centers);

    let mut centers = first;
    let rounds = converged(&world, own, &mut centers, LIMIT);
    tell(
        &world,
        &format!("\nconverged: no point changes its cluster after {rounds} rounds"),
    );
    let nearest = assign(own, &centers);
    let found = sums(&world, own, &nearest, *clusters);
    let exact = same_digits(&world, own, &nearest, *clusters);
    for (index, (center, (by_floats, by_units))) in
        centers.iter().zip(found.iter().zip(&exact)).enumerate()
    {
        tell(
            &world,
            &format!(
                "center {index}: {} points around ({:.4}, {:.4})\n  sum of x: {}, in fixed point {}",
                by_floats.count, center[0], center[1], by_floats.sum[0], by_units.sum[0]
            ),
        );
    }
    if let Some(mean) = broken_means(&world, own) {
        tell(
            &world,
            &format!("the mean of all points: ({:.4}, {:.4})", mean[0], mean[1]),
        );
    }

    let mut lost = centers.clone();
    lost[0] = [9.0, 9.0];
    let counts: Vec<u64> = {
        let nearest = assign(own, &lost);
        let found = sums(&world, own, &nearest, *clusters);
        found.iter().map(|cluster| cluster.count).collect()
    };
    empty(&world, own, &mut lost, &counts);
    tell(
        &world,
        &format!(
            "empty: a center far from all points moves to ({:.4}, {:.4})",
            lost[0][0], lost[0][1]
        ),
    );

    let written = match file {
        Some(file) => write(file, &all, &assign(&all, &centers), &centers)
            .map_err(|error| format!("{} cannot be written: {error}", path.display())),
        None => Ok(()),
    };
    if world.rank() == 0 && written.is_ok() {
        println!("\nPicture: {}", path.display());
    }
    match agree(&world, || written.map(|()| [])) {
        Ok([]) => ExitCode::SUCCESS,
        Err(status) => status,
    }
}

/// Points in round clouds, the same on all ranks; all coordinates are from -1 to 1.
fn clouds(points: usize, clouds: usize) -> Vec<Point> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let middles: Vec<Point> = (0..clouds)
        .map(|_| [0; 2].map(|_| random.random_range(-0.75..0.75)))
        .collect();
    (0..points)
        .map(|index| {
            // The sum of several random numbers is nearly normal.
            middles[index % clouds].map(|middle| {
                middle + (0..6).map(|_| random.random_range(-0.1..0.1)).sum::<f64>() / 2.5
            })
        })
        .collect()
}
