//! Exercise 14: the reference.

use mpi::{Rank, collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::{
    traits::*,
    window::{Lock, Window},
};

/// Lets all ranks use the memory of all others: makes a window on all of `memory`, and calls `work` with it, once,
/// between two fences.
///
/// When this function returns, all that `work` has begun on any rank is complete. Ranks may give different amounts
/// of memory; a rank may give none.
pub fn expose(world: &SimpleCommunicator, memory: &mut [f64], work: &dyn Fn(&Window<'_, f64>)) {
    world.with_window(memory, |window| {
        window.fence();
        work(window);
        window.fence();
    });
}

/// Writes the row of each rank into the table of every rank.
///
/// `mine` is the row of this rank; all ranks have rows of the same length, which may be 0. `table` has a row for
/// each rank, and this function fills it: first the row of rank 0, then that of rank 1, and so on, the same on all
/// ranks. Put each row once into each table. Its own table a rank may fill in any way.
pub fn put(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    let place = world.rank() as usize * mine.len();
    world.with_window(table, |window| {
        window.fence();
        for rank in 0..world.size() {
            window.put(mine.to_vec(), rank, place);
        }
        window.fence();
    });
}

/// Looks numbers up in a vector whose blocks lie on all ranks.
///
/// The vector consists of the `block` of rank 0, then that of rank 1, and so on. All blocks have the same length, at
/// least 1, and stay as they are. `positions` are those that this rank wants to know, counted from 0 over the whole
/// vector, in any order; some may be there twice, and there may be none. Each rank has other ones.
///
/// Returns the numbers at these positions, in their order. Get no more numbers than there are positions.
pub fn get(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    let length = block.len();
    world.with_window(block, |window| {
        window.fence();
        let look_up = |position: &usize| {
            let at = position % length;
            window.get((position / length) as Rank, at..at + 1)
        };
        let arriving: Vec<_> = positions.iter().map(look_up).collect();
        window.fence();
        arriving.iter().map(|number| number.value()).collect()
    })
}

/// Counts how often each value occurs, in a histogram whose bins lie on all ranks.
///
/// Rank 0 has the bins of the values 0 to `share - 1`, rank 1 the next `share` bins, and so on; `share` is at least 1
/// and the same on all ranks. `values` are those that this rank has found: any number of them, each with a bin.
///
/// Returns the bins of this rank: for each, how often its value occurs among the values of all ranks. Accumulate;
/// no rank need accumulate more numbers than it has values, or than there are bins.
pub fn accumulate(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let mut bins = vec![0; share];
    world.with_window(&mut bins, |window| {
        window.fence();
        for value in values {
            let owner = (value / share) as Rank;
            window.accumulate(vec![1], owner, value % share, SystemOperation::sum());
        }
        window.fence();
    });
    bins
}

/// Hands out tasks without a manager: `work` is called once for each of the tasks 0 to `tasks - 1`, on some rank.
///
/// The number of the next task lies in the memory of rank 0. Each rank fetches it, and adds 1 in the same moment, by a
/// fetch-and-op, whenever it is ready for a task, one task at a time; it is done when no task is left. So each rank fetches once
/// for each of its tasks, and once more. No rank waits for another before all tasks are handed out: one fence before
/// the first task and one after the last are as many as there may be.
pub fn counter(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    let length = usize::from(world.rank() == 0);
    world.with_allocated_window(length, |window| {
        window.lock_all();
        loop {
            let next = window.fetch_and_op(1, 0, 0, SystemOperation::sum());
            window.flush(0);
            match next.value() {
                task if task < tasks => work(task),
                _ => break,
            }
        }
        window.unlock_all();
    });
}

/// Appends the entries of all ranks to a log in the memory of rank 0.
///
/// On rank 0, `log[0]` says how many entries there are, and these follow it; there may be some already, and there is
/// room for all. On the other ranks `log` is empty. When this function returns, the log has the entries of all ranks
/// after those that it had: those of one rank in their order and without a gap, the ranks in any order. What is
/// behind the last entry stays as it is. A rank may have no entries.
///
/// Each rank locks the memory of rank 0 once, until its entries and their number are there, and needs no fence.
pub fn lock(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    world.with_window(log, |window| {
        window.lock(0, Lock::Exclusive);
        let length = window.get(0, 0..1);
        window.flush(0);
        let length = length.value();
        window.put(entries.to_vec(), 0, 1 + length as usize);
        window.put(vec![length + entries.len() as i64], 0, 0);
        window.unlock(0);
    });
}

/// Takes one of `seats` seats, the first of one's `wishes` that is free.
///
/// `wishes` are numbers of seats, counted from 0, no number twice; maybe none. Who has which seat lies in the memory
/// of rank 0. Each rank asks for the seats that it wishes in their order, and takes the first that nobody has taken
/// before. It asks by comparing and swapping, for one seat at a time, and for none after it has one.
///
/// Returns the seat; none if others have all that this rank wishes.
pub fn ticket(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    const FREE: i32 = 0;
    let mut taken = vec![FREE; if world.rank() == 0 { seats } else { 0 }];
    world.with_window(&mut taken, |window| {
        window.lock_all();
        let is_mine = |seat: &usize| {
            let before = window.compare_and_swap(FREE, 1 + world.rank(), 0, *seat);
            window.flush(0);
            before.value() == FREE
        };
        let seat = wishes.iter().copied().find(is_mine);
        window.unlock_all();
        seat
    })
}

/// Exchanges edges with the neighbours, and with nobody else.
///
/// `window` has two places on each rank: place 0 for what comes from below, place 1 for what comes from above.
/// `neighbours` are the ranks below and above, as far as there are any; at least one is there. `edges` are this
/// rank's lowest and highest number: the lowest is put into place 1 of the neighbour below, the highest into place 0
/// of the neighbour above. Who is my neighbour below has me as its neighbour above.
///
/// When this function returns, what comes from the neighbours is there. Only ranks with a neighbour call it: nobody
/// may wait for any other rank, so that there can be neither fences nor locks.
pub fn post_start(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    let [below, above] = neighbours;
    let [lowest, highest] = edges;
    let both: Vec<Rank> = neighbours.into_iter().flatten().collect();
    window.post(&both);
    window.start(&both);
    if let Some(below) = below {
        window.put(vec![lowest], below, 1);
    }
    if let Some(above) = above {
        window.put(vec![highest], above, 0);
    }
    window.complete();
    window.wait();
}

/// Has each node keep one table, which all its ranks read where it lies.
///
/// A node is what `split_shared` says. On each node one rank, whichever, calls `fill`, once, with a slice of `length`
/// numbers, and so fills the table of this node. Then every rank calls `look`, once, with the table of its node.
///
/// `length` is the same on all ranks, and at least 1. The table is there once on each node, in memory that its ranks
/// share: it is neither copied nor sent. Barriers are allowed.
pub fn shared(
    world: &SimpleCommunicator,
    length: usize,
    fill: &dyn Fn(&mut [f64]),
    look: &dyn Fn(&[f64]),
) {
    let node = world.split_shared(world.rank());
    let is_first = node.rank() == 0;
    let mut table = node.share(if is_first { length } else { 0 });
    table.write(|mine| {
        if is_first {
            fill(mine);
        }
    });
    look(table.part(0));
}

/// Passes a number on in a ring: returns the number of the rank before. The rank before rank 0 is the last one.
pub fn missing_fence(world: &SimpleCommunicator, mine: i64) -> i64 {
    let next = (world.rank() + 1) % world.size();
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.fence();
        window.put(vec![mine], next, 0);
        window.fence();
    });
    memory[0]
}

/// Adds up the numbers of all ranks: returns the sum on every rank. What does not fit an `i64` wraps around.
pub fn two_puts(world: &SimpleCommunicator, mine: i64) -> i64 {
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        // The sum lies in the memory of rank 0.
        window.fence();
        window.accumulate(vec![mine], 0, 0, SystemOperation::sum());
        window.fence();
        let sum = window.get(0, 0..1);
        window.fence();
        sum.value()
    })
}

/// Returns how much this rank's number is larger than that of the rank before; negative if it is smaller. The rank
/// before rank 0 is the last one. The difference fits an `i64`.
pub fn early_read(world: &SimpleCommunicator, mine: i64) -> i64 {
    let previous = (world.rank() + world.size() - 1) % world.size();
    let mut memory = [mine];
    world.with_window(&mut memory, |window| {
        window.fence();
        let theirs = window.get(previous, 0..1);
        window.fence();
        mine - theirs.value()
    })
}
