//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use mpi::{
    collective::SystemOperation, datatype::PartitionMut, request, topology::SimpleCommunicator,
    traits::*,
};

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    one_seed_for_all(world);
    there_and_back();
    process_ids(world);
    count_ranks(world);
    longest_piece(world);
    letters(world);
    greetings(world);
    largest_change(world);
}

// ANCHOR: one-seed-for-all
fn one_seed_for_all(world: &SimpleCommunicator) {
    let mut seed: u64 = if world.rank() == 0 { 42 } else { 0 };
    world.process_at_rank(0).broadcast_into(&mut seed);
    assert_eq!(seed, 42);
}
// ANCHOR_END: one-seed-for-all

fn there_and_back() {
    let point = (String::from("Rome"), vec![41.9, 12.5]);
    // Both can fail in theory: not every type can be serialized, and not all bytes are a valid value.
    let bytes: Vec<u8> = postcard::to_stdvec(&point).expect("text and numbers can be serialized");
    let back: (String, Vec<f64>) = postcard::from_bytes(&bytes).expect("it was just serialized");
    assert_eq!(back, point);
}

fn process_ids(world: &SimpleCommunicator) {
    let (root, own) = (world.process_at_rank(0), std::process::id());
    if world.rank() == 0 {
        let mut ids = vec![0_u32; world.size() as usize];
        root.gather_into_root(&own, &mut ids[..]);
        println!("process ids, by rank: {ids:?}");
    } else {
        root.gather_into(&own);
    }
}

fn count_ranks(world: &SimpleCommunicator) {
    let mut ranks: i32 = 0;
    world.all_reduce_into(&1_i32, &mut ranks, SystemOperation::sum());
    assert_eq!(ranks, world.size());
}

fn longest_piece(world: &SimpleCommunicator) {
    use mpi_extra::OwnOperation;

    // Euclid's algorithm. The order of the two numbers makes no difference.
    fn greatest_divisor(one: i32, other: i32) -> i32 {
        if other == 0 {
            one
        } else {
            greatest_divisor(other, one % other)
        }
    }
    let divisor = OwnOperation::commutative(greatest_divisor);
    let length: i32 = [84, 60, 36, 96][world.rank() as usize % 4];
    let mut piece: i32 = 0;
    world.all_reduce_into(&length, &mut piece, &divisor);
    if world.rank() == 0 {
        println!("every length is a multiple of {piece}");
    }
}

fn letters(world: &SimpleCommunicator) {
    let rank = world.rank() as usize;
    // Rank 0 has one letter, rank 1 has two, and so on.
    let counts: Vec<i32> = (1..=world.size()).collect();
    let starts: Vec<i32> = counts.iter().map(|count| count * (count - 1) / 2).collect();
    let mine = vec![b'a' + (rank % 26) as u8; rank + 1];
    let mut all = vec![0; counts.iter().sum::<i32>() as usize];
    let mut parts = PartitionMut::new(&mut all[..], counts, starts);
    world.all_gather_varcount_into(&mine[..], &mut parts);
    if rank == 0 {
        println!("letters: {}", String::from_utf8_lossy(&all));
    }
}

fn greetings(world: &SimpleCommunicator) {
    let (rank, size) = (world.rank(), world.size());
    // For each rank, a number that encodes the sender and the receiver.
    let outgoing: Vec<i32> = (0..size).map(|to| 100 * rank + to).collect();
    let mut incoming = vec![0; size as usize];
    world.all_to_all_into(&outgoing[..], &mut incoming[..]);
    assert!((0..size).all(|from| incoming[from as usize] == 100 * from + rank));
}

fn largest_change(world: &SimpleCommunicator) {
    let (change, mut largest) = (0.5 / f64::from(world.rank() + 1), 0.0);
    request::scope(|scope| {
        let operation = SystemOperation::max();
        let request = world.immediate_all_reduce_into(scope, &change, &mut largest, operation);
        // Here it computes the next step.
        request.wait();
    });
    assert_eq!(largest, 0.5);
}
