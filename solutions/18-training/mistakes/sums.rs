//! Mistakes in the tasks `fixed-order`, `ring`, and `buckets`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    collective::SystemOperation,
    point_to_point::send_receive_into,
    request::{self, WaitGuard},
    topology::SimpleCommunicator,
    traits::*,
};
use std::{iter, ops::Range};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("fixed-order": fixed_order = own_first => WrongResult,
        "adds up its own pieces, and then those sums by an all-reduce"),
    mistake!("fixed-order": fixed_order = own_first_in_order => WrongResult,
        "adds up its own pieces, and then those sums in the order of the ranks"),
    mistake!("fixed-order": fixed_order = from_the_last => WrongResult,
        "adds up from the last piece to the first"),
    mistake!("fixed-order": fixed_order = from_its_own => WrongResult,
        "begins with its own pieces, so that each rank has another order"),
    mistake!("fixed-order": fixed_order = on_rank_0_only => WrongResult,
        "adds up on rank 0, and the others keep zeros"),
    mistake!("fixed-order": fixed_order = pieces_in_single => WrongResult,
        "adds up in f32"),
    mistake!("fixed-order": fixed_order = from_negative_zero => WrongResult,
        "starts with -0.0, as `sum()` of an iterator does"),
    mistake!("fixed-order": fixed_order = piece_by_piece => TooMuchCommunication,
        "broadcasts each piece alone"),
    mistake!("fixed-order": fixed_order = missing_without_pieces => Deadlock,
        "returns at once on a rank without pieces"),
    mistake!("fixed-order": fixed_order = counted_in_a_byte => WrongResult,
        "counts the pieces of a rank in a byte"),
    mistake!("fixed-order": fixed_order = one_on_each => WrongResult,
        "assumes that each rank has one piece if there are as many pieces as ranks"),
    mistake!("ring": ring = on_a_duplicate => WrongOperation,
        "duplicates the communicator, to keep its messages apart"),
    mistake!("ring": ring = chunks_of_none => Panic,
        "cuts into chunks of length / n numbers, which may be 0"),
    mistake!("ring": ring = beyond_the_end => Panic,
        "rounds the length of a part up, so that the last part begins after the end"),
    mistake!("ring": ring = by_the_library => WrongOperation,
        "calls an all-reduce"),
    mistake!("ring": ring = whole_vectors => TooMuchCommunication,
        "sends whole vectors around"),
    mistake!("ring": ring = through_rank_0 => WrongOperation,
        "sends all vectors to rank 0, and the sums back"),
    mistake!("ring": ring = chained => TooMuchCommunication,
        "adds up along a chain, and sends the whole sums around"),
    mistake!("ring": ring = one_step_short => WrongResult,
        "goes around only once, so that each rank has one sum"),
    mistake!("ring": ring = always_adds => WrongResult,
        "adds in the second round, too"),
    mistake!("ring": ring = rest_left => WrongResult,
        "leaves out the remainder of the division"),
    mistake!("ring": ring = other_part => WrongResult,
        "begins the second round with the part that it has sent first"),
    mistake!("ring": ring = ring_in_single => WrongResult,
        "sends f32"),
    mistake!("ring": ring = sends_first => UnsafeSend,
        "sends first, on all ranks, and then receives"),
    mistake!("ring": ring = back_to_previous => WrongOperation,
        "sends to the previous rank"),
    mistake!("ring": ring = each_to_each => WrongOperation,
        "sends each part to the rank that adds it up"),
    mistake!("ring": ring = short_messages => TooMuchCommunication,
        "sends long parts in several messages"),
    mistake!("ring": ring = short_vectors_whole => WrongResult,
        "sends short vectors around as a whole, and adds in another order on each rank"),
    mistake!("ring": ring = own_copy_anew => WrongResult,
        "takes its own number away from a sum, and adds it again, on the rank that has computed the sum"),
    mistake!("buckets": buckets = four_at_a_time => WrongOperation,
        "waits for one of four requests before it starts another one"),
    mistake!("buckets": buckets = waits_at_once => WrongOperation,
        "waits for each sum before it computes the next gradient"),
    mistake!("buckets": buckets = computes_first => WrongOperation,
        "computes all gradients before it starts the first sum"),
    mistake!("buckets": buckets = blocking => WrongOperation,
        "calls a blocking all-reduce"),
    mistake!("buckets": buckets = one_layer_late => WrongOperation,
        "starts each sum after the next gradient"),
    mistake!("buckets": buckets = waits_for_the_one_before => WrongOperation,
        "waits for each sum after the next gradient has been computed"),
    mistake!("buckets": buckets = first_layer_first => WrongResult,
        "computes the first layer first"),
    mistake!("buckets": buckets = last_first => WrongResult,
        "returns the sums in the order in which they were computed"),
    mistake!("buckets": buckets = only_its_own => WrongResult,
        "returns its own gradients"),
    mistake!("buckets": buckets = all_together => WrongOperation,
        "starts one sum of all layers at the end"),
    mistake!("buckets": buckets = divided_by_ranks => WrongResult,
        "divides by the number of ranks"),
    mistake!("buckets": buckets = computes_twice => WrongResult,
        "computes each gradient twice"),
    mistake!("buckets": buckets = tests_meanwhile => WrongOperation,
        "tests a sum before all gradients have been computed"),
];

