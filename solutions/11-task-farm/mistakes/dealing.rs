//! Mistakes in the tasks `blocks`, `cyclic` and `imbalance`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use std::{cell::RefCell, collections::BTreeMap, ops::Range};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("blocks": blocks = loses_the_rest => WrongOperation,
        "gives every rank `height / size` rows, and the rest to nobody"),
    mistake!("blocks": blocks = rest_to_the_last => WrongOperation,
        "gives all rows that are left to the last rank"),
    mistake!("blocks": blocks = rounded_up => WrongOperation,
        "rounds the length of a block up, so that the last ranks have fewer rows, or none"),
    mistake!("blocks": blocks = dealt_like_cards => WrongOperation,
        "gives every size-th row to a rank"),
    mistake!("blocks": blocks = everything_on_every_rank => TooMuchCommunication,
        "gathers the picture on every rank"),
    mistake!("blocks": blocks = sum_of_pictures => TooMuchCommunication,
        "adds up whole pictures, each with the rows of one rank and zeros elsewhere"),
    mistake!("blocks": blocks = counts_of_rows => WrongResult,
        "takes one number of each row, where counts are of numbers"),
    mistake!("blocks": blocks = equal_parts => Truncation,
        "receives as much from every rank as from the first"),
    mistake!("blocks": blocks = rank_0_alone => WrongOperation,
        "computes all rows on rank 0"),
    mistake!("blocks": blocks = pictures_everywhere => WrongResult,
        "returns its own block on the other ranks"),
    mistake!("blocks": blocks = filled_up => TooMuchCommunication,
        "fills shorter blocks up with zeros, for a gather of equal parts"),
    mistake!("cyclic": cyclic = blocks => WrongOperation,
        "gives each rank a block"),
    mistake!("cyclic": cyclic = not_put_back => WrongResult,
        "leaves the rows in the order in which they come from the ranks"),
    mistake!("cyclic": cyclic = from_rank_one => WrongOperation,
        "deals to the workers only, beginning with rank 1"),
    mistake!("cyclic": cyclic = back_and_forth => WrongOperation,
        "deals back and forth in place of round and round"),
    mistake!("cyclic": cyclic = full_rounds => WrongOperation,
        "leaves out the rows of the last round, when that is not full"),
    mistake!("cyclic": cyclic = by_any_source => Deadlock,
        "waits for a row of each rank, also of those that have none"),
    mistake!("imbalance": imbalance = own_work => WrongResult,
        "divides its own work by the mean"),
    mistake!("imbalance": imbalance = most_by_least => WrongResult,
        "divides the most by the least"),
    mistake!("imbalance": imbalance = in_whole_numbers => WrongResult,
        "divides whole numbers, and loses what is behind the point"),
    mistake!("imbalance": imbalance = mean_of_the_busy => WrongResult,
        "takes the mean over the ranks that have done something"),
    mistake!("imbalance": imbalance = nothing_by_nothing => WrongResult,
        "divides 0 by 0 where nobody has done anything"),
    mistake!("imbalance": imbalance = on_rank_0 => WrongResult,
        "has the result on rank 0 only"),
    mistake!("imbalance": imbalance = times_the_ranks_first => Panic,
        "multiplies the most by the number of ranks in `u64`"),
    mistake!("imbalance": imbalance = as_i64 => WrongResult,
        "adds up in `i64`"),
    mistake!("imbalance": imbalance = in_f32 => WrongResult,
        "computes in `f32`"),
    mistake!("cyclic": cyclic = starts_in_16_bits => WrongResult,
        "has 16 bits for the place where the part of a rank begins"),
    mistake!("cyclic": cyclic = kept_by_size => WrongOperation,
        "keeps its rows from one picture to the next of the same size"),
    mistake!("imbalance": imbalance = beginning_with_itself => WrongResult,
        "adds up rounded numbers in another order on each rank"),
];

type Row<'a> = &'a dyn Fn(usize) -> Vec<u16>;
type Picture = Option<Vec<u16>>;

