//! Mistakes in the task `mean`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use hybrid_mean_solution::{Sum, SumRow, merge, scatter, threads};
use mpi::{collective::SystemOperation, request, topology::SimpleCommunicator, traits::*};
use ndarray::ArrayView2;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("mean": mean = all_on_rank_0 => WrongOperation,
        "lets rank 0 do everything and tell the others"),
    mistake!("mean": mean = known_to_rank_0 => WrongResult,
        "leaves the result on rank 0"),
    mistake!("mean": mean = mean_of_means => WrongResult,
        "takes the mean of the ranks' means"),
    mistake!("mean": mean = one_number_by_rank => WrongResult,
        "adds the ranks' sums as plain numbers"),
    mistake!("mean": mean = lost_apart => WrongResult,
        "lets the reduction add the totals, and what that loses is lost"),
    mistake!("mean": mean = no_threads => WrongOperation,
        "adds up on one thread in each rank"),
    mistake!("mean": mean = not_a_number => WrongResult,
        "divides by the number of numbers, also when it is 0"),
    mistake!("mean": mean = none_without_rows => WrongResult,
        "returns nothing on a rank that has no rows of its own"),
    mistake!("mean": mean = everything_to_all => TooMuchCommunication,
        "broadcasts the matrix so that each rank can cut its rows out"),
    mistake!("mean": mean = own_pool => WrongOperation,
        "adds up in a pool of its own"),
    mistake!("mean": mean = own_threads => WrongOperation,
        "starts threads of its own"),
    mistake!("mean": mean = everything_by_scan => TooMuchCommunication,
        "adds up the matrix of rank 0 and the zeros of all others by a scan"),
    mistake!("mean": mean = rows_back_to_rank_0 => TooMuchCommunication,
        "gathers all rows on rank 0 again"),
    mistake!("mean": mean = calls_for_show => WrongResult,
        "calls `sum_row` for each row, and adds the numbers up another way"),
    mistake!("mean": mean = as_f32 => WrongResult,
        "returns half of the digits"),
    mistake!("mean": mean = counts_to_65535 => WrongResult,
        "keeps the number of numbers in 16 bits"),
    mistake!("mean": mean = counts_in_4_of_8_bytes => TypeMismatch,
        "gives MPI a receive buffer of i32 for the number of numbers, which is a `usize`"),
    mistake!("mean": mean = rounds_by_rank_pairs => WrongResult,
        "joins the sums of neighbors, and adds those as plain numbers"),
    mistake!("mean": mean = left_spinning => Leftover,
        "leaves a thread of the pool spinning"),
    mistake!("mean": mean = sums_of_any_call => WrongResult,
        "takes as many sums as there are other ranks, some of them maybe from the next call"),
];

type Matrix<'a> = Option<ArrayView2<'a, f64>>;

fn all_on_rank_0(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let sum = matrix.map(|matrix| threads(matrix, sum_row).value());
    let numbers = matrix.map_or(0, |matrix| matrix.len());
    let mut mean = [sum.unwrap_or(0.0), numbers as f64];
    world.process_at_rank(0).broadcast_into(&mut mean[..]);
    (mean[1] > 0.0).then(|| mean[0] / mean[1])
}

fn known_to_rank_0(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let mean = hybrid_mean_solution::mean(world, matrix, sum_row);
    mean.filter(|_| world.rank() == 0)
}

/// This rank's numbers: how many, and their sum.
fn part(world: &SimpleCommunicator, matrix: Matrix<'_>, sum_row: SumRow<'_>) -> (usize, Sum) {
    let mine = scatter(world, matrix);
    (mine.len(), threads(mine.view(), sum_row))
}

fn add_up(world: &SimpleCommunicator, mine: [f64; 3]) -> [f64; 3] {
    let mut all = [0.0; 3];
    world.all_reduce_into(&mine[..], &mut all[..], SystemOperation::sum());
    all
}

