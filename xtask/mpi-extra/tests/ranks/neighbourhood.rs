//! Collectives among neighbours, against what each rank knows of its neighbours.

use crate::{Part, World, refusal};
use mpi::{
    Count, Rank,
    datatype::{Partition, PartitionMut, UserDatatype},
    topology::CartesianCommunicator,
    traits::*,
};
use mpi_extra::{
    neighbourhood::{GraphCommunicator, Region},
    traits::*,
};

pub const PARTS: &[Part] = &[
    ("lines-and-rings", |world| lines_and_rings(&world())),
    ("grids", |world| grids(&world())),
    ("halos", |world| halos(&world())),
    ("graphs", |world| graphs(&world())),
];

/// Below and above, in each dimension.
fn neighbours(grid: &CartesianCommunicator) -> Vec<Option<Rank>> {
    let pairs = (0..grid.num_dimensions()).map(|dimension| grid.shift(dimension, 1));
    pairs.flat_map(|(below, above)| [below, above]).collect()
}

/// What `from` sends to its neighbour number `direction`.
fn value(from: Rank, direction: usize) -> i64 {
    i64::from(100 * from) + direction as i64
}

/// Every exchange there is. In a ring of two or of one both neighbours are the same, and still it counts on
/// which side they are.
fn exchanges(grid: &CartesianCommunicator) {
    let around = neighbours(grid);
    let n = around.len();
    assert_eq!((grid.sources(), grid.destinations()), (n, n));
    // What I receive from the neighbour below is what it has sent up, and the other way.
    let expected = |values: &dyn Fn(Rank, usize) -> i64| -> Vec<i64> {
        let one = |(at, from): (usize, &Option<Rank>)| from.map_or(-1, |from| values(from, at ^ 1));
        around.iter().enumerate().map(one).collect()
    };

    let mut received = vec![-1; n];
    grid.neighbour_all_gather_into(&value(grid.rank(), 7), &mut received[..]);
    assert_eq!(received, expected(&|from, _| value(from, 7)));

    let sent: Vec<i64> = (0..n).map(|to| value(grid.rank(), to)).collect();
    let mut received = vec![-1; n];
    grid.neighbour_all_to_all_into(&sent[..], &mut received[..]);
    assert_eq!(received, expected(&value));

    // In the reverse order, with a gap between them.
    let counts = vec![1; n];
    let displacements: Vec<Count> = (0..n as Count).rev().map(|at| 2 * at).collect();
    let spread = |values: &[i64]| -> Vec<i64> {
        let pairs = values.iter().rev().flat_map(|value| [*value, -1]);
        pairs.collect()
    };
    let mut received = vec![-1; 2 * n];
    let mut parts = PartitionMut::new(&mut received[..], &counts[..], &displacements[..]);
    grid.neighbour_all_gather_varcount_into(&value(grid.rank(), 7), &mut parts);
    assert_eq!(received, spread(&expected(&|from, _| value(from, 7))));
    let mut received = vec![-1; 2 * n];
    let mut parts = PartitionMut::new(&mut received[..], &counts[..], &displacements[..]);
    let sent = spread(&sent);
    let sent = Partition::new(&sent[..], &counts[..], &displacements[..]);
    grid.neighbour_all_to_all_varcount_into(&sent, &mut parts);
    assert_eq!(received, spread(&expected(&value)));
}

fn lines_and_rings(world: &World) {
    let size = world.size();
    for is_ring in [false, true] {
        let line = world.create_cartesian_communicator(&[size], &[is_ring], false);
        exchanges(&line.unwrap());
    }
    let line = world
        .create_cartesian_communicator(&[size], &[false], false)
        .unwrap();
    let mut three = [0; 3];
    let said = refusal(|| line.neighbour_all_gather_into(&0, &mut three[..]));
    assert!(said.contains("the receive buffer has 3 elements"), "{said}");
    let said = refusal(|| line.neighbour_all_to_all_into(&[0; 3][..], &mut three[..2]));
    assert!(said.contains("the send buffer has 3 elements"), "{said}");
    let mut parts = PartitionMut::new(&mut three[..], vec![1; 3], vec![0; 3]);
    let said = refusal(|| line.neighbour_all_gather_varcount_into(&0, &mut parts));
    assert!(said.contains("needs 2 of each"), "{said}");
    let said = refusal(|| line.neighbour_all_to_all_within(&mut three, &[Region::empty()], &[]));
    assert!(
        said.contains("1 regions for the 2 neighbors that this rank sends to"),
        "{said}"
    );
    let integer = i32::equivalent_datatype();
    let regions = |start| [Region::new(start, 1, &integer), Region::empty()];
    let said = refusal(|| line.neighbour_all_to_all_within(&mut three, &regions(3), &regions(0)));
    assert!(said.contains("0 elements of i32"), "{said}");
    let said = refusal(|| line.neighbour_all_to_all_within(&mut three, &regions(0), &regions(4)));
    assert!(
        said.contains("starts at element 4, but the slice has only 3"),
        "{said}"
    );
    // Nothing at all is exchanged as well.
    line.neighbour_all_gather_into(&[0_u8; 0], &mut [0_u8; 0]);
    line.neighbour_all_to_all_into(&[0_u8; 0], &mut [0_u8; 0]);
}

