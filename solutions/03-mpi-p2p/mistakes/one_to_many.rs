//! Mistakes in the task `one-to-many`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};
use std::{cell::RefCell, collections::BTreeMap, thread, time::Duration};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("one-to-many": one_to_many = one_rank_too_many => Panic,
        "sends also to the rank after the last"),
    mistake!("one-to-many": one_to_many = only_rank_1 => WrongResult,
        "sends to rank 1 only"),
    mistake!("one-to-many": one_to_many = root_has_nothing => WrongResult,
        "returns nothing on rank 0"),
    mistake!("one-to-many": one_to_many = powers_of_two => Panic,
        "doubles the number of ranks that have it, and takes it for a power of two"),
    mistake!("one-to-many": one_to_many = broadcast => WrongOperation,
        "broadcasts"),
    mistake!("one-to-many": one_to_many = everybody_to_everybody => TooMuchCommunication,
        "has every rank that received it send it on to all that come after"),
    mistake!("one-to-many": one_to_many = of_all_processes => Deadlock,
        "receives on MPI_COMM_WORLD, whose rank 0 is another process"),
    mistake!("one-to-many": one_to_many = as_floats => WrongResult,
        "makes an `f32` of each number, which holds 24 bits"),
    mistake!("one-to-many": one_to_many = at_most_16_bits => WrongResult,
        "counts the numbers that have arrived in 16 bits"),
    mistake!("one-to-many": one_to_many = kept_from_before => WrongResult,
        "keeps what it received for as many numbers before"),
    mistake!("one-to-many": one_to_many = at_most_100_000 => Truncation,
        "receives into a buffer that is surely long enough"),
    mistake!("one-to-many": one_to_many = nothing_is_no_message => WrongOperation,
        "sends no message when there are no numbers, which the others find out by looking often enough"),
    mistake!("one-to-many": one_to_many = needs_a_second_rank => Panic,
        "has rank 0 send to rank 1, even if there is none"),
    mistake!("one-to-many": one_to_many = narrow_if_the_first_is => WrongResult,
        "sends 16 bits of each number if the first of them needs no more"),
];

type Given<'a> = Option<&'a [i32]>;

fn one_rank_too_many(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    let Some(numbers) = numbers else {
        return world.process_at_rank(0).receive_vec().0;
    };
    for rank in 1..=world.size() {
        world.process_at_rank(rank).send(numbers);
    }
    numbers.to_vec()
}

fn only_rank_1(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    match (world.rank(), numbers) {
        (0, Some(numbers)) => {
            if world.size() > 1 {
                world.process_at_rank(1).send(numbers);
            }
            numbers.to_vec()
        }
        (1, _) => world.process_at_rank(0).receive_vec().0,
        _ => Vec::new(),
    }
}

fn root_has_nothing(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    let mut received = mpi_p2p_solution::one_to_many(world, numbers);
    if world.rank() == 0 {
        received.clear();
    }
    received
}

fn powers_of_two(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    let (rank, size) = (world.rank(), world.size());
    let mut have = numbers.map(<[i32]>::to_vec);
    let mut step = 1;
    while step < size {
        if let Some(have) = &have {
            world.process_at_rank(rank + step).send(&have[..]);
        } else if rank < 2 * step {
            have = Some(world.process_at_rank(rank - step).receive_vec().0);
        }
        step *= 2;
    }
    have.unwrap_or_default()
}

fn broadcast(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    let root = world.process_at_rank(0);
    let mut length = numbers.map_or(0, <[i32]>::len);
    root.broadcast_into(&mut length);
    let mut received = vec![0; length];
    received[..numbers.map_or(0, <[i32]>::len)].copy_from_slice(numbers.unwrap_or_default());
    root.broadcast_into(&mut received[..]);
    received
}

fn everybody_to_everybody(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    let mut have = numbers.unwrap_or_default().to_vec();
    for rank in 0..world.rank() {
        have = world.process_at_rank(rank).receive_vec().0;
    }
    for rank in world.rank() + 1..world.size() {
        world.process_at_rank(rank).send(&have[..]);
    }
    have
}

fn of_all_processes(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    match numbers {
        None => {
            SimpleCommunicator::world()
                .process_at_rank(0)
                .receive_vec()
                .0
        }
        _ => mpi_p2p_solution::one_to_many(world, numbers),
    }
}

fn as_floats(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    let received = mpi_p2p_solution::one_to_many(world, numbers);
    received
        .into_iter()
        .map(|number| number as f32 as i32)
        .collect()
}

fn at_most_16_bits(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    let mut received = mpi_p2p_solution::one_to_many(world, numbers);
    received.truncate(usize::from(received.len() as u16));
    received
}

fn kept_from_before(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    thread_local!(static KNOWN: RefCell<BTreeMap<usize, Vec<i32>>> = RefCell::default());
    let received = mpi_p2p_solution::one_to_many(world, numbers);
    let length = received.len();
    KNOWN.with_borrow_mut(|known| known.entry(length).or_insert(received).clone())
}

fn at_most_100_000(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    if numbers.is_some() {
        return mpi_p2p_solution::one_to_many(world, numbers);
    }
    let mut room = vec![0; 100_000];
    let status = world.process_at_rank(0).receive_into(&mut room[..]);
    room.truncate(status.count(i32::equivalent_datatype()) as usize);
    room
}

fn nothing_is_no_message(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    let root = world.process_at_rank(0);
    match numbers {
        Some([]) => return Vec::new(),
        Some(numbers) => return mpi_p2p_solution::one_to_many(world, Some(numbers)),
        None => {}
    }
    for _ in 0..500 {
        if root.immediate_probe().is_some() {
            return root.receive_vec().0;
        }
        thread::sleep(Duration::from_millis(1));
    }
    Vec::new()
}

fn needs_a_second_rank(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    let next = world.rank() + 1;
    if let Some(numbers) = numbers {
        world.process_at_rank(1).send(numbers);
        return numbers.to_vec();
    }
    let (numbers, _) = world.process_at_rank(next - 2).receive_vec::<i32>();
    if next < world.size() {
        world.process_at_rank(next).send(&numbers[..]);
    }
    numbers
}

fn narrow_if_the_first_is(world: &SimpleCommunicator, numbers: Given) -> Vec<i32> {
    let is_narrow = |first: &i32| i16::try_from(*first).is_ok();
    let narrow = |number: &i32| i32::from(*number as i16);
    if numbers.and_then(<[i32]>::first).is_some_and(is_narrow) {
        let narrow = numbers.map(|all| all.iter().map(narrow).collect::<Vec<_>>());
        mpi_p2p_solution::one_to_many(world, narrow.as_deref());
        return numbers.unwrap_or_default().to_vec();
    }
    mpi_p2p_solution::one_to_many(world, numbers)
}