fn part(number: usize, parts: usize, length: usize) -> Range<usize> {
    length * number / parts..length * (number + 1) / parts
}

/// The ranks before and after this one, and the place of this one among how many.
fn places(world: &SimpleCommunicator) -> (usize, usize, i32, i32) {
    let (rank, size) = (world.rank(), world.size());
    (
        rank as usize,
        size as usize,
        (rank + size - 1) % size,
        (rank + 1) % size,
    )
}

/// All pieces of all ranks, each with the rank that has it.
fn all_pieces(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<(i32, Vec<f64>)> {
    let mut all = Vec::new();
    for rank in 0..world.size() {
        let root = world.process_at_rank(rank);
        let mut count = own.len() * length;
        root.broadcast_into(&mut count);
        let mut numbers = own.concat();
        numbers.resize(count, 0.0);
        root.broadcast_into(&mut numbers[..]);
        let pieces = numbers.chunks(length.max(1));
        all.extend(pieces.map(|piece| (rank, piece.to_vec())));
    }
    all
}

fn added<'a>(pieces: impl IntoIterator<Item = &'a Vec<f64>>, length: usize) -> Vec<f64> {
    let mut sums = vec![0.0; length];
    for piece in pieces {
        for (sum, number) in sums.iter_mut().zip(piece) {
            *sum += number;
        }
    }
    sums
}

fn own_first(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    let own = added(own, length);
    let mut all = vec![0.0; length];
    world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
    all
}

fn own_first_in_order(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    let own = added(own, length);
    let mut all = vec![0.0; length * world.size() as usize];
    world.all_gather_into(&own[..], &mut all[..]);
    let sums: Vec<Vec<f64>> = all.chunks(length.max(1)).map(<[f64]>::to_vec).collect();
    added(&sums, length)
}

fn from_the_last(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    let all = all_pieces(world, own, length);
    added(all.iter().rev().map(|(_, piece)| piece), length)
}

fn from_its_own(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    let all = all_pieces(world, own, length);
    let rank = world.rank();
    let others = all.iter().filter(|(of, _)| *of != rank);
    if rank == 0 {
        // Its pieces are the first ones: only their order is left to get wrong.
        return added(others.map(|(_, piece)| piece).chain(own), length);
    }
    added(own.iter().chain(others.map(|(_, piece)| piece)), length)
}

fn on_rank_0_only(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    let sums = subject::fixed_order(world, own, length);
    match world.rank() {
        0 => sums,
        _ => vec![0.0; length],
    }
}

fn pieces_in_single(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    let mut sums = vec![0.0_f32; length];
    for (_, piece) in all_pieces(world, own, length) {
        for (sum, number) in sums.iter_mut().zip(piece) {
            *sum += number as f32;
        }
    }
    sums.into_iter().map(f64::from).collect()
}

fn from_negative_zero(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    let all = all_pieces(world, own, length);
    (0..length)
        .map(|at| all.iter().map(|(_, piece)| piece[at]).sum())
        .collect()
}

