//! Exercise 11: a task farm, which computes a Julia set: the reference.

pub mod wide;

use mpi::{
    Rank, collective::SystemOperation, datatype::PartitionMut, topology::SimpleCommunicator,
    traits::*,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    any::Any,
    error::Error,
    fmt,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A picture of a Julia set: its size, and which set it shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Pixels in a row.
    pub width: usize,
    /// The number of rows.
    pub height: usize,
    /// The real and the imaginary part of the constant that is added in each step.
    pub c: (f64, f64),
    /// The largest number of steps.
    pub limit: u16,
}

impl View {
    /// The real and the imaginary part of the point at the center of a pixel. Row 0 is the top row.
    pub fn point(&self, column: usize, row: usize) -> (f64, f64) {
        let pixel = 3.2 / self.width as f64;
        let from_middle = |index: usize, length: usize| index as f64 + 0.5 - 0.5 * length as f64;
        let x = from_middle(column, self.width) * pixel;
        let y = -from_middle(row, self.height) * pixel;
        (x, y)
    }
}

/// One row of the picture: for each pixel, from left to right, the number of steps.
///
/// z begins at the point of the pixel, and a step replaces it by z² + c. Take steps as long as |z| is at most
/// 2, and no more than `view.limit`: a pixel whose point is already farther than 2 from 0 gets 0, and a pixel
/// whose z stays within 2 gets `view.limit`. Compute everything in `f64`; the order of rounding is up to you.
pub fn row(view: &View, row: usize) -> Vec<u16> {
    (0..view.width)
        .map(|column| steps(view.point(column, row), view))
        .collect()
}

/// How many steps the point of a pixel takes to leave the circle of radius 2 around 0.
fn steps((mut x, mut y): (f64, f64), view: &View) -> u16 {
    let mut steps = 0;
    while steps < view.limit && x * x + y * y <= 4.0 {
        (x, y) = (x * x - y * y + view.c.0, 2.0 * x * y + view.c.1);
        steps += 1;
    }
    steps
}

/// Computes a picture in blocks of rows, one block for each rank.
///
/// Each rank computes consecutive rows, rank 0 the first ones. The first `height % size` ranks have one row
/// more than the others; if there are more ranks than rows, some ranks have none. Call `row` once for each row, in
/// each call of this function.
///
/// Rank 0 returns the picture, `width * height` numbers, row after row; every other rank returns `None`. Each
/// row travels once, as `u16` or as the bytes of these, from the rank that computed it to rank 0. Nothing is sent to
/// fill up shorter parts.
pub fn blocks(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: &dyn Fn(usize) -> Vec<u16>,
) -> Option<Vec<u16>> {
    let (rank, size) = place(world);
    let share = |rank| block(height, size, rank);
    let mine: Vec<u16> = share(rank).flat_map(row).collect();
    gather(world, &mine, |rank| width * share(rank).len())
}

/// Computes a picture by dealing its rows to the ranks like cards.
///
/// Rank 0 computes row 0, rank 1 computes row 1, and so on; after the last rank comes rank 0 again. All else is
/// as in [`blocks`].
pub fn cyclic(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: &dyn Fn(usize) -> Vec<u16>,
) -> Option<Vec<u16>> {
    let (rank, size) = place(world);
    let mine: Vec<u16> = (rank..height).step_by(size).flat_map(row).collect();
    let share = |rank| (rank..height).step_by(size).len();
    let dealt = gather(world, &mine, |rank| width * share(rank))?;
    // All rows of rank 0, all of rank 1, …: each rank's next row is taken in turn.
    let mut rest = &dealt[..];
    let mut rows: Vec<_> = (0..size)
        .map(|rank| rest.split_off(..width * share(rank)).unwrap_or_default())
        .map(|rows| rows.chunks(width))
        .collect();
    Some(
        (0..height)
            .filter_map(|number| rows[number % size].next())
            .flatten()
            .copied()
            .collect(),
    )
}

/// This rank, and the number of ranks.
fn place(world: &SimpleCommunicator) -> (usize, usize) {
    (world.rank() as usize, world.size() as usize)
}

/// The rows of a rank, if all ranks have the same number, and the first ones one more.
fn block(height: usize, size: usize, rank: usize) -> Range<usize> {
    let start = |rank: usize| rank * (height / size) + rank.min(height % size);
    start(rank)..start(rank + 1)
}

