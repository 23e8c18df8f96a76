//! Mistakes in the task `overlap`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, request, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("overlap": overlap = by_the_blocking_call => WrongOperation,
        "works when the all-reduce is over"),
    mistake!("overlap": overlap = works_first => WrongOperation,
        "works, and then starts the all-reduce"),
    mistake!("overlap": overlap = waits_first => WrongOperation,
        "starts the all-reduce and waits for it at once"),
    mistake!("overlap": overlap = asks_first => WrongOperation,
        "asks whether it is done before it works"),
    mistake!("overlap": overlap = works_until_it_is_done => WrongResult,
        "works again and again until the all-reduce is done"),
    mistake!("overlap": overlap = never_works => WrongResult,
        "forgets the work"),
    mistake!("overlap": overlap = drops_the_request => Panic,
        "never waits for the request"),
    mistake!("overlap": overlap = only_on_the_root => WrongResult,
        "takes a reduce, which tells one rank only"),
    mistake!("overlap": overlap = reduce_and_broadcast => WrongOperation,
        "takes an immediate reduce, and a broadcast behind it"),
    mistake!("overlap": overlap = one_for_each_element => TooMuchCommunication,
        "starts an all-reduce for each element"),
    mistake!("overlap": overlap = a_barrier_behind_it => TooMuchCommunication,
        "waits for all ranks once more"),
    mistake!("overlap": overlap = for_show => TooMuchCommunication,
        "starts an immediate all-reduce of nothing, and takes the blocking one for the numbers"),
    mistake!("overlap": overlap = the_largest => WrongResult,
        "asks for the largest numbers"),
    mistake!("overlap": overlap = halves => WrongResult,
        "adds up numbers of 32 bits"),
];

/// Starts it, hands on what there is to do before it is waited for, and waits.
fn started(
    world: &SimpleCommunicator,
    mine: &[i64],
    operation: SystemOperation,
    meanwhile: impl FnOnce(),
) -> Vec<i64> {
    let mut sums = vec![0; mine.len()];
    request::scope(|scope| {
        let request = world.immediate_all_reduce_into(scope, mine, &mut sums[..], operation);
        meanwhile();
        request.wait();
    });
    sums
}

fn blocking(world: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    let mut sums = vec![0; mine.len()];
    world.all_reduce_into(mine, &mut sums[..], SystemOperation::sum());
    sums
}

fn by_the_blocking_call(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let sums = blocking(world, mine);
    work();
    sums
}

fn works_first(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    work();
    started(world, mine, SystemOperation::sum(), || {})
}

fn waits_first(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let sums = started(world, mine, SystemOperation::sum(), || {});
    work();
    sums
}

fn asks_first(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let mut sums = vec![0; mine.len()];
    request::scope(|scope| {
        let operation = SystemOperation::sum();
        let request = world.immediate_all_reduce_into(scope, mine, &mut sums[..], operation);
        let open = request.test().err();
        work();
        if let Some(request) = open {
            request.wait();
        }
    });
    sums
}

fn works_until_it_is_done(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let mut sums = vec![0; mine.len()];
    request::scope(|scope| {
        let operation = SystemOperation::sum();
        let mut request = world.immediate_all_reduce_into(scope, mine, &mut sums[..], operation);
        work();
        loop {
            work();
            match request.test() {
                Ok(_) => return,
                Err(open) => request = open,
            }
        }
    });
    sums
}

fn never_works(world: &SimpleCommunicator, mine: &[i64], _: &dyn Fn()) -> Vec<i64> {
    started(world, mine, SystemOperation::sum(), || {})
}

fn drops_the_request(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let mut sums = vec![0; mine.len()];
    request::scope(|scope| {
        let operation = SystemOperation::sum();
        drop(world.immediate_all_reduce_into(scope, mine, &mut sums[..], operation));
        work();
    });
    sums
}

fn only_on_the_root(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let mut sums = vec![0; mine.len()];
    let root = world.process_at_rank(0);
    let operation = SystemOperation::sum();
    work();
    if world.rank() == 0 {
        root.reduce_into_root(mine, &mut sums[..], operation);
    } else {
        root.reduce_into(mine, operation);
    }
    sums
}

fn reduce_and_broadcast(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let mut sums = vec![0; mine.len()];
    let root = world.process_at_rank(0);
    let operation = SystemOperation::sum();
    request::scope(|scope| {
        if world.rank() == 0 {
            let request = root.immediate_reduce_into_root(scope, mine, &mut sums[..], operation);
            work();
            request.wait();
        } else {
            let request = root.immediate_reduce_into(scope, mine, operation);
            work();
            request.wait();
        }
    });
    root.broadcast_into(&mut sums[..]);
    sums
}

fn one_for_each_element(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let mut sums = vec![0; mine.len()];
    let mut works = Some(work);
    for (number, sum) in mine.iter().zip(&mut sums) {
        request::scope(|scope| {
            let operation = SystemOperation::sum();
            let request = world.immediate_all_reduce_into(scope, number, sum, operation);
            if let Some(work) = works.take() {
                work();
            }
            request.wait();
        });
    }
    if let Some(work) = works {
        work();
    }
    sums
}

fn a_barrier_behind_it(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let sums = started(world, mine, SystemOperation::sum(), work);
    world.barrier();
    sums
}

fn for_show(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    started(world, &mine[..0], SystemOperation::sum(), work);
    blocking(world, mine)
}

fn the_largest(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    started(world, mine, SystemOperation::max(), work)
}

fn halves(world: &SimpleCommunicator, mine: &[i64], work: &dyn Fn()) -> Vec<i64> {
    let mine: Vec<i32> = mine.iter().map(|number| *number as i32).collect();
    let mut sums = vec![0; mine.len()];
    request::scope(|scope| {
        let operation = SystemOperation::sum();
        let request = world.immediate_all_reduce_into(scope, &mine[..], &mut sums[..], operation);
        work();
        request.wait();
    });
    sums.into_iter().map(i64::from).collect()
}
