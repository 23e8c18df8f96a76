//! Mistakes in the task `count`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use std::{cell::RefCell, collections::HashMap, ops::Range};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("count": digits = zero_has_none => WrongResult,
        "stops when the number is 0, also at the beginning"),
    mistake!("count": digits = zeros_in_front => WrongResult,
        "writes the number with zeros in front, and counts those"),
    mistake!("count": digits = of_32_bits => WrongResult,
        "takes the number for one of 32 bits"),
    mistake!("count": digits = whether_it_occurs => WrongResult,
        "tells whether the digit occurs, and not how often"),
    mistake!("count": count = last_left_out => WrongResult,
        "leaves out what does not divide"),
    mistake!("count": count = the_end_too => WrongResult,
        "counts the end of the range too"),
    mistake!("count": count = all_count_all => WrongResult,
        "lets every rank count all numbers"),
    mistake!("count": count = rank_0_alone => WrongResult,
        "counts on rank 0, which tells the others"),
    mistake!("count": count = known_to_rank_0 => WrongResult,
        "reduces to rank 0, and the others return 0"),
    mistake!("count": count = numbers_of_32_bits => WrongResult,
        "takes the numbers for 32 bits"),
    mistake!("count": count = sum_as_f64 => WrongResult,
        "adds up as f64"),
    mistake!("count": count = rest_to_the_last => WrongResult,
        "gives the last rank all that does not divide"),
    mistake!("count": count = by_messages => WrongOperation,
        "sends the sums to rank 0 one by one"),
    mistake!("count": count = number_by_number => TooMuchCommunication,
        "makes one all-reduce for each number of a rank"),
    mistake!("count": count = from_the_start => WrongResult,
        "counts as many numbers, but from 0 on"),
    mistake!("count": count = length_without_a_sign => Panic,
        "takes the start from the end, which may be smaller"),
    mistake!("count": count = sum_of_32_bits => WrongResult,
        "tells the others its sum as an i32"),
    mistake!("count": count = halves_of_the_sum => WrongResult,
        "adds up the two halves of the sums in 32 bits each"),
    mistake!("count": count = everything_gathered => TooMuchCommunication,
        "gathers what `times` returns for each number on every rank"),
    mistake!("count": count = kept_sums => WrongResult,
        "returns what it has returned for the same numbers before"),
    mistake!("count": count = only_its_own_sum => WrongResult,
        "returns on each rank what that rank has added up"),
    mistake!("count": digits = by_a_logarithm => WrongResult,
        "finds the number of digits by a floating-point logarithm"),
    mistake!("count": count = block_by_block => TooMuchCommunication,
        "makes an all-reduce after every 500 numbers of a rank"),
    mistake!("count": count = sixteen_at_a_time => Panic,
        "looks 16 of its numbers ahead, which overflows near the largest"),
    mistake!("count": count = numbers_with_a_sign => WrongResult,
        "takes the numbers for signed ones"),
    mistake!("count": count = length_with_a_sign => WrongResult,
        "takes the difference of the limits for a signed number, which is small if they are far apart"),
];

fn zero_has_none(number: u64, digit: u8) -> u64 {
    if number == 0 {
        0
    } else {
        subject::digits(number, digit)
    }
}

fn zeros_in_front(number: u64, digit: u8) -> u64 {
    let text = format!("{number:04}");
    text.bytes()
        .filter(|letter| *letter == b'0' + digit)
        .count() as u64
}

fn of_32_bits(number: u64, digit: u8) -> u64 {
    subject::digits(u64::from(number as u32), digit)
}

fn whether_it_occurs(number: u64, digit: u8) -> u64 {
    subject::digits(number, digit).min(1)
}

fn rank_and_size(world: &SimpleCommunicator) -> (u64, u64) {
    (world.rank() as u64, world.size() as u64)
}

fn on_all(world: &SimpleCommunicator, own: u64) -> u64 {
    let mut all = 0_u64;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    all
}

fn own_part(world: &SimpleCommunicator, numbers: Range<u64>) -> impl Iterator<Item = u64> {
    let (rank, size) = rank_and_size(world);
    numbers.skip(rank as usize).step_by(size as usize)
}

fn last_left_out(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let (rank, size) = rank_and_size(world);
    let each = numbers.end.saturating_sub(numbers.start) / size;
    let first = numbers.start + rank * each;
    on_all(world, (first..first + each).map(times).sum())
}

fn the_end_too(world: &SimpleCommunicator, numbers: Range<u64>, times: &dyn Fn(u64) -> u64) -> u64 {
    subject::count(world, numbers.start..numbers.end.saturating_add(1), times)
}

fn all_count_all(_: &SimpleCommunicator, numbers: Range<u64>, times: &dyn Fn(u64) -> u64) -> u64 {
    numbers.map(times).sum()
}

fn rank_0_alone(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let own = if world.rank() == 0 {
        numbers.map(times).sum()
    } else {
        0
    };
    on_all(world, own)
}

fn known_to_rank_0(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let own: u64 = own_part(world, numbers).map(times).sum();
    let root = world.process_at_rank(0);
    let mut all = 0_u64;
    if world.rank() == 0 {
        root.reduce_into_root(&own, &mut all, SystemOperation::sum());
    } else {
        root.reduce_into(&own, SystemOperation::sum());
    }
    all
}

fn numbers_of_32_bits(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    subject::count(world, numbers, &|number| times(u64::from(number as u32)))
}

