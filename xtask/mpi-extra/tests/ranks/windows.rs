//! Windows: each kind of epoch, each operation, what is refused, and shared memory.

use crate::{Part, World, refusal};
use mpi::{collective::SystemOperation, traits::*};
use mpi_extra::{
    traits::*,
    window::{Lock, Window},
};

pub const PARTS: &[Part] = &[
    ("window-fences", |world| fences(&world())),
    ("window-locks", |world| locks(&world())),
    ("window-counters", |world| counters(&world())),
    ("window-groups", |world| groups(&world())),
    ("window-own-memory", |world| own_memory(&world())),
    ("window-refusals", |world| refusals(&world())),
    ("window-shared", |world| shared(&world())),
];

fn ring(world: &World) -> (i32, i32, i32) {
    let (rank, size) = (world.rank(), world.size());
    (rank, (rank + 1) % size, (rank + size - 1) % size)
}

fn fences(world: &World) {
    let (rank, next, previous) = ring(world);
    // Each rank has another amount of memory, and puts more than a packet holds.
    let length = 20_000 + rank as usize;
    let values: Vec<f64> = (0..length).map(|at| at as f64 + f64::from(rank)).collect();
    let mut memory = vec![-1.0; length + 2];
    let arriving = world.with_window(&mut memory, |window| {
        assert_eq!(window.length(next), 20_002 + next as usize);
        window.fence();
        let most = window.length(next) - 2;
        window.put(&values[..most.min(length)], next, 1);
        window.fence();
        let arriving = window.get(next, 1..3);
        let more = window.get(previous, 0..0);
        window.fence();
        assert!(more.values().is_empty());
        arriving
    });
    assert_eq!(arriving.values(), values[..2]);
    assert_eq!(memory[0], -1.0);
    assert_eq!(memory[1], f64::from(previous));
    assert_eq!(memory[length + 1], -1.0);

    let mut sums = [0_i64; 3];
    world.with_window(&mut sums, |window| {
        window.fence();
        for target in 0..world.size() {
            window.accumulate(vec![1, i64::from(rank)], target, 1, SystemOperation::sum());
        }
        window.fence();
    });
    let size = i64::from(world.size());
    assert_eq!(sums, [0, size, size * (size - 1) / 2]);
}

fn locks(world: &World) {
    let (rank, next, _) = ring(world);
    let mut memory = vec![
        0;
        if rank == 0 {
            1 + world.size() as usize
        } else {
            0
        }
    ];
    world.with_window(&mut memory, |window| {
        window.lock(0, Lock::Exclusive);
        let count = window.get(0, 0..1);
        window.flush(0);
        let count = count.value();
        window.put(vec![rank], 0, 1 + count as usize);
        window.put(vec![count + 1], 0, 0);
        window.unlock(0);
    });
    if let [count, ranks @ ..] = &mut memory[..] {
        assert_eq!(*count, world.size());
        ranks.sort_unstable();
        assert!(ranks.iter().copied().eq(0..world.size()));
    }
    let mut memory = [rank];
    world.with_window(&mut memory, |window| {
        window.lock(next, Lock::Shared);
        let theirs = window.get(next, 0..1);
        window.unlock(next);
        assert_eq!(theirs.value(), next);
        window.lock_all();
        let all: Vec<_> = (0..world.size())
            .map(|target| window.get(target, 0..1))
            .collect();
        window.flush_all();
        assert!(all.iter().map(|one| one.value()).eq(0..world.size()));
        window.unlock_all();
    });
}

fn counters(world: &World) {
    let rank = world.rank();
    let fetched = world.with_allocated_window::<u64, _>(1, |window| {
        window.lock_all();
        let fetched: Vec<u64> = (0..10)
            .map(|_| {
                let next = window.fetch_and_op(1, 0, 0, SystemOperation::sum());
                window.flush(0);
                next.value()
            })
            .collect();
        window.unlock_all();
        world.barrier();
        window.lock(0, Lock::Shared);
        let end = window.fetch_and_op(0, 0, 0, SystemOperation::sum());
        window.unlock(0);
        assert_eq!(end.value(), 10 * world.size() as u64);
        fetched
    });
    assert!(fetched.is_sorted_by(|a, b| a < b));
    let mut all = vec![0; 10 * world.size() as usize];
    world.all_gather_into(&fetched[..], &mut all[..]);
    all.sort_unstable();
    assert!(all.iter().copied().eq(0..10 * world.size() as u64));

    let mut owner = [-1];
    let mut won = i32::from(world.with_window(&mut owner, |window: &Window<'_, i32>| {
        window.lock_all();
        let before = window.compare_and_swap(-1, rank, 0, 0);
        window.unlock_all();
        before.value() == -1
    }));
    let mut all = 0;
    world.all_reduce_into(&won, &mut all, SystemOperation::sum());
    assert_eq!(all, 1);
    world.process_at_rank(0).broadcast_into(&mut owner);
    won = i32::from(owner[0] == rank) - won;
    assert_eq!(won, 0);
}

