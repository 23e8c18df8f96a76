//! Mistakes in the programs to be mended.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::{traits::*, window::Lock};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("missing-fence": missing_fence = as_it_was => Epoch,
        "leaves the program as it is"),
    mistake!("missing-fence": missing_fence = both_fences_first => Epoch,
        "calls the second fence before the put"),
    mistake!("missing-fence": missing_fence = read_in_the_window => MemoryRace,
        "reads its memory before the second fence"),
    mistake!("missing-fence": missing_fence = until_it_changes => Timeout,
        "reads its memory again and again until it is no longer 0"),
    mistake!("missing-fence": missing_fence = sent => WrongOperation,
        "sends a message instead"),
    mistake!("missing-fence": missing_fence = to_the_rank_before => WrongResult,
        "puts into the memory of the rank before"),
    mistake!("missing-fence": missing_fence = barrier_in_place_of_it => Epoch,
        "waits in a barrier, which completes no put"),
    mistake!("two-puts": two_puts = as_it_was_with_two => MemoryRace,
        "leaves the program as it is"),
    mistake!("two-puts": two_puts = one_more_fence => MemoryRace,
        "calls one more fence before the put"),
    mistake!("two-puts": two_puts = got_too_early => MemoryRace,
        "accumulates and gets between the same fences"),
    mistake!("two-puts": two_puts = reduced => WrongOperation,
        "reduces, without a window"),
    mistake!("two-puts": two_puts = on_rank_0_only => WrongResult,
        "has the sum on rank 0 only"),
    mistake!("two-puts": two_puts = replaced_by_the_largest => WrongResult,
        "accumulates by the maximum"),
    mistake!("early-read": early_read = as_it_was_early => MemoryRace,
        "leaves the program as it is"),
    mistake!("early-read": early_read = without_fences => Epoch,
        "takes both fences away"),
    mistake!("early-read": early_read = of_the_next => WrongResult,
        "gets the number of the next rank"),
    mistake!("early-read": early_read = the_other_way_round => WrongResult,
        "subtracts in the other order"),
    mistake!("early-read": early_read = two_fences_first => MemoryRace,
        "calls a second fence before the get"),
    mistake!("two-puts": two_puts = stays_at_the_end => WrongResult,
        "stops at the largest and the smallest number instead of wrapping around"),
    mistake!("two-puts": two_puts = one_lock_after_the_other => WrongResult,
        "adds its number under a lock, and reads the sum under the next, when others have yet to add theirs"),
];

fn ring(world: &SimpleCommunicator) -> [i32; 2] {
    let (rank, size) = (world.rank(), world.size());
    [(rank + 1) % size, (rank + size - 1) % size]
}

fn as_it_was(world: &SimpleCommunicator, mine: i64) -> i64 {
    let [next, _] = ring(world);
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.fence();
        window.put(vec![mine], next, 0);
    });
    memory[0]
}

fn both_fences_first(world: &SimpleCommunicator, mine: i64) -> i64 {
    let [next, _] = ring(world);
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.fence();
        window.fence();
        window.put(vec![mine], next, 0);
    });
    memory[0]
}

fn read_in_the_window(world: &SimpleCommunicator, mine: i64) -> i64 {
    let [next, _] = ring(world);
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.fence();
        window.put(vec![mine], next, 0);
        let received = window.read(0..1)[0];
        window.fence();
        received
    })
}

fn until_it_changes(world: &SimpleCommunicator, mine: i64) -> i64 {
    let [next, _] = ring(world);
    let own = world.rank();
    let mut memory = [0_i64];
    world.with_window(&mut memory[..], |window| {
        window.lock_all();
        let before = window.fetch_and_op(mine, next, 0, SystemOperation::sum());
        window.flush(next);
        before.value();
        let number = loop {
            let seen = window.fetch_and_op(0, own, 0, SystemOperation::sum());
            window.flush(own);
            let seen = seen.value();
            if seen != 0 {
                break seen;
            }
        };
        window.unlock_all();
        number
    })
}

fn sent(world: &SimpleCommunicator, mine: i64) -> i64 {
    let [next, previous] = ring(world);
    let (next, previous) = (world.process_at_rank(next), world.process_at_rank(previous));
    let mut received = 0;
    mpi::point_to_point::send_receive_into(&mine, &next, &mut received, &previous);
    received
}

fn to_the_rank_before(world: &SimpleCommunicator, mine: i64) -> i64 {
    let [_, previous] = ring(world);
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.fence();
        window.put(vec![mine], previous, 0);
        window.fence();
    });
    memory[0]
}

