//! Mistakes in the tasks `stopwatch`, `ping-pong` and `object`.

use crate::{
    subject::{self, Codec, Price, Row},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{
    collective::SystemOperation,
    point_to_point::send_receive_into,
    request,
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use std::cell::Cell;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("stopwatch": stopwatch = own_time => WrongResult,
        "returns the shortest round of the rank itself"),
    mistake!("stopwatch": stopwatch = other_clock => WrongResult,
        "reads another clock than the given one"),
    mistake!("stopwatch": stopwatch = waits_inside => WrongResult,
        "starts the clock before the barrier"),
    mistake!("stopwatch": stopwatch = reduces_inside => WrongResult,
        "stops the clock after the all-reduce"),
    mistake!("stopwatch": stopwatch = without_barrier => WrongOperation,
        "calls no barrier"),
    mistake!("stopwatch": stopwatch = one_barrier => WrongOperation,
        "calls one barrier before all rounds"),
    mistake!("stopwatch": stopwatch = barrier_of_some => WrongOperation,
        "lets even ranks wait for each other, and odd ranks for each other"),
    mistake!("stopwatch": stopwatch = barrier_after => WrongOperation,
        "calls the barrier after the work"),
    mistake!("stopwatch": stopwatch = fastest_rank => WrongResult,
        "takes the time of the fastest rank"),
    mistake!("stopwatch": stopwatch = slowest_of_the_best => WrongResult,
        "takes each rank's own shortest round, and of these the longest"),
    mistake!("stopwatch": stopwatch = mean_of_rounds => WrongResult,
        "returns the mean of all rounds"),
    mistake!("stopwatch": stopwatch = longest => WrongResult,
        "returns the longest round"),
    mistake!("stopwatch": stopwatch = only_on_rank_zero => WrongResult,
        "tells only rank 0 the time"),
    mistake!("stopwatch": stopwatch = warms_up => WrongResult,
        "calls `work` once more, as a warm-up"),
    mistake!("stopwatch": stopwatch = infinite => WrongResult,
        "returns infinity when there are no rounds"),
    mistake!("stopwatch": stopwatch = first_to_last => WrongResult,
        "subtracts the first start of all ranks from the last stop, though their clocks differ"),
    mistake!("stopwatch": stopwatch = zero_is_none => WrongResult,
        "takes a time of 0 for none"),
    mistake!("stopwatch": stopwatch = stops_at_zero => WrongResult,
        "stops after a round of 0 s, which is the shortest one"),
    mistake!("stopwatch": stopwatch = time_in_single => WrongResult,
        "returns an f32"),
    mistake!("stopwatch": stopwatch = first_is_warm_up => WrongResult,
        "does not count the first of several rounds"),
    mistake!("stopwatch": stopwatch = gives_up => WrongResult,
        "stops after five rounds without a shorter one"),
    mistake!("stopwatch": stopwatch = calibrated => WrongResult,
        "subtracts the time between two readings of the clock without work"),
    mistake!("stopwatch": stopwatch = sums_inside => WrongResult,
        "waits for the all-reduce of the round before, which is in progress, between the two readings"),
    mistake!("ping-pong": ping_pong = zero_is_no_trip => WrongResult,
        "leaves out round trips of 0 s"),
    mistake!("ping-pong": ping_pong = whole_trip => WrongResult,
        "returns the whole round trip"),
    mistake!("ping-pong": ping_pong = first_trip_counts => WrongResult,
        "counts the first round trip, too"),
    mistake!("ping-pong": ping_pong = no_warm_up => WrongOperation,
        "does not warm up"),
    mistake!("ping-pong": ping_pong = warm_up_once => WrongOperation,
        "warms up for the first size only"),
    mistake!("ping-pong": ping_pong = one_way => WrongResult,
        "stops the clock when the message is sent"),
    mistake!("ping-pong": ping_pong = mean_of_trips => WrongResult,
        "returns the mean of the round trips"),
    mistake!("ping-pong": ping_pong = short_answer => WrongOperation,
        "sends an empty message back"),
    mistake!("ping-pong": ping_pong = to_rank_one => WrongOperation,
        "takes rank 1 for the last one"),
    mistake!("ping-pong": ping_pong = rows_everywhere => WrongResult,
        "returns rows on the last rank, too"),
    mistake!("ping-pong": ping_pong = at_the_same_time => WrongOperation,
        "lets both ranks send and receive at the same time"),
    mistake!("ping-pong": ping_pong = at_the_same_time_later => WrongOperation,
        "lets both ranks send and receive at the same time after the warm-up"),
    mistake!("ping-pong": ping_pong = sends_before_it_waits => WrongOperation,
        "lets the last rank start its send before it waits for its receive"),
    mistake!("ping-pong": ping_pong = with_itself => WrongResult,
        "lets a single rank return rows of zeros"),
    mistake!("ping-pong": ping_pong = all_begin => WrongOperation,
        "begins with a barrier of all ranks"),
    mistake!("object": object = encodes_before => WrongResult,
        "serializes before the clock starts"),
    mistake!("object": object = does_not_read => WrongResult,
        "does not decode the bytes that come back"),
    mistake!("object": object = echoes => WrongResult,
        "sends the same bytes back"),
    mistake!("object": object = whole_object_trip => WrongResult,
        "returns the whole round trip"),
    mistake!("object": object = counts_numbers => WrongResult,
        "returns the number of numbers instead of that of bytes"),
    mistake!("object": object = object_first => WrongResult,
        "returns the two ways in the wrong order"),
    mistake!("object": object = both_in_bytes => WrongResult,
        "returns the bytes of the buffer for the object, too"),
    mistake!("object": object = bytes_back => WrongResult,
        "returns the number of bytes that come back"),
    mistake!("object": object = nothing_at_zero => WrongResult,
        "returns nothing if the clock shows the same time throughout"),
    mistake!("object": object = encodes_in_advance => WrongOperation,
        "encodes the numbers of the buffer on the last rank, before the object has come"),
    mistake!("object": object = encodes_the_buffer => WrongResult,
        "encodes the numbers of the buffer on the last rank, and not those that it has decoded"),
    mistake!("object": object = all_begin_object => WrongOperation,
        "begins with a barrier of all ranks"),
    mistake!("object": object = tells_the_length => TooMuchCommunication,
        "sends the length in a message of its own"),
];

/// The last rank; none if there is only one.
fn last_of(world: &SimpleCommunicator) -> Option<i32> {
    (world.size() > 1).then_some(world.size() - 1)
}

fn of_all(world: &SimpleCommunicator, own: f64, operation: SystemOperation) -> f64 {
    let mut all = 0.0;
    world.all_reduce_into(&own, &mut all, operation);
    all
}

fn other_clock(
    world: &SimpleCommunicator,
    rounds: usize,
    _clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    subject::stopwatch(world, rounds, &mpi::time, work)
}

/// The rounds of this rank, with a barrier before each.
fn own_rounds(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Vec<f64> {
    let once = |_| {
        world.barrier();
        let start = clock();
        work();
        clock() - start
    };
    (0..rounds).map(once).collect()
}

fn slowest(world: &SimpleCommunicator, rounds: Vec<f64>) -> Vec<f64> {
    let of_all = |own| of_all(world, own, SystemOperation::max());
    rounds.into_iter().map(of_all).collect()
}

fn own_time(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let rounds = own_rounds(world, rounds, clock, work);
    rounds.into_iter().reduce(f64::min)
}

fn waits_inside(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let once = |_| {
        let start = clock();
        world.barrier();
        work();
        of_all(world, clock() - start, SystemOperation::max())
    };
    (0..rounds).map(once).reduce(f64::min)
}

fn reduces_inside(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let once = |_| {
        world.barrier();
        let start = clock();
        work();
        of_all(world, 0.0, SystemOperation::max());
        clock() - start
    };
    (0..rounds).map(once).reduce(f64::min)
}

fn without_barrier(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let once = |_| {
        let start = clock();
        work();
        of_all(world, clock() - start, SystemOperation::max())
    };
    (0..rounds).map(once).reduce(f64::min)
}

fn one_barrier(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    world.barrier();
    without_barrier(world, rounds, clock, work)
}

fn barrier_of_some(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let half = world.split_by_color(Color::with_value(world.rank() % 2));
    let own = half.map_or(Vec::new(), |half| own_rounds(&half, rounds, clock, work));
    slowest(world, own).into_iter().reduce(f64::min)
}

fn barrier_after(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let once = |_| {
        let start = clock();
        work();
        let own = clock() - start;
        world.barrier();
        of_all(world, own, SystemOperation::max())
    };
    (0..rounds).map(once).reduce(f64::min)
}

fn fastest_rank(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let own = own_time(world, rounds, clock, work)?;
    Some(of_all(world, own, SystemOperation::min()))
}

fn slowest_of_the_best(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let own = own_time(world, rounds, clock, work)?;
    Some(of_all(world, own, SystemOperation::max()))
}

fn mean_of_rounds(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let all = slowest(world, own_rounds(world, rounds, clock, work));
    (rounds > 0).then(|| all.iter().sum::<f64>() / rounds as f64)
}

fn longest(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let all = slowest(world, own_rounds(world, rounds, clock, work));
    all.into_iter().reduce(f64::max)
}

fn only_on_rank_zero(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let time = subject::stopwatch(world, rounds, clock, work);
    time.filter(|_| world.rank() == 0)
}

fn warms_up(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    world.barrier();
    work();
    subject::stopwatch(world, rounds, clock, work)
}

fn infinite(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let time = subject::stopwatch(world, rounds, clock, work);
    time.or(Some(f64::INFINITY))
}

fn first_to_last(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let once = |_| {
        world.barrier();
        let start = clock();
        work();
        let stop = clock();
        of_all(world, stop, SystemOperation::max()) - of_all(world, start, SystemOperation::min())
    };
    (0..rounds).map(once).reduce(f64::min)
}

/// The round trips of each size on rank 0; nothing on the others.
fn trips(
    world: &SimpleCommunicator,
    sizes: &[usize],
    trips_of: impl Fn(usize) -> usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Vec<f64>> {
    let Some(last) = last_of(world) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (place, &bytes) in sizes.iter().enumerate() {
        let mut buffer = vec![0_u8; bytes];
        let mut own = Vec::new();
        for _ in 0..trips_of(place) {
            if world.rank() == 0 {
                let other = world.process_at_rank(last);
                let start = clock();
                other.send(&buffer[..]);
                other.receive_into(&mut buffer[..]);
                own.push(clock() - start);
            } else if world.rank() == last {
                let other = world.process_at_rank(0);
                other.receive_into(&mut buffer[..]);
                other.send(&buffer[..]);
            }
        }
        all.push(own);
    }
    if world.rank() > 0 {
        all.clear();
    }
    all
}

fn rows(sizes: &[usize], trips: Vec<Vec<f64>>, seconds: impl Fn(Vec<f64>) -> f64) -> Vec<Row> {
    let row = |(bytes, trips): (&usize, Vec<f64>)| Row {
        bytes: *bytes,
        seconds: seconds(trips),
    };
    sizes.iter().zip(trips).map(row).collect()
}

fn shortest(trips: Vec<f64>) -> f64 {
    trips.into_iter().fold(f64::INFINITY, f64::min)
}

fn whole_trip(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let mut rows = subject::ping_pong(world, sizes, rounds, clock);
    rows.iter_mut().for_each(|row| row.seconds *= 2.0);
    rows
}

fn first_trip_counts(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let trips = trips(world, sizes, |_| rounds + 1, clock);
    rows(sizes, trips, |trips| shortest(trips) / 2.0)
}

fn no_warm_up(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let trips = trips(world, sizes, |_| rounds, clock);
    rows(sizes, trips, |trips| shortest(trips) / 2.0)
}

fn warm_up_once(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let mut trips = trips(
        world,
        sizes,
        |place| rounds + usize::from(place == 0),
        clock,
    );
    if let Some(first) = trips.first_mut() {
        first.remove(0);
    }
    rows(sizes, trips, |trips| shortest(trips) / 2.0)
}

fn mean_of_trips(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let trips = trips(world, sizes, |_| rounds + 1, clock);
    rows(sizes, trips, |trips| {
        trips[1..].iter().sum::<f64>() / (2 * rounds) as f64
    })
}

fn one_way(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let Some(last) = last_of(world).filter(|_| world.rank() == 0) else {
        return subject::ping_pong(world, sizes, rounds, clock);
    };
    let other = world.process_at_rank(last);
    let trip = |bytes: usize| {
        let mut buffer = vec![0_u8; bytes];
        let start = clock();
        other.send(&buffer[..]);
        let seconds = clock() - start;
        other.receive_into(&mut buffer[..]);
        seconds
    };
    let trips = sizes
        .iter()
        .map(|bytes| (0..=rounds).map(|_| trip(*bytes)).collect());
    rows(sizes, trips.collect(), |trips| {
        shortest(trips[1..].to_vec())
    })
}

fn short_answer(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let Some(last) = last_of(world) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for &bytes in sizes {
        let mut own = Vec::new();
        for _ in 0..=rounds {
            if world.rank() == 0 {
                let other = world.process_at_rank(last);
                let start = clock();
                other.send(&vec![0_u8; bytes][..]);
                other.receive_vec::<u8>();
                own.push(clock() - start);
            } else if world.rank() == last {
                let other = world.process_at_rank(0);
                other.receive_vec::<u8>();
                other.send(&[0_u8; 0][..]);
            }
        }
        if world.rank() == 0 {
            found.push(own);
        }
    }
    rows(sizes, found, |trips| shortest(trips[1..].to_vec()) / 2.0)
}

fn to_rank_one(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let color = Color::with_value(i32::from(world.rank() > 1));
    let part = world.split_by_color(color);
    let part = part.filter(|_| world.rank() < 2);
    part.map_or(Vec::new(), |part| {
        subject::ping_pong(&part, sizes, rounds, clock)
    })
}

fn rows_everywhere(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let mut rows = subject::ping_pong(world, sizes, rounds, clock);
    if rows.is_empty() && last_of(world) == Some(world.rank()) {
        let row = |bytes: &usize| Row {
            bytes: *bytes,
            seconds: 0.0,
        };
        rows = sizes.iter().map(row).collect();
    }
    rows
}

fn at_the_same_time(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let Some(last) = last_of(world).filter(|last| [0, *last].contains(&world.rank())) else {
        return Vec::new();
    };
    let other = world.process_at_rank(last - world.rank());
    let trip = |bytes: usize| {
        let (out, mut back) = (vec![0_u8; bytes], vec![0_u8; bytes]);
        let start = clock();
        send_receive_into(&out[..], &other, &mut back[..], &other);
        clock() - start
    };
    let trips = sizes
        .iter()
        .map(|bytes| (0..=rounds).map(|_| trip(*bytes)).collect());
    let rows = rows(sizes, trips.collect(), |trips| {
        shortest(trips[1..].to_vec()) / 2.0
    });
    if world.rank() == 0 { rows } else { Vec::new() }
}

fn at_the_same_time_later(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let Some(last) = last_of(world).filter(|last| [0, *last].contains(&world.rank())) else {
        return Vec::new();
    };
    let other = world.process_at_rank(last - world.rank());
    let mut all = Vec::new();
    for &bytes in sizes {
        let (out, mut back) = (vec![0_u8; bytes], vec![0_u8; bytes]);
        if world.rank() == 0 {
            other.send(&out[..]);
            other.receive_into(&mut back[..]);
        } else {
            other.receive_into(&mut back[..]);
            other.send(&out[..]);
        }
        let mut trip = || {
            let start = clock();
            send_receive_into(&out[..], &other, &mut back[..], &other);
            clock() - start
        };
        all.push((0..rounds).map(|_| trip()).collect());
    }
    let rows = rows(sizes, all, |trips| shortest(trips) / 2.0);
    if world.rank() == 0 { rows } else { Vec::new() }
}

fn sends_before_it_waits(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    if last_of(world) != Some(world.rank()) {
        return subject::ping_pong(world, sizes, rounds, clock);
    }
    let other = world.process_at_rank(0);
    for &bytes in sizes {
        for _ in 0..=rounds {
            let (out, mut back) = (vec![0_u8; bytes], vec![0_u8; bytes]);
            request::scope(|scope| {
                let receive = other.immediate_receive_into(scope, &mut back[..]);
                let send = other.immediate_send(scope, &out[..]);
                receive.wait();
                send.wait();
            });
        }
    }
    Vec::new()
}

fn with_itself(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    if world.size() > 1 {
        return subject::ping_pong(world, sizes, rounds, clock);
    }
    let trips = sizes.iter().map(|_| vec![0.0]).collect();
    rows(sizes, trips, shortest)
}

/// What the last rank does with an object.
fn answers(world: &SimpleCommunicator, codec: Codec<'_>) {
    let other = world.process_at_rank(0);
    let (buffer, _) = other.receive_vec::<u64>();
    other.send(&buffer[..]);
    let (bytes, _) = other.receive_vec::<u8>();
    let numbers = (codec.decode)(&bytes);
    other.send(&(codec.encode)(&numbers)[..]);
}

/// Both ways, with a part that differs: what rank 0 does with the object, given the last rank.
fn ways(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
    object: impl Fn(i32, &[u64]) -> Price,
) -> Option<[Price; 2]> {
    let last = last_of(world)?;
    if world.rank() == last {
        answers(world, codec);
    }
    let numbers = numbers?;
    let other = world.process_at_rank(last);
    let start = clock();
    other.send(numbers);
    other.receive_vec::<u64>();
    let buffer = Price {
        bytes: size_of_val(numbers),
        seconds: (clock() - start) / 2.0,
    };
    Some([buffer, object(last, numbers)])
}

fn encodes_before(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    ways(world, numbers, codec, clock, |last, numbers| {
        let other = world.process_at_rank(last);
        let bytes = (codec.encode)(numbers);
        let start = clock();
        other.send(&bytes[..]);
        (codec.decode)(&other.receive_vec::<u8>().0);
        Price {
            bytes: bytes.len(),
            seconds: (clock() - start) / 2.0,
        }
    })
}

fn does_not_read(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    ways(world, numbers, codec, clock, |last, numbers| {
        let other = world.process_at_rank(last);
        let start = clock();
        let bytes = (codec.encode)(numbers);
        other.send(&bytes[..]);
        other.receive_vec::<u8>();
        Price {
            bytes: bytes.len(),
            seconds: (clock() - start) / 2.0,
        }
    })
}

fn echoes(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    if last_of(world) != Some(world.rank()) {
        return subject::object(world, numbers, codec, clock);
    }
    let other = world.process_at_rank(0);
    let (numbers, _) = other.receive_vec::<u64>();
    other.send(&numbers[..]);
    let (bytes, _) = other.receive_vec::<u8>();
    other.send(&bytes[..]);
    None
}

fn changed(prices: Option<[Price; 2]>, change: impl Fn(&mut [Price; 2])) -> Option<[Price; 2]> {
    let mut prices = prices;
    prices.iter_mut().for_each(change);
    prices
}

fn whole_object_trip(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    let prices = subject::object(world, numbers, codec, clock);
    changed(prices, |prices| prices[1].seconds *= 2.0)
}

fn counts_numbers(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    let prices = subject::object(world, numbers, codec, clock);
    changed(prices, |prices| prices[0].bytes /= size_of::<u64>())
}

fn object_first(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    changed(subject::object(world, numbers, codec, clock), |prices| {
        prices.reverse()
    })
}

fn both_in_bytes(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    let prices = subject::object(world, numbers, codec, clock);
    changed(prices, |prices| prices[1].bytes = prices[0].bytes)
}

fn tells_the_length(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    let last = last_of(world)?;
    if world.rank() == 0 {
        let length = numbers.map_or(0, <[u64]>::len);
        world.process_at_rank(last).send(&length);
    } else if world.rank() == last {
        world.process_at_rank(0).receive::<usize>();
    }
    subject::object(world, numbers, codec, clock)
}

fn zero_is_none(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let mut shortest = 0.0;
    for _ in 0..rounds {
        world.barrier();
        let start = clock();
        work();
        let own = clock() - start;
        let mut slowest = 0.0;
        world.all_reduce_into(&own, &mut slowest, SystemOperation::max());
        if shortest == 0.0 || slowest < shortest {
            shortest = slowest;
        }
    }
    (rounds > 0).then_some(shortest)
}

fn stops_at_zero(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let mut shortest: Option<f64> = None;
    for _ in 0..rounds {
        world.barrier();
        let start = clock();
        work();
        let own = clock() - start;
        let mut slowest = 0.0;
        world.all_reduce_into(&own, &mut slowest, SystemOperation::max());
        shortest = Some(shortest.map_or(slowest, |known| known.min(slowest)));
        if slowest == 0.0 {
            break;
        }
    }
    shortest
}

fn time_in_single(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    subject::stopwatch(world, rounds, clock, work).map(|time| f64::from(time as f32))
}

fn zero_is_no_trip(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    let (rank, last) = (world.rank(), world.size() - 1);
    if last == 0 {
        return Vec::new();
    }
    let mut buffer = vec![0_u8; sizes.iter().max().copied().unwrap_or(0)];
    if rank == last {
        let first = world.process_at_rank(0);
        for &bytes in sizes {
            for _ in 0..=rounds {
                first.receive_into(&mut buffer[..bytes]);
                first.send(&buffer[..bytes]);
            }
        }
        return Vec::new();
    }
    if rank != 0 {
        return Vec::new();
    }
    let other = world.process_at_rank(last);
    let mut rows = Vec::new();
    for &bytes in sizes {
        let mut shortest = f64::INFINITY;
        for round in 0..=rounds {
            let start = clock();
            other.send(&buffer[..bytes]);
            other.receive_into(&mut buffer[..bytes]);
            let trip = clock() - start;
            if round > 0 && trip > 0.0 {
                shortest = shortest.min(trip);
            }
        }
        rows.push(Row {
            bytes,
            seconds: shortest / 2.0,
        });
    }
    rows
}

fn bytes_back(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    let length = Cell::new(0);
    let decode = |bytes: &[u8]| {
        length.set(bytes.len());
        (codec.decode)(bytes)
    };
    let codec = Codec {
        decode: &decode,
        ..codec
    };
    changed(subject::object(world, numbers, codec, clock), |prices| {
        prices[1].bytes = length.get()
    })
}

fn nothing_at_zero(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    let prices = subject::object(world, numbers, codec, clock);
    prices.filter(|prices| prices.iter().all(|price| price.seconds > 0.0))
}

fn encodes_in_advance(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    let (rank, last) = (world.rank(), world.size() - 1);
    if last == 0 {
        return None;
    }
    if rank == last {
        let first = world.process_at_rank(0);
        let (buffer, _) = first.receive_vec::<u64>();
        first.send(&buffer[..]);
        let ready = (codec.encode)(&buffer);
        let (bytes, _) = first.receive_vec::<u8>();
        first.send(&ready[..]);
        (codec.decode)(&bytes);
        return None;
    }
    let (numbers, other) = (numbers?, world.process_at_rank(last));
    let start = clock();
    other.send(numbers);
    other.receive_vec::<u64>();
    let buffer = Price {
        bytes: size_of_val(numbers),
        seconds: (clock() - start) / 2.0,
    };
    let start = clock();
    let bytes = (codec.encode)(numbers);
    other.send(&bytes[..]);
    let (back, _) = other.receive_vec::<u8>();
    (codec.decode)(&back);
    let object = Price {
        bytes: bytes.len(),
        seconds: (clock() - start) / 2.0,
    };
    Some([buffer, object])
}

fn gives_up(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let mut shortest: Option<f64> = None;
    let mut in_vain = 0;
    for _ in 0..rounds {
        let own = own_rounds(world, 1, clock, work);
        let slowest = slowest(world, own)[0];
        in_vain += 1;
        if shortest.is_none_or(|known| slowest < known) {
            (shortest, in_vain) = (Some(slowest), 0);
        } else if in_vain == 5 {
            break;
        }
    }
    shortest
}

fn first_is_warm_up(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let mut all = slowest(world, own_rounds(world, rounds, clock, work));
    if rounds > 1 {
        all.remove(0);
    }
    all.into_iter().reduce(f64::min)
}

fn calibrated(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let before = clock();
    let overhead = clock() - before;
    subject::stopwatch(world, rounds, clock, work).map(|time| time - overhead)
}

fn sums_inside(
    world: &SimpleCommunicator,
    rounds: usize,
    clock: &dyn Fn() -> f64,
    work: &dyn Fn(),
) -> Option<f64> {
    let mut shortest: Option<f64> = None;
    let mut before = f64::INFINITY;
    for _ in 0..rounds {
        let mut slowest = 0.0;
        let own = request::scope(|scope| {
            let max = SystemOperation::max();
            let sum = world.immediate_all_reduce_into(scope, &before, &mut slowest, max);
            world.barrier();
            let start = clock();
            sum.wait();
            work();
            clock() - start
        });
        shortest = Some(shortest.map_or(slowest, |known| known.min(slowest)));
        before = own;
    }
    shortest.map(|known| known.min(of_all(world, before, SystemOperation::max())))
}

fn all_begin(
    world: &SimpleCommunicator,
    sizes: &[usize],
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Vec<Row> {
    world.barrier();
    subject::ping_pong(world, sizes, rounds, clock)
}

fn encodes_the_buffer(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    if world.rank() == 0 || last_of(world) != Some(world.rank()) {
        return subject::object(world, numbers, codec, clock);
    }
    let first = world.process_at_rank(0);
    let (numbers, _) = first.receive_vec::<u64>();
    first.send(&numbers[..]);
    let (bytes, _) = first.receive_vec::<u8>();
    (codec.decode)(&bytes);
    first.send(&(codec.encode)(&numbers)[..]);
    None
}

fn all_begin_object(
    world: &SimpleCommunicator,
    numbers: Option<&[u64]>,
    codec: Codec<'_>,
    clock: &dyn Fn() -> f64,
) -> Option<[Price; 2]> {
    world.barrier();
    subject::object(world, numbers, codec, clock)
}
