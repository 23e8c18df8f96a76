//! Shows the messages of this exercise at work: `cargo xtask run 03 -n 4`. The small examples of the
//! lesson come first; then each function of `lib.rs` that is written.

use mpi::{Tag, topology::SimpleCommunicator, traits::*};
use mpi_p2p::{LARGEST, Particle, SUM, Value};
use std::{cell::Cell, collections::BTreeMap, io::Write, thread, time::Duration};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI is already running.");
    };
    let world = universe.world();
    stop_all_on_panic(world.rank());

    if world.size() > 1 {
        report(&world);
        probe_first(&world);
        first_come(&world);
    }
    // Otherwise a receive from any source might take what the next example sends.
    world.barrier();
    if world.size() > 2 {
        urgent_first(&world);
    }
    if world.rank() == 0 {
        there_and_back();
    }
    chapter(&world, "hello");
    println!("{}", mpi_p2p::hello(&world));
    for show in [messages, costs, talks, shares, farm] {
        show(&world);
    }
}

/// A rank that panics alone would leave the others waiting for it.
fn stop_all_on_panic(rank: i32) {
    std::panic::set_hook(Box::new(move |info| {
        let why = info.payload_as_str().unwrap_or("a panic");
        let place = info
            .location()
            .map_or(String::new(), |at| format!(", at {at}"));
        // Written in one call, because other ranks may write at the same time. If this fails, there
        // is no way left to report it.
        let line = format!("rank {rank} stops all ranks: {why}{place}\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
        SimpleCommunicator::world().abort(1)
    }));
}

/// Waits for all ranks, so that what they print stays roughly together.
fn chapter(world: &SimpleCommunicator, title: &str) {
    world.barrier();
    if world.rank() == 0 {
        println!("\n{title}");
    }
    world.barrier();
}

// The examples of the lesson.

fn report(world: &SimpleCommunicator) {
    let last = world.size() - 1;
    if world.rank() == last {
        world.process_at_rank(0).send(&21.5);
    } else if world.rank() == 0 {
        let (celsius, _status) = world.process_at_rank(last).receive::<f64>();
        println!("rank {last} reports {celsius} °C");
    }
}

fn probe_first(world: &SimpleCommunicator) {
    if world.rank() == 1 {
        world.process_at_rank(0).send("Grüezi".as_bytes());
    } else if world.rank() == 0 {
        let sender = world.process_at_rank(1);
        let bytes = sender.probe().count(u8::equivalent_datatype());
        let mut text = vec![0; bytes as usize];
        sender.receive_into(&mut text[..]);
        println!("{bytes} bytes: {}", String::from_utf8_lossy(&text));
    }
}

#[derive(Clone, Copy, Debug, Equivalence)]
struct Pixel {
    at: [u16; 2],
    grey: f32,
}

fn there_and_back() {
    let point = (String::from("Rome"), vec![41.9, 12.5]);
    // Both can fail in theory: not every type can be serialized, and not all bytes are a value.
    let bytes: Vec<u8> = postcard::to_stdvec(&point).expect("texts and numbers can be written");
    let back: (String, Vec<f64>) = postcard::from_bytes(&bytes).expect("it was written just now");
    println!("{point:?} as {} bytes, and back: {back:?}", bytes.len());
}

const CALM: Tag = 1;
const URGENT: Tag = 2;

fn urgent_first(world: &SimpleCommunicator) {
    let pixel = |x, grey| Pixel { at: [x, 0], grey };
    let manager = world.process_at_rank(0);
    match world.rank() {
        1 => manager.send_with_tag(&pixel(1, 0.25), CALM),
        2 => manager.send_with_tag(&pixel(2, 0.75), URGENT),
        0 => {
            let (urgent, _) = world.any_process().receive_with_tag::<Pixel>(URGENT);
            let (other, status) = world.any_process().receive::<Pixel>();
            println!("{urgent:?}, then {other:?} with tag {}", status.tag());
        }
        _ => {}
    }
}

fn first_come(world: &SimpleCommunicator) {
    if world.rank() > 0 {
        return world.process_at_rank(0).send(&world.rank().pow(2));
    }
    for _ in 1..world.size() {
        let (square, status) = world.any_process().receive::<i32>();
        println!("{square} from rank {}", status.source_rank());
    }
}

// The functions of `lib.rs`.

fn messages(world: &SimpleCommunicator) {
    let (rank, root) = (world.rank(), world.rank() == 0);
    chapter(world, "number, slice, vector, record");
    if let Some(number) = mpi_p2p::number(world, root.then_some(42)) {
        println!("rank {rank} received {number}");
    }
    let mut numbers = [rank; 5];
    mpi_p2p::slice(world, &mut numbers);
    println!("rank {rank} has {numbers:?}");
    if let Some(numbers) = mpi_p2p::vector(world, root.then_some(&[2.5; 7])) {
        println!("rank {rank} received {} numbers", numbers.len());
    }
    let particle = Particle {
        id: 1 << 60,
        charge: -1,
        position: [0.5, 1.0, 1.5],
    };
    if let Some(particles) = mpi_p2p::record(world, root.then_some(&[particle; 2])) {
        println!("rank {rank} received {particles:?}");
    }
}

/// What it costs to send an object instead of a buffer.
fn costs(world: &SimpleCommunicator) {
    const LENGTH: usize = 1_000_000;
    chapter(world, "object");
    let root = world.rank() == 0;
    let numbers = vec![0.5; LENGTH];
    let list = numbers.iter().copied().map(Value::Number).collect();
    let map = BTreeMap::from([(String::from("numbers"), Value::List(list))]);
    let bytes = postcard::to_stdvec(&map).map_or(0, |bytes| bytes.len());

    let seconds = |send: &dyn Fn()| {
        world.barrier();
        let begin = mpi::time();
        send();
        world.barrier();
        mpi::time() - begin
    };
    let buffer = seconds(&|| drop(mpi_p2p::vector(world, root.then_some(&numbers[..]))));
    let object = seconds(&|| drop(mpi_p2p::object(world, root.then_some(&map))));
    if root && world.size() > 1 {
        let line = |what, bytes, seconds| println!("{what} {bytes:>9} bytes {seconds:>8.4} s");
        line("a buffer", 8 * LENGTH, buffer);
        line("a map   ", bytes, object);
    }
}

fn talks(world: &SimpleCommunicator) {
    let rank = world.rank();
    chapter(world, "tags, any-source");
    let questions = [(SUM, vec![1, 2, 3]), (LARGEST, vec![1, 2, 3])];
    let mine = if rank == 0 { &questions[..] } else { &[] };
    let answers = mpi_p2p::tags(world, mine);
    if rank == 0 {
        println!("sum and largest of 1, 2, 3: {answers:?}");
    }
    let reports = vec![i64::from(rank); rank as usize];
    let total = (0..world.size() as usize).sum();
    for (source, report) in mpi_p2p::any_source(world, &reports, total) {
        println!("rank {source} reports {report}");
    }
}

fn shares(world: &SimpleCommunicator) {
    const LAST: i64 = 100_000;
    chapter(world, "one-to-many, parallel-sum");
    let root = world.rank() == 0;
    let all = mpi_p2p::one_to_many(world, root.then_some(&[3, 1, 4]));
    println!("rank {} has {all:?}", world.rank());
    let numbers: Vec<i64> = (1..=LAST).collect();
    let add_up = |share: &[i64]| share.iter().sum();
    if let Some(sum) = mpi_p2p::parallel_sum(world, root.then_some(&numbers[..]), &add_up) {
        println!("the sum of 1 to {LAST} is {sum}");
    }
}

/// Each worker takes longer for a task than the one before it.
fn farm(world: &SimpleCommunicator) {
    chapter(world, "manager-worker");
    let rank = world.rank();
    let done = Cell::new(0_usize);
    let work = |task: i64| {
        thread::sleep(Duration::from_millis(2 * rank.unsigned_abs() as u64));
        done.set(done.get() + 1);
        task * task
    };
    let tasks: Vec<i64> = (1..=60).collect();
    let results = mpi_p2p::manager_worker(world, (rank == 0).then_some(&tasks[..]), &work);
    if rank > 0 {
        println!("worker {rank}: {}", "▇".repeat(done.get()));
    }
    world.barrier();
    if let Some(results) = results {
        println!(
            "the sum of the squares of 1 to 60 is {}",
            results.iter().sum::<i64>()
        );
    }
}
