//! Mistakes in the task `scatter`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use hybrid_mean_solution::blocks;
use mpi::{
    collective::SystemOperation, datatype::Partition, topology::SimpleCommunicator, traits::*,
};
use ndarray::{Array2, ArrayView2, s};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("scatter": scatter = everything_to_all => TooMuchCommunication,
        "broadcasts the matrix, and each rank cuts its rows out"),
    mistake!("scatter": scatter = everything_by_messages => TooMuchCommunication,
        "sends the whole matrix to each rank"),
    mistake!("scatter": scatter = counts_in_rows => WrongResult,
        "counts rows where numbers are counted"),
    mistake!("scatter": scatter = starts_in_rows => WrongResult,
        "counts numbers, and begins the blocks at rows"),
    mistake!("scatter": scatter = equal_blocks => WrongResult,
        "scatters equal blocks, and drops the rows left over"),
    mistake!("scatter": scatter = no_columns_without_rows => WrongResult,
        "forgets the columns on ranks that have no rows"),
    mistake!("scatter": scatter = shape_on_rank_0_alone => Truncation,
        "keeps the shape on rank 0, so that the others make room for a guess"),
    mistake!("scatter": scatter = unwraps_it_everywhere => Panic,
        "unwraps the matrix that only rank 0 has"),
    mistake!("scatter": scatter = skips_ranks_without_rows => Deadlock,
        "returns early on ranks without rows, which rank 0 waits for"),
    mistake!("scatter": scatter = everything_by_scatterv => TooMuchCommunication,
        "scatters with the whole matrix as everybody's part"),
    mistake!("scatter": scatter = everything_by_all_to_all => TooMuchCommunication,
        "sends the whole matrix to all ranks by an all-to-all"),
    mistake!("scatter": scatter = everything_by_scan => TooMuchCommunication,
        "adds up the matrix of rank 0 and the zeros of all others by a scan"),
    mistake!("scatter": scatter = back_to_rank_0 => TooMuchCommunication,
        "sends all rows back to rank 0, to look whether they have arrived"),
    mistake!("scatter": scatter = rows_to_the_next => TooMuchCommunication,
        "hands all rows on from rank to rank, and each keeps its own"),
    mistake!("scatter": scatter = shape_in_32_bits => WrongResult,
        "sends the shape as `i32`"),
    mistake!("scatter": scatter = counts_in_16_bits => WrongResult,
        "believes that no rank gets more than 65,535 numbers"),
    mistake!("scatter": scatter = as_f32 => WrongResult,
        "sends the numbers with half of their digits"),
    mistake!("scatter": scatter = row_by_row => TooMuchCommunication,
        "sends each row in a message of its own"),
];

fn shape(world: &SimpleCommunicator, matrix: Option<ArrayView2<'_, f64>>) -> [usize; 2] {
    let mut shape = matrix.map_or([0, 0], |matrix| matrix.dim().into());
    world.process_at_rank(0).broadcast_into(&mut shape[..]);
    shape
}

/// The rows of this rank, cut out of all.
fn cut(world: &SimpleCommunicator, all: &Array2<f64>) -> Array2<f64> {
    let own = blocks(all.nrows(), world.size() as usize, world.rank() as usize);
    all.slice(s![own, ..]).to_owned()
}

fn everything_to_all(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let [rows, columns] = shape(world, matrix);
    let mut all = matrix.map_or_else(
        || Array2::zeros((rows, columns)),
        |matrix| matrix.to_owned(),
    );
    let numbers = all.as_slice_mut().unwrap();
    world.process_at_rank(0).broadcast_into(numbers);
    cut(world, &all)
}

fn everything_by_messages(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let [rows, columns] = shape(world, matrix);
    let Some(matrix) = matrix else {
        let (numbers, _) = world.process_at_rank(0).receive_vec();
        return cut(
            world,
            &Array2::from_shape_vec((rows, columns), numbers).unwrap(),
        );
    };
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(matrix.to_slice().unwrap());
    }
    cut(world, &matrix.to_owned())
}