fn place(world: &SimpleCommunicator) -> (usize, usize) {
    (world.rank() as usize, world.size() as usize)
}

/// Computes the rows of this rank, and collects them on rank 0 by a message from each rank.
fn collect(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
    rows: impl Fn(usize) -> Vec<usize>,
) -> Picture {
    let (rank, size) = place(world);
    let mine: Vec<u16> = rows(rank).into_iter().flat_map(row).collect();
    if rank > 0 {
        world.process_at_rank(0).send(&mine[..]);
        return None;
    }
    let mut picture = vec![0; width * height];
    let mut put = |rank, part: &[u16]| {
        for (number, pixels) in rows(rank).into_iter().zip(part.chunks(width)) {
            picture[width * number..][..width].copy_from_slice(pixels);
        }
    };
    put(0, &mine);
    for other in 1..size {
        put(
            other,
            &world.process_at_rank(other as i32).receive_vec().0[..],
        );
    }
    Some(picture)
}

fn block(height: usize, size: usize, rank: usize) -> Range<usize> {
    let start = |rank: usize| rank * (height / size) + rank.min(height % size);
    start(rank)..start(rank + 1)
}

fn loses_the_rest(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let length = height / place(world).1;
    collect(world, width, height, row, |rank| {
        (rank * length..(rank + 1) * length).collect()
    })
}

fn rest_to_the_last(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let size = place(world).1;
    let length = height / size;
    collect(world, width, height, row, |rank| {
        let end = if rank == size - 1 {
            height
        } else {
            (rank + 1) * length
        };
        (rank * length..end).collect()
    })
}

fn rounded_up(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    let length = height.div_ceil(place(world).1);
    collect(world, width, height, row, |rank| {
        (height.min(rank * length)..height.min((rank + 1) * length)).collect()
    })
}

fn dealt_like_cards(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    task_farm_solution::cyclic(world, width, height, row)
}

fn everything_on_every_rank(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let mut picture = task_farm_solution::blocks(world, width, height, row)
        .unwrap_or_else(|| vec![0; width * height]);
    world.process_at_rank(0).broadcast_into(&mut picture[..]);
    (world.rank() == 0).then_some(picture)
}

fn sum_of_pictures(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let (rank, size) = place(world);
    let mut own = vec![0_u16; width * height];
    for number in block(height, size, rank) {
        own[width * number..][..width].copy_from_slice(&row(number));
    }
    let root = world.process_at_rank(0);
    if rank > 0 {
        root.reduce_into(&own[..], SystemOperation::sum());
        return None;
    }
    let mut picture = vec![0; width * height];
    root.reduce_into_root(&own[..], &mut picture[..], SystemOperation::sum());
    Some(picture)
}

fn filled_up(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    let (rank, size) = place(world);
    let length = width * height.div_ceil(size);
    let mut mine: Vec<u16> = block(height, size, rank).flat_map(row).collect();
    mine.resize(length, 0);
    let root = world.process_at_rank(0);
    if rank > 0 {
        root.gather_into(&mine[..]);
        return None;
    }
    let mut all = vec![0; length * size];
    root.gather_into_root(&mine[..], &mut all[..]);
    let part = |rank: usize| &all[length * rank..][..width * block(height, size, rank).len()];
    Some((0..size).flat_map(part).copied().collect())
}

fn counts_of_rows(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let (rank, size) = place(world);
    let mine: Vec<u16> = block(height, size, rank).flat_map(row).collect();
    let many = |rank| block(height, size, rank).len();
    if rank > 0 {
        world.process_at_rank(0).send(&mine[..many(rank)]);
        return None;
    }
    let mut picture = vec![0; width * height];
    picture[..mine.len()].copy_from_slice(&mine);
    for other in 1..size {
        let start = block(height, size, other).start;
        let part = &mut picture[start..][..many(other)];
        world.process_at_rank(other as i32).receive_into(part);
    }
    Some(picture)
}

