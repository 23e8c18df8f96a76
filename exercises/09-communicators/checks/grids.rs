//! The checks of the tasks on Cartesian grids.

use super::{Answers, NOTHING, bounds, given::Given, makes_one};
use harness_mpi::{COMMUNICATOR_MAKERS, Check, exact, plural};
use mpi::traits::*;

/// A grid: how long it is in each dimension, and whether it is closed there.
#[derive(Clone, Debug)]
struct Shape {
    lengths: Vec<i32>,
    periodic: Vec<bool>,
}

impl Shape {
    fn places(&self) -> usize {
        self.lengths.iter().product::<i32>() as usize
    }

    /// The coordinates of a rank, the last of which changes fastest.
    fn coordinates(&self, rank: usize) -> Vec<i32> {
        let mut rest = rank as i32;
        let mut coordinates: Vec<i32> = self
            .lengths
            .iter()
            .rev()
            .map(|length| {
                let coordinate = rest % length;
                rest /= length;
                coordinate
            })
            .collect();
        coordinates.reverse();
        coordinates
    }

    /// The rank that is this many steps away in one dimension.
    fn beside(&self, rank: usize, dimension: usize, steps: i32) -> Option<usize> {
        let mut coordinates = self.coordinates(rank);
        let length = self.lengths[dimension];
        let there = coordinates[dimension] + steps;
        if !self.periodic[dimension] && !(0..length).contains(&there) {
            return None;
        }
        coordinates[dimension] = there.rem_euclid(length);
        let row_major = |rank, (coordinate, length): (&i32, &i32)| rank * length + coordinate;
        let rank = coordinates.iter().zip(&self.lengths).fold(0, row_major);
        Some(rank as usize)
    }

    /// The neighbors of a rank: in each dimension the one below and the one above.
    fn around(&self, rank: usize) -> Vec<Option<usize>> {
        (0..self.lengths.len())
            .flat_map(|dimension| [-1, 1].map(|steps| self.beside(rank, dimension, steps)))
            .collect()
    }

    fn described(&self) -> String {
        let lengths: Vec<String> = self.lengths.iter().map(i32::to_string).collect();
        let periodic = self.periodic.iter().map(|periodic| match periodic {
            true => "periodic",
            false => "open",
        });
        let periodic: Vec<&str> = periodic.collect();
        format!(
            "a grid of {}, {}",
            lengths.join(" × "),
            periodic.join(" × ")
        )
    }
}

/// Grids with a place for each of `size` ranks.
fn full_grids(check: &mut Check, size: usize) -> Vec<Shape> {
    let size = size as i32;
    let divisors: Vec<i32> = (1..=size).filter(|divisor| size % divisor == 0).collect();
    let mut shapes = Vec::new();
    for periodic in [false, true] {
        shapes.push(Shape {
            lengths: vec![size],
            periodic: vec![periodic],
        });
    }
    for rows in &divisors {
        // One of each kind, so that neither is left out for all shapes.
        let first = check.draw(0..2) == 0;
        shapes.push(Shape {
            lengths: vec![*rows, size / rows],
            periodic: vec![first, !first],
        });
    }
    let (one, other) = (check.pick(&divisors), check.draw(0..2) == 0);
    shapes.push(Shape {
        lengths: vec![1, one, size / one],
        periodic: vec![other, true, !other],
    });
    shapes
}

/// Grids with fewer places than ranks.
fn smaller_grids(size: usize) -> Vec<Shape> {
    let (size, half) = (size as i32, size as i32 / 2);
    let mut shapes = vec![Shape {
        lengths: vec![1, 1],
        periodic: vec![true, false],
    }];
    if size > 1 {
        shapes.push(Shape {
            lengths: vec![size - 1],
            periodic: vec![true],
        });
    }
    if size % 2 == 1 && half > 0 {
        shapes.push(Shape {
            lengths: vec![2, half],
            periodic: vec![false, true],
        });
    }
    shapes
}

pub fn cartesian(check: &mut Check, answers: &Answers) {
    let size = check.size();
    for given in Given::both(check) {
        let shapes = [full_grids(check, size), smaller_grids(size)].concat();
        for shape in given.inputs(shapes) {
            given.input(
                check,
                &format!("{} for {}", shape.described(), plural(size, "rank")),
            );
            let (place, traffic) = check
                .observe(|_| (answers.cartesian)(&given.world, &shape.lengths, &shape.periodic));
            let is_in = given.rank < shape.places();
            let expected = is_in.then(|| {
                let around = shape.around(given.rank);
                let rank = |rank: Option<usize>| rank.map(|rank| rank as i32);
                let pairs = around.chunks(2).map(|pair| (rank(pair[0]), rank(pair[1])));
                (shape.coordinates(given.rank), pairs.collect::<Vec<_>>())
            });
            let place = place.map(|place| (place.coordinates, place.neighbours));
            let why = "its coordinates, and in each dimension the neighbors below and above, as ranks of \
                       `world`, without reordering; `None` if the grid is full without it";
            let right = check.returned(place, expected, why);
            if !check.everywhere(right) {
                return;
            }
            let why = "this task asks for one Cartesian communicator, of `world`, which knows the neighbors of \
                       each rank";
            let once = makes_one(check, &traffic, why);
            if !check.everywhere(once) {
                return;
            }
            let by_it = check.uses(&traffic, &["MPI_Cart_create"], why)
                && check.moves(&traffic, NOTHING, "all ranks know the shape of the grid");
            if !check.everywhere(by_it) {
                return;
            }
        }
        given.free(check);
    }
}