/// Deals rows out with counts and starts that may be wrong.
fn deal(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
    [rows, columns]: [usize; 2],
    count_and_start: impl Fn(std::ops::Range<usize>) -> (usize, usize),
) -> Array2<f64> {
    let (ranks, root) = (world.size() as usize, world.process_at_rank(0));
    let own = blocks(rows, ranks, world.rank() as usize);
    let mut mine = Array2::zeros((own.len(), columns));
    let (room, _) = count_and_start(own);
    let room = &mut mine.as_slice_mut().unwrap()[..room];
    match matrix {
        Some(matrix) => {
            let parts = (0..ranks).map(|rank| count_and_start(blocks(rows, ranks, rank)));
            let (counts, starts): (Vec<i32>, Vec<i32>) = parts
                .map(|(count, start)| (count as i32, start as i32))
                .unzip();
            let parts = Partition::new(matrix.to_slice().unwrap(), counts, starts);
            root.scatter_varcount_into_root(&parts, room);
        }
        None => root.scatter_varcount_into(room),
    }
    mine
}

fn counts_in_rows(world: &SimpleCommunicator, matrix: Option<ArrayView2<'_, f64>>) -> Array2<f64> {
    let shape = shape(world, matrix);
    deal(world, matrix, shape, |rows| (rows.len(), rows.start))
}

fn starts_in_rows(world: &SimpleCommunicator, matrix: Option<ArrayView2<'_, f64>>) -> Array2<f64> {
    let shape = shape(world, matrix);
    deal(world, matrix, shape, |rows| {
        (rows.len() * shape[1], rows.start)
    })
}

fn equal_blocks(world: &SimpleCommunicator, matrix: Option<ArrayView2<'_, f64>>) -> Array2<f64> {
    let ([rows, columns], ranks) = (shape(world, matrix), world.size() as usize);
    let mut mine = Array2::zeros((rows / ranks, columns));
    let (root, room) = (world.process_at_rank(0), mine.as_slice_mut().unwrap());
    match matrix {
        Some(matrix) => {
            let whole = &matrix.to_slice().unwrap()[..ranks * room.len()];
            root.scatter_into_root(whole, room);
        }
        None => root.scatter_into(room),
    }
    mine
}

fn no_columns_without_rows(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let mine = hybrid_mean_solution::scatter(world, matrix);
    if mine.is_empty() {
        return Array2::zeros((0, 0));
    }
    mine
}

fn shape_on_rank_0_alone(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let shape = matrix.map_or([world.size() as usize, 1], |matrix| matrix.dim().into());
    deal(world, matrix, shape, |rows| {
        (rows.len() * shape[1], rows.start * shape[1])
    })
}

fn unwraps_it_everywhere(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let shape = matrix.unwrap().dim().into();
    deal(world, matrix, shape, |rows| {
        (rows.len() * shape[1], rows.start * shape[1])
    })
}

fn skips_ranks_without_rows(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let [rows, columns] = shape(world, matrix);
    let own = blocks(rows, world.size() as usize, world.rank() as usize);
    let mut mine = Array2::zeros((own.len(), columns));
    // As long as rank 0 sends synchronously, to each rank in turn.
    if let Some(matrix) = matrix {
        for rank in 1..world.size() {
            let rows = blocks(rows, world.size() as usize, rank as usize);
            let block = matrix.slice(s![rows, ..]);
            world
                .process_at_rank(rank)
                .synchronous_send(block.to_slice().unwrap());
        }
        return cut(world, &matrix.to_owned());
    }
    if !own.is_empty() {
        let room = mine.as_slice_mut().unwrap();
        world.process_at_rank(0).receive_into(room);
    }
    mine
}

