//! Mistakes in the task `vector`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("vector": vector = all_the_room => WrongResult,
        "makes ample room, and returns all of it, used or not"),
    mistake!("vector": vector = to_rank_1 => WrongResult,
        "sends to rank 1, which is the last only of two"),
    mistake!("vector": vector = capacity_is_no_length => Truncation,
        "reserves room in a vector that still has the length 0"),
    mistake!("vector": vector = length_first => TooMuchCommunication,
        "sends the length in a message of its own"),
    mistake!("vector": vector = one_number => Truncation,
        "receives one number instead of a vector"),
    mistake!("vector": vector = of_all_processes => Deadlock,
        "receives on MPI_COMM_WORLD, whose rank 0 is another process"),
    mistake!("vector": vector = half_the_digits => WrongResult,
        "sends each number as an `f32`"),
    mistake!("vector": vector = at_most_16_bits => WrongResult,
        "counts the numbers that have arrived in 16 bits"),
    mistake!("vector": vector = by_a_third_rank => TooMuchCommunication,
        "has rank 1 pass the numbers on"),
    mistake!("vector": vector = buffer_of_a_million => Truncation,
        "receives into a buffer of a million numbers, and cuts off what is too much"),
    mistake!("vector": vector = no_sign_of_zero => WrongResult,
        "makes 0.0 of -0.0 by adding 0.0 to each number"),
    mistake!("vector": vector = all_that_is_there => Deadlock,
        "takes what the next call has sent for more numbers of this one"),
];

/// The sender's side, and whether this rank is the receiver.
fn send_or_receive(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> bool {
    let last = world.size() - 1;
    if let (Some(numbers), 1..) = (numbers, last) {
        world.process_at_rank(last).send(numbers);
    }
    last > 0 && world.rank() == last
}

fn all_the_room(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    send_or_receive(world, numbers).then(|| {
        let mut room = vec![0.0; 1_000_000];
        world.process_at_rank(0).receive_into(&mut room[..]);
        room
    })
}

fn to_rank_1(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    if let (Some(numbers), 2..) = (numbers, world.size()) {
        world.process_at_rank(1).send(numbers);
    }
    (world.rank() == 1).then(|| world.process_at_rank(0).receive_vec().0)
}

fn capacity_is_no_length(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    send_or_receive(world, numbers).then(|| {
        let root = world.process_at_rank(0);
        let length = root.probe().count(f64::equivalent_datatype());
        let mut received: Vec<f64> = Vec::with_capacity(length as usize);
        root.receive_into(&mut received[..]);
        received
    })
}

fn length_first(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    let last = world.size() - 1;
    if let (Some(numbers), 1..) = (numbers, last) {
        world.process_at_rank(last).send(&numbers.len());
    }
    if last > 0 && world.rank() == last {
        let (length, _) = world.process_at_rank(0).receive::<usize>();
        let mut received = vec![0.0; length];
        world.process_at_rank(0).receive_into(&mut received[..]);
        return Some(received);
    }
    send_or_receive(world, numbers);
    None
}

fn one_number(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    send_or_receive(world, numbers).then(|| {
        let mut received = [0.0];
        world.process_at_rank(0).receive_into(&mut received);
        received.to_vec()
    })
}

fn of_all_processes(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    let receive = || {
        SimpleCommunicator::world()
            .process_at_rank(0)
            .receive_vec()
            .0
    };
    send_or_receive(world, numbers).then(receive)
}

fn half_the_digits(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    let last = world.size() - 1;
    if let Some(numbers) = numbers {
        let short: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
        if last > 0 {
            world.process_at_rank(last).send(&short[..]);
        }
        return None;
    }
    let receive = || world.process_at_rank(0).receive_vec::<f32>().0;
    (world.rank() == last).then(|| receive().into_iter().map(f64::from).collect())
}

fn at_most_16_bits(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    let mut received = mpi_p2p_solution::vector(world, numbers)?;
    received.truncate(usize::from(received.len() as u16));
    Some(received)
}

fn by_a_third_rank(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    let last = world.size() - 1;
    if last < 2 {
        return mpi_p2p_solution::vector(world, numbers);
    }
    match (world.rank(), numbers) {
        (0, Some(numbers)) => world.process_at_rank(1).send(numbers),
        (1, _) => {
            let (numbers, _) = world.process_at_rank(0).receive_vec::<f64>();
            world.process_at_rank(last).send(&numbers[..]);
        }
        (rank, _) if rank == last => return Some(world.process_at_rank(1).receive_vec().0),
        _ => {}
    }
    None
}

fn buffer_of_a_million(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    let last = world.size() - 1;
    if let Some(numbers) = numbers {
        if last > 0 {
            world.process_at_rank(last).send(numbers);
        }
        return None;
    }
    (world.rank() == last).then(|| {
        let mut received = vec![0.0; 1_000_000];
        let status = world.process_at_rank(0).receive_into(&mut received);
        received.truncate(status.count(f64::equivalent_datatype()) as usize);
        received
    })
}

fn no_sign_of_zero(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    let mut received = mpi_p2p_solution::vector(world, numbers)?;
    received.iter_mut().for_each(|number| *number += 0.0);
    Some(received)
}

fn all_that_is_there(world: &SimpleCommunicator, numbers: Option<&[f64]>) -> Option<Vec<f64>> {
    send_or_receive(world, numbers).then(|| {
        let root = world.process_at_rank(0);
        let (mut received, _) = root.receive_vec();
        while root.immediate_probe().is_some() {
            received.extend(root.receive_vec::<f64>().0);
        }
        received
    })
}