fn equal_parts(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    let (rank, size) = place(world);
    let mine: Vec<u16> = block(height, size, rank).flat_map(row).collect();
    if rank > 0 {
        world.process_at_rank(0).send(&mine[..]);
        return None;
    }
    let mut picture = mine;
    for other in 1..size {
        let mut part = vec![0_u16; width * (height / size)];
        world
            .process_at_rank(other as i32)
            .receive_into(&mut part[..]);
        picture.extend(part);
    }
    Some(picture)
}

fn rank_0_alone(world: &SimpleCommunicator, _: usize, height: usize, row: Row<'_>) -> Picture {
    (world.rank() == 0).then(|| (0..height).flat_map(row).collect())
}

fn pictures_everywhere(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let (rank, size) = place(world);
    let own = std::cell::RefCell::new(Vec::new());
    let row = |number| {
        let pixels = row(number);
        own.borrow_mut().extend(&pixels);
        pixels
    };
    let picture = task_farm_solution::blocks(world, width, height, &row);
    debug_assert_eq!(own.borrow().len(), width * block(height, size, rank).len());
    picture.or(Some(own.into_inner()))
}

fn blocks(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    task_farm_solution::blocks(world, width, height, row)
}

fn starts_in_16_bits(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let (rank, size) = place(world);
    let mine: Vec<u16> = (rank..height).step_by(size).flat_map(row).collect();
    if rank > 0 {
        world.process_at_rank(0).send(&mine[..]);
        return None;
    }
    let length = |rank: usize| width * (rank..height).step_by(size).len();
    let start = |rank: usize| usize::from((0..rank).map(length).sum::<usize>() as u16);
    let mut all = vec![0; width * height];
    all[..mine.len()].copy_from_slice(&mine);
    for other in 1..size {
        let part = &mut all[start(other)..][..length(other)];
        world.process_at_rank(other as i32).receive_into(part);
    }
    let pixels = |number: usize| &all[start(number % size) + width * (number / size)..][..width];
    Some((0..height).flat_map(pixels).copied().collect())
}

fn not_put_back(world: &SimpleCommunicator, _: usize, height: usize, row: Row<'_>) -> Picture {
    let (rank, size) = place(world);
    let mut mine: Vec<u16> = (rank..height).step_by(size).flat_map(row).collect();
    if rank > 0 {
        world.process_at_rank(0).send(&mine[..]);
        return None;
    }
    for other in 1..world.size() {
        mine.extend(world.process_at_rank(other).receive_vec::<u16>().0);
    }
    Some(mine)
}

fn from_rank_one(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    let size = place(world).1;
    collect(world, width, height, row, |rank| match (rank, size) {
        (0, 1) => (0..height).collect(),
        (0, _) => Vec::new(),
        (rank, _) => (rank - 1..height).step_by(size - 1).collect(),
    })
}

fn back_and_forth(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let size = place(world).1;
    let owner = |number: usize| match (number / size, number % size) {
        (round, at) if round % 2 == 0 => at,
        (_, at) => size - 1 - at,
    };
    collect(world, width, height, row, |rank| {
        (0..height).filter(|row| owner(*row) == rank).collect()
    })
}

fn full_rounds(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    let size = place(world).1;
    collect(world, width, height, row, |rank| {
        (0..height / size)
            .map(|round| round * size + rank)
            .collect()
    })
}

fn by_any_source(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    let (rank, size) = place(world);
    if rank > 0 {
        for number in (rank..height).step_by(size) {
            world
                .process_at_rank(0)
                .send_with_tag(&row(number)[..], number as i32);
        }
        return None;
    }
    let mut picture = vec![0; width * height.next_multiple_of(size)];
    for start in (0..height).step_by(size) {
        picture[width * start..][..width].copy_from_slice(&row(start));
        for other in 1..size {
            let (pixels, status) = world.process_at_rank(other as i32).receive_vec::<u16>();
            picture[width * status.tag() as usize..][..width].copy_from_slice(&pixels);
        }
    }
    picture.truncate(width * height);
    Some(picture)
}