fn mean_of_means(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let (numbers, sum) = part(world, matrix, sum_row);
    let mean = sum.value() / numbers.max(1) as f64;
    let [means, numbers, _] = add_up(world, [mean, numbers as f64, 0.0]);
    (numbers > 0.0).then(|| means / f64::from(world.size()))
}

fn one_number_by_rank(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let (numbers, sum) = part(world, matrix, sum_row);
    let [sum, numbers, _] = add_up(world, [sum.value(), numbers as f64, 0.0]);
    (numbers > 0.0).then(|| sum / numbers)
}

fn lost_apart(world: &SimpleCommunicator, matrix: Matrix<'_>, sum_row: SumRow<'_>) -> Option<f64> {
    let (numbers, sum) = part(world, matrix, sum_row);
    let [total, lost, numbers] = add_up(world, [sum.total, sum.lost, numbers as f64]);
    (numbers > 0.0).then(|| (total + lost) / numbers)
}

/// What all ranks have, joined in their order.
fn join(world: &SimpleCommunicator, numbers: usize, sum: Sum) -> (usize, f64) {
    let mut sums = vec![Sum::default(); world.size() as usize];
    world.all_gather_into(&sum, &mut sums[..]);
    let mut all = 0_usize;
    world.all_reduce_into(&numbers, &mut all, SystemOperation::sum());
    (all, sums.into_iter().fold(Sum::default(), merge).value())
}

fn no_threads(world: &SimpleCommunicator, matrix: Matrix<'_>, sum_row: SumRow<'_>) -> Option<f64> {
    let mine = scatter(world, matrix);
    let sum = mine.outer_iter().map(sum_row).fold(Sum::default(), merge);
    let (numbers, sum) = join(world, mine.len(), sum);
    (numbers > 0).then(|| sum / numbers as f64)
}

fn not_a_number(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let (numbers, sum) = part(world, matrix, sum_row);
    let (numbers, sum) = join(world, numbers, sum);
    Some(sum / numbers as f64)
}

fn none_without_rows(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let (own, sum) = part(world, matrix, sum_row);
    let (numbers, sum) = join(world, own, sum);
    (own > 0).then(|| sum / numbers as f64)
}

fn everything_to_all(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let mut length = matrix.map_or(0, |matrix| matrix.len());
    let root = world.process_at_rank(0);
    root.broadcast_into(&mut length);
    let mut numbers = vec![0.0; length];
    if let Some(matrix) = matrix {
        numbers.copy_from_slice(matrix.to_slice().unwrap());
    }
    root.broadcast_into(&mut numbers[..]);
    hybrid_mean_solution::mean(world, matrix, sum_row)
}

fn own_pool(world: &SimpleCommunicator, matrix: Matrix<'_>, sum_row: SumRow<'_>) -> Option<f64> {
    let mine = scatter(world, matrix);
    let threads = rayon::current_num_threads();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.build().unwrap();
    let sum = pool.install(|| hybrid_mean_solution::threads(mine.view(), sum_row));
    let (numbers, sum) = join(world, mine.len(), sum);
    (numbers > 0).then(|| sum / numbers as f64)
}

fn own_threads(world: &SimpleCommunicator, matrix: Matrix<'_>, sum_row: SumRow<'_>) -> Option<f64> {
    let mine = scatter(world, matrix);
    let block = mine.nrows().div_ceil(3).max(1);
    let sum = std::thread::scope(|scope| {
        let parts: Vec<_> = mine
            .axis_chunks_iter(ndarray::Axis(0), block)
            .map(|part| {
                scope.spawn(move || part.outer_iter().map(sum_row).fold(Sum::default(), merge))
            })
            .collect();
        let sums = parts.into_iter().map(|part| part.join().unwrap());
        sums.fold(Sum::default(), merge)
    });
    let (numbers, sum) = join(world, mine.len(), sum);
    (numbers > 0).then(|| sum / numbers as f64)
}

