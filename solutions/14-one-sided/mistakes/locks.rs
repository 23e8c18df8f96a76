//! Mistakes in the tasks with locks: `counter`, `lock` and `ticket`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::{
    traits::*,
    window::{Lock, Window},
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("counter": counter = like_cards => WrongOperation,
        "deals the tasks out beforehand"),
    mistake!("counter": counter = like_cards_with_fetches => WrongOperation,
        "counts on its own memory: every rank does all tasks"),
    mistake!("counter": counter = fetched_for_show => WrongOperation,
        "fetches a number for each task, and deals the tasks out like cards"),
    mistake!("counter": counter = from_one_on => WrongResult,
        "counts from 1"),
    mistake!("counter": counter = one_too_many => WrongResult,
        "does the task whose number is that of all tasks"),
    mistake!("counter": counter = two_at_once => WrongOperation,
        "takes two tasks at once"),
    mistake!("counter": counter = locked_at_work => WrongOperation,
        "holds an exclusive lock while it works"),
    mistake!("counter": counter = before_the_flush => MemoryRace,
        "looks at the number before it has come"),
    mistake!("counter": counter = never_flushed => MemoryRace,
        "looks at each number before it has come, until there is one for no task"),
    mistake!("counter": counter = without_a_lock => Epoch,
        "begins no epoch"),
    mistake!("counter": counter = never_unlocked => Epoch,
        "never unlocks"),
    mistake!("counter": counter = all_fetched_first => TooMuchCommunication,
        "fetches as often as there are tasks, also when none is left"),
    mistake!("lock": lock = without_a_flush => MemoryRace,
        "uses the number of entries before it has come"),
    mistake!("lock": lock = without_any_lock => Epoch,
        "begins no epoch"),
    mistake!("lock": lock = never_unlocked_log => Epoch,
        "never unlocks"),
    mistake!("lock": lock = one_after_the_other => WrongOperation,
        "lets one rank after the other append, between fences"),
    mistake!("lock": lock = nothing_to_append => Deadlock,
        "returns at once on ranks without entries, where the others make the window"),
    mistake!("lock": lock = two_locks => WrongOperation,
        "unlocks between the get and the put"),
    mistake!("lock": lock = number_not_written => WrongResult,
        "forgets to write how many entries there are now"),
    mistake!("lock": lock = over_the_last => WrongResult,
        "writes its first entry over the last one"),
    mistake!("lock": lock = far_behind => Panic,
        "leaves a gap that reaches beyond the log"),
    mistake!("ticket": ticket = first_wish_always => WrongResult,
        "does not look at what was there"),
    mistake!("ticket": ticket = get_then_put => MemoryRace,
        "gets who has the seat, and puts itself there"),
    mistake!("ticket": ticket = before_the_flush_of_a_swap => MemoryRace,
        "looks at what was there before it has come"),
    mistake!("ticket": ticket = without_a_lock_for_seats => Epoch,
        "begins no epoch"),
    mistake!("ticket": ticket = last_wish_first => WrongResult,
        "asks for the last wish first"),
    mistake!("ticket": ticket = gives_up => WrongResult,
        "gives up when its first wish is taken"),
    mistake!("ticket": ticket = by_adding => WrongOperation,
        "adds 1 to the seat, and has it if it was 0"),
    mistake!("ticket": ticket = rank_0_is_free => WrongResult,
        "writes the rank, which for rank 0 looks like a free seat"),
    mistake!("counter": counter = in_8_bits => WrongResult,
        "counts the tasks in 8 bits"),
    mistake!("counter": counter = adds_afterwards => WrongOperation,
        "fetches the number and adds 1 in two operations, under a lock"),
    mistake!("counter": counter = two_fences_first => TooMuchCommunication,
        "calls two fences before the first task"),
    mistake!("lock": lock = a_lock_for_each_piece => WrongOperation,
        "appends its entries in pieces of 100, and unlocks after each of them"),
    mistake!("lock": lock = sorted => WrongResult,
        "sorts its entries"),
    mistake!("ticket": ticket = no_wishes => Deadlock,
        "returns at once on a rank without wishes"),
    mistake!("ticket": ticket = looks_first => WrongOperation,
        "looks at all seats first, and asks for free ones only"),
];