pub fn neighbours(check: &mut Check, answers: &Answers) {
    let size = check.size();
    for given in Given::both(check) {
        for (index, shape) in given
            .inputs(full_grids(check, size))
            .into_iter()
            .enumerate()
        {
            let share = [3, 1, 300, 0, 2][index % 5];
            // The first grid is open: there, the sign of a zero shows.
            let outside = match index {
                0 => -0.0,
                _ => check.pick(&[-1.0, 0.0, f64::INFINITY, f64::MAX]),
            };
            if !exchanged(check, answers, &given, &shape, share, outside) {
                return;
            }
        }
        given.free(check);
    }
}

/// Whether each rank gets what its neighbors have sent it, by one call.
fn exchanged(
    check: &mut Check,
    answers: &Answers,
    given: &Given,
    shape: &Shape,
    share: usize,
    outside: f64,
) -> bool {
    const NEIGHBOURHOOD: &[&str] = &[
        "MPI_Neighbor_alltoall",
        "MPI_Neighbor_alltoallv",
        "MPI_Neighbor_alltoallw",
        "MPI_Ineighbor_alltoall",
        "MPI_Ineighbor_alltoallv",
        "MPI_Ineighbor_alltoallw",
    ];
    let length = 2 * shape.lengths.len() * share;
    let mut edges: Vec<Vec<f64>> = (0..check.size()).map(|_| floats(check, length)).collect();
    // Some neighbors send what is outside of the grid, too, or nothing but a zero, or what is no number.
    for edges in &mut edges {
        if let [first, between @ .., last] = &mut edges[..] {
            (*first, *last) = (outside, 0.0);
            if let [second, ..] = between {
                *second = f64::NAN;
            }
        }
    }
    let numbers = plural(share, "number");
    given.input(
        check,
        &format!(
            "{}, {numbers} for each neighbor, {outside:?} outside of the grid",
            shape.described()
        ),
    );
    let grid = check.aside_call(|_| {
        let grid =
            given
                .world
                .create_cartesian_communicator(&shape.lengths, &shape.periodic, false);
        grid.expect("it has a place for each rank")
    });
    let (ghosts, traffic) =
        check.observe(|_| (answers.neighbours)(&grid, &edges[given.rank], outside));
    // The neighbor below has sent this to the rank above itself.
    let part = |(at, from): (usize, &Option<usize>)| match from {
        Some(from) => edges[*from][(at ^ 1) * share..][..share].to_vec(),
        None => vec![outside; share],
    };
    let around = shape.around(given.rank);
    let expected: Vec<f64> = around.iter().enumerate().flat_map(part).collect();
    let why =
        "what each neighbor has sent to this rank, from below and from above in each dimension";
    let right = check.returned(exact(ghosts), exact(expected), why);
    if !check.everywhere(right) {
        std::mem::forget(grid);
        return false;
    }
    check.aside_call(|_| drop(grid));
    let none = check.avoids(
        &traffic,
        COMMUNICATOR_MAKERS,
        "the exchange is on the grid that is given",
    );
    if !check.everywhere(none) {
        return false;
    }
    if check.size() == 1 || share == 0 {
        return true;
    }
    let why = "this task asks for one neighborhood collective, which exchanges with all neighbors";
    let by_it = check.uses(&traffic, NEIGHBOURHOOD, why)
        && check.moves(&traffic, bounds(8 * length, 1), why);
    check.everywhere(by_it)
}

/// `length` floating-point numbers of all sizes.
fn floats(check: &mut Check, length: usize) -> Vec<f64> {
    /// The number of numbers that are drawn; longer vectors repeat them, each time in another order.
    const DRAWN: usize = 61;
    let mut drawn = check.floats(length.min(DRAWN));
    for number in drawn.iter_mut().skip(1) {
        if check.draw(0..8) == 0 {
            *number = check.pick(&[f64::NEG_INFINITY, f64::MIN_POSITIVE, f64::MIN]);
        }
    }
    (0..length)
        .map(|index| drawn[(index + index / drawn.len()) % drawn.len()])
        .collect()
}