/// Gathers the numbers of all ranks on rank 0, in the order of the ranks: each has as many as `count`
/// returns.
fn gather(
    world: &SimpleCommunicator,
    mine: &[u16],
    count: impl Fn(usize) -> usize,
) -> Option<Vec<u16>> {
    let (rank, size) = place(world);
    let root = world.process_at_rank(0);
    if rank > 0 {
        root.gather_varcount_into(mine);
        return None;
    }
    let counts: Vec<i32> = (0..size).map(|rank| count(rank) as i32).collect();
    let starts: Vec<i32> = counts
        .iter()
        .scan(0, |next, count| {
            Some(std::mem::replace(next, *next + count))
        })
        .collect();
    let mut all = vec![0; counts.iter().sum::<i32>() as usize];
    let mut parts = PartitionMut::new(&mut all[..], counts, starts);
    root.gather_varcount_into_root(mine, &mut parts);
    Some(all)
}

/// How unevenly the work is distributed: the largest amount of work of any rank, divided by the mean over all
/// ranks.
///
/// `work` is the amount of work that this rank has done, in rows or in steps. The result is 1 if all ranks have
/// done the same amount, and the number of ranks if one rank has done everything. Ranks that have done nothing
/// count as well. If no rank has done anything, the result is 1.
///
/// Returns the same number on every rank, to the last bit, with a relative error of at most 1e-12. The work of all
/// ranks together fits in a `u64`.
pub fn imbalance(world: &SimpleCommunicator, work: u64) -> f64 {
    let (mut most, mut sum) = (0_u64, 0_u64);
    world.all_reduce_into(&work, &mut most, SystemOperation::max());
    world.all_reduce_into(&work, &mut sum, SystemOperation::sum());
    match sum {
        0 => 1.0,
        _ => most as f64 * f64::from(world.size()) / sum as f64,
    }
}

/// Computes a picture by handing out one row at a time, to workers as they become free.
///
/// Rank 0, the manager, hands out the rows and collects them; it computes none. All other ranks are workers. A
/// row that comes back shows that its worker is free. A worker may also have one row in advance, in addition to
/// the row that it is computing, but no more, and giving it that row must not make the manager wait. The rows may be
/// handed out in any order. Call `row` once for each row. If there is only one rank, rank 0 computes all rows
/// itself.
///
/// Rank 0 returns the picture, row after row; every other rank returns `None`. Each row travels once. For each
/// row, the manager sends one message or two, and so does its worker. Beyond these, the manager sends at most
/// two more messages for each worker, and a worker two more in total. The message for a row may only say that it is
/// done, if its pixels come at the end.
///
/// The check keeps one worker busy with its first row until the others have done nearly all the rest: if the
/// manager waits for that worker meanwhile, nothing can continue, and the check says so.
pub fn dynamic(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: &dyn Fn(usize) -> Vec<u16>,
) -> Option<Vec<u16>> {
    let (rank, size) = place(world);
    if size == 1 {
        return Some((0..height).flat_map(row).collect());
    }
    if rank > 0 {
        let manager = world.process_at_rank(0);
        while let [number] = manager.receive_vec::<u64>().0[..] {
            manager.send(&row(number as usize)[..]);
        }
        return None;
    }
    let mut picture = vec![0; width * height];
    // The row that each worker has.
    let mut has = vec![0; size];
    let mut left = 0..height;
    let mut feed = |worker: Rank, has: &mut [usize]| {
        let next = left.next();
        has[worker as usize] = next.unwrap_or_default();
        // An empty message means stop.
        let message: Vec<u64> = next.map(|row| row as u64).into_iter().collect();
        world.process_at_rank(worker).send(&message[..]);
    };
    (1..world.size()).for_each(|worker| feed(worker, &mut has));
    for _ in 0..height {
        let (pixels, status) = world.any_process().receive_vec::<u16>();
        let worker = status.source_rank();
        picture[width * has[worker as usize]..][..width].copy_from_slice(&pixels);
        feed(worker, &mut has);
    }
    Some(picture)
}

/// Computes a picture by handing out `chunk` consecutive rows at a time, to workers as they become free.
///
/// As [`dynamic`], with fewer messages: for each chunk, the manager sends one message or two, and so does its
/// worker. Beyond these, the manager sends at most two more messages for each worker, and a worker two more in
/// total. `chunk` is any number from 1 on, and may be far larger than the picture. The first chunk holds the rows 0
/// to `chunk - 1`, the next chunk follows it, and so on; the last chunk may be shorter. The chunks may be handed out
/// in any order. A worker may have one chunk in advance.
pub fn chunks(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: &dyn Fn(usize) -> Vec<u16>,
) -> Option<Vec<u16>> {
    let (rank, size) = place(world);
    if size == 1 {
        return Some((0..height).flat_map(row).collect());
    }
    if rank > 0 {
        let manager = world.process_at_rank(0);
        while let [start, end] = manager.receive_vec::<u64>().0[..] {
            let pixels: Vec<u16> = (start as usize..end as usize).flat_map(row).collect();
            manager.send(&pixels[..]);
        }
        return None;
    }
    let mut picture = vec![0; width * height];
    // Where the chunk of each worker begins.
    let mut has = vec![0; size];
    let mut left = (0..height).step_by(chunk);
    let count = left.len();
    let mut feed = |worker: Rank, has: &mut [usize]| {
        let worker_process = world.process_at_rank(worker);
        let Some(start) = left.next() else {
            return worker_process.send(&[0_u64; 0]);
        };
        has[worker as usize] = start;
        let end = height.min(start.saturating_add(chunk));
        worker_process.send(&[start as u64, end as u64]);
    };
    (1..world.size()).for_each(|worker| feed(worker, &mut has));
    for _ in 0..count {
        let (pixels, status) = world.any_process().receive_vec::<u16>();
        let worker = status.source_rank();
        picture[width * has[worker as usize]..][..pixels.len()].copy_from_slice(&pixels);
        feed(worker, &mut has);
    }
    Some(picture)
}