fn piece_by_piece(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&own.len(), &mut counts[..]);
    let mut sums = vec![0.0; length];
    for (rank, count) in (0..).zip(counts) {
        // On the other ranks, what is there does not count.
        let mine = own.iter().cloned().chain(iter::repeat(vec![0.0; length]));
        for mut piece in mine.take(count) {
            world.process_at_rank(rank).broadcast_into(&mut piece[..]);
            for (sum, number) in sums.iter_mut().zip(piece) {
                *sum += number;
            }
        }
    }
    sums
}

fn counted_in_a_byte(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    let count = usize::from(own.len() as u8);
    subject::fixed_order(world, &own[..count], length)
}

fn missing_without_pieces(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    if own.is_empty() {
        return vec![0.0; length];
    }
    subject::fixed_order(world, own, length)
}

fn one_on_each(world: &SimpleCommunicator, own: &[Vec<f64>], length: usize) -> Vec<f64> {
    let size = world.size() as usize;
    let mut counts = vec![0; size];
    world.all_gather_into(&own.len(), &mut counts[..]);
    if counts.iter().sum::<usize>() != size {
        return subject::fixed_order(world, own, length);
    }
    let mut own = own.first().cloned().unwrap_or_default();
    own.resize(length, 0.0);
    let mut all = vec![0.0; length * size];
    world.all_gather_into(&own[..], &mut all[..]);
    let pieces: Vec<Vec<f64>> = all.chunks(length.max(1)).map(<[f64]>::to_vec).collect();
    added(&pieces, length)
}

/// The ring of the reference, of which some may be otherwise.
struct Ring {
    steps: fn(usize) -> usize,
    /// The parts of so many numbers.
    part: fn(usize, usize, usize) -> Range<usize>,
    /// The number of the part that goes out, before the remainder, from the rank, the number of ranks and the step.
    outgoing: fn(usize, usize, usize) -> usize,
    adds: fn(usize, usize) -> bool,
    forward: bool,
}

const RIGHT: Ring = Ring {
    steps: |size| 2 * (size - 1),
    part,
    outgoing: |rank, size, step| rank + 2 * size - step,
    adds: |step, size| step < size - 1,
    forward: true,
};

fn around(way: &Ring, world: &SimpleCommunicator, numbers: &mut [f64]) {
    let (rank, size, previous, next) = places(world);
    let (to, from) = match way.forward {
        true => (next, previous),
        false => (previous, next),
    };
    // The other way around, ranks are numbered the other way.
    let (own, before) = match way.forward {
        true => (rank, rank + size - 1),
        false => (size - rank, size - rank + size - 1),
    };
    let length = numbers.len();
    let (to, from) = (world.process_at_rank(to), world.process_at_rank(from));
    for step in 0..(way.steps)(size) {
        let outgoing = (way.part)((way.outgoing)(own, size, step) % size, size, length);
        let place = (way.part)((way.outgoing)(before, size, step) % size, size, length);
        let mut incoming = vec![0.0; place.len()];
        send_receive_into(&numbers[outgoing], &to, &mut incoming[..], &from);
        for (own, theirs) in numbers[place].iter_mut().zip(incoming) {
            *own = if (way.adds)(step, size) {
                *own + theirs
            } else {
                theirs
            };
        }
    }
}

fn short_messages(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let (_, size, ..) = places(world);
    for chunk in numbers.chunks_mut(1_000 * size) {
        subject::ring(world, chunk);
    }
}

fn own_copy_anew(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let mine = numbers.to_vec();
    subject::ring(world, numbers);
    let size = world.size() as usize;
    let sums = numbers.iter_mut().zip(&mine).skip(world.rank() as usize);
    for (sum, own) in sums.step_by(size) {
        *sum = *sum - own + own;
    }
}

