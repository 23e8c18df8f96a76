//! Mistakes in the task `wait-any`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    Rank,
    request::{self, RequestCollection},
    topology::SimpleCommunicator,
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("wait-any": wait_any = in_the_order_of_ranks => WrongOperation,
        "waits for rank 1, then for rank 2, and so on"),
    mistake!("wait-any": wait_any = all_of_them_first => WrongOperation,
        "takes what comes first, but handles it only when all are there"),
    mistake!("wait-any": wait_any = on_a_duplicate => WrongOperation,
        "makes a communicator of its own first, for which rank 0 waits until all ranks have come"),
    mistake!("wait-any": wait_any = without_requests => WrongOperation,
        "receives from any rank, again and again, so that only one receive is under way"),
    mistake!("wait-any": wait_any = index_for_rank => WrongResult,
        "takes the index of a request for the rank"),
    mistake!("wait-any": wait_any = until_none => Panic,
        "asks until there is none left: the collection does not say so"),
    mistake!("wait-any": wait_any = one_too_few => Panic,
        "leaves the last one out"),
    mistake!("wait-any": wait_any = handles_its_own => WrongResult,
        "handles the numbers of rank 0 too"),
    mistake!("wait-any": wait_any = all_but_one_first => WrongOperation,
        "takes what comes first, but handles it only when a single rank is left"),
    mistake!("wait-any": wait_any = from_any_rank => WrongResult,
        "starts receives from any rank, and takes a message of the next call for one of this call"),
    mistake!("wait-any": wait_any = four_at_a_time => WrongOperation,
        "has at most four receives, and starts another when one is complete"),
];

type Handle<'a> = &'a mut dyn FnMut(Rank, &[f64]);

/// Starts a receive from every other rank on rank 0, and lets `collect` do the rest; the other ranks
/// send.
fn with_receives(
    world: &SimpleCommunicator,
    mine: &[f64],
    collect: impl FnOnce(&mut RequestCollection<'_, [f64]>),
) {
    if world.rank() != 0 {
        return world.process_at_rank(0).send(mine);
    }
    let others = world.size() as usize - 1;
    let mut theirs = vec![0.0; others * mine.len()];
    request::multiple_scope(others, |scope, requests| {
        for (rank, part) in (1..).zip(theirs.chunks_mut(mine.len())) {
            let source = world.process_at_rank(rank);
            requests.add(source.immediate_receive_into(scope, part));
        }
        collect(requests);
    });
}

fn on_a_duplicate(world: &SimpleCommunicator, mine: &[f64], handle: Handle<'_>) {
    deadlock_avoidance_solution::wait_any(&world.duplicate(), mine, handle);
}

fn in_the_order_of_ranks(world: &SimpleCommunicator, mine: &[f64], handle: Handle<'_>) {
    if world.rank() != 0 {
        return world.process_at_rank(0).send(mine);
    }
    let mut theirs = vec![0.0; (world.size() as usize - 1) * mine.len()];
    request::scope(|scope| {
        let start = |(rank, part)| {
            let source = world.process_at_rank(rank);
            source.immediate_receive_into(scope, part)
        };
        let parts = (1..).zip(theirs.chunks_mut(mine.len()));
        let requests: Vec<_> = parts.map(start).collect();
        for (rank, request) in (1..).zip(requests) {
            handle(rank, request.wait_for_data());
        }
    });
}

fn all_of_them_first(world: &SimpleCommunicator, mine: &[f64], handle: Handle<'_>) {
    with_receives(world, mine, |requests| {
        let mut all = Vec::new();
        while requests.incomplete() > 0 {
            all.extend(requests.wait_any());
        }
        for (_, status, part) in all {
            handle(status.source_rank(), part);
        }
    });
}

fn without_requests(world: &SimpleCommunicator, mine: &[f64], handle: Handle<'_>) {
    if world.rank() != 0 {
        return world.process_at_rank(0).send(mine);
    }
    for _ in 1..world.size() {
        let (numbers, status) = world.any_process().receive_vec();
        handle(status.source_rank(), &numbers);
    }
}

fn index_for_rank(world: &SimpleCommunicator, mine: &[f64], handle: Handle<'_>) {
    with_receives(world, mine, |requests| {
        while requests.incomplete() > 0 {
            if let Some((index, _, part)) = requests.wait_any() {
                handle(index as Rank, part);
            }
        }
    });
}

fn until_none(world: &SimpleCommunicator, mine: &[f64], handle: Handle<'_>) {
    with_receives(world, mine, |requests| {
        while let Some((_, status, part)) = requests.wait_any() {
            handle(status.source_rank(), part);
        }
    });
}

fn one_too_few(world: &SimpleCommunicator, mine: &[f64], handle: Handle<'_>) {
    with_receives(world, mine, |requests| {
        while requests.incomplete() > 1 {
            if let Some((_, status, part)) = requests.wait_any() {
                handle(status.source_rank(), part);
            }
        }
    });
}

fn handles_its_own(world: &SimpleCommunicator, mine: &[f64], handle: Handle<'_>) {
    if world.rank() == 0 {
        handle(0, mine);
    }
    deadlock_avoidance_solution::wait_any(world, mine, handle);
}

fn all_but_one_first(
    world: &SimpleCommunicator,
    mine: &[f64],
    handle: &mut dyn FnMut(Rank, &[f64]),
) {
    let mut arrived: Vec<(Rank, Vec<f64>)> = Vec::new();
    let mut came: Rank = 0;
    deadlock_avoidance_solution::wait_any(world, mine, &mut |rank, numbers| {
        arrived.push((rank, numbers.to_vec()));
        came += 1;
        if came + 2 >= world.size() {
            arrived
                .drain(..)
                .for_each(|(rank, numbers)| handle(rank, &numbers));
        }
    });
}

fn from_any_rank(world: &SimpleCommunicator, mine: &[f64], handle: &mut dyn FnMut(Rank, &[f64])) {
    if world.rank() != 0 {
        return world.process_at_rank(0).send(mine);
    }
    let others = world.size() as usize - 1;
    let mut theirs = vec![0.0; others * mine.len()];
    request::multiple_scope(others, |scope, requests| {
        for part in theirs.chunks_mut(mine.len()) {
            requests.add(world.any_process().immediate_receive_into(scope, part));
        }
        while requests.incomplete() > 0 {
            if let Some((_, status, part)) = requests.wait_any() {
                handle(status.source_rank(), part);
            }
        }
    });
}

fn four_at_a_time(world: &SimpleCommunicator, mine: &[f64], handle: &mut dyn FnMut(Rank, &[f64])) {
    if world.rank() != 0 {
        return world.process_at_rank(0).send(mine);
    }
    let others = world.size() as usize - 1;
    let mut theirs = vec![0.0; others * mine.len()];
    request::multiple_scope(others, |scope, requests| {
        let mut waiting = (1..).zip(theirs.chunks_mut(mine.len()));
        for (rank, part) in waiting.by_ref().take(4) {
            requests.add(
                world
                    .process_at_rank(rank)
                    .immediate_receive_into(scope, part),
            );
        }
        while requests.incomplete() > 0 {
            let (index, _, part) = requests.wait_any().unwrap();
            if let Some((rank, part)) = waiting.next() {
                requests.add(
                    world
                        .process_at_rank(rank)
                        .immediate_receive_into(scope, part),
                );
            }
            handle(index as Rank + 1, part);
        }
    });
}