fn everything_by_scatterv(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let [rows, columns] = shape(world, matrix);
    let (ranks, root) = (world.size() as usize, world.process_at_rank(0));
    let mut all = Array2::zeros((rows, columns));
    let room = all.as_slice_mut().unwrap();
    match matrix {
        Some(matrix) => {
            let counts = vec![room.len() as i32; ranks];
            let parts = Partition::new(matrix.to_slice().unwrap(), counts, vec![0; ranks]);
            root.scatter_varcount_into_root(&parts, room);
        }
        None => root.scatter_varcount_into(room),
    }
    cut(world, &all)
}

fn everything_by_all_to_all(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let [rows, columns] = shape(world, matrix);
    let (ranks, length) = (world.size() as usize, rows * columns);
    let mine = matrix.map_or(vec![0.0; length], |matrix| matrix.iter().copied().collect());
    let mut all = vec![0.0; ranks * length];
    if length > 0 {
        world.all_to_all_into(&mine.repeat(ranks)[..], &mut all[..]);
    }
    all.truncate(length);
    cut(
        world,
        &Array2::from_shape_vec((rows, columns), all).unwrap(),
    )
}

fn everything_by_scan(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let [rows, columns] = shape(world, matrix);
    let zeros = vec![0.0; rows * columns];
    let mine = matrix.map_or(zeros.clone(), |matrix| matrix.iter().copied().collect());
    let mut all = zeros;
    world.scan_into(&mine[..], &mut all[..], SystemOperation::sum());
    cut(
        world,
        &Array2::from_shape_vec((rows, columns), all).unwrap(),
    )
}

fn back_to_rank_0(world: &SimpleCommunicator, matrix: Option<ArrayView2<'_, f64>>) -> Array2<f64> {
    let mine = hybrid_mean_solution::scatter(world, matrix);
    if world.rank() > 0 {
        let numbers = mine.as_slice().unwrap();
        world.process_at_rank(0).send(numbers);
        return mine;
    }
    for rank in 1..world.size() {
        let _ = world.process_at_rank(rank).receive_vec::<f64>();
    }
    mine
}

fn rows_to_the_next(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let [rows, columns] = shape(world, matrix);
    let (rank, ranks) = (world.rank(), world.size());
    let all = match matrix {
        Some(matrix) => matrix.iter().copied().collect(),
        None => world.process_at_rank(rank - 1).receive_vec::<f64>().0,
    };
    if rank + 1 < ranks {
        world.process_at_rank(rank + 1).send(&all[..]);
    }
    cut(
        world,
        &Array2::from_shape_vec((rows, columns), all).unwrap(),
    )
}

fn shape_in_32_bits(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let shape = shape(world, matrix).map(|length| length as i32 as usize);
    deal(world, matrix, shape, |rows| {
        (rows.len() * shape[1], rows.start * shape[1])
    })
}

fn counts_in_16_bits(
    world: &SimpleCommunicator,
    matrix: Option<ArrayView2<'_, f64>>,
) -> Array2<f64> {
    let shape = shape(world, matrix);
    deal(world, matrix, shape, |rows| {
        let count = (rows.len() * shape[1]) as u16;
        (count.into(), rows.start * shape[1])
    })
}

fn as_f32(world: &SimpleCommunicator, matrix: Option<ArrayView2<'_, f64>>) -> Array2<f64> {
    let mine = hybrid_mean_solution::scatter(world, matrix);
    mine.mapv(|number| f64::from(number as f32))
}

fn row_by_row(world: &SimpleCommunicator, matrix: Option<ArrayView2<'_, f64>>) -> Array2<f64> {
    let [rows, columns] = shape(world, matrix);
    let ranks = world.size() as usize;
    let mut mine = Array2::zeros((blocks(rows, ranks, world.rank() as usize).len(), columns));
    let Some(matrix) = matrix else {
        let root = world.process_at_rank(0);
        for mut row in mine.rows_mut() {
            root.receive_into(row.as_slice_mut().unwrap());
        }
        return mine;
    };
    for rank in 1..ranks {
        for row in matrix.slice(s![blocks(rows, ranks, rank), ..]).rows() {
            let row = row.to_vec();
            world.process_at_rank(rank as i32).send(&row[..]);
        }
    }
    cut(world, &matrix.to_owned())
}
