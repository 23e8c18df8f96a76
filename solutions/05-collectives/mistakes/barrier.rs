//! Mistakes in the task `barrier`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    collective::SystemOperation,
    topology::{Color, SimpleCommunicator},
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("barrier": barrier = leaves_at_once => WrongOperation,
        "forgets the barrier; on a quiet machine it often goes well"),
    mistake!("barrier": barrier = waits_too_early => WrongResult,
        "waits before it enters, and then for nobody"),
    mistake!("barrier": barrier = waits_too_late => WrongResult,
        "waits when it has left already"),
    mistake!("barrier": barrier = waits_before_and_after => TooMuchCommunication,
        "takes two barriers to be on the safe side"),
    mistake!("barrier": barrier = never_waits_for_the_request => Panic,
        "begins an immediate barrier and drops its request"),
    mistake!("barrier": barrier = all_of_the_job => Deadlock,
        "waits for all processes of the job, some of which have nothing to do"),
    mistake!("barrier": barrier = even_and_odd_apart => WrongOperation,
        "lets even ranks wait for even ones, and odd for odd"),
    mistake!("barrier": barrier = for_itself => WrongOperation,
        "waits in a communicator that holds nobody else"),
    mistake!("barrier": barrier = begins_before_it_enters => WrongResult,
        "begins an immediate barrier before it enters, and waits for its end"),
    mistake!("barrier": barrier = ends_after_it_leaves => WrongResult,
        "waits for the end of an immediate barrier when it has left"),
    mistake!("barrier": barrier = asks_and_leaves => WrongResult,
        "leaves when it is told that the barrier has not ended yet"),
    mistake!("barrier": barrier = by_an_all_reduce => WrongOperation,
        "lets an all-reduce stand in for the barrier"),
    mistake!("barrier": barrier = by_messages => WrongOperation,
        "lets rank 0 hear from all and tell all"),
    mistake!("barrier": barrier = on_a_duplicate => WrongOperation,
        "duplicates the communicator for the barrier"),
];

fn on_a_duplicate(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    world.duplicate().barrier();
    leave();
}

fn leaves_at_once(_: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    leave();
}

fn waits_too_early(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    world.barrier();
    enter();
    leave();
}

fn waits_too_late(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    leave();
    world.barrier();
}

fn waits_before_and_after(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    world.barrier();
    leave();
    world.barrier();
}

fn never_waits_for_the_request(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    drop(world.immediate_barrier());
    leave();
}

fn all_of_the_job(_: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    SimpleCommunicator::world().barrier();
    leave();
}

fn even_and_odd_apart(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    let half = world.split_by_color(Color::with_value(world.rank() % 2));
    enter();
    half.unwrap().barrier();
    leave();
}

fn for_itself(_: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    SimpleCommunicator::self_comm().barrier();
    leave();
}

fn begins_before_it_enters(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    let request = world.immediate_barrier();
    enter();
    request.wait();
    leave();
}

fn ends_after_it_leaves(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    let request = world.immediate_barrier();
    leave();
    request.wait();
}

fn asks_and_leaves(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    match world.immediate_barrier().test() {
        Ok(_) => leave(),
        Err(request) => {
            leave();
            request.wait();
        }
    }
}

fn by_an_all_reduce(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    let mut all = 0;
    world.all_reduce_into(&1, &mut all, SystemOperation::sum());
    leave();
}

fn by_messages(world: &SimpleCommunicator, enter: &dyn Fn(), leave: &dyn Fn()) {
    enter();
    let root = world.process_at_rank(0);
    if world.rank() == 0 {
        for rank in 1..world.size() {
            world.process_at_rank(rank).receive::<u8>();
        }
        for rank in 1..world.size() {
            world.process_at_rank(rank).send(&1_u8);
        }
    } else {
        root.send(&1_u8);
        root.receive::<u8>();
    }
    leave();
}