fn groups(world: &World) {
    let (rank, size) = (world.rank(), world.size());
    let neighbours: Vec<i32> = [rank - 1, rank + 1]
        .into_iter()
        .filter(|other| (0..size).contains(other))
        .collect();
    let mut memory = [-1; 2];
    world.with_window(&mut memory, |window| {
        for round in 0..3 {
            window.post(&neighbours);
            window.start(&neighbours);
            for neighbour in &neighbours {
                window.put(
                    vec![rank + round],
                    *neighbour,
                    usize::from(*neighbour < rank),
                );
            }
            window.complete();
            window.wait();
            let [below, above] =
                [rank - 1, rank + 1].map(|other| match neighbours.contains(&other) {
                    true => other + round,
                    false => -1,
                });
            assert_eq!(window.read(0..2), [below, above]);
        }
    });
}

fn own_memory(world: &World) {
    let rank = world.rank();
    let mut memory = [1.5, 2.5, 3.5];
    world.with_window(&mut memory, |window| {
        window.fence();
        assert_eq!(window.read(1..3), [2.5, 3.5]);
        assert!(window.read(3..3).is_empty());
        window.write(0, &[f64::from(rank), 9.0]);
        window.fence();
        let theirs = window.get(world.size() - 1, 0..3);
        window.fence();
        assert_eq!(theirs.values(), [f64::from(world.size() - 1), 9.0, 3.5]);
    });
    assert_eq!(memory, [f64::from(rank), 9.0, 3.5]);
}

fn refusals(world: &World) {
    let mut memory = [0; 4];
    world.with_window(&mut memory, |window| {
        window.fence();
        let said = refusal(|| window.put(vec![1, 2], 0, 3));
        assert!(
            said.contains("the memory of rank 0 has 4 elements"),
            "{said}"
        );
        let said = refusal(|| drop(window.get(0, 4..5)));
        assert!(said.contains("from place 4 on"), "{said}");
        let said = refusal(|| window.accumulate(vec![1], 0, usize::MAX, SystemOperation::sum()));
        assert!(said.contains("do not fit"), "{said}");
        let said = refusal(|| window.put(vec![1], world.size(), 0));
        assert!(said.contains("has no rank"), "{said}");
        let said = refusal(|| window.put(vec![1], -1, 0));
        assert!(said.contains("has no rank -1"), "{said}");
        let said = refusal(|| drop(window.read(2..5)));
        assert!(said.contains("do not fit"), "{said}");
        let said = refusal(|| window.write(4, &[1]));
        assert!(said.contains("do not fit"), "{said}");
        let two = window.get(0, 0..2);
        window.fence();
        let said = refusal(|| {
            two.value();
        });
        assert!(said.contains("read them with `values`"), "{said}");
        assert_eq!(two.values(), [0, 0]);
    });
}

fn shared(world: &World) {
    let node = world.split_shared(world.rank());
    let rank = node.rank();
    // Parts of different lengths, one of them empty.
    let mut table = node.share::<i32>(rank as usize * 1000);
    for round in 1..4 {
        let sum: i64 = (0..node.size())
            .flat_map(|other| table.part(other))
            .map(|number| i64::from(*number))
            .sum();
        let all: i64 = (0..i64::from(node.size()))
            .map(|other| 1000 * other * other)
            .sum();
        assert_eq!(sum, all * (round - 1));
        let first = table.write(|mine| {
            mine.fill(rank * round as i32);
            mine.first().copied()
        });
        assert_eq!(first, (rank > 0).then_some(rank * round as i32));
    }
    let last = table.part(node.size() - 1);
    assert_eq!(last.len(), (node.size() as usize - 1) * 1000);
    let alone = world
        .split_by_color(mpi::topology::Color::with_value(rank))
        .unwrap();
    let mut own = alone.share::<u8>(3);
    let said = refusal(|| own.write(|_| panic!("in the middle")));
    assert_eq!(said, "in the middle");
    let said = refusal(|| drop(own.part(0).to_vec()));
    assert!(said.contains("was left by a panic"), "{said}");
}
