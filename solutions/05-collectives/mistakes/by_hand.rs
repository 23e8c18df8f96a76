//! Mistakes in the task `by-hand`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};
use std::cell::RefCell;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("by-hand": by_hand = rank_0_sends_all => TooMuchCommunication,
        "lets rank 0 send to everybody, one after another"),
    mistake!("by-hand": by_hand = in_a_chain => TooMuchCommunication,
        "hands the numbers on from rank to rank, in n - 1 rounds"),
    mistake!("by-hand": by_hand = powers_of_two_only => Panic,
        "sends to ranks that are not there, unless their number is a power of two"),
    mistake!("by-hand": by_hand = a_round_too_few => WrongResult,
        "rounds log2 n down"),
    mistake!("by-hand": by_hand = counts_rounds => WrongResult,
        "counts the rounds in place of its messages"),
    mistake!("by-hand": by_hand = by_the_library => WrongOperation,
        "calls the broadcast that it should stand in for"),
    mistake!("by-hand": by_hand = nearest_first => TooMuchCommunication,
        "sends to the rank next to it first, so that those who could help get the numbers last"),
    mistake!("by-hand": by_hand = length_first => TooMuchCommunication,
        "tells the length in a message of its own, though all ranks know it"),
    mistake!("by-hand": by_hand = number_by_number => TooMuchCommunication,
        "sends one number in a message"),
    mistake!("by-hand": by_hand = all_of_it_twice => TooMuchCommunication,
        "sends the numbers twice in each message"),
    mistake!("by-hand": by_hand = as_f32 => WrongResult,
        "sends half of the digits"),
    mistake!("by-hand": by_hand = wrong_for_six => TooMuchCommunication,
        "has its plan for powers of two, and another one for odd numbers, but none for six"),
    mistake!("by-hand": by_hand = on_a_duplicate => WrongOperation,
        "sends on a duplicate, which all ranks have to make together"),
    mistake!("by-hand": by_hand = three_rounds => WrongResult,
        "makes the three rounds of the figure, which are enough for 8 ranks"),
];

fn rank_0_sends_all(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    if world.rank() != 0 {
        world.process_at_rank(0).receive_into(numbers);
        return 0;
    }
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(numbers);
    }
    world.size() as usize - 1
}

fn in_a_chain(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    let rank = world.rank();
    if rank > 0 {
        world.process_at_rank(rank - 1).receive_into(numbers);
    }
    if rank + 1 == world.size() {
        return 0;
    }
    world.process_at_rank(rank + 1).send(numbers);
    1
}

/// The tree, for ranks below `size` and so many rounds.
fn tree(world: &SimpleCommunicator, numbers: &mut [f64], size: i32, rounds: u32) -> usize {
    let (rank, mut messages) = (world.rank(), 0);
    for have in (0..rounds).map(|round| 1 << round) {
        if rank < have && rank + have < size {
            world.process_at_rank(rank + have).send(numbers);
            messages += 1;
        } else if (have..2 * have).contains(&rank) {
            world.process_at_rank(rank - have).receive_into(numbers);
        }
    }
    messages
}

fn rounds(world: &SimpleCommunicator) -> u32 {
    (world.size() as u32).next_power_of_two().ilog2()
}

fn on_a_duplicate(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    tree(&world.duplicate(), numbers, world.size(), rounds(world))
}

fn powers_of_two_only(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    tree(world, numbers, i32::MAX, rounds(world))
}

fn a_round_too_few(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    tree(world, numbers, world.size(), world.size().ilog2())
}

fn counts_rounds(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    tree(world, numbers, world.size(), rounds(world));
    rounds(world) as usize
}

fn by_the_library(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    world.process_at_rank(0).broadcast_into(numbers);
    0
}

/// The tree of the reference, with other things to do for a message: `send` and `receive`, in rounds of
/// these distances.
fn halves(
    world: &SimpleCommunicator,
    distances: impl Iterator<Item = i32>,
    mut send: impl FnMut(i32),
    mut receive: impl FnMut(i32),
) {
    let (rank, size) = (world.rank(), world.size());
    let (mut to, mut from) = (Vec::new(), None);
    for distance in distances {
        if rank % (2 * distance) == 0 && rank + distance < size {
            to.push(rank + distance);
        } else if rank % (2 * distance) == distance {
            from = Some(rank - distance);
        }
    }
    from.into_iter().for_each(&mut receive);
    to.into_iter().for_each(&mut send);
}

/// 1, 2, 4, …, below the number of ranks.
fn distances(world: &SimpleCommunicator) -> impl DoubleEndedIterator<Item = i32> + use<> {
    (0..rounds(world)).map(|round| 1 << round)
}

fn nearest_first(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    let (mut messages, numbers) = (0, RefCell::new(numbers));
    let send = |rank| {
        world.process_at_rank(rank).send(&**numbers.borrow());
        messages += 1;
    };
    let receive = |rank| {
        world
            .process_at_rank(rank)
            .receive_into(&mut **numbers.borrow_mut());
    };
    halves(world, distances(world), send, receive);
    messages
}

fn length_first(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    let (mut messages, numbers) = (0, RefCell::new(numbers));
    let send = |rank| {
        let numbers = numbers.borrow();
        world.process_at_rank(rank).send(&numbers.len());
        world.process_at_rank(rank).send(&**numbers);
        messages += 2;
    };
    let receive = |rank| {
        world.process_at_rank(rank).receive::<usize>();
        world
            .process_at_rank(rank)
            .receive_into(&mut **numbers.borrow_mut());
    };
    halves(world, distances(world).rev(), send, receive);
    messages
}

fn number_by_number(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    numbers
        .iter_mut()
        .map(|number| collectives_solution::by_hand(world, std::slice::from_mut(number)))
        .sum()
}

fn all_of_it_twice(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    let mut twice = numbers.repeat(2);
    let messages = collectives_solution::by_hand(world, &mut twice);
    numbers.copy_from_slice(&twice[..numbers.len()]);
    messages
}

fn as_f32(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    for number in &mut *numbers {
        *number = f64::from(*number as f32);
    }
    collectives_solution::by_hand(world, numbers)
}

fn wrong_for_six(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    if world.size() == 6 {
        return in_a_chain(world, numbers);
    }
    collectives_solution::by_hand(world, numbers)
}

fn three_rounds(world: &SimpleCommunicator, numbers: &mut [f64]) -> usize {
    let (rank, size) = (world.rank(), world.size());
    let mut messages = 0;
    for distance in [4, 2, 1] {
        if rank % (2 * distance) == 0 && rank + distance < size {
            world.process_at_rank(rank + distance).send(&*numbers);
            messages += 1;
        } else if rank % (2 * distance) == distance {
            world.process_at_rank(rank - distance).receive_into(numbers);
        }
    }
    messages
}
