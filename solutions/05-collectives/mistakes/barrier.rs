//! Mistakes in the task `barrier`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

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
];

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
