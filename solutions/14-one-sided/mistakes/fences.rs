//! Mistakes in the tasks with fences: `expose`, `put`, `get` and `accumulate`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::{traits::*, window::Window};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("expose": expose = without_fences => Epoch,
        "makes the window, and begins no epoch"),
    mistake!("expose": expose = fence_behind_only => Epoch,
        "calls a fence only after the work"),
    mistake!("expose": expose = fence_before_only => Epoch,
        "calls a fence only before the work"),
    mistake!("expose": expose = on_a_copy => WrongResult,
        "makes a window on a copy of the memory"),
    mistake!("expose": expose = without_the_last_place => WrongResult,
        "leaves the last place out"),
    mistake!("expose": expose = under_locks => WrongOperation,
        "locks all memory in place of the fences"),
    mistake!("expose": expose = works_twice => WrongResult,
        "calls the work twice"),
    mistake!("expose": expose = rank_0_only_works => WrongResult,
        "lets rank 0 work alone"),
    mistake!("expose": expose = works_with_memory_only => WrongResult,
        "calls the work only if it opens memory itself"),
    mistake!("put": put = all_into_place_0 => MemoryRace,
        "puts every row into place 0"),
    mistake!("put": put = place_of_the_rank => MemoryRace,
        "counts places in rows: rows overlap"),
    mistake!("put": put = whole_tables => MemoryRace,
        "puts a whole table, with rows that are not its own"),
    mistake!("put": put = never_completed => Epoch,
        "forgets the second fence"),
    mistake!("put": put = never_opened => Epoch,
        "forgets the first fence"),
    mistake!("put": put = gathered => WrongOperation,
        "gathers the rows on all ranks"),
    mistake!("put": put = to_the_next_only => WrongResult,
        "puts its row into its own table and that of the next rank"),
    mistake!("put": put = number_by_number => TooMuchCommunication,
        "puts each number by itself"),
    mistake!("put": put = backwards => WrongResult,
        "puts the rows in the opposite order"),
    mistake!("get": get = value_before_the_fence => MemoryRace,
        "looks at each number at once"),
    mistake!("get": get = never_completed_get => Epoch,
        "forgets the second fence, and looks when the window is gone"),
    mistake!("get": get = never_opened_get => Epoch,
        "forgets the first fence"),
    mistake!("get": get = dealt_like_cards => WrongResult,
        "looks for position p on rank p modulo size"),
    mistake!("get": get = own_block => WrongResult,
        "looks everything up in its own block"),
    mistake!("get": get = whole_blocks => TooMuchCommunication,
        "gets the whole block for each position"),
    mistake!("get": get = gathered_vector => WrongOperation,
        "gathers the whole vector on all ranks"),
    mistake!("get": get = sorted => WrongResult,
        "sorts the positions first"),
    mistake!("accumulate": accumulate = get_add_put => MemoryRace,
        "gets the bin, adds 1, and puts it back"),
    mistake!("accumulate": accumulate = puts_ones => MemoryRace,
        "puts 1 into the bin"),
    mistake!("accumulate": accumulate = largest => WrongResult,
        "accumulates by the maximum"),
    mistake!("accumulate": accumulate = reduced => WrongOperation,
        "counts for itself, and reduces all bins"),
    mistake!("accumulate": accumulate = never_completed_sum => Epoch,
        "forgets the second fence"),
    mistake!("accumulate": accumulate = read_before_the_fence => MemoryRace,
        "reads its bins before the second fence"),
    mistake!("accumulate": accumulate = waits_for_nobody => WrongResult,
        "reads its bins when its own updates are complete, under a lock"),
    mistake!("accumulate": accumulate = reads_after_its_own => WrongResult,
        "reads its bins, in memory of its own, after it has unlocked that of all ranks"),
    mistake!("accumulate": accumulate = own_values_only => WrongResult,
        "counts its own values only"),
    mistake!("accumulate": accumulate = all_bins_for_each => TooMuchCommunication,
        "accumulates all bins of a rank for each value"),
    mistake!("get": get = returns_early => Deadlock,
        "returns at once on a rank without positions"),
    mistake!("get": get = a_fence_for_each => CollectiveMismatch,
        "calls a fence after each get, and so not equally often on all ranks"),
    mistake!("accumulate": accumulate = in_8_bits => WrongResult,
        "counts in 8 bits"),
    mistake!("expose": expose = on_memory_of_mpi => WrongOperation,
        "makes a window on memory that MPI allocates, and copies"),
    mistake!("expose": expose = on_a_copy_for_a_while => WrongOperation,
        "makes a window on a copy of the memory, and copies it back"),
    mistake!("expose": expose = without_the_last_of_many => WrongResult,
        "leaves the last place out if there are many"),
    mistake!("get": get = added_to_zero => WrongResult,
        "adds what it gets to 0, which turns -0.0 into 0.0"),
    mistake!("get": get = over_the_edge => Panic,
        "gets positions that follow one another in one piece, even if they are on two ranks"),
    mistake!("put": put = no_zeros => WrongResult,
        "leaves a row of zeros out"),
    mistake!("get": get = one_at_least => TooMuchCommunication,
        "gets a number on a rank without positions, too"),
    mistake!("get": get = positions_in_16_bits => WrongResult,
        "cuts positions to 16 bits"),
    mistake!("get": get = remembered => WrongResult,
        "keeps what it has looked up for the next call"),
    mistake!("accumulate": accumulate = none_is_nothing => Deadlock,
        "returns at once on a rank without values"),
];

