//! The check of the task that counts.

use super::{Answers, by_collectives};
use harness_mpi::{Bounds, Check, Kind, part, plural};
use std::{cell::RefCell, collections::HashMap, ops::Range};

pub fn count(check: &mut Check, answers: &Answers) {
    // Each may be missing while the other is written.
    let digits_right = part(|| counts_digits(check, answers));
    if digits_right != Some(false) {
        part(|| adds_up(check, answers));
    }
}

/// How often a digit occurs in a number, by its text.
fn occurrences(number: u64, digit: u8) -> u64 {
    let text = number.to_string();
    let is_it = |letter: &char| letter.to_digit(10) == Some(u32::from(digit));
    text.chars().filter(is_it).count() as u64
}

/// Returns whether it was right everywhere.
fn counts_digits(check: &mut Check, answers: &Answers) -> bool {
    let mut numbers = vec![0, 7, 8, 10, 88, 100, 808, 1_000_000, 1 << 32, 1 << 53];
    numbers.extend((1..10).map(|digit| 1_111_111_111_111_111_111 * digit));
    numbers.extend([10_u64.pow(19), u64::MAX]);
    numbers.extend(check.draw_vec(8, 0..100_000));
    numbers.extend(check.draw_vec(8, 1 << 54..u64::MAX));
    let right = numbers.into_iter().all(|number| {
        check.input(format!("digits: {number}, with each digit from 0 to 9"));
        (0..10).all(|digit| {
            let found = (answers.digits)(number, digit);
            let why = format!("the digit {digit} occurs this often in {number}");
            check.returned(found, occurrences(number, digit), &why)
        })
    });
    check.everywhere(right)
}

fn adds_up(check: &mut Check, answers: &Answers) {
    let size = check.size() as u64;
    let aside = check.aside();
    let starts = [0, 1 << 32, (1 << 53) + 1, (1 << 63) + 5];
    let lengths = check.lengths(size as usize);
    let with_any_start = lengths.into_iter().zip(starts.into_iter().cycle());
    let mut ranges: Vec<Range<u64>> = with_any_start
        .map(|(length, start)| start..start + length as u64)
        .collect();
    let many = starts.map(|start| start..start + 5 * size + size / 2);
    ranges.extend(many.clone());
    // So many that a collective for each few hundred of them, or thousand, is one too many.
    ranges.extend([500..(500 - check.draw(1..500)), 9..9, 3..20_000]);
    // None at all, although the difference that wraps around is small.
    ranges.push(u64::MAX - size..0);
    // A `u64` has room for the sum of a number and the number of ranks, and for hardly more.
    let end = u64::MAX - size;
    ranges.push(end - 6 * size..end);
    // Across the largest `i64`.
    let across = 1 << 63;
    ranges.push(across - 2 * size..across + 3 * size + 1);
    // Some for the second time.
    ranges.extend(many.into_iter().take(2));
    for numbers in ranges {
        let (start, length) = (numbers.start, numbers.end.saturating_sub(numbers.start));
        check.input(format!(
            "count: the numbers {start}..{} by {}",
            numbers.end,
            plural(size, "rank")
        ));
        let values = summands(check, length as usize);
        let calls = RefCell::new(Vec::new());
        let times = |number: u64| {
            calls.borrow_mut().push(number);
            let place = number.checked_sub(start).map(|place| place as usize);
            place
                .and_then(|place| values.get(place))
                .copied()
                .unwrap_or(0)
        };
        let (sum, traffic) = check.observe(|world| (answers.count)(world, numbers.clone(), &times));
        let all = aside.share_all(&calls.take());
        let mut right = shared_out(check, start..start + length, &all);
        let why = "the sum over all numbers, on every rank";
        right &= check.returned(sum, values.iter().sum(), why);
        let bounds = Bounds {
            given: 256 + 64 * size,
            got: 256 + 64 * size,
            calls: 8,
        };
        let why = "one collective adds up one number from each rank";
        if !check.everywhere(right) || !by_collectives(check, &traffic, bounds, why) {
            return;
        }
    }
}

/// Numbers whose sum needs all bits of a `u64`, and is no small negative `i64` either. The lower half of each
/// is nearly full, so that a sum of halves loses what it carries.
fn summands(check: &mut Check, length: usize) -> Vec<u64> {
    const LOWER: u64 = 0xffff_fff0;
    if length == 0 {
        return Vec::new();
    }
    let mut values = check.draw_vec(length, 0..(1 << 63) / length as u64);
    let rest = u64::MAX - values.iter().sum::<u64>();
    let large = check.draw(0..length);
    // Enough stays free for the lower halves.
    values[large] += rest - check.draw(1 << 50..1 << 62);
    values.iter_mut().for_each(|value| *value |= LOWER);
    values
}

/// Requires that every number was asked for once, and evenly by all ranks. Each rank reports its own mistakes.
fn shared_out(check: &Check, numbers: Range<u64>, all: &[Vec<u64>]) -> bool {
    let (rank, kind) = (check.rank(), Kind::WrongResult);
    let own = &all[rank];
    let mut asked: HashMap<u64, Vec<usize>> = HashMap::new();
    for (rank, numbers) in all.iter().enumerate() {
        for number in numbers {
            asked.entry(*number).or_default().push(rank);
        }
    }
    let Range { start, end } = numbers;
    if let Some(stray) = own.iter().find(|number| !numbers.contains(number)) {
        return check.require(false, kind, || {
            format!("called `times` for {stray}, which is not among the numbers {start}..{end}")
        });
    }
    if let Some(twice) = own.iter().find(|number| asked[number].len() > 1) {
        let other = asked[twice].iter().find(|other| **other != rank);
        return check.require(false, kind, || match other {
            None => format!("called `times` for {twice} more than once"),
            Some(other) => format!(
                "called `times` for {twice}, and so did rank {other}: each number is counted once"
            ),
        });
    }
    let missing = numbers.clone().find(|number| !asked.contains_key(number));
    let counts = || all.iter().map(Vec::len);
    let (least, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
    check.require(missing.is_none() || rank > 0, kind, || {
        let missing = missing.unwrap_or_default();
        format!("did not call `times` for {missing}, and neither did any other rank")
    }) && check.require(own.len() < most || most <= least + 1, kind, || {
        format!(
            "called `times` {}, and another rank {}: distribute the numbers evenly",
            plural(most, "time"),
            plural(least, "time")
        )
    })
}
