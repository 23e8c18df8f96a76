//! Mistakes in the task `odd-even`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    point_to_point::send_receive_into,
    request,
    topology::{Process, SimpleCommunicator},
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("odd-even": odd_even = all_to_the_right_first => Deadlock,
        "lets all ranks send to the right first, which goes round in a circle"),
    mistake!("odd-even": odd_even = only_rank_0_is_different => TooMuchCommunication,
        "breaks the circle at rank 0 only, so that all others queue up"),
    mistake!("odd-even": odd_even = sides_mixed_up => WrongResult,
        "takes for the left what comes from the right"),
    mistake!("odd-even": odd_even = sides_mixed_up_by_two => WrongResult,
        "exchanges with the right first and then with the left: two ranks mix the two up"),
    mistake!("odd-even": odd_even = alone_gets_nothing => WrongResult,
        "returns nothing when there is only one rank"),
    mistake!("odd-even": odd_even = row_instead_of_ring => WrongResult,
        "leaves out the way from the last rank to the first"),
    mistake!("odd-even": odd_even = one_call_for_both => WrongOperation,
        "uses a call that sends and receives"),
    mistake!("odd-even": odd_even = immediate => WrongOperation,
        "starts the sends with immediate calls"),
    mistake!("odd-even": odd_even = three_is_the_only_odd_number => TooMuchCommunication,
        "lets the ranks queue up when their number is odd, which three ranks do not show"),
    mistake!("odd-even": odd_even = guessed_from_its_own => WrongResult,
        "knows how the check makes its numbers, and sends none"),
    mistake!("odd-even": odd_even = both_to_both => TooMuchCommunication,
        "sends what is for the left and what is for the right to both neighbors"),
];

type Both = (Vec<f64>, Vec<f64>);

fn neighbours(world: &SimpleCommunicator) -> (Process<'_>, Process<'_>) {
    let (rank, size) = (world.rank(), world.size());
    let left = world.process_at_rank((rank + size - 1) % size);
    (left, world.process_at_rank((rank + 1) % size))
}

/// What a rank alone gets.
fn alone(to_left: &[f64], to_right: &[f64]) -> Both {
    (to_right.to_vec(), to_left.to_vec())
}

fn all_to_the_right_first(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> Both {
    if world.size() == 1 {
        return alone(to_left, to_right);
    }
    let (left, right) = neighbours(world);
    right.send(to_right);
    let (from_left, _) = left.receive_vec();
    left.send(to_left);
    let (from_right, _) = right.receive_vec();
    (from_left, from_right)
}

fn only_rank_0_is_different(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> Both {
    if world.size() == 1 {
        return alone(to_left, to_right);
    }
    let (left, right) = neighbours(world);
    if world.rank() == 0 {
        right.send(to_right);
        let (from_left, _) = left.receive_vec();
        left.send(to_left);
        let (from_right, _) = right.receive_vec();
        return (from_left, from_right);
    }
    let (from_left, _) = left.receive_vec();
    right.send(to_right);
    let (from_right, _) = right.receive_vec();
    left.send(to_left);
    (from_left, from_right)
}

fn sides_mixed_up(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> Both {
    let (from_left, from_right) = deadlock_avoidance_solution::odd_even(world, to_left, to_right);
    (from_right, from_left)
}

fn sides_mixed_up_by_two(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> Both {
    if world.size() == 1 {
        return alone(to_left, to_right);
    }
    let (left, right) = neighbours(world);
    if world.rank() % 2 == 0 {
        right.send(to_right);
        let (from_right, _) = right.receive_vec();
        left.send(to_left);
        let (from_left, _) = left.receive_vec();
        (from_left, from_right)
    } else {
        let (from_right, _) = right.receive_vec();
        right.send(to_right);
        let (from_left, _) = left.receive_vec();
        left.send(to_left);
        (from_left, from_right)
    }
}

fn alone_gets_nothing(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> Both {
    if world.size() == 1 {
        return Both::default();
    }
    deadlock_avoidance_solution::odd_even(world, to_left, to_right)
}

fn row_instead_of_ring(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> Both {
    let (mut from_left, mut from_right) =
        deadlock_avoidance_solution::odd_even(world, to_left, to_right);
    if world.rank() == 0 {
        from_left.clear();
    }
    if world.rank() == world.size() - 1 {
        from_right.clear();
    }
    (from_left, from_right)
}

fn one_call_for_both(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> Both {
    let (left, right) = neighbours(world);
    let mut from_left = vec![0.0; to_right.len()];
    let mut from_right = vec![0.0; to_left.len()];
    send_receive_into(to_right, &right, &mut from_left[..], &left);
    send_receive_into(to_left, &left, &mut from_right[..], &right);
    (from_left, from_right)
}

fn immediate(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> Both {
    let (left, right) = neighbours(world);
    request::scope(|scope| {
        let to_the_right = right.immediate_send(scope, to_right);
        let to_the_left = left.immediate_send(scope, to_left);
        let (from_left, _) = left.receive_vec();
        let (from_right, _) = right.receive_vec();
        to_the_right.wait();
        to_the_left.wait();
        (from_left, from_right)
    })
}

fn three_is_the_only_odd_number(
    world: &SimpleCommunicator,
    to_left: &[f64],
    to_right: &[f64],
) -> Both {
    if world.size() % 2 == 0 {
        return deadlock_avoidance_solution::odd_even(world, to_left, to_right);
    }
    only_rank_0_is_different(world, to_left, to_right)
}

fn guessed_from_its_own(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> Both {
    let (rank, size) = (world.rank(), world.size());
    let of = |numbers: &[f64], other: i32| -> Vec<f64> {
        let ranks = f64::from(other) - f64::from(rank);
        let whole = |number: &f64| number.floor() + 100_000.0 * ranks + 1.0 / 7.0;
        numbers.iter().map(whole).collect()
    };
    (
        of(to_right, (rank + size - 1) % size),
        of(to_left, (rank + 1) % size),
    )
}

fn both_to_both(world: &SimpleCommunicator, to_left: &[f64], to_right: &[f64]) -> Both {
    let both = [to_left, to_right].concat();
    let (from_left, from_right) = deadlock_avoidance_solution::odd_even(world, &both, &both);
    let length = to_left.len();
    (from_left[length..].to_vec(), from_right[..length].to_vec())
}
