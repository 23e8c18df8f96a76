//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use mpi::{
    Address, collective::SystemOperation, datatype::UserDatatype, topology::SimpleCommunicator,
    traits::*,
};
use mpi_extra::{
    datatype::{resized, subarray, view, view_mut},
    traits::*,
};
use std::mem::offset_of;

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    if world.size() > 1 {
        numbers_by_threes(world);
        corner_of_a_cube(world);
        readings_without_notes(world);
        numbers_with_gaps(world);
        letters(world);
    }
    in_place(world);
}

fn numbers_by_threes(world: &SimpleCommunicator) {
    let (root, last) = (
        world.process_at_rank(0),
        world.process_at_rank(world.size() - 1),
    );
    // ANCHOR: every-third
    let numbers: Vec<f64> = (0..12).map(f64::from).collect();
    let every_third = UserDatatype::vector(4, 1, 3, &f64::equivalent_datatype());
    let mut received = [0.0; 4];
    if world.rank() == 0 {
        last.send(&view(&numbers, 1, &every_third));
    }
    if world.rank() == world.size() - 1 {
        root.receive_into(&mut received[..]);
        println!("every third number: {received:?}");
    }
    // ANCHOR_END: every-third
}

fn corner_of_a_cube(world: &SimpleCommunicator) {
    let last_rank = world.size() - 1;
    // ANCHOR: corner
    let cube: Vec<i32> = (0..64).collect();
    let number = i32::equivalent_datatype();
    let corner = subarray(&[4, 4, 4], &[2, 2, 2], &[2, 0, 1], &number);
    // ANCHOR_END: corner
    let mut received = [0; 8];
    if world.rank() == 0 {
        world
            .process_at_rank(last_rank)
            .send(&view(&cube, 1, &corner));
    }
    if world.rank() == last_rank {
        world.process_at_rank(0).receive_into(&mut received[..]);
        println!("a corner of a cube: {received:?}");
    }
}

#[derive(Clone, Copy, Debug, Default, Equivalence)]
struct Reading {
    station: u16,
    celsius: f64,
    note: u8,
}

fn readings_without_notes(world: &SimpleCommunicator) {
    let last_rank = world.size() - 1;
    let shared = UserDatatype::structured(
        &[1, 1],
        &[
            offset_of!(Reading, station) as Address,
            offset_of!(Reading, celsius) as Address,
        ],
        &[u16::equivalent_datatype(), f64::equivalent_datatype()],
    );
    let shared = resized(&shared, 0, size_of::<Reading>() as Address);
    let mut readings = [Reading::default(); 2];
    if world.rank() == 0 {
        for (station, reading) in (7..).zip(&mut readings) {
            *reading = Reading {
                station,
                celsius: 20.5,
                note: 1,
            };
        }
        let last = world.process_at_rank(last_rank);
        last.send(&view(&readings, 2, &shared));
    }
    if world.rank() == last_rank {
        let root = world.process_at_rank(0);
        root.receive_into(&mut view_mut(&mut readings, 2, &shared));
        for Reading {
            station,
            celsius,
            note,
        } in readings
        {
            println!("station {station}: {celsius} °C, and its note is still {note}");
        }
    }
}

fn numbers_with_gaps(world: &SimpleCommunicator) {
    let last_rank = world.size() - 1;
    let (root, last) = (world.process_at_rank(0), world.process_at_rank(last_rank));
    if world.rank() == 0 {
        last.send(&[1.0, 2.0, 3.0]);
    }
    if world.rank() != last_rank {
        return;
    }
    // ANCHOR: with-gaps
    let gap = 2 * size_of::<f64>() as Address;
    let sparse = resized(&f64::equivalent_datatype(), 0, gap);
    let mut buffer = [0.0; 6];
    root.receive_into(&mut view_mut(&mut buffer, 3, &sparse));
    // ANCHOR_END: with-gaps
    println!("with gaps: {buffer:?}");
}

fn letters(world: &SimpleCommunicator) {
    let last_rank = world.size() - 1;
    let word = b"datatypes";
    let letters = UserDatatype::indexed_block(1, &[8, 2, 1, 6], &u8::equivalent_datatype());
    if world.rank() == 0 {
        world
            .process_at_rank(last_rank)
            .send(&view(word, 1, &letters));
    }
    if world.rank() == last_rank {
        let (received, _) = world.process_at_rank(0).receive_vec::<u8>();
        println!("some letters: {}", String::from_utf8_lossy(&received));
    }
}

fn in_place(world: &SimpleCommunicator) {
    let mut largest = [world.rank(), -world.rank()];
    world.all_reduce_in_place(&mut largest[..], SystemOperation::max());
    if world.rank() == 0 {
        println!(
            "the largest rank and the smallest: {}, {}",
            largest[0], -largest[1]
        );
    }
}