fn of_all(world: &SimpleCommunicator, work: u64) -> Vec<u64> {
    let mut all = vec![0; world.size() as usize];
    world.all_gather_into(&work, &mut all[..]);
    all
}

fn own_work(world: &SimpleCommunicator, work: u64) -> f64 {
    let sum: u64 = of_all(world, work).iter().sum();
    match sum {
        0 => 1.0,
        _ => work as f64 * f64::from(world.size()) / sum as f64,
    }
}

fn most_by_least(world: &SimpleCommunicator, work: u64) -> f64 {
    let all = of_all(world, work);
    let least = *all.iter().min().unwrap_or(&0);
    match least {
        0 => 1.0,
        _ => *all.iter().max().unwrap_or(&0) as f64 / least as f64,
    }
}

fn in_whole_numbers(world: &SimpleCommunicator, work: u64) -> f64 {
    let all = of_all(world, work);
    let mean = all.iter().sum::<u64>() / all.len() as u64;
    match mean {
        0 => 1.0,
        _ => *all.iter().max().unwrap_or(&0) as f64 / mean as f64,
    }
}

fn mean_of_the_busy(world: &SimpleCommunicator, work: u64) -> f64 {
    let all = of_all(world, work);
    let busy = all.iter().filter(|work| **work > 0).count();
    match all.iter().sum::<u64>() {
        0 => 1.0,
        sum => *all.iter().max().unwrap_or(&0) as f64 * busy as f64 / sum as f64,
    }
}

fn nothing_by_nothing(world: &SimpleCommunicator, work: u64) -> f64 {
    let all = of_all(world, work);
    let mean = all.iter().sum::<u64>() as f64 / all.len() as f64;
    *all.iter().max().unwrap_or(&0) as f64 / mean
}

fn on_rank_0(world: &SimpleCommunicator, work: u64) -> f64 {
    let imbalance = task_farm_solution::imbalance(world, work);
    if world.rank() == 0 { imbalance } else { 0.0 }
}

fn times_the_ranks_first(world: &SimpleCommunicator, work: u64) -> f64 {
    let all = of_all(world, work);
    let most = *all.iter().max().unwrap_or(&0);
    match all.iter().sum::<u64>() {
        0 => 1.0,
        sum => (most * all.len() as u64) as f64 / sum as f64,
    }
}

fn as_i64(world: &SimpleCommunicator, work: u64) -> f64 {
    let all: Vec<i64> = of_all(world, work)
        .iter()
        .map(|work| *work as i64)
        .collect();
    match all.iter().sum::<i64>() {
        0 => 1.0,
        sum => *all.iter().max().unwrap_or(&0) as f64 * all.len() as f64 / sum as f64,
    }
}

fn in_f32(world: &SimpleCommunicator, work: u64) -> f64 {
    let all: Vec<f32> = of_all(world, work)
        .iter()
        .map(|work| *work as f32)
        .collect();
    let sum: f32 = all.iter().sum();
    match sum {
        0.0 => 1.0,
        _ => f64::from(
            all.iter().fold(0.0_f32, |most, work| most.max(*work)) * all.len() as f32 / sum,
        ),
    }
}

fn kept_by_size(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    thread_local! {
        static KEPT: RefCell<BTreeMap<[usize; 3], Vec<u16>>> = RefCell::default();
    }
    task_farm_solution::cyclic(world, width, height, &|number| {
        KEPT.with_borrow_mut(|kept| {
            let size = [width, height, number];
            kept.entry(size).or_insert_with(|| row(number)).clone()
        })
    })
}

fn beginning_with_itself(world: &SimpleCommunicator, work: u64) -> f64 {
    let mut all = of_all(world, work);
    all.rotate_left(world.rank() as usize);
    let most = all.iter().max().copied().unwrap_or_default();
    let parts = all.iter().map(|work| *work as f64 / all.len() as f64);
    match most {
        0 => 1.0,
        _ => most as f64 / parts.sum::<f64>(),
    }
}
