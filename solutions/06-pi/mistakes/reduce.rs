//! Mistakes in the task `reduce`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use pi_solution::{Count, Stream, hits};
use rand::RngExt;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("reduce": reduce = loses_the_remainder => WrongResult,
        "gives every rank the same, and draws the remainder nowhere"),
    mistake!("reduce": reduce = hides_the_remainder => WrongResult,
        "loses the remainder, and still divides by all the points asked for"),
    mistake!("reduce": reduce = the_last_has_it_all => WrongResult,
        "leaves the whole remainder to the last rank"),
    mistake!("reduce": reduce = all_draw_all => WrongResult,
        "lets every rank draw all points"),
    mistake!("reduce": reduce = rank_0_alone => WrongResult,
        "draws on rank 0 only"),
    mistake!("reduce": reduce = its_own_hits => WrongResult,
        "returns the hits of rank 0 over the points of all"),
    mistake!("reduce": reduce = everybody_has_it => WrongResult,
        "returns a count on every rank"),
    mistake!("reduce": reduce = on_a_copy => WrongResult,
        "draws from a copy, so that the next call draws the same points"),
    mistake!("reduce": reduce = fewer_points_than_ranks => Panic,
        "cuts the points into blocks, of length 0 when there are more ranks than points"),
    mistake!("reduce": reduce = by_messages => WrongOperation,
        "sends the counts to rank 0 one by one"),
    mistake!("reduce": reduce = nothing_to_add => Deadlock,
        "leaves before the reduce when the share is 0"),
    mistake!("reduce": reduce = the_last_ranks_have_more => WrongResult,
        "cuts by rank * samples / size, so that it is not the first ranks that draw one point more"),
    mistake!("reduce": reduce = a_barrier_for_show => WrongOperation,
        "calls a collective, and sends the counts one by one"),
    mistake!("reduce": reduce = point_by_point => TooMuchCommunication,
        "calls a reduce for each point"),
    mistake!("reduce": reduce = in_16_bits => WrongResult,
        "counts in 16 bits"),
    mistake!("reduce": reduce = hits_of_32_bits => WrongResult,
        "reduces the hits as numbers of 32 bits"),
    mistake!("reduce": reduce = both_of_32_bits => WrongResult,
        "reduces hits and points as numbers of 32 bits"),
    mistake!("reduce": reduce = gathers_32_bits => WrongResult,
        "gathers the hits as numbers of 32 bits"),
    mistake!("reduce": reduce = in_single_precision => WrongResult,
        "counts by itself, with coordinates of 32 bits"),
];

fn rank_and_size(world: &SimpleCommunicator) -> (u64, u64) {
    (world.rank() as u64, world.size() as u64)
}

/// This rank's share, as it should be.
fn share(world: &SimpleCommunicator, samples: u64) -> u64 {
    let (rank, size) = rank_and_size(world);
    samples / size + u64::from(rank < samples % size)
}

/// The rest of the reference, with a share of one's own making.
fn with_share(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    let own = [hits(stream, samples), samples];
    let mut all = [0; 2];
    let root = world.process_at_rank(0);
    if world.rank() != 0 {
        root.reduce_into(&own[..], SystemOperation::sum());
        return None;
    }
    root.reduce_into_root(&own[..], &mut all[..], SystemOperation::sum());
    let [hits, samples] = all;
    Some(Count { hits, samples })
}

fn loses_the_remainder(
    world: &SimpleCommunicator,
    stream: &mut Stream,
    samples: u64,
) -> Option<Count> {
    with_share(world, stream, samples / world.size() as u64)
}

fn hides_the_remainder(
    world: &SimpleCommunicator,
    stream: &mut Stream,
    samples: u64,
) -> Option<Count> {
    let count = loses_the_remainder(world, stream, samples)?;
    Some(Count { samples, ..count })
}

fn the_last_has_it_all(
    world: &SimpleCommunicator,
    stream: &mut Stream,
    samples: u64,
) -> Option<Count> {
    let (rank, size) = rank_and_size(world);
    let rest = if rank == size - 1 { samples % size } else { 0 };
    with_share(world, stream, samples / size + rest)
}

fn all_draw_all(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    with_share(world, stream, samples)
}

fn rank_0_alone(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    with_share(world, stream, if world.rank() == 0 { samples } else { 0 })
}

