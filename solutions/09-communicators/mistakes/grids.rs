//! Mistakes in the tasks `cartesian` and `neighbours`.

use crate::{
    subject::{self, Place},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{
    topology::{CartesianCommunicator, Rank, SimpleCommunicator},
    traits::*,
};
use mpi_extra::{Neighbour, send_receive_into, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("cartesian": cartesian = always_open => WrongResult,
        "takes all dimensions for open"),
    mistake!("cartesian": cartesian = always_periodic => WrongResult,
        "takes all dimensions for periodic"),
    mistake!("cartesian": cartesian = first_changes_fastest => WrongResult,
        "numbers the places column by column"),
    mistake!("cartesian": cartesian = above_and_below => WrongResult,
        "names the neighbors in the other order"),
    mistake!("cartesian": cartesian = two_away => WrongResult,
        "shifts by two"),
    mistake!("cartesian": cartesian = unwrapped => Panic,
        "expects a grid on every rank"),
    mistake!("cartesian": cartesian = a_place_for_all => WrongResult,
        "gives the ranks that are left out the place of rank 0"),
    mistake!("cartesian": cartesian = place_in_the_world => WrongResult,
        "asks for the coordinates of its rank in MPI_COMM_WORLD"),
    mistake!("cartesian": cartesian = computed => WrongOperation,
        "computes coordinates and neighbors"),
    mistake!("cartesian": cartesian = told_by_rank_0 => TooMuchCommunication,
        "broadcasts the lengths from rank 0 before it makes the grid"),
    mistake!("cartesian": cartesian = makes_two => TooMuchCommunication,
        "makes a grid for the coordinates, and another for the neighbors"),
    mistake!("cartesian": cartesian = in_any_order => WrongResult,
        "lets MPI reorder the ranks"),
    mistake!("neighbours": neighbours = by_messages => WrongOperation,
        "sends and receives in each direction"),
    mistake!("neighbours": neighbours = nan_is_nobody => WrongResult,
        "takes what is not a number for what nobody has sent"),
    mistake!("neighbours": neighbours = grid_of_its_own => WrongOperation,
        "exchanges on a grid of the same shape that it makes"),
    mistake!("neighbours": neighbours = zeros_outside => WrongResult,
        "leaves zeros where there is no neighbor"),
    mistake!("neighbours": neighbours = zeros_become_outside => WrongResult,
        "takes each zero that a neighbor sends for the outside"),
    mistake!("neighbours": neighbours = own_edge_outside => WrongResult,
        "leaves its own edge where there is no neighbor"),
    mistake!("neighbours": neighbours = same_to_all => WrongOperation,
        "sends all its edges to each neighbor"),
    mistake!("neighbours": neighbours = pairs_swapped => WrongResult,
        "puts what comes from below where that from above belongs"),
    mistake!("neighbours": neighbours = for_show => WrongOperation,
        "exchanges one number for show, and the edges by messages"),
    mistake!("neighbours": neighbours = number_by_number => TooMuchCommunication,
        "makes a call for each number of an edge"),
    mistake!("neighbours": neighbours = added_to_zeros => WrongResult,
        "adds what is outside to 0.0, which makes a negative zero positive"),
];

fn always_open(world: &SimpleCommunicator, lengths: &[i32], _: &[bool]) -> Option<Place> {
    subject::cartesian(world, lengths, &vec![false; lengths.len()])
}

fn always_periodic(world: &SimpleCommunicator, lengths: &[i32], _: &[bool]) -> Option<Place> {
    subject::cartesian(world, lengths, &vec![true; lengths.len()])
}

fn first_changes_fastest(
    world: &SimpleCommunicator,
    lengths: &[i32],
    periodic: &[bool],
) -> Option<Place> {
    let lengths: Vec<i32> = lengths.iter().rev().copied().collect();
    let periodic: Vec<bool> = periodic.iter().rev().copied().collect();
    let mut place = subject::cartesian(world, &lengths, &periodic)?;
    place.coordinates.reverse();
    place.neighbours.reverse();
    Some(place)
}

fn above_and_below(
    world: &SimpleCommunicator,
    lengths: &[i32],
    periodic: &[bool],
) -> Option<Place> {
    let mut place = subject::cartesian(world, lengths, periodic)?;
    for (below, above) in &mut place.neighbours {
        std::mem::swap(below, above);
    }
    Some(place)
}

fn two_away(world: &SimpleCommunicator, lengths: &[i32], periodic: &[bool]) -> Option<Place> {
    let grid = world.create_cartesian_communicator(lengths, periodic, false)?;
    Some(place(&grid, grid.rank(), 2))
}

/// The place of a rank in a grid, where its neighbors are the ranks that are so many steps away from this one.
fn place(grid: &CartesianCommunicator, rank: Rank, steps: i32) -> Place {
    let shifts = (0..grid.num_dimensions()).map(|dimension| grid.shift(dimension, steps));
    Place {
        coordinates: grid.rank_to_coordinates(rank),
        neighbours: shifts.collect(),
    }
}

fn makes_two(world: &SimpleCommunicator, lengths: &[i32], periodic: &[bool]) -> Option<Place> {
    let place = subject::cartesian(world, lengths, periodic)?;
    let neighbours = subject::cartesian(world, lengths, periodic)?.neighbours;
    Some(Place {
        neighbours,
        ..place
    })
}

fn unwrapped(world: &SimpleCommunicator, lengths: &[i32], periodic: &[bool]) -> Option<Place> {
    let place = subject::cartesian(world, lengths, periodic);
    Some(place.expect("every rank is in the grid"))
}

fn a_place_for_all(
    world: &SimpleCommunicator,
    lengths: &[i32],
    periodic: &[bool],
) -> Option<Place> {
    let place = subject::cartesian(world, lengths, periodic);
    place.or_else(|| {
        Some(Place {
            coordinates: vec![0; lengths.len()],
            neighbours: vec![(None, None); lengths.len()],
        })
    })
}

fn place_in_the_world(
    world: &SimpleCommunicator,
    lengths: &[i32],
    periodic: &[bool],
) -> Option<Place> {
    let grid = world.create_cartesian_communicator(lengths, periodic, false)?;
    let rank = SimpleCommunicator::world().rank().min(grid.size() - 1);
    Some(place(&grid, rank, 1))
}

fn computed(world: &SimpleCommunicator, lengths: &[i32], periodic: &[bool]) -> Option<Place> {
    let rank = world.rank();
    if rank >= lengths.iter().product() {
        return None;
    }
    // How far two ranks are apart that stand side by side in each dimension.
    let strides: Vec<i32> = (0..lengths.len())
        .map(|dimension| lengths[dimension + 1..].iter().product())
        .collect();
    let coordinate = |dimension: usize| rank / strides[dimension] % lengths[dimension];
    let beside = |dimension: usize, step: i32| -> Option<Rank> {
        let (own, length) = (coordinate(dimension), lengths[dimension]);
        let there = own + step;
        let is_there = periodic[dimension] || (0..length).contains(&there);
        is_there.then(|| rank + (there.rem_euclid(length) - own) * strides[dimension])
    };
    let dimensions = 0..lengths.len();
    Some(Place {
        coordinates: dimensions.clone().map(coordinate).collect(),
        neighbours: dimensions
            .map(|dimension| (beside(dimension, -1), beside(dimension, 1)))
            .collect(),
    })
}

fn told_by_rank_0(world: &SimpleCommunicator, lengths: &[i32], periodic: &[bool]) -> Option<Place> {
    let mut lengths = lengths.to_vec();
    world.process_at_rank(0).broadcast_into(&mut lengths[..]);
    subject::cartesian(world, &lengths, periodic)
}

fn by_messages(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    let dimensions = grid.num_dimensions();
    let share = edges.len() / (2 * dimensions as usize);
    let mut ghosts = vec![outside; edges.len()];
    // The same ranks, in a communicator that neighbors can be named in.
    let all = grid.duplicate();
    for dimension in 0..dimensions {
        let (below, above) = grid.shift(dimension, 1);
        let at = |rank: Option<Rank>| Neighbour::at(&all, rank.unwrap_or(-1));
        let first = 2 * dimension as usize * share;
        let (down, up) = (first..first + share, first + share..first + 2 * share);
        send_receive_into(
            &edges[down.clone()],
            &at(below),
            &mut ghosts[up.clone()],
            &at(above),
        );
        send_receive_into(&edges[up], &at(above), &mut ghosts[down], &at(below));
    }
    ghosts
}

fn zeros_outside(grid: &CartesianCommunicator, edges: &[f64], _: f64) -> Vec<f64> {
    subject::neighbours(grid, edges, 0.0)
}

fn own_edge_outside(grid: &CartesianCommunicator, edges: &[f64], _: f64) -> Vec<f64> {
    let mut ghosts = edges.to_vec();
    grid.neighbour_all_to_all_into(edges, &mut ghosts[..]);
    ghosts
}

fn same_to_all(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    let neighbours = grid.sources();
    let share = edges.len() / neighbours;
    let mut all = vec![outside; edges.len() * neighbours];
    grid.neighbour_all_gather_into(edges, &mut all[..]);
    let part = |at: usize| all[at * edges.len() + (at ^ 1) * share..][..share].to_vec();
    (0..neighbours).flat_map(part).collect()
}

fn pairs_swapped(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    let ghosts = subject::neighbours(grid, edges, outside);
    let share = edges.len() / grid.sources();
    let part = |at: usize| ghosts[(at ^ 1) * share..][..share].to_vec();
    (0..grid.sources()).flat_map(part).collect()
}

fn for_show(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    let zeros = vec![0_u8; grid.sources()];
    grid.neighbour_all_to_all_into(&zeros[..], &mut zeros.clone()[..]);
    by_messages(grid, edges, outside)
}

fn number_by_number(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    let neighbours = grid.sources();
    let share = edges.len() / neighbours;
    let mut ghosts = vec![outside; edges.len()];
    for at in 0..share {
        let own: Vec<f64> = edges[at..].iter().step_by(share).copied().collect();
        for (part, number) in subject::neighbours(grid, &own, outside)
            .into_iter()
            .enumerate()
        {
            ghosts[part * share + at] = number;
        }
    }
    ghosts
}

fn zeros_become_outside(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    let mut ghosts = communicators_solution::neighbours(grid, edges, 0.0);
    for ghost in ghosts.iter_mut().filter(|ghost| **ghost == 0.0) {
        *ghost = outside;
    }
    ghosts
}

fn nan_is_nobody(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    let mut ghosts = vec![f64::NAN; edges.len()];
    grid.neighbour_all_to_all_into(edges, &mut ghosts[..]);
    let or_outside = |ghost: f64| if ghost.is_nan() { outside } else { ghost };
    ghosts.into_iter().map(or_outside).collect()
}

fn grid_of_its_own(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    let layout = grid.get_layout();
    let own = grid.create_cartesian_communicator(&layout.dims, &layout.periods, false);
    subject::neighbours(&own.expect("it has a place for each rank"), edges, outside)
}

fn added_to_zeros(grid: &CartesianCommunicator, edges: &[f64], outside: f64) -> Vec<f64> {
    subject::neighbours(grid, edges, 0.0 + outside)
}

fn in_any_order(world: &SimpleCommunicator, lengths: &[i32], periodic: &[bool]) -> Option<Place> {
    let grid = world.create_cartesian_communicator(lengths, periodic, true)?;
    Some(place(&grid, grid.rank(), 1))
}