/// The reason why a task of a pool has no result: `work` panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    /// The text of the panic, a `&str` or a `String`; any text if it has none.
    pub message: String,
}

impl fmt::Display for Panicked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the task panicked: {}", self.message)
    }
}

impl Error for Panicked {}

/// Does any tasks with a pool of workers, and passes on each result as it arrives.
///
/// Rank 0 has the tasks, of any type that serde can serialize; on the other ranks, `tasks` is `None`. Rank 0
/// takes the next task from the iterator only when a worker can have it: for each worker, at most two tasks are
/// taken that have no result yet, the one that it works on and one in advance. (One more may be taken to see whether
/// the iterator is at its end. Once it has returned `None`, it does so again.) A worker
/// calls `work` once for each task that it gets. Rank 0 itself does no tasks, unless it is the only rank; then
/// it does the tasks one after another, in the same way.
///
/// Rank 0 calls `each` once for each task, as soon as its result has arrived, with the task's number, counted
/// from 0, and the result. If `work` panicked, the result is [`Panicked`], and the worker continues with the
/// next task. No other rank calls `each`.
///
/// ```no_run
/// # use mpi::traits::*;
/// # let universe = mpi::initialize().unwrap();
/// # let world = universe.world();
/// let words = ["pool", "of", "workers"].map(String::from);
/// let tasks = (world.rank() == 0).then_some(words);
/// let length = |word: String| word.len();
/// task_farm_solution::map_unordered(&world, tasks, &length, &mut |number, length| {
///     println!("word {number}: {length:?}");
/// });
/// ```
pub fn map_unordered<T, R, I>(
    world: &SimpleCommunicator,
    tasks: Option<I>,
    work: &dyn Fn(T) -> R,
    each: &mut dyn FnMut(usize, Result<R, Panicked>),
) where
    T: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
    I: IntoIterator<Item = T>,
{
    let (rank, size) = place(world);
    let tried = |task| tried(|| work(task)).map_err(|message| Panicked { message });
    if rank > 0 {
        let manager = world.process_at_rank(0);
        while let Some(task) = unpack(&manager.receive_vec::<u8>().0) {
            manager.send(&pack(&tried(task).map_err(|panicked| panicked.message))[..]);
        }
        return;
    }
    let mut tasks = tasks.into_iter().flatten().enumerate();
    if size == 1 {
        return tasks.for_each(|(number, task)| each(number, tried(task)));
    }
    // The number of the task that each worker has.
    let mut has: Vec<Option<usize>> = vec![None; size];
    let mut feed = |worker: Rank, has: &mut [Option<usize>]| {
        let (number, task) = tasks.next().unzip();
        has[worker as usize] = number;
        // An empty message means stop.
        world.process_at_rank(worker).send(&pack(&task)[..]);
    };
    (1..world.size()).for_each(|worker| feed(worker, &mut has));
    while has.iter().any(Option::is_some) {
        let (message, status) = world.any_process().receive_vec::<u8>();
        let worker = status.source_rank();
        let number = has[worker as usize].take();
        // The worker gets its next task first, so that it can work while `each` does.
        feed(worker, &mut has);
        let result = unpack::<Result<R, String>>(&message);
        each(
            number.unwrap_or_default(),
            result.map_err(|message| Panicked { message }),
        );
    }
}