fn its_own_hits(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    let hits = hits(stream, share(world, samples));
    (world.rank() == 0).then_some(Count { hits, samples })
}

fn everybody_has_it(
    world: &SimpleCommunicator,
    stream: &mut Stream,
    samples: u64,
) -> Option<Count> {
    let share = share(world, samples);
    Some(with_share(world, stream, share).unwrap_or_default())
}

fn on_a_copy(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    with_share(world, &mut stream.clone(), share(world, samples))
}

fn fewer_points_than_ranks(
    world: &SimpleCommunicator,
    stream: &mut Stream,
    samples: u64,
) -> Option<Count> {
    let (rank, size) = rank_and_size(world);
    let points: Vec<u64> = (0..samples).collect();
    let mut blocks = points.chunks((samples / size) as usize);
    let mine = blocks.nth(rank as usize).map_or(0, <[u64]>::len) as u64;
    let rest = if rank == 0 { samples % size } else { 0 };
    with_share(world, stream, mine + rest)
}

fn by_messages(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    let share = share(world, samples);
    let mut hits = hits(stream, share);
    if world.rank() != 0 {
        world.process_at_rank(0).send(&hits);
        return None;
    }
    for rank in 1..world.size() {
        hits += world.process_at_rank(rank).receive::<u64>().0;
    }
    Some(Count { hits, samples })
}

fn nothing_to_add(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    let share = share(world, samples);
    if share == 0 && world.rank() != 0 {
        return None;
    }
    with_share(world, stream, share)
}

fn the_last_ranks_have_more(
    world: &SimpleCommunicator,
    stream: &mut Stream,
    samples: u64,
) -> Option<Count> {
    let (rank, size) = rank_and_size(world);
    let share = (rank + 1) * samples / size - rank * samples / size;
    with_share(world, stream, share)
}

fn a_barrier_for_show(
    world: &SimpleCommunicator,
    stream: &mut Stream,
    samples: u64,
) -> Option<Count> {
    world.barrier();
    by_messages(world, stream, samples)
}

fn point_by_point(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    let (rank, size) = rank_and_size(world);
    let mut all = Some(Count::default());
    for point in 0..samples.div_ceil(size).max(1) {
        let mine = u64::from(point * size + rank < samples);
        let count = with_share(world, stream, mine);
        all = all.zip(count).map(|(all, count)| Count {
            hits: all.hits + count.hits,
            samples: all.samples + count.samples,
        });
    }
    all
}

fn in_16_bits(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    let count = with_share(world, stream, share(world, samples))?;
    Some(Count {
        hits: u64::from(count.hits as u16),
        ..count
    })
}

fn hits_of_32_bits(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    let own = hits(stream, share(world, samples)) as u32;
    let mut all = 0_u32;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    let hits = u64::from(all);
    (world.rank() == 0).then_some(Count { hits, samples })
}

fn both_of_32_bits(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    let share = share(world, samples);
    let own = [hits(stream, share), share].map(|number| number as u32);
    let mut all = [0_u32; 2];
    world.all_reduce_into(&own[..], &mut all[..], SystemOperation::sum());
    let [hits, samples] = all.map(u64::from);
    (world.rank() == 0).then_some(Count { hits, samples })
}

fn gathers_32_bits(world: &SimpleCommunicator, stream: &mut Stream, samples: u64) -> Option<Count> {
    let own = hits(stream, share(world, samples)) as u32;
    let mut all = vec![0_u32; world.size() as usize];
    world.all_gather_into(&own, &mut all[..]);
    let hits = all.into_iter().map(u64::from).sum();
    (world.rank() == 0).then_some(Count { hits, samples })
}

fn in_single_precision(
    world: &SimpleCommunicator,
    stream: &mut Stream,
    samples: u64,
) -> Option<Count> {
    let before = stream.clone();
    let count = pi_solution::reduce(world, stream, samples);
    let mut again = before;
    let mut hits = 0;
    while again != *stream {
        let (x, y): (f32, f32) = again.random();
        hits += u64::from(x * x + y * y < 1.0);
    }
    let mut all = 0_u64;
    world.all_reduce_into(&hits, &mut all, SystemOperation::sum());
    count.map(|count| Count { hits: all, ..count })
}