/// As square as it can be.
fn dimensions(size: Count) -> [Count; 2] {
    let rows = (1..=size).filter(|rows| size % rows == 0 && rows * rows <= size);
    let rows = rows.max().unwrap();
    [rows, size / rows]
}

fn grids(world: &World) {
    let [rows, columns] = dimensions(world.size());
    let grid = world.create_cartesian_communicator(&[rows, columns], &[false, true], false);
    exchanges(&grid.unwrap());
    let grid = world.create_cartesian_communicator(&[rows, 1, columns], &[false; 3], false);
    exchanges(&grid.unwrap());
}

/// A field with a frame of ghost cells around it: after the exchange each cell of the frame, but for its
/// corners, is what the neighbour has there.
fn halos(world: &World) {
    let dimensions = dimensions(world.size());
    let grid = world
        .create_cartesian_communicator(&dimensions, &[false, true], false)
        .unwrap();
    let coordinates = grid.rank_to_coordinates(grid.rank());
    let (rows, columns) = (3, 5);
    let width = columns + 2;
    let at = |row: usize, column: usize| row * width + column;
    // A cell's value is its place in the whole.
    let cell = |place: &[Count], row: usize, column: usize| {
        let row = place[0] * rows as Count + row as Count - 1;
        let column = place[1] * columns as Count + column as Count - 1;
        f64::from(1000 * row + column)
    };
    let mut field = vec![-1.0; (rows + 2) * width];
    for row in 1..=rows {
        for column in 1..=columns {
            field[at(row, column)] = cell(&coordinates, row, column);
        }
    }
    let before = field.clone();
    let double = f64::equivalent_datatype();
    let line = UserDatatype::vector(rows as Count, 1, width as Count, &double);
    let across = |row| Region::new(at(row, 1), columns as Count, &double);
    let down = |column| Region::new(at(1, column), 1, &line);
    let edges = [across(1), across(rows), down(1), down(columns)];
    let ghosts = [across(0), across(rows + 1), down(0), down(columns + 1)];
    grid.neighbour_all_to_all_within(&mut field, &edges, &ghosts);

    let around: Vec<Option<Vec<Count>>> = neighbours(&grid)
        .into_iter()
        .map(|rank| Some(grid.rank_to_coordinates(rank?)))
        .collect();
    let mut expected = before;
    for column in 1..=columns {
        for (ghost, edge, from) in [(0, rows, 0), (rows + 1, 1, 1)] {
            if let Some(place) = &around[from] {
                expected[at(ghost, column)] = cell(place, edge, column);
            }
        }
    }
    for row in 1..=rows {
        for (ghost, edge, from) in [(0, columns, 2), (columns + 1, 1, 3)] {
            if let Some(place) = &around[from] {
                expected[at(row, ghost)] = cell(place, row, edge);
            }
        }
    }
    assert_eq!(field, expected);
}

fn graphs(world: &World) {
    let (rank, size) = (world.rank(), world.size());
    // Each sends to all above it, and receives from all below it, in reverse.
    let sources: Vec<Rank> = (0..rank).rev().collect();
    let destinations: Vec<Rank> = (rank + 1..size).collect();
    let graph = GraphCommunicator::adjacent(world, &sources, &destinations);
    assert_eq!(graph.communicator().rank(), rank);
    let mut received = vec![-1; sources.len()];
    graph.neighbour_all_gather_into(&rank, &mut received[..]);
    assert_eq!(received, sources);
    let sent: Vec<i32> = destinations.iter().map(|to| 10 * rank + to).collect();
    graph.neighbour_all_to_all_into(&sent[..], &mut received[..]);
    let expected: Vec<i32> = sources.iter().map(|from| 10 * from + rank).collect();
    assert_eq!(received, expected);

    // Rank r sends r + 1 elements.
    let counts: Vec<Count> = sources.iter().map(|from| from + 1).collect();
    let displacements: Vec<Count> = sources.iter().map(|from| from * size).collect();
    let mut received = vec![-1; (size * size) as usize];
    let mut parts = PartitionMut::new(&mut received[..], counts, displacements);
    graph.neighbour_all_gather_varcount_into(&vec![rank; rank as usize + 1], &mut parts);
    for from in 0..size {
        for at in 0..size {
            let is_there = from < rank && at <= from;
            let expected = if is_there { from } else { -1 };
            assert_eq!(received[(from * size + at) as usize], expected);
        }
    }

    // The same into a field that they leave from, by regions.
    let integer = i32::equivalent_datatype();
    let length = size as usize * (size as usize + 1);
    let mut field = vec![-1; length];
    field[..=rank as usize].fill(rank);
    let mine = Region::new(0, rank + 1, &integer);
    let of = |from: Rank| size as usize * (from as usize + 1);
    let sent = vec![mine; destinations.len()];
    let received: Vec<Region> = sources
        .iter()
        .map(|from| Region::new(of(*from), from + 1, &integer))
        .collect();
    graph.neighbour_all_to_all_within(&mut field, &sent, &received);
    for from in 0..rank {
        let start = of(from);
        let expected: Vec<i32> = (0..size)
            .map(|at| if at <= from { from } else { -1 })
            .collect();
        assert_eq!(field[start..start + size as usize], expected);
    }
    let said = refusal(|| drop(GraphCommunicator::adjacent(world, &[size], &[])));
    assert!(
        said.contains(&format!("rank {size} cannot be a neighbor")),
        "{said}"
    );
}
