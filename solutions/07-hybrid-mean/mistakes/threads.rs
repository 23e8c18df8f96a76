//! Mistakes in the task `threads`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use hybrid_mean_solution::{Callers, Sum, SumRow, merge, plus, threads};
use mpi::Threading;
use ndarray::{ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;
use std::sync::Mutex;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("threads": enough = exactly_this_level => WrongResult,
        "asks for the very level, and refuses a higher one"),
    mistake!("threads": enough = always_multiple => WrongResult,
        "asks for the highest level as soon as there are threads"),
    mistake!("threads": enough = single_will_do => WrongResult,
        "believes that no level is needed while the main thread calls MPI"),
    mistake!("threads": merge = totals_alone => WrongResult,
        "adds the totals, and forgets what this loses"),
    mistake!("threads": merge = rests_of_one => WrongResult,
        "keeps what was lost in the first part only"),
    mistake!("threads": merge = nothing_if_0 => WrongResult,
        "takes a part whose total is 0 for one of nothing"),
    mistake!("threads": threads = numbers_as_they_are => WrongResult,
        "takes rows of one number as they are, without `sum_row`"),
    mistake!("threads": threads = row_after_row => WrongOperation,
        "adds the rows up one after another"),
    mistake!("threads": threads = two_halves => WrongOperation,
        "shares the work between two threads, however many there are"),
    mistake!("threads": threads = one_number_by_thread => WrongResult,
        "adds the threads' sums as plain numbers"),
    mistake!("threads": threads = starts_with_the_first => Panic,
        "reduces without a neutral element, and has nothing to return without rows"),
    mistake!("threads": threads = by_full_chunks => WrongResult,
        "gives each thread as many rows, and loses what is left over"),
    mistake!("threads": merge = as_f32 => WrongResult,
        "keeps half of the digits"),
    mistake!("threads": threads = own_pool => WrongOperation,
        "builds a pool of its own, of as many threads"),
    mistake!("threads": threads = own_threads => WrongOperation,
        "starts threads of its own, while those of the pool wait"),
    mistake!("threads": threads = four_parts => WrongOperation,
        "cuts the rows into four parts, however many threads there are"),
    mistake!("threads": threads = calls_for_show => WrongResult,
        "calls `sum_row` for each row, and adds the numbers up another way"),
    mistake!("threads": threads = first_row_again => WrongResult,
        "adds up the first row as often as there are rows"),
    mistake!("threads": threads = only_without_gaps => Panic,
        "cuts one slice into rows, which a view with gaps is not"),
    mistake!("threads": threads = by_the_place => WrongResult,
        "keeps the sum of each place in memory, whatever `sum_row` returns"),
    mistake!("threads": threads = wide_rows_in_halves => WrongOperation,
        "splits wide rows, and calls `sum_row` for each half"),
    mistake!("threads": threads = lines_of_memory => WrongResult,
        "takes what lies together in memory for a row"),
    mistake!("threads": merge = lost_to_the_total => WrongResult,
        "adds what the other part has lost to the total"),
    mistake!("threads": threads = without_zeros => WrongResult,
        "leaves out rows in which all numbers are 0"),
];

fn only_without_gaps(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let numbers = rows.to_slice().unwrap();
    let rows = numbers.par_chunks(rows.ncols().max(1));
    rows.map(|row| sum_row(row.into()))
        .reduce(Sum::default, merge)
}

fn by_the_place(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    type Known = ((usize, (usize, usize)), Sum);
    static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());
    let place = (rows.as_ptr().addr(), rows.dim());
    let sum = hybrid_mean_solution::threads(rows, sum_row);
    let mut known = KNOWN.lock().unwrap();
    if let Some((_, sum)) = known.iter().find(|(other, _)| *other == place) {
        return *sum;
    }
    known.push((place, sum));
    sum
}

fn exactly_this_level(callers: Callers, provided: Threading) -> bool {
    let needed = match callers {
        Callers::Only => Threading::Single,
        Callers::Main => Threading::Funneled,
        Callers::OneAtATime => Threading::Serialized,
        Callers::Any => Threading::Multiple,
    };
    provided == needed
}

fn always_multiple(callers: Callers, provided: Threading) -> bool {
    callers == Callers::Only || provided == Threading::Multiple
}

fn single_will_do(callers: Callers, provided: Threading) -> bool {
    callers == Callers::Main || hybrid_mean_solution::enough(callers, provided)
}

fn totals_alone(one: Sum, other: Sum) -> Sum {
    Sum {
        total: one.total + other.total,
        lost: one.lost + other.lost,
    }
}