fn sum_as_f64(world: &SimpleCommunicator, numbers: Range<u64>, times: &dyn Fn(u64) -> u64) -> u64 {
    let own: f64 = own_part(world, numbers)
        .map(|number| times(number) as f64)
        .sum();
    let mut all = 0.0;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    all as u64
}

fn rest_to_the_last(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let (rank, size) = rank_and_size(world);
    let each = numbers.end.saturating_sub(numbers.start) / size;
    let first = numbers.start + rank * each;
    let end = if rank == size - 1 {
        numbers.end
    } else {
        first + each
    };
    on_all(world, (first..end).map(times).sum())
}

fn by_messages(world: &SimpleCommunicator, numbers: Range<u64>, times: &dyn Fn(u64) -> u64) -> u64 {
    let mut own: u64 = own_part(world, numbers).map(times).sum();
    let root = world.process_at_rank(0);
    if world.rank() == 0 {
        for rank in 1..world.size() {
            own += world.process_at_rank(rank).receive::<u64>().0;
        }
    } else {
        root.send(&own);
    }
    root.broadcast_into(&mut own);
    own
}

fn number_by_number(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let (_, size) = rank_and_size(world);
    let rounds = numbers.end.saturating_sub(numbers.start).div_ceil(size);
    let mut own = own_part(world, numbers);
    (0..rounds)
        .map(|_| on_all(world, own.next().map_or(0, times)))
        .sum()
}

fn from_the_start(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    subject::count(world, 0..numbers.end.saturating_sub(numbers.start), times)
}

fn length_without_a_sign(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let (rank, size) = rank_and_size(world);
    let length = numbers.end - numbers.start;
    let turns = (rank..length).step_by(size as usize);
    on_all(world, turns.map(|turn| times(numbers.start + turn)).sum())
}

fn sum_of_32_bits(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let own: u64 = own_part(world, numbers).map(times).sum();
    let mut all = 0_i32;
    world.all_reduce_into(&(own as i32), &mut all, SystemOperation::sum());
    all as u64
}

fn halves_of_the_sum(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let own: u64 = own_part(world, numbers).map(times).sum();
    let halves = [own as u32, (own >> 32) as u32];
    let mut all = [0_u32; 2];
    world.all_reduce_into(&halves[..], &mut all[..], SystemOperation::sum());
    u64::from(all[0]) + (u64::from(all[1]) << 32)
}

fn everything_gathered(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let (_, size) = rank_and_size(world);
    let length = numbers.end.saturating_sub(numbers.start);
    let mut own: Vec<u64> = own_part(world, numbers).map(times).collect();
    own.resize(length.div_ceil(size) as usize, 0);
    let mut all = vec![0_u64; own.len() * size as usize];
    world.all_gather_into(&own[..], &mut all[..]);
    all.iter().sum()
}

fn kept_sums(world: &SimpleCommunicator, numbers: Range<u64>, times: &dyn Fn(u64) -> u64) -> u64 {
    thread_local! {
        static SUMS: RefCell<HashMap<Range<u64>, u64>> = RefCell::default();
    }
    let kept = SUMS.with_borrow(|sums| sums.get(&numbers).copied());
    kept.unwrap_or_else(|| {
        let sum = subject::count(world, numbers.clone(), times);
        SUMS.with_borrow_mut(|sums| sums.insert(numbers, sum));
        sum
    })
}

fn only_its_own_sum(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    own_part(world, numbers).map(times).sum()
}

fn by_a_logarithm(number: u64, digit: u8) -> u64 {
    let places = (number.max(1) as f64).log10().floor() as u32 + 1;
    let at = |place: u32| {
        number
            .checked_div(10_u64.checked_pow(place)?)
            .map(|rest| rest % 10)
    };
    let all = (0..places).filter_map(at);
    all.filter(|other| *other == u64::from(digit)).count() as u64
}

fn block_by_block(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let (_, size) = rank_and_size(world);
    let length = numbers.end.saturating_sub(numbers.start);
    let blocks = (0..length).step_by(500 * size as usize).map(|begin| {
        let end = length.min(begin + 500 * size);
        numbers.start + begin..numbers.start + end
    });
    blocks
        .map(|block| subject::count(world, block, times))
        .sum()
}

fn sixteen_at_a_time(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let (rank, size) = rank_and_size(world);
    let mut next = numbers.start + rank;
    let mut own = 0;
    while next + 15 * size < numbers.end {
        own += (0..16).map(|turn| times(next + turn * size)).sum::<u64>();
        next += 16 * size;
    }
    own += (next..numbers.end)
        .step_by(size as usize)
        .map(times)
        .sum::<u64>();
    on_all(world, own)
}

fn numbers_with_a_sign(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let (rank, size) = rank_and_size(world);
    let (start, end) = (numbers.start as i64, numbers.end as i64);
    let mut number = start.wrapping_add(rank as i64);
    let mut own = 0;
    while number < end {
        own += times(number as u64);
        number += size as i64;
    }
    on_all(world, own)
}

fn length_with_a_sign(
    world: &SimpleCommunicator,
    numbers: Range<u64>,
    times: &dyn Fn(u64) -> u64,
) -> u64 {
    let length = numbers.end.wrapping_sub(numbers.start) as i64;
    let end = numbers.start.saturating_add(length.max(0) as u64);
    subject::count(world, numbers.start..end, times)
}