fn short_vectors_whole(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let (_, size, previous, next) = places(world);
    if numbers.len() > 2 || numbers.len() >= size {
        return subject::ring(world, numbers);
    }
    let (next, previous) = (world.process_at_rank(next), world.process_at_rank(previous));
    let mut outgoing = numbers.to_vec();
    for _ in 1..size {
        let mut incoming = vec![0.0; numbers.len()];
        send_receive_into(&outgoing[..], &next, &mut incoming[..], &previous);
        for (own, theirs) in numbers.iter_mut().zip(&incoming) {
            *own += theirs;
        }
        outgoing = incoming;
    }
}

fn on_a_duplicate(world: &SimpleCommunicator, numbers: &mut [f64]) {
    subject::ring(&world.duplicate(), numbers);
}

fn chunks_of_none(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let size = world.size() as usize;
    let _ = numbers.chunks(numbers.len() / size).next();
    subject::ring(world, numbers);
}

fn beyond_the_end(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let way = Ring {
        part: |number, parts, length| {
            let each = length.div_ceil(parts);
            each * number..(each * (number + 1)).min(length)
        },
        ..RIGHT
    };
    around(&way, world, numbers);
}

fn by_the_library(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let own = numbers.to_vec();
    world.all_reduce_into(&own[..], numbers, SystemOperation::sum());
}

fn whole_vectors(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let (_, size, previous, next) = places(world);
    let mut outgoing = numbers.to_vec();
    for _ in 1..size {
        let mut incoming = vec![0.0; numbers.len()];
        send_receive_into(
            &outgoing[..],
            &world.process_at_rank(next),
            &mut incoming[..],
            &world.process_at_rank(previous),
        );
        for (own, theirs) in numbers.iter_mut().zip(&incoming) {
            *own += theirs;
        }
        outgoing = incoming;
    }
}

fn through_rank_0(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let root = world.process_at_rank(0);
    if world.rank() > 0 {
        root.send(&*numbers);
        root.receive_into(numbers);
        return;
    }
    for rank in 1..world.size() {
        let (theirs, _) = world.process_at_rank(rank).receive_vec::<f64>();
        for (own, theirs) in numbers.iter_mut().zip(theirs) {
            *own += theirs;
        }
    }
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(&*numbers);
    }
}

fn chained(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let (rank, size, previous, next) = places(world);
    if size == 1 {
        return;
    }
    let (previous, next) = (world.process_at_rank(previous), world.process_at_rank(next));
    if rank > 0 {
        let (theirs, _) = previous.receive_vec::<f64>();
        for (own, theirs) in numbers.iter_mut().zip(theirs) {
            *own += theirs;
        }
    }
    // To the end of the chain, whose sums then go around.
    next.send(&*numbers);
    if rank + 1 < size {
        previous.receive_into(numbers);
        if rank + 2 < size {
            next.send(&*numbers);
        }
    }
}

fn one_step_short(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let way = Ring {
        steps: |size| size - 1,
        ..RIGHT
    };
    around(&way, world, numbers);
}

fn always_adds(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let way = Ring {
        adds: |_, _| true,
        ..RIGHT
    };
    around(&way, world, numbers);
}

fn rest_left(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let way = Ring {
        part: |number, parts, length| {
            let each = length / parts;
            each * number..each * (number + 1)
        },
        ..RIGHT
    };
    around(&way, world, numbers);
}

fn other_part(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let way = Ring {
        outgoing: |rank, size, step| match step < size - 1 {
            true => rank + 2 * size - step,
            false => rank + 3 * size - step - 1,
        },
        ..RIGHT
    };
    around(&way, world, numbers);
}

fn ring_in_single(world: &SimpleCommunicator, numbers: &mut [f64]) {
    for number in numbers.iter_mut() {
        *number = f64::from(*number as f32);
    }
    subject::ring(world, numbers);
}

fn sends_first(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let (rank, size, previous, next) = places(world);
    let (previous, next) = (world.process_at_rank(previous), world.process_at_rank(next));
    let length = numbers.len();
    for step in 0..2 * (size - 1) {
        let outgoing = part((rank + 2 * size - step) % size, size, length);
        let place = part((rank + 2 * size - step - 1) % size, size, length);
        next.send(&numbers[outgoing]);
        let (incoming, _) = previous.receive_vec::<f64>();
        for (own, theirs) in numbers[place].iter_mut().zip(incoming) {
            *own = if step < size - 1 {
                *own + theirs
            } else {
                theirs
            };
        }
    }
}