/// Does any tasks with a pool of workers, and returns the results in the order of the tasks.
///
/// Rank 0 returns as many results as it has tasks, every other rank returns `None`. All else is as in
/// [`map_unordered`].
///
/// ```no_run
/// # use mpi::traits::*;
/// # let universe = mpi::initialize().unwrap();
/// # let world = universe.world();
/// let tasks = (world.rank() == 0).then_some(1..=10_u64);
/// if let Some(squares) = task_farm_solution::map(&world, tasks, &|number: u64| number * number) {
///     println!("{squares:?}");
/// }
/// ```
pub fn map<T, R, I>(
    world: &SimpleCommunicator,
    tasks: Option<I>,
    work: &dyn Fn(T) -> R,
) -> Option<Vec<Result<R, Panicked>>>
where
    T: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
    I: IntoIterator<Item = T>,
{
    let is_manager = world.rank() == 0;
    let mut results = Vec::new();
    map_unordered(world, tasks, work, &mut |number, result| {
        results.push((number, result))
    });
    results.sort_by_key(|(number, _)| *number);
    is_manager.then(|| results.into_iter().map(|(_, result)| result).collect())
}

/// Runs a task; if it panics, returns the text of the panic.
fn tried<R>(task: impl FnOnce() -> R) -> Result<R, String> {
    // Anything that the task has left half changed is gone with its panic, and cannot be reached again.
    catch_unwind(AssertUnwindSafe(task)).map_err(|payload| text(&*payload))
}

/// The text of a panic.
fn text(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a text").to_owned()
}

/// A value as the bytes of a message.
fn pack(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("tasks and results can be serialized")
}

/// The value that was sent.
fn unpack<T: DeserializeOwned>(message: &[u8]) -> T {
    postcard::from_bytes(message).expect("whatever comes was packed by another rank")
}

/// The outcome of a picture some of whose rows may panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescued {
    /// The picture, row after row; the numbers of a row that was not computed are all 0.
    pub picture: Vec<u16>,
    /// The rows that panicked, in ascending order.
    pub lost: Vec<Lost>,
    /// The rows that were never tried, in ascending order, also those that a lost worker had in advance: there are
    /// none unless all workers are lost.
    pub untried: Vec<usize>,
}

impl Rescued {
    /// Takes the result of a row. Returns whether its worker is still alive.
    fn take(&mut self, row: usize, rank: Rank, result: Result<Vec<u16>, String>) -> bool {
        match result {
            Ok(pixels) => {
                let start = row * pixels.len();
                self.picture[start..][..pixels.len()].copy_from_slice(&pixels);
                true
            }
            Err(message) => {
                self.lost.push(Lost { row, rank, message });
                false
            }
        }
    }
}

/// A row that panicked, so that its worker was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The number of the row.
    pub row: usize,
    /// The rank that tried to compute it.
    pub rank: Rank,
    /// The text of the panic, a `&str` or a `String`.
    pub message: String,
}

/// Computes a picture as [`dynamic`] does, and survives rows that panic, whatever number of messages that takes.
///
/// A worker whose `row` panics is lost: it tells the manager, and computes no further row, because whatever it
/// has in memory may be broken. The other workers continue; they also compute a row that the lost worker had in
/// advance. The row that panicked is not tried again. When all workers are lost, the manager gives up. A rank
/// that is alone is the manager and the only worker.
///
/// Rank 0 returns the outcome; every other rank returns `None`, even if it is lost. No panic of `row` leaves
/// this function, on any rank.
pub fn worker_lost(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: &dyn Fn(usize) -> Vec<u16>,
) -> Option<Rescued> {
    let (rank, size) = place(world);
    if rank > 0 {
        let manager = world.process_at_rank(0);
        while let Some(number) = unpack(&manager.receive_vec::<u8>().0) {
            let result = tried(|| row(number));
            manager.send(&pack(&result)[..]);
            if result.is_err() {
                break;
            }
        }
        return None;
    }
    let mut rescued = Rescued {
        picture: vec![0; width * height],
        lost: Vec::new(),
        untried: Vec::new(),
    };
    let mut left = 0..height;
    if size == 1 {
        let alive = left.by_ref().map(|number| (number, tried(|| row(number))));
        for (number, result) in alive {
            if !rescued.take(number, 0, result) {
                break;
            }
        }
    } else {
        // The row that each worker has.
        let mut has: Vec<Option<usize>> = vec![None; size];
        let mut feed = |worker: Rank| {
            let next = left.next();
            // An empty message means stop.
            world.process_at_rank(worker).send(&pack(&next)[..]);
            next
        };
        for worker in 1..world.size() {
            has[worker as usize] = feed(worker);
        }
        while has.iter().any(Option::is_some) {
            let (message, status) = world.any_process().receive_vec::<u8>();
            let worker = status.source_rank();
            let number = has[worker as usize].take().unwrap_or_default();
            if rescued.take(number, worker, unpack(&message)) {
                has[worker as usize] = feed(worker);
            }
        }
    }
    rescued.untried.extend(left);
    rescued.lost.sort_by_key(|lost| lost.row);
    Some(rescued)
}