fn rests_of_one(one: Sum, other: Sum) -> Sum {
    hybrid_mean_solution::plus(one, other.total)
}

fn nothing_if_0(one: Sum, other: Sum) -> Sum {
    match other.total == 0.0 {
        true => one,
        false => merge(one, other),
    }
}

fn numbers_as_they_are(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let as_it_is = |row: ArrayView1<'_, f64>| Sum {
        total: row[0],
        lost: 0.0,
    };
    match rows.ncols() {
        1 => threads(rows, &as_it_is),
        _ => threads(rows, sum_row),
    }
}

fn row_after_row(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    rows.outer_iter().map(sum_row).fold(Sum::default(), merge)
}

fn two_halves(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let (upper, lower) = rows.split_at(ndarray::Axis(0), rows.nrows() / 2);
    let (upper, lower) = rayon::join(
        || row_after_row(upper, sum_row),
        || row_after_row(lower, sum_row),
    );
    merge(upper, lower)
}

fn one_number_by_thread(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let sums = rows.outer_iter().into_par_iter().map(sum_row);
    Sum {
        total: sums.map(Sum::value).sum(),
        lost: 0.0,
    }
}

fn starts_with_the_first(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let sums = rows.outer_iter().into_par_iter().map(sum_row);
    sums.reduce_with(merge).unwrap()
}

fn by_full_chunks(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let threads = rayon::current_num_threads();
    let block = rows.nrows() / threads;
    let part = |thread: usize| {
        let rows = rows.slice(ndarray::s![thread * block..(thread + 1) * block, ..]);
        row_after_row(rows, sum_row)
    };
    let parts = (0..threads).into_par_iter().map(part);
    parts.reduce(Sum::default, merge)
}

fn as_f32(one: Sum, other: Sum) -> Sum {
    let sum = hybrid_mean_solution::merge(one, other);
    Sum {
        total: f64::from(sum.total as f32),
        lost: sum.lost,
    }
}

fn own_pool(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let threads = rayon::current_num_threads();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.build().unwrap();
    pool.install(|| hybrid_mean_solution::threads(rows, sum_row))
}

fn own_threads(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let block = rows.nrows().div_ceil(rayon::current_num_threads()).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = rows
            .axis_chunks_iter(ndarray::Axis(0), block)
            .map(|part| scope.spawn(move || row_after_row(part, sum_row)))
            .collect();
        let sums = parts.into_iter().map(|part| part.join().unwrap());
        sums.fold(Sum::default(), merge)
    })
}

fn four_parts(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let block = rows.nrows().div_ceil(4).max(1);
    let parts = rows.axis_chunks_iter(ndarray::Axis(0), block);
    let parts = parts
        .into_par_iter()
        .map(|part| row_after_row(part, sum_row));
    parts.reduce(Sum::default, merge)
}

fn calls_for_show(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    rows.outer_iter().into_par_iter().for_each(|row| {
        sum_row(row);
    });
    rows.iter()
        .copied()
        .fold(Sum::default(), hybrid_mean_solution::plus)
}

fn first_row_again(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let all = (0..rows.nrows()).into_par_iter();
    all.map(|_| sum_row(rows.row(0)))
        .reduce(Sum::default, merge)
}

fn wide_rows_in_halves(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let of_row = |row: ArrayView1<'_, f64>| {
        if row.len() < 1000 {
            return sum_row(row);
        }
        let (left, right) = row.split_at(Axis(0), row.len() / 2);
        let (left, right) = rayon::join(|| sum_row(left), || sum_row(right));
        merge(left, right)
    };
    let rows = rows.outer_iter().into_par_iter();
    rows.map(of_row).reduce(Sum::default, merge)
}

fn lines_of_memory(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    match rows.to_slice_memory_order() {
        Some(numbers) if !numbers.is_empty() => numbers
            .par_chunks(rows.ncols())
            .map(|row| sum_row(row.into()))
            .reduce(Sum::default, merge),
        _ => threads(rows, sum_row),
    }
}

fn lost_to_the_total(one: Sum, other: Sum) -> Sum {
    plus(plus(one, other.total), other.lost)
}

fn without_zeros(rows: ArrayView2<'_, f64>, sum_row: SumRow<'_>) -> Sum {
    let rows = rows.outer_iter().into_par_iter();
    rows.filter(|row| row.iter().any(|number| *number != 0.0))
        .map(sum_row)
        .reduce(Sum::default, merge)
}
