//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use mpi::{
    Count,
    datatype::{Partition, PartitionMut},
    topology::SimpleCommunicator,
    traits::*,
};

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    if world.rank() == 0 {
        total_order();
        places_in_a_list();
        two_lists();
        transposition();
        a_sample();
        buckets();
        stable();
    }
    lists_of_different_length(world);
    in_pairs(world);
    something_for_everybody(world);
}

fn total_order() {
    let mut numbers = [1.5, f64::NAN, -0.0, f64::INFINITY, 0.0, -2.0];
    numbers.sort_by(f64::total_cmp);
    println!("by total_cmp: {numbers:?}");
}

fn places_in_a_list() {
    // ANCHOR: places
    let words = ["pear", "fig", "plum", "fig"];
    let place = |own: usize| {
        let before = |&other: &usize| words[other].cmp(words[own]).then(other.cmp(&own)).is_lt();
        (0..words.len()).filter(before).count()
    };
    let places: Vec<usize> = (0..words.len()).map(place).collect();
    // ANCHOR_END: places
    println!("positions of {words:?}: {places:?}");
}

fn two_lists() {
    let (mut left, mut right) = (&["ant", "cat", "owl"][..], &["bee", "cow"][..]);
    let mut merged = Vec::new();
    while let ([first, lefts @ ..], [second, rights @ ..]) = (left, right) {
        if first <= second {
            merged.push(*first);
            left = lefts;
        } else {
            merged.push(*second);
            right = rights;
        }
    }
    merged.extend(left);
    merged.extend(right);
    println!("merged: {merged:?}");
}

fn transposition() {
    let mut numbers = [4, 3, 2, 1];
    for round in 0..numbers.len() {
        for pair in numbers[round % 2..].chunks_exact_mut(2) {
            pair.sort();
        }
        println!("after round {round}: {numbers:?}");
    }
}

fn a_sample() {
    let sorted: Vec<u64> = (0..20).map(|number| number * number).collect();
    let sample: Vec<u64> = sorted.iter().skip(4).step_by(5).copied().collect();
    println!("every fifth: {sample:?}");
}

fn buckets() {
    // ANCHOR: buckets
    let sorted = [3, 8, 15, 15, 21, 40];
    let limits = [15, 20];
    let ends = limits.map(|limit| sorted.partition_point(|number| *number < limit));
    // ANCHOR_END: buckets
    println!("buckets end at {ends:?}, and at {}", sorted.len());
}

fn stable() {
    let mut words = ["plum", "fig", "pear", "kiwi", "nut"];
    words.sort_by_key(|word| word.len());
    println!("by length: {words:?}");
}

/// Where each part begins, if the parts follow one another.
fn starts_of(counts: &[Count]) -> Vec<Count> {
    (0..counts.len())
        .map(|rank| counts[..rank].iter().sum())
        .collect()
}

fn lists_of_different_length(world: &SimpleCommunicator) {
    let mine = vec![world.rank() as u8 + b'a'; world.rank() as usize % 3];
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&(mine.len() as Count), &mut counts[..]);
    let starts = starts_of(&counts);
    let mut all = vec![0; counts.iter().sum::<Count>() as usize];
    let mut parts = PartitionMut::new(&mut all[..], &counts[..], &starts[..]);
    world.all_gather_varcount_into(&mine[..], &mut parts);
    if world.rank() == 0 {
        println!("letters of all ranks: {}", String::from_utf8_lossy(&all));
    }
}

fn in_pairs(world: &SimpleCommunicator) {
    let (rank, size) = (world.rank(), world.size());
    let mut text = format!("{rank}");
    let mut distance = 1;
    while distance < size {
        if rank % (2 * distance) != 0 {
            world.process_at_rank(rank - distance).send(text.as_bytes());
            return;
        }
        if rank + distance < size {
            let (theirs, _) = world.process_at_rank(rank + distance).receive_vec::<u8>();
            text = format!("({text} {})", String::from_utf8_lossy(&theirs));
        }
        distance *= 2;
    }
    println!("pairs of a merge: {text}");
}

fn something_for_everybody(world: &SimpleCommunicator) {
    // Each rank gives as many numbers to rank 0 as there are ranks, one fewer to rank 1, and so on.
    let counts: Vec<Count> = (1..=world.size()).rev().collect();
    let starts = starts_of(&counts);
    let gifts = vec![world.rank(); counts.iter().sum::<Count>() as usize];
    let mut incoming = vec![0; counts.len()];
    world.all_to_all_into(&counts[..], &mut incoming[..]);
    let places = starts_of(&incoming);
    let mut received = vec![0; incoming.iter().sum::<Count>() as usize];
    world.all_to_all_varcount_into(
        &Partition::new(&gifts[..], &counts[..], &starts[..]),
        &mut PartitionMut::new(&mut received[..], &incoming[..], &places[..]),
    );
    if world.rank() == 0 {
        println!("rank 0 received {received:?}");
    }
}
