//! Mistakes in the task `wait-all`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    request::{self, LocalScope, RequestCollection},
    topology::SimpleCommunicator,
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("wait-all": wait_all = rank_by_rank => WrongOperation,
        "finishes with one rank before it starts with the next"),
    mistake!("wait-all": wait_all = sends_that_wait => WrongOperation,
        "starts all receives, and then sends with calls that wait"),
    mistake!("wait-all": wait_all = own_block_forgotten => WrongResult,
        "leaves itself out, and forgets its own block"),
    mistake!("wait-all": wait_all = same_block_for_all => WrongResult,
        "sends the block for itself to everybody"),
    mistake!("wait-all": wait_all = all_to_all => WrongOperation,
        "has a collective do it"),
    mistake!("wait-all": wait_all = never_waits => Panic,
        "starts everything and waits for nothing"),
    mistake!("wait-all": wait_all = waits_twice => TooMuchCommunication,
        "waits for all receives and then for all sends"),
    mistake!("wait-all": wait_all = from_any_rank => WrongResult,
        "receives from any rank, and takes a block of the next call for one of this call"),
    mistake!("wait-all": wait_all = sixteen_at_a_time => TooMuchCommunication,
        "has at most 16 requests, and waits for them before it starts more"),
];

/// Starts the receives of all blocks, without the one from rank `but`.
fn receive_all<'a>(
    world: &SimpleCommunicator,
    scope: &LocalScope<'a>,
    requests: &mut RequestCollection<'a, [f64]>,
    incoming: &'a mut [f64],
    but: Option<i32>,
) {
    let block = incoming.len() / world.size() as usize;
    for (rank, part) in (0..).zip(incoming.chunks_mut(block)) {
        if Some(rank) != but {
            let source = world.process_at_rank(rank);
            requests.add(source.immediate_receive_into(scope, part));
        }
    }
}

/// Starts the sends of all blocks, without the one to rank `but`.
fn send_all<'a>(
    world: &SimpleCommunicator,
    scope: &LocalScope<'a>,
    requests: &mut RequestCollection<'a, [f64]>,
    outgoing: &'a [f64],
    but: Option<i32>,
) {
    let block = outgoing.len() / world.size() as usize;
    for (rank, part) in (0..).zip(outgoing.chunks(block)) {
        if Some(rank) != but {
            let destination = world.process_at_rank(rank);
            requests.add(destination.immediate_send(scope, part));
        }
    }
}

fn rank_by_rank(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64> {
    let block = outgoing.len() / world.size() as usize;
    let mut incoming = vec![0.0; outgoing.len()];
    for (rank, (part, own)) in (0..).zip(incoming.chunks_mut(block).zip(outgoing.chunks(block))) {
        let other = world.process_at_rank(rank);
        request::scope(|scope| {
            let receiving = other.immediate_receive_into(scope, part);
            other.immediate_send(scope, own).wait();
            receiving.wait();
        });
    }
    incoming
}

fn sends_that_wait(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64> {
    let block = outgoing.len() / world.size() as usize;
    let mut incoming = vec![0.0; outgoing.len()];
    request::multiple_scope(block, |scope, requests| {
        receive_all(world, scope, requests, &mut incoming, None);
        for (rank, part) in (0..).zip(outgoing.chunks(block)) {
            world.process_at_rank(rank).send(part);
        }
        requests.wait_all(&mut Vec::new());
    });
    incoming
}

fn own_block_forgotten(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64> {
    let (but, mut incoming) = (Some(world.rank()), vec![0.0; outgoing.len()]);
    request::multiple_scope(1, |scope, requests| {
        receive_all(world, scope, requests, &mut incoming, but);
        send_all(world, scope, requests, outgoing, but);
        requests.wait_all(&mut Vec::new());
    });
    incoming
}

fn same_block_for_all(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64> {
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let block = outgoing.len() / size;
    let outgoing = outgoing[rank * block..][..block].repeat(size);
    deadlock_avoidance_solution::wait_all(world, &outgoing)
}

fn all_to_all(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64> {
    let mut incoming = vec![0.0; outgoing.len()];
    world.all_to_all_into(outgoing, &mut incoming[..]);
    incoming
}

fn never_waits(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64> {
    let mut incoming = vec![0.0; outgoing.len()];
    request::multiple_scope(1, |scope, requests| {
        receive_all(world, scope, requests, &mut incoming, None);
        send_all(world, scope, requests, outgoing, None);
    });
    incoming
}

fn waits_twice(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64> {
    let mut incoming = vec![0.0; outgoing.len()];
    request::multiple_scope(1, |scope, sends| {
        send_all(world, scope, sends, outgoing, None);
        request::multiple_scope(1, |scope, receives| {
            receive_all(world, scope, receives, &mut incoming, None);
            receives.wait_all(&mut Vec::new());
        });
        sends.wait_all(&mut Vec::new());
    });
    incoming
}

fn from_any_rank(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64> {
    let size = world.size() as usize;
    let block = outgoing.len() / size;
    let mut incoming = vec![0.0; outgoing.len()];
    let mut arrived = vec![0.0; outgoing.len()];
    let mut done = Vec::new();
    request::multiple_scope(2 * size, |scope, requests| {
        for part in arrived.chunks_mut(block) {
            requests.add(world.any_process().immediate_receive_into(scope, part));
        }
        for (rank, part) in (0..).zip(outgoing.chunks(block)) {
            requests.add(world.process_at_rank(rank).immediate_send(scope, part));
        }
        requests.wait_all(&mut done);
        for (index, status, part) in done {
            if index < size {
                let begin = status.source_rank() as usize * block;
                incoming[begin..begin + block].copy_from_slice(part);
            }
        }
    });
    incoming
}

fn sixteen_at_a_time(world: &SimpleCommunicator, outgoing: &[f64]) -> Vec<f64> {
    let size = world.size() as usize;
    let block = outgoing.len() / size;
    let mut incoming = vec![0.0; outgoing.len()];
    request::multiple_scope(16, |scope, requests| {
        for (rank, (into, out)) in (0..).zip(incoming.chunks_mut(block).zip(outgoing.chunks(block)))
        {
            let other = world.process_at_rank(rank);
            requests.add(other.immediate_receive_into(scope, into));
            requests.add(other.immediate_send(scope, out));
            if requests.incomplete() == 16 {
                requests.wait_all(&mut Vec::new());
            }
        }
        requests.wait_all(&mut Vec::new());
    });
    incoming
}