fn like_cards(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    (world.rank() as u64..tasks)
        .step_by(world.size() as usize)
        .for_each(work);
}

/// A counter on a rank of each rank's choice, and what is made of its numbers.
fn count(
    world: &SimpleCommunicator,
    mut next: impl FnMut(&Window<'_, u64>, &dyn Fn() -> u64) -> bool,
) {
    world.with_allocated_window(1, |window| {
        window.lock_all();
        let fetch = || {
            let number = window.fetch_and_op(1, 0, 0, SystemOperation::sum());
            window.flush(0);
            number.value()
        };
        while next(window, &fetch) {}
        window.unlock_all();
    });
}

fn like_cards_with_fetches(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    let rank = world.rank();
    count(world, |window, _| {
        let number = window.fetch_and_op(1, rank, 0, SystemOperation::sum());
        window.flush(rank);
        let is_left = number.value() < tasks;
        if is_left {
            work(number.value());
        }
        is_left
    });
}

fn fetched_for_show(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    let mut own = (world.rank() as u64..tasks).step_by(world.size() as usize);
    count(world, |_, fetch| {
        fetch();
        own.next().map(&mut *work).is_some()
    });
}

fn from_one_on(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    count(world, |_, fetch| {
        let task = fetch() + 1;
        if task < tasks {
            work(task);
        }
        task < tasks
    });
}

fn one_too_many(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    count(world, |_, fetch| {
        let task = fetch();
        if task <= tasks {
            work(task);
        }
        task <= tasks
    });
}

fn two_at_once(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    world.with_allocated_window(1, |window| {
        window.lock_all();
        loop {
            let first = window.fetch_and_op(2, 0, 0, SystemOperation::sum());
            window.flush(0);
            let first: u64 = first.value();
            if first >= tasks {
                break;
            }
            (first..tasks.min(first + 2)).for_each(&mut *work);
        }
        window.unlock_all();
    });
}

fn locked_at_work(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    world.with_allocated_window(1, |window| {
        loop {
            window.lock(0, Lock::Exclusive);
            let next = window.fetch_and_op(1, 0, 0, SystemOperation::sum());
            window.flush(0);
            let is_left = next.value() < tasks;
            if is_left {
                work(next.value());
            }
            window.unlock(0);
            if !is_left {
                break;
            }
        }
    });
}

fn before_the_flush(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    world.with_allocated_window(1, |window| {
        window.lock_all();
        for _ in 0..tasks {
            let task = window.fetch_and_op(1, 0, 0, SystemOperation::sum()).value();
            window.flush(0);
            if task < tasks {
                work(task);
            }
        }
        window.unlock_all();
    });
}

fn never_flushed(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    world.with_allocated_window(1, |window| {
        window.lock_all();
        loop {
            match window.fetch_and_op(1, 0, 0, SystemOperation::sum()).value() {
                task if task < tasks => work(task),
                _ => break,
            }
        }
        window.unlock_all();
    });
}

fn without_a_lock(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    world.with_allocated_window(1, |window| {
        let number = window.fetch_and_op(1, 0, 0, SystemOperation::sum());
        window.flush(0);
        if number.value() < tasks {
            work(number.value());
        }
    });
}

fn never_unlocked(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    world.with_allocated_window(1, |window| {
        window.lock_all();
        loop {
            let next = window.fetch_and_op(1, 0, 0, SystemOperation::sum());
            window.flush(0);
            match next.value() {
                task if task < tasks => work(task),
                _ => break,
            }
        }
    });
}

fn all_fetched_first(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    let mut left = tasks + 2;
    count(world, |_, fetch| {
        let task = fetch();
        if task < tasks {
            work(task);
        }
        left -= 1;
        left > 0
    });
}

/// Appends in an epoch of whatever kind.
fn append(window: &Window<'_, i64>, entries: &[i64], flush: bool) {
    let length = window.get(0, 0..1);
    if flush {
        window.flush(0);
    }
    // Before it has come it may be anything.
    let length = length
        .value()
        .clamp(0, window.length(0) as i64 - 1 - entries.len() as i64);
    window.put(entries.to_vec(), 0, 1 + length as usize);
    window.put(vec![length + entries.len() as i64], 0, 0);
}

fn without_a_flush(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    world.with_window(log, |window| {
        window.lock(0, Lock::Exclusive);
        append(window, entries, false);
        window.unlock(0);
    });
}

fn without_any_lock(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    world.with_window(log, |window| append(window, entries, false));
}

fn never_unlocked_log(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    world.with_window(log, |window| {
        window.lock(0, Lock::Shared);
        append(window, entries, true);
    });
}

fn one_after_the_other(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    world.with_window(log, |window| {
        window.fence();
        for turn in 0..world.size() {
            let length = (turn == world.rank()).then(|| window.get(0, 0..1));
            window.fence();
            if let Some(length) = length {
                let length = length.value();
                window.put(entries.to_vec(), 0, 1 + length as usize);
                window.put(vec![length + entries.len() as i64], 0, 0);
            }
            window.fence();
        }
    });
}

fn nothing_to_append(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    if world.rank() == 0 || !entries.is_empty() {
        subject::lock(world, entries, log);
    }
}

fn two_locks(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    world.with_window(log, |window| {
        // One after the other, so that the result is right by luck.
        for turn in 0..world.size() {
            if turn == world.rank() {
                window.lock(0, Lock::Exclusive);
                let length = window.get(0, 0..1);
                window.unlock(0);
                let length = length.value();
                window.lock(0, Lock::Exclusive);
                window.put(entries.to_vec(), 0, 1 + length as usize);
                window.put(vec![length + entries.len() as i64], 0, 0);
                window.unlock(0);
            }
            world.barrier();
        }
    });
}

fn number_not_written(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    world.with_window(log, |window| {
        window.lock(0, Lock::Exclusive);
        let length = window.get(0, 0..1);
        window.flush(0);
        window.put(entries.to_vec(), 0, 1 + length.value() as usize);
        window.unlock(0);
    });
}

fn over_the_last(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    world.with_window(log, |window| {
        window.lock(0, Lock::Exclusive);
        let length = window.get(0, 0..1);
        window.flush(0);
        let length = length.value();
        window.put(entries.to_vec(), 0, length as usize);
        window.flush(0);
        window.put(vec![length + entries.len() as i64], 0, 0);
        window.unlock(0);
    });
}

fn far_behind(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    world.with_window(log, |window| {
        window.lock(0, Lock::Exclusive);
        let length = window.get(0, 0..1);
        window.flush(0);
        let behind = length.value() as usize + window.length(0);
        window.put(entries.to_vec(), 0, behind);
        window.unlock(0);
    });
}

/// Asks for seats in a window on rank 0.
fn seats_of(
    world: &SimpleCommunicator,
    seats: usize,
    ask: impl FnOnce(&Window<'_, i32>) -> Option<usize>,
) -> Option<usize> {
    let mut taken = vec![0; if world.rank() == 0 { seats } else { 0 }];
    world.with_window(&mut taken, ask)
}

/// Asks for one seat: what was there before.
fn swap(window: &Window<'_, i32>, mine: i32, seat: usize) -> i32 {
    let before = window.compare_and_swap(0, mine, 0, seat);
    window.flush(0);
    before.value()
}

fn first_wish_always(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    seats_of(world, seats, |window| {
        window.lock_all();
        let seat = wishes.first().copied();
        if let Some(seat) = seat {
            swap(window, 1 + world.rank(), seat);
        }
        window.unlock_all();
        seat
    })
}

fn get_then_put(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    seats_of(world, seats, |window| {
        window.fence();
        let owners = (world.rank() >= 0).then(|| window.get(0, 0..seats));
        window.fence();
        let owners = owners.map_or(Vec::new(), |owners| owners.values());
        let seat = wishes.iter().copied().find(|seat| owners[*seat] == 0);
        if let Some(seat) = seat {
            window.put(vec![1 + world.rank()], 0, seat);
        }
        window.fence();
        seat
    })
}

fn before_the_flush_of_a_swap(
    world: &SimpleCommunicator,
    seats: usize,
    wishes: &[usize],
) -> Option<usize> {
    seats_of(world, seats, |window| {
        window.lock_all();
        let seat = wishes.iter().copied().find(|seat| {
            let before = window.compare_and_swap(0, 1 + world.rank(), 0, *seat);
            before.value() == 0
        });
        window.unlock_all();
        seat
    })
}

fn without_a_lock_for_seats(
    world: &SimpleCommunicator,
    seats: usize,
    wishes: &[usize],
) -> Option<usize> {
    seats_of(world, seats, |window| {
        wishes
            .iter()
            .copied()
            .find(|seat| swap(window, 1 + world.rank(), *seat) == 0)
    })
}

fn last_wish_first(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    let reversed: Vec<usize> = wishes.iter().rev().copied().collect();
    subject::ticket(world, seats, &reversed)
}

fn gives_up(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    subject::ticket(world, seats, &wishes[..wishes.len().min(1)])
}

fn by_adding(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    seats_of(world, seats, |window| {
        window.lock_all();
        let seat = wishes.iter().copied().find(|seat| {
            let before = window.fetch_and_op(1, 0, *seat, SystemOperation::sum());
            window.flush(0);
            before.value() == 0
        });
        window.unlock_all();
        seat
    })
}

fn rank_0_is_free(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    seats_of(world, seats, |window| {
        // Rank 0 comes first, so that others find its seat free.
        if world.rank() > 0 {
            world.barrier();
        }
        window.lock_all();
        let seat = wishes
            .iter()
            .copied()
            .find(|seat| swap(window, world.rank(), *seat) == 0);
        window.unlock_all();
        if world.rank() == 0 {
            world.barrier();
        }
        seat
    })
}

fn in_8_bits(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    subject::counter(world, u64::from(tasks as u8), work);
}

fn adds_afterwards(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    world.with_allocated_window(usize::from(world.rank() == 0), |window| {
        loop {
            window.lock(0, Lock::Exclusive);
            let next = window.fetch_and_op(0, 0, 0, SystemOperation::sum());
            window.flush(0);
            window.accumulate(vec![1], 0, 0, SystemOperation::sum());
            window.unlock(0);
            if next.value() >= tasks {
                break;
            }
            work(next.value());
        }
    });
}

fn two_fences_first(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) {
    world.with_allocated_window(usize::from(world.rank() == 0), |window| {
        window.fence();
        window.fence();
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

fn a_lock_for_each_piece(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    world.with_window(log, |window| {
        for piece in entries.chunks(100) {
            window.lock(0, Lock::Exclusive);
            append(window, piece, true);
            window.unlock(0);
        }
    });
}

fn sorted(world: &SimpleCommunicator, entries: &[i64], log: &mut [i64]) {
    let mut entries = entries.to_vec();
    entries.sort_unstable();
    subject::lock(world, &entries, log);
}

fn no_wishes(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    wishes.first()?;
    subject::ticket(world, seats, wishes)
}

fn looks_first(world: &SimpleCommunicator, seats: usize, wishes: &[usize]) -> Option<usize> {
    let mut taken = vec![0; if world.rank() == 0 { seats } else { 0 }];
    world.with_window(&mut taken, |window| {
        window.lock_all();
        let seen: Vec<_> = (0..seats)
            .map(|seat| window.fetch_and_op(0, 0, seat, SystemOperation::sum()))
            .collect();
        window.flush(0);
        let mut free = wishes.iter().filter(|seat| seen[**seat].value() == 0);
        let seat = free.find(|seat| {
            let before = window.compare_and_swap(0, 1 + world.rank(), 0, **seat);
            window.flush(0);
            before.value() == 0
        });
        window.unlock_all();
        seat.copied()
    })
}
