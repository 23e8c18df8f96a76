//! Mistakes in the task `broken-count`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("broken-count": broken_count = as_found => CollectiveMismatch,
        "is the program as it was found: each rank names a count of its own"),
    mistake!("broken-count": broken_count = a_hundred => WrongResult,
        "agrees on a hundred counts, needed or not"),
    mistake!("broken-count": broken_count = a_thousand_and_cut => Panic,
        "agrees on a thousand counts, and cuts off the zeros at the end"),
    mistake!("broken-count": broken_count = as_many_as_rank_0 => Panic,
        "agrees on what rank 0 needs, which may be too few"),
    mistake!("broken-count": broken_count = as_few_as_all_have => WrongResult,
        "agrees on the shortest, and loses the larger numbers"),
    mistake!("broken-count": broken_count = in_16_bits => WrongResult,
        "counts in 16 bits"),
    mistake!("broken-count": broken_count = kept_from_before => WrongResult,
        "returns the counts of an earlier call with its own numbers"),
    mistake!("broken-count": broken_count = counts_itself_twice => WrongResult,
        "counts the numbers of rank 0 once more"),
    mistake!("broken-count": broken_count = whoever_comes => WrongResult,
        "takes the counts as they come, and with them some of the next call"),
    mistake!("broken-count": broken_count = zeros_are_none => WrongResult,
        "takes a largest number of 0 for no numbers at all"),
    mistake!("broken-count": broken_count = much_larger_than_the_last => Panic,
        "leaves numbers out of the agreement that are much larger than the last one of their rank"),
];

fn reduced(world: &SimpleCommunicator, counts: &[u64]) -> Option<Vec<u64>> {
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(counts, SystemOperation::sum());
        return None;
    }
    let mut all = vec![0; counts.len()];
    root.reduce_into_root(counts, &mut all[..], SystemOperation::sum());
    Some(all)
}

fn counted(numbers: &[usize], length: usize) -> Vec<u64> {
    let mut counts = vec![0; length];
    for &number in numbers {
        counts[number] += 1;
    }
    counts
}

fn needed(numbers: &[usize]) -> usize {
    numbers.iter().max().map_or(0, |largest| largest + 1)
}

fn as_found(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    reduced(world, &counted(numbers, needed(numbers)))
}

fn a_hundred(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    reduced(world, &counted(numbers, 100))
}

fn a_thousand_and_cut(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    let mut all = reduced(world, &counted(numbers, 1000))?;
    while all.last() == Some(&0) {
        all.pop();
    }
    Some(all)
}

fn as_many_as_rank_0(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    let mut length = needed(numbers);
    world.process_at_rank(0).broadcast_into(&mut length);
    reduced(world, &counted(numbers, length))
}

fn as_few_as_all_have(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    let (own, mut shortest) = (needed(numbers), 0);
    world.all_reduce_into(&own, &mut shortest, SystemOperation::min());
    reduced(world, &counted(numbers, own)[..shortest])
}

fn in_16_bits(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    let counts = collectives_solution::broken_count(world, numbers)?;
    Some(
        counts
            .iter()
            .map(|count| u64::from(*count as u16))
            .collect(),
    )
}

fn kept_from_before(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    let counts = collectives_solution::broken_count(world, numbers);
    kept((world.size(), world.rank(), numbers), counts)
}

fn counts_itself_twice(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    let mut counts = collectives_solution::broken_count(world, numbers)?;
    numbers.iter().for_each(|number| counts[*number] += 1);
    Some(counts)
}

fn whoever_comes(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    let mut counts = counted(numbers, needed(numbers));
    if world.rank() != 0 {
        world.process_at_rank(0).send(&counts[..]);
        return None;
    }
    for _ in 1..world.size() {
        let (theirs, _) = world.any_process().receive_vec::<u64>();
        counts.resize(counts.len().max(theirs.len()), 0);
        let both = counts.iter_mut().zip(theirs);
        both.for_each(|(count, more)| *count += more);
    }
    Some(counts)
}

fn zeros_are_none(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    let counts = collectives_solution::broken_count(world, numbers)?;
    Some(counts).map(|counts| if counts.len() == 1 { vec![] } else { counts })
}

fn much_larger_than_the_last(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    let last = numbers.last().copied().unwrap_or_default();
    let near = |number: &usize| *number < last + (1 << 16);
    let own = needed(&numbers.iter().copied().filter(near).collect::<Vec<_>>());
    let mut length = 0;
    world.all_reduce_into(&own, &mut length, SystemOperation::max());
    reduced(world, &counted(numbers, length))
}