/// The whole matrix's shape and numbers, on every rank, by a scan.
fn everything_by_scan(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let mut length = matrix.map_or(0, |matrix| matrix.len());
    world.process_at_rank(0).broadcast_into(&mut length);
    let mine = matrix.map_or(vec![0.0; length], |matrix| matrix.iter().copied().collect());
    let mut all = vec![0.0; length];
    world.scan_into(&mine[..], &mut all[..], SystemOperation::sum());
    hybrid_mean_solution::mean(world, matrix, sum_row)
}

fn rows_back_to_rank_0(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let mine = scatter(world, matrix);
    if world.rank() > 0 {
        let numbers = mine.as_slice().unwrap();
        world.process_at_rank(0).send(numbers);
    } else {
        for rank in 1..world.size() {
            let _ = world.process_at_rank(rank).receive_vec::<f64>();
        }
    }
    let (numbers, sum) = join(world, mine.len(), threads(mine.view(), sum_row));
    (numbers > 0).then(|| sum / numbers as f64)
}

fn calls_for_show(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let mine = scatter(world, matrix);
    threads(mine.view(), sum_row);
    let sum = mine
        .iter()
        .copied()
        .fold(Sum::default(), hybrid_mean_solution::plus);
    let (numbers, sum) = join(world, mine.len(), sum);
    (numbers > 0).then(|| sum / numbers as f64)
}

fn as_f32(world: &SimpleCommunicator, matrix: Matrix<'_>, sum_row: SumRow<'_>) -> Option<f64> {
    let mean = hybrid_mean_solution::mean(world, matrix, sum_row);
    mean.map(|mean| f64::from(mean as f32))
}

fn counts_to_65535(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let (numbers, sum) = part(world, matrix, sum_row);
    let (numbers, sum) = join(world, numbers, sum);
    (numbers > 0).then(|| sum / f64::from(numbers as u16))
}

fn counts_in_4_of_8_bytes(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let (own, sum) = part(world, matrix, sum_row);
    // Two, so that MPI stays within the buffer.
    let mut numbers = [0_i32; 2];
    world.all_reduce_into(&own, &mut numbers[..], SystemOperation::sum());
    let (_, sum) = join(world, own, sum);
    (numbers[0] > 0).then(|| sum / f64::from(numbers[0]))
}

fn rounds_by_rank_pairs(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let (numbers, sum) = part(world, matrix, sum_row);
    let mut sums = vec![Sum::default(); world.size() as usize];
    world.all_gather_into(&sum, &mut sums[..]);
    let pairs = sums
        .chunks(2)
        .map(|pair| pair.iter().copied().fold(Sum::default(), merge));
    let sum: f64 = pairs.map(Sum::value).sum();
    let (numbers, _) = join(world, numbers, Sum::default());
    (numbers > 0).then(|| sum / numbers as f64)
}

fn left_spinning(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    rayon::spawn(|| {
        loop {
            std::hint::spin_loop();
        }
    });
    hybrid_mean_solution::mean(world, matrix, sum_row)
}

fn sums_of_any_call(
    world: &SimpleCommunicator,
    matrix: Matrix<'_>,
    sum_row: SumRow<'_>,
) -> Option<f64> {
    let (mut numbers, mut sum) = part(world, matrix, sum_row);
    let own = [sum.total, sum.lost, numbers as f64];
    let others = || (0..world.size()).filter(|rank| *rank != world.rank());
    request::multiple_scope(others().count(), |scope, requests| {
        for rank in others() {
            requests.add(world.process_at_rank(rank).immediate_send(scope, &own[..]));
        }
        for _ in others() {
            let mut theirs = [0.0; 3];
            world.any_process().receive_into(&mut theirs[..]);
            let [total, lost, count] = theirs;
            sum = merge(sum, Sum { total, lost });
            numbers += count as usize;
        }
        requests.wait_all(&mut Vec::new());
    });
    (numbers > 0).then(|| sum.value() / numbers as f64)
}
