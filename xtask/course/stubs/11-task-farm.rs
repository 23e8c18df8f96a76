//! Exercise 11: a task farm, which computes a Julia set. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 11`.
//!
//! All functions but [`row`] are called by every rank of `world`. No function may rely on a send that returns
//! before its receive has begun: the check makes every send wait for its receive.
//!
//! The functions get `row` as an argument: call it with the number of a row, counted from 0 and less than the
//! picture's height, to compute that row. It returns `width` numbers. A picture has 1 to 65,535 pixels in a row,
//! 0 to 65,535 rows, and fewer than 2^31 pixels in total. In a check, each row also contains a mark of the rank that
//! computed it, so that the check finds a row that was computed on another rank, or twice.

#![allow(
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{Rank, topology::SimpleCommunicator};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{error::Error, fmt};

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
    todo!()
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
    todo!()
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
    todo!()
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
    todo!()
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
    todo!()
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
    todo!()
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
/// task_farm::map_unordered(&world, tasks, &length, &mut |number, length| {
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
    todo!()
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
/// if let Some(squares) = task_farm::map(&world, tasks, &|number: u64| number * number) {
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
    todo!()
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
    todo!()
}
