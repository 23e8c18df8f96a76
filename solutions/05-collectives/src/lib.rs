//! Exercise 05: collectives, the reference.

use mpi::{
    collective::SystemOperation,
    datatype::{Partition, PartitionMut},
    request,
    topology::{Rank, SimpleCommunicator},
    traits::*,
};
use mpi_extra::OwnOperation;
use serde::{Deserialize, Serialize};

/// What a program reads from a file on one rank, and needs on all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// A name for the run; any length.
    pub title: String,
    /// How many steps to compute.
    pub steps: u32,
    /// The width of each cell; any number of them.
    pub widths: Vec<f64>,
}

/// Runs `enter` and then `leave`, both once, so that no rank runs `leave` before every rank has run
/// `enter`.
///
/// Other calls would do that too; use one barrier (`MPI_Barrier` or `MPI_Ibarrier`) that begins after
/// `enter` and ends before `leave`, and nothing else.
pub fn barrier(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    world.barrier();
    leave();
}

/// Gives every rank the numbers of rank `root`.
///
/// `numbers` has the same length on all ranks, also 0. On the root it holds what all shall have; on
/// the other ranks it holds something else, which is overwritten. Use one broadcast, and nothing else.
pub fn broadcast_array(world: &SimpleCommunicator, root: Rank, numbers: &mut [f64]) {
    world.process_at_rank(root).broadcast_into(numbers);
}

/// Gives every rank the settings of rank `root`: all return them.
///
/// On the root `settings` is `Some`, on the other ranks `None`; they do not know how long the texts
/// and lists in it are. Use two broadcasts, whatever is in it, and nothing else.
pub fn broadcast_object(
    world: &SimpleCommunicator,
    root: Rank,
    settings: Option<&Settings>,
) -> Settings {
    let root = world.process_at_rank(root);
    let mut bytes = settings.map_or_else(Vec::new, |settings| {
        postcard::to_stdvec(settings).expect("settings have a form in bytes")
    });
    let mut length = bytes.len();
    root.broadcast_into(&mut length);
    bytes.resize(length, 0);
    root.broadcast_into(&mut bytes[..]);
    postcard::from_bytes(&bytes).expect("the bytes are those of the root's settings")
}

/// Splits a vector into equal blocks: rank `r` returns the `r`-th block of `block` numbers.
///
/// Rank 0 has the whole vector, `block` times as many numbers as there are ranks, in `all`; on the
/// other ranks `all` is `None`. Use one scatter, and nothing else: a rank gets its own block and no more.
pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let root = world.process_at_rank(0);
    let mut mine = vec![0_i32; block];
    match all {
        Some(all) => root.scatter_into_root(all, &mut mine[..]),
        None => root.scatter_into(&mut mine[..]),
    }
    mine
}

/// Collects one block from each rank: rank 0 returns all of them, one after another in the order of
/// the ranks; the other ranks return `None`.
///
/// `mine` has the same length on all ranks, also 0. Use one gather, and nothing else: no rank but 0 gets
/// the blocks of others.
pub fn gather(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.gather_into(mine);
        return None;
    }
    let mut all = vec![0_i32; mine.len() * world.size() as usize];
    root.gather_into_root(mine, &mut all[..]);
    Some(all)
}

/// Makes a multiplication table, one row for each rank, and returns all of it on every rank, row
/// after row in the order of the ranks.
///
/// A rank's row is its `factor` times 1, 2, 3, …, `width`, all of which an `i32` holds. Each rank has a
/// factor of its own, which the others do not know; `width` is the same on all ranks, also 0. Use one
/// all-gather, and nothing else.
pub fn all_gather(world: &SimpleCommunicator, factor: i32, width: usize) -> Vec<i32> {
    let row: Vec<i32> = (1..).take(width).map(|column| factor * column).collect();
    let mut table = vec![0_i32; width * world.size() as usize];
    world.all_gather_into(&row[..], &mut table[..]);
    table
}

/// Adds up the vectors of all ranks, element by element: rank 0 returns the sum, the other ranks
/// return `None`.
///
/// `mine` has the same length on all ranks, also 0; an `i64` holds the sums, in whatever order they are
/// made. Use one reduce, and nothing else.
pub fn reduce_sum(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(mine, SystemOperation::sum());
        return None;
    }
    let mut sums = vec![0_i64; mine.len()];
    root.reduce_into_root(mine, &mut sums[..], SystemOperation::sum());
    Some(sums)
}