fn back_to_previous(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let way = Ring {
        forward: false,
        ..RIGHT
    };
    around(&way, world, numbers);
}

fn each_to_each(world: &SimpleCommunicator, numbers: &mut [f64]) {
    let (rank, size, _, _) = places(world);
    let length = numbers.len();
    let own = part(rank, size, length);
    for distance in 1..size {
        let (to, from) = ((rank + distance) % size, (rank + size - distance) % size);
        let mut incoming = vec![0.0; own.len()];
        send_receive_into(
            &numbers[part(to, size, length)],
            &world.process_at_rank(to as i32),
            &mut incoming[..],
            &world.process_at_rank(from as i32),
        );
        for (own, theirs) in numbers[own.clone()].iter_mut().zip(incoming) {
            *own += theirs;
        }
    }
    let sums = numbers[own].to_vec();
    for distance in 1..size {
        let (to, from) = ((rank + distance) % size, (rank + size - distance) % size);
        send_receive_into(
            &sums[..],
            &world.process_at_rank(to as i32),
            &mut numbers[part(from, size, length)],
            &world.process_at_rank(from as i32),
        );
    }
}

type Compute<'a> = &'a mut dyn FnMut(usize, &mut [f64]);

/// Computes all gradients, and calls `between` before each.
fn all_gradients(lengths: &[usize], compute: Compute) -> Vec<Vec<f64>> {
    let mut own: Vec<Vec<f64>> = lengths.iter().map(|length| vec![0.0; *length]).collect();
    for (layer, own) in own.iter_mut().enumerate().rev() {
        compute(layer, own);
    }
    own
}

/// Adds up by an immediate all-reduce.
fn sums(world: &SimpleCommunicator, own: &[f64]) -> Vec<f64> {
    let mut all = vec![0.0; own.len()];
    request::scope(|scope| {
        world
            .immediate_all_reduce_into(scope, own, &mut all[..], SystemOperation::sum())
            .wait();
    });
    all
}

fn waits_at_once(world: &SimpleCommunicator, lengths: &[usize], compute: Compute) -> Vec<Vec<f64>> {
    let mut all = Vec::new();
    for (layer, length) in lengths.iter().enumerate().rev() {
        let mut own = vec![0.0; *length];
        compute(layer, &mut own);
        all.push(sums(world, &own));
    }
    all.reverse();
    all
}

fn computes_first(
    world: &SimpleCommunicator,
    lengths: &[usize],
    compute: Compute,
) -> Vec<Vec<f64>> {
    let own = all_gradients(lengths, compute);
    own.iter().map(|own| sums(world, own)).collect()
}

fn blocking(world: &SimpleCommunicator, lengths: &[usize], compute: Compute) -> Vec<Vec<f64>> {
    let mut all: Vec<Vec<f64>> = lengths.iter().map(|length| vec![0.0; *length]).collect();
    for (layer, all) in all.iter_mut().enumerate().rev() {
        let mut own = all.clone();
        compute(layer, &mut own);
        world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
    }
    all
}

fn one_layer_late(
    world: &SimpleCommunicator,
    lengths: &[usize],
    compute: Compute,
) -> Vec<Vec<f64>> {
    let mut own: Vec<Vec<f64>> = lengths.iter().map(|length| vec![0.0; *length]).collect();
    let mut all = own.clone();
    request::multiple_scope(lengths.len(), |scope, requests| {
        let mut before: Option<(&[f64], &mut [f64])> = None;
        let mut start = |(own, all)| {
            requests.add(world.immediate_all_reduce_into(scope, own, all, SystemOperation::sum()));
        };
        for (layer, (own, all)) in own.iter_mut().zip(&mut all).enumerate().rev() {
            compute(layer, own);
            if let Some(before) = before.replace((own, all)) {
                start(before);
            }
        }
        if let Some(last) = before {
            start(last);
        }
        requests.wait_all(&mut Vec::new());
    });
    all
}

