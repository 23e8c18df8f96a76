//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use mpi::{
    collective::SystemOperation, point_to_point::send_receive_into, request,
    topology::SimpleCommunicator, traits::*,
};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    if world.rank() == 0 {
        neuron();
        steps();
        differences();
        cards();
        orders();
    }
    grades(world);
    turned(world);
    travelling(world);
}

fn neuron() {
    let [x, y] = [1.0_f64, 2.0];
    let neuron = (0.3 * x + 0.1 * y + 0.1931).tanh();
    let value = 2.0 * neuron - 0.5;
    let label = 1.0;
    let loss = (value - label) * (value - label);
    println!("the neuron says {neuron:.2}, the network says {value:.2}, the loss is {loss:.2}");
}

fn steps() {
    let rate = 0.1;
    let mut weight = 3.0;
    for _ in 0..4 {
        let slope = 2.0 * (weight - 1.0);
        weight -= rate * slope;
        println!(
            "weight {weight:.4}, loss {:.4}",
            (weight - 1.0) * (weight - 1.0)
        );
    }
}

fn differences() {
    let loss = |weight: f64| (weight - 1.0) * (weight - 1.0);
    let weight = 3.0;
    let change = 1e-4;
    let slope = (loss(weight + change) - loss(weight - change)) / (2.0 * change);
    println!("by differences {slope:.6}, and by the formula 4");
}

fn cards() {
    let (game, round) = (7_u64, 2_u64);
    let of_game: u64 = Xoshiro256PlusPlus::seed_from_u64(game).random();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(of_game ^ round);
    let mut cards: Vec<usize> = (0..10).collect();
    cards.shuffle(&mut random);
    println!("round {round} of game {game}: {cards:?}");
}

fn grades(world: &SimpleCommunicator) {
    let (mean, pupils) = match world.rank() {
        0 => (2.0, 30.0),
        _ => (4.0, 10.0),
    };
    let own = [mean * pupils, pupils];
    let mut all = [0.0; 2];
    world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
    let [sum, pupils] = all;
    if world.rank() == 0 {
        println!("{pupils} pupils, the mean grade is {:.2}", sum / pupils);
    }
}

fn orders() {
    let [a, b, c] = [0.1, 0.2, 0.3];
    let one = (a + b) + c;
    let other = a + (b + c);
    println!("{one} or {other}");
}

fn turned(world: &SimpleCommunicator) {
    let (rank, size) = (world.rank(), world.size());
    let next = world.process_at_rank((rank + 1) % size);
    let previous = world.process_at_rank((rank + size - 1) % size);
    let mut numbers = [rank; 4];
    let mut incoming = [0; 2];
    send_receive_into(&numbers[..2], &next, &mut incoming[..], &previous);
    for (own, theirs) in numbers[2..].iter_mut().zip(incoming) {
        *own += theirs;
    }
    if rank == 0 {
        println!("after one step around the ring, rank 0 has {numbers:?}");
    }
}

fn travelling(world: &SimpleCommunicator) {
    let mut squares = [0; 3];
    let mut cubes = [0; 3];
    let (mut all_squares, mut all_cubes) = ([0; 3], [0; 3]);
    request::multiple_scope(2, |scope, requests| {
        let sum = SystemOperation::sum();
        for (number, square) in (0..).zip(&mut squares) {
            *square = number * number;
        }
        requests.add(world.immediate_all_reduce_into(
            scope,
            &squares[..],
            &mut all_squares[..],
            sum,
        ));
        for (number, cube) in (0..).zip(&mut cubes) {
            *cube = number * number * number;
        }
        requests.add(world.immediate_all_reduce_into(scope, &cubes[..], &mut all_cubes[..], sum));
        requests.wait_all(&mut Vec::new());
    });
    if world.rank() == 0 {
        println!("squares of all ranks {all_squares:?}, cubes {all_cubes:?}");
    }
}