fn barrier_in_place_of_it(world: &SimpleCommunicator, mine: i64) -> i64 {
    let [next, _] = ring(world);
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.fence();
        window.put(vec![mine], next, 0);
        world.barrier();
    });
    memory[0]
}

/// Gets, adds, puts and gets, with so many fences between the first get and the put.
fn get_and_put(world: &SimpleCommunicator, mine: i64, fences: usize) -> i64 {
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.fence();
        let so_far = window.get(0, 0..1);
        (0..fences).for_each(|_| window.fence());
        window.put(vec![so_far.value().wrapping_add(mine)], 0, 0);
        window.fence();
        let sum = window.get(0, 0..1);
        window.fence();
        sum.value()
    })
}

fn as_it_was_with_two(world: &SimpleCommunicator, mine: i64) -> i64 {
    get_and_put(world, mine, 1)
}

fn one_lock_after_the_other(world: &SimpleCommunicator, mine: i64) -> i64 {
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.lock(0, Lock::Exclusive);
        window.accumulate(vec![mine], 0, 0, SystemOperation::sum());
        window.unlock(0);
        window.lock(0, Lock::Shared);
        let sum = window.get(0, 0..1);
        window.unlock(0);
        sum.value()
    })
}

fn one_more_fence(world: &SimpleCommunicator, mine: i64) -> i64 {
    get_and_put(world, mine, 2)
}

fn got_too_early(world: &SimpleCommunicator, mine: i64) -> i64 {
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.fence();
        window.accumulate(vec![mine], 0, 0, SystemOperation::sum());
        let sum = window.get(0, 0..1);
        window.fence();
        sum.value()
    })
}

fn reduced(world: &SimpleCommunicator, mine: i64) -> i64 {
    let mut sum = 0;
    world.all_reduce_into(&mine, &mut sum, SystemOperation::sum());
    sum
}

fn on_rank_0_only(world: &SimpleCommunicator, mine: i64) -> i64 {
    let mut memory = [0_i64];
    world.with_window(&mut memory, |window| {
        window.fence();
        window.accumulate(vec![mine], 0, 0, SystemOperation::sum());
        window.fence();
    });
    memory[0]
}

fn replaced_by_the_largest(world: &SimpleCommunicator, mine: i64) -> i64 {
    let mut memory = [i64::MIN];
    world.with_window(&mut memory, |window| {
        window.fence();
        window.accumulate(vec![mine], 0, 0, SystemOperation::max());
        window.fence();
        let largest = window.get(0, 0..1);
        window.fence();
        largest.value()
    })
}

/// Gets a number, with so many fences before the get and so many between it and the look.
fn got(world: &SimpleCommunicator, mine: i64, [before, between, after]: [usize; 3]) -> i64 {
    let [_, previous] = ring(world);
    let mut memory = [mine];
    world.with_window(&mut memory, |window| {
        (0..before).for_each(|_| window.fence());
        let theirs = window.get(previous, 0..1);
        (0..between).for_each(|_| window.fence());
        let difference = mine.wrapping_sub(theirs.value());
        (0..after).for_each(|_| window.fence());
        difference
    })
}

fn as_it_was_early(world: &SimpleCommunicator, mine: i64) -> i64 {
    got(world, mine, [1, 0, 1])
}

fn without_fences(world: &SimpleCommunicator, mine: i64) -> i64 {
    got(world, mine, [0, 0, 0])
}

fn two_fences_first(world: &SimpleCommunicator, mine: i64) -> i64 {
    got(world, mine, [2, 0, 1])
}

fn of_the_next(world: &SimpleCommunicator, mine: i64) -> i64 {
    let [next, _] = ring(world);
    let mut memory = [mine];
    world.with_window(&mut memory, |window| {
        window.fence();
        let theirs = window.get(next, 0..1);
        window.fence();
        mine.wrapping_sub(theirs.value())
    })
}

fn the_other_way_round(world: &SimpleCommunicator, mine: i64) -> i64 {
    subject::early_read(world, mine).wrapping_neg()
}

fn stays_at_the_end(world: &SimpleCommunicator, mine: i64) -> i64 {
    let mut memory = [mine];
    world.with_window(&mut memory, |window| {
        window.fence();
        let all: Vec<_> = (0..world.size())
            .map(|rank| window.get(rank, 0..1))
            .collect();
        window.fence();
        let add = |sum: i64, number: i64| sum.saturating_add(number);
        all.iter().map(|number| number.value()).fold(0, add)
    })
}
