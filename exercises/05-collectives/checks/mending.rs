//! The checks of the broken programs: any fix is right, so only the results are checked.

use super::{Answers, Exact, floats, maxima, twice};
use harness_mpi::Check;

pub fn broken_branch(check: &mut Check, answers: &Answers) {
    let rank = check.rank();
    for numbers in maxima(check) {
        check.input(format!("the numbers {numbers:?}"));
        let mine = numbers[rank];
        let (line, _) = check.observe(|world| (answers.broken_branch)(world, mine));
        let largest = numbers.iter().max().filter(|_| rank == 0);
        let expected = largest.map(|largest| format!("the largest is {largest}"));
        let why = "rank 0 returns the line, and the other ranks return `None`";
        let right = check.returned(line, expected, why);
        if !check.everywhere(right) {
            return;
        }
    }
}

pub fn broken_root(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let drawn = check.draw(0..size);
    for reader in [0, 0, size - 1, size / 2, drawn] {
        let negative = [(); 3].map(|()| check.draw(-9.0..0.0));
        // With zeros, NaN and extreme values, and once more on rank 0.
        let [first, second] = floats(check, 2).try_into().unwrap_or_default();
        let with_nan = [first, f64::NAN, second];
        for settings in [
            negative,
            [first, second, 0.0],
            [-0.0, first, second],
            with_nan,
            [f64::NAN, first, second],
        ] {
            check.input(format!("rank {reader} has read {settings:?}"));
            let read = (check.rank() == reader).then_some(settings);
            let (all, _) = check.observe(|world| (answers.broken_root)(world, read));
            let why = "every rank gets the reader's settings";
            let right = check.returned(Exact(&all), Exact(&settings), why);
            if !check.everywhere(right) {
                return;
            }
        }
    }
}

pub fn broken_count(check: &mut Check, answers: &Answers) {
    let size = check.size();
    // The first input is right even without a fix: all ranks have the same largest number, 4.
    let (rising, falling) = ((2..size + 2).collect(), (2..size + 2).rev().collect());
    for largest in [vec![4; size], rising, falling] {
        let draw = |check: &mut Check| {
            let of_rank =
                |largest: &usize| [vec![*largest], check.draw_vec(20, 0..*largest)].concat();
            largest.iter().map(of_rank).collect()
        };
        for numbers in twice(check, 0, draw) {
            check.input(format!("the largest number of each rank is {largest:?}"));
            if !counted(check, answers, &numbers) {
                return;
            }
        }
    }
    let only_the_last = |numbers: Vec<usize>| {
        let of_rank = |rank| {
            if rank == size {
                numbers.clone()
            } else {
                vec![]
            }
        };
        (1..=size).map(of_rank).collect::<Vec<_>>()
    };
    check.input("only the last rank has a number: 3");
    if !counted(check, answers, &only_the_last(vec![3])) {
        return;
    }
    check.input("no rank has any numbers");
    if !counted(check, answers, &only_the_last(vec![])) {
        return;
    }
    // No fixed length is long enough for all arrays.
    let largest = check.draw(100_000..110_000);
    check.input(format!("only the last rank has a number: {largest}"));
    if !counted(check, answers, &only_the_last(vec![largest])) {
        return;
    }
    let often = check.draw(70_000..71_000);
    check.input(format!("only the last rank has numbers: {often} times 1"));
    counted(check, answers, &only_the_last(vec![1; often]));
}

/// Returns whether the counts were right everywhere.
fn counted(check: &mut Check, answers: &Answers, numbers: &[Vec<usize>]) -> bool {
    let mine = &numbers[check.rank()];
    let (counts, _) = check.observe(|world| (answers.broken_count)(world, mine));
    let all = numbers.concat();
    let length = all.iter().max().map_or(0, |largest| largest + 1);
    let mut counts_of_all = vec![0; length];
    all.iter().for_each(|number| counts_of_all[*number] += 1);
    let expected = (check.rank() == 0).then_some(counts_of_all);
    let why = "rank 0 gets the counts of the numbers of all ranks";
    let right = check.returned(counts, expected, why);
    check.everywhere(right)
}