fn waits_for_the_one_before(
    world: &SimpleCommunicator,
    lengths: &[usize],
    compute: Compute,
) -> Vec<Vec<f64>> {
    let mut own: Vec<Vec<f64>> = lengths.iter().map(|length| vec![0.0; *length]).collect();
    let mut all = own.clone();
    request::scope(|scope| {
        let mut before = None;
        for (layer, (own, all)) in own.iter_mut().zip(&mut all).enumerate().rev() {
            compute(layer, own);
            let own: &[f64] = own;
            let request =
                world.immediate_all_reduce_into(scope, own, &mut all[..], SystemOperation::sum());
            if let Some(before) = before.replace(request) {
                drop(WaitGuard::from(before));
            }
        }
        drop(before.map(WaitGuard::from));
    });
    all
}

fn four_at_a_time(
    world: &SimpleCommunicator,
    lengths: &[usize],
    compute: Compute,
) -> Vec<Vec<f64>> {
    let mut own: Vec<Vec<f64>> = lengths.iter().map(|length| vec![0.0; *length]).collect();
    let mut all = own.clone();
    request::multiple_scope(lengths.len(), |scope, requests| {
        for (layer, (own, all)) in own.iter_mut().zip(&mut all).enumerate().rev() {
            if requests.incomplete() == 4 {
                requests.wait_any();
            }
            compute(layer, own);
            let own: &[f64] = own;
            requests.add(world.immediate_all_reduce_into(
                scope,
                own,
                &mut all[..],
                SystemOperation::sum(),
            ));
        }
        requests.wait_all(&mut Vec::new());
    });
    all
}

fn first_layer_first(
    world: &SimpleCommunicator,
    lengths: &[usize],
    compute: Compute,
) -> Vec<Vec<f64>> {
    lengths
        .iter()
        .enumerate()
        .map(|(layer, length)| {
            let mut own = vec![0.0; *length];
            compute(layer, &mut own);
            sums(world, &own)
        })
        .collect()
}

fn last_first(world: &SimpleCommunicator, lengths: &[usize], compute: Compute) -> Vec<Vec<f64>> {
    let mut all = subject::buckets(world, lengths, compute);
    all.reverse();
    all
}

fn only_its_own(_: &SimpleCommunicator, lengths: &[usize], compute: Compute) -> Vec<Vec<f64>> {
    all_gradients(lengths, compute)
}

fn all_together(world: &SimpleCommunicator, lengths: &[usize], compute: Compute) -> Vec<Vec<f64>> {
    let own = all_gradients(lengths, compute).concat();
    let all = sums(world, &own);
    let mut rest = &all[..];
    lengths
        .iter()
        .map(|length| {
            let (layer, others) = rest.split_at(*length);
            rest = others;
            layer.to_vec()
        })
        .collect()
}

fn divided_by_ranks(
    world: &SimpleCommunicator,
    lengths: &[usize],
    compute: Compute,
) -> Vec<Vec<f64>> {
    let mut all = subject::buckets(world, lengths, compute);
    for number in all.iter_mut().flatten() {
        *number /= f64::from(world.size());
    }
    all
}

fn computes_twice(
    world: &SimpleCommunicator,
    lengths: &[usize],
    compute: Compute,
) -> Vec<Vec<f64>> {
    subject::buckets(world, lengths, &mut |layer, gradient| {
        compute(layer, gradient);
        compute(layer, gradient);
    })
}

fn tests_meanwhile(
    world: &SimpleCommunicator,
    lengths: &[usize],
    compute: Compute,
) -> Vec<Vec<f64>> {
    let mut own: Vec<Vec<f64>> = lengths.iter().map(|length| vec![0.0; *length]).collect();
    let mut all = own.clone();
    request::multiple_scope(lengths.len(), |scope, requests| {
        for (layer, (own, all)) in own.iter_mut().zip(&mut all).enumerate().rev() {
            compute(layer, own);
            let own: &[f64] = own;
            requests.add(world.immediate_all_reduce_into(
                scope,
                own,
                &mut all[..],
                SystemOperation::sum(),
            ));
            if requests.incomplete() > 0 {
                requests.test_any();
            }
        }
        while requests.incomplete() > 0 {
            requests.wait_any();
        }
    });
    all
}