fn without_fences(world: &SimpleCommunicator, memory: &mut [f64], work: &dyn Fn(&Window<'_, f64>)) {
    world.with_window(memory, |window| work(window));
}

fn fence_behind_only(
    world: &SimpleCommunicator,
    memory: &mut [f64],
    work: &dyn Fn(&Window<'_, f64>),
) {
    world.with_window(memory, |window| {
        work(window);
        window.fence();
    });
}

fn fence_before_only(
    world: &SimpleCommunicator,
    memory: &mut [f64],
    work: &dyn Fn(&Window<'_, f64>),
) {
    world.with_window(memory, |window| {
        window.fence();
        work(window);
    });
}

fn on_a_copy(world: &SimpleCommunicator, memory: &mut [f64], work: &dyn Fn(&Window<'_, f64>)) {
    subject::expose(world, &mut memory.to_vec(), work);
}

fn without_the_last_place(
    world: &SimpleCommunicator,
    memory: &mut [f64],
    work: &dyn Fn(&Window<'_, f64>),
) {
    let last = memory.len() - 1;
    subject::expose(world, &mut memory[..last], work);
}

fn under_locks(world: &SimpleCommunicator, memory: &mut [f64], work: &dyn Fn(&Window<'_, f64>)) {
    world.with_window(memory, |window| {
        window.lock_all();
        work(window);
        window.unlock_all();
    });
}

fn works_with_memory_only(
    world: &SimpleCommunicator,
    memory: &mut [f64],
    work: &dyn Fn(&Window<'_, f64>),
) {
    let has_some = !memory.is_empty();
    world.with_window(memory, |window| {
        window.fence();
        if has_some {
            work(window);
        }
        window.fence();
    });
}

fn works_twice(world: &SimpleCommunicator, memory: &mut [f64], work: &dyn Fn(&Window<'_, f64>)) {
    world.with_window(memory, |window| {
        window.fence();
        work(window);
        window.fence();
        work(window);
        window.fence();
    });
}

fn rank_0_only_works(
    world: &SimpleCommunicator,
    memory: &mut [f64],
    work: &dyn Fn(&Window<'_, f64>),
) {
    world.with_window(memory, |window| {
        window.fence();
        if world.rank() == 0 {
            work(window);
        }
        window.fence();
    });
}

/// Puts a row into place `place` of the table of each of some ranks.
fn put_rows(
    world: &SimpleCommunicator,
    mine: &[i64],
    table: &mut [i64],
    ranks: &[Rank],
    place: usize,
) {
    world.with_window(table, |window| {
        window.fence();
        for rank in ranks {
            window.put(mine.to_vec(), *rank, place);
        }
        window.fence();
    });
}

fn all(world: &SimpleCommunicator) -> Vec<Rank> {
    (0..world.size()).collect()
}

fn all_into_place_0(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    put_rows(world, mine, table, &all(world), 0);
}

fn place_of_the_rank(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    let place = (world.rank() as usize).min(table.len() - mine.len());
    put_rows(world, mine, table, &all(world), place);
}

fn whole_tables(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    let mut own = table.to_vec();
    own[world.rank() as usize * mine.len()..][..mine.len()].copy_from_slice(mine);
    put_rows(world, &own, table, &all(world), 0);
}

fn never_completed(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    let place = world.rank() as usize * mine.len();
    world.with_window(table, |window| {
        window.fence();
        for rank in 0..world.size() {
            window.put(mine.to_vec(), rank, place);
        }
    });
}

fn never_opened(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    let place = world.rank() as usize * mine.len();
    world.with_window(table, |window| {
        for rank in 0..world.size() {
            window.put(mine.to_vec(), rank, place);
        }
        window.fence();
    });
}

fn gathered(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    world.all_gather_into(mine, table);
}

fn to_the_next_only(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    let rank = world.rank();
    let two = [rank, (rank + 1) % world.size()];
    let ranks = if world.size() == 1 { &two[..1] } else { &two };
    put_rows(world, mine, table, ranks, rank as usize * mine.len());
}

fn number_by_number(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    let place = world.rank() as usize * mine.len();
    world.with_window(table, |window| {
        window.fence();
        for rank in 0..world.size() {
            for (at, number) in (place..).zip(mine) {
                window.put(vec![*number], rank, at);
            }
        }
        window.fence();
    });
}

fn backwards(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    let place = (world.size() - 1 - world.rank()) as usize * mine.len();
    put_rows(world, mine, table, &all(world), place);
}

fn value_before_the_fence(
    world: &SimpleCommunicator,
    block: &mut [f64],
    positions: &[usize],
) -> Vec<f64> {
    let length = block.len();
    world.with_window(block, |window| {
        window.fence();
        let look_up = |position: &usize| {
            let at = position % length;
            window.get((position / length) as Rank, at..at + 1).value()
        };
        let numbers = positions.iter().map(look_up).collect();
        window.fence();
        numbers
    })
}

fn never_completed_get(
    world: &SimpleCommunicator,
    block: &mut [f64],
    positions: &[usize],
) -> Vec<f64> {
    let length = block.len();
    let arriving: Vec<_> = world.with_window(block, |window| {
        window.fence();
        let look_up = |position: &usize| {
            let at = position % length;
            window.get((position / length) as Rank, at..at + 1)
        };
        positions.iter().map(look_up).collect()
    });
    arriving.iter().map(|number| number.value()).collect()
}

fn never_opened_get(
    world: &SimpleCommunicator,
    block: &mut [f64],
    positions: &[usize],
) -> Vec<f64> {
    let length = block.len();
    world.with_window(block, |window| {
        let look_up = |position: &usize| {
            let at = position % length;
            window.get((position / length) as Rank, at..at + 1)
        };
        let arriving: Vec<_> = positions.iter().map(look_up).collect();
        window.fence();
        arriving.iter().map(|number| number.value()).collect()
    })
}

fn dealt_like_cards(
    world: &SimpleCommunicator,
    block: &mut [f64],
    positions: &[usize],
) -> Vec<f64> {
    let (length, size) = (block.len(), world.size() as usize);
    let others: Vec<usize> = positions
        .iter()
        .map(|position| position % size * length + position / size)
        .collect();
    subject::get(world, block, &others)
}

fn own_block(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    let (length, rank) = (block.len(), world.rank() as usize);
    let own: Vec<usize> = positions
        .iter()
        .map(|at| rank * length + at % length)
        .collect();
    subject::get(world, block, &own)
}

fn whole_blocks(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    let length = block.len();
    world.with_window(block, |window| {
        window.fence();
        let arriving: Vec<_> = positions
            .iter()
            .map(|position| window.get((position / length) as Rank, 0..length))
            .collect();
        window.fence();
        let number = |(position, block): (&usize, Vec<f64>)| block[position % length];
        let blocks = arriving.iter().map(|block| block.values());
        positions.iter().zip(blocks).map(number).collect()
    })
}

fn gathered_vector(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    let mut vector = vec![0.0; block.len() * world.size() as usize];
    world.all_gather_into(block, &mut vector[..]);
    positions.iter().map(|position| vector[*position]).collect()
}

fn sorted(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    let mut sorted = positions.to_vec();
    sorted.sort_unstable();
    subject::get(world, block, &sorted)
}

fn get_add_put(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let mut bins = vec![0; share];
    world.with_window(&mut bins, |window| {
        let place = |value: usize| ((value / share) as Rank, value % share);
        window.fence();
        let arriving: Vec<_> = values
            .iter()
            .map(|value| {
                let (owner, at) = place(*value);
                window.get(owner, at..at + 1)
            })
            .collect();
        window.fence();
        for (value, before) in values.iter().zip(arriving) {
            let (owner, at) = place(*value);
            window.put(vec![before.value() + 1], owner, at);
        }
        window.fence();
    });
    bins
}

fn puts_ones(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let mut bins = vec![0; share];
    world.with_window(&mut bins, |window| {
        window.fence();
        for value in values {
            window.put(vec![1], (value / share) as Rank, value % share);
        }
        window.fence();
    });
    bins
}

fn largest(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let mut bins = vec![0; share];
    world.with_window(&mut bins, |window| {
        window.fence();
        for value in values {
            window.accumulate(
                vec![1],
                (value / share) as Rank,
                value % share,
                SystemOperation::max(),
            );
        }
        window.fence();
    });
    bins
}

fn reduced(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let mut own = vec![0_u64; share * world.size() as usize];
    values.iter().for_each(|value| own[*value] += 1);
    let mut all = vec![0; own.len()];
    world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
    all[world.rank() as usize * share..][..share].to_vec()
}

fn never_completed_sum(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let mut bins = vec![0; share];
    world.with_window(&mut bins, |window| {
        window.fence();
        for value in values {
            window.accumulate(
                vec![1],
                (value / share) as Rank,
                value % share,
                SystemOperation::sum(),
            );
        }
    });
    bins
}

fn waits_for_nobody(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    world.with_allocated_window(share, |window| {
        window.lock_all();
        for value in values {
            let owner = (value / share) as Rank;
            window.accumulate(vec![1], owner, value % share, SystemOperation::sum());
        }
        window.flush_all();
        let own = world.rank();
        let counted: Vec<_> = (0..share)
            .map(|at| window.fetch_and_op(0, own, at, SystemOperation::sum()))
            .collect();
        window.unlock_all();
        counted.iter().map(|bin| bin.value()).collect()
    })
}

fn reads_after_its_own(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let mut bins = vec![0; share];
    world.with_window(&mut bins, |window| {
        window.lock_all();
        for value in values {
            let owner = (value / share) as Rank;
            window.accumulate(vec![1], owner, value % share, SystemOperation::sum());
        }
        window.unlock_all();
        window.read(0..share)
    })
}

fn read_before_the_fence(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let mut bins = vec![0; share];
    world.with_window(&mut bins, |window| {
        window.fence();
        for value in values {
            window.accumulate(
                vec![1],
                (value / share) as Rank,
                value % share,
                SystemOperation::sum(),
            );
        }
        let counted = window.read(0..share);
        window.fence();
        counted
    })
}

fn own_values_only(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let own = world.rank() as usize * share..(world.rank() as usize + 1) * share;
    let found: Vec<usize> = values
        .iter()
        .copied()
        .filter(|value| own.contains(value))
        .collect();
    subject::accumulate(world, &found, share)
}

fn all_bins_for_each(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let mut bins = vec![0; share];
    world.with_window(&mut bins, |window| {
        window.fence();
        for value in values {
            for owner in 0..world.size() {
                let mut more = vec![0; share];
                if owner as usize == value / share {
                    more[value % share] = 1;
                }
                window.accumulate(more, owner, 0, SystemOperation::sum());
            }
        }
        window.fence();
    });
    bins
}

fn returns_early(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    if positions.is_empty() {
        return Vec::new();
    }
    subject::get(world, block, positions)
}

fn a_fence_for_each(
    world: &SimpleCommunicator,
    block: &mut [f64],
    positions: &[usize],
) -> Vec<f64> {
    let length = block.len();
    world.with_window(block, |window| {
        window.fence();
        let look_up = |position: &usize| {
            let at = position % length;
            let number = window.get((position / length) as Rank, at..at + 1);
            window.fence();
            number.value()
        };
        positions.iter().map(look_up).collect()
    })
}

fn in_8_bits(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    let mut bins = vec![0_u8; share];
    world.with_window(&mut bins, |window| {
        window.fence();
        for value in values {
            let owner = (value / share) as Rank;
            window.accumulate(vec![1], owner, value % share, SystemOperation::sum());
        }
        window.fence();
    });
    bins.into_iter().map(u64::from).collect()
}

fn on_memory_of_mpi(
    world: &SimpleCommunicator,
    memory: &mut [f64],
    work: &dyn Fn(&Window<'_, f64>),
) {
    let length = memory.len();
    let after = world.with_allocated_window(length, |window| {
        window.write(0, memory);
        window.fence();
        work(window);
        window.fence();
        window.read(0..length)
    });
    memory.copy_from_slice(&after);
}

fn on_a_copy_for_a_while(
    world: &SimpleCommunicator,
    memory: &mut [f64],
    work: &dyn Fn(&Window<'_, f64>),
) {
    let mut copy = memory.to_vec();
    subject::expose(world, &mut copy, work);
    memory.copy_from_slice(&copy);
}

fn without_the_last_of_many(
    world: &SimpleCommunicator,
    memory: &mut [f64],
    work: &dyn Fn(&Window<'_, f64>),
) {
    let end = memory.len() - usize::from(memory.len() > 100);
    subject::expose(world, &mut memory[..end], work);
}

fn added_to_zero(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    let numbers = subject::get(world, block, positions);
    numbers.into_iter().map(|number| 0.0 + number).collect()
}

fn over_the_edge(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    let length = block.len();
    world.with_window(block, |window| {
        window.fence();
        let arriving: Vec<_> = positions
            .chunk_by(|position, next| position + 1 == *next)
            .map(|run| {
                let start = run[0] % length;
                window.get((run[0] / length) as Rank, start..start + run.len())
            })
            .collect();
        window.fence();
        arriving.iter().flat_map(|run| run.values()).collect()
    })
}

fn no_zeros(world: &SimpleCommunicator, mine: &[i64], table: &mut [i64]) {
    let place = world.rank() as usize * mine.len();
    world.with_window(table, |window| {
        window.fence();
        if mine.iter().any(|number| *number != 0) {
            for rank in 0..world.size() {
                window.put(mine.to_vec(), rank, place);
            }
        }
        window.fence();
    });
}

fn one_at_least(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    if positions.is_empty() {
        subject::get(world, block, &[0]);
        return Vec::new();
    }
    subject::get(world, block, positions)
}

fn positions_in_16_bits(
    world: &SimpleCommunicator,
    block: &mut [f64],
    positions: &[usize],
) -> Vec<f64> {
    let cut: Vec<usize> = positions.iter().map(|at| (*at as u16).into()).collect();
    subject::get(world, block, &cut)
}

fn remembered(world: &SimpleCommunicator, block: &mut [f64], positions: &[usize]) -> Vec<f64> {
    use std::{cell::RefCell, collections::BTreeMap};
    thread_local! {
        static KNOWN: RefCell<BTreeMap<(usize, usize), f64>> = const { RefCell::new(BTreeMap::new()) };
    }
    let numbers = subject::get(world, block, positions);
    let key = |at: &usize| (block.len(), *at);
    KNOWN.with_borrow_mut(|known| {
        let pairs = positions.iter().zip(numbers);
        let old = |(at, number)| *known.entry(key(at)).or_insert(number);
        pairs.map(old).collect()
    })
}

fn none_is_nothing(world: &SimpleCommunicator, values: &[usize], share: usize) -> Vec<u64> {
    if values.is_empty() {
        return vec![0; share];
    }
    subject::accumulate(world, values, share)
}