/// Finds the largest of one number from each rank: rank 0 returns it, the other ranks return `None`. Use
/// one reduce, and nothing else.
pub fn reduce_max(world: &SimpleCommunicator, mine: i32) -> Option<i32> {
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(&mine, SystemOperation::max());
        return None;
    }
    let mut largest = mine;
    root.reduce_into_root(&mine, &mut largest, SystemOperation::max());
    Some(largest)
}

/// Merges the entries of all ranks by a rule that MPI does not bring along: at each position the
/// entry of the highest rank that has one wins. Rank 0 returns the winners, the others `None`.
///
/// 0 means "no entry here"; where no rank has an entry, the result is 0. `mine` has the same length
/// on all ranks, also 0. Use one reduce with an operation of your own, and nothing else.
pub fn own_operation(world: &SimpleCommunicator, mine: &[i32]) -> Option<Vec<i32>> {
    let newer = |earlier: i32, later: i32| if later == 0 { earlier } else { later };
    let newest = OwnOperation::associative(newer);
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(mine, &newest);
        return None;
    }
    let mut winners = vec![0_i32; mine.len()];
    root.reduce_into_root(mine, &mut winners[..], &newest);
    Some(winners)
}

/// Returns the mean of the numbers of all ranks together, on every rank.
///
/// The ranks may have different amounts of numbers; some may have none, but not all of them. Use one
/// all-reduce, or two, of the two totals that a mean needs, and nothing else.
pub fn all_reduce(world: &SimpleCommunicator, mine: &[f64]) -> f64 {
    let mut total = [0.0_f64; 2];
    world.all_reduce_into(
        &[mine.iter().sum(), mine.len() as f64][..],
        &mut total[..],
        SystemOperation::sum(),
    );
    let [sum, count] = total;
    sum / count
}

/// Numbers the items of all ranks consecutively, from 0, in the order of the ranks: returns the number
/// of this rank's first item, and the number that follows its last.
///
/// `items` is how many items this rank has, also 0; then both numbers are the same. A `u64` holds the
/// number of all items. Use one scan, inclusive or exclusive, and nothing else.
pub fn scan(world: &SimpleCommunicator, items: u64) -> (u64, u64) {
    let mut end: u64 = 0;
    world.scan_into(&items, &mut end, SystemOperation::sum());
    (end - items, end)
}

/// Splits a vector of any length as evenly as possible: returns this rank's part.
///
/// The parts stand one after another in the order of the ranks. When the length does not divide by
/// the number of ranks, the first ranks have one number more than the others; when there are fewer
/// numbers than ranks, the last ranks have none. Rank 0 has the whole vector in `all`; on the other
/// ranks `all` is `None`, and they do not know its length. Use one scatterv; beside it only lengths are
/// told, in any way but a barrier, and no rank gets the numbers of others.
pub fn scatterv(world: &SimpleCommunicator, all: Option<&[f64]>) -> Vec<f64> {
    let root = world.process_at_rank(0);
    let mut length = all.map_or(0, <[f64]>::len);
    root.broadcast_into(&mut length);

    let size = world.size() as usize;
    let count = |rank| length / size + usize::from(rank < length % size);
    let mut mine = vec![0.0; count(world.rank() as usize)];
    match all {
        Some(all) => {
            let counts: Vec<Rank> = (0..size).map(|rank| count(rank) as Rank).collect();
            let starts = starts(&counts);
            root.scatter_varcount_into_root(&Partition::new(all, counts, starts), &mut mine[..]);
        }
        None => root.scatter_varcount_into(&mut mine[..]),
    }
    mine
}

/// Collects the parts of all ranks: rank 0 returns them, one after another in the order of the ranks;
/// the other ranks return `None`.
///
/// The parts may have any lengths, also 0; no rank knows those of the others. Use one gatherv; beside it
/// only lengths are told, in any way but a barrier, and no rank but 0 gets the parts of others.
pub fn gatherv(world: &SimpleCommunicator, mine: &[f64]) -> Option<Vec<f64>> {
    let root = world.process_at_rank(0);
    let length = mine.len() as i32;
    if world.rank() != 0 {
        root.gather_into(&length);
        root.gather_varcount_into(mine);
        return None;
    }
    let mut counts = vec![0_i32; world.size() as usize];
    root.gather_into_root(&length, &mut counts[..]);
    let mut all = vec![0.0; counts.iter().sum::<i32>() as usize];
    let starts = starts(&counts);
    root.gather_varcount_into_root(mine, &mut PartitionMut::new(&mut all[..], counts, starts));
    Some(all)
}

/// Where each part begins when parts of these lengths stand one after another.
fn starts(counts: &[i32]) -> Vec<i32> {
    let next = |end: &mut i32, count: &i32| Some(std::mem::replace(end, *end + count));
    counts.iter().scan(0, next).collect()
}

