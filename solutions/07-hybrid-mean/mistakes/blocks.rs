//! Mistakes in the task `blocks`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use std::ops::Range;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("blocks": blocks = drops_the_rest => WrongResult,
        "gives every rank the same number of rows, and loses what is left over"),
    mistake!("blocks": blocks = rest_to_the_last => WrongResult,
        "gives everything that is left over to the last rank"),
    mistake!("blocks": blocks = rounds_up => WrongResult,
        "rounds the number of rows up, so that the last ranks get less or nothing"),
    mistake!("blocks": blocks = longer_but_not_moved => WrongResult,
        "makes the first blocks longer, and lets the others begin where they did"),
    mistake!("blocks": blocks = start_and_length => WrongResult,
        "returns the length in place of the end"),
    mistake!("blocks": blocks = at_least_one => WrongResult,
        "gives every rank a row, also when there are fewer"),
    mistake!("blocks": blocks = by_the_smaller => WrongResult,
        "divides by the number of ranks or of rows, whichever is smaller"),
    mistake!("blocks": blocks = in_32_bits => WrongResult,
        "converts all that it is given to `u32`"),
    mistake!("blocks": blocks = ranks_in_16_bits => WrongResult,
        "believes that there are never more than 65,535 ranks"),
    mistake!("blocks": blocks = rank_in_32_bits => WrongResult,
        "cuts the rank to 32 bits"),
    mistake!("blocks": blocks = by_a_fraction => WrongResult,
        "divides as `f64`, which has no room for the last digits of large numbers"),
    mistake!("blocks": blocks = backwards_when_empty => WrongResult,
        "returns a range that begins behind its end where no rows are left"),
    mistake!("blocks": blocks = as_even_as_can_be => WrongResult,
        "spreads the longer blocks among the others"),
    mistake!("blocks": blocks = start_of_32_bits => WrongResult,
        "cuts the rank to 32 bits where it says at which row the block begins"),
];

fn drops_the_rest(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let block = rows / ranks;
    rank * block..(rank + 1) * block
}

fn rest_to_the_last(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let block = rows / ranks;
    let last = rank + 1 == ranks;
    rank * block..if last { rows } else { (rank + 1) * block }
}

fn rounds_up(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let block = rows.div_ceil(ranks);
    (rank * block).min(rows)..((rank + 1) * block).min(rows)
}

fn longer_but_not_moved(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let (block, longer) = (rows / ranks, rows % ranks);
    rank * block..(rank + 1) * block + usize::from(rank < longer)
}

fn start_and_length(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let range = hybrid_mean_solution::blocks(rows, ranks, rank);
    range.start..range.len()
}

fn at_least_one(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let range = hybrid_mean_solution::blocks(rows, ranks, rank);
    range.start..range.end.max(range.start + 1)
}

fn by_the_smaller(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let spread = |rank: usize| rank * (rows / ranks.min(rows)) + rank.min(rows % ranks);
    spread(rank).min(rows)..spread(rank + 1).min(rows)
}

fn in_32_bits(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let [rows, ranks, rank] = [rows, ranks, rank].map(|number| number as u32);
    let start = |rank: u32| rank.wrapping_mul(rows / ranks) + rank.min(rows % ranks);
    start(rank) as usize..start(rank + 1) as usize
}

fn ranks_in_16_bits(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    hybrid_mean_solution::blocks(rows, usize::from(ranks as u16).max(1), rank)
}

fn rank_in_32_bits(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    hybrid_mean_solution::blocks(rows, ranks, rank as u32 as usize)
}

fn by_a_fraction(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let least = (rows as f64 / ranks as f64).floor();
    let longer = rows as f64 - least * ranks as f64;
    let start = |rank: usize| (rank as f64 * least + longer.min(rank as f64)) as usize;
    start(rank)..start(rank + 1)
}

fn backwards_when_empty(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let range = hybrid_mean_solution::blocks(rows, ranks, rank);
    if range.is_empty() {
        return range.start + 1..range.end;
    }
    range
}

fn as_even_as_can_be(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let start = |rank: usize| (rank as u128 * rows as u128 / ranks as u128) as usize;
    start(rank)..start(rank + 1)
}

fn start_of_32_bits(rows: usize, ranks: usize, rank: usize) -> Range<usize> {
    let (block, longer) = (rows / ranks, rows % ranks);
    let before = rank as u32 as usize;
    let start = before * block + before.min(longer);
    start..start + block + usize::from(rank < longer)
}
