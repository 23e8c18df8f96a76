//! The checks of the broken programs: any fix is right, so only the results are checked.

use super::{Answers, IN_A_ROW, NOT_MIXED, floats, in_a_row, maxima, twice, with_peak};
use harness_mpi::{Check, SimpleCommunicator, exact};

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
    if check.size() == 3 {
        check.input(IN_A_ROW);
        let numbers = [with_peak(check, -99..0, 0), with_peak(check, 1..99, 2)];
        let call = |world: &SimpleCommunicator, at: usize| {
            (answers.broken_branch)(world, numbers[at][rank])
        };
        let lines = in_a_row(check, (0, 1), call);
        let line = |numbers: &Vec<i32>| {
            let largest = numbers.iter().max().filter(|_| rank == 0);
            largest.map(|largest| format!("the largest is {largest}"))
        };
        check.returned(lines, numbers.each_ref().map(line), NOT_MIXED);
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
            // Nothing but zeros, one of them with a sign; and a NaN that is not the usual one.
            [0.0, -0.0, 0.0],
            [f64::from_bits(0xfff8_0000_1234_5678), first, second],
        ] {
            check.input(format!("rank {reader} has read {settings:?}"));
            let read = (check.rank() == reader).then_some(settings);
            let (all, _) = check.observe(|world| (answers.broken_root)(world, read));
            let why = "every rank gets the reader's settings";
            let right = check.returned(exact(all), exact(settings), why);
            if !check.everywhere(right) {
                return;
            }
        }
    }
    if size == 3 {
        check.input(IN_A_ROW);
        let read = [[1.0, 2.0, 3.0], [-4.0, -5.0, -6.0]]
            .map(|read| read.map(|it: f64| it + check.draw(0.0..1.0)));
        let rank = check.rank();
        let call = |world: &SimpleCommunicator, at: usize| {
            (answers.broken_root)(world, (rank == 2 * at).then_some(read[at]))
        };
        let all = in_a_row(check, (2, 2), call);
        check.returned(all, read, NOT_MIXED);
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
    check.input("only the last rank has numbers: three zeros");
    if !counted(check, answers, &only_the_last(vec![0; 3])) {
        return;
    }
    check.input("no rank has any numbers");
    if !counted(check, answers, &only_the_last(vec![])) {
        return;
    }
    // No fixed length is long enough for all arrays, and the largest number need not be the first or the last.
    let largest = check.draw(100_000..110_000);
    check.input(format!("only the last rank has numbers: 0, {largest}, 0"));
    if !counted(check, answers, &only_the_last(vec![0, largest, 0])) {
        return;
    }
    let often = check.draw(70_000..71_000);
    check.input(format!("only the last rank has numbers: {often} times 1"));
    if !counted(check, answers, &only_the_last(vec![1; often])) {
        return;
    }
    if size == 3 {
        check.input(IN_A_ROW);
        let rank = check.rank();
        // In the second call, no rank has a number that any has in the first one.
        let numbers = [0, 4].map(|lowest| check.draw_vec(9, lowest..lowest + 4));
        let call =
            |world: &SimpleCommunicator, at: usize| (answers.broken_count)(world, &numbers[at]);
        let all = in_a_row(check, (0, 1), call);
        let counts = |numbers: &Vec<usize>| (rank == 0).then(|| count(&numbers.repeat(3)));
        check.returned(all, numbers.each_ref().map(counts), NOT_MIXED);
    }
}

/// Returns whether the counts were right everywhere.
fn counted(check: &mut Check, answers: &Answers, numbers: &[Vec<usize>]) -> bool {
    let mine = &numbers[check.rank()];
    let (counts, _) = check.observe(|world| (answers.broken_count)(world, mine));
    let expected = (check.rank() == 0).then(|| count(&numbers.concat()));
    let why = "rank 0 gets the counts of the numbers of all ranks";
    let right = check.returned(counts, expected, why);
    check.everywhere(right)
}

/// How often each number occurs.
fn count(numbers: &[usize]) -> Vec<u64> {
    let length = numbers.iter().max().map_or(0, |largest| largest + 1);
    let mut counts = vec![0; length];
    numbers.iter().for_each(|number| counts[*number] += 1);
    counts
}