/// Transposes a square matrix that is spread over the ranks by rows: returns this rank's rows of the
/// transposed matrix.
///
/// Rank `r` has the `r`-th block of `height` rows (at least 1), row after row, in `rows`. So the
/// matrix has `height` times as many rows, and as many columns, as there are ranks. Use one all-to-all,
/// and nothing else.
pub fn all_to_all(world: &SimpleCommunicator, rows: &[i32], height: usize) -> Vec<i32> {
    let width = height * world.size() as usize;
    // Column after column: so the columns that become one rank's rows stand side by side.
    let columns: Vec<i32> = (0..width)
        .flat_map(|column| rows.iter().skip(column).step_by(width))
        .copied()
        .collect();
    let mut pieces = vec![0_i32; rows.len()];
    world.all_to_all_into(&columns[..], &mut pieces[..]);
    // Every rank has sent one piece of each of my rows.
    (0..height)
        .flat_map(|row| pieces.chunks(height).skip(row).step_by(height))
        .flatten()
        .copied()
        .collect()
}

/// Broadcasts the numbers of rank 0 by sends and receives alone, in as few rounds as possible, and
/// returns how many messages this rank has sent.
///
/// `numbers` has the same length on all ranks, also 0; on rank 0 it holds what all shall have. In each
/// round, every rank that has the numbers can send them to one that has not: so `n` ranks need
/// ⌈log2 `n`⌉ rounds, and `n` - 1 messages in all, each with all numbers and nothing else. A rank sends or
/// receives one message in a round. Where there are no numbers, there may be no messages either.
pub fn by_hand(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    let (rank, size) = (world.rank(), world.size());
    let mut messages = 0;
    // Before each round, the ranks that `2 * distance` divides have the numbers.
    let mut distance = (size as u32).next_power_of_two() as Rank / 2;
    while distance > 0 {
        if rank % (2 * distance) == 0 && rank + distance < size {
            world.process_at_rank(rank + distance).send(numbers);
            messages += 1;
        } else if rank % (2 * distance) == distance {
            world.process_at_rank(rank - distance).receive_into(numbers);
        }
        distance /= 2;
    }
    messages
}

/// Reports the largest of one number from each rank: rank 0 returns `Some("the largest is 17")`, the
/// other ranks return `None`.
pub fn broken_branch(world: &SimpleCommunicator, number: i32) -> Option<String> {
    let mut largest = number;
    world.all_reduce_into(&number, &mut largest, SystemOperation::max());
    (world.rank() == 0).then(|| format!("the largest is {largest}"))
}

/// Gives every rank the settings that one rank has read: all return them.
///
/// `read` is `Some` on exactly one rank, the reader, and `None` on all others. Any rank can be the
/// reader, and the others do not know which.
pub fn broken_root(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let claim = read.map_or(0, |_| world.rank());
    let mut reader: Rank = 0;
    world.all_reduce_into(&claim, &mut reader, SystemOperation::max());
    let mut settings = read.unwrap_or_default();
    world
        .process_at_rank(reader)
        .broadcast_into(&mut settings[..]);
    settings
}

/// Counts how often each number 0, 1, 2, … occurs among the numbers of all ranks: rank 0 returns the
/// counts, from that of 0 to that of the largest number of all; the other ranks return `None`.
///
/// The ranks may have different amounts of numbers, also none; where none has any, there is nothing
/// to count, and the result is empty.
pub fn broken_count(world: &SimpleCommunicator, numbers: &[usize]) -> Option<Vec<u64>> {
    let needed = numbers.iter().max().map_or(0, |largest| largest + 1);
    let mut length: usize = 0;
    world.all_reduce_into(&needed, &mut length, SystemOperation::max());
    let mut counts = vec![0_u64; length];
    for &number in numbers {
        counts[number] += 1;
    }
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(&counts[..], SystemOperation::sum());
        return None;
    }
    let mut all = vec![0_u64; length];
    root.reduce_into_root(&counts[..], &mut all[..], SystemOperation::sum());
    Some(all)
}

/// Adds up the vectors of all ranks, element by element, and works meanwhile: every rank returns the sums.
///
/// Each rank calls `work` once, after it has started an immediate all-reduce, and before it waits for it or
/// looks whether it is done. `mine` has the same length on all ranks, also 0, and an `i64` holds all sums. Use
/// one immediate all-reduce, and nothing else.
pub fn overlap(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let mut sums = vec![0; mine.len()];
    request::scope(|scope| {
        let operation = SystemOperation::sum();
        let request = world.immediate_all_reduce_into(scope, mine, &mut sums[..], operation);
        work();
        request.wait();
    });
    sums
}
