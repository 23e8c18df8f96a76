//! What mistakes are made of: lists that go to all ranks, and parts of a list for each rank.

use mpi::{
    Count,
    collective::SystemOperation,
    datatype::{Partition, PartitionMut},
    topology::SimpleCommunicator,
    traits::*,
};

/// The number of this rank, and how many there are.
pub fn place(world: &SimpleCommunicator) -> (usize, usize) {
    (world.rank() as usize, world.size() as usize)
}

/// Where each part begins, if one follows the other.
pub fn starts(counts: &[Count]) -> Vec<Count> {
    (0..counts.len())
        .map(|rank| counts[..rank].iter().sum())
        .collect()
}

fn total(counts: &[Count]) -> usize {
    counts.iter().sum::<Count>() as usize
}

/// The list of each rank.
pub fn lists_of_all<T>(world: &SimpleCommunicator, mine: &[T]) -> Vec<Vec<T>>
where
    T: Equivalence + Copy + Default,
{
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&(mine.len() as Count), &mut counts[..]);
    let mut all = vec![T::default(); total(&counts)];
    let mut parts = PartitionMut::new(&mut all[..], &counts[..], starts(&counts));
    world.all_gather_varcount_into(mine, &mut parts);
    let mut rest = &all[..];
    counts
        .iter()
        .map(|count| {
            let (list, others) = rest.split_at(*count as usize);
            rest = others;
            list.to_vec()
        })
        .collect()
}

/// All lists on rank 0, one after the other, and nothing on the others; and how long they are.
pub fn gather<T>(world: &SimpleCommunicator, mine: &[T]) -> (Vec<T>, Vec<Count>)
where
    T: Equivalence + Copy + Default,
{
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&(mine.len() as Count), &mut counts[..]);
    let root = world.process_at_rank(0);
    if world.rank() > 0 {
        root.gather_varcount_into(mine);
        return (Vec::new(), counts);
    }
    let mut all = vec![T::default(); total(&counts)];
    let mut there = PartitionMut::new(&mut all[..], &counts[..], starts(&counts));
    root.gather_varcount_into_root(mine, &mut there);
    (all, counts)
}

/// Gives each rank its part of a list, which ends there.
pub fn deal<T>(world: &SimpleCommunicator, list: &[T], ends: &[usize]) -> Vec<T>
where
    T: Equivalence + Copy + Default,
{
    let mut counts = Vec::new();
    let mut begin = 0;
    for end in ends.iter().copied().chain([list.len()]) {
        counts.push((end - begin) as Count);
        begin = end;
    }
    let mut incoming = vec![0; counts.len()];
    world.all_to_all_into(&counts[..], &mut incoming[..]);
    let mut received = vec![T::default(); total(&incoming)];
    world.all_to_all_varcount_into(
        &Partition::new(list, &counts[..], starts(&counts)),
        &mut PartitionMut::new(&mut received[..], &incoming[..], starts(&incoming)),
    );
    received
}

/// Gives each rank its part of a list that is in the order of these tags: regular samples of them are the splitters.
pub fn deal_by_tags<T>(world: &SimpleCommunicator, sorted: &[T], tags: &[[u64; 3]]) -> Vec<T>
where
    T: Equivalence + Copy + Default,
{
    let size = world.size() as usize;
    let mut all = 0_u64;
    world.all_reduce_into(&(tags.len() as u64), &mut all, SystemOperation::sum());
    let step = (all as usize / (size * (size + 1))).max(1);
    deal_by_samples(world, sorted, tags, step)
}

/// The same with every `step`-th tag of this rank as a sample.
pub fn deal_by_samples<T>(
    world: &SimpleCommunicator,
    sorted: &[T],
    tags: &[[u64; 3]],
    step: usize,
) -> Vec<T>
where
    T: Equivalence + Copy + Default,
{
    let size = world.size() as usize;
    let samples: Vec<[u64; 3]> = tags.iter().skip(step - 1).step_by(step).copied().collect();
    let mut samples: Vec<[u64; 3]> = lists_of_all(world, samples.as_flattened())
        .concat()
        .as_chunks()
        .0
        .to_vec();
    samples.sort_unstable();
    let splitter = |bucket| samples.get(bucket * samples.len() / size).copied();
    let splitters = (1..size).map(|bucket| splitter(bucket).unwrap_or_default());
    let ends: Vec<usize> = splitters
        .map(|splitter| tags.partition_point(|tag| *tag < splitter))
        .collect();
    deal(world, sorted, &ends)
}
